"""A call by keys, from its ring to the wrapped-up ticket; and a line that is lost while typing."""

import json

import pytest
from playwright.sync_api import Page, expect

from models import after_call
from models.base import db, now, transaction
from models.call import Call, CallState
from models.exchange import Exchange
from models.ticket import Ticket
from models.user import User
from tests.browser.conftest import Site
from triage.calls.ringing_bell import tell

pytestmark = pytest.mark.browser

NOTE = "cl. tjs rien reçu pr mai, le paiement du droit passerelle n'est pas arrivé sur son compte"
CALLER = "+32475123456"


class Keys:
    """Counts what is pressed beside the note, and how many fields are typed into."""

    def __init__(self, page: Page) -> None:
        self.page, self.pressed, self.fields = page, 0, 0

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.pressed += 1

    def type(self, words: str) -> None:
        self.page.keyboard.type(words)
        self.fields += 1


def event(site: Site, call_id: str, *states: CallState) -> int:
    """What the exchange reports of a call to Nadia."""
    with site.app.app_context():
        with transaction():
            nadia = db.session.scalars(User.by_login("nadia")).one()
            exchange = db.session.scalars(Exchange.in_order()).first()
            assert exchange is not None
            for state in states:
                facts = {"caller": CALLER, "caller_e164": CALLER, "rung": [nadia.id]}
                if state is not CallState.RINGING:
                    facts |= {"answered_by_id": nadia.id, "cause": "normalClearing"}
                heard = Call.hear(exchange, state, call_id, at=now(), facts=facts)
                after_call.follow(heard.call, now())
            found = heard.call.id
        tell(site.app.extensions["bell"])
        return found


def test_a_call_costs_its_note_and_six_keys(site: Site) -> None:
    page = site.visit("/desk/", "nadia", language="en").page
    call_id = event(site, "by-keys", CallState.RINGING)
    pop = page.locator(f".pop[data-call='{call_id}']")
    expect(pop).to_contain_text("Amélie Dujardin")
    keys = Keys(page)
    keys.press("Alt+o")
    page.wait_for_url(f"**/calls/new?call={call_id}")
    event(site, "by-keys", CallState.ANSWERED)
    expect(page.locator("#text")).to_be_focused()
    keys.type(NOTE)
    expect(page.locator("#proposal [data-key='1'] + .proposed")).to_be_visible()
    event(site, "by-keys", CallState.ENDED)
    expect(page.locator(".wrap-clock [data-until]")).to_be_visible()
    keys.press("Alt+1")
    keys.press("Alt+d")
    keys.press("Control+Enter")
    keys.press("1")
    keys.press("Enter")
    page.wait_for_url("**/desk/tickets/*")
    assert (keys.fields, keys.pressed) <= (2, 6)
    assert keys.pressed <= 6
    with site.app.app_context():
        call = Call.named(call_id)
        assert call is not None and call.contact_id is not None
        number = int(page.url.rpartition("/")[2].partition("?")[0])
        ticket = Ticket.with_number(number)
        assert ticket is not None and ticket.closed
        assert ticket.topic_id == "bridging_right"
        assert ticket.told
        db.session.rollback()


def test_a_line_lost_while_typing_loses_nothing(site: Site) -> None:
    page = site.visit("/calls/new", "nadia", language="en").page
    once = page.locator("[name=once]").input_value()
    page.locator("#text").press_sequentially("kept on the server")
    expect(page.locator("[data-keeping]")).to_contain_text("kept")
    page.context.set_offline(True)
    page.locator("#text").press_sequentially(" and then the line was lost")
    expect(page.locator("[data-keeping]")).to_contain_text("kept on this computer")
    stored = json.loads(page.evaluate("key => localStorage.getItem(key)", store_of(page, once)))
    assert ["text", "kept on the server and then the line was lost"] in stored["fields"]
    page.context.set_offline(False)
    page.reload()
    expect(page.locator("#text")).to_have_value("kept on the server and then the line was lost")
    page.wait_for_function("key => localStorage.getItem(key) === null", arg=store_of(page, once))
    page.reload()
    expect(page.locator("#text")).to_have_value("kept on the server and then the line was lost")
    assert site.last is not None
    site.last.faults.clear()  # the browser says in its console that the line was lost


def store_of(page: Page, once: str) -> str:
    who = page.locator("[data-call-card]").get_attribute("data-who")
    return f"call:{who}:{once}"
