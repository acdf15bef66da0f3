"""The review list: a few contacts a day, one decision each, and what it is good for."""

from html import unescape

import pytest
from sqlalchemy import select

from classifiers.engine import Opinion, Text
from models.base import db, now, transaction
from models.calendar import business_day
from models.contact import Contact
from models.prediction import Correction
from models.review import Pick
from models.topic import Topic
from models.user import User
from tests.people import Browser, House, Person, amelie, emily, frieda, joris
from triage import routing
from triage.teaching import review

UNSURE = "Bonjour, je ne comprends pas bien le document que vous m'avez envoyé, que faire ?"


@pytest.fixture
def as_koen(client: Browser, koen: User) -> Browser:
    client.sign_in(koen)
    return client


@pytest.fixture
def waiting(house: House) -> list[Contact]:
    """Three people wrote; nobody has said yet what about."""
    return [
        house.write(amelie, UNSURE),
        house.write(joris, "Ik begrijp niet goed wat ik moet doen met uw brief."),
        house.write(emily, "I am not sure whether this letter is meant for me at all."),
    ]


def picks() -> list[Pick]:
    return list(db.session.scalars(select(Pick).order_by(Pick.position)))


def current(page: str) -> Pick:
    """The contact that the page asks about."""
    return next(pick for pick in picks() if f"/review/{pick.id}/label" in page)


def label(browser: Browser, pick: Pick, topic: str) -> None:
    answer = browser.post(f"/classifier/review/{pick.id}/label", data={"topic": topic})
    assert answer.status_code == 303
    db.session.expire_all()


