"""Who may do what. This module alone knows; pages, lists, counts and exports all ask here."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select, true

from models.base import db
from models.event import Event
from models.team import Team
from models.topic import Topic
from models.user import Role, User


class Verb(StrEnum):
    """What a person may want to do."""

    WORK = "work"
    """read, answer, note, assign, close and route the tickets one sees; take calls"""
    SEE_BOARD = "see_board"
    LEAD = "lead"
    """decide at the screening, own problems and actions, teach the grouping"""
    SEE_FIGURES = "see_figures"
    READ_QUARANTINE = "read_quarantine"
    READ_RAW = "read_raw"
    """have any mail of the tickets one sees as it came, unmasked"""
    TEND_TEXTS = "tend_texts"
    """write the reply templates and macros that everybody uses"""
    GUIDE = "guide"
    """say whose answers a colleague reads first, in which topics no more, and who may read them"""
    TEACH = "teach"
    """review what the classifier is unsure of, settle doubtful labels, give a topic its examples"""
    TEND_CLASSIFIER = "tend_classifier"
    """see how good it is, train it, set its thresholds, promote a version and go back"""
    ADMINISTER = "administer"
    ERASE = "erase"
    """ask for and decide on erasures and holds, take along all that is kept of one person"""
    SEE_LOOKS = "see_looks"
    """know who of us has opened a client's pages"""


_LEADING = frozenset(
    {
        Verb.WORK,
        Verb.SEE_BOARD,
        Verb.LEAD,
        Verb.SEE_FIGURES,
        Verb.READ_QUARANTINE,
        Verb.READ_RAW,
        Verb.TEND_TEXTS,
        Verb.GUIDE,
        Verb.TEACH,
        Verb.TEND_CLASSIFIER,
    }
)
_MAY: dict[Role, frozenset[Verb]] = {
    Role.AGENT: frozenset({Verb.WORK, Verb.SEE_BOARD, Verb.SEE_FIGURES}),
    Role.MANAGER: _LEADING,
    Role.SUPERVISOR: _LEADING | {Verb.SEE_LOOKS, Verb.ERASE},
    Role.ADMINISTRATOR: frozenset(
        {
            Verb.SEE_BOARD,
            Verb.SEE_FIGURES,
            Verb.READ_QUARANTINE,
            Verb.TEND_CLASSIFIER,
            Verb.GUIDE,
            Verb.ADMINISTER,
            Verb.ERASE,
        }
    ),
}

_SEES_EVERY_TEAM = (Role.MANAGER, Role.SUPERVISOR)


def may(user: User, verb: Verb) -> bool:
    """Whether `user` may do `verb` at all; which things, `sees_ticket` says."""
    return user.active and verb in _MAY[Role(user.role)]


def sees_ticket(user: User, ticket: Any) -> ColumnElement[bool]:
    """The condition under which a row of `ticket` is visible to `user`.

    Agents see their teams' tickets, what is theirs, and what still waits for a topic; managers and
    supervisors see every team's. Restricted topics (health, privacy) are for their own team and for
    supervisors. Administrators install and connect; they read no client's matter.
    """
    if not may(user, Verb.WORK):
        return false()
    own_team = ticket.team_id.in_(user.team_ids or [-1])
    everyday = (
        true()
        if Role(user.role) in _SEES_EVERY_TEAM
        else or_(
            own_team, ticket.team_id.is_(None), ticket.assignee_id == user.id, ticket.needs_choice
        )
    )
    if Role(user.role) == Role.SUPERVISOR:
        return everyday
    return and_(everyday, or_(own_team, ~restricted(ticket.topic_id)))


def sees_every_ticket(user: User) -> bool:
    """Whether nothing is hidden from `user`, so that `sees_ticket` need not be asked row by row."""
    return may(user, Verb.WORK) and Role(user.role) == Role.SUPERVISOR


def sees_callback(user: User, callback: Any) -> ColumnElement[bool]:
    """The condition under which a row of `callback` is visible to `user`: as a ticket would be.

    Of one that is about a ticket, the caller asks `sees_ticket` beside it.
    """
    if not may(user, Verb.WORK):
        return false()
    own_team = callback.team_id.in_(user.team_ids or [-1])
    everyday = (
        true()
        if Role(user.role) in _SEES_EVERY_TEAM
        else or_(own_team, callback.team_id.is_(None), callback.owner_id == user.id)
    )
    if Role(user.role) == Role.SUPERVISOR:
        return everyday
    return and_(everyday, or_(own_team, ~restricted(callback.topic_id)))


