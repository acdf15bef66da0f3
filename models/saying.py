"""What agents may say of a problem: a sentence per language, a draft until somebody approves it.

Whatever is not approved word for word is shown to no agent and written to no client.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from models import calendar
from models.base import db
from models.event import Event, record
from models.problem import Problem, ProblemState
from models.topic import LANGUAGES
from models.user import User

LONGEST = 300
MAIL_FOR = timedelta(days=7)
"""For so long after an approval receipts say it: nobody reads them again, and “this Friday” passes.
Approving anew goes on."""
SILENT = (ProblemState.CLOSED, ProblemState.ARCHIVED, ProblemState.NOT_A_PROBLEM)
"""What is over is no longer said, however well it was put."""

WRITTEN = "problem.sentence_written"
APPROVED = "problem.sentence_approved"
UNAPPROVED = "problem.sentence_unapproved"
TAKEN_OVER = "problem.sentence_taken_over"
UNDONE = "problem.sentence_undone"
CHANGES = (WRITTEN, APPROVED, UNAPPROVED, TAKEN_OVER)
"""What can be undone, the last one first; taking back is itself an event, and stays."""


class TooLong(ValueError):
    """A sentence that nobody would read to the end on the phone; `language` says which one."""

    def __init__(self, language: str) -> None:
        super().__init__(f"the sentence in {language} is longer than {LONGEST} characters")
        self.language = language


class Overtaken(ValueError):
    """Somebody has changed the sentence since it was looked at."""


def spoken(problem: Problem) -> dict[str, str]:
    """The approved sentences by language, in the house's order; nothing of a draft."""
    if problem.sentence_at is None or problem.merged_into_id or problem.state in SILENT:
        return {}
    return {code: str(problem.sentence[code]) for code in LANGUAGES if problem.sentence.get(code)}


def spoken_in_mail(problem: Problem, at: datetime) -> dict[str, str]:
    """What receipts may say of it, where the case is sure."""
    until = mail_until(problem)
    return spoken(problem) if until is not None and at < until else {}


def mail_until(problem: Problem) -> datetime | None:
    """When receipts say it for the last time; None for what they never say."""
    if not problem.sentence_in_mail or problem.sentence_at is None:
        return None
    return problem.sentence_at + MAIL_FOR


def missing(problem: Problem) -> list[str]:
    """The languages in which nothing is written yet."""
    return [code for code in LANGUAGES if not problem.sentence.get(code)]


# --- changed --------------------------------------------------------------------------------


def write(
    problem: Problem, texts: Mapping[str, str], *, by: User, seen: int = 0, at: datetime
) -> bool:
    """Keep these texts as a draft; False when they say what stands there already.

    A changed text loses its approval, in all languages and for mails too. `seen` is the change
    that the writer had before his eyes. Raises `TooLong` and `Overtaken`.
    """
    wanted = {code: " ".join(texts.get(code, "").split()) for code in LANGUAGES}
    for code, text in wanted.items():
        if len(text) > LONGEST:
            raise TooLong(code)
    wanted = {code: text for code, text in wanted.items() if text}
    if wanted == problem.sentence:
        return False
    _change(
        problem,
        WRITTEN,
        {"texts": wanted, "by": None, "at": None, "in_mail": False},
        by=by,
        seen=seen,
        at=at,
    )
    return True


def approve(problem: Problem, *, in_mail: bool, by: User, seen: int, at: datetime) -> None:
    """The texts that were `seen` may be said from now on, to clients in mails too where asked.

    Raises ValueError when there is nothing to approve, and `Overtaken`.
    """
    if not problem.sentence:
        raise ValueError("there is no sentence to approve")
    approval = {"by": by.id, "at": at.isoformat(), "in_mail": in_mail}
    _change(problem, APPROVED, _standing(problem) | approval, by=by, seen=seen, at=at)


def unapprove(problem: Problem, *, by: User, seen: int, at: datetime) -> None:
    """Nobody says it any more; the texts stay as a draft. Raises `Overtaken`."""
    taken_away = {"by": None, "at": None, "in_mail": False}
    _change(problem, UNAPPROVED, _standing(problem) | taken_away, by=by, seen=seen, at=at)


