"""A known problem at the desk and on the call: one key, one click, and it is said."""

import pytest
from playwright.sync_api import expect

from models.affected import LeftOut
from models.base import transaction
from models.prepared import PreparedAnswer, Readiness
from models.ticket import Ticket
from tests.browser.conftest import PATIENCE, Site

pytestmark = pytest.mark.browser

expect.set_options(timeout=PATIENCE)


def test_one_key_puts_the_prepared_answer_into_the_reply(site: Site) -> None:
    page = site.visit(site.at["late"], "nadia").page
    page.wait_for_load_state("networkidle")
    page.keyboard.press("s")
    expect(page.locator("#reply-text")).to_have_value("Mai est payé ce vendredi.")


def test_one_key_puts_the_sentence_into_the_reply_another_click_the_other_language(
    site: Site,
) -> None:
    number = int(site.at["long"].rpartition("/")[2])
    with site.app.app_context(), transaction():
        ticket = Ticket.with_number(number)
        assert ticket is not None
        prepared = PreparedAnswer.offered_for(ticket)
        assert prepared is not None
        prepared.state, prepared.why = Readiness.LEFT_OUT.value, LeftOut.BY_HAND.value
    page = site.visit(site.at["long"], "nadia").page
    page.wait_for_load_state("networkidle")
    page.keyboard.press("s")
    box = page.locator("#reply-text")
    expect(box).to_have_value("Mai est payé ce vendredi.")
    box.fill("")
    page.locator(".say-others summary").click()
    page.locator(".say-others button").click()
    expect(box).to_have_value("Mei wordt deze vrijdag betaald.")


def test_a_call_is_told_what_to_say_while_the_note_is_typed(site: Site) -> None:
    page = site.visit("/calls/new", "nadia").page
    page.wait_for_load_state("networkidle")
    page.locator("#text").press_sequentially(
        "toujours rien reçu pour mai, le paiement du droit passerelle n'est pas arrivé"
    )
    known = page.locator("#proposal .known-problem")
    expect(known).to_contain_text("Mai est payé ce vendredi.")
    known.locator(".say-this > .say-words button").click()
    expect(page.locator("#told")).to_have_value("Mai est payé ce vendredi.")


def test_an_unsure_case_is_put_back_and_left_out_in_its_row(site: Site) -> None:
    page = site.visit(site.at["replies"], "koen").page
    page.wait_for_load_state("networkidle")
    row = page.locator(".reply-rows tbody tr").first
    expect(row).to_have_class("is-out")
    row.locator(".end button").click()
    expect(row).not_to_have_class("is-out")
    row.locator(".end button").click()
    expect(row).to_have_class("is-out")
