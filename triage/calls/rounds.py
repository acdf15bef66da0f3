"""Rounds of calls to those whom a problem has let down: begun, followed, closed, taken back."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy
from flask_babel import ngettext

from models import calendar
from models.base import db, now
from models.bulk_change import BulkChange
from models.call_round import CallRound
from models.call_round_asking import Nobody, asking_of, close, reopen, start, take_back
from models.call_round_helped import answers_of, counts_of
from models.call_round_people import A_DAY, Ground, LetDown, Wanted, people_of
from models.call_round_progress import PAGE, calls_of, page_of, progress_of, with_people
from models.callback_bulk import NotCalled
from models.callback_rules import rules
from models.mailing_threads import mailings_of_round
from models.policy import Verb, may
from models.problem import Problem
from models.saying import spoken
from models.topic import LANGUAGES
from models.user import User
from triage.accounts import demand
from triage.callback_asking import ask
from triage.calls.callback_asking_page import WHY_WORDS, left_out, problem_of
from triage.calls.callback_words import reasons_of
from triage.calls.callbacks import covered, page_asked
from triage.calls.pages import pages
from triage.calls.round_script import HELPED_WORDS
from triage.display import label, title
from triage.spreadsheet import line

SHOWN = 200
"""People on the page before a round begins."""
UNDO = timedelta(minutes=1)
TABS = {
    "all": lazy("All"),
    "open": lazy("To call"),
    "reached": lazy("Reached"),
    "over": lazy("Not reached"),
}
GROUND_WORDS = {
    Ground.COMPLAINED: lazy("complained"),
    Ground.DISSATISFIED: lazy("dissatisfied"),
    Ground.MISINFORMED: lazy("told something that was corrected since"),
    Ground.HIT: lazy("everybody else whom it has hit"),
}


@pages.get("/rounds")
def rounds() -> ResponseReturnValue:
    """All rounds, the running ones first."""
    user = demand(Verb.WORK)
    number = page_asked()
    found = db.session.scalars(CallRound.everything().limit(PAGE + 1).offset((number - 1) * PAGE))
    listed = found.all()
    return render_template(
        "calls/rounds.html",
        rounds=listed[:PAGE],
        progress=progress_of(user, listed[:PAGE]),
        helped=counts_of({one.problem_id for one in listed}),
        page={"number": number, "more": len(listed) > PAGE},
    )


@pages.get("/rounds/problems/<int:problem_number>")
def new_round(problem_number: int) -> ResponseReturnValue:
    """Who would be called and why, who not, and by when; nothing is asked for yet."""
    demand(Verb.LEAD)
    return new_round_page(problem_of(problem_number), wanted_in(request.args))


@pages.post("/rounds/problems/<int:problem_number>")
def begin_round(problem_number: int) -> ResponseReturnValue:
    user, at = demand(Verb.LEAD), now()
    problem = problem_of(problem_number)
    wanted = wanted_in(request.form)
    name = " ".join(request.form.get("name", "").split())[:200] or title(problem)
    try:
        made, change = start(problem, name, wanted, texts_in_form(), by=user, at=at)
    except Nobody:
        mistake = _("Nobody is left to call. All that you wrote is still here.")
        return new_round_page(problem, wanted, mistake), 422
    ask(change, at)
    return redirect(url_for("calls.call_round", round_id=made.id, begun=1), 303)


@pages.get("/rounds/<int:round_id>")
def call_round(round_id: int) -> ResponseReturnValue:
    """How it goes: progress, outcomes, who said that it helped, and every call."""
    user, at = demand(Verb.WORK), now()
    shown = round_or_404(round_id)
    tab, number = request.args.get("show", "all"), page_asked()
    tab = tab if tab in TABS else "all"
    calls = page_of(user, shown, tab, number)
    asking = asking_of(shown)
    return render_template(
        "calls/round.html",
        round=shown,
        progress=progress_of(user, [shown])[shown.id],
        follows=len(asking.change["waiting"]) if asking is not None else 0,
        undoable=undoable(shown, at),
        just_closed=just_closed(shown, asking, at),
        calls=calls[:PAGE],
        covered=covered(user, list(calls[:PAGE])),
        why={call.id: reasons_of(call) for call in calls[:PAGE]},
        mailings=db.session.scalars(mailings_of_round(shown.id)).all(),
        helped=answers_of(shown),
        helped_words=HELPED_WORDS,
        ground_words=GROUND_WORDS,
        why_words=WHY_WORDS,
        tab=tab,
        tabs=TABS,
        page={"number": number, "more": len(calls) > PAGE},
        leads=may(user, Verb.LEAD),
    )


@pages.post("/rounds/<int:round_id>/texts")
def rewrite_round(round_id: int) -> ResponseReturnValue:
    """Another script: whoever calls from now on reads it."""
    user, shown = demand(Verb.LEAD), round_or_404(round_id)
    if shown.rewrite(texts_in_form(), by=user, at=now()):
        flash(_("Kept. Whoever calls from now on reads it."))
    return to_round(shown)


@pages.post("/rounds/<int:round_id>/withdrawal")
def take_round_back(round_id: int) -> ResponseReturnValue:
    """As if it had not been begun; what somebody has begun goes on."""
    user, shown = demand(Verb.LEAD), round_or_404(round_id)
    taken_back, stay = take_back(shown, by=user, at=now())
    words = ngettext(
        "%(num)s call-back is called off again.",
        "%(num)s call-backs are called off again.",
        taken_back,
    )
    more = ngettext("%(num)s was begun.", "%(num)s were begun.", stay) if stay else ""
    flash(f"{words} {more}".strip())
    return to_round(shown)


@pages.post("/rounds/<int:round_id>/closure")
def close_round(round_id: int) -> ResponseReturnValue:
    """It is over: what nobody has begun is called off."""
    user, shown = demand(Verb.LEAD), round_or_404(round_id)
    if shown.closed_at is None:
        close(shown, by=user, at=now())
    return to_round(shown)


@pages.post("/rounds/<int:round_id>/closure/withdrawal")
def reopen_round(round_id: int) -> ResponseReturnValue:
    user, shown = demand(Verb.LEAD), round_or_404(round_id)
    if shown.closed_at is not None:
        reopen(shown, by=user, at=now())
        asking = asking_of(shown)
        if asking is not None:
            ask(asking, now())
    return to_round(shown)


@pages.get("/rounds/<int:round_id>.csv")
def round_as_csv(round_id: int) -> ResponseReturnValue:
    """What the page lists, all of it, as a table that no spreadsheet takes for formulas."""
    user, shown = demand(Verb.WORK), round_or_404(round_id)
    name = f"round-{shown.id}.csv"
    return Response(
        "".join(table_of(user, shown)),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


# --- before it begins -----------------------------------------------------------------------


def new_round_page(problem: Problem, wanted: Wanted, mistake: str = "") -> str:
    # Whom health or privacy is about is neither named nor counted.
    everybody = [
        one
        for one in people_of(problem, Wanted(tuple(Ground), LANGUAGES, wanted.most, wanted.a_day))
        if one.why is not NotCalled.PRIVATE
    ]
    people = [one for one in people_of(problem, wanted) if one.why is not NotCalled.PRIVATE]
    called = [one for one in people if one.why is None]
    days = -(-len(called) // wanted.a_day) if called else 0
    return render_template(
        "calls/round_new.html",
        problem=problem,
        wanted=wanted,
        grounds=counted(everybody),
        ground_words=GROUND_WORDS,
        people=people[:SHOWN],
        total=len(people),
        called=len(called),
        days=days,
        left_out=left_out(one.why for one in people),
        why_words=WHY_WORDS,
        texts=texts_in_form() if mistake else begun_texts(problem),
        running=db.session.scalars(CallRound.of_problem(problem.id).limit(3)).all(),
        mistake=mistake,
        most_at_all=rules()["most_in_bulk"],
    )


def counted(people: list[LetDown]) -> dict[Ground, int]:
    """How many clients have each ground; somebody may have several."""
    found = dict.fromkeys(Ground, 0)
    for one in people:
        for fact in one.facts:
            found[Ground(fact["kind"])] += 1
    found[Ground.HIT] = sum(len(one.facts) == 1 and one.ground is Ground.HIT for one in people)
    return found


def wanted_in(form: Any) -> Wanted:
    """Whom the form asks for; who let nothing be chosen asks for those who were let down."""
    grounds = tuple(ground for ground in Ground if ground in form.getlist("ground"))
    languages = tuple(code for code in LANGUAGES if code in form.getlist("language"))
    most = rules()["most_in_bulk"]
    return Wanted(
        grounds=grounds or Wanted().grounds,
        languages=languages or LANGUAGES,
        most=whole(form.get("most", ""), most, most),
        a_day=whole(form.get("a_day", ""), A_DAY, 1_000),
    )


def whole(written: str, usual: int, largest: int) -> int:
    good = written.isascii() and written.isdigit() and len(written) < 7
    return min(max(int(written), 1), largest) if good else usual


def texts_in_form() -> dict[str, dict[str, str]]:
    """The script and what was changed, by language."""
    return {
        kind: {
            code: request.form.get(f"{kind}-{code}", "").replace("\r\n", "\n") for code in LANGUAGES
        }
        for kind in ("scripts", "changed")
    }


def begun_texts(problem: Problem) -> dict[str, dict[str, str]]:
    """A script to begin with: the sentence that was approved for the problem."""
    return {"scripts": spoken(problem), "changed": {}}


# --- while it goes --------------------------------------------------------------------------


def round_or_404(round_id: int) -> CallRound:
    found = CallRound.named(round_id)
    if found is None:
        abort(404)
    return found


def to_round(shown: CallRound) -> ResponseReturnValue:
    return redirect(url_for("calls.call_round", round_id=shown.id), 303)


def undoable(shown: CallRound, at: datetime) -> bool:
    """Whether asking for its calls can be taken back with one key."""
    asking = asking_of(shown)
    asked = asking is not None and asking.undone_at is None
    return asked and shown.closed_at is None and at - shown.at < UNDO


def just_closed(shown: CallRound, asking: BulkChange | None, at: datetime) -> bool:
    """Whether closing it can be undone with one key; a round that was taken back stays so."""
    stood = asking is None or asking.undone_at is None
    return stood and shown.closed_at is not None and at - shown.closed_at < UNDO


def table_of(user: User, shown: CallRound) -> Iterator[str]:
    yield "\ufeff" + line(
        [
            _("Client"),
            _("Language"),
            _("Ticket"),
            _("Reason"),
            _("Call by"),
            _("State"),
            _("Outcome"),
            _("Tries"),
            _("Did it help?"),
        ]
    )
    helped = answers_of(shown)
    rows = db.session.scalars(with_people(calls_of(user, shown))).unique().all()
    hidden = covered(user, list(rows))
    for call in rows:
        said = helped.get(call.client_id or 0)
        yield line(
            [
                call.client.called if call.client else call.number,
                call.language or "",
                f"#{call.ticket.number}" if call.ticket else "",
                "" if call.id in hidden else ", ".join(reasons_of(call)),
                f"{call.due_at.astimezone(calendar.BRUSSELS):%Y-%m-%d %H:%M}",
                label("callback_state", call.state),
                label("callback_outcome", call.outcome) if call.outcome else "",
                call.tries,
                HELPED_WORDS[said.answer] if said is not None else "",
            ]
        )
