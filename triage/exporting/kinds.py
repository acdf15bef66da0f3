"""Every list that can be taken along: what it is called, for whom, and what stands in its columns.

A list joins by one `Kind`; what somebody may not see is left out by the list's own query. Lists
whose filter needs an activity are offered by that one (`triage/searching/exports.py` and others).
"""

from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import Row, Select

from models import calendar, data_export_house
from models import data_export_rows as rows_of
from models.action import Action
from models.message import Message, Sending
from models.people_list import PeopleFilter
from models.policy import Verb
from models.problem import Problem, ProblemState
from models.ticket_list import TicketFilter, messages_visible_to
from models.user import User
from triage import person_copy
from triage.display import title
from triage.effect_words import verdict_words
from triage.exporting import calls, recipients
from triage.exporting.table import (
    Asked,
    Column,
    Kind,
    Words,
    guarded,
    hashed,
    intent,
    labelled,
    marked,
    number,
    plain,
    team,
    topic,
)

# --- which rows -----------------------------------------------------------------------------


def tickets(asked: Asked, user: User, at: datetime) -> Select[Any]:
    return rows_of.of_tickets(TicketFilter.read(asked).tickets(user, at), user, at)


def problems(asked: Asked, user: User, at: datetime) -> Select[Any]:
    known = {state.value for state in ProblemState}
    return data_export_house.of_problems(
        user, tuple(one for one in asked.getlist("state") if one in known)
    )


def actions(asked: Asked, user: User, at: datetime) -> Select[Any]:
    return data_export_house.of_actions()


def clients(asked: Asked, user: User, at: datetime) -> Select[Any]:
    return rows_of.of_clients(user)


def messages(asked: Asked, user: User, at: datetime) -> Select[Any]:
    state = asked.get("state", "")
    chosen = messages_visible_to(user)
    if state in list(Sending):
        chosen = chosen.where(Message.state == state)
    return rows_of.of_messages(chosen, user, at)


def audit(asked: Asked, user: User, at: datetime) -> Select[Any]:
    since, until = (moment(asked.get(name, "")) for name in ("since", "until"))
    actor = asked.get("actor", "")
    return data_export_house.of_audit(
        since, until, asked.get("action", "")[:80], number(actor) if actor else None
    )


def people(asked: Asked, user: User, at: datetime) -> Select[Any]:
    return PeopleFilter.read(asked).rows()


def moment(written: str) -> datetime | None:
    return calendar.start_of(date.fromisoformat(written)) if written else None


# --- which columns --------------------------------------------------------------------------

TICKET_COLUMNS = (
    Column(_("Ticket"), hashed()),
    Column(_("Subject"), guarded("subject")),
    Column(_("First line"), guarded("preview")),
    Column(_("Client"), plain("client")),
    Column(_("Channel"), labelled("channel", "channel")),
    Column(_("Language"), plain("language")),
    Column(_("Topic"), topic()),
    Column(_("Subtopic"), topic("subtopic")),
    Column(_("Intent"), intent()),
    Column(_("Team"), team()),
    Column(_("Assigned to"), plain("assignee")),
    Column(_("State"), labelled("status", "status")),
    Column(_("Urgent"), marked("urgent")),
    Column(_("Keeps happening"), marked("flagged")),
    Column(_("Contacts"), plain("contacts")),
    Column(_("Opened"), plain("opened_at"), moment=True),
    Column(_("Last contact"), plain("last_contact_at"), moment=True),
    Column(_("Promised for"), plain("due_at"), moment=True),
    Column(_("First answer"), plain("first_answer_at"), moment=True),
    Column(_("Closed"), plain("closed_at"), moment=True),
    Column(_("Disposition"), labelled("disposition", "disposition")),
    Column(_("Client’s deadline"), plain("deadline_on")),
)
CONTACT_COLUMNS = (
    Column(_("Time"), plain("said_at"), moment=True),
    Column(_("Channel"), labelled("channel", "channel")),
    Column(_("Language"), plain("language")),
    Column(_("Client"), plain("client")),
    Column(_("Ticket"), hashed()),
    Column(_("Topic"), topic()),
    Column(_("Subtopic"), topic("subtopic")),
    Column(_("Intent"), intent()),
    Column(_("Subject"), guarded("subject")),
    Column(_("Text"), guarded("text")),
    Column(_("Came back"), marked("repeated")),
    Column(_("Routed"), labelled("decision", "decision")),
)


def _title(row: Row[Any], words: Words) -> str:
    return title(
        Problem(
            number=row.number,
            titles=row.titles or {},
            thing=row.thing,
            symptom=row.symptom,
            stage=row.stage,
            topic_id=row.topic,
        )
    )


