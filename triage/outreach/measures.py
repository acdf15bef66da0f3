"""The measures: the list with what needs a look, one measure whole, and the short deeds on it.

Who works reads everything; whoever leads the screening writes, verifies and retires.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models import measure_change
from models.base import db, now
from models.calendar import business_day
from models.deadline import Quarter, Rule
from models.measure import Measure, MeasureVersion
from models.measure_question import MeasureQuestion
from models.policy import Verb, may
from models.topic import LANGUAGES, Topic
from models.unusable import Unusable
from triage.accounts import demand
from triage.answers import quarter_name, said
from triage.display import reader_language
from triage.outreach.form import day as typed_day
from triage.outreach.standing import Mark, Standing, State, everything, standing
from triage.outreach.uses import unasked_words, used

pages = Blueprint("measures", __name__)

QUARTERS_BACK, QUARTERS_AHEAD = 4, 3
REVIEWED_AGAIN = timedelta(days=90)


@pages.get("/measures")
def index() -> ResponseReturnValue:
    user, day = demand(Verb.WORK), business_day(now())
    leads = may(user, Verb.LEAD)
    found = everything(day)
    wanted = {name: request.args.get(name, "").strip() for name in ("q", "topic", "state")}
    listed = [one for one in found if matches(one, **wanted)]
    return render_template(
        "outreach/measures.html",
        groups=by_topic(listed),
        counted={str(kind): count(found, kind) for kind in (*State, *Mark)},
        topics=db.session.scalars(Topic.first_level()).all(),
        wanted=wanted,
        total=len(found),
        leads=leads,
    )


def matches(one: Standing, q: str, topic: str, state: str) -> bool:
    if topic and one.measure.topic_id != topic:
        return False
    if state and state != one.state and state not in one.marks:
        return False
    said_of = " ".join(
        str(text)
        for texts in (one.version.names, one.version.conditions, one.version.answers)
        for text in texts.values()
    )
    whole = f"{one.measure.code} {said_of}".casefold()
    return all(word in whole for word in q.casefold().split())


def count(found: list[Standing], kind: State | Mark) -> int:
    return sum(kind == one.state or kind in one.marks for one in found)


def by_topic(found: list[Standing]) -> list[tuple[str, list[Standing]]]:
    """What holds first, then what comes, then what is over."""
    groups: dict[str, list[Standing]] = {}
    for one in sorted(found, key=lambda one: list(State).index(one.state)):
        groups.setdefault(one.measure.topic_id, []).append(one)
    order = [topic.id for topic in sorted(Topic.everything().values(), key=lambda t: t.position)]
    return sorted(groups.items(), key=lambda group: order.index(group[0]))


# --- one measure ----------------------------------------------------------------------------


@pages.get("/measures/<measure_code>")
def show(measure_code: str) -> ResponseReturnValue:
    user = demand(Verb.WORK)
    return measure_page(measure_or_404(measure_code), may(user, Verb.LEAD))


def measure_page(measure: Measure, leads: bool, trouble: str = "") -> str:
    day = business_day(now())
    versions = list(db.session.scalars(MeasureVersion.of_measure(measure.id)))
    questions = list(db.session.scalars(MeasureQuestion.of_measure(measure.id)))
    waiting = sum(one.answered_at is None for one in questions)
    here = standing([one for one in versions if one.replaced_by_id is None], day, waiting)
    return render_template(
        "outreach/measure.html",
        one=here,
        version=here.version,
        newest=versions[0],
        history=history(versions),
        shown={code: said(here.version, code, day) for code in LANGUAGES},
        limits=limits(here.version, day),
        questions=questions,
        proposed=MeasureQuestion.proposed_by_problems(measure, here.version) if leads else [],
        review_by=day + REVIEWED_AGAIN,
        field_words=field_words(),
        leads=leads,
        undo=undo(measure) if leads else None,
        used=used(measure),
        unasked_words=unasked_words(here.version),
        trouble=trouble,
    )


def measure_or_404(code: str) -> Measure:
    return Measure.coded(code) or abort(404)


@dataclass(frozen=True)
class Written:
    """One version in the history, and what it changed of the one that it took the place of."""

    version: MeasureVersion
    changed: list[tuple[str, Any, Any]]


def history(versions: list[MeasureVersion]) -> list[Written]:
    """The newest first."""
    earlier = {
        one.replaced_by_id: one for one in reversed(versions) if one.replaced_by_id is not None
    }
    pairs = zip(versions, [*versions[1:], None], strict=True)
    return [
        Written(one, measure_change.changed(before, one) if before else [])
        for one, before in ((one, earlier.get(one.id) or below) for one, below in pairs)
    ]


@dataclass(frozen=True)
class Limit:
    """One rule with its last day for each quarter, or in words where an event is needed."""

    name: str
    rule: Rule
    days: list[tuple[str, date, int]]


def limits(version: MeasureVersion, day: date) -> list[Limit]:
    """For the quarters that the version covers; else the last ones, this one and the next."""
    present = Quarter.of(day)
    quarters = [Quarter.read(str(one)) for one in version.quarters] or [
        present.later(step) for step in range(-QUARTERS_BACK, QUARTERS_AHEAD + 1)
    ]
    language = reader_language()
    found = []
    for rule in map(Rule.read, version.rules):
        name = rule.names.get(language) or next(iter(rule.names.values()))
        if rule.of_quarter:
            days = [(one, rule.last_day(day, one)) for one in quarters]
            dated = [
                (quarter_name(one.year, one.number, language), on, (on - day).days)
                for one, on in days
                if on is not None
            ]
        else:
            on = rule.last_day(day)
            dated = [("", on, (on - day).days)] if on else []
        found.append(Limit(name, rule, dated))
    return found


def field_words() -> dict[str, str]:
    """How the fields of a version are called."""
    return {
        "names": _("Name"),
        "conditions": _("Conditions"),
        "answers": _("Answer"),
        "scripts": _("On the telephone"),
        "holding": _("Until it is confirmed"),
        "promise_days": _("Promise, in working days"),
        "confirmed": _("Confirmed"),
        "decided_by": _("Who decides"),
        "quarters": _("Quarters"),
        "rules": _("Computed deadlines"),
        "applies_to": _("Shown for"),
        "documents": _("Papers"),
        "links": _("Links"),
        "valid_from": _("Valid from"),
        "valid_to": _("Valid to"),
        "request_by": _("Request by"),
        "pay_by": _("Pay by"),
        "review_by": _("Look again by"),
        "source": _("Source"),
    }


# --- deeds ----------------------------------------------------------------------------------


@pages.post("/measures/<measure_code>/verification")
def verify(measure_code: str) -> ResponseReturnValue:
    """It is still right today; looked at again after a while."""
    by, at = demand(Verb.LEAD), now()
    measure = measure_or_404(measure_code)
    present = measure_change.standing_of(measure.id, business_day(at))
    if request.form.get("version") != str(present.id):
        return measure_page(measure, True, _("Somebody has just changed it: look again.")), 409
    measure_change.verify(present, day_asked("review_by"), by=by, at=at)
    return redirect(page_of(measure_code, undo="verification"), 303)


@pages.post("/measures/<measure_code>/verification/undo")
def unverify(measure_code: str) -> ResponseReturnValue:
    by = demand(Verb.LEAD)
    measure = measure_or_404(measure_code)
    said_so = measure_change.last_verification(measure, by)
    if said_so is not None:
        measure_change.take_verification_back(measure, said_so, by=by)
    return redirect(page_of(measure_code), 303)


@pages.post("/measures/<measure_code>/retirement")
def retire(measure_code: str) -> ResponseReturnValue:
    by = demand(Verb.LEAD)
    measure_change.retire(measure_or_404(measure_code), by=by, at=now())
    return redirect(page_of(measure_code, undo="retirement"), 303)


@pages.post("/measures/<measure_code>/retirement/undo")
def resume(measure_code: str) -> ResponseReturnValue:
    by = demand(Verb.LEAD)
    measure_change.resume(measure_or_404(measure_code), by=by, at=now())
    return redirect(page_of(measure_code), 303)


@pages.post("/measures/<measure_code>/versions/<int:version_number>/restoration")
def restore(measure_code: str, version_number: int) -> ResponseReturnValue:
    """What an old version said, as a new one; the one it takes the place of can come back."""
    by, at = demand(Verb.LEAD), now()
    measure = measure_or_404(measure_code)
    old = MeasureVersion.numbered(measure.id, version_number) or abort(404)
    try:
        made = measure_change.restore(
            old,
            seen=request.form.get("seen", 0, type=int),
            change=_("Version %(number)s again", number=version_number),
            by=by,
            at=at,
            day=business_day(at),
        )
    except measure_change.Outdated:
        return measure_page(measure, True, _("Somebody has just changed it: look again.")), 409
    words = {"number": made.version, "old": version_number}
    flash(_("Version %(number)s says what version %(old)s said.", **words))
    return redirect(page_of(measure_code), 303)


def undo(measure: Measure) -> tuple[str, str] | None:
    """(what was just done, the address that takes it back)."""
    done, here = request.args.get("undo", ""), {"measure_code": measure.code}
    if done == "verification":
        return _("Still right today."), address("measures.unverify", here)
    if done == "retirement" and measure.retired_at is not None:
        return _("Retired."), address("measures.resume", here)
    if done == "unasked":
        return (
            _("Said at once from now on.") if measure.told_at_once else _("Said unasked no more."),
            address("uses.tell_at_once", here | {"told": str(int(not measure.told_at_once))}),
        )
    question = MeasureQuestion.numbered(measure.id, request.args.get("question", 0, type=int))
    if done == "question" and question is not None and question.withdrawn_at is not None:
        back = address("questions.bring_back", here | {"question_id": str(question.id)})
        return _("Question withdrawn."), back
    return None


def page_of(measure_code: str, **more: str) -> str:
    return address("measures.show", {"measure_code": measure_code} | more)


def address(endpoint: str, values: dict[str, str]) -> str:
    return url_for(f"outreach.{endpoint}", _external=False, **values)


def day_asked(name: str) -> date | None:
    """Empty or unreadable: none."""
    try:
        return typed_day(request.form, name)
    except Unusable:
        return None
