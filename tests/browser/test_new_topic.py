"""A topic in a minute: from the morning's problem to a model that knows it, by the pages alone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from classifiers import starter
from classifiers.engine import Example
from models.base import now, transaction
from models.model_version import ModelVersion
from tests.browser.conftest import Lived, Site, served
from tests.conftest import Servers
from triage import learning, lessons, promotion

pytestmark = pytest.mark.browser


@pytest.fixture
def own_site(chromium, lived_in: Lived, servers: Servers) -> Iterator[Site]:
    """A house of this test's own: it changes which model is in use."""
    with served(chromium, lived_in, servers) as site:
        with site.app.app_context():
            before = str(promotion.in_use())
        yield site
        with site.app.app_context(), transaction():
            promotion.promote(before, by=None, at=now(), back=True)


@pytest.fixture(autouse=True)
def few_starter_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"deferral", "pension", "file_admin"}
    few = [row for row in starter.starter() if row.topic in known][:90]

    def invented(_used: object) -> Iterator[Example]:
        return iter(few)

    monkeypatch.setattr(lessons, "_invented", invented)


def carry_out(site: Site) -> None:
    """What the relay's child does once a training was asked for."""
    with site.app.app_context():
        with transaction():
            row = ModelVersion.next_to_train(now())
            assert row is not None
            row_id = row.id
        learning.carry_out(site.app, row_id)


def test_a_problem_becomes_a_topic_is_learned_and_tried(own_site: Site) -> None:
    visit = own_site.visit(own_site.at["problem"], "koen", language="en")
    page = visit.page
    page.get_by_role("link", name="Make a topic of it").click()
    page.fill("#name-fr", "Prime d'inondation")
    page.select_option("#team", index=1)
    kept = page.locator("input[name=keep]:checked").count()
    assert kept > 0  # some of what clients wrote is proposed
    page.fill("#examples", "Mon atelier est inondé\nMijn werkplaats staat onder water")
    page.fill("#seeds-fr", "inondation, crue")
    page.get_by_role("button", name="Make the topic and learn it").click()
    expect(page.locator("h1")).to_have_text("Prime d'inondation")
    expect(page.locator("#learning")).to_contain_text("The training begins in a moment.")
    assert page.locator(".lessons tr").count() == kept + 2
    carry_out(own_site)
    expect(page.locator("#learning")).to_contain_text(f"of {kept + 2} texts found")
    page.keyboard.press("t")
    page.keyboard.type("Après la crue mon atelier est inondé, que faire ?")
    page.keyboard.press("Enter")
    expect(page.locator("#answer .chip").first).to_contain_text("Prime d'inondation")
    assert visit.faults == []


def test_the_review_list_is_worked_by_keys_alone(own_site: Site) -> None:
    visit = own_site.visit("/classifier/review", "koen", language="en")
    page = visit.page
    start = page.locator(".page-head .figure").inner_text()
    first = page.locator(".asking .words").inner_text()
    page.keyboard.press("1")
    expect(page.locator("form.undo")).to_contain_text("Noted.")
    assert page.locator(".page-head .figure").inner_text() != start
    page.keyboard.press("z")
    expect(page.locator(".asking .words")).to_have_text(first)
    page.keyboard.press("s")
    expect(page.locator("form.undo")).to_contain_text("Skipped.")
    page.keyboard.press("0")
    expect(page.locator("#another-topic")).to_be_focused()
    asked = page.locator(".asking .words").inner_text()
    page.keyboard.type("Pens")
    page.keyboard.press("Enter")
    expect(page.locator("form.undo")).to_contain_text("Noted.")
    page.keyboard.press("z")
    expect(page.locator(".asking .words")).to_have_text(asked)
    expect(page.locator("form.undo")).to_contain_text("The one before too?")
    page.keyboard.press("z")
    expect(page.locator(".asking .words")).to_have_text(first)
    assert visit.faults == []


@pytest.mark.parametrize("path", ["/classifier/topics", "/classifier/tone"])
@pytest.mark.parametrize("language", ["fr", "nl"])
def test_no_column_is_cut_off_on_a_telephone(site: Site, path: str, language: str) -> None:
    page = site.visit(path, "koen", language=language, width=390).page
    cut = page.locator("main table").evaluate_all(
        "all => all.filter((one) => one.getBoundingClientRect().right > innerWidth - 8).length"
    )
    assert page.locator("main table").count() == 1 and cut == 0
