"""A whole form in each language, without JavaScript, at 320 px, with a file, by keyboard."""

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import Site

pytestmark = pytest.mark.browser

AXE = Axe()
LOOKED_AT = os.environ.get("LOOK_AT_FORMS", "")
"""A directory for pictures, for who wants to look."""


@pytest.mark.parametrize("language", ["fr", "nl", "de", "en"])
def test_a_request_is_sent_step_by_step(site: Site, language: str, tmp_path: Path) -> None:
    visit = site.visit("/contact/exemption", language=language)
    page = visit.page
    page.set_viewport_size({"width": 320, "height": 640})
    seen(page, f"{language}-1")
    page.fill("#name", "Amélie Dujardin")
    page.fill("#enterprise_number", "403.019.261")
    page.fill("#email", "amelie@example.be")
    page.keyboard.press("Enter")
    page.locator("#mistakes a").first.wait_for()
    assert page.locator("#mistakes a").count() == 1
    seen(page, f"{language}-2")
    page.click("button[name=use]")
    seen(page, f"{language}-3")
    page.locator("input[name=quarters]").first.check()
    page.fill("#cause", "Plus de clients depuis mars.")
    page.check("input[name=family][value=no]")
    page.check("input[name=other_income][value=no]")
    page.check("#signed")
    page.click(".buttons button[value=next]")
    proof = tmp_path / "proof.pdf"
    proof.write_bytes(b"%PDF-1.4 proof")
    page.locator("input[type=file]").first.set_input_files(proof)
    seen(page, f"{language}-4")
    page.click(".buttons button[value=next]")
    assert "proof.pdf" in page.inner_text("main")
    seen(page, f"{language}-5")
    page.click(".buttons button[value=send]")
    assert "/contact/receipt/" in page.url
    assert page.locator(".big").inner_text().strip().lstrip("F-").isdigit()
    seen(page, f"{language}-6")
    assert visit.faults == []


def test_a_question_appears_with_the_answer_that_asks_it_and_goes_with_it(site: Site) -> None:
    """By keyboard, without a script: what appears is the next thing that Tab reaches."""
    page = site.visit("/contact/complaint?whole=1", language="nl").page
    page.set_viewport_size({"width": 320, "height": 640})
    when = page.locator("input[name=call_when]").first
    assert not when.is_visible()
    page.check("input[name=call_back][value=yes]")
    assert when.is_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "call_when"
    seen(page, "dependent")
    page.keyboard.press("Space")
    page.check("input[name=call_back][value=no]")
    assert not when.is_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") != "call_when"


def seen(page: Page, name: str) -> None:
    """No script runs, nothing stands in anybody's way or reaches beyond a small screen."""
    assert page.locator("script").count() == 0
    found = AXE.run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [(rule["id"], [node["html"][:100] for node in rule["nodes"]]) for rule in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    if LOOKED_AT:
        page.screenshot(path=f"{LOOKED_AT}/{name}.png", full_page=True)
