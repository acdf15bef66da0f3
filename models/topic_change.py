"""Changes of the list of topics that reach further than its names, each taken back by one key.

History keeps the id under which it was counted: nothing here touches contacts or figures.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import InstrumentedAttribute

from models.base import db
from models.bulk_change import BulkChange
from models.event import Event, record
from models.info_page import InfoPage
from models.macro import Macro
from models.measure import Measure
from models.reply_template import ReplyTemplate
from models.saved_view import SavedView
from models.team import Membership, Team
from models.ticket import Ticket
from models.topic import Topic
from models.topic_touch import open_tickets_of, view_names
from models.user import User
from models.web_form import WebForm

TAXONOMY = "taxonomy"
"""The kind of such a change."""
UNDONE_WITHIN = timedelta(minutes=10)
_HANGING: Mapping[str, InstrumentedAttribute[Any]] = {
    "measure": Measure.topic_id,
    "reply_template": ReplyTemplate.topic_id,
    "macro": Macro.topic_id,
    "web_form": WebForm.topic_id,
    "info_page": InfoPage.topic_id,
}
"""What belongs to a topic and goes along when it becomes part of another."""


def change(
    topic: Topic,
    names: dict[str, str],
    *,
    by: User,
    at: datetime,
    team: Team | None = None,
    restricted: bool = False,
    answer_days: int = 0,
    with_tickets: bool = False,
) -> BulkChange:
    """Other names; on the first level other rules too, and its open tickets where wanted."""
    was = _rules(topic)
    parts = {
        part.id: [part.restricted, part.answer_days]
        for part in db.session.scalars(Topic.below(topic.id))
    }
    before: dict[str, Any] = {"topic": was, "parts": parts, "tickets": {}}
    if topic.parent_id is None and team is not None:
        if with_tickets and team.id != topic.team_id:
            own = open_tickets_of(topic) & (Ticket.team_id == topic.team_id)
            before["tickets"] = _move(own, {"team_id": team.id, "assignee_id": None}, by, at)
        topic.give_rules(team, restricted, answer_days)
    topic.names = names
    db.session.flush()
    record("topic.changed", by=by, topic=topic.id, before=was, after=_rules(topic))
    return _keep("change", topic, before, by, at)


def retire(topic: Topic, *, by: User, at: datetime) -> BulkChange:
    """No longer offered nor learned; what is filed under it keeps it."""
    parts = list(db.session.scalars(Topic.below(topic.id)))
    for one in (topic, *parts):
        one.active = False
    record("topic.retired", by=by, topic=topic.id)
    return _keep("retire", topic, {"parts": [part.id for part in parts]}, by, at)


def add_part(topic: Topic, slug: str, names: dict[str, str], *, by: User, at: datetime) -> Topic:
    """A new part, the last of its topic; raises ValueError where one of this id stands."""
    part_id = f"{topic.id}/{slug}"
    if Topic.named(part_id) is not None:
        raise ValueError("there is such a part")
    below = list(db.session.scalars(Topic.below(topic.id)))
    part = Topic(
        id=part_id,
        parent_id=topic.id,
        names=names,
        team_id=below[0].team_id if below else None,
        restricted=topic.restricted,
        answer_days=topic.answer_days,
        position=max((one.position for one in below), default=topic.position) + 1,
    )
    db.session.add(part)
    db.session.flush()
    record("topic.part_added", by=by, topic=part_id, names=names)
    return part


def merge(topic: Topic, into: Topic, *, by: User, at: datetime) -> BulkChange:
    """`topic` becomes part of `into`: what is open goes there, what was counted stays.

    Raises ValueError for a topic and itself, and for two of different levels or secrecy.
    """
    same_kind = topic.parent_id is None and into.parent_id is None and into.active
    if topic.id == into.id or not same_kind or topic.restricted != into.restricted:
        raise ValueError("two topics of the first level that the same people may see")
    old = [topic.id, *db.session.scalars(select(Topic.id).where(Topic.parent_id == topic.id))]
    values: dict[str, Any] = {"topic_id": into.id, "subtopic_id": None}
    tickets: dict[str, Any] = {}
    if topic.team_id != into.team_id:
        theirs = open_tickets_of(topic) & (Ticket.team_id == topic.team_id)
        tickets = _move(theirs, {**values, "team_id": into.team_id, "assignee_id": None}, by, at)
    tickets |= _move(open_tickets_of(topic), values, by, at)
    before: dict[str, Any] = {
        "tickets": tickets,
        "hanging": {name: _hang(column, old, into.id) for name, column in _HANGING.items()},
        "skills": _skills(old, into.id),
        "views": _views(old, into.id),
        "parts": [part.id for part in db.session.scalars(Topic.below(topic.id))],
    }
    for one in (topic, *db.session.scalars(Topic.below(topic.id))):
        one.active = False
    record("topic.merged", by=by, topic=topic.id, into=into.id, tickets=len(tickets))
    return _keep("merge", topic, before, by, at)


def of(user: User, change_id: int, at: datetime) -> BulkChange | None:
    """One's own change while it can be taken back."""
    return db.session.scalar(
        select(BulkChange).where(
            BulkChange.id == change_id,
            BulkChange.by_id == user.id,
            BulkChange.kind == TAXONOMY,
            BulkChange.undone_at.is_(None),
            BulkChange.at > at - UNDONE_WITHIN,
        )
    )


