"""The page of a matter in each language, without any script, at 320 px, with a missing document."""

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from models.base import now, transaction
from models.document_request import DocumentRequest
from tests.browser.conftest import Site
from triage.letters import ticket_of_token

pytestmark = pytest.mark.browser

AXE = Axe()
ANNEX = {
    "fr": "Annexe de la mutualité",
    "nl": "Bijlage van het ziekenfonds",
    "de": "Anlage der Krankenkasse",
    "en": "Annex from the health fund",
}
LOOKED_AT = os.environ.get("LOOK_AT_STATUS", "")
"""A directory for pictures, for who wants to look."""


@pytest.mark.parametrize("language", ["fr", "nl", "de", "en"])
def test_a_missing_document_is_sent_from_the_page(
    site: Site, language: str, tmp_path: Path
) -> None:
    with site.app.app_context(), transaction():
        ticket = ticket_of_token(site.at["status"].rpartition("/")[2])
        assert ticket is not None
        for name in (ANNEX, {"fr": f"Attestation ({language})"}):
            DocumentRequest.ask(ticket, name, at=now(), cause="notice", told=True)
    visit = site.visit(site.at["status"], language=language)
    page = visit.page
    page.set_viewport_size({"width": 320, "height": 640})
    seen(page, f"{language}-1")
    proof = tmp_path / "proof.pdf"
    proof.write_bytes(b"%PDF-1.4 proof")
    wanted = page.locator("li.missing", has_text=f"Attestation ({language})")
    wanted.locator("input[type=file]").set_input_files(proof)
    wanted.locator("button").press("Enter")
    page.locator(".sent").wait_for()
    assert "sent=" in page.url
    assert page.locator(".came li", has_text=f"Attestation ({language})").count() == 1
    page.fill("#text", "x" * 20_001)
    page.locator("#write button").press("Enter")
    page.locator("#more-mistake").wait_for()
    seen(page, f"{language}-2")
    page.goto(f"{site.url}/status/1-x?lang={language}")
    seen(page, f"{language}-3")
    page.fill("#email", "somebody@example.com")
    page.keyboard.press("Enter")
    page.locator("[role=status]").wait_for()
    assert visit.faults == []


def seen(page: Page, name: str) -> None:
    """No script runs, nothing stands in anybody's way or reaches beyond a small screen."""
    assert page.locator("script").count() == 0
    found = AXE.run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert [(rule["id"], [node["html"][:100] for node in rule["nodes"]]) for rule in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    if LOOKED_AT:
        page.screenshot(path=f"{LOOKED_AT}/{name}.png", full_page=True)
