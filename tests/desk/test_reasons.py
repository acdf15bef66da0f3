"""Why the machine says so, and the second matter that it hears in a contact."""

from html import unescape

import pytest
from flask_babel import force_locale
from sqlalchemy import select

from models.base import db, now, transaction
from models.contact import Contact
from models.event import Event
from models.prediction import Prediction
from models.ticket import Note, Ticket
from models.topic import Topic
from models.user import User
from tests.people import Browser, House, amelie, frieda
from triage import reasons
from triage.application import Passerelle

BOTH = (
    "Bonjour, je n'ai toujours rien reçu du droit passerelle pour mai. "
    "Par ailleurs je voudrais savoir quand je peux prendre ma pension."
)


@pytest.fixture
def as_koen(client: Browser, koen: User) -> Browser:
    client.sign_in(koen)
    return client


@pytest.fixture
def contact(house: House) -> Contact:
    """A mail about two matters; the machine hears the second one."""
    made = house.write(amelie, BOTH)
    hears(made, "pension")
    return made


def hears(contact: Contact, second: str) -> None:
    with transaction():
        said = contact.prediction
        assert said is not None
        said.second_topic_id = second


def page_of(browser: Browser, house: House, contact: Contact) -> str:
    return unescape(browser.get(f"/desk/tickets/{house.ticket(contact).number}").text)


def others() -> list[Ticket]:
    return list(db.session.scalars(select(Ticket).order_by(Ticket.id)))[1:]


def test_why_shows_words_and_the_nearest_known_texts(
    as_koen: Browser, house: House, contact: Contact
) -> None:
    said = contact.prediction
    assert said is not None and said.reasons and said.neighbours
    page = page_of(as_koen, house, contact)
    (shown, *_others) = nearest_of(said)
    assert "The nearest known text" in page
    assert shown.text in page and shown.closeness in page
    telling = reasons.why(said)["words_of_matter"]
    assert telling and all(str(word) in page for word, _share in telling)


def nearest_of(said: Prediction) -> list[reasons.Known]:
    kept = [reasons.Stored(**one) for one in said.neighbours]
    return reasons.nearest(kept, said.topic_id)


def test_the_proposed_topics_texts_come_first_and_far_ones_of_others_are_left_out(
    app: Passerelle,
) -> None:
    known = [
        reasons.Stored("Où est la copie de mes données ?", "fr", "privacy", 0.49),
        reasons.Stored("Je voudrais payer plus tard.", "fr", "deferral", 0.66),
        reasons.Stored("I got the amount of June two times.", "en", "bridging_right", 0.49),
        reasons.Stored("Mijn overbrugging is niet betaald.", "nl", "bridging_right", 0.83),
    ]
    with app.test_request_context(), force_locale("en"):
        shown = reasons.nearest(known, "bridging_right")
    assert [(one.topic, one.closeness) for one in shown] == [
        ("bridging_right", "very close"),
        ("bridging_right", "distantly alike"),
        ("deferral", "close"),
    ]


@pytest.mark.parametrize("word", ["things", "nothing", "rien", "choses", "met", "de", "brief"])
def test_a_word_of_every_matter_is_no_reason(word: str) -> None:
    assert reasons.words_of_matter([("bridging", 0.8), (word, 0.5)]) == [("bridging", 1.0)]


def test_where_nothing_else_spoke_everyday_words_are_shown() -> None:
    assert reasons.words_of_matter([("rien", 0.5), ("toujours", 0.25), ("de", 0.2)]) == [
        ("rien", 1.0),
        ("toujours", 0.5),
    ]


@pytest.mark.parametrize(
    "word", ["passerelle", "pension", "uitstel", "Gerichtsvollzieher", "huissier"]
)
def test_a_word_of_the_matter_is_one(word: str) -> None:
    assert reasons.words_of_matter([(word, 0.4)]) == [(word, 1.0)]


def test_the_nearest_texts_are_the_products_or_vetted_ones(house: House, contact: Contact) -> None:
    later = house.write(frieda, BOTH)
    said = later.prediction
    assert said is not None
    assert not [one for one in said.neighbours if "Par ailleurs je voudrais" in one["text"]]


def test_the_second_matter_is_a_quiet_chip_with_two_keys(
    as_koen: Browser, house: House, contact: Contact
) -> None:
    page = page_of(as_koen, house, contact)
    assert "also: Pension" in page
    assert 'data-key="o"' in page and 'data-key="x"' in page


def test_the_topic_itself_and_a_retired_one_are_no_second_matter(
    as_koen: Browser, house: House, contact: Contact, koen: User
) -> None:
    assert contact.topic_id is not None
    hears(contact, contact.topic_id)
    assert "also:" not in page_of(as_koen, house, contact)
    hears(contact, "family")
    with transaction():
        family = Topic.named("family")
        assert family is not None
        family.retire(by=koen)
    assert "also:" not in page_of(as_koen, house, contact)


