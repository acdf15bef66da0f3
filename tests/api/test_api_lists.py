"""Lists of the API: the filters of the pages, and leaves that stay whole while rows come."""

from dataclasses import fields
from itertools import count

import pytest

from models.api_token import ApiToken, Scope
from models.base import transaction
from models.ticket_choice import _NAMES, Sort, TicketChoice
from tests.people import Browser, House, joris
from triage.api.tickets import TicketQuery, wanted_tickets

API = "/api/v1"
OWN = {"cursor", "limit", "total", "per_page", "with_total_count", "expand", "closed_since"}
"""What the API asks beside the choice of the desk."""


@pytest.fixture
def bearer(house: House) -> dict[str, str]:
    with transaction():
        _row, shown = ApiToken.issue(house.ingrid, "a program", tuple(Scope), None)
    return {"Authorization": f"Bearer {shown}"}


def test_tickets_are_chosen_by_the_same_names_as_on_the_desk() -> None:
    desk = {_NAMES.get(one.name, one.name) for one in fields(TicketChoice)}
    assert set(TicketQuery().fields) - OWN == desk


@pytest.mark.parametrize(
    "chosen",
    [
        TicketChoice("closed", languages=("nl",), topics=("deferral",), sort="newest"),
        TicketChoice("all", intents=("chase_status",), teams=(1, 2), channels=("email",)),
        TicketChoice("mine", states=("open",), who="me", answered="yes", deadline=3),
        TicketChoice("all", urgent=True, flagged=True, problem=True, without_health=True),
        TicketChoice("all", overdue=True, snoozed=True, words="dossier"),
    ],
    ids=("lists", "more", "person", "marks", "words"),
)
def test_an_address_of_the_desk_chooses_the_same_here(chosen: TicketChoice) -> None:
    query = {
        name: [str(one) for one in value] if isinstance(value, list | tuple) else str(value)
        for name, value in chosen.query().items()
    }
    read = wanted_tickets(TicketQuery().load({"sort": chosen.sort} | query))
    assert read.query() == chosen.query()


@pytest.mark.parametrize("sort", [Sort.OLDEST, Sort.NEWEST, Sort.PROMISE], ids=str)
def test_what_comes_in_between_two_leaves_hides_and_repeats_nothing(
    house: House, client: Browser, bearer: dict[str, str], sort: Sort
) -> None:
    said = (house.write(joris, f"Vraag {n}", f"Zaak {n}") for n in count())
    standing = {str(house.ticket(next(said)).number) for _ in range(4)}
    url: str | None = f"{API}/tickets?per_page=1&sort={sort.value}"
    seen: list[str] = []
    for _leaf in range(8):
        leaf = client.get(url, headers=bearer).json
        seen += [one["number"] for one in leaf["items"]]
        url = leaf["next_page"]
        assert leaf["has_more"] is (url is not None)
        if url is None:
            break
        if len(seen) <= 2:
            next(said)
    assert len(seen) == len(set(seen))
    assert standing <= set(seen)


def test_names_stand_beside_the_ids_where_they_are_asked_for(
    house: House, client: Browser, bearer: dict[str, str]
) -> None:
    ticket = house.ticket(house.write(joris, "Vraag"))
    there = f"{API}/tickets/{ticket.number}"
    plain = client.get(there, headers=bearer).json
    named = client.get(f"{there}?expand=true", headers=bearer).json
    assert (plain["client"], plain["assignee"]) == (None, None)
    assert (named["client"], named["assignee"]) == (joris.name, None)
    assert named["client_id"] == plain["client_id"]
