"""A mailing by keys alone: from a problem, past a second person, to the last mail."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from models.base import db, now, transaction
from models.mailing import Mailing, MailingState, RecipientState
from tests.browser.conftest import PATIENCE, Site
from triage import background

pytestmark = pytest.mark.browser

expect.set_options(timeout=PATIENCE)


@pytest.fixture
def careful(site: Site) -> Iterator[Site]:
    """A house in which a second person reads every mailing."""
    settings = site.app.extensions["settings"]
    site.app.extensions["settings"] = replace(settings, mailing_second_reader_above=0)
    yield site
    site.app.extensions["settings"] = settings


def work(site: Site) -> None:
    with site.app.app_context():
        background.keep_promises(site.app.extensions["settings"], 30)


def newest(site: Site) -> Mailing:
    db.session.expire_all()
    return db.session.scalars(Mailing.everything().limit(1)).one()


def settled(page: Page) -> None:
    page.wait_for_load_state("networkidle")


def test_a_mailing_goes_from_a_problem_past_a_second_person_to_its_clients(careful: Site) -> None:
    page = careful.visit(careful.at["problem"], "koen", language="en").page
    page.locator("a[href*='/outreach/mailings/new']").first.press("Enter")
    page.locator("#name").fill("May is paid on Friday")
    page.locator("#name").press("Control+Enter")
    page.locator("button[value=problem]").press("Enter")
    expect(page.locator("#text-fr")).to_contain_text("Mai est payé ce vendredi.")
    page.locator("#text-fr").press("Control+Enter")
    expect(page.locator(".counting")).to_be_visible()
    work(careful)
    page.reload()
    settled(page)
    page.locator("td a[href*='why=unsure']").press("Enter")
    page.locator(".recipients tbody form button").first.press("Enter")
    expect(page.locator(".undo")).to_be_visible()
    page.keyboard.press("4")
    page.locator("#per-minute").press("Control+Enter")
    expect(page.locator(".letting-go")).to_be_visible()
    settled(page)
    page.keyboard.press("y")
    expect(page.locator("#deed")).to_have_text("Waits for a second person")

    address = page.url.removeprefix(careful.url)
    reader = careful.visit(address, "ingrid", language="en").page
    settled(reader)
    expect(reader.locator(".as-page").first).to_contain_text("Mai est payé ce vendredi.")
    reader.keyboard.press("y")
    expect(reader.locator("form[action$='/start']")).to_be_visible()

    page = careful.visit(address, "koen", language="en").page
    settled(page)
    page.keyboard.press("y")
    expect(page.locator(".undo")).to_be_visible()
    settled(page)
    page.keyboard.press("z")
    expect(page.locator(".letting-go")).to_be_visible()
    settled(page)
    page.keyboard.press("y")
    expect(page.locator("#mailing-progress")).to_be_visible()
    with careful.app.app_context(), transaction():
        newest(careful).start_at = now()
    work(careful)
    with careful.app.app_context():
        mailing = newest(careful)
        assert mailing.state in (MailingState.RUNNING, MailingState.DONE)
        tally = mailing.tally()
        assert tally.states[RecipientState.SENT] == tally.ready > 0
    page.reload()
    expect(page.locator("#mailing-progress")).to_contain_text(str(tally.ready))