def undo(problem: Problem, change: int, *, by: User, at: datetime) -> None:
    """As it was before that change, its approval included; only the last one can be undone."""
    last = last_change(problem)
    if last is None or last.id != change or last.kind not in CHANGES:
        raise Overtaken
    before = last.facts["before"]
    _change(problem, UNDONE, before, by=by, seen=change, at=at)


def take_over(kept: Problem, lost: Problem, *, by: User, at: datetime) -> int | None:
    """`lost` is the same problem as `kept`: what could be said of it is said on, with its approval.

    An approved sentence gives way to none, and a draft to none but an approved one. Returns the
    event that tells of it.
    """
    if not lost.sentence or lost.state in SILENT or kept.sentence_at is not None:
        return None
    if kept.sentence and lost.sentence_at is None:
        return None
    last = last_change(kept)
    _change(kept, TAKEN_OVER, _standing(lost), by=by, seen=last.id if last else 0, at=at)
    told = last_change(kept)
    return told.id if told else None


def last_change(problem: Problem) -> Event | None:
    """The event that made the sentence what it is."""
    changes = Event.kind.in_((*CHANGES, UNDONE))
    return db.session.scalars(
        select(Event)
        .where(Event.problem_id == problem.id, changes)
        .order_by(Event.id.desc())
        .limit(1)
    ).first()


def _change(
    problem: Problem, kind: str, after: dict[str, Any], *, by: User, seen: int, at: datetime
) -> None:
    last = last_change(problem)
    if (last.id if last else 0) != seen:
        raise Overtaken
    before = _standing(problem)
    problem.sentence = dict(after["texts"])
    problem.sentence_by_id = after["by"]
    problem.sentence_at = datetime.fromisoformat(after["at"]) if after["at"] else None
    problem.sentence_in_mail = after["in_mail"]
    record(kind, by=by, at=at, problem_id=problem.id, before=before, after=after)
    db.session.flush()


def _standing(problem: Problem) -> dict[str, Any]:
    at = problem.sentence_at
    return {
        "texts": dict(problem.sentence),
        "by": problem.sentence_by_id,
        "at": at.isoformat() if at else None,
        "in_mail": problem.sentence_in_mail,
    }


# --- found ----------------------------------------------------------------------------------


def said_about(thing: str, symptom: str, topic_id: str, day: date) -> list[Problem]:
    """The problems of the present board with an approved sentence and all three in common, those
    seen last first."""
    return [one for one in alike(thing, symptom, topic_id, day) if spoken(one)]


def said_of_topic(topic_id: str, day: date) -> list[Problem]:
    """The problems of a topic on the present board of which anybody may be told on `day`.

    Their sentence was approved lately: an old one speaks of a Friday that has passed.
    """
    since, _ = calendar.bounds(calendar.working_day_before(day))
    fresh, _ = calendar.bounds(day - MAIL_FOR)
    found = db.session.scalars(
        select(Problem)
        .where(
            Problem.topic_id == topic_id,
            Problem.merged_into_id.is_(None),
            Problem.last_seen_at >= since,
            Problem.sentence_at >= fresh,
        )
        .order_by(Problem.last_seen_at.desc(), Problem.id)
    )
    return [one for one in found if spoken(one)]


def alike(thing: str, symptom: str, topic_id: str, day: date) -> list[Problem]:
    """The problems of the present board with all three in common, those seen last first.

    The present board holds what was seen since the working day before `day`.
    """
    since, _ = calendar.bounds(calendar.working_day_before(day))
    same = (
        select(Problem)
        .where(
            Problem.thing == thing,
            Problem.symptom == symptom,
            Problem.topic_id == topic_id,
            Problem.merged_into_id.is_(None),
            Problem.state != ProblemState.NOT_A_PROBLEM.value,
            Problem.last_seen_at >= since,
        )
        .order_by(Problem.last_seen_at.desc(), Problem.id)
    )
    return list(db.session.scalars(same))
