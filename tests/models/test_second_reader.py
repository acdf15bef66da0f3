"""Newcomers: what they answer waits for a colleague, and never leaves by itself."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from models import correspondence, second_reading
from models.base import db, now, transaction
from models.correspondence import GRACE
from models.event import Event
from models.message import Message, Sending
from models.outbox import Outbox
from models.second_reader import (
    CLEAN_RUN,
    Newcomer,
    Release,
    SecondReader,
    clean_runs,
    how_many_to_read,
    mine_held,
    must_be_read,
    proposed_releases,
    reads_for_others,
    to_read,
)
from models.settings import Setting
from models.ticket import Ticket
from models.user import Role, User
from tests.people import House, amelie
from triage import letters


@pytest.fixture
def mia(house: House, koen: User) -> User:
    """She has been here for a week."""
    made = house.person("mia", "Mia Peeters", Role.AGENT, "bridging", ["fr", "nl"])
    with transaction():
        Newcomer.welcome(made, by=koen, at=now())
    return made


@pytest.fixture
def ticket(house: House, nadia: User) -> Ticket:
    made = house.ticket(house.write(amelie, "Où en est mon droit passerelle ?", "Droit"))
    with transaction():
        made.team_id, made.needs_choice = nadia.team_ids[0], False
        made.topic_id = "bridging_right"
    return made


def answer(house: House, ticket: Ticket, by: User, text: str = "Tout est en ordre.") -> Message:
    with transaction():
        return correspondence.answer(
            ticket,
            text,
            by=by,
            at=now(),
            mailbox_address="contact@fund.example",
            domain="fund.example",
            tag=letters.tag(ticket.number, house.app.extensions["settings"]),
            signature="Mia Peeters",
        )


def let_go(ticket: Ticket, message: Message, by: User, text: str = "") -> bool:
    with transaction():
        return second_reading.let_go(ticket, message, text, by=by, at=now(), grace=GRACE)


def leave(house: House) -> None:
    with transaction():
        db.session.execute(update(Outbox).values(not_before=None))
    house.work()


def sent(house: House) -> int:
    return len(list(house.app.extensions["settings"].outbox_dir.glob("*.eml")))


def kinds(ticket: Ticket) -> list[str]:
    return [event.kind for event in db.session.scalars(Event.of_ticket(ticket.id))]


def test_a_newcomers_answer_waits_and_the_client_has_not_been_answered(house, ticket, mia):
    message = answer(house, ticket, mia)
    before = sent(house)
    leave(house)
    assert message.state == Sending.HELD
    assert sent(house) == before
    assert ticket.first_answer_at is None
    assert (ticket.status, ticket.assignee_id) == ("open", mia.id)
    assert "ticket.answer_held" in kinds(ticket)
    assert "ticket.answered" not in kinds(ticket)


def test_others_answers_leave_as_ever(house, ticket, nadia, mia):
    assert answer(house, ticket, nadia).state == Sending.WAITING
    assert ticket.first_answer_at is not None


def test_let_go_it_leaves_once_with_both_names(house, ticket, mia, nadia, koen):
    message = answer(house, ticket, mia)
    before = sent(house)
    assert let_go(ticket, message, koen)
    assert not let_go(ticket, message, koen)
    assert ticket.first_answer_at is not None
    assert ticket.status == "waiting"
    leave(house)
    assert message.state == Sending.SENT
    assert sent(house) == before + 1
    assert (message.by_id, message.second_reader_id) == (mia.id, koen.id)
    assert message.as_written is None


def test_the_readers_changes_leave_and_what_was_written_stays(house, ticket, mia, koen):
    message = answer(house, ticket, mia, "Tou est en ordre.")
    let_go(ticket, message, koen, "Tout est en ordre.\r\n")
    assert message.words == "Tout est en ordre."
    assert message.signature == "Mia Peeters"
    assert message.as_written.startswith("Tou est en ordre.")


def test_the_reader_may_think_again_and_nothing_has_left(house, ticket, mia, koen):
    message = answer(house, ticket, mia, "Tou est en ordre.")
    with transaction():
        message.closes_as = "answered"
    let_go(ticket, message, koen, "Tout est en ordre.")
    assert ticket.closed
    with transaction():
        assert second_reading.take_back(ticket, message, by=koen, at=now())
    before = sent(house)
    leave(house)
    assert (message.state, sent(house)) == (Sending.HELD, before)
    assert message.words == "Tou est en ordre."
    assert ticket.first_answer_at is None
    assert not ticket.closed
    assert let_go(ticket, message, koen)
    leave(house)
    assert message.state == Sending.SENT
    assert ticket.disposition == "answered"


def test_sent_back_it_does_not_leave_and_its_author_learns_why(house, ticket, mia, koen):
    message = answer(house, ticket, mia)
    with transaction():
        assert second_reading.send_back(ticket, message, " Add the date. ", by=koen, at=now())
    leave(house)
    assert message.state == Sending.WITHDRAWN
    assert message.sent_back == "Add the date."
    assert ticket.attention == "answer_sent_back"
    assert db.session.scalars(mine_held(mia)).all() == [message]
    assert not let_go(ticket, message, koen)


def test_its_author_may_take_it_back_before_anybody_has_read_it(house, ticket, mia):
    message = answer(house, ticket, mia)
    with transaction():
        assert correspondence.take_back(ticket, message, by=mia)
    assert message.state == Sending.WITHDRAWN
    assert ticket.status == "open"


def test_who_reads_managers_and_those_they_allowed_but_never_a_newcomer(
    house, ticket, mia, nadia, koen, stranger, ada
):
    answer(house, ticket, mia)
    assert [reads_for_others(one) for one in (koen, nadia, mia, ada)] == [True, False, False, False]
    with transaction():
        SecondReader.allow(nadia, by=koen, at=now())
        SecondReader.allow(stranger, by=koen, at=now())
    assert reads_for_others(nadia)
    assert how_many_to_read(nadia) == 1
    assert how_many_to_read(stranger) == 0  # of another team: the ticket is hidden
    assert db.session.scalars(to_read(mia)).all() == []
    with transaction():
        Newcomer.welcome(nadia, by=koen, at=now())
    assert not reads_for_others(nadia)


def test_released_in_a_topic_what_is_written_there_leaves_at_once(house, ticket, mia, koen):
    with transaction():
        Release.give(mia, "bridging_right", by=koen, at=now())
    assert not must_be_read(mia, ticket)
    with transaction():
        ticket.topic_id = "deferral"
    assert must_be_read(mia, ticket)
    with transaction():
        ticket.topic_id = None
    assert must_be_read(mia, ticket)
    with transaction():
        Release.take(mia, "bridging_right", by=koen)
        Newcomer.graduate(mia, by=koen, at=now())
    assert not must_be_read(mia, ticket)


def test_a_release_is_proposed_after_answers_in_a_row_without_a_change(house, ticket, mia, koen):
    with transaction():
        Setting.write(CLEAN_RUN, 2)
    for text in ("", "Changed.", "", ""):
        let_go(ticket, answer(house, ticket, mia), koen, text)
    assert clean_runs(mia.id) == {"bridging_right": 2}
    assert proposed_releases(mia.id) == [("bridging_right", 2)]
    assert must_be_read(mia, ticket)
    with transaction():
        Release.give(mia, "bridging_right", by=koen, at=now())
    assert proposed_releases(mia.id) == []


def test_nobody_reads_somebody_is_called_and_it_still_waits(house, ticket, mia):
    message = answer(house, ticket, mia)
    tuesday = datetime(2026, 6, 2, 9, 0, tzinfo=ZoneInfo("Europe/Brussels"))
    with transaction():
        message.written_at = tuesday
        assert second_reading.warn(tuesday + timedelta(hours=2)) == 0
        assert second_reading.warn(tuesday + timedelta(hours=5)) == 1
        assert second_reading.warn(tuesday + timedelta(hours=6)) == 0
    assert ticket.attention == "answer_not_read"
    leave(house)
    assert message.state == Sending.HELD
