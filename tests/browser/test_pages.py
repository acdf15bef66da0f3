"""Every page, wide and narrow, in French and Dutch: it opens whole, quiet and within its width."""

import pytest

from tests.browser.conftest import Site, Visit
from tests.browser.pages import PAGES, REFUSED, opened

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["fr", "nl"])
@pytest.mark.parametrize("name", PAGES)
def test_it_opens_whole_and_quiet(site: Site, name: str, language: str) -> None:
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


def too_wide(visit: Visit) -> object:
    """What makes the page scroll sideways; nothing where it does not."""
    return visit.page.evaluate(
        """document.scrollingElement.scrollWidth <= innerWidth ? []
        : [...document.body.querySelectorAll("*")]
        .filter((one) => one.getBoundingClientRect().right > innerWidth)
        .map((one) => one.outerHTML.slice(0, 90)).slice(0, 5)"""
    )
