"""A client without JavaScript: writes, gets a number, sees where the message stands."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site

pytestmark = pytest.mark.browser


def without_scripts(site: Site, path: str, language: str) -> Page:
    return site.visit(path, language=language, width=390, java_script_enabled=False).page


def test_a_message_gets_a_number_and_a_page_that_says_where_it_stands(site: Site) -> None:
    page = without_scripts(site, "/contact", "fr")
    page.fill("#name", "Amélie Dujardin")
    page.fill("#email", "amelie@bakery.example")
    page.select_option("#topic", "bridging_right")
    page.fill("#text", "Toujours rien reçu pour le mois de mai.")
    page.set_input_files(
        "#files", {"name": "preuve.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"}
    )
    page.click("form[method=post] button:last-of-type")
    expect(page.locator(".big")).to_have_text(re.compile(r"^\d{6}$"))
    expect(page.locator(".reach")).to_contain_text("amelie@bakery.example")
    number = page.locator(".big").inner_text()
    page.click("a.button")
    expect(page.locator("h1")).to_contain_text(number)
    expect(page.locator("[aria-current=step]")).to_be_visible()


def test_what_is_missing_is_said_and_what_was_typed_stays(site: Site) -> None:
    page = without_scripts(site, "/contact", "nl")
    page.fill("#name", "Joris Peeters")
    page.fill("#phone", "12")
    page.click("form[method=post] button:last-of-type")
    expect(page.locator("#mistakes li")).to_have_count(2)
    expect(page.locator("#name")).to_have_value("Joris Peeters")
    page.fill("#phone", "0486 11 22 33")
    page.fill("#text", "Wanneer wordt mei betaald?")
    page.click("form[method=post] button:last-of-type")
    expect(page.locator(".big")).to_be_visible()


def test_the_page_speaks_another_language_with_one_click(site: Site) -> None:
    page = without_scripts(site, site.at["status"], "fr")
    page.click("header a[lang=de]")
    expect(page.locator("html")).to_have_attribute("lang", "de")
