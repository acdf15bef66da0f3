from datetime import timedelta

import pytest
from sqlalchemy import select

from models.base import db, now, transaction
from models.client import Client, Level
from models.client_likeness import Alike, candidates
from models.client_merge import ClientMerge, NotToBeMerged, all_ids, merge, unmerge
from models.contact import Contact
from models.event import Event
from models.mandate import Mandate
from models.ticket import Ticket
from tests.people import Person, amelie, emily, joris

NISS = "93051822361"
at_home = Person("Amélie Dujardin", "a.dujardin@home.example", "+32475000111", "fr")


@pytest.fixture
def two(house) -> tuple[Client, Client]:
    """Amélie as she wrote from the bakery, and as she wrote from home."""
    return house.write(at_home, "Bonjour.").client, house.write(amelie, "Mon dossier ?").client


def put_together(two, house) -> ClientMerge:
    with transaction():
        return merge(*two, by=house.koen, at=now())


def owners(*tables) -> list[tuple[str, int, int]]:
    return [
        (table.__name__, row.id, row.client_id)
        for table in tables
        for row in db.session.scalars(select(table).order_by(table.id))
    ]


def test_everything_of_one_is_the_others(two, house):
    home, bakery = two
    with transaction():
        home.add_number(at_home.number, "desk")
        home.learn_identifier("niss", NISS, "••.••.••-•••.61", now())
    put_together(two, house)
    assert home.merged_into_id == bakery.id and home.target is bakery
    assert [way.address for way in bakery.addresses] == [at_home.email, amelie.email]
    assert [way.e164 for way in bakery.numbers] == [at_home.number]
    assert bakery.identifiers[0].value == NISS
    assert {owner for *_, owner in owners(Contact, Ticket)} == {bakery.id}
    assert sorted(all_ids(bakery)) == sorted([home.id, bakery.id])


def test_a_later_mail_from_any_address_is_the_merged_clients(two, house):
    put_together(two, house)
    assert house.write(at_home, "Encore une question.").client is two[1]
    assert house.write(amelie, "Et une autre.").client is two[1]


def test_taken_apart_all_is_as_it_was(two, house):
    home, bakery = two
    with transaction():
        home.add_number(amelie.number, "desk")
        bakery.add_number_maybe(amelie.number, "email")
        home.learn_identifier("niss", NISS, "••.••.••-•••.61", now())
        home.remark = "Prefers the afternoon"
    before = owners(Contact, Ticket)
    merged = put_together(two, house)
    assert bakery.numbers[0].level == Level.KNOWN and bakery.remark
    with transaction():
        assert unmerge(merged, by=house.koen, at=now()) is home
    assert owners(Contact, Ticket) == before
    assert [way.address for way in home.addresses] == [at_home.email]
    assert [way.address for way in bakery.addresses] == [amelie.email]
    assert home.identifiers[0].value == NISS and not bakery.identifiers
    assert bakery.numbers[0].level == Level.MAYBE and bakery.remark == ""
    assert home.merged_into_id is None


def test_what_came_in_between_goes_where_its_address_is(two, house):
    home, bakery = two
    merged = put_together(two, house)
    from_home = house.write(at_home, "Une nouvelle question.", "Autre chose")
    from_bakery = house.write(amelie, "Une autre.", "Encore autre chose")
    with transaction():
        unmerge(merged, by=house.koen, at=now())
    assert from_home.client is home and house.ticket(from_home).client is home
    assert from_bakery.client is bakery and house.ticket(from_bakery).client is bakery
    assert house.write(at_home, "Et encore.").client is home


def test_what_was_moved_by_hand_since_stays_where_it_was_put(two, house):
    home, bakery = two
    merged = put_together(two, house)
    ticket = db.session.scalars(select(Ticket).order_by(Ticket.id)).first()
    with transaction():
        plumber = Client.writing_from(joris.email, joris.name, "nl", "email")
        ticket.give_to(plumber, by=house.nadia)
    with transaction():
        unmerge(merged, by=house.koen, at=now())
    assert ticket.client is plumber


