"""What is being written: kept for its writer, never overtaken by an older saving; who is here."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from models.base import db, now, transaction
from models.draft import HERE, KEPT, Draft, DraftKind, Present, Saved, Viewer
from models.merge import merge, unmerge
from models.ticket import Ticket
from models.user import User
from tests.people import House, amelie

REPLY = DraftKind.REPLY


@pytest.fixture
def ticket(house: House) -> Ticket:
    return house.ticket(house.write(amelie, "Rien reçu pour mai.", "Paiement"))


def type_(
    user: User, ticket: Ticket, text: str, revision: int, page: str = "one", based_on: int = 0
) -> Saved:
    with transaction():
        return Draft.save(
            user,
            ticket.id,
            REPLY,
            text,
            page=page,
            revision=revision,
            at=now(),
            based_on=based_on,
        )


def kept(user: User, ticket: Ticket) -> str:
    found = Draft.of(user, ticket.id, REPLY)
    return found.text if found else ""


def test_a_draft_is_its_writers_alone_and_unreadable_in_the_table(ticket, nadia, koen):
    type_(nadia, ticket, "Bonjour Amélie", 1)
    assert (kept(nadia, ticket), kept(koen, ticket)) == ("Bonjour Amélie", "")
    sealed = db.session.scalar(select(Draft.sealed))
    assert sealed is not None and b"Bonjour" not in sealed


def test_a_late_older_saving_never_wins(ticket, nadia):
    type_(nadia, ticket, "Bonjour", 1)
    type_(nadia, ticket, "Bonjour Amélie, votre", 3)
    late = type_(nadia, ticket, "Bonjour Amélie", 2)
    assert kept(nadia, ticket) == "Bonjour Amélie, votre"
    assert (late.kept, late.revision) == (True, 3)


def test_another_machine_goes_on_only_from_what_stands(ticket, nadia):
    type_(nadia, ticket, "Bonjour Amélie", 4)
    refused = type_(nadia, ticket, "Chère Amélie", 1, page="two")
    assert refused == Saved(False, 4, "Bonjour Amélie")
    accepted = type_(nadia, ticket, "Bonjour Amélie, merci", 5, page="two", based_on=4)
    assert accepted.kept and kept(nadia, ticket) == "Bonjour Amélie, merci"
    back_home = type_(nadia, ticket, "Bonjour Amélie !", 5)
    assert not back_home.kept and back_home.text == "Bonjour Amélie, merci"


def test_what_was_sent_is_gone_and_a_late_saving_does_not_bring_it_back(ticket, nadia):
    type_(nadia, ticket, "Bonjour Amélie", 1)
    with transaction():
        Draft.sent(nadia, ticket.id, REPLY, now())
    late = type_(nadia, ticket, "Bonjour Amélie.", 2)
    assert not late.kept and kept(nadia, ticket) == ""
    assert db.session.scalar(select(Draft.sealed)) is None
    assert type_(nadia, ticket, "Encore un mot", 1, page="new").kept


def test_what_was_thrown_away_comes_back_within_a_day(ticket, nadia):
    type_(nadia, ticket, "Bonjour Amélie", 1)
    found = Draft.of(nadia, ticket.id, REPLY)
    assert found is not None
    with transaction():
        found.discard(now())
    assert kept(nadia, ticket) == ""
    with transaction():
        assert found.restore(now())
    assert kept(nadia, ticket) == "Bonjour Amélie"
    with transaction():
        found.discard(now())
        assert Draft.sweep(now()) == 0
        assert Draft.sweep(now() + KEPT + timedelta(minutes=1)) == 1


def test_emptied_words_are_no_draft(ticket, nadia):
    assert type_(nadia, ticket, "  ", 1) == Saved(True, 0, "")
    type_(nadia, ticket, "Bonjour", 1)
    type_(nadia, ticket, "", 2)
    assert db.session.scalars(Draft.standing(nadia, [ticket.id])).all() == []
    assert type_(nadia, ticket, "Rebonjour", 3).kept
    assert kept(nadia, ticket) == "Rebonjour"


def test_a_draft_follows_its_ticket_into_another_and_back(ticket, house, nadia, koen):
    other = house.ticket(house.write(amelie, "Et juin ?", "Juin"))
    type_(nadia, ticket, "Pour mai", 1)
    type_(koen, ticket, "Pour mai aussi", 1)
    type_(koen, other, "Pour juin", 1)
    with transaction():
        made = merge(ticket, other, by=nadia, at=now())
    assert (kept(nadia, other), kept(koen, other)) == ("Pour mai", "Pour juin")
    assert kept(koen, ticket) == "Pour mai aussi"
    with transaction():
        unmerge(made, by=nadia, at=now())
    assert (kept(nadia, ticket), kept(koen, ticket)) == ("Pour mai", "Pour mai aussi")


# --- who is here ----------------------------------------------------------------------------


def test_who_else_is_here_and_who_writes(ticket, house, nadia, koen):
    at = now()
    with transaction():
        Viewer.note(nadia, ticket.id, at)
        Viewer.note(house.ingrid, ticket.id, at)
        Viewer.note(koen, ticket.id, at, typing=True)
    assert Viewer.others(nadia, [ticket.id], at)[ticket.id] == [
        Present(koen.name, True),
        Present(house.ingrid.name, False),
    ]


def test_who_leaves_is_gone_at_once_or_soon(ticket, nadia, koen):
    at = now()
    with transaction():
        Viewer.note(koen, ticket.id, at, typing=True)
    assert Viewer.others(nadia, [ticket.id], at + HERE) == {}
    with transaction():
        Viewer.left(koen, ticket.id)
    assert Viewer.others(nadia, [ticket.id], at) == {}


def test_reading_on_does_not_stop_the_typing(ticket, nadia, koen):
    at = now()
    with transaction():
        Viewer.note(koen, ticket.id, at, typing=True)
        Viewer.note(koen, ticket.id, at + timedelta(seconds=10))
    soon = Viewer.others(nadia, [ticket.id], at + timedelta(seconds=12))
    later = Viewer.others(nadia, [ticket.id], at + timedelta(seconds=30))
    assert (soon[ticket.id][0].typing, later[ticket.id][0].typing) == (True, False)
