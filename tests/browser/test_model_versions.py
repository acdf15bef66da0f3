"""A manager trains a version, compares it, puts it to use and goes back, by the pages alone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from models.base import now, transaction
from models.model_version import ModelVersion
from tests.browser.conftest import Lived, Site, served
from tests.conftest import Servers
from tests.test_learning import few_texts
from triage import learning, lessons, promotion

pytestmark = pytest.mark.browser


@pytest.fixture
def own_site(chromium, lived_in: Lived, servers: Servers) -> Iterator[Site]:
    """A house of this test's own: it changes which model is in use."""
    with served(chromium, lived_in, servers) as site:
        before = in_use(site)
        yield site
        with site.app.app_context(), transaction():
            promotion.promote(before, by=None, at=now(), back=True)


def in_use(site: Site) -> str:
    with site.app.app_context():
        return str(promotion.in_use())


def carry_out(site: Site) -> None:
    """What the relay's child does once a training was asked for."""
    with site.app.app_context():
        with transaction():
            row = ModelVersion.next_to_train(now())
            assert row is not None
            row_id = row.id
        learning.carry_out(site.app, row_id)


def test_a_version_is_trained_compared_put_to_use_and_gone_back_from(
    own_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lessons, "gather", few_texts)
    before = in_use(own_site)
    page = own_site.visit("/classifier/", "koen", language="en").page
    page.get_by_role("button", name="Learn now").click()
    expect(page.locator("#training")).to_contain_text("It begins in a moment")
    carry_out(own_site)
    page.wait_for_selector("a:has-text('Compare')")
    page.get_by_role("link", name="Compare").first.click()
    expect(page.get_by_role("heading", name="Beside the version in use")).to_be_visible()
    page.get_by_role("button", name="Put to use").click()
    expect(page.locator("form.undo")).to_contain_text("Put to use")
    assert in_use(own_site) != before
    page.locator("#precision").fill("90")
    expect(page.locator("#offer")).to_contain_text("from 90.0")
    page.locator("h1").click()
    page.keyboard.press("z")
    expect(page.locator("tr.current")).to_contain_text("the first one")
    assert in_use(own_site) == before
    assert own_site.last is not None
    assert own_site.last.faults == []