def test_who_is_known_by_a_number_alone_joins_who_writes(house):
    caller = house.call(amelie, "Demande où en est son dossier.", by=house.nadia).client
    writer = house.write(amelie, "Où en est mon dossier ?").client
    assert caller is not writer
    with transaction():
        merge(caller, writer, by=house.nadia, at=now())
    assert db.session.scalars(Client.by_number(amelie.number)).all() == [writer]
    assert house.call(amelie, "Rappelle.", by=house.nadia).client is writer


def test_a_chain_is_taken_apart_from_its_end(two, house):
    home, bakery = two
    first = put_together(two, house)
    with transaction():
        other = Client.writing_from(emily.email, amelie.name, "fr", "email")
        second = merge(bakery, other, by=house.koen, at=now())
    assert home.target is other
    with pytest.raises(NotToBeMerged, match="merged_on"), transaction():
        unmerge(first, by=house.koen, at=now())
    with transaction():
        unmerge(second, by=house.koen, at=now())
    with transaction():
        unmerge(first, by=house.koen, at=now())
    assert (home.target, bakery.target) == (home, bakery)


def test_nobody_is_merged_with_himself_or_twice(two, house, koen):
    with pytest.raises(NotToBeMerged, match="same"), transaction():
        merge(two[0], two[0], by=koen, at=now())
    put_together(two, house)
    with pytest.raises(NotToBeMerged, match="gone"), transaction():
        merge(*two, by=koen, at=now())


def test_a_merge_and_its_undoing_leave_events_with_their_doer(two, house):
    merged = put_together(two, house)
    with transaction():
        unmerge(merged, by=house.nadia, at=now() + timedelta(minutes=5))
    told = [
        (e.kind, e.actor_id)
        for e in db.session.scalars(
            select(Event).where(Event.client_id == two[1].id).order_by(Event.id)
        )
        if e.kind.startswith("client.")
    ]
    assert told == [("client.merged", house.koen.id), ("client.unmerged", house.nadia.id)]


def test_mandates_go_along_and_come_back(two, house):
    home, bakery = two
    with transaction():
        accountant = Client.writing_from(emily.email, emily.name, "en", "email")
        mandate = Mandate.give(
            accountant,
            home,
            topics=[],
            first_day=now().date(),
            last_day=None,
            proof="",
            by=house.koen,
            at=now(),
        )
    merged = put_together(two, house)
    assert mandate.client_id == bakery.id
    with transaction():
        unmerge(merged, by=house.koen, at=now())
    assert mandate.client_id == home.id


# --- who may be the same --------------------------------------------------------------------


def test_the_same_name_number_or_identifier_makes_a_candidate(two, house):
    home, bakery = two
    assert [(c.client, c.reasons) for c in candidates(home)] == [(bakery, [Alike.NAME])]
    with transaction():
        for one in two:
            one.learn_identifier("niss", NISS, "••.••.••-•••.61", now())
            one.add_number(amelie.number, "desk")
    assert candidates(home)[0].reasons == [Alike.IDENTIFIER, Alike.NUMBER, Alike.NAME]


@pytest.mark.parametrize("name", ["dujardin amelie", "AMÉLIE  DUJARDIN", "Amelie Dujardin"])
def test_names_are_alike_in_any_order_and_without_accents(two, name):
    with transaction():
        two[0].name = name
    assert [c.client for c in candidates(two[0])] == [two[1]]


def test_an_accountant_is_not_taken_for_his_clients(two, house):
    home, bakery = two
    with transaction():
        bakery.name, home.representative = "Boulangerie", True
        for one in two:
            one.learn_identifier("niss", NISS, "••.••.••-•••.61", now())
            one.add_number(amelie.number, "desk")
    assert candidates(home) == candidates(bakery) == []
