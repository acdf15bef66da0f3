"""Doubtful labels: looked at again by a person, by three keys, and undone."""

from html import unescape

import pytest
from sqlalchemy import select

from models import review
from models.base import db, now, transaction
from models.contact import Contact
from models.model_version import Doubt
from models.prediction import Correction
from models.review import Suspect
from models.user import User
from tests.people import Browser, House, amelie, frieda, joris
from triage import labels, lessons

LATE = "Bonjour, je n'ai toujours rien reçu pour le mois de mai."


@pytest.fixture
def as_koen(client: Browser, koen: User) -> Browser:
    client.sign_in(koen)
    return client


def doubt(contact: Contact, chosen: str, told: str, confidence: float, by: User) -> Doubt:
    """`by` chose a topic; a model that never saw it says another."""
    with transaction():
        said = labels.correct(contact, chosen, None, by=by, at=now())
        standing = [
            Suspect(one.correction_id, one.topic_id, one.confidence)
            for one in db.session.scalars(select(Doubt))
        ]
        review.raise_doubts([*standing, Suspect(said.id, told, confidence)], "v1", now())
        found = db.session.scalar(select(Doubt).where(Doubt.correction_id == said.id))
    assert found is not None
    return found


@pytest.fixture
def doubtful(house: House, nadia: User) -> Doubt:
    return doubt(house.write(amelie, LATE), "deferral", "bridging_right", 0.83, nadia)


def learned() -> list[str]:
    return [row.example.topic for row in lessons.gather() if row.correction_id is not None]


def settle(browser: Browser, found: Doubt, how: str, **form: str) -> None:
    assert browser.post(f"/classifier/doubts/{found.id}/{how}", data=form).status_code == 303
    db.session.expire_all()


def test_it_shows_the_text_who_said_what_and_what_the_model_says(
    as_koen: Browser, doubtful: Doubt
) -> None:
    page = unescape(as_koen.get("/classifier/doubts").text)
    for words in (LATE, "Nadia Benali", "Deferral", "Bridging right", "The label is right"):
        assert words.lower() in page.lower()


def test_the_most_confident_doubt_comes_first(
    as_koen: Browser, house: House, doubtful: Doubt, nadia: User
) -> None:
    surer = doubt(house.write(joris, "Mag ik later betalen?"), "pension", "deferral", 0.97, nadia)
    page = as_koen.get("/classifier/doubts").text
    assert page.index(f'id="doubt-{surer.id}"') < page.index(f'id="doubt-{doubtful.id}"')
    assert page.count('data-key="1"') == 1


def test_a_label_that_is_right_stays_and_teaches(as_koen: Browser, doubtful: Doubt) -> None:
    settle(as_koen, doubtful, "confirmation")
    assert "No label is in doubt." in as_koen.get("/classifier/doubts").text
    assert learned() == ["deferral"]


def test_a_wrong_label_is_corrected_like_any_other(
    as_koen: Browser, house: House, doubtful: Doubt, koen: User
) -> None:
    settle(as_koen, doubtful, "label", topic="bridging_right")
    contact = db.session.scalars(select(Contact)).one()
    said = Correction.last_of(contact.id)
    assert said is not None and said.by_id == koen.id
    assert contact.topic_id == "bridging_right" == house.ticket(contact).topic_id
    assert learned() == ["bridging_right"]
    assert "No label is in doubt." in as_koen.get("/classifier/doubts").text


def test_nothing_may_be_learned_from_what_nobody_can_tell(
    as_koen: Browser, house: House, doubtful: Doubt
) -> None:
    settle(as_koen, doubtful, "exclusion")
    contact = db.session.scalars(select(Contact)).one()
    assert contact.topic_id == "deferral"
    assert learned() == []


@pytest.mark.parametrize(
    ("how", "form"),
    [("confirmation", {}), ("label", {"topic": "bridging_right"}), ("exclusion", {})],
)
def test_each_decision_can_be_undone(
    as_koen: Browser, doubtful: Doubt, how: str, form: dict[str, str]
) -> None:
    settle(as_koen, doubtful, how, **form)
    assert "/withdrawal" in as_koen.get(f"/classifier/doubts?undo={doubtful.id}").text
    settle(as_koen, doubtful, "withdrawal")
    assert f'id="doubt-{doubtful.id}"' in as_koen.get("/classifier/doubts").text
    assert learned() == ["deferral"]
    contact = db.session.scalars(select(Contact)).one()
    assert contact.topic_id == "deferral"


def test_one_decision_after_the_other_is_undone(
    as_koen: Browser, house: House, doubtful: Doubt, nadia: User
) -> None:
    later = doubt(house.write(joris, "Mag ik later betalen?"), "pension", "deferral", 0.97, nadia)
    settle(as_koen, later, "label", topic="deferral")
    settle(as_koen, doubtful, "exclusion")
    back = as_koen.post(f"/classifier/doubts/{doubtful.id}/withdrawal", follow_redirects=True).text
    assert f"/doubts/{later.id}/withdrawal" in back and "The one before too?" in back
    settle(as_koen, later, "withdrawal")
    page = as_koen.get("/classifier/doubts").text
    assert f'id="doubt-{later.id}"' in page and f'id="doubt-{doubtful.id}"' in page


def test_before_any_training_nothing_is_said_to_be_beyond_doubt(as_koen: Browser) -> None:
    page = as_koen.get("/classifier/doubts").text
    assert "Nothing has been checked yet." in page and "No label is in doubt." not in page


def test_a_second_click_says_no_second_word(as_koen: Browser, doubtful: Doubt) -> None:
    settle(as_koen, doubtful, "label", topic="bridging_right")
    settle(as_koen, doubtful, "label", topic="pension")
    words = db.session.scalars(select(Correction.topic_id).order_by(Correction.id)).all()
    assert words == ["deferral", "bridging_right"]


def test_who_says_another_word_meanwhile_settles_it(
    as_koen: Browser, doubtful: Doubt, nadia: User
) -> None:
    with transaction():
        contact = db.session.scalars(select(Contact)).one()
        labels.correct(contact, "pension", None, by=nadia, at=now())
    assert "No label is in doubt." in as_koen.get("/classifier/doubts").text


def test_health_is_not_shown_to_a_manager(as_koen: Browser, house: House, nadia: User) -> None:
    contact = house.write(frieda, "Ich liege seit März im Krankenhaus.")
    found = doubt(contact, "incapacity", "pension", 0.9, nadia)
    assert "Krankenhaus" not in as_koen.get("/classifier/doubts").text
    assert as_koen.post(f"/classifier/doubts/{found.id}/confirmation").status_code == 404
