"""What a mailing says: four languages side by side, or begun with words that are there."""

from typing import Any

from flask import abort, current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy

from models.base import db, now
from models.calendar import business_day
from models.mailing import (
    FALLBACK,
    NOT_BEGUN,
    Mailing,
    MailingRecipient,
    MailingState,
    NotNow,
    Outdated,
)
from models.measure import MeasureVersion
from models.measure_change import standing_of
from models.policy import Verb
from models.problem import Problem
from models.reply_template import ReplyTemplate, ReplyTemplateVersion
from models.saying import spoken
from models.topic import LANGUAGES
from models.user import User
from triage.accounts import by_htmx, demand
from triage.display import reader_language, title
from triage.outreach import mailing_letters
from triage.outreach.mailing_page import (
    Trouble,
    changing,
    expected,
    mailing_or_404,
    mailing_page,
    pages,
    step_address,
    trouble,
)
from triage.outreach.mailing_text import (
    FIELDS,
    LONGEST,
    UNCONFIRMED,
    Facts,
    Finding,
    Typed,
    findings,
    spoken_by,
)

EARLIER = 30
FIELD_WORDS = {
    "opening": lazy("Dear and the name"),
    "name": lazy("the name"),
    "number": lazy("the ticket’s number"),
    "answer": lazy("the measure’s answer"),
    "team": lazy("the team’s name"),
    "house": lazy("our name"),
    "closing": lazy("Kind regards"),
}


@pages.get("/mailings/<int:mailing_id>/what")
def what(mailing_id: int) -> ResponseReturnValue:
    user, mailing = demand(Verb.WORK), mailing_or_404(mailing_id)
    return what_page(user, mailing, Typed.of(mailing))


def what_page(user: User, mailing: Mailing, typed: Typed, **more: Any) -> str:
    version = answer_of(mailing)
    problem = Problem.named(mailing.problem_id)
    facts = facts_of(mailing)
    return mailing_page(
        "mailing_what.html",
        mailing,
        "what",
        typed=typed,
        purpose=typed.purpose,
        written=bool(typed.texts),
        found=findings(typed, facts),
        in_language=facts.waiting,
        longest=LONGEST,
        placeholder_words=placeholder_words(mailing),
        answer_unconfirmed=version.name(reader_language())
        if version and not version.confirmed and typed.names("answer")
        else "",
        sentence_in=", ".join(spoken(problem)) if problem else "",
        templates_=templates(),
        earlier=earlier(mailing),
        own_addresses=mailing_letters.own_addresses(user),
        **{"clash": None, "preview": None} | more,
    )


def placeholder_words(mailing: Mailing) -> list[tuple[str, str]]:
    """What can be put in, with what it becomes."""
    words = [(name, str(FIELD_WORDS[name])) for name in FIELDS]
    if mailing.measure_id is None:
        words = [one for one in words if one[0] != "answer"]
    given = mailing.audience.get("fields") or ()
    whence = _("of the call-back round") if mailing.round_id is not None else _("from the file")
    return words + [(str(name), whence) for name in given]


def facts_of(mailing: Mailing) -> Facts:
    version = answer_of(mailing)
    return Facts(
        fields=[str(one) for one in mailing.audience.get("fields") or ()],
        version=version,
        newer=bool(
            version
            and mailing.state in NOT_BEGUN
            and mailing.answer_version_id
            and mailing.answer_version_id != version.id
        ),
        waiting=spoken_by(MailingRecipient.counted(mailing.id)),
        own=current_app.extensions["settings"].base_url,
    )


def answer_of(mailing: Mailing) -> MeasureVersion | None:
    """The answer that `{answer}` is: what left with it; before that, what the measure says."""
    if mailing.measure_id is None:
        return None
    if mailing.state not in NOT_BEGUN:
        return MeasureVersion.named(mailing.answer_version_id)
    return standing_of(mailing.measure_id, business_day(now()))


def stopping(mailing: Mailing) -> list[Finding]:
    """What is to be mended before it may leave."""
    if mailing.reply_id is not None:
        return []
    return [one for one in findings(Typed.of(mailing), facts_of(mailing)) if one.weight == "stops"]


# --- written --------------------------------------------------------------------------------


@pages.post("/mailings/<int:mailing_id>/what")
def write(mailing_id: int) -> ResponseReturnValue:
    """Kept as it is typed, unfinished too; what is to mend is said beside it."""
    by, mailing = changing(mailing_id)
    if mailing.reply_id is not None:
        abort(409)
    typed = Typed.read(request.form)
    try:
        keep(mailing, typed, by)
    except Outdated as error:
        return what_page(by, mailing, typed, trouble=trouble(error), clash=error.standing), 409
    except NotNow as error:
        status = 422 if error.reason == "name" else 409
        return what_page(by, mailing, typed, trouble=trouble(error)), status
    goes_on = request.form.get("then") == "go" and not stopping(mailing)
    if not goes_on:
        return redirect(step_address(mailing, "what"), 303)
    if mailing.state == MailingState.DRAFT and mailing.audience.get("kind"):
        mailing.count(by=by, at=now())
    return redirect(
        step_address(mailing, "counted" if mailing.audience.get("kind") else "who"), 303
    )


