"""The call card and the letter form: an empty one, one with what is known, and their keeping."""

import re
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.base import db, now
from models.calendar import business_day
from models.call import Call
from models.call_draft import CallDraft
from models.call_log import open_to
from models.contact import Contact
from models.ending import Ending
from models.policy import Verb
from models.ticket import Ticket
from models.user import User
from models.wrap_up import Misinformed
from triage.accounts import demand
from triage.calls.callers import chosen_client, who_calls
from triage.calls.drafts import is_kept, kept_draft
from triage.calls.keeping import kept_call, kept_letter
from triage.calls.pages import pages
from triage.calls.promising import days_to_promise
from triage.calls.proposal import beside, proposal_for
from triage.calls.round_script import script_for_client
from triage.calls.typed import MOST_MATTERS, Typed, line
from triage.calls.wrapping import running

MARK = re.compile(r"[0-9a-f]{32}")
"""What names a form, made where it was first shown."""


@pages.get("/new")
def new() -> ResponseReturnValue:
    """The card of a call: what was typed of it before, else what the call already says."""
    user, args = demand(Verb.WORK), request.args
    call = open_to(user, args.get("call", 0, type=int))
    draft = CallDraft.by_once(user, args["draft"]) if "draft" in args else None
    if draft is None and call is not None:
        draft = CallDraft.of_call(user, call.id)
    if draft is not None and draft.ended_at is not None:
        if call is None or call.contact_id is not None or is_kept(user, draft.once):
            flash(_("This call is written down already."))
            return redirect(url_for("calls.index"))
        draft = None  # it was thrown away: the call may still be written down
    call = call or (draft.call if draft else None)
    typed = Typed.blank(number=args.get("number", ""), client=line(args.get("client", ""), 20))
    typed.first.ticket = line(args.get("ticket", ""), 20)
    if MARK.fullmatch(args.get("draft", "")):
        typed.once = args["draft"]  # of a note that so far only this browser may have
    if call is not None:
        typed.number, typed.call_id = call.caller_e164 or call.caller, call.id
    if draft is not None:
        typed.once, typed.revision = draft.once, draft.revision
        typed.restore(draft.fields)
    return call_form(user, typed)


@pages.post("/new")
def save() -> ResponseReturnValue:
    """Keep the call, and go to its ticket. A second sending of the same form is the same call."""
    user = demand(Verb.WORK)
    typed = Typed.from_form()
    if "more" in request.form:
        typed.add_matter()
        kept_draft(user, typed)
        return call_form(user, typed)
    typed.matters = [one for one in typed.matters if one.position == 1 or one.begun]
    if not all(matter.complete for matter in typed.matters):
        kept_draft(user, typed)
        return call_form(user, typed, missing=True), 422
    contacts = kept_call(typed, user)
    return onward(user, contacts)


@pages.get("/paper")
def paper() -> ResponseReturnValue:
    """A letter that came by post: typed, or scanned as a file."""
    user = demand(Verb.WORK)
    return paper_form(user, Typed.blank(said_on=business_day(now())))


@pages.post("/paper")
def save_paper() -> ResponseReturnValue:
    user = demand(Verb.WORK)
    typed = Typed.from_form()
    if not typed.text and not typed.files:
        return paper_form(user, typed, missing=True), 422
    return onward(user, [kept_letter(typed, user)])


@pages.post("/proposal")
def proposal() -> ResponseReturnValue:
    """What a note seems to be about, as a part of the form; asked while it is being written."""
    user = demand(Verb.WORK)
    typed = Typed.from_form()
    position = request.args.get("matter", 1, type=int)
    return render_template(
        "calls/_proposal.html",
        typed=typed,
        oob="of_call" in request.args,
        **proposal_parts(user, typed, position),
    )


# --- the way on -----------------------------------------------------------------------------


def onward(user: User, contacts: list[Contact | None]) -> ResponseReturnValue:
    """To the first ticket; back to the calls where there is none to show."""
    db.session.flush()
    tickets = [Ticket.named(contact.ticket_id) if contact else None for contact in contacts]
    if tickets[0] is None:
        flash(_("Kept. It is read in a moment and then appears on the desk."))
        return redirect(url_for("calls.index"))
    numbers = ", ".join(
        f"#{number}" for number in dict.fromkeys(one.number for one in tickets if one)
    )
    if Ticket.numbered(user, tickets[0].number) is None:
        flash(_("Kept as %(numbers)s for another team.", numbers=numbers))
        return redirect(url_for("calls.index"))
    flash(_("Kept as %(numbers)s.", numbers=numbers))
    return redirect(url_for("desk.ticket", number=tickets[0].number, view="all"))


# --- shown ----------------------------------------------------------------------------------


def call_form(user: User, typed: Typed, missing: bool = False) -> str:
    call = Call.named(typed.call_id) if typed.call_id else None
    return render_template(
        "calls/new.html",
        typed=typed,
        missing=missing,
        call=call,
        wrap_up=running(user, typed.call_id),
        at=now(),
        cards=[matter_parts(user, typed, one) for one in typed.matters],
        endings=endings_for(typed),
        most_matters=MOST_MATTERS,
        script=script_for_client(int(typed.client) if typed.client.isdecimal() else None),
        **who_calls(user, typed),
    )


def endings_for(typed: Typed) -> list[Ending]:
    """Those of today; one that has ended since stays where it was chosen before."""
    today = list(db.session.scalars(Ending.in_use(business_day(now()))))
    before = [Ending.named(one.outcome) for one in typed.matters if one.outcome]
    return [*today, *(one for one in before if one is not None and one not in today)]


def paper_form(user: User, typed: Typed, missing: bool = False) -> str:
    return render_template(
        "calls/paper.html",
        typed=typed,
        missing=missing,
        today=business_day(now()),
        **who_calls(user, typed),
        **proposal_parts(user, typed, 1),
    )


def matter_parts(user: User, typed: Typed, one: Any) -> dict[str, Any]:
    """All that the fields of one matter need."""
    return {
        "matter": one,
        "promise_days": days_to_promise(business_day(now())),
        "misinformers": list(Misinformed),
        **proposal_parts(user, typed, one.position),
    }


def proposal_parts(user: User, typed: Typed, position: int) -> dict[str, Any]:
    one = typed.matter(position)
    found = proposal_for(one)
    client = chosen_client(user, typed)
    return {"matter": one, **found, **beside(user, client, one, found["opinion"], now())}
