"""The first page of outreach: what waits for a person, and where it is."""

from models.base import db, now, transaction
from models.mailing import Mailing, MailingState
from models.telling import Telling, waiting_mailings
from models.user import User
from tests.people import Browser


def a_mailing(by: User, state: MailingState) -> Mailing:
    made = Mailing.draft("Payments of May", "information", by=by, at=now())
    made.state, made.asked_by_id = state.value, by.id
    return made


def test_a_mailing_waits_for_another_than_who_wrote_it(
    client: Browser, koen: User, ingrid: User
) -> None:
    with transaction():
        a_mailing(koen, MailingState.ASKED)
    client.sign_in(koen)
    assert "Nothing waits" in client.get("/outreach/").text
    client.sign_in(ingrid)
    page = client.get("/outreach/").text
    assert "mailing waits for your word" in page
    assert 'href="/outreach/mailings"' in page


def test_a_mailing_that_was_read_waits_to_be_let_go(client: Browser, koen: User) -> None:
    with transaction():
        a_mailing(koen, MailingState.COUNTED).approved_at = now()
    client.sign_in(koen)
    assert "mailing was read and may be let go" in client.get("/outreach/").text


def test_an_agent_is_asked_to_let_nothing_go_and_offered_to_begin_nothing(
    client: Browser, koen: User, nadia: User
) -> None:
    with transaction():
        a_mailing(koen, MailingState.ASKED)
    client.sign_in(nadia)
    page = client.get("/outreach/").text
    assert "mailing waits for your word" not in page
    assert "New mailing" not in page


def test_everything_is_counted_by_one_statement(koen: User, ingrid: User) -> None:
    with transaction():
        a_mailing(koen, MailingState.ASKED)
        a_mailing(koen, MailingState.RUNNING)
        a_mailing(koen, MailingState.PAUSED)
    db.session.expire_all()
    counted = Telling.now(ingrid, now())
    assert (waiting_mailings(ingrid), waiting_mailings(koen)) == (1, 0)
    assert (counted.asked, counted.running, counted.paused) == (1, 1, 1)
    assert counted.forms > 0
