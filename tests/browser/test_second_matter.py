"""The second matter of a contact by keys: split off, filed there, and each of them undone."""

import pytest
from playwright.sync_api import expect

from models.base import db, now, transaction
from models.contact import Contact
from models.ticket import Ticket
from tests.browser.conftest import Site

pytestmark = pytest.mark.browser


@pytest.fixture
def both(site: Site) -> str:
    """A ticket whose contact is about a pension, too."""
    path = site.at["late"]
    with site.app.app_context(), transaction():
        ticket = Ticket.with_number(int(path.rpartition("/")[2]))
        assert ticket is not None
        said = db.session.scalars(Contact.of_ticket(ticket.id)).all()[-1].prediction
        assert said is not None
        said.second_topic_id, said.at = "pension", now()
    return path


def test_a_second_matter_is_split_off_filed_and_both_are_undone(site: Site, both: str) -> None:
    visit = site.visit(both, "koen", language="en")
    page = visit.page
    chip = page.get_by_text("also: Pension")
    expect(chip).to_be_visible()
    page.keyboard.press("x")
    expect(page.locator("form.undo")).to_contain_text("was made of it.")
    expect(chip).to_have_count(0)
    page.keyboard.press("x")
    expect(page.locator("form.undo")).to_contain_text("was made of it.")
    page.keyboard.press("z")
    expect(chip).to_be_visible()
    page.keyboard.press("o")
    expect(page.locator("form.undo")).to_contain_text("Filed under Pension")
    expect(chip).to_have_count(0)
    page.keyboard.press("z")
    expect(chip).to_be_visible()
    assert visit.faults == []
