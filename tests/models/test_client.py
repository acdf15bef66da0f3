from datetime import timedelta

import pytest
from sqlalchemy import inspect, select, text

from models.base import db, now, transaction
from models.client import Client, Level, mailbox_of
from models.event import Event
from tests.people import amelie, emily, joris

NISS = "93051822361"


@pytest.fixture(autouse=True)
def house_is_open(app):
    return app


@pytest.fixture
def baker() -> Client:
    with transaction():
        return Client.writing_from(amelie.email, amelie.name, "fr", "email")


def calling(number: str, name: str) -> Client:
    with transaction():
        return Client.calling_from(number, name, "fr", "phone")


def test_who_writes_twice_is_one_client(baker):
    with transaction():
        again = Client.writing_from(f"  {amelie.email.upper()} ", "", None, "form")
    assert again is baker
    assert [known.address for known in baker.addresses] == [amelie.email]


def test_a_name_that_was_missing_is_learned(app):
    first = calling(joris.number, "")
    assert first.called == joris.number
    assert calling(joris.number, joris.name) is first
    assert first.called == joris.name


def test_a_known_name_is_not_replaced_by_what_a_mail_says(baker):
    with transaction():
        Client.writing_from(amelie.email, "Somebody Else", "en", "email")
    assert baker.name == amelie.name


def test_several_clients_may_share_a_number(baker):
    calling(joris.number, joris.name)
    with transaction():
        baker.add_number(joris.number, "phone")
    found = db.session.scalars(Client.by_number(joris.number)).all()
    assert {client.name for client in found} == {amelie.name, joris.name}


def test_who_is_known_by_a_number_comes_before_who_mentioned_it(baker):
    with transaction():
        baker.add_number_maybe(joris.number, "email")
    plumber = calling(joris.number, joris.name)
    assert plumber is baker
    with transaction():
        other = Client.unknown(joris.name, "nl")
        other.add_number(joris.number, "desk")
    assert db.session.scalars(Client.by_number(joris.number)).all() == [other, baker]


def test_a_mentioned_number_is_confirmed_by_a_person(baker, nadia):
    with transaction():
        baker.add_number_maybe(joris.number, "email")
    at = now()
    with transaction():
        assert baker.confirm_number(baker.numbers[0].id, by=nadia, at=at)
    assert (baker.numbers[0].level, baker.numbers[0].confirmed_at) == (Level.KNOWN, at)


def test_somebody_elses_number_cannot_be_confirmed(baker, nadia):
    plumber = calling(joris.number, joris.name)
    with transaction():
        assert not baker.confirm_number(plumber.numbers[0].id, by=nadia, at=now())


def test_an_address_that_bounced_is_not_written_to(baker):
    with transaction():
        baker.add_address("baker@home.example", "email")
        baker.addresses[0].undeliverable_at = now()
    assert baker.email == "baker@home.example"


def test_a_client_who_was_merged_away_is_not_found(baker):
    plumber = calling(joris.number, joris.name)
    with transaction():
        plumber.merged_into_id = baker.id
    assert db.session.scalars(Client.by_number(joris.number)).all() == []


def test_a_national_number_is_found_by_its_blind_index(baker):
    with transaction():
        baker.learn_identifier("niss", NISS, "••.••.••-•••.61", now())
    assert db.session.scalars(Client.by_identifier("niss", NISS)).all() == [baker]
    assert db.session.scalars(Client.by_identifier("niss", "93.05.18-223.61")).all() == [baker]
    assert db.session.scalars(Client.by_identifier("kbo", NISS)).all() == []
    assert db.session.scalars(Client.by_identifier("niss", "93051822362")).all() == []


def test_the_same_identifier_is_kept_once(baker):
    with transaction():
        baker.learn_identifier("niss", NISS, "••.••.••-•••.61", now())
    with transaction():
        baker.learn_identifier("niss", NISS, "••.••.••-•••.61", now())
    assert len(baker.identifiers) == 1


