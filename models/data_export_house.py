"""The rows of what the house itself finds and does: problems, actions, and the audit log."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    and_,
    case,
    distinct,
    func,
    null,
    select,
)
from sqlalchemy.orm import aliased

from models import policy
from models.action import Action
from models.audit import Audit
from models.contact import Contact
from models.problem import Occurrence, Problem
from models.topic import Topic
from models.user import User

SMALL = 3
"""Smaller counts of a restricted topic are not shown to other teams."""


def of_problems(user: User, states: tuple[str, ...] = ()) -> Select[Any]:
    """All that are shown, the last seen first; a small count of a private matter is left empty."""
    owner = aliased(User)
    now_ = and_(Occurrence.problem_id == Problem.id, Occurrence.until.is_(None))
    cases = select(func.count()).where(now_).correlate(Problem).scalar_subquery()
    clients = (
        select(func.count(distinct(Contact.client_id)))
        .join(Occurrence, Occurrence.contact_id == Contact.id)
        .where(now_)
        .correlate(Problem)
        .scalar_subquery()
    )
    chosen = Problem.shown().where(Problem.state.in_(states)) if states else Problem.shown()
    return (
        chosen.with_only_columns(
            Problem.number.label("number"),
            Problem.titles.label("titles"),
            Problem.thing.label("thing"),
            Problem.symptom.label("symptom"),
            Problem.stage.label("stage"),
            Problem.topic_id.label("topic"),
            Problem.state.label("state"),
            owner.name.label("owner"),
            Problem.due_on.label("due_on"),
            Problem.first_seen_at.label("first_seen_at"),
            Problem.last_seen_at.label("last_seen_at"),
            _unless_small(user, cases).label("contacts"),
            _unless_small(user, clients).label("clients"),
        )
        .select_from(Problem)
        .outerjoin(owner, owner.id == Problem.owner_id)
        .order_by(None)
        .order_by(Problem.last_seen_at.desc(), Problem.id.desc())
    )


def of_actions() -> Select[Any]:
    """Everything that was ever decided, the last first."""
    owner = aliased(User)
    return (
        select(
            Action.id.label("action"),
            Problem.number.label("number"),
            Problem.titles.label("titles"),
            Problem.thing.label("thing"),
            Problem.symptom.label("symptom"),
            Problem.stage.label("stage"),
            Problem.topic_id.label("topic"),
            Action.kind.label("kind"),
            Action.what.label("what"),
            func.coalesce(owner.name, Action.owner_name).label("owner"),
            Action.due_on.label("due_on"),
            Action.blocked_at.label("blocked_at"),
            Action.decided_at.label("decided_at"),
            Action.effective_at.label("effective_at"),
            Action.done_at.label("done_at"),
            Action.cancelled_at.label("cancelled_at"),
            Action.verdict.label("verdict"),
            Action.verdict_at.label("verdict_at"),
        )
        .join(Problem, Problem.id == Action.problem_id)
        .outerjoin(owner, owner.id == Action.owner_id)
        .order_by(Action.decided_at.desc(), Action.id.desc())
    )


def of_audit(
    since: datetime | None, before: datetime | None, action: str = "", actor_id: int | None = None
) -> Select[Any]:
    """What people did, the last first: things by their number, never by name."""
    actor = aliased(User)
    chosen = select(
        Audit.seq.label("seq"),
        Audit.at.label("at"),
        func.coalesce(actor.login, "").label("login"),
        Audit.action.label("action"),
        Audit.thing.label("thing"),
        Audit.facts.label("facts"),
    ).outerjoin(actor, actor.id == Audit.actor_id)
    conditions: list[ColumnElement[bool]] = []
    if since is not None:
        conditions.append(Audit.at >= since)
    if before is not None:
        conditions.append(Audit.at < before)
    if action:
        conditions.append(Audit.action.startswith(action, autoescape=True))
    if actor_id is not None:
        conditions.append(Audit.actor_id == actor_id)
    return chosen.where(*conditions).order_by(Audit.seq.desc())


def _unless_small(user: User, count: ScalarSelect[Any]) -> ColumnElement[Any]:
    """A count of one or two of a restricted topic could point at somebody."""
    if policy.sees_every_ticket(user):
        return count
    own = select(Topic.id).where(Topic.team_id.in_(user.team_ids or [-1]))
    private = and_(policy.restricted(Problem.topic_id), Problem.topic_id.not_in(own))
    return case((and_(private, count < SMALL), null()), else_=count)
