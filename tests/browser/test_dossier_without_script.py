"""The dossier on a small telephone without JavaScript, in each language; and its writing room."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from models import info_page_change
from models.base import db, now, transaction
from models.info_page import InfoPage, InfoPageVersion
from models.measure import Measure
from models.topic import LANGUAGES
from models.user import User
from tests.browser.conftest import Site

pytestmark = pytest.mark.browser

BODY = (
    "{answer}\n\n## One\n\n| a | b | c |\n|---|---|---|\n| Ontvangstbevestiging | "
    "Unternehmensnummer | x |\n\n## Two\n\n{conditions}\n\n## Three\n\n{questions}\n\n## Four\n\n"
    "{links}\n\nhttps://example.be/" + "a-very-long-address/" * 5
)


@pytest.fixture(scope="module")
def published(house_site: Site) -> Iterator[str]:
    """A long page in all languages but German; its address."""
    with house_site.app.app_context():
        with transaction():
            koen = db.session.scalar(User.by_login("koen"))
            measure = Measure.coded("exemption")
            assert koen is not None and measure is not None
            spoken = [code for code in LANGUAGES if code != "de"]
            made = info_page_change.begin(
                {
                    "titles": dict.fromkeys(spoken, "Vrijstelling van sociale bijdragen"),
                    "summaries": dict.fromkeys(spoken, "In één zin."),
                    "bodies": dict.fromkeys(spoken, BODY),
                    "changes": dict.fromkeys(spoken, "Nieuw."),
                },
                slug="exemption",
                topic_id="exemption",
                measure_id=measure.id,
                by=koen,
                at=now(),
            )
            info_page_change.publish(made, by=koen, at=now())
        db.session.remove()
    yield "/info/exemption"


def test_the_dossier_is_whole_on_a_small_telephone_in_each_language(
    site: Site, published: str
) -> None:
    for language in LANGUAGES:
        for path in (published, "/info", "/info/search?q=vrijstelling", "/info/nowhere"):
            visit = site.visit(path, language=language, width=390)
            visit.page.set_viewport_size({"width": 320, "height": 640})
            wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            assert not visit.page.evaluate(wide), (path, language)
            if path == published or language == "de":
                found = Axe().run(visit.page).response["violations"]
                assert [one["id"] for one in found] == [], (path, language)
            assert visit.faults == []
    page = site.visit(published, language="nl", width=390, java_script_enabled=False).page
    page.click("button[value=no]")
    page.fill("#missing", "Hoe lang duurt het?")
    page.click("main form button")
    expect(page.locator("#missing")).to_have_count(0)
    expect(page.locator("main a[href^='/contact']").first).to_be_visible()


def test_koen_writes_by_keyboard_sees_it_at_once_and_loses_nothing(
    site: Site, published: str
) -> None:
    visit = site.visit("/outreach/dossier/exemption/edit", "koen", language="en")
    page = visit.page
    page.locator("#bodies-en").focus()
    page.keyboard.press("Control+End")
    page.keyboard.type("\n\n**Typed now**")
    expect(page.locator("#dossier-preview strong").last).to_have_text("Typed now")
    page.reload()
    expect(page.locator("[data-kept-here]")).to_be_visible()
    page.click("[data-take]")
    expect(page.locator("#bodies-en")).to_have_value(BODY + "\n\n**Typed now**")
    page.locator("#bodies-en").focus()
    with page.expect_navigation():
        page.keyboard.press("Control+s")
    expect(page.locator("[data-kept-here]")).to_be_hidden()
    assert visit.faults == []
    with site.app.app_context():
        kept = InfoPage.at("exemption")
        assert kept is not None
        draft = InfoPageVersion.being_written(kept)
        assert draft is not None and draft.bodies["en"].endswith("**Typed now**")
        db.session.remove()
