"""The macros of the house: their names, steps, and for which topic and team they are offered."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.base import db, now
from models.calendar import business_day
from models.ending import Ending
from models.macro import MOST_STEPS, Macro, StepKind
from models.policy import Verb
from models.reply_template import ReplyTemplate, ReplyTemplateVersion, TemplateKind
from models.topic import LANGUAGES
from triage import labels, macros
from triage.accounts import demand
from triage.texts.editing import for_whom
from triage.texts.listing import choices, pages

ONCE = (StepKind.ANSWER, StepKind.CLOSE, StepKind.WAIT, StepKind.SNOOZE)
ROWS = 6
"""Rows for steps that the form always has."""


@pages.get("/macros")
def macro_list() -> ResponseReturnValue:
    demand(Verb.WORK)
    known = db.session.scalars(Macro.in_order()).all()
    steps = {one.id: [macros.step_words(*step) for step in one.said] for one in known}
    return render_template("texts/macros.html", macros=known, steps=steps)


@pages.get("/macros/new")
def begin_macro() -> ResponseReturnValue:
    demand(Verb.TEND_TEXTS)
    return form(None, {}, [])


@pages.post("/macros")
def add_macro() -> ResponseReturnValue:
    return save(None)


@pages.get("/macros/<int:macro_id>")
def show_macro(macro_id: int) -> ResponseReturnValue:
    demand(Verb.TEND_TEXTS)
    macro = macro_of(macro_id)
    return form(macro, macro.names, macro.said)


@pages.post("/macros/<int:macro_id>")
def write_macro(macro_id: int) -> ResponseReturnValue:
    return save(macro_of(macro_id))


@pages.post("/macros/<int:macro_id>/retirement")
def retire_macro(macro_id: int) -> ResponseReturnValue:
    user, macro = demand(Verb.TEND_TEXTS), macro_of(macro_id)
    macro.retire(by=user, at=now())
    return redirect(url_for("texts.macro_list"), 303)


@pages.post("/macros/<int:macro_id>/retirement/withdrawal")
def resume_macro(macro_id: int) -> ResponseReturnValue:
    user, macro = demand(Verb.TEND_TEXTS), macro_of(macro_id)
    macro.resume(by=user)
    return redirect(url_for("texts.macro_list"), 303)


def save(macro: Macro | None) -> ResponseReturnValue:
    user = demand(Verb.TEND_TEXTS)
    names = {code: request.form.get(f"names-{code}", "").strip() for code in LANGUAGES}
    steps = steps_said()
    why = mistake_in(names, steps)
    if why:
        return form(macro, names, steps, mistake=why, code=422)
    topic, team = for_whom()
    Macro.write(macro, names, steps, topic, team, by=user)
    flash(_("Saved."))
    return redirect(url_for("texts.macro_list"), 303)


def steps_said() -> list[tuple[StepKind, str]]:
    """The steps in the form: a kind, and the value in the field of that kind."""
    found = []
    for row in range(MOST_STEPS):
        kind = request.form.get(f"step-{row}", "")
        if kind in list(StepKind):
            value = request.form.get(f"{kind}-{row}", "").replace("\r\n", "\n").strip()
            found.append((StepKind(kind), value[:2_000]))
    return found


def mistake_in(names: dict[str, str], steps: list[tuple[StepKind, str]]) -> str:
    """What keeps these steps from being a macro; empty when nothing does."""
    if not any(names.values()):
        return str(_("Give a name."))
    if not steps:
        return str(_("Give one step at least."))
    kinds = [kind for kind, _value in steps]
    if any(kinds.count(kind) > 1 for kind in ONCE):
        return str(_("This step can stand there once only."))
    if StepKind.CLOSE in kinds and kinds[-1] != StepKind.CLOSE:
        return str(_("Closing is the last step."))
    for kind, value in steps:
        if not known(kind, value):
            return f"{macros.step_words(kind, value)}{_(':')} {_('This is not known.')}"
    return ""


def known(kind: StepKind, value: str) -> bool:
    if kind == StepKind.TOPIC:
        return labels.topic_in(value) is not None
    if kind == StepKind.ANSWER:
        return ReplyTemplate.coded(value) is not None
    if kind == StepKind.CLOSE:
        return Ending.choosable(value, business_day(now())) is not None
    if kind == StepKind.NOTE:
        return bool(value)
    return True


def form(
    macro: Macro | None,
    names: dict[str, Any],
    steps: list[tuple[StepKind, str]],
    mistake: str = "",
    code: int = 200,
) -> ResponseReturnValue:
    templates = [
        one for one in db.session.scalars(ReplyTemplate.in_order()) if one.retired_at is None
    ]
    page = render_template(
        "texts/macro.html",
        macro=macro,
        names=names,
        steps=steps,
        rows=min(MOST_STEPS, max(ROWS, len(steps) + 2)),
        step_kinds=list(StepKind),
        templates=templates,
        versions=ReplyTemplateVersion.newest_of([one.id for one in templates]),
        redirect_kind=TemplateKind.REDIRECT,
        mistake=mistake,
        **choices(),
    )
    return page, code


def macro_of(macro_id: int) -> Macro:
    return Macro.named(macro_id) or abort(404)
