"""Clients whom we seem to have let down: proposed for a call every night, for people to judge.

The rule: so many contacts in so many days, at least one of which sounded dissatisfied enough. One
proposal per client, then a pause; what somebody dismissed is not proposed again for that matter.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from models import policy, urgency
from models.base import db
from models.callback import Callback, CallbackReason
from models.callback_rules import rules
from models.client import Client, ClientNumber
from models.contact import Contact
from models.ticket import Status, Ticket

MOST_IN_A_NIGHT = 200
"""Nobody could call more; who came most often is proposed first."""


def propose(at: datetime) -> int:
    """Propose whom the rule finds; returns how many. A second time in a night finds nobody."""
    if not urgency.listened_to():
        return 0
    standing = rules()
    rows = db.session.execute(_let_down(standing, at)).all()
    for row in rows:
        last = db.session.get(Contact, row.last_id)
        client = db.session.get(Client, row.client_id)
        assert last is not None and client is not None
        Callback.ask(
            client=client,
            reason=CallbackReason.DISSATISFIED,
            at=at,
            ticket=Ticket.named(last.ticket_id),
            contact=last,
            topic_id=last.topic_id,
            language=last.language,
            proposed=True,
            reasons=reasons_for(row, standing),
        )
    return len(rows)


def reasons_for(row: Any, standing: dict[str, int]) -> list[dict[str, Any]]:
    """The facts, as they are shown: how often, how often anew, and when it sounded angriest."""
    facts: list[dict[str, Any]] = [
        {"kind": "contacts", "times": row.contacts, "days": standing["dissatisfied_days"]}
    ]
    if row.repeated:
        facts.append({"kind": "repeated", "times": row.repeated})
    facts.append({"kind": "dissatisfied", "at": row.angriest_at.isoformat()})
    return facts


def _let_down(standing: dict[str, int], at: datetime) -> Select[Any]:
    since = at - timedelta(days=standing["dissatisfied_days"])
    pause = at - timedelta(days=standing["dissatisfied_pause_days"])
    known_before = (
        select(Callback.id)
        .where(
            Callback.client_id == Contact.client_id,
            or_(
                Callback.closed_at.is_(None),
                Callback.created_at > pause,
                # the matter that somebody has judged already
                Callback.ticket_id == Contact.ticket_id,
            ),
            or_(Callback.reason == CallbackReason.DISSATISFIED.value, Callback.closed_at.is_(None)),
        )
        .exists()
    )
    order = aggregate_order_by(Contact.id, Contact.said_at.desc(), Contact.id.desc())
    angry = aggregate_order_by(Contact.said_at, Contact.dissatisfied.desc(), Contact.id.desc())
    reachable = select(ClientNumber.id).where(ClientNumber.client_id == Contact.client_id).exists()
    return (
        select(
            Contact.client_id,
            func.count().label("contacts"),
            func.count().filter(Contact.repeated).label("repeated"),
            func.array_agg(order)[1].label("last_id"),
            func.array_agg(angry)[1].label("angriest_at"),
        )
        .join(Client, Client.id == Contact.client_id)
        .join(Ticket, Ticket.id == Contact.ticket_id)
        .where(
            Contact.said_at >= since,
            Contact.said_at <= at,
            Contact.by_people(),
            ~Contact.collected,
            ~Client.representative,
            Client.merged_into_id.is_(None),
            Ticket.status != Status.CLOSED.value,
            ~policy.restricted(Contact.topic_id),
            reachable,
            ~known_before,
        )
        .group_by(Contact.client_id)
        .having(
            func.count() >= standing["dissatisfied_contacts"],
            func.max(Contact.dissatisfied) >= standing["dissatisfied_score"] / 100,
        )
        .order_by(func.count().desc(), Contact.client_id)
        .limit(MOST_IN_A_NIGHT)
    )