def reveals_an_hour(user: User) -> int:
    """How many hidden numbers a person may see within an hour; each for a reason."""
    if not may(user, Verb.WORK):
        return 0
    return 30 if Role(user.role) in _SEES_EVERY_TEAM else 10


HEALTH_OPENED = "ticket.health_opened"


def sees_words(user: User, ticket: Any, since: datetime) -> bool:
    """Whether `user`, who may see `ticket`, may read what was said in it, and its files.

    What tells of somebody's health is for the ticket's team, its assignee and supervisors; who
    else has given a reason for a look after `since` (today's beginning) reads it until tomorrow.
    """
    if not ticket.health or _near(user, ticket):
        return True
    looked = _looked(user, since).where(Event.ticket_id == ticket.id)
    return bool(db.session.scalar(select(looked.exists())))


def words_seen(user: User, ticket: Any, since: datetime) -> ColumnElement[bool]:
    """`sees_words` for queries, over the rows of `ticket`."""
    if Role(user.role) == Role.SUPERVISOR:
        return true()
    return or_(
        ~ticket.health,
        ticket.team_id.in_(user.team_ids or [-1]),
        ticket.assignee_id == user.id,
        ticket.id.in_(_looked(user, since)),
    )


def _near(user: User, ticket: Any) -> bool:
    return (
        Role(user.role) == Role.SUPERVISOR
        or ticket.team_id in user.team_ids
        or ticket.assignee_id == user.id
    )


def _looked(user: User, since: datetime) -> Any:
    """The tickets that this person has opened for a reason."""
    return select(Event.ticket_id).where(
        Event.kind == HEALTH_OPENED, Event.actor_id == user.id, Event.at >= since
    )


def reads_for_others(user: User, *, allowed: bool) -> bool:
    """Whether `user` may let the answers of newcomers go: who leads, and whom they allowed."""
    return may(user, Verb.WORK) and (may(user, Verb.GUIDE) or allowed)


def sees_small_counts(user: User, topic: Topic) -> bool:
    """Whether a count of one or two of this topic may be shown: it could point at somebody."""
    return (
        not topic.restricted or Role(user.role) == Role.SUPERVISOR or topic.team_id in user.team_ids
    )


def restricted(topic_id: Any) -> ColumnElement[bool]:
    """Whether a column holds a topic whose contacts are never shown or quoted to everybody."""
    private = select(Topic.id).where(Topic.restricted)
    return and_(topic_id.is_not(None), topic_id.in_(private))


def any_restricted(topic_ids: Collection[str | None]) -> bool:
    """Whether one of these topics is never shown to everybody."""
    private = select(Topic.id).where(Topic.restricted, Topic.id.in_(topic_ids))
    return bool(db.session.scalar(select(private.exists())))


def sees_topic(user: User, topic_id: Any) -> ColumnElement[bool]:
    """Whether `user` may know of something about a column's topic that is on no ticket."""
    if not may(user, Verb.WORK):
        return false()
    if Role(user.role) == Role.SUPERVISOR:
        return true()
    own = select(Topic.id).where(Topic.team_id.in_(user.team_ids or [-1]))
    return or_(topic_id.is_(None), topic_id.in_(own), ~restricted(topic_id))


def speaks_for_programs(user: User) -> bool:
    """Whether other programs may bring us things in the name of `user`."""
    return may(user, Verb.LEAD) or may(user, Verb.ADMINISTER)


def marks_absent(user: User, person: User) -> bool:
    """Whether `user` may say that `person` is not there: oneself, and who leads."""
    return may(user, Verb.WORK) and (user.id == person.id or may(user, Verb.LEAD))


def moves(user: User, person: User, team: Team) -> bool:
    """Whether `user` may let `person` work in `team` for a while.

    Who leads moves others. Into a team with restricted topics, its own members and supervisors
    alone: otherwise a move would be a way to read what is closed to oneself. So it would be to
    move oneself, which only supervisors may.
    """
    if not (may(user, Verb.LEAD) and may(person, Verb.WORK)):
        return False
    if Role(user.role) == Role.SUPERVISOR:
        return True
    private = select(Topic.id).where(Topic.team_id == team.id, Topic.restricted)
    member = team.id in [one.team_id for one in user.memberships]
    return person.id != user.id and (member or not db.session.scalar(select(private.exists())))
