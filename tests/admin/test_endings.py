"""Dispositions: added, renamed, put in order, ended by a day; and what they mean for a ticket."""

from datetime import timedelta

import pytest

from models.base import db, now, transaction
from models.calendar import business_day
from models.ending import MOST, Asks, Effect, Ending, Unusable
from models.ticket import Status
from models.user import User
from tests.people import Browser, House, amelie

NAMES = {"fr": "Rendez-vous fixé", "nl": "Afspraak gemaakt", "de": "Termin", "en": "Appointment"}
FORM = {f"name-{code}": name for code, name in NAMES.items()}


def add(code: str, ada: User, effect: Effect = Effect.SETTLED) -> Ending:
    with transaction():
        return Ending.add(code, NAMES, effect, Asks.NOTHING, by=ada, day=business_day(now()))


def test_the_ten_that_come_with_it_stand_in_the_order_of_their_keys(house: House) -> None:
    used = db.session.scalars(Ending.in_use(business_day(now()))).all()
    assert len(used) == 10
    assert [ending.id for ending in used[:4]] == [
        "answered",
        "document_requested",
        "call_back_promised",
        "redirected",
    ]


def test_a_disposition_of_the_house_is_chosen_on_a_call(
    client: Browser, house: House, nadia: User, ada: User
) -> None:
    client.sign_in(ada)
    form = {**FORM, "code": "appointment", "effect": "owed", "asks": ""}
    assert client.post("/admin/endings/", data=form).status_code == 303
    client.sign_in(nadia)
    assert "Appointment" in client.get("/calls/new").text
    contact = house.call(amelie, "rdv jeudi", by=nadia, fields={"outcome": "appointment"})
    ticket = house.ticket(contact)
    assert (ticket.status, ticket.disposition) == (Status.OPEN, "appointment")


@pytest.mark.parametrize(
    ("effect", "status", "answered"),
    [
        (Effect.SETTLED, Status.CLOSED, True),
        (Effect.UNANSWERED, Status.CLOSED, False),
        (Effect.WAITING, Status.WAITING, True),
        (Effect.OWED, Status.OPEN, True),
    ],
)
def test_what_it_means_decides_what_becomes_of_the_ticket(
    house: House, nadia: User, ada: User, effect: Effect, status: Status, answered: bool
) -> None:
    add("of_the_house", ada, effect)
    ticket = house.ticket(house.write(amelie, "Bonjour, où en est mon dossier ?"))
    with transaction():
        ticket.wrap_up("of_the_house", "", "", by=nadia, at=now())
    assert ticket.status == status
    assert (ticket.first_answer_at is not None) is answered


def test_it_ends_by_a_day_and_what_ended_so_keeps_its_name(
    client: Browser, house: House, nadia: User, ada: User
) -> None:
    yesterday = business_day(now()) - timedelta(days=1)
    contact = house.call(amelie, "double", by=nadia, fields={"outcome": "answered"})
    client.sign_in(ada)
    client.post("/admin/endings/answered/end", data={"valid_to": yesterday.isoformat()})
    client.sign_in(nadia)
    assert 'value="answered"' not in client.get("/calls/new").text
    number = house.ticket(contact).number
    assert "Answered" in client.get(f"/desk/tickets/{number}").text
    client.sign_in(ada)
    client.post("/admin/endings/answered/end", data={"valid_to": ""})
    db.session.expire_all()
    assert Ending.choosable("answered", business_day(now())) is not None


def test_the_list_stays_short_and_so_do_the_names(house: House, ada: User) -> None:
    for number in range(MOST - 10):
        add(f"further_{number}", ada)
    with pytest.raises(Unusable, match="most"):
        add("one_more", ada)
    ending = Ending.named("answered")
    assert ending is not None
    with pytest.raises(Unusable, match="names"):
        ending.rename({**NAMES, "de": "x" * 30}, by=ada)
    for code in ("answered", "Two words", "wrapup_timeout"):
        with pytest.raises(Unusable, match="code"):
            add(code, ada)


def test_an_administrator_puts_them_in_order_and_renames_them(
    client: Browser, house: House, ada: User
) -> None:
    client.sign_in(ada)
    client.post("/admin/endings/redirected/place", data={"places": "-3"})
    client.post("/admin/endings/redirected/names", data=FORM)
    db.session.expire_all()
    first = db.session.scalars(Ending.in_order()).first()
    assert first is not None
    assert (first.id, first.names["en"]) == ("redirected", "Appointment")
    assert client.post("/admin/endings/redirected/names", data={}).status_code == 422
    assert client.post("/admin/endings/redirected/end", data={"valid_to": "?"}).status_code == 422
