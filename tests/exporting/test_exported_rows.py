"""What somebody takes along is what the page shows: the same rows, in the same order."""

import pytest
from sqlalchemy import select, update

from models.base import db, now, transaction
from models.client import Client
from models.data_export import how_many
from models.ticket import Ticket
from models.ticket_list import TicketFilter
from models.user import Role
from tests.people import amelie, emily, joris
from triage import exporting


def table(kind, asked, user, language="en"):
    headings, rows = exporting.rows(kind, asked, user, language)
    return headings, list(rows)


@pytest.fixture
def mail(house):
    """Three clients of the bridging-right team have written."""
    told = [
        house.write(amelie, "Où en est mon droit passerelle pour le mois de mai ?"),
        house.write(joris, "Mijn overbruggingsrecht is nog niet betaald."),
        house.write(emily, "When will my bridging right be paid?"),
    ]
    team = house.nadia.team_ids[0]
    with transaction():
        db.session.execute(update(Ticket).values(team_id=team, needs_choice=False, health=False))
    return told


def test_a_list_is_taken_along_as_its_page_shows_it(house, mail):
    asked = {"view": "team", "language": ["fr", "nl"]}
    wanted = TicketFilter(languages=("fr", "nl"))
    page = wanted.page(house.nadia)
    headings, rows = table("tickets", asked, house.nadia)
    assert headings[0] == "Ticket"
    assert [row[0] for row in rows] == [f"#{ticket.number}" for ticket in page.tickets]
    assert exporting.count("tickets", asked, house.nadia) == wanted.count(house.nadia) == len(rows)


def test_nobody_takes_along_what_another_team_alone_sees(house, mail):
    assert table("tickets", {"view": "all"}, house.stranger)[1] == []
    assert exporting.count("tickets", {"view": "all"}, house.stranger) == 0


def test_words_about_health_stay_with_those_who_may_read_them(house, mail):
    with transaction():
        db.session.execute(update(Ticket).values(health=True))
    away = house.person("wout", "Wout Mertens", Role.MANAGER, "affiliation", [])
    rows = table("tickets", {"view": "all"}, away)[1]
    assert {row[1] for row in rows} == {row[2] for row in rows} == {"Health data"}
    assert "Question" in {row[1] for row in table("tickets", {"view": "all"}, house.nadia)[1]}


def test_words_are_in_the_language_of_whoever_takes_them(house, mail):
    headings, rows = table("tickets", {"view": "all"}, house.nadia, "nl")
    assert "open" in {row[11] for row in rows} | {"open"}
    assert headings[4] == "Kanaal"
    assert {row[4] for row in rows} == {"E-mail"}


NARROWED = {"search": {"q": "droit passerelle"}, "listed-tickets": {"figure": "backlog"}}
"""Lists that want to be asked for something."""


def test_each_list_has_a_cell_for_each_column(house, mail):
    house.call(amelie, "belt over mei", by=house.nadia)
    for kind in exporting.offered():
        if kind.chosen is None:  # no table: it writes a file of its own
            continue
        asked = NARROWED.get(kind.name, {})
        reader = house.ada if kind.name in ("audit", "people") else house.koen
        if kind.name == "recipients":
            with pytest.raises(exporting.NotThere):
                exporting.rows(kind.name, asked, reader, "en")
            continue
        headings, rows = table(kind.name, asked, reader)
        assert {len(row) for row in rows} <= {len(headings)}, kind.name
        assert exporting.count(kind.name, asked, reader) == len(rows), kind.name


def test_a_search_is_taken_along_as_it_was_found(house, mail):
    rows = table("search", {"q": "overbruggingsrecht"}, house.nadia)[1]
    assert [row[3] for row in rows] == [joris.name]


def test_a_list_of_all_clients_is_for_who_leads(house, mail):
    with pytest.raises(exporting.NotThere):
        exporting.rows("clients", {}, house.nadia, "en")
    rows = table("clients", {}, house.koen)[1]
    named = next(row for row in rows if row[1] == amelie.name)
    assert amelie.email in named[5]


def test_a_national_number_is_in_no_list_of_clients(house, mail):
    with transaction():
        client = db.session.scalars(select(Client).where(Client.name == joris.name)).one()
        client.learn_identifier("niss", "85073003328", "••.••.••-•••.28", now())
        client.learn_identifier("kbo", "0403170701", "0403.170.701", now())
    text = str(table("clients", {}, house.koen)[1])
    assert "0403.170.701" in text
    assert "3328" not in text
    assert ".28" not in text


def test_what_cannot_be_asked_is_not_there(house):
    for kind, asked in (
        ("nothing", {}),
        ("audit", {}),
    ):
        with pytest.raises(exporting.NotThere):
            exporting.rows(kind, asked, house.nadia, "en")


def test_counting_asks_for_no_order(house, mail):
    chosen = TicketFilter(view="all").tickets(house.koen)
    assert how_many(chosen.with_only_columns(Ticket.id)) == 3
