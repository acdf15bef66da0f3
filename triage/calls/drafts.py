"""The note of a call while it is written: kept on every pause, found again on any machine."""

from flask import abort, flash, jsonify, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.base import now
from models.call import Call
from models.call_draft import CallDraft
from models.intake import Intake
from models.policy import Verb
from models.user import User
from triage.accounts import demand
from triage.calls.pages import pages
from triage.calls.typed import Typed


@pages.post("/draft")
def keep_draft() -> ResponseReturnValue:
    """Keep the form as it stands; an older saving that comes late changes nothing.

    `kept` is true when it stands now, or is a contact by now: the browser may forget it.
    """
    user, typed = demand(Verb.WORK), Typed.from_form()
    draft = draft_of(user, typed)
    draft.write(typed.as_fields(), typed.revision, now())
    return jsonify(
        kept=draft.revision == typed.revision or draft.ended_at is not None,
        ended=draft.ended_at is not None,
        revision=draft.revision,
    )


@pages.post("/draft/<once>/end")
def throw_away(once: str) -> ResponseReturnValue:
    """The note is not needed; it can be taken back from the list for some time."""
    user = demand(Verb.WORK)
    draft = CallDraft.by_once(user, once) or abort(404)
    draft.end(now())
    return redirect(url_for("calls.index", thrown=once), 303)


@pages.post("/draft/<once>/return")
def take_back(once: str) -> ResponseReturnValue:
    user = demand(Verb.WORK)
    draft = CallDraft.by_once(user, once) or abort(404)
    if is_kept(user, once):
        flash(_("This call is written down already."))
        return redirect(url_for("calls.index"), 303)
    draft.ended_at = None
    return redirect(url_for("calls.new", draft=once), 303)


def mark_of(user: User, once: str) -> str:
    """What a form's first matter is kept under."""
    return f"desk-{user.id}-{once}"


def is_kept(user: User, once: str) -> bool:
    """Whether this form was sent: then its words are a contact, or soon will be."""
    return Intake.is_known(mark_of(user, once))


def draft_of(user: User, typed: Typed) -> CallDraft:
    """The draft of this form; 404 when the mark is somebody else's."""
    call = Call.named(typed.call_id) if typed.call_id else None
    try:
        return CallDraft.begin(typed.once, user, call_id=call.id if call else None, at=now())
    except LookupError:
        abort(404)


def kept_draft(user: User, typed: Typed) -> CallDraft:
    """The draft with what the form says now: a step without JavaScript loses nothing either."""
    draft = draft_of(user, typed)
    if draft.ended_at is None:
        draft.revision = max(draft.revision, typed.revision)
        draft.fields, draft.updated_at = typed.as_fields(), now()
    return draft
