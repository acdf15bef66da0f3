"""A whole meeting by keyboard alone: seven problems, and the minutes are right."""

import csv
import io

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from models.action import Action
from models.base import db, now, transaction
from models.calendar import business_day
from models.screening import Screening
from tests.browser.conftest import PATIENCE, Site
from tests.browser.lived import problem

pytestmark = pytest.mark.browser

expect.set_options(timeout=PATIENCE)

WEB_TEAM = "Web team <web@example.be>"


@pytest.fixture
def seven(site: Site) -> None:
    """Seven new or rising problems on the board of today: two lived there already."""
    with site.app.app_context(), transaction():
        for clients, symptom in enumerate(("refused", "late", "broken", "lost", "twice"), 20):
            problem("letter", symptom, clients, "rising")


def card(page: Page, number: int) -> None:
    """Wait until that card is in hand."""
    expect(page.locator("#meeting-title .figure")).to_have_text(f"{number}/7")


def fill(page: Page, key: str, field: str, words: str) -> None:
    page.keyboard.press(key)
    expect(page.locator(field)).to_be_focused()
    page.keyboard.type(words)
    page.keyboard.press("Enter")


def go_to(page: Page, field: str) -> None:
    """From field to field until that one: a date has several parts."""
    for _step in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == field:
            return
    raise AssertionError(field)


def test_a_meeting_with_seven_problems_by_keyboard_alone(site: Site, seven: None) -> None:
    visit = site.visit("/screening/", "koen", language="en")
    page = visit.page
    page.wait_for_load_state("networkidle")
    page.keyboard.press("s")
    expect(page.locator("button[data-key='s']")).to_be_focused()
    page.keyboard.press("Enter")
    title = page.locator("#meeting-title")
    expect(title).to_contain_text("The day before")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("n")
    expect(title).to_contain_text("What is new or rising")
    expect(page.locator(".deck-list li")).to_have_count(7)
    page.keyboard.press("Space")
    card(page, 1)
    fill(page, "i", "#reason", "one accountant, answered")
    card(page, 2)
    page.keyboard.press("w")
    card(page, 3)
    fill(page, "a", "#owner", "be")
    card(page, 4)
    page.keyboard.press("a")
    expect(page.locator("#owner")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".meeting-words")).to_contain_text("Who does it?")
    expect(page.locator("#owner")).to_be_focused()
    page.keyboard.type(WEB_TEAM)
    go_to(page, "what")
    page.keyboard.type("Accept numbers that begin with 1")
    page.keyboard.press("Enter")
    card(page, 5)
    visit.faults.clear()  # the console tells of the refusal
    page.keyboard.press("w")
    card(page, 6)
    page.keyboard.press("u")
    card(page, 5)
    fill(page, "i", "#reason", "known, ends on Friday")
    card(page, 6)
    page.keyboard.press("ArrowRight")
    card(page, 7)
    page.keyboard.press("w")
    card(page, 6)
    page.keyboard.press("w")
    expect(title).to_contain_text("Did contacts fall?")
    page.keyboard.press("PageDown")
    expect(title).to_contain_text("From outside")
    page.keyboard.press("n")
    expect(title).to_contain_text("a sentence for everybody")
    page.keyboard.press("t")
    expect(page.locator("#say-fr")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("Le formulaire est réparé ce soir.")
    page.keyboard.press("Control+Enter")
    expect(title).to_contain_text("Close the meeting")
    page.keyboard.press("c")
    expect(title).to_contain_text("Meeting closed")
    page.keyboard.press("o")
    page.wait_for_url("**/screening/minutes?**")
    rows = page.locator(".minutes tbody tr")
    expect(rows).to_have_count(7)
    expect(page.locator(".minutes")).to_contain_text("Le formulaire est réparé ce soir.")
    assert visit.faults == []
    told = [
        ("Ignored", "", "one accountant, answered"),
        ("Watched", "", ""),
        ("Being solved", "Nadia Benali", ""),
        ("Being solved", "Web team", ""),
        ("Ignored", "", "known, ends on Friday"),
        ("Watched", "", ""),
        ("Watched", "", ""),
    ]
    table = page.request.get("/screening/minutes.csv").text().lstrip("\ufeff")
    found = [
        (row["Decision"], row["Who"], row["Reason"]) for row in csv.DictReader(io.StringIO(table))
    ]
    assert found == told
    text = page.request.get("/screening/minutes.md").text()
    lines = [line for line in text.splitlines() if line.startswith("- **")]
    assert len(lines) == 7 and all(said[0] in line for said, line in zip(told, lines, strict=True))
    everybody_has_an_owner_and_a_date(site)


def everybody_has_an_owner_and_a_date(site: Site) -> None:
    with site.app.app_context():
        held = Screening.if_held(business_day(now()))
        assert held is not None and held.first_closed_at is not None
        assert held.carried == {"problems": []}
        made = db.session.scalars(select(Action).where(Action.screening_id == held.id)).all()
        assert len(made) == 2
        assert all((one.owner_id or one.owner_email) and one.due_on for one in made)
