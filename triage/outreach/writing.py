"""Writing a measure: a new one, a new version, and how a client would read it before it is kept.

Every save is a new version. Who saves over something newer sees what changed, field by field.
"""

from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models import measure_change
from models.base import db, now
from models.calendar import business_day
from models.deadline import Due, RuleError, Start, Unnamed
from models.measure import Measure, MeasureVersion
from models.measure_change import Outdated
from models.policy import Verb
from models.topic import LANGUAGES, Topic
from models.unusable import Unusable
from triage.accounts import demand
from triage.answers import holding, said
from triage.outreach.form import BLANK_RULE, MOST_RULES, fields, typed
from triage.outreach.measures import field_words, measure_or_404, page_of
from triage.outreach.uses import kept_words, used

pages = Blueprint("writing", __name__)

BODIES = ("fund", "institute", "health_fund", "region", "counter")
BLANK_RULES = 2


@pages.get("/measures/new")
def new() -> ResponseReturnValue:
    """From scratch, or with what an earlier measure said."""
    demand(Verb.LEAD)
    earlier = Measure.coded(request.args.get("like", ""))
    content: dict[str, Any] = {}
    topic = request.args.get("topic", "")
    if earlier is not None:
        content = measure_change.content(
            measure_change.standing_of(earlier.id, business_day(now()))
        ) | {
            "names": {},
            "valid_from": business_day(now()) + timedelta(days=1),
            **dict.fromkeys(("valid_to", "request_by", "pay_by", "review_by")),
            "confirmed": False,
            "source": "",
        }
        topic = earlier.topic_id
    return form_page(None, fields(content), topic=topic)


@pages.post("/measures")
def begin() -> ResponseReturnValue:
    by, at = demand(Verb.LEAD), now()
    topic = Topic.named(request.form.get("topic"))
    try:
        if topic is None or topic.parent_id is not None:
            raise Unusable("topic")
        measure = measure_change.begin(
            request.form.get("code", "").strip().lower(),
            topic.id,
            typed(request.form),
            change=request.form.get("change", ""),
            by=by,
            at=at,
        )
    except (Unusable, RuleError) as error:
        return form_page(None, as_typed(), topic=request.form.get("topic", ""), trouble=error), 422
    flash(_("Saved. Agents see it from the day on which it holds."))
    return redirect(page_of(measure.code), 303)


@pages.get("/measures/<measure_code>/edit")
def edit(measure_code: str) -> ResponseReturnValue:
    demand(Verb.LEAD)
    measure = measure_or_404(measure_code)
    based_on = based(measure, request.args.get("version", type=int))
    return form_page(measure, fields(measure_change.content(based_on)), based_on)


@pages.post("/measures/<measure_code>/versions")
def revise(measure_code: str) -> ResponseReturnValue:
    by, at = demand(Verb.LEAD), now()
    measure = measure_or_404(measure_code)
    based_on = based(measure, number_asked("based_on"))
    try:
        made = measure_change.revise(
            based_on,
            typed(request.form),
            seen=number_asked("seen"),
            change=request.form.get("change", ""),
            by=by,
            at=at,
            day=business_day(at),
        )
    except Outdated as error:
        began_with = MeasureVersion.numbered(measure.id, number_asked("based_on")) or based_on
        theirs = measure_change.changed(began_with, error.newest)
        page = form_page(measure, as_typed(), error.newest, theirs=theirs)
        return page, 409
    except (Unusable, RuleError) as error:
        return form_page(measure, as_typed(), based_on, trouble=error), 422
    flash(kept_words(made.version, used(measure)))
    return redirect(page_of(measure_code), 303)


@pages.post("/measures/preview")
def preview() -> ResponseReturnValue:
    """The answer as a client would read it, in each language; nothing is kept."""
    demand(Verb.LEAD)
    day = business_day(now())
    try:
        content = typed(request.form)
        draft = MeasureVersion(measure=Measure(code="", topic_id=""), version=0, **content)
        shown = {code: said(draft, code, day) for code in LANGUAGES}
    except (Unusable, RuleError) as error:
        return render_template("outreach/_trouble.html", trouble=trouble_words(error))
    return render_template("outreach/_preview.html", shown=shown)


def number_asked(name: str) -> int:
    return request.form.get(name, 0, type=int)


