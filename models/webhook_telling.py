"""Of which events other programs are told, and in which words: ids, states and labels.

Nothing of a restricted topic or of somebody's health but the id; never a number of the register,
a name, an address; what was written only to an address that is allowed it.
"""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from models import policy
from models.base import db, now, while_open
from models.call import Call
from models.callback import Callback
from models.callback_states import CallbackState
from models.contact import Contact
from models.event import Event
from models.message import Message
from models.problem import Problem
from models.ticket import Ticket
from models.topic import Topic
from models.webhook import PublicEvent, Webhook
from models.webhook_delivery import WebhookDelivery

TOLD_AS: dict[str, PublicEvent] = {
    "ticket.opened": PublicEvent.TICKET_CREATED,
    **dict.fromkeys(
        (
            "ticket.routed",
            "ticket.handed",
            "ticket.redirected",
            "ticket.changed",
            "ticket.reopened",
            "ticket.client",
            "ticket.urgent",
            "ticket.not_urgent",
            "ticket.urgency_expired",
            "ticket.snoozed",
            "ticket.unsnoozed",
            "ticket.woken",
            "contact.health_lifted",
            "contact.health_marked",
        ),
        PublicEvent.TICKET_UPDATED,
    ),
    "ticket.assigned": PublicEvent.TICKET_ASSIGNED,
    "ticket.released": PublicEvent.TICKET_ASSIGNED,
    "ticket.closed": PublicEvent.TICKET_CLOSED,
    "ticket.merged": PublicEvent.TICKET_MERGED,
    "ticket.unmerged": PublicEvent.TICKET_UNMERGED,
    "ticket.contact_added": PublicEvent.MESSAGE_CREATED,
    "message.sent": PublicEvent.MESSAGE_CREATED,
    "call.missed": PublicEvent.CALL_MISSED,
    "problem.found": PublicEvent.PROBLEM_OPENED,
    "problem.escalated": PublicEvent.PROBLEM_ESCALATED,
    "action.done": PublicEvent.PROBLEM_ACTION_SHIPPED,
    "action.verdict": PublicEvent.PROBLEM_VERIFIED,
}
ALSO = {"ticket.opened": PublicEvent.MESSAGE_CREATED}
"""The first contact of a ticket is a message, too."""
NEWS = timedelta(days=1)
"""What happened longer ago, and is only noted now, is history: nobody is told."""
READING = timedelta(minutes=10)
"""So long a telling waits for the classifier to say what a contact is about."""
_DUE = uuid.UUID("5f0f6f6a-6a0c-4f2e-9d5e-1b6a5c1d7e11")
LONGEST_TEXT = 20_000


def promise(event: Event) -> None:
    """Tell of an event whoever wants to know of it, in the transaction of its reason."""
    kinds = [told[event.kind] for told in (TOLD_AS, ALSO) if event.kind in told]
    at = event.at or now()
    if not kinds or at < now() - NEWS:
        return
    for kind in kinds:
        for webhook_id in _listening().get(kind, []):
            WebhookDelivery.promise(
                webhook_id, kind.value, _about(event), at, ticket_id=event.ticket_id
            )


def promise_due(at: datetime) -> None:
    """Once a minute: the call-backs whose time has come, each once for each time it was given."""
    for webhook_id in _listening().get(PublicEvent.CALLBACK_DUE, []):
        due = db.session.scalars(
            select(Callback).where(
                Callback.due_at <= at,
                Callback.due_at > at - NEWS,
                Callback.closed_at.is_(None),
                Callback.state == CallbackState.OPEN.value,
            )
        ).all()
        names = {_name_of(webhook_id, one): one for one in due}
        known = set(
            db.session.scalars(
                select(WebhookDelivery.uuid).where(WebhookDelivery.uuid.in_(list(names)))
            )
        )
        for name in sorted(names.keys() - known):
            WebhookDelivery.promise(
                webhook_id,
                PublicEvent.CALLBACK_DUE.value,
                {"callback": names[name].id},
                at,
                ticket_id=names[name].ticket_id,
                name=name,
            )


def unready(delivery: WebhookDelivery, at: datetime) -> bool:
    """Whether the classifier has not yet read what this is about: it may be nobody else's."""
    contact_id = delivery.body.get("contact")
    if delivery.written_at is not None or not contact_id or at > delivery.created_at + READING:
        return False
    contact = db.session.get(Contact, contact_id)
    return contact is not None and contact.decision is None


def write(delivery: WebhookDelivery, at: datetime, masked: Callable[[str], str]) -> dict[str, Any]:
    """What is sent: put into words once, and the same on every try.

    `masked` hides the national numbers of a text: an answer of ours may hold one in full.
    """
    if delivery.written_at is None:
        delivery.body = _body(delivery, masked)
        delivery.written_at = at
    return delivery.body


def ping(webhook: Webhook, at: datetime) -> WebhookDelivery:
    """A telling of nothing, to see whether it arrives."""
    return WebhookDelivery.promise(webhook.id, "ping", {"webhook": webhook.name}, at, test=True)


def _listening() -> dict[str, list[int]]:
    """Asked once in a transaction: most events of a busy hour come in batches."""
    kept: dict[str, list[int]] | None = while_open("listening").get("found")
    if kept is None:
        with db.session.no_autoflush:
            kept = Webhook.listening()
        while_open("listening")["found"] = kept
    return dict(kept)


