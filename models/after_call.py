"""What a call does to the person who answers it: presence, the clock of the wrap-up, the draft.

Safe to call after every event of a call, in any order and twice.
"""

import uuid
from datetime import datetime

from models.call import Call, CallState
from models.call_draft import CallDraft
from models.user import Presence, User
from models.wrap_up import WrapUp


def follow(call: Call, at: datetime) -> None:
    """Bring the answering person to where the call stands now."""
    user = User.named(call.user_id)
    if user is None or not user.active or call.answered_at is None:
        return
    if call.state != CallState.ENDED:
        if user.presence != Presence.ON_CALL:
            user.be(Presence.ON_CALL, at)
        return
    if call.direction == "in" and call.contact_id is None and WrapUp.of_call(call.id) is None:
        for_call(call, user, at)
    elif user.presence == Presence.ON_CALL:
        user.be(Presence.AVAILABLE, at)


def for_call(call: Call, user: User, at: datetime) -> CallDraft:
    """The note that the answering person owes a call, and the time in which to write it."""
    draft = CallDraft.of_call(user, call.id)
    if draft is None:
        draft = CallDraft.begin(uuid.uuid4().hex, user, call_id=call.id, at=at)
    WrapUp.begin(user, call, call.ended_at or at)
    user.be(Presence.WRAPPING_UP, at)
    return draft


def over(user: User, at: datetime) -> None:
    """Ready for the next call, unless somebody went away meanwhile or is in one."""
    if user.presence == Presence.WRAPPING_UP:
        user.be(Presence.AVAILABLE, at)


def expire(at: datetime) -> int:
    """End the time of every wrap-up that has run out; returns how many."""
    late = WrapUp.time_out(at)
    for wrap_up in late:
        over(wrap_up.user, at)
    return len(late)
