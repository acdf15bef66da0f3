"""A day's work by keyboard alone: an agent at the desk, a manager at the board, a call."""

import pytest
from playwright.sync_api import Page, expect

from models.base import db
from models.message import Message, Sending
from models.ticket import Note, Ticket
from tests.browser.conftest import PATIENCE, Site
from tests.browser.lived import PASSWORD

pytestmark = pytest.mark.browser

expect.set_options(timeout=PATIENCE)


def ready(page: Page) -> None:
    """Scripts are modules: they listen once the page is loaded and still."""
    page.wait_for_load_state("networkidle")


def test_an_agent_walks_the_list_and_opens_a_ticket(site: Site) -> None:
    page = site.visit("/desk/?view=all", "nadia").page
    rows = page.locator("a[data-row]")
    page.keyboard.press("j")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#ticket-title")).to_be_visible()
    expect(rows.nth(0)).to_have_attribute("aria-current", "true")
    assert "/desk/tickets/" in page.url


def test_a_number_key_chooses_the_topic(site: Site) -> None:
    page = site.visit(site.at["unsure"], "nadia").page
    choice = page.locator(".topic-keys button", has_text="Droit passerelle").first
    page.keyboard.press(choice.get_attribute("data-key") or "")
    expect(page.locator(".ticket-marks .chip.topic")).to_contain_text("Droit passerelle")
    expect(page.locator(".ticket-marks .chip.topic.proposed")).to_have_count(0)


def test_an_answer_is_sent_taken_back_and_its_text_kept(site: Site) -> None:
    page = site.visit(site.at["late"], "nadia").page
    page.keyboard.press("r")
    expect(page.locator("#reply-text")).to_be_focused()
    page.keyboard.type("Vos paiements partent vendredi.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".ours").last).to_contain_text("partent vendredi")
    assert state_of_answer(site) == Sending.WAITING
    page.keyboard.press("z")
    expect(page.locator(".ours.is-withdrawn")).to_be_visible()
    expect(page.locator("#reply-text")).to_have_value("Vos paiements partent vendredi.")
    assert state_of_answer(site) == Sending.WITHDRAWN


def state_of_answer(site: Site) -> str:
    with site.app.app_context():
        ticket = ticket_at(site, "late")
        answers = db.session.scalars(Message.of_ticket(ticket.id)).all()
        return next(one.state for one in reversed(answers) if "vendredi" in one.text)


def ticket_at(site: Site, name: str) -> Ticket:
    found = Ticket.with_number(int(site.at[name].rsplit("/", 1)[1]))
    assert found is not None
    return found


def test_a_note_stays_in_the_house(site: Site) -> None:
    page = site.visit(site.at["file"], "nadia").page
    page.keyboard.press("n")
    expect(page.locator("#note-text")).to_be_focused()
    page.keyboard.type("Belt liever terug.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".note .words")).to_contain_text("Belt liever terug.")
    with site.app.app_context():
        notes = db.session.scalars(Note.of_ticket(ticket_at(site, "file").id)).all()
        assert [note.text for note in notes] == ["Belt liever terug."]


def test_a_ticket_is_taken_flagged_and_closed(site: Site) -> None:
    page = site.visit(site.at["file"], "nadia").page
    page.keyboard.press("a")
    expect(page.locator("button[data-key='a']")).to_have_count(0)
    ready(page)
    page.keyboard.press("f")
    expect(page.locator("#flag-line")).to_be_focused()
    page.keyboard.type("Bewijs wordt niet gelezen")
    page.keyboard.press("Enter")
    expect(page.locator("button[data-key='f']")).to_have_attribute("aria-pressed", "true")
    ready(page)
    page.keyboard.press("e")
    expect(page.locator(".dropdown-menu.show button[data-key='1']")).to_be_visible()
    page.keyboard.press("1")
    expect(page.locator(".ticket-marks .chip.done")).to_be_visible()
    with site.app.app_context():
        ticket = ticket_at(site, "file")
        assert ticket.closed and ticket.flagged and ticket.assignee_id


def test_two_keys_lead_to_each_place_and_one_to_the_search(site: Site) -> None:
    page = site.visit("/desk/", "koen").page
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("s")
    page.wait_for_url("**/screening/")


def test_the_palette_finds_a_command_by_its_words(site: Site) -> None:
    page = site.visit(site.at["late"], "nadia", language="en").page
    page.keyboard.press("Control+k")
    page.keyboard.type("Note")
    page.keyboard.press("Enter")
    expect(page.locator("#note-text")).to_be_focused()


def test_a_manager_decides_with_one_key_a_card_and_undoes(site: Site) -> None:
    page = site.visit("/screening/", "koen").page
    cards = page.locator(".pressing [data-card]")
    page.keyboard.press("i")
    expect(cards.nth(0)).to_have_attribute("data-decided", "")
    expect(cards.nth(1).locator("a[data-row]")).to_be_focused()
    page.keyboard.press("z")
    expect(page.locator("[data-card][data-decided]")).to_have_count(0)
    ready(page)
    page.keyboard.press("w")
    expect(cards.nth(0)).to_have_attribute("data-decided", "")
    page.keyboard.press("a")
    owner = cards.nth(1).locator("select[name='owner']")
    expect(owner).to_be_focused()
    page.keyboard.type("Koen")
    page.keyboard.press("Enter")
    expect(owner.locator("option:checked")).to_contain_text("Koen")
    owner.evaluate("(field) => field.form.requestSubmit()")
    expect(cards.nth(1)).to_have_attribute("data-decided", "")
    expect(cards.nth(1)).to_contain_text("Koen Wouters")


def test_a_call_is_written_down_with_two_fields(site: Site) -> None:
    page = site.visit("/calls/new", "nadia").page
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.type("klant vraagt wanneer het overbruggingsrecht van mei betaald wordt")
    expect(page.locator("#proposal .choice").first).to_be_visible()
    page.keyboard.press("Tab")
    page.locator("#outcome-answered").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/desk/tickets/*")
    expect(page.locator(".thread .said .words").first).to_contain_text("overbruggingsrecht van mei")


def test_a_person_signs_in_and_out(site: Site) -> None:
    page = site.visit("/login").page
    expect(page.locator("#login")).to_be_focused()
    page.keyboard.type("koen")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/screening/")
    page.locator("button[aria-label='Koen Wouters']").click()
    page.locator("form[action='/logout'] button").click()
    page.wait_for_url("**/login")