def keep(mailing: Mailing, typed: Typed, by: User) -> None:
    version = answer_of(mailing) if typed.names("answer") else None
    audience = mailing.audience | {FALLBACK: typed.fallback}
    audience.pop(UNCONFIRMED, None)
    if version is not None and not version.confirmed and typed.unconfirmed:
        audience[UNCONFIRMED] = version.id
    mailing.change(
        by=by,
        at=now(),
        expected=expected(),
        name=typed.name,
        purpose=typed.purpose,
        subjects=typed.subjects,
        texts=typed.texts,
        answer_version_id=version.id if version else None,
        audience=audience,
    )


@pages.post("/mailings/<int:mailing_id>/what/check")
def check(mailing_id: int) -> ResponseReturnValue:
    """What is to mend in what is being typed; nothing is kept."""
    _by, mailing = changing(mailing_id)
    found = findings(Typed.read(request.form), facts_of(mailing))
    return render_template("outreach/_mailing_checks.html", found=found)


@pages.post("/mailings/<int:mailing_id>/what/preview")
def preview(mailing_id: int) -> ResponseReturnValue:
    """What is being typed, as it would arrive; nothing is kept."""
    user, mailing = demand(Verb.WORK), mailing_or_404(mailing_id)
    typed = Typed.read(request.form)
    shown = mailing_letters.preview_of(mailing_letters.as_typed(mailing, typed), user, mailing)
    if not by_htmx():
        return what_page(user, mailing, typed, preview=shown)
    if shown is None:
        return render_template("outreach/_mailing_checks.html", found=findings(typed, Facts()))
    return render_template("outreach/_mailing_preview.html", preview=shown, mailing=mailing)


# --- begun with words that are there --------------------------------------------------------


@pages.post("/mailings/<int:mailing_id>/what/beginning")
def borrow(mailing_id: int) -> ResponseReturnValue:
    """The words of a problem, a measure, a text or an earlier mailing in place of these."""
    by, mailing = changing(mailing_id)
    words = borrowed(mailing, request.form.get("source", ""))
    if words is None:
        nothing = Trouble(_("There is no text to begin with."), _("Yours is kept."), "")
        return what_page(by, mailing, Typed.of(mailing), trouble=nothing), 422
    subjects, texts = words
    try:
        mailing.change(by=by, at=now(), expected=expected(), subjects=subjects, texts=texts)
    except (NotNow, Outdated) as error:
        return what_page(by, mailing, Typed.of(mailing), trouble=trouble(error)), 409
    return redirect(step_address(mailing, "what"), 303)


def borrowed(mailing: Mailing, source: str) -> tuple[dict[str, str], dict[str, str]] | None:
    """(subjects, texts); None where the source says nothing."""
    kind, _dash, number = source.partition("-")
    wanted = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0
    if kind == "problem" and (problem := Problem.named(mailing.problem_id)):
        sentences = spoken(problem)
        return named(problem, sentences), enclosed(sentences)
    if kind == "measure" and (version := answer_of(mailing)):
        said = {code: "{answer}" for code in LANGUAGES if version.answers.get(code)}
        return {code: version.name(code)[:200] for code in said}, enclosed(said)
    if kind == "template":
        return of_template(wanted)
    other = Mailing.named(wanted) if kind == "mailing" else None
    return (dict(other.subjects), dict(other.texts)) if other is not None else None


def named(problem: Problem, sentences: dict[str, str]) -> dict[str, str]:
    subjects = {}
    for code in sentences:
        with force_locale(code):
            subjects[code] = title(problem)[:200]
    return subjects


def enclosed(sentences: dict[str, str]) -> dict[str, str]:
    """Between an opening and a closing."""
    return {
        code: f"{{opening}}\n\n{text}\n\n{{closing}}\n{{house}}" for code, text in sentences.items()
    }


def of_template(template_id: int) -> tuple[dict[str, str], dict[str, str]] | None:
    found = ReplyTemplateVersion.newest_of([template_id]).get(template_id)
    if found is None:
        return None
    texts = {code: str(found.texts[code]) for code in LANGUAGES if found.texts.get(code)}
    return {code: found.name(code)[:200] for code in texts}, texts


def templates() -> list[tuple[int, str]]:
    found = [
        one.id for one in db.session.scalars(ReplyTemplate.in_order()) if one.retired_at is None
    ]
    versions = ReplyTemplateVersion.newest_of(found)
    return [(one, versions[one].name(reader_language())) for one in found if one in versions]


def earlier(mailing: Mailing) -> list[Mailing]:
    """The last ones with a text of their own."""
    found = db.session.scalars(Mailing.everything().limit(EARLIER + 1))
    return [one for one in found if one.id != mailing.id and one.texts][:EARLIER]