def test_a_national_number_stands_plain_in_no_table(house):
    """Written by mail, by form and in the note of a call."""
    dotted = "93.05.18-223.61"
    contact = house.write(
        amelie,
        f"Mon numéro national est {dotted}, sans points {NISS}.\n\nAmélie",
        f"Dossier {dotted}",
    )
    house.fill_form(emily, f"My number is {NISS}.", fields={"national_number": dotted})
    house.call(joris, f"Zegt dat zijn nummer {dotted} is.", by=house.nadia, name=f"Joris {NISS}")
    assert contact.client is not None
    assert db.session.scalars(Client.by_identifier("niss", NISS)).all() != []
    assert tables_with(dotted) == tables_with(NISS) == []


def tables_with(words: str) -> list[str]:
    """The tables in whose rows, written as text or as bytes, `words` can be read."""
    as_bytes = words.encode().hex()
    found = []
    for table in inspect(db.engine).get_table_names():
        rows = db.session.scalars(text(f'SELECT t::text FROM "{table}" t'))
        if any(words in row or as_bytes in row for row in rows):
            found.append(table)
    return found


def test_the_search_for_plain_numbers_would_find_one(baker):
    with transaction():
        baker.name = f"Amélie {NISS}"
    assert tables_with(NISS) == ["client"]


def test_clients_are_found_by_name_address_and_number(baker):
    with transaction():
        baker.add_number(amelie.number, "phone")
    for words in ("dujardin", "amelie@bak", "0475123456", "475 12 34"):
        assert db.session.scalars(Client.found_by(words)).all() == [baker]


@pytest.mark.parametrize("words", ["%", "_____", "0000", "\\"])
def test_odd_words_find_nobody(baker, words):
    with transaction():
        baker.add_number(amelie.number, "phone")
    assert db.session.scalars(Client.found_by(words)).all() == []


def test_a_client_without_a_name_is_called_by_the_address(app):
    with transaction():
        made = Client.writing_from(emily.email, "", None, "email")
    assert made.called == emily.email


def test_the_created_moment_is_the_databases(baker):
    db.session.refresh(baker)
    assert abs(baker.created_at - now()) < timedelta(minutes=1)


# --- who writes for others ------------------------------------------------------------------


def test_who_names_three_enterprises_writes_for_others(baker):
    with transaction():
        for number in ("0403019261", "0403.019.261", "0417497106"):
            baker.learn_identifier("kbo", number, number, now())
    assert not baker.represents_others
    assert not Client.is_representative(amelie.email)
    with transaction():
        baker.learn_identifier("kbo", "0202239951", "0202239951", now())
    assert baker.represents_others
    assert Client.is_representative(amelie.email.upper())


def test_a_persons_word_makes_a_representative_and_leaves_an_event(baker, nadia):
    with transaction():
        baker.represent(True, by=nadia)
    assert baker.represents_others
    assert Client.is_representative(amelie.email)
    with transaction():
        baker.represent(False, by=nadia)
    assert not Client.is_representative(amelie.email)
    kinds = db.session.scalars(
        select(Event.kind).where(Event.client_id == baker.id).order_by(Event.id)
    ).all()
    assert kinds == ["client.representative", "client.not_representative"]


def test_a_number_named_again_after_an_hour_is_named_anew(baker):
    at = now()
    with transaction():
        first, soon, later = (
            baker.learn_identifier("niss", NISS, "••.••.••-•••.61", at + passed)
            for passed in (timedelta(0), timedelta(minutes=50), timedelta(minutes=115))
        )
    assert (first, soon, later) == (True, False, True)


@pytest.mark.parametrize(
    ("address", "mailbox"),
    [
        (" Amelie+Shop@Bakery.example", "amelie@bakery.example"),
        ("amelie@bakery.example", "amelie@bakery.example"),
        ("+@bakery.example", "@bakery.example"),
        ("nonsense", "nonsense"),
    ],
)
def test_a_plus_part_makes_nobody_another_sender(address, mailbox):
    assert mailbox_of(address) == mailbox