def _action_state(row: Row[Any], words: Words) -> str:
    names = ("cancelled_at", "verdict", "effective_at", "blocked_at")
    action = Action(**{name: getattr(row, name) for name in names})
    return words.label("action_state", action.state.value)


PROBLEM_COLUMNS = (
    Column(_("Number"), hashed()),
    Column(_("Problem"), _title),
    Column(_("Topic"), topic()),
    Column(_("State"), labelled("problem_state", "state")),
    Column(_("Owner"), plain("owner")),
    Column(_("Due"), plain("due_on")),
    Column(_("First seen"), plain("first_seen_at"), moment=True),
    Column(_("Last seen"), plain("last_seen_at"), moment=True),
    Column(_("Contacts"), plain("contacts")),
    Column(_("Clients"), plain("clients")),
)
ACTION_COLUMNS = (
    Column(_("Problem"), hashed()),
    Column(_("Title"), _title),
    Column(_("Action"), labelled("action_kind", "kind")),
    Column(_("What"), plain("what")),
    Column(_("Owner"), plain("owner")),
    Column(_("State"), _action_state),
    Column(_("Due"), plain("due_on")),
    Column(_("Decided"), plain("decided_at"), moment=True),
    Column(_("Works since"), plain("effective_at"), moment=True),
    Column(_("Done"), plain("done_at"), moment=True),
    Column(_("Effect"), lambda row, words: str(verdict_words(row.verdict)) if row.verdict else ""),
    Column(_("Measured"), plain("verdict_at"), moment=True),
)
CLIENT_COLUMNS = (
    Column(_("Number"), plain("client_id")),
    Column(_("Name"), plain("client")),
    Column(_("Language"), plain("language")),
    Column(_("Spoken language"), plain("spoken")),
    Column(_("Writes for others"), marked("representative")),
    Column(_("E-mail addresses"), plain("addresses")),
    Column(_("Telephone numbers"), plain("phones")),
    Column(_("Enterprise numbers"), plain("enterprises")),
    Column(_("Known since"), plain("created_at"), moment=True),
)
MESSAGE_COLUMNS = (
    Column(_("Written"), plain("written_at"), moment=True),
    Column(_("Kind"), labelled("message_kind", "kind")),
    Column(_("Ticket"), hashed()),
    Column(_("To"), plain("recipient")),
    Column(_("Subject"), guarded("subject")),
    Column(_("Language"), plain("language")),
    Column(_("Author"), plain("writer")),
    Column(_("State"), labelled("sending", "state")),
    Column(_("Sent"), plain("sent_at"), moment=True),
    Column(_("Error"), plain("error")),
)
AUDIT_COLUMNS = (
    Column(_("Number"), plain("seq")),
    Column(_("Time"), plain("at"), moment=True),
    Column(_("Person"), plain("login")),
    Column(_("Deed"), plain("action")),
    Column(_("Thing"), lambda row, words: _facts(row.thing)),
    Column(_("Facts"), lambda row, words: _facts(row.facts)),
)

PEOPLE_COLUMNS = (
    Column(_("Login"), plain("login")),
    Column(_("Name"), plain("name")),
    Column(_("E-mail address"), plain("email")),
    Column(_("Role"), labelled("role", "role")),
    Column(_("Teams"), plain("teams")),
    Column(_("Languages"), lambda row, words: " ".join(dict.fromkeys(row.languages.split()))),
    Column(_("Disabled"), plain("disabled_at"), moment=True),
)
"""By these headings and words the file can be brought along again."""


def _facts(facts: dict[str, Any]) -> str:
    return "; ".join(f"{name}={value}" for name, value in (facts or {}).items())


KINDS = (
    Kind("person", _("One person"), Verb.ERASE, write=person_copy.write),
    Kind("tickets", _("Tickets"), Verb.WORK, tickets, TICKET_COLUMNS, home="desk.index"),
    Kind(
        "problems",
        _("Problems"),
        Verb.SEE_BOARD,
        problems,
        PROBLEM_COLUMNS,
        home="screening.board",
    ),
    Kind("actions", _("Actions"), Verb.SEE_BOARD, actions, ACTION_COLUMNS),
    Kind("clients", _("Clients"), Verb.LEAD, clients, CLIENT_COLUMNS),
    Kind(
        "messages", _("Outgoing mail"), Verb.WORK, messages, MESSAGE_COLUMNS, home="desk.outgoing"
    ),
    Kind("audit", _("Audit log"), Verb.ADMINISTER, audit, AUDIT_COLUMNS),
    *calls.KINDS,
    *recipients.KINDS,
    Kind("people", _("People"), Verb.ADMINISTER, people, PEOPLE_COLUMNS, home="admin.people.index"),
)
"""`clients` is for who leads: a list of everybody is more than any single question needs."""
