"""An answer in five keys: read the mail, pick the text, send it and close the ticket."""

import pytest
from sqlalchemy import select

from models.base import db, transaction
from models.message import Message, Sending
from models.ticket import Ticket
from tests.browser.conftest import Site, Visit

pytestmark = pytest.mark.browser

MOST_KEYS = 5


class Keys:
    """A keyboard that counts what is pressed; a chord counts each of its keys."""

    def __init__(self, visit: Visit) -> None:
        self.keyboard = visit.page.keyboard
        self.pressed = 0

    def press(self, keys: str) -> None:
        self.keyboard.press(keys)
        self.pressed += len(keys.split("+"))


@pytest.fixture
def dutch(site: Site) -> int:
    """Joris asks in Dutch where his payment of May is; nobody has answered yet."""
    number = int(site.at["file"].rpartition("/")[2])
    with site.app.app_context(), transaction():
        ticket = Ticket.with_number(number)
        assert ticket is not None
        ticket.topic_id, ticket.subtopic_id = "bridging_right", "bridging_right/payment"
        ticket.language, ticket.needs_choice = "nl", False
        ticket.status, ticket.disposition, ticket.closed_at = "open", None, None
    return number


def standing(site: Site, number: int) -> tuple[str | None, Message]:
    with site.app.app_context():
        ticket = Ticket.with_number(number)
        assert ticket is not None
        newest = db.session.scalars(
            select(Message).where(Message.ticket_id == ticket.id, Message.kind == "reply")
        ).all()[-1]
        db.session.expunge_all()
        return ticket.disposition, newest


def test_a_mail_is_answered_in_dutch_by_template_and_closed_with_five_keys(
    site: Site, dutch: int
) -> None:
    visit = site.visit(f"/desk/tickets/{dutch}", "koen", language="fr")
    keys = Keys(visit)
    keys.press("i")
    visit.page.locator("#phrases").wait_for(state="visible")
    keys.press("1")
    with visit.page.expect_navigation():
        keys.press("Control+Shift+Enter")
    assert keys.pressed <= MOST_KEYS
    disposition, message = standing(site, dutch)
    assert disposition == "answered"
    assert message.language == "nl"
    assert "overbruggingsrecht" in message.text
    assert "Joris" in message.text
    assert "{" not in message.text
    assert message.template_version_id is not None
    assert visit.faults == []
    with visit.page.expect_navigation():
        keys.press("z")
    disposition, message = standing(site, dutch)
    assert disposition is None
    assert message.state == Sending.WITHDRAWN


def test_typing_filters_the_texts_and_a_redirect_is_chosen_by_its_digit(
    site: Site, dutch: int
) -> None:
    visit = site.visit(f"/desk/tickets/{dutch}", "koen", language="en")
    page = visit.page
    page.keyboard.press("c")
    page.locator("#redirects").wait_for(state="visible")
    page.keyboard.type("regi")
    assert page.locator("#redirects [data-pick]:visible").first.inner_text().startswith("1")
    page.keyboard.press("Enter")
    assert "VLAIO" in page.input_value("#reply-text").upper()
    assert page.input_value("#reply-form [name=disposition]") == "redirected"
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    disposition, _ = standing(site, dutch)
    assert disposition == "redirected"
    assert visit.faults == []


def test_what_is_to_be_filled_in_is_selected_and_holds_the_answer_back(
    site: Site, dutch: int
) -> None:
    visit = site.visit(f"/desk/tickets/{dutch}", "koen", language="en")
    page = visit.page
    page.keyboard.press("i")
    page.locator("#phrases").wait_for(state="visible")
    page.keyboard.type("document missing")
    page.keyboard.press("Enter")
    page.wait_for_function("document.getElementById('reply-text').selectionEnd > 0")
    before = page.url
    page.keyboard.press("Control+Enter")
    assert page.url == before
    field = page.locator("#reply-text")
    assert "{document}" in field.evaluate("field => field.validationMessage")
    page.keyboard.type("de bijlage van het ziekenfonds")
    assert field.evaluate("field => field.validity.valid")
    assert visit.faults == []
