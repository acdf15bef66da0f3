"""The board and a problem by keys: sections fold and stay, ticked cases part and come back."""

import pytest

from tests.browser.conftest import Site

pytestmark = pytest.mark.browser


def test_a_section_opens_by_its_key_and_stays_open(site: Site) -> None:
    page = site.visit("/screening/", "koen", language="en").page
    assert not page.locator("#section-steady").evaluate("fold => fold.open")
    page.keyboard.press("1")
    page.wait_for_selector("#section-steady[open] .problem-card")
    page.reload()
    assert page.locator("#section-steady").evaluate("fold => fold.open")
    page.keyboard.press("1")
    page.wait_for_selector("#section-steady:not([open])")


def test_a_filter_stays_in_the_address_and_is_cleared_by_a_key(site: Site) -> None:
    page = site.visit("/screening/", "koen", language="en").page
    page.locator("#filter-language").select_option("nl")
    page.wait_for_url("**language=nl**")
    page.keyboard.press("Escape")
    page.keyboard.press("x")
    page.wait_for_url(lambda url: "language" not in url)
    assert page.locator("#filter-language").input_value() == ""


def test_ticked_cases_become_a_problem_to_be_named_and_z_takes_it_back(site: Site) -> None:
    page = site.visit(site.at["problem"], "koen", language="en").page
    before = page.locator(".case").count()
    page.locator(".case .tick").first.check()
    page.get_by_role("button", name="is a problem of its own").click()
    page.wait_for_url("**taught=*")
    assert page.evaluate("document.activeElement.id") == "title"
    assert page.locator(".case").count() == 1
    page.keyboard.press("Escape")
    page.keyboard.press("z")
    page.wait_for_url(f"**{site.at['problem']}")
    assert page.locator(".case").count() == before


def test_on_paper_every_section_is_open(site: Site) -> None:
    page = site.visit("/screening/", "koen", language="en").page
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    closed = page.locator("details.folded:not([open])")
    assert closed.count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details.folded:not([open])").count() > 0
