"""Two tickets of one matter become one by keys, and two again; what is typed outlives the page."""

import pytest
from playwright.sync_api import expect

from models.base import db, transaction
from models.ticket import Ticket
from tests.browser.conftest import Site
from tests.people import House, amelie

pytestmark = pytest.mark.browser


@pytest.fixture
def two(site: Site) -> tuple[str, int]:
    """The page of a ticket, and the number of the other one of the same matter."""
    path = site.at["late"]
    with site.app.app_context():
        first = Ticket.with_number(int(path.rpartition("/")[2]))
        assert first is not None
        second = House(site.app).ticket(House(site.app).write(amelie, "Toujours rien !", "Argent"))
        with transaction():
            second.client_id, second.topic_id = first.client_id, first.topic_id
            second.team_id, second.needs_choice = first.team_id, False
        number = second.number
        db.session.remove()
    return path, number


def test_merged_and_taken_apart_by_keys(site: Site, two: tuple[str, int]) -> None:
    path, other = two
    visit = site.visit(path, "koen", language="en")
    page = visit.page
    expect(page.locator(".beside")).to_contain_text(f"#{other}")
    page.keyboard.press("m")
    expect(page.locator(".merge-result")).to_contain_text("One ticket with")
    page.keyboard.press("m")
    expect(page.locator("form.undo")).to_contain_text(f"#{other} is part of this ticket now.")
    expect(page.locator(".thread")).to_contain_text("Toujours rien !")
    page.keyboard.press("z")
    expect(page.locator("form.undo")).to_contain_text("is a ticket of its own again.")
    expect(page.locator(".thread")).not_to_contain_text("Toujours rien !")
    page.keyboard.press("d")
    expect(page.locator("form.undo")).to_contain_text(f"Linked with #{other}.")
    assert visit.faults == []


def test_what_is_typed_is_there_again_also_when_the_line_was_down(
    site: Site, two: tuple[str, int]
) -> None:
    visit = site.visit(two[0], "koen", language="en")
    page = visit.page
    text, state = page.locator("#reply-text"), page.locator("[data-state-of=reply]")
    text.fill("Bonjour Amélie,")
    expect(state).to_contain_text("kept")
    page.reload()
    expect(text).to_have_value("Bonjour Amélie,")
    page.context.set_offline(True)
    text.press("Control+End")
    text.press_sequentially(" vendredi")
    expect(state).to_contain_text("No connection")
    page.context.set_offline(False)
    page.reload()
    expect(text).to_have_value("Bonjour Amélie, vendredi")
    expect(state).not_to_contain_text("No connection")
