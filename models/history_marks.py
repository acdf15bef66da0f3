"""What stands on the time axis: problems found, actions that took effect, events outside.

What is about a topic that somebody may know nothing of is no mark for that person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import joinedload

from models import calendar, policy
from models.action import Action
from models.base import db
from models.external_event import ExternalEvent
from models.mailing import Mailing
from models.problem import Problem, ProblemState
from models.problem_day import ProblemDay
from models.user import User

MOST = 9
FEWEST_CONTACTS = 3
HIDDEN = (ProblemState.NOT_A_PROBLEM, ProblemState.IGNORED)


@dataclass(frozen=True)
class Mark:
    """One thing on its day; exactly one of the three is set, a mailing only beside its event."""

    day: date
    problem: Problem | None = None
    action: Action | None = None
    event: ExternalEvent | None = None
    mailing_id: int | None = None


def marks(
    first: date, last: date, *, user: User, topic_id: str | None = None, most: int = MOST
) -> list[Mark]:
    """What happened in these days, in order: what we and others did, then the largest problems."""
    done = [*_actions(first, last, user, topic_id), *_events(first, last, user, topic_id)]
    done = sorted(done, key=lambda one: one.day, reverse=True)[:most]
    found = _problems(first, last, user, topic_id, most - len(done))
    return sorted([*done, *found], key=lambda one: one.day)


def _actions(first: date, last: date, user: User, topic_id: str | None) -> list[Mark]:
    start, end = calendar.start_of(first), calendar.start_of(last + timedelta(days=1))
    live = (
        select(Action)
        .join(Problem, Problem.id == Action.problem_id)
        .where(
            Action.effective_at >= start,
            Action.effective_at < end,
            Action.cancelled_at.is_(None),
            _about(Problem.topic_id, user, topic_id),
        )
        .options(joinedload(Action.problem))
        .order_by(Action.effective_at.desc())
        .limit(MOST)
    )
    return [
        Mark(calendar.business_day(action.effective_at), action=action)
        for action in db.session.scalars(live)
        if action.effective_at is not None
    ]


def _events(first: date, last: date, user: User, topic_id: str | None) -> list[Mark]:
    rows = db.session.execute(
        select(ExternalEvent, Mailing.id)
        .outerjoin(Mailing, Mailing.external_event_id == ExternalEvent.id)
        .where(
            ExternalEvent.first_on >= first,
            ExternalEvent.first_on <= last,
            ExternalEvent.withdrawn_at.is_(None),
            _about(ExternalEvent.topic_id, user, topic_id, everything=True),
        )
        .order_by(ExternalEvent.first_on.desc())
        .limit(MOST)
    )
    return [Mark(event.first_on, event=event, mailing_id=mailing) for event, mailing in rows]


def _problems(
    first: date, last: date, user: User, topic_id: str | None, most: int
) -> Sequence[Mark]:
    if most <= 0:
        return []
    contacts = func.sum(ProblemDay.contacts)
    largest = (
        select(Problem)
        .join(ProblemDay, ProblemDay.problem_id == Problem.id)
        .where(
            Problem.founded_on >= first,
            Problem.founded_on <= last,
            ProblemDay.day >= first,
            ProblemDay.day <= last,
            Problem.merged_into_id.is_(None),
            Problem.state.not_in([state.value for state in HIDDEN]),
            _about(Problem.topic_id, user, topic_id),
        )
        .group_by(Problem.id)
        .having(contacts >= FEWEST_CONTACTS)
        .order_by(contacts.desc(), Problem.id)
        .limit(most)
    )
    return [Mark(problem.founded_on, problem=problem) for problem in db.session.scalars(largest)]


def _about(
    column: Any, user: User, topic_id: str | None, *, everything: bool = False
) -> ColumnElement[bool]:
    """Whether it is about the topic asked for, and about nothing that is hidden from `user`."""
    shown = or_(column.is_(None), ~policy.restricted(column), policy.sees_topic(user, column))
    if topic_id is None:
        return shown
    wanted = or_(column == topic_id, column.is_(None)) if everything else column == topic_id
    return shown & wanted
