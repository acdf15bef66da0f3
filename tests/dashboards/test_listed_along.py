"""The list behind a figure is taken along as it stands on the page."""

import pytest

from models.kpi import KPIS, Item
from tests.people import Browser, House, amelie, joris
from triage import exporting


@pytest.fixture
def contacts(house: House) -> None:
    house.write(amelie, "Je demande le droit passerelle pour mai.")
    house.write(joris, "Mag ik uitstel van mijn bijdragen vragen?")


def rows_of(kind: str, asked: dict[str, str], house: House) -> list[list[object]]:
    return list(exporting.rows(kind, asked, house.ingrid, "fr")[1])


def test_the_contacts_of_the_day_are_taken_along_with_their_filter(house: House, contacts: None):
    assert len(rows_of("listed-contacts", {"figure": "inflow"}, house)) == 2
    assert len(rows_of("listed-contacts", {"figure": "inflow", "language": "nl"}, house)) == 1


def test_each_figure_of_tickets_or_contacts_can_be_taken_along(house: House, contacts: None):
    for code, figure in KPIS.items():
        if figure.item in (Item.TICKET, Item.CONTACT):
            kind = "listed-tickets" if figure.item is Item.TICKET else "listed-contacts"
            asked = {"figure": code}
            assert exporting.count(kind, asked, house.ingrid) == len(rows_of(kind, asked, house))


@pytest.mark.parametrize(
    "asked",
    [{"figure": "nothing"}, {"figure": "backlog"}, {"first": "yesterday"}, {"last": "2999-01-01"}],
    ids=["unknown", "of another kind", "no day", "to come"],
)
def test_what_no_list_shows_is_not_there(house: House, asked: dict[str, str]):
    with pytest.raises(exporting.NotThere):
        exporting.count("listed-contacts", asked, house.ingrid)


def test_the_page_offers_it(client: Browser, house: House, contacts: None):
    client.sign_in(house.ingrid)
    page = client.get("/dashboard/list?figure=inflow").text
    assert "listed-contacts" in page
    offer = client.get("/exports/new?list=listed-contacts&asked=%7B%22figure%22%3A%22inflow%22%7D")
    assert offer.status_code == 200
