"""What became of a mailing: by recipient and language, what came back, who answered; and as CSV."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask import Response, request, stream_with_context
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.action import Action
from models.base import db, now
from models.calendar import BRUSSELS
from models.effect import effects_of
from models.event import record
from models.mailing import Mailing, MailingRecipient, RecipientState
from models.mailing_sight import Look, by_language, in_batches, opted_out, seen
from models.policy import Verb
from models.user import User
from triage.accounts import demand, streamed
from triage.effect_words import effect_words, part_words, signed
from triage.outreach.mailing_count import coming
from triage.outreach.mailing_page import (
    mailing_or_404,
    mailing_page,
    pages,
    step_address,
    trouble,
    undoable,
)
from triage.outreach.mailing_recipients import query_of, rows_of
from triage.outreach.mailing_running import progress_words
from triage.recipient_list import look_asked, state_word, why_word
from triage.spreadsheet import line

SHOWN = 5
"""Of what did not arrive, on the page itself."""


@pages.get("/mailings/<int:mailing_id>/results")
def results(mailing_id: int) -> ResponseReturnValue:
    user, mailing = demand(Verb.WORK), mailing_or_404(mailing_id)
    tally, at = mailing.tally(), now()
    reason = request.args.get("trouble", "")
    action = Action.named(mailing.action_id) if mailing.action_id else None
    undo = (_("It leaves in ten seconds."), step_address(mailing, "take_back"))
    return mailing_page(
        "mailing_results.html",
        mailing,
        "results",
        tally=tally,
        trouble=trouble(reason) if reason else None,
        progress_words=progress_words(mailing, tally),
        by_language=by_language(mailing.id),
        opted_out=opted_out(mailing.id),
        wave=coming(mailing, tally),
        action=action,
        deed_=deed_of(action, at) if action else None,
        effect_words=effect_words,
        part_words=part_words,
        signed=signed,
        bounced=some(mailing, RecipientState.BOUNCED, user),
        failed=some(mailing, RecipientState.FAILED, user),
        undo=undo if undoable(mailing, at) else None,
    )


def deed_of(action: Action, at: datetime) -> dict[str, Any]:
    """The action with its effect as far as it is measured."""
    return {"action": action, "effect": effects_of([action], at).get(action.id)}


def some(mailing: Mailing, state: RecipientState, user: User) -> list[Any]:
    rows = seen(mailing.id, user, Look(states=(state.value,))).limit(SHOWN)
    return rows_of(mailing, list(db.session.scalars(rows)), user)


# --- as a table -----------------------------------------------------------------------------


@pages.get("/mailings/<int:mailing_id>/recipients.csv")
def download(mailing_id: int) -> ResponseReturnValue:
    """The same rows as on the screen, all of them, for a spreadsheet."""
    user, mailing = demand(Verb.WORK), mailing_or_404(mailing_id)
    wanted = look_asked(request.args)
    record("mailing.exported", by=user, mailing=mailing.id, asked=query_of(wanted))
    answer = Response(
        stream_with_context(streamed(as_csv(mailing.id, user, wanted), user)),
        content_type="text/csv; charset=utf-8",
    )
    name = f"mailing-{mailing.id}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def as_csv(mailing_id: int, user: User, wanted: Look) -> Iterator[str]:
    yield "\ufeff" + line(headings())
    for batch in in_batches(mailing_id, user, wanted):
        yield "".join(line(cells(one, ticket)) for one, ticket in batch)


def headings() -> list[str]:
    return [
        _("Name"),
        _("E-mail address"),
        _("Language"),
        _("State"),
        _("Why"),
        _("By hand"),
        _("Sent (Europe/Brussels)"),
        _("Answered (Europe/Brussels)"),
        _("Ticket"),
    ]


def cells(one: MailingRecipient, ticket: int | None) -> list[str]:
    return [
        one.name,
        one.address or "",
        one.language,
        state_word(one.state),
        why_word(one.why),
        _("yes") if one.by_hand else "",
        clock(one.ended_at) if one.told else "",
        clock(one.replied_at),
        f"#{ticket}" if ticket else "",
    ]


def clock(at: datetime | None) -> str:
    return f"{at.astimezone(BRUSSELS):%Y-%m-%d %H:%M}" if at else ""