def test_it_can_become_the_topic(as_koen: Browser, house: House, contact: Contact) -> None:
    number = house.ticket(contact).number
    as_koen.post(f"/desk/tickets/{number}/topic", data={"topic": "pension"})
    db.session.expire_all()
    assert house.ticket(contact).topic_id == "pension"


def test_or_a_second_ticket_with_the_clients_words(
    as_koen: Browser, house: House, contact: Contact
) -> None:
    first = house.ticket(contact)
    answer = as_koen.post(f"/desk/tickets/{first.number}/second-matter", follow_redirects=True)
    (own,) = others()
    pension = Topic.named("pension")
    assert pension is not None
    assert (own.topic_id, own.team_id) == ("pension", pension.team_id)
    assert (own.client_id, own.needs_choice) == (first.client_id, False)
    note = db.session.scalars(select(Note).where(Note.ticket_id == own.id)).one()
    assert "prendre ma pension" in note.text and f"#{first.number}" in note.text
    assert house.ticket(contact) is first
    assert [one.id for one in first.linked()] == [own.id]
    assert f"#{own.number} was made of it." in unescape(answer.text)
    assert as_koen.get(f"/desk/tickets/{own.number}").status_code == 200
    kinds = set(db.session.scalars(select(Event.kind).where(Event.ticket_id == first.id)))
    assert "ticket.second_matter" in kinds


def test_a_matter_is_split_off_once(as_koen: Browser, house: House, contact: Contact) -> None:
    path = f"/desk/tickets/{house.ticket(contact).number}/second-matter"
    as_koen.post(path)
    page = page_of(as_koen, house, contact)
    assert "also: Pension" not in page and 'data-key="x"' not in page
    again = as_koen.post(path, follow_redirects=True)
    assert f"It is #{others()[0].number} already." in unescape(again.text)
    assert len(others()) == 1


def test_a_split_is_undone_and_can_be_done_again(
    as_koen: Browser, house: House, contact: Contact
) -> None:
    first = house.ticket(contact)
    path = f"/desk/tickets/{first.number}/second-matter"
    assert f"{path}/withdrawal" in as_koen.post(path, follow_redirects=True).text
    page = unescape(as_koen.post(f"{path}/withdrawal", follow_redirects=True).text)
    assert "also: Pension" in page and f"{path}/withdrawal" not in page
    (own,) = others()
    assert own.merged_into_id == first.id and first.linked() == []
    as_koen.post(path)
    assert [one.merged_into_id for one in others()] == [first.id, None]


def test_a_second_ticket_on_which_somebody_works_stays(
    as_koen: Browser, house: House, contact: Contact, nadia: User
) -> None:
    path = f"/desk/tickets/{house.ticket(contact).number}/second-matter"
    as_koen.post(path)
    (own,) = others()
    with transaction():
        own.assign(nadia, by=nadia)
    as_koen.post(f"{path}/withdrawal")
    db.session.expire_all()
    assert own.merged_into_id is None


def test_what_another_has_split_is_not_put_together_by_me(
    client: Browser, house: House, contact: Contact
) -> None:
    path = f"/desk/tickets/{house.ticket(contact).number}/second-matter"
    client.sign_in(house.koen)
    client.post(path)
    client.sign_in(house.ingrid)
    assert f"{path}/withdrawal" not in page_of(client, house, contact)
    client.post(f"{path}/withdrawal")
    assert [one.merged_into_id for one in others()] == [None]


def test_a_topic_chosen_by_a_slip_is_taken_back(
    as_koen: Browser, house: House, contact: Contact
) -> None:
    ticket = house.ticket(contact)
    before = (ticket.topic_id, ticket.subtopic_id, ticket.team_id, ticket.needs_choice)
    path = f"/desk/tickets/{ticket.number}/topic"
    for topic in ("pension", "family"):
        page = as_koen.post(path, data={"topic": topic}, follow_redirects=True).text
        assert "Filed under" in page and f"{path}/withdrawal" in page
    for _step in range(2):
        as_koen.post(f"{path}/withdrawal")
        db.session.expire_all()
    after = house.ticket(contact)
    assert (after.topic_id, after.subtopic_id, after.team_id, after.needs_choice) == before
    assert not after.chosen_by_person


def test_what_was_said_of_health_is_not_split_off(
    client: Browser, house: House, contact: Contact, ingrid: User
) -> None:
    client.sign_in(ingrid)
    with transaction():
        house.ticket(contact).topic_id = "incapacity"
    path = f"/desk/tickets/{house.ticket(contact).number}/second-matter"
    assert "stays here" in client.post(path, follow_redirects=True).text
    assert others() == []


def test_without_a_second_matter_there_is_nothing_to_split(as_koen: Browser, house: House) -> None:
    contact = house.write(amelie, "Où en est mon dossier ?", at=now())
    with transaction():
        said = contact.prediction
        assert said is not None
        said.second_topic_id = None
    path = f"/desk/tickets/{house.ticket(contact).number}/second-matter"
    assert as_koen.post(path).status_code == 400
