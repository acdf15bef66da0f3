"""The call log: who called whom, how long it rang and was spoken, and what became of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.base import db, db_safe, now
from models.calendar import BRUSSELS, business_day
from models.call import Call
from models.call_log import VIEWS, CallChoice
from models.client import Client, Level
from models.contact import Contact
from models.event import record
from models.policy import Verb
from models.ticket import Ticket
from models.user import User
from triage.accounts import demand, streamed
from triage.call_list import choice, inside, outside, state_words
from triage.display import label
from triage.spreadsheet import line as row

pages = Blueprint("call_log", __name__, url_prefix="/calls/log")

SIZE = 50
BATCH = 500


@dataclass(frozen=True)
class Line:
    """One call as the log tells it."""

    call: Call
    clients: list[Client]
    known: bool
    """Whether the first client has said that the number is his."""
    rung: list[str]
    ticket: Ticket | None
    noted: bool


@dataclass(frozen=True)
class Page:
    """Some lines, and whether older ones follow."""

    lines: list[Line]
    number: int
    more: bool


@pages.get("/")
def index() -> ResponseReturnValue:
    user = demand(Verb.WORK)
    chosen = choice(request.args)
    number = max(1, min(request.args.get("page", 1, type=int), 100_000))
    rows = chosen.calls(user).offset((number - 1) * SIZE).limit(SIZE + 1)
    found = list(db.session.scalars(rows).unique())
    return render_template(
        "calls/log.html",
        page=Page(lines_of(found[:SIZE], user), number, len(found) > SIZE),
        chosen=chosen,
        query=query(),
        views=VIEWS,
        people=db.session.scalars(User.everybody()).all(),
        outside=outside,
        inside=inside,
        spent=spent,
        state_words=state_words,
    )


@pages.get("/calls.csv")
def download() -> ResponseReturnValue:
    """What the page shows, all of it, as a table that no spreadsheet takes for formulas."""
    user = demand(Verb.WORK)
    chosen = choice(request.args)
    record("call_log.exported", by=user, asked=query())
    name = f"calls-{business_day(now())}.csv"
    answer = Response(
        stream_with_context(streamed(as_csv(chosen, user), user)),
        content_type="text/csv; charset=utf-8",
    )
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


# --- what was asked for ---------------------------------------------------------------------


def query() -> dict[str, str]:
    """What was asked for, as it stands in an address."""
    names = ("view", "direction", "day", "agent", "number")
    return {name: value for name in names if (value := db_safe(request.args.get(name, ""))[:60])}


# --- what is shown --------------------------------------------------------------------------


def lines_of(calls: list[Call], user: User) -> list[Line]:
    """The calls with who is behind them and what became of them, in a handful of queries."""
    numbers = {call.caller_e164 for call in calls if call.caller_e164}
    clients = Client.by_numbers(list(numbers))
    notes = {one.id: one for one in Contact.several([c.contact_id for c in calls if c.contact_id])}
    tickets = Ticket.seen_of(user, [note.ticket_id for note in notes.values()])
    rung = {person_id for call in calls for person_id in call.rung}
    people = {one.id: one.name for one in db.session.scalars(User.everyone()) if one.id in rung}
    return [
        Line(
            call=call,
            clients=behind,
            known=bool(behind) and is_known(behind[0], call.caller_e164),
            rung=[people[one] for one in call.rung if one in people],
            ticket=tickets.get(note.ticket_id or 0) if note else None,
            noted=note is not None,
        )
        for call in calls
        for behind in [clients.get(call.caller_e164 or "", [])]
        for note in [notes.get(call.contact_id or 0)]
    ]


def is_known(client: Client, number: str | None) -> bool:
    return any(one.e164 == number and one.level == Level.KNOWN for one in client.numbers)


def as_csv(chosen: CallChoice, user: User) -> Iterator[str]:
    """Rows as the screen shows them, made a batch at a time."""
    yield "\ufeff" + row(headings())
    last: Call | None = None
    while True:
        calls = list(db.session.scalars(chosen.calls(user, last).limit(BATCH)).unique())
        yield "".join(row(cells(line, BRUSSELS)) for line in lines_of(calls, user))
        if len(calls) < BATCH:
            return
        last = calls[-1]


def headings() -> list[str]:
    return [
        _("Time (Europe/Brussels)"),
        _("Direction"),
        _("Number"),
        _("Client"),
        _("Called"),
        _("Queue"),
        _("Waited (s)"),
        _("Talked (s)"),
        _("State"),
        _("Agent"),
        _("Ticket"),
        _("Voicemail"),
    ]


def cells(line: Line, zone: ZoneInfo) -> list[Any]:
    call = line.call
    return [
        f"{call.initialised_at.astimezone(zone):%Y-%m-%d %H:%M}",
        label("call_direction", call.direction),
        call.caller_e164 or outside(call),
        line.clients[0].called if line.clients else "",
        inside(call),
        call.queue,
        seconds(call.waited),
        seconds(call.talked),
        state_words(call),
        call.user.name if call.user else "",
        f"#{line.ticket.number}" if line.ticket else "",
        _("yes") if call.voicemail else "",
    ]


def seconds(spent: timedelta | None) -> int | str:
    return int(spent.total_seconds()) if spent is not None else ""


def spent(time: timedelta | None) -> str:
    """Minutes and seconds."""
    if time is None:
        return ""
    minutes, rest = divmod(int(time.total_seconds()), 60)
    return f"{minutes}:{rest:02}"
