"""Call-backs by keys alone: take the next, say how it went, keep what was said, undo."""

import pytest

from models.base import db, now, transaction
from models.callback import Callback, CallbackReason, CallbackState
from models.user import User
from tests.browser.conftest import Site

pytestmark = pytest.mark.browser


def owe(site: Site, *numbers: str) -> list[int]:
    with site.app.app_context(), transaction():
        made = [
            Callback.ask(
                number=number,
                reason=CallbackReason.DISSATISFIED,
                at=now(),
                language="fr",
                note="Trois mails sans réponse.",
            )
            for number in numbers
        ]
        db.session.flush()
        return [one.id for one in made]


def state_of(site: Site, callback_id: int) -> tuple[str, str | None]:
    with site.app.app_context():
        found = Callback.named(callback_id)
        assert found is not None
        return found.state, found.outcome


def test_two_call_backs_are_made_with_eight_keys_beside_the_note(site: Site) -> None:
    busy, reached = owe(site, "+32475000301", "+32475000302")
    visit = site.visit("/calls/callbacks", "nadia", language="en")
    page = visit.page
    keys: list[str] = []

    def press(key: str) -> None:
        keys.append(key)
        with page.expect_navigation():
            page.keyboard.press(key)

    press("b")
    press("3")
    assert "Noted: busy. Again" in page.inner_text("#toasts")
    assert state_of(site, busy) == (CallbackState.OPEN, None)
    press("b")
    press("1")
    page.keyboard.type("Elle a reçu le paiement ce matin.")
    keys.append("Alt+1")
    page.keyboard.press("Alt+1")
    press("Control+Enter")
    assert state_of(site, reached) == (CallbackState.DONE, "satisfied")
    press("z")
    assert state_of(site, reached)[0] == CallbackState.TAKEN
    assert len(keys) <= 8
    assert visit.faults == []


def test_the_owner_sees_on_every_page_what_is_late(site: Site) -> None:
    with site.app.app_context(), transaction():
        nadia = db.session.scalar(User.by_login("nadia"))
        assert nadia is not None
        Callback.ask(
            number="+32475000303", reason=CallbackReason.PROMISED, by=nadia, at=now(), due_at=now()
        )
    page = site.visit("/desk/", "nadia", language="nl").page
    assert page.locator(".callbacks-due a").count() == 1
