"""Every page for everybody: axe-core finds nothing serious on it, in light and in dark."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import Site, Visit
from tests.browser.pages import PAGES, opened

pytestmark = pytest.mark.browser

AXE = Axe()
GRAVE = ("serious", "critical")
COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}
"""What may differ between light and dark."""


@pytest.mark.parametrize("name", PAGES)
def test_nothing_serious_stands_in_anybodys_way(site: Site, name: str) -> None:
    visit = opened(site, name)
    assert barriers(visit) == []
    darken(visit)
    assert barriers(visit, COLOURS) == []


def test_the_list_of_keys_is_accessible(site: Site) -> None:
    visit = opened(site, "ticket")
    visit.page.keyboard.press("Control+k")
    assert visit.page.locator("#palette li").count() > 5
    assert barriers(visit) == []


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