def test_a_short_list_is_not_judged_again_at_every_page(
    as_koen: Browser, waiting: list[Contact], house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[int] = []
    opine = routing.opine

    def counted(texts: list[Text]) -> list[Opinion | None]:
        judged.append(len(texts))
        return opine(texts)

    monkeypatch.setattr(routing, "opine", counted)
    for _ in range(4):
        as_koen.get("/classifier/review")
    assert judged == [3]
    house.write(frieda, "Ich verstehe Ihren Brief nicht, was soll ich tun?")
    judged.clear()
    as_koen.get("/classifier/review")
    assert judged == [1]
    assert len(picks()) == 4


def test_one_contact_at_a_time_with_the_machines_three_ideas(
    as_koen: Browser, waiting: list[Contact]
) -> None:
    page = unescape(as_koen.get("/classifier/review").text)
    asked = Contact.named(current(page).contact_id)
    assert asked is not None and asked.first_line in page
    assert "0 of 3" in page
    for key in ("1", "2", "3", "0", "s"):
        assert f'data-key="{key}"' in page


def test_a_decision_is_a_persons_word_and_the_next_one_is_asked(
    as_koen: Browser, waiting: list[Contact]
) -> None:
    pick = current(as_koen.get("/classifier/review").text)
    label(as_koen, pick, "file_admin")
    contact = Contact.named(pick.contact_id)
    said = Correction.last_of(pick.contact_id)
    assert contact is not None and said is not None
    assert (contact.topic_id, said.topic_id) == ("file_admin", "file_admin")
    page = as_koen.get("/classifier/review").text
    assert "1 of 3" in page
    assert current(page).id != pick.id
    assert "Since Monday 1 decision." in page


def test_the_ticket_follows_to_the_topics_team(as_koen: Browser, house: House) -> None:
    contact = house.write(amelie, UNSURE)
    label(as_koen, current(as_koen.get("/classifier/review").text), "deferral")
    ticket = house.ticket(contact)
    assert (ticket.topic_id, ticket.needs_choice) == ("deferral", False)
    deferral = Topic.named("deferral")
    assert deferral is not None and ticket.team_id == deferral.team_id


def test_a_skipped_contact_is_not_asked_again_nor_learned(
    as_koen: Browser, waiting: list[Contact]
) -> None:
    pick = current(as_koen.get("/classifier/review").text)
    assert as_koen.post(f"/classifier/review/{pick.id}/skip").status_code == 303
    assert current(as_koen.get("/classifier/review").text).id != pick.id
    assert Correction.last_of(pick.contact_id) is None


def test_a_slip_is_taken_back_as_if_it_had_not_been_said(as_koen: Browser, house: House) -> None:
    contact = house.write(amelie, UNSURE)
    before = house.ticket(contact)
    team, topic, choice = before.team_id, before.topic_id, before.needs_choice
    pick = current(as_koen.get("/classifier/review").text)
    label(as_koen, pick, "pension")
    assert "/withdrawal" in as_koen.get(f"/classifier/review?undo={pick.id}").text
    as_koen.post(f"/classifier/review/{pick.id}/withdrawal")
    db.session.expire_all()
    after = house.ticket(contact)
    assert (after.team_id, after.topic_id, after.needs_choice) == (team, topic, choice)
    assert Correction.last_of(contact.id) is None
    assert current(as_koen.get("/classifier/review").text).id == pick.id


def test_one_slip_after_the_other_is_taken_back(as_koen: Browser, waiting: list[Contact]) -> None:
    first = current(as_koen.get("/classifier/review").text)
    label(as_koen, first, "pension")
    second = current(as_koen.get("/classifier/review").text)
    as_koen.post(f"/classifier/review/{second.id}/skip")
    back = as_koen.post(f"/classifier/review/{second.id}/withdrawal", follow_redirects=True).text
    assert f"/review/{first.id}/withdrawal" in back and "The one before too?" in back
    end = as_koen.post(f"/classifier/review/{first.id}/withdrawal", follow_redirects=True).text
    assert "0 of 3" in end and "/withdrawal" not in end
    assert current(end).id == first.id and Correction.last_of(first.contact_id) is None


def test_what_another_has_decided_is_not_taken_back_by_me(
    client: Browser, house: House, waiting: list[Contact]
) -> None:
    client.sign_in(house.koen)
    pick = current(client.get("/classifier/review").text)
    label(client, pick, "pension")
    client.sign_in(house.ingrid)
    client.post(f"/classifier/review/{pick.id}/withdrawal")
    db.session.expire_all()
    assert Correction.last_of(pick.contact_id) is not None


def test_a_word_said_on_the_desk_meanwhile_takes_it_off_the_list(
    as_koen: Browser, house: House, waiting: list[Contact], nadia: User
) -> None:
    pick = current(as_koen.get("/classifier/review").text)
    contact = Contact.named(pick.contact_id)
    assert contact is not None
    with transaction():
        contact.correct("pension", None, None, by=nadia, at=now())
    page = as_koen.get("/classifier/review").text
    assert current(page).id != pick.id and "1 of 3" in page
    label(as_koen, pick, "deferral")
    said = Correction.last_of(contact.id)
    assert said is not None and said.topic_id == "pension"


def test_health_is_never_on_the_list(as_koen: Browser, house: House) -> None:
    house.write(frieda, "Ich liege seit März im Krankenhaus und kann nicht arbeiten.")
    ill = db.session.scalars(select(Contact)).one()
    with transaction():
        ill.topic_id = house.ticket(ill).topic_id = "incapacity"
    page = as_koen.get("/classifier/review").text
    assert "Nothing to review." in page and picks() == []


def test_machines_and_bursts_are_not_on_the_list(as_koen: Browser, house: House) -> None:
    house.write(amelie, UNSURE, headers={"Auto-Submitted": "auto-replied"})
    collected = house.write(joris, "Ik begrijp uw brief niet.")
    with transaction():
        collected.collected = True
    as_koen.get("/classifier/review")
    assert picks() == []


def test_one_client_is_asked_about_once_a_day(as_koen: Browser, house: House) -> None:
    for words in (UNSURE, "Une autre question, sans rapport, sur le courrier d'hier."):
        house.write(amelie, words)
    as_koen.get("/classifier/review")
    as_koen.get("/classifier/review")
    assert len(picks()) == 1


def test_the_list_has_its_length_and_is_filled_up_when_more_comes(
    as_koen: Browser, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review, "A_DAY", 2)
    house.write(amelie, UNSURE)
    as_koen.get("/classifier/review")
    assert len(picks()) == 1
    for place in range(3):
        writer = Person(f"Client {place}", f"c{place}@example.be", "", "fr")
        house.write(writer, f"Pouvez-vous m'aider avec ce papier {'abc'[place]} ?")
    as_koen.get("/classifier/review")
    assert len(picks()) == 2
    assert {pick.day for pick in picks()} == {business_day(now())}


def test_an_empty_list_says_what_will_stand_there(as_koen: Browser) -> None:
    page = as_koen.get("/classifier/review").text
    assert "Nothing to review." in page and "twenty contacts a day" in page


def test_a_list_that_is_done_says_so(as_koen: Browser, house: House) -> None:
    house.write(amelie, UNSURE)
    label(as_koen, current(as_koen.get("/classifier/review").text), "file_admin")
    assert "All done for today." in as_koen.get("/classifier/review").text


def test_what_is_no_topic_is_refused(as_koen: Browser, house: House, koen: User) -> None:
    house.write(amelie, UNSURE)
    pick = current(as_koen.get("/classifier/review").text)
    with transaction():
        pension = Topic.named("pension")
        assert pension is not None
        pension.retire(by=koen)
    for topic in ("", "nonsense", "pension"):
        answer = as_koen.post(f"/classifier/review/{pick.id}/label", data={"topic": topic})
        assert answer.status_code == 400


def test_without_a_model_nothing_is_asked(
    as_koen: Browser, waiting: list[Contact], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review.routing, "engine", lambda: None)
    assert as_koen.get("/classifier/review").status_code == 200
    assert picks() == []
