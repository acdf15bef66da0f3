"""Every page, wide and narrow, in French and Dutch: it opens whole, quiet and within its width,
and axe-core finds nothing serious on it, in light and in dark."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import Site, Visit
from tests.browser.pages import PAGES, REFUSED, opened

pytestmark = pytest.mark.browser


AXE = Axe()
GRAVE = ("serious", "critical")
COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}
"""What may differ between light and dark."""


@pytest.mark.parametrize("name", PAGES)
def test_it_opens_whole_and_quiet_and_stands_in_nobodys_way(site: Site, name: str) -> None:
    visit = whole_and_quiet(site, name, "fr")
    assert barriers(visit) == []
    darken(visit)
    assert barriers(visit, COLOURS) == []


@pytest.mark.parametrize("name", PAGES)
def test_it_opens_whole_and_quiet_in_dutch(site: Site, name: str) -> None:
    whole_and_quiet(site, name, "nl")


def test_the_list_of_keys_is_accessible(site: Site) -> None:
    visit = opened(site, "ticket")
    visit.page.keyboard.press("Control+k")
    assert visit.page.locator("#palette li").count() > 5
    assert barriers(visit) == []


def whole_and_quiet(site: Site, name: str, language: str) -> Visit:
    """The page, opened narrow and left wide."""
    visit = opened(site, name, width=390, language=language)
    page = visit.page
    assert visit.status == REFUSED.get(name, 200)
    assert page.evaluate("document.documentElement.lang") == language
    assert page.locator("h1").count() == 1
    assert page.locator("h1").inner_text().strip()
    assert too_wide(visit) == []
    visit.widen(1440)
    assert too_wide(visit) == []
    assert visit.faults == []
    return visit


def too_wide(visit: Visit) -> object:
    """What makes the page scroll sideways; nothing where it does not."""
    return visit.page.evaluate(
        """document.scrollingElement.scrollWidth <= innerWidth ? []
        : [...document.body.querySelectorAll("*")]
        .filter((one) => one.getBoundingClientRect().right > innerWidth)
        .map((one) => one.outerHTML.slice(0, 90)).slice(0, 5)"""
    )


def darken(visit: Visit) -> None:
    """The same page, opened by somebody whose screen is dark.

    Opened anew: a page that changes while it is drawn shows colours of both themes for a moment.
    """
    visit.page.emulate_media(color_scheme="dark")
    visit.page.reload()


def barriers(visit: Visit, options: dict[str, Any] | None = None) -> list[str]:
    """What axe-core calls serious or worse, with where it stands."""
    asked = {"resultTypes": ["violations"], **(options or {})}
    found = AXE.run(visit.page, options=asked).response["violations"]
    return [
        f"{rule['id']}: {node['target']} {node['html'][:120]} {node['failureSummary'][:160]}"
        for rule in found
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]
