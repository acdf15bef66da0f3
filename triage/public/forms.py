"""The web forms: one step after the other, without an account and without JavaScript.

Each answer is kept, sealed, for an hour; nothing is lost by a mistake, by going back or by a second
click. Nothing is sent before the client has seen all of it, or asked for one page.
"""

import secrets
from datetime import datetime, timedelta

from flask import Blueprint, current_app, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from models.base import now
from models.calendar import business_day
from models.keys import ring
from models.web_form import WebForm, WebFormVersion
from models.web_form_draft import KEPT_FOR, FormDraft, SentFile
from triage.config import Settings
from triage.display import reader_language
from triage.forms import sending
from triage.forms.asked import ALL, Asked
from triage.forms.documents import missing
from triage.forms.fields import Step
from triage.forms.reading import Checked, check, typed_answers
from triage.forms.uploads import received
from triage.intake import NoRoom, refuse_when_full
from triage.public import limits
from triage.public.asking import genuine
from triage.public.form_pages import (
    address,
    check_page,
    gone,
    once_more,
    step_page,
    too_late,
    wait_a_little,
)
from triage.public.form_state import (
    KEY,
    Typed,
    begun_at,
    belongs_here,
    draft_of,
)

pages = Blueprint("forms", __name__)

QUICK = timedelta(seconds=3)
"""Nobody fills in a form in so little time."""
SPARE_BYTES = 2 * 1024 * 1024
"""Beside the files: the words, and what a browser puts between the parts."""


@pages.get("/contact/<form_code>")
def begin(form_code: str) -> ResponseReturnValue:
    """What it needs and until when, what is known already, and the first questions."""
    asked = asked_today(form_code)
    if asked is None or asked.form.closed_at is not None:
        return gone(asked)
    step = ALL if "whole" in request.args else asked.steps[0].value
    late = _(
        "What you typed was kept for %(count)s minutes, in the browser in which you began. "
        "Nothing was sent. Please begin again.",
        count=KEPT_FOR.seconds // 60,
    )
    return step_page(asked, step, None, {}, Checked(), late if "late" in request.args else "")


@pages.post("/contact/<form_code>")
def start(form_code: str) -> ResponseReturnValue:
    """The first answers, or all of them; what is sent to a form that was closed is kept too."""
    at = now()
    allow_files()
    asked = asked_today(form_code)
    if asked is None:
        return gone(None)
    step = request.form.get("step", "")
    step = step if step in asked.steps and step != Step.CHECK else ALL
    if not genuine():
        return once_more(asked, step, None, _("This page was open for too long. Press once more."))
    wait = limits.seconds_to_wait(at, "draft")
    if wait:
        return wait_a_little(asked, step, None, at, wait)
    key = request.form.get("key", "")
    key = key if KEY.fullmatch(key) else secrets.token_urlsafe(16)
    shown_at = begun_at(request.form.get("begun", ""))
    draft = FormDraft.begin(asked.form, key, shown_at or at, at)
    if draft.form_id != asked.form.id:
        return gone(None)
    limits.came(None, key, "draft")
    belongs_here(draft)
    return take(asked, Typed.of(draft), step, at)


@pages.get("/contact/<form_code>/<draft_key>/<step>")
def show(form_code: str, draft_key: str, step: str) -> ResponseReturnValue:
    """One screen with what was typed; the last one repeats everything."""
    at = now()
    asked = asked_today(form_code)
    if asked is None or step not in (ALL, *asked.steps):
        return gone(None)
    draft = draft_of(draft_key, asked.form, at)
    if draft is None:
        return too_late(asked)
    typed = Typed.of(draft)
    if step == Step.CHECK:
        return check_page(asked, typed)
    fields = asked.shown(step)
    here = {one.name: typed.answers.get(one.name, "") for one in fields}
    wanted = "again" in request.args
    checked = check(fields, here, typed.answers, typed.looked) if wanted else Checked()
    large = _("The files were too large together. Send fewer of them, or smaller ones.")
    trouble = large if "large" in request.args else ""
    return step_page(asked, step, typed, typed.answers, checked, trouble)


@pages.post("/contact/<form_code>/<draft_key>/<step>")
def go_on(form_code: str, draft_key: str, step: str) -> ResponseReturnValue:
    """Keep what was typed here, then forward, back, or away with it."""
    at = now()
    allow_files()
    asked = asked_today(form_code)
    if asked is None or step not in (ALL, *asked.steps):
        return gone(None)
    draft = draft_of(draft_key, asked.form, at, alone=True)
    if draft is None:
        return too_late(asked, step)
    typed = Typed.of(draft)
    if too_large():
        return redirect(address(asked, typed, step, large=1), 303)
    if not genuine():
        return once_more(asked, step, typed, _("This page was open for too long. Press once more."))
    if step == Step.CHECK:
        return send(asked, typed, step, at)
    return take(asked, typed, step, at)


# --- what was typed -------------------------------------------------------------------------


