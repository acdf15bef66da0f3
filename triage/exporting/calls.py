"""Calls and call-backs as files, with exactly the filter of their lists; no page is needed."""

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import Row, Select

from models import data_export_calls as rows_of
from models.call import Call
from models.policy import Verb
from models.user import User
from triage import call_list
from triage.exporting.table import (
    Asked,
    Column,
    Kind,
    Words,
    hashed,
    labelled,
    marked,
    plain,
    team,
    topic,
)


def calls(asked: Asked, user: User, at: datetime) -> Select[Any]:
    return rows_of.of_calls(call_list.choice(asked).calls(user), user)


def call_backs(asked: Asked, user: User, at: datetime) -> Select[Any]:
    return rows_of.of_callbacks(call_list.wanted_callbacks(asked).callbacks(user, at))


def _call(row: Row[Any]) -> Call:
    """The same call as the log shows it; never added to anything."""
    names = ("direction", "state", "cause", "answered_at", "ended_at", "voicemail")
    return Call(
        **{name: getattr(row, name) for name in (*names, "caller", "called")},
        caller_e164=row.caller_e164,
    )


def _outside(row: Row[Any], words: Words) -> str:
    return row.caller_e164 or call_list.outside(_call(row))


def _inside(row: Row[Any], words: Words) -> str:
    return call_list.inside(_call(row))


def _call_state(row: Row[Any], words: Words) -> str:
    return str(call_list.state_words(_call(row)))


CALL_COLUMNS = (
    Column(_("Time"), plain("initialised_at"), moment=True),
    Column(_("Direction"), labelled("call_direction", "direction")),
    Column(_("Number"), _outside),
    Column(_("Client"), plain("client")),
    Column(_("Called"), _inside),
    Column(_("Queue"), plain("queue")),
    Column(_("Waited (s)"), plain("waited")),
    Column(_("Talked (s)"), plain("talked")),
    Column(_("State"), _call_state),
    Column(_("Agent"), plain("agent")),
    Column(_("Ticket"), hashed()),
    Column(_("Voicemail"), marked("voicemail")),
)
CALLBACK_COLUMNS = (
    Column(_("Client"), plain("client")),
    Column(_("Number"), plain("phone")),
    Column(_("Language"), plain("language")),
    Column(_("Topic"), topic()),
    Column(_("Reason"), labelled("callback_reason", "reason")),
    Column(_("Priority"), plain("priority")),
    Column(_("Asked"), plain("asked")),
    Column(_("Attempts"), plain("tries")),
    Column(_("Due"), plain("due_at"), moment=True),
    Column(_("Not before"), plain("window_from"), moment=True),
    Column(_("Not after"), plain("window_to"), moment=True),
    Column(_("State"), labelled("callback_state", "state")),
    Column(_("Owner"), plain("owner")),
    Column(_("Team"), team()),
    Column(_("Ticket"), hashed()),
    Column(_("Opened"), plain("created_at"), moment=True),
    Column(_("Closed"), plain("closed_at"), moment=True),
    Column(_("Outcome"), labelled("callback_outcome", "outcome")),
)

KINDS = (
    Kind("calls", _("Calls"), Verb.WORK, calls, CALL_COLUMNS, home="call_log.index"),
    Kind(
        "call-backs",
        _("Call-backs"),
        Verb.WORK,
        call_backs,
        CALLBACK_COLUMNS,
        home="calls.callbacks",
    ),
)
