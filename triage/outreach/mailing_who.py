"""Who gets a mailing: a problem's clients, those whom a measure concerns, a list, or a file."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask import abort, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy
from flask_babel import ngettext

from models.base import db, db_safe, now
from models.calendar import business_day
from models.mailing import FALLBACK, Mailing, NotNow, Outdated
from models.measure import Measure, MeasureVersion
from models.policy import Verb
from models.problem import Problem
from models.saved_view import SavedView
from models.ticket_choice import Kept
from models.ticket_list import MOST_COUNTED, TicketFilter
from models.user import User
from triage.accounts import demand
from triage.asked_once import first_topics
from triage.display import number, reader_language, title, topic_name
from triage.outreach import mailing_file
from triage.outreach.mailing_file import FaultKind, Unreadable
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

SHOWN_PROBLEMS = 7
LOOKED_THROUGH = 500
SINCE = timedelta(days=28)
KIND_WORDS = {
    "problem": lazy("clients of a problem"),
    "measure": lazy("whom a measure concerns"),
    "filter": lazy("a list of the desk"),
    "csv": lazy("a file"),
    "prepared": lazy("the tickets of a reply to all"),
    "round": lazy("a call-back round"),
}
FAULT_WORDS = {
    FaultKind.NO_ADDRESS: lazy("no e-mail address: left out"),
    FaultKind.BAD_ADDRESS: lazy("this is no e-mail address: left out"),
    FaultKind.TWICE: lazy("stands there twice: the first one counts"),
    FaultKind.LANGUAGE: lazy("language not known: stays in, and is told in the client’s or ours"),
    FaultKind.CUT: lazy("a cell was too long: stays in, cut"),
}


@dataclass(frozen=True)
class Chosen:
    """The audience as it is said to people."""

    words: str
    size: int | None = None
    size_words: str = ""
    note: str = ""


@pages.get("/mailings/<int:mailing_id>/who")
def who(mailing_id: int) -> ResponseReturnValue:
    user = demand(Verb.WORK)
    return who_page(user, mailing_or_404(mailing_id))


def who_page(user: User, mailing: Mailing, wrong: Trouble | None = None, **more: Any) -> str:
    words = db_safe(request.args.get("q", "")).strip()[:200]
    return mailing_page(
        "mailing_who.html",
        mailing,
        "who",
        trouble=wrong,
        audience=chosen(mailing, user),
        words=words,
        problems=problems_like(words),
        measures=standing_measures(),
        chosen_measure=mailing.measure_id,
        since=since_of(mailing),
        views=db.session.scalars(SavedView.seen_by(user)).all(),
        topics=first_topics(),
        fault_words=FAULT_WORDS,
        most_faults=mailing_file.MOST_FAULTS,
        **{"uploaded": None} | more,
    )


def problems_like(words: str) -> list[Problem]:
    """By number or words; without: those that were seen last."""
    bare = words.lstrip("#")
    if bare.isascii() and bare.isdigit() and len(bare) < 10:
        one = Problem.numbered(int(bare))
        return [one] if one is not None else []
    latest = Problem.shown().order_by(None).order_by(Problem.last_seen_at.desc(), Problem.id)
    found = db.session.scalars(latest.limit(LOOKED_THROUGH if words else SHOWN_PROBLEMS))
    sought = words.casefold().split()
    fitting = [one for one in found if all(word in title(one).casefold() for word in sought)]
    return fitting[:SHOWN_PROBLEMS]


def standing_measures() -> list[MeasureVersion]:
    language = reader_language()
    found = db.session.scalars(MeasureVersion.holding_on(business_day(now()))).all()
    return sorted(found, key=lambda one: (topic_name(one.measure.topic_id), one.name(language)))


def since_of(mailing: Mailing) -> date:
    try:
        return date.fromisoformat(str(mailing.audience.get("since")))
    except ValueError:
        return business_day(now()) - SINCE


# --- chosen ---------------------------------------------------------------------------------


@pages.post("/mailings/<int:mailing_id>/audience")
def choose(mailing_id: int) -> ResponseReturnValue:
    by, mailing = changing(mailing_id)
    refuse_prepared(mailing)
    at = now()
    asked = asked_for(by, at)
    if isinstance(asked, Trouble):
        return who_page(by, mailing, asked), 422
    asked["audience"] |= kept(mailing)
    try:
        mailing.change(by=by, at=at, expected=expected(), **asked)
    except Outdated as error:
        return who_page(by, mailing, trouble(error)), 409
    except NotNow as error:
        return who_page(by, mailing, trouble(error)), 409
    return redirect(step_address(mailing, "who"), 303)


def refuse_prepared(mailing: Mailing) -> None:
    """Whom a reply to all or a round is for was settled where it was prepared."""
    if mailing.reply_id is not None or mailing.round_id is not None:
        abort(409)


def kept(mailing: Mailing) -> dict[str, Any]:
    """What stays of an audience when another takes its place."""
    return {FALLBACK: mailing.audience.get(FALLBACK, True)}


def asked_for(user: User, at: datetime) -> dict[str, Any] | Trouble:
    """The columns of a mailing for the audience that was chosen."""
    kind = request.form.get("kind", "")
    nobody = Trouble(_("That is nobody."), _("Who was chosen before is kept."), _("Choose again."))
    if kind == "problem":
        problem = Problem.named(request.form.get("problem", type=int))
        return links_of(problem, None, at) if problem is not None else nobody
    if kind == "measure":
        version = version_of(request.form.get("measure", type=int))
        if version is None:
            return nobody
        links = links_of(None, version.measure, at)
        day = day_of(request.form.get("since", ""))
        return links | {"audience": {"kind": "measure"} | ({"since": day} if day else {})}
    if kind == "filter":
        wanted = list_asked_for(user)
        return {"audience": {"kind": "filter", "query": wanted.query()}} if wanted else nobody
    return nobody


def links_of(problem: Problem | None, measure: Measure | None, at: datetime) -> dict[str, Any]:
    """What a mailing about a problem or a measure takes from it; nothing without either."""
    if problem is not None:
        return {
            "audience": {"kind": "problem", FALLBACK: True},
            "problem_id": problem.id,
            "topic_id": problem.topic_id,
        }
    if measure is not None:
        since = (business_day(at) - SINCE).isoformat()
        return {
            "audience": {"kind": "measure", "since": since, FALLBACK: True},
            "measure_id": measure.id,
            "topic_id": measure.topic_id,
        }
    return {}


def version_of(measure_id: int | None) -> MeasureVersion | None:
    return next((one for one in standing_measures() if one.measure_id == measure_id), None)


def day_of(written: str) -> str:
    try:
        return date.fromisoformat(written).isoformat()
    except ValueError:
        return ""


def list_asked_for(user: User) -> TicketFilter | None:
    """A saved list, the address of one, or three conditions; None: nothing of these."""
    saved = SavedView.for_user(user, request.form.get("saved", type=int))
    if saved is not None:
        return saved.wanted
    pasted = request.form.get("pasted", "").strip()
    if pasted:
        given = parse_qs(urlsplit(pasted).query[:2000])
        return TicketFilter.read(Kept(given)) if given else None
    names = ("topic", "language", "since")
    given = {name: [value] for name in names if (value := request.form.get(name, "").strip())}
    return TicketFilter.read(Kept(given | {"view": ["all"]})) if given else None


# --- a file ---------------------------------------------------------------------------------


@pages.post("/mailings/<int:mailing_id>/audience/file")
def upload(mailing_id: int) -> ResponseReturnValue:
    """Read at once and said line by line; the good lines are kept, encrypted."""
    by, mailing = changing(mailing_id)
    refuse_prepared(mailing)
    file = request.files.get("file")
    try:
        found = mailing_file.read(file.stream.read(mailing_file.LARGEST + 1) if file else b"")
        if not found.lines:
            raise Unreadable("nobody")
        if expected() not in (None, mailing.version):
            raise Outdated(mailing)
        mailing.keep_rows([one.row() for one in found.lines], by=by, at=now())
        mailing.audience = mailing.audience | {"fields": found.fields}
    except Unreadable as error:
        return who_page(by, mailing, unreadable(error)), 422
    except (NotNow, Outdated) as error:
        return who_page(by, mailing, trouble(error)), 409
    said = {"columns": found.columns, "faults": found.faults, "lines": len(found.lines)}
    db.session.flush()
    return who_page(by, mailing, uploaded=said)


def unreadable(error: Unreadable) -> Trouble:
    before = _("Who was chosen before is kept.")
    what = {
        "empty": _("The file is empty."),
        "large": _("The file is larger than 2 MB."),
        "long": _("The file has more than %(most)s lines.", most=number(mailing_file.MOST_LINES)),
        "wide": _("The file has too many columns."),
        "no_address": _("No column is called “e-mail”."),
        "nobody": _("No line has an e-mail address that can be read."),
    }[error.reason]
    todo = {
        "no_address": _("Give the first line of the file headings: e-mail, name, language."),
        "large": _("Split it, or take columns away."),
        "long": _("Split it."),
        "wide": _("Take columns away."),
    }.get(error.reason, _("Look whether it is the right file."))
    return Trouble(what, before, todo)


# --- in words -------------------------------------------------------------------------------


def chosen(mailing: Mailing, user: User) -> Chosen | None:
    """Who gets it, said in a line; None where nobody is chosen."""
    kind = str(mailing.audience.get("kind") or "")
    if kind == "csv":
        rows = int(mailing.audience.get("rows") or 0)
        fields = [f"{{{name}}}" for name in mailing.audience.get("fields") or ()]
        note = _("Of the file: %(names)s", names=", ".join(fields)) if fields else ""
        return Chosen(_("A file"), rows, ngettext("%(num)s line", "%(num)s lines", rows), note)
    if kind == "filter":
        return of_list(mailing, user)
    problem = Problem.named(mailing.problem_id)
    version = version_of(mailing.measure_id) if kind == "measure" else None
    words = short_words(mailing, problem, version)
    if not words:
        return None
    since = since_of(mailing) if kind == "measure" else None
    said = _("who said something since %(day)s", day=since.strftime("%d/%m/%Y")) if since else ""
    return Chosen(words, note=said)


def of_list(mailing: Mailing, user: User) -> Chosen:
    wanted = TicketFilter.read(Kept(mailing.audience.get("query") or {}))
    count = wanted.count(user)
    shown = ngettext("%(num)s ticket", "%(num)s tickets", min(count, MOST_COUNTED))
    more = f"{number(MOST_COUNTED)}+" if count > MOST_COUNTED else shown
    parts = [topic_name(one) for one in wanted.topics]
    parts += [one.upper() for one in wanted.languages]
    parts += [f"“{wanted.words}”"] if wanted.words else []
    words = " · ".join([_("A list of the desk"), *parts])
    return Chosen(words, count, more, _("As you see it: each client of these tickets once."))


def short_words(mailing: Mailing, problem: Problem | None, version: MeasureVersion | None) -> str:
    """For a list, from what is known already."""
    kind = str(mailing.audience.get("kind") or "")
    if problem is not None and kind in ("problem", "prepared", "round"):
        return title(problem)
    if version is not None and kind == "measure":
        return version.name(reader_language())
    return str(KIND_WORDS.get(kind, ""))