def take(asked: Asked, typed: Typed, step: str, at: datetime) -> ResponseReturnValue:
    fields = asked.shown(step)
    here = typed_answers(fields, request.form)
    for one in fields:
        if one.hidden and request.form.get(f"clear-{one.name}"):
            typed.answers[one.name] = ""
    typed.looked = request.form.getlist("looked")
    checked = check(fields, here, typed.answers, typed.looked)
    use = request.form.get("use", "")
    if use in checked.suggestions:
        here[use] = checked.suggestions[use]
        checked = check(fields, here, typed.answers, typed.looked)
    typed.answers |= checked.answers
    keep_files(asked, typed, step)
    typed.keep(at)
    if step == ALL and request.form.get("go") == "send" and calm(typed, checked):
        return send(asked, typed, step, at)
    return redirect(whither(asked, typed, step, checked), 303)


def calm(typed: Typed, checked: Checked) -> bool:
    return checked.in_order and not typed.refused


def whither(asked: Asked, typed: Typed, step: str, checked: Checked) -> str:
    """The next address: back without a word, forward only when all is in order."""
    go = request.form.get("go", "next")
    if go == "back":
        return address(asked, typed, asked.before(step))
    if go not in ("next", "send") or not calm(typed, checked):
        return address(asked, typed, step, again=1)
    if step == ALL or request.args.get("then") == Step.CHECK:
        return address(asked, typed, Step.CHECK)
    return address(asked, typed, asked.after(step))


def keep_files(asked: Asked, typed: Typed, step: str) -> None:
    """Take what may be taken beside what lies here already; say what may not, and why."""
    if step not in (ALL, Step.DOCUMENTS):
        return
    for number in request.form.getlist("drop"):
        if number.isascii() and number.isdigit():
            typed.draft.drop_file(int(number))
    typed.refused = []
    for code, sent in uploads(asked):
        lying = typed.draft.files
        taken, refused = received(
            sent,
            current_app.extensions["settings"],
            kept=len(lying),
            kept_bytes=sum(file.size for file in lying),
            document=code,
        )
        for file in taken:
            typed.draft.add_file(file.document, file.name, file.content_type, file.content)
        typed.refused += [(one.name, one.why) for one in refused]


def uploads(asked: Asked) -> list[tuple[str, list[FileStorage]]]:
    """The files that came, by the document for which they were chosen."""
    named = [(one.code, request.files.getlist(f"file-{one.code}")) for one in asked.documents]
    return [*named, ("", request.files.getlist("files"))]


def allow_files() -> None:
    """A form may carry more than other pages, and more than we keep: each file that is too much is
    refused by name, and the others stay."""
    settings: Settings = current_app.extensions["settings"]
    request.max_content_length = 2 * settings.form_bytes + SPARE_BYTES


def too_large() -> bool:
    """Whether more came than a form may carry at all; then nothing of it can be read."""
    return (request.content_length or 0) > (request.max_content_length or 0)


# --- sent -----------------------------------------------------------------------------------


def send(asked: Asked, typed: Typed, step: str, at: datetime) -> ResponseReturnValue:
    """Keep it and show the receipt; the same thing sent again has the same one."""
    if request.form.get("go") == "back":
        return redirect(address(asked, typed, asked.before(step)), 303)
    checked = asked.judged(typed.answers, typed.looked)
    wrong = asked.step_with_mistake(checked)
    if wrong is not None:
        return redirect(address(asked, typed, wrong, again=1), 303)
    settings: Settings = current_app.extensions["settings"]
    wait = limits.seconds_to_wait(at)
    if wait:
        return wait_a_little(asked, step, typed, at, wait)
    try:
        refuse_when_full(settings)
    except NoRoom:
        words = _("We cannot keep your message safely just now. It is not sent. Try again later.")
        return once_more(asked, step, typed, words, 503)
    filled = sending.Filled(
        version=asked.version,
        language=asked.language,
        answers=checked.answers,
        files=[
            SentFile(file.name, file.content_type, file.content, file.document)
            for file in typed.draft.files
        ],
        missing=missing(asked.documents, checked.answers, {f.document for f in typed.draft.files}),
        key=typed.draft.key,
        robot=robot(typed, at),
    )
    intake_id, new = sending.keep(filled, at)
    limits.came(intake_id, filled.once)
    if new:
        sending.read_if_cheap(intake_id, settings)
    session["sent"] = {
        "intake": intake_id,
        "email": checked.answers.get("email", ""),
        "number": checked.answers.get("phone", ""),
    }
    token = f"{intake_id}-{ring().sign('receipt', intake_id)}"
    return redirect(url_for("public.receipt", token=token, lang=asked.language), 303)


def robot(typed: Typed, at: datetime) -> str:
    """Why it looks like no person's; it is kept all the same, and a person looks at it."""
    if request.form.get("website"):
        return "trap"
    return "quick" if at - typed.draft.begun_at < QUICK else ""


def asked_today(form_code: str) -> Asked | None:
    form = WebForm.coded(form_code)
    if form is None:
        return None
    return Asked(WebFormVersion.current(form), reader_language(), business_day(now()))
