"""The web forms in the house: read by everybody, written by who leads, every version kept."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

from sqlalchemy import select

from models.action import Action, ActionKind
from models.base import db, now, transaction
from models.calendar import business_day
from models.event import Event
from models.problem import Problem, ProblemState
from models.user import User
from models.web_form import WebForm, WebFormVersion
from tests.people import Browser

WORDS = "On the back of your identity card."


def filled(client: Browser, code: str = "question") -> dict[str, Any]:
    """All that stands in the form of a new version, as a browser would send it."""
    page = client.get(f"/outreach/forms/{code}/edit").text
    areas = re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>([^<]*)</textarea>', page)
    ticks = re.findall(r'name="(required:[^"]+)" value="1" checked', page)
    places = re.findall(r'name="(place:[^"]+)" value="(\d+)"', page)
    seen = re.search(r'name="seen" value="(\d+)"', page)
    assert seen is not None
    return dict(areas) | dict.fromkeys(ticks, "1") | dict(places) | {"seen": seen.group(1)}


def current(code: str = "question") -> WebFormVersion:
    db.session.expire_all()
    form = WebForm.coded(code)
    assert form is not None
    return WebFormVersion.current(form)


def test_everybody_who_works_reads_and_only_who_leads_writes(client: Browser, nadia: User) -> None:
    client.sign_in(nadia)
    page = client.get("/outreach/forms").text
    assert "Ask for the bridging right" in page and "/closing" not in page
    assert "What it asks" in client.get("/outreach/forms/bridging-right").text
    assert client.get("/outreach/forms/bridging-right/edit").status_code == 403
    assert client.post("/outreach/forms/bridging-right/closing").status_code == 403


def test_a_new_version_is_asked_at_once_and_the_old_one_is_kept(
    client: Browser, koen: User
) -> None:
    client.sign_in(koen)
    said = filled(client) | {"hint:phone-en": WORDS, "place:text": "1", "change": "Clearer"}
    del said["required:text"]
    saved = client.post("/outreach/forms/question/versions", data=said)
    assert saved.status_code == 303
    version = current()
    assert (version.number, version.author_id, version.change) == (2, koen.id, "Clearer")
    assert version.fields[0]["name"] == "text" and not version.fields[0]["required"]
    assert WORDS in client.get("/contact/question?whole=1").text
    history = client.get("/outreach/forms/question").text
    assert WORDS in re.sub(r"</?(ins|del)>", "", history)
    client.post("/outreach/forms/question/versions/1/restoration")
    assert current().number == 3
    assert current().fields[0]["name"] == "name"


def test_a_text_that_lacks_a_language_is_refused_and_nothing_is_lost(
    client: Browser, koen: User
) -> None:
    client.sign_in(koen)
    said = filled(client) | {"label:text-de": "", "hint:phone-en": WORDS}
    refused = client.post("/outreach/forms/question/versions", data=said)
    assert refused.status_code == 422
    assert "each of the four languages" in refused.text and WORDS in refused.text
    assert current().number == 1


def test_who_saves_over_a_newer_version_is_told(client: Browser, koen: User) -> None:
    client.sign_in(koen)
    said = filled(client)
    client.post("/outreach/forms/question/versions", data=said | {"hint:phone-en": "A"})
    late = client.post("/outreach/forms/question/versions", data=said | {"hint:phone-en": WORDS})
    assert late.status_code == 409
    assert "version 2 meanwhile" in late.text and WORDS in late.text
    assert current().number == 2


def test_saving_can_be_the_action_that_was_decided(client: Browser, koen: User) -> None:
    with transaction():
        problem = Problem(
            thing="form",
            first_seen_at=now(),
            last_seen_at=now(),
            founded_on=business_day(now()),
            state=ProblemState.ACTING.value,
        )
        db.session.add(problem)
        db.session.flush()
        action = Action(
            problem_id=problem.id,
            kind=ActionKind.FORM_FIX.value,
            owner_id=koen.id,
            due_on=business_day(now()) + timedelta(days=1),
            decided_at=now(),
        )
        db.session.add(action)
    client.sign_in(koen)
    said = filled(client) | {"action": str(action.id)}
    assert client.post("/outreach/forms/question/versions", data=said).status_code == 303
    db.session.refresh(action)
    assert action.effective_at is not None and action.done_at is not None


def test_a_form_is_closed_and_opened_again(client: Browser, koen: User) -> None:
    client.sign_in(koen)
    closed = client.post("/outreach/forms/deferral/closing", follow_redirects=True)
    assert "The form is closed." in closed.text
    assert client.get("/contact/deferral").status_code == 404
    assert "/contact/deferral" not in client.get("/contact").text
    client.post("/outreach/forms/deferral/opening")
    assert client.get("/contact/deferral").status_code == 200
    kinds = db.session.scalars(
        select(Event.kind).where(Event.kind.like("form.%")).order_by(Event.id)
    ).all()
    assert list(kinds) == ["form.closed", "form.opened"]


def test_what_was_typed_is_looked_at_as_a_client_sees_it_before_it_is_saved(
    client: Browser, koen: User
) -> None:
    client.sign_in(koen)
    said = filled(client) | {"hint:phone-de": WORDS, "preview-in": "de", "preview-step": "who"}
    page = client.post("/outreach/forms/question/preview", data=said | {"preview-width": "desktop"})
    frame = re.search(r'<iframe class="desktop"[^>]* srcdoc="([^"]*)"', page.text)
    assert frame is not None
    shown = unescape(frame.group(1))
    assert '<html lang="de">' in shown and WORDS in shown and "Ihre Telefonnummer" in shown
    assert "Vor- und Nachname" in page.text and current().number == 1
    part = client.post(
        "/outreach/forms/question/preview",
        data=said | {"label:text-de": ""},
        headers={"HX-Request": "true"},
    )
    assert part.text.count("<iframe") == 1 and "each of the four languages" in part.text
    assert db.session.scalars(select(WebFormVersion.number)).all().count(2) == 0