def _about(event: Event) -> dict[str, Any]:
    """The ids from which the words are made when it is told."""
    ids = {
        "ticket": event.ticket_id,
        "contact": event.contact_id,
        "problem": event.problem_id,
        "call": event.facts.get("call"),
        "message": event.facts.get("message"),
        "action": event.facts.get("action"),
        "verdict": event.facts.get("verdict"),
        "other": event.facts.get("number") if "merged" in event.kind else None,
    }
    return {name: value for name, value in ids.items() if value is not None}


def _body(delivery: WebhookDelivery, masked: Callable[[str], str]) -> dict[str, Any]:
    about = delivery.body
    told: dict[str, Any] = {
        "event": delivery.event,
        "delivery": delivery.uuid,
        "at": delivery.created_at.isoformat(),
    }
    if delivery.test:
        return {**told, "webhook": about["webhook"]}
    ticket = Ticket.named(about.get("ticket"))
    problem = db.session.get(Problem, about["problem"]) if "problem" in about else None
    callback = db.session.get(Callback, about["callback"]) if "callback" in about else None
    owed_for = Ticket.named(callback.ticket_id) if callback is not None else None
    topics = [one.topic_id for one in (ticket, problem, callback, owed_for) if one is not None]
    if any(one.health for one in (ticket, owed_for) if one is not None) or policy.any_restricted(
        topics
    ):
        ids = {name: {"id": about[name]} for name in about.keys() & _RESTRICTED_IDS}
        return {**told, "restricted": True, **ids}
    if ticket is not None:
        told["ticket"] = _ticket(ticket)
        if "other" in about:
            told["other_ticket"] = {"number": about["other"]}
    if problem is not None:
        told["problem"] = _problem(problem, about)
    if callback is not None:
        told["callback"] = _callback(callback)
    for name, words in _PARTS.items():
        if name in about:
            told.update(words(about[name], masked if delivery.webhook.with_text else None))
    return told


Masked = Callable[[str], str] | None
"""How a text is told; None: not at all."""
_RESTRICTED_IDS = {"ticket", "contact", "message", "problem", "callback", "call"}


def _ticket(ticket: Ticket) -> dict[str, Any]:
    topic = Topic.named(ticket.topic_id)
    return {
        "id": ticket.id,
        "number": ticket.number,
        "version": ticket.version,
        "status": ticket.status,
        "channel": ticket.channel,
        "language": ticket.language,
        "topic": ticket.topic_id,
        "topic_names": dict(topic.names) if topic else None,
        "subtopic": ticket.subtopic_id,
        "intent": ticket.intent_id,
        "team": ticket.team.slug if ticket.team else None,
        "assignee_id": ticket.assignee_id,
        "urgent": ticket.urgent,
        "disposition": ticket.disposition,
        "merged_into_id": ticket.merged_into_id,
        "contacts": ticket.contacts_count,
        "opened_at": _moment(ticket.opened_at),
        "due_at": _moment(ticket.due_at),
        "closed_at": _moment(ticket.closed_at),
    }


def _problem(problem: Problem, about: dict[str, Any]) -> dict[str, Any]:
    told = {
        "id": problem.id,
        "number": problem.number,
        "state": problem.state,
        "topic": problem.topic_id,
        "thing": problem.thing,
        "symptom": problem.symptom,
    }
    return told | {
        name: about[key]
        for name, key in (("action_id", "action"), ("verdict", "verdict"))
        if key in about
    }


def _callback(callback: Callback) -> dict[str, Any]:
    return {
        "id": callback.id,
        "reason": callback.reason,
        "state": callback.state,
        "language": callback.language,
        "topic": callback.topic_id,
        "due_at": _moment(callback.due_at),
    }


def _contact(contact_id: int, masked: Masked) -> dict[str, Any]:
    contact = db.session.get(Contact, contact_id)
    if contact is None:
        return {}
    told = {
        "id": contact.id,
        "direction": "in",
        "channel": contact.channel,
        "language": contact.language,
        "said_at": _moment(contact.said_at),
        "files": len(contact.attachments),
    }
    readable = not contact.health and contact.decision is not None
    return {"message": told | (_text(contact.new_text, masked) if readable else {})}


def _message(message_id: int, masked: Masked) -> dict[str, Any]:
    message = db.session.get(Message, message_id)
    if message is None:
        return {}
    told = {
        "id": message.id,
        "direction": "out",
        "kind": message.kind,
        "channel": "email",
        "language": message.language,
        "sent_at": _moment(message.sent_at),
        "files": len(message.files),
    }
    return {"message": told | _text(message.text, masked)}


def _text(words: str, masked: Masked) -> dict[str, Any]:
    return {"text": masked(words)[:LONGEST_TEXT]} if masked is not None else {}


def _call(call_id: int, _masked: Masked) -> dict[str, Any]:
    call = db.session.get(Call, call_id)
    if call is None:
        return {}
    began, ended = _moment(call.initialised_at), _moment(call.ended_at)
    return {"call": {"id": call.id, "began_at": began, "ended_at": ended}}


_PARTS: dict[str, Callable[[int, Masked], dict[str, Any]]] = {
    "contact": _contact,
    "message": _message,
    "call": _call,
}


def _name_of(webhook_id: int, callback: Callback) -> str:
    moment = callback.due_at.timestamp()
    return str(uuid.uuid5(_DUE, f"{webhook_id} {callback.id} {moment}"))


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