def undo(done: BulkChange, *, by: User, at: datetime) -> None:
    """As it stood; a ticket that somebody has gone on with stays where it is."""
    topic = db.session.get_one(Topic, done.change["topic"])
    before = done.before
    if done.change["do"] == "change":
        was = before["topic"]
        topic.names, topic.team_id = was["names"], was["team"]
        topic.restricted, topic.answer_days = was["restricted"], was["answer_days"]
        for part_id, (restricted, days) in before["parts"].items():
            part = db.session.get_one(Topic, part_id)
            part.restricted, part.answer_days = restricted, days
    else:
        for topic_id in (topic.id, *before["parts"]):
            db.session.get_one(Topic, topic_id).active = True
    _put_back_tickets(before.get("tickets", {}), by, at)
    for name, rows in before.get("hanging", {}).items():
        _put_back(_HANGING[name], rows)
    for user_id, team_id, topics in before.get("skills", []):
        row = db.session.get_one(Membership, (user_id, team_id))
        row.topics = topics
    for view_id, query in before.get("views", []):
        db.session.get_one(SavedView, view_id).query = query
    done.undone_at = at
    record("topic.change_undone", by=by, topic=topic.id, did=done.change["do"], change=done.id)


# --- tickets --------------------------------------------------------------------------------


def _move(which: Any, values: dict[str, Any], by: User, at: datetime) -> dict[str, Any]:
    """Set `values` on these tickets in one go; what stood, by ticket id."""
    rows = db.session.execute(
        select(
            Ticket.id,
            Ticket.version,
            Ticket.topic_id,
            Ticket.subtopic_id,
            Ticket.team_id,
            Ticket.assignee_id,
        )
        .where(which)
        .with_for_update(of=Ticket)
    ).all()
    if rows:
        ids = [row.id for row in rows]
        db.session.execute(
            update(Ticket)
            .where(Ticket.id.in_(ids))
            .values(**values, version=Ticket.version + 1)
            .execution_options(synchronize_session=False)
        )
        _tell("ticket.topic_moved", ids, by, at)
        db.session.expire_all()
    return {
        str(row.id): {
            "version": row.version + 1,
            "topic_id": row.topic_id,
            "subtopic_id": row.subtopic_id,
            "team_id": row.team_id,
            "assignee_id": row.assignee_id,
        }
        for row in rows
    }


def _put_back_tickets(tickets: dict[str, Any], by: User, at: datetime) -> None:
    found = db.session.scalars(
        select(Ticket)
        .where(Ticket.id.in_([int(one) for one in tickets]))
        .with_for_update(of=Ticket)
    ).all()
    back = []
    for ticket in found:
        was = tickets[str(ticket.id)]
        if ticket.version != was["version"]:
            continue
        ticket.topic_id, ticket.subtopic_id = was["topic_id"], was["subtopic_id"]
        ticket.team_id, ticket.assignee_id = was["team_id"], was["assignee_id"]
        back.append(ticket.id)
    db.session.flush()
    _tell("ticket.topic_moved_back", back, by, at)


def _tell(kind: str, ids: Iterable[int], by: User, at: datetime) -> None:
    """One event a ticket; the audit chain has the one deed that moved them all."""
    rows = [
        {"kind": kind, "actor_id": by.id, "ticket_id": one, "at": at, "facts": {}} for one in ids
    ]
    if rows:
        db.session.execute(insert(Event), rows)


# --- what hangs on it -----------------------------------------------------------------------


def _hang(column: InstrumentedAttribute[Any], old: list[str], new: str) -> list[list[Any]]:
    """Let rows that name an old topic name the new one; [id, what it named] of each."""
    model = column.class_
    rows = db.session.execute(select(model.id, column).where(column.in_(old))).all()
    ids = [row[0] for row in rows]
    if ids:
        db.session.execute(update(model).where(model.id.in_(ids)).values({column.key: new}))
    return [[row[0], row[1]] for row in rows]


def _put_back(column: InstrumentedAttribute[Any], rows: list[list[Any]]) -> None:
    model = column.class_
    for row_id, topic_id in rows:
        db.session.execute(update(model).where(model.id == row_id).values({column.key: topic_id}))


def _skills(old: list[str], new: str) -> list[list[Any]]:
    """Who took an old topic takes the new one."""
    rows = db.session.scalars(select(Membership).where(Membership.topics.overlap(old))).all()
    before = [[row.user_id, row.team_id, list(row.topics)] for row in rows]
    for row in rows:
        row.topics = _renamed(row.topics, old, new)
    return before


def _views(old: list[str], new: str) -> list[list[Any]]:
    """A saved view that asked for an old topic asks for the new one."""
    rows = db.session.scalars(select(SavedView).where(view_names(old))).all()
    before = [[row.id, dict(row.query)] for row in rows]
    for row in rows:
        asked = row.query["topic"]
        topics = [asked] if isinstance(asked, str) else asked
        row.query = {**row.query, "topic": _renamed(topics, old, new)}
    return before


def _renamed(topics: list[str], old: list[str], new: str) -> list[str]:
    return list(dict.fromkeys(new if one in old else one for one in topics))


def _rules(topic: Topic) -> dict[str, Any]:
    return {
        "names": dict(topic.names),
        "team": topic.team_id,
        "restricted": topic.restricted,
        "answer_days": topic.answer_days,
    }


def _keep(do: str, topic: Topic, before: dict[str, Any], by: User, at: datetime) -> BulkChange:
    made = BulkChange(
        kind=TAXONOMY, by_id=by.id, at=at, change={"do": do, "topic": topic.id}, before=before
    )
    db.session.add(made)
    db.session.flush()
    return made