def based(measure: Measure, number: int | None) -> MeasureVersion:
    """The version that is written over: the one named while it stands, else today's."""
    named = MeasureVersion.numbered(measure.id, number) if number else None
    if number and named is None:
        abort(404)
    if named is not None and named.replaced_by_id is None:
        return named
    return measure_change.standing_of(measure.id, business_day(now()))


def form_page(
    measure: Measure | None,
    shown: dict[str, Any],
    based_on: MeasureVersion | None = None,
    *,
    topic: str = "",
    theirs: list[tuple[str, Any, Any]] | None = None,
    trouble: Exception | None = None,
) -> str:
    day = business_day(now())
    newest = measure_change.newest_of(measure.id) if measure else None
    blank = [BLANK_RULE] * min(BLANK_RULES, MOST_RULES - len(shown["rules"]))
    return render_template(
        "outreach/measure_form.html",
        measure=measure,
        shown=shown | {"rules": [*shown["rules"], *blank]},
        based_on=based_on,
        newest=newest,
        theirs=theirs,
        topic=topic,
        topics=Topic.tree(),
        measures=db.session.scalars(MeasureVersion.uncorrected()).all() if not measure else [],
        bodies=BODIES,
        starts=start_words(),
        dues=due_words(),
        unnamed=unnamed_words(),
        used=used(measure) if measure else None,
        holding_of_the_house={code: holding(None, code, day)[0] for code in LANGUAGES},
        field_words=field_words(),
        trouble=trouble_words(trouble) if trouble else "",
        code=request.form.get("code", ""),
        change=request.form.get("change", ""),
    )


def as_typed() -> dict[str, Any]:
    """The form again with what was typed, also what cannot be kept."""
    form = request.form
    kept = {
        name: {code: form.get(f"{name}-{code}", "") for code in LANGUAGES}
        for name in ("names", "conditions", "answers", "scripts", "holding", "documents", "links")
    }
    plain = ("valid_from", "valid_to", "request_by", "pay_by", "review_by", "decided_by")
    more = ("source", "promise_days", "quarters")
    rules = []
    for row in range(MOST_RULES):
        if not form.get(f"rule-{row}-start"):
            continue
        values = {name: form.get(f"rule-{row}-{name}", "") for name in BLANK_RULE}
        names = {code: form.get(f"rule-{row}-names-{code}", "") for code in LANGUAGES}
        rules.append(values | {"names": names, "before": values["before"] == "1"})
    return {
        **kept,
        **{name: form.get(name, "") for name in (*plain, *more)},
        "confirmed": form.get("confirmed") == "1",
        "applies_to": form.getlist("applies_to"),
        "rules": rules,
    }


# --- words ----------------------------------------------------------------------------------


def trouble_words(error: Exception) -> str:
    reason = error.reason if isinstance(error, Unusable | RuleError) else ""
    words: dict[str, str] = {
        "code": _("The short name has small letters, digits and hyphens."),
        "taken": _("This short name is taken."),
        "topic": _("Choose a topic."),
        "name": _("Give a name in one language at least, also to each computed deadline."),
        "dates": _("It ends before it begins."),
        "day": _("Write a day as 2026-06-30."),
        "promise": _("A promise lies 1 to 60 working days ahead."),
        "link": _("Write a link as “Name | https://…”."),
        "quarter": _("Write quarters as 2026/2, 2026/3."),
        "moves": _("Only what starts from a quarter moves on by quarters."),
        "on": _("A fixed day is written as 2026-06-15, a yearly one as 06-30."),
    }
    return words.get(reason, str(_("A computed deadline cannot be reckoned: check its numbers.")))


def start_words() -> dict[str, str]:
    return {
        Start.QUARTER_START.value: _("first day of the quarter"),
        Start.QUARTER_END.value: _("last day of the quarter"),
        Start.MONTH_END.value: _("last day of the month"),
        Start.EVENT.value: _("day of the event"),
        Start.YEARLY.value: _("a day of every year"),
        Start.FIXED.value: _("a fixed day"),
    }


def due_words() -> dict[str, str]:
    return {
        Due.REQUEST.value: _("Request by"),
        Due.PAY.value: _("Pay by"),
        Due.TELL.value: _("Tell us by"),
    }


def unnamed_words() -> dict[str, str]:
    return {
        Unnamed.NONE.value: _("unknown until it is named"),
        Unnamed.CURRENT.value: _("this quarter"),
        Unnamed.PREVIOUS.value: _("the quarter before"),
        Unnamed.OLDEST_OPEN.value: _("the oldest that is still open"),
    }
