"""What a ticket shows of the measures that apply, and until when."""

from datetime import timedelta
from typing import Any

from models import measure_change
from models.base import now, transaction
from models.calendar import business_day
from models.ticket import Ticket
from tests.people import Browser, House, amelie
from triage import routing


def cannot_pay(house: House) -> Ticket:
    contact = house.call(
        amelie, "Ne sait pas payer ce trimestre.", by=house.nadia, topic="bridging_right"
    )
    ticket = house.ticket(contact)
    said: dict[str, Any] = {
        "names": {"en": "This year's deferral"},
        "answers": {"fr": "Oui, un an de plus."},
        "confirmed": True,
        "applies_to": ["payment_difficulty/cannot_pay"],
        "request_by": business_day(now()) + timedelta(days=6),
    }
    with transaction():
        measure_change.begin("deferral-now", "deferral", said, change="", by=house.koen, at=now())
        routing.correct(
            ticket,
            "payment_difficulty",
            "payment_difficulty/cannot_pay",
            None,
            by=house.koen,
            at=now(),
        )
    return ticket


def test_who_cannot_pay_is_offered_every_way_out_with_conditions_and_last_days(
    house: House, client: Browser
) -> None:
    ticket = cannot_pay(house)
    client.sign_in(house.koen)
    page = client.get(f"/desk/tickets/{ticket.number}").text
    assert "measures apply" in page
    for way in ("Payment plan", "Exemption from contributions", "This year&#39;s deferral"):
        assert way in page
    assert "6 days left" in page
    assert 'data-insert="Oui, un an de plus."' in page
    assert "the national institute" in page
    assert "to be confirmed" in page


def test_the_ticket_says_when_the_window_closes(house: House, client: Browser) -> None:
    ticket = cannot_pay(house)
    client.sign_in(house.koen)
    assert "window closes in 6 d" in client.get(f"/desk/tickets/{ticket.number}").text
    assert "window closes in 6 d" in client.get("/desk/list?view=all").text


def test_whoever_leads_is_told_what_ends_and_an_agent_is_not(house: House, client: Browser) -> None:
    cannot_pay(house)
    client.sign_in(house.koen)
    assert "1 measure ends soon or is due for review" in client.get("/desk/").text
    client.sign_in(house.nadia)
    assert "ends soon" not in client.get("/desk/").text
