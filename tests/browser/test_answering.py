"""An answer in a real browser: files, the preview in its dialog, sending, and undoing by a key."""

import pytest
from sqlalchemy import select

from models.base import db
from models.message import Message, Sending
from tests.browser.conftest import Site

pytestmark = pytest.mark.browser


def newest_answer(site: Site) -> Message:
    with site.app.app_context():
        found = db.session.scalars(
            select(Message).where(Message.kind == "reply").order_by(Message.id.desc())
        ).first()
        assert found is not None
        db.session.expunge_all()
        return found


def test_an_answer_is_looked_at_sent_with_its_file_and_undone_by_z(site: Site) -> None:
    visit = site.visit(site.at["late"], "nadia", language="en")
    page = visit.page
    page.fill("#reply-text", "Bonjour,\n\nvous trouverez ci-joint l'attestation.")
    page.keyboard.press("Escape")
    page.keyboard.press("p")
    dialog = page.locator("#preview")
    dialog.wait_for(state="visible")
    assert "speaks of a file" in dialog.inner_text()
    dialog.get_by_role("button", name="Change").click()
    dialog.wait_for(state="hidden")
    assert page.input_value("#reply-text").startswith("Bonjour,")
    page.set_input_files(
        "[data-attach]",
        [{"name": "attestation.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"}],
    )
    assert "attestation.pdf" in page.inner_text("#chosen-files")
    page.locator("[data-key=p]").click()
    dialog.wait_for(state="visible")
    assert "attestation.pdf" in dialog.inner_text()
    assert "speaks of a file" not in dialog.inner_text()
    with page.expect_navigation():
        dialog.get_by_role("button", name="Send").click()
    assert "attestation.pdf" in page.locator(".entry.ours").last.inner_text()
    assert newest_answer(site).state == Sending.WAITING
    page.locator("form.undo").wait_for(state="visible")
    with page.expect_navigation():
        page.keyboard.press("z")
    assert newest_answer(site).state == Sending.WITHDRAWN
    assert page.input_value("#reply-text").startswith("Bonjour,")
    assert page.locator("#reply-form input[name=kept]").is_checked()
    assert visit.faults == []


def test_after_sending_and_closing_it_can_be_undone_too(site: Site) -> None:
    page = site.visit(site.at["file"], "koen", language="nl").page
    page.fill("#reply-text", "Dat is in orde.")
    page.select_option("#reply-form [name=disposition]", "answered")
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    undo = page.locator("form.undo")
    undo.wait_for(state="visible")
    assert undo.locator(".ring circle").count() == 1
    with page.expect_navigation():
        page.keyboard.press("z")
    assert page.input_value("#reply-text") == "Dat is in orde."


def test_more_than_ten_files_are_refused_before_anything_is_sent(site: Site) -> None:
    page = site.visit(site.at["late"], "nadia", language="en").page
    page.fill("#reply-text", "Voici.")
    files = [
        {"name": f"{number}.txt", "mimeType": "text/plain", "buffer": b"x"} for number in range(11)
    ]
    page.set_input_files("[data-attach]", files)
    before = page.url
    page.locator("#reply-form [data-send]").click()
    assert page.url == before
    assert not page.locator("[data-attach]").evaluate("field => field.validity.valid")
