"""The pages of a web form: a screen of questions, the last look, and why it did not go on."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_datetime
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from models.base import now
from triage.display import reader_language
from triage.forms import saying
from triage.forms.asked import Asked
from triage.forms.documents import missing
from triage.forms.fields import Step
from triage.forms.reading import Checked, check, mark, typed_answers
from triage.forms.screens import blank
from triage.public.form_state import Typed, begun_mark


def step_page(
    asked: Asked,
    step: str,
    typed: Typed | None,
    answers: dict[str, Any],
    checked: Checked,
    trouble: str = "",
) -> str:
    """One screen of questions. `typed` is None while nothing was sent to us yet."""
    valid = check(asked.fields, answers, answers) if typed is not None else Checked()
    screen = blank(asked, step) | {
        "typed": typed,
        "answers": answers,
        "checked": checked,
        "hidden": {
            one.name: saying.value_words(one, answers[one.name], asked.language)
            for one in asked.shown(step)
            if one.hidden and lies_here(typed, one.name, answers) and one.name not in valid.mistakes
        },
        "marks": [mark(name, str(answers.get(name, ""))) for name in checked.notices],
        "shown_documents": [one for one in asked.documents if typed is None or one.needed(answers)],
        "trouble": trouble,
        "key": typed.draft.key if typed is not None else secrets.token_urlsafe(16),
        "begun": begun_mark(now()),
    }
    return render_template("public/form.html", **screen)


def lies_here(typed: Typed | None, name: str, answers: dict[str, Any]) -> bool:
    """Whether a hidden number is kept: one that is not stays in its field, or it would be lost."""
    kept = typed.answers.get(name) if typed is not None else None
    return bool(kept) and answers.get(name) == kept


def check_page(asked: Asked, typed: Typed, trouble: str = "") -> str | Response:
    """Everything once more before it goes."""
    checked = asked.judged(typed.answers, typed.looked)
    wrong = asked.step_with_mistake(checked)
    if wrong is not None:
        return redirect(address(asked, typed, wrong, again=1), 303)
    return render_template(
        "public/form_check.html",
        asked=asked,
        typed=typed,
        lines=saying.lines(asked.version, checked.answers, asked.language),
        missing=missing(asked.documents, checked.answers, typed.sent),
        trouble=trouble,
        step=Step.CHECK.value,
    )


def once_more(
    asked: Asked, step: str, typed: Typed | None, words: str, code: int = 400
) -> ResponseReturnValue:
    """The same screen with what was typed, and why it did not go on."""
    if step == Step.CHECK and typed is not None:
        page = check_page(asked, typed, words)
        return (page, code) if isinstance(page, str) else page
    fields = asked.shown(step)
    here = typed_answers(fields, request.form)
    left = {one.name for one in fields if one.hidden and not here.get(one.name)}
    said = {name: value for name, value in here.items() if name not in left}
    answers = {**(typed.answers if typed else {}), **said}
    return step_page(asked, step, typed, answers, Checked(), words), code


def wait_a_little(
    asked: Asked, step: str, typed: Typed | None, at: datetime, wait: int
) -> ResponseReturnValue:
    time = format_datetime(at + timedelta(seconds=wait + 59), "HH:mm")
    words = _(
        "Very many messages came from your connection just now. Yours is not sent yet: "
        "press “Send” again at %(time)s.",
        time=time,
    )
    page = current_app.make_response(once_more(asked, step, typed, words, 429))
    page.headers["Retry-After"] = str(wait)
    return page


def too_late(asked: Asked, step: str = "") -> ResponseReturnValue:
    """The hour is over, or it was begun in another browser: begin again, and say why.

    What was just typed on a `step` stays: from there it begins anew.
    """
    if request.method == "POST" and step and step != Step.CHECK:
        words = _(
            "What you had typed on the other pages was kept for one hour and is gone. What stands "
            "here is still here. Nothing was sent. Go on, and fill in the rest once more; files "
            "must be chosen again."
        )
        return once_more(asked, step, None, words)
    there = url_for("public.forms.begin", form_code=asked.form.code, lang=asked.language, late=1)
    return redirect(there, 303)


def gone(asked: Asked | None) -> ResponseReturnValue:
    """No such form, or one that is not offered any more."""
    return render_template("public/form_gone.html", asked=asked), 404


def address(asked: Asked, typed: Typed, step: str, **more: Any) -> str:
    then = request.args.get("then") if step != Step.CHECK else None
    return url_for(
        "public.forms.show",
        form_code=asked.form.code,
        draft_key=typed.draft.key,
        step=step,
        lang=reader_language(),
        then=then,
        **more,
    )
