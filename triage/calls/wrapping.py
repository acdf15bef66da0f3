"""The work after a call: its clock, and what an agent still has to finish."""

from dataclasses import dataclass
from datetime import datetime

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from models import ringing
from models.base import db, now
from models.call import Call, CallState
from models.call_draft import CallDraft
from models.call_log import open_to
from models.client import Client
from models.policy import Verb
from models.user import User
from models.wrap_up import WrapUp
from triage.accounts import demand
from triage.calls.pages import pages

MOST = 30


@pages.get("/pop")
def pop() -> ResponseReturnValue:
    """What concerns me now, as a part of every page: what rings, what I speak, what I wrap up."""
    user, at = demand(Verb.WORK), now()
    return render_template("calls/_pop.html", rung=rung_for(user, at), at=at)


@pages.post("/wrap-up/<int:wrap_up_id>/extension")
def extend(wrap_up_id: int) -> ResponseReturnValue:
    """As much time again, once."""
    user, at = demand(Verb.WORK), now()
    wrap_up = WrapUp.named(wrap_up_id)
    if wrap_up is None or wrap_up.user_id != user.id:
        abort(404)
    wrap_up.extend(at)
    db.session.flush()
    return render_template("calls/_clock.html", wrap_up=wrap_up, at=at)


@pages.get("/<int:call_id>/state")
def state(call_id: int) -> ResponseReturnValue:
    """Where a call stands and what is left of its wrap-up, as a part of its card."""
    user = demand(Verb.WORK)
    call = open_to(user, call_id) or abort(404)
    return render_template("calls/_state.html", call=call, wrap_up=running(user, call.id), at=now())


def running(user: User, call_id: int | None) -> WrapUp | None:
    """The wrap-up that this person still owes the call."""
    found = WrapUp.of_call(call_id)
    mine = found is not None and found.user_id == user.id and found.finished_at is None
    return found if mine else None


@dataclass(frozen=True)
class Rung:
    """One call as a browser shows it over whatever page is open."""

    call: Call
    clients: list[Client]
    known: bool
    """Exactly one client is known by this number."""
    wrap_up: WrapUp | None

    @property
    def rings(self) -> bool:
        return self.call.state == CallState.RINGING


def rung_for(user: User, at: datetime) -> list[Rung]:
    calls = ringing.concerning(user.id, at)
    numbers = [call.caller_e164 for call in calls if call.caller_e164]
    callers = Client.by_numbers(numbers) if numbers else {}
    found = []
    for call in calls:
        clients = callers.get(call.caller_e164 or "", [])
        sure = [one for one in clients if known_by_number(one, call.caller_e164)]
        own = WrapUp.of_call(call.id) if call.state == CallState.ENDED else None
        found.append(Rung(call, clients, len(sure) == 1, own))
    return sorted(found, key=lambda one: _nearness(one, user), reverse=True)


def _nearness(one: Rung, user: User) -> tuple[bool, bool, datetime]:
    """What names me before what rings for everybody, what rings before what I have, the newest."""
    mine = one.call.user_id == user.id or user.id in one.call.rung
    return mine, one.rings, one.call.initialised_at


def known_by_number(client: Client, e164: str | None) -> bool:
    return any(one.e164 == e164 and one.level == "known" for one in client.numbers)


@dataclass(frozen=True)
class Unfinished:
    """A call without a disposition, or a note without a call, that somebody still owes."""

    since: datetime
    call: Call | None
    draft: CallDraft | None
    wrap_up: WrapUp | None

    @property
    def late(self) -> bool:
        return self.wrap_up is not None and self.wrap_up.timed_out_at is not None


def unfinished(user: User) -> list[Unfinished]:
    """The oldest first; the note of a call stands with its call."""
    owed = list(db.session.scalars(WrapUp.owed_by(user).limit(MOST)))
    drafts = list(db.session.scalars(CallDraft.open_of(user).limit(MOST)))
    by_call = {draft.call_id: draft for draft in drafts if draft.call_id}
    found = [Unfinished(one.began_at, one.call, by_call.get(one.call_id or 0), one) for one in owed]
    of_owed = {one.call_id for one in owed}
    for draft in drafts:
        if draft.call_id not in of_owed and (draft.fields or draft.call_id):
            found.append(Unfinished(draft.started_at, draft.call, draft, None))
    return sorted(found, key=lambda one: one.since)
