"""A macro on a ticket: said before what each step would do, then all of it or nothing.

One undo takes everything back while the answer has not left.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time

from flask import current_app
from flask_babel import get_locale
from flask_babel import gettext as _

from models import correspondence, ticket_clock
from models.base import db
from models.calendar import business_day, due_after, start_of, working_day_after
from models.callback import Callback, CallbackReason, number_of
from models.callback_states import Outcome
from models.callback_work import cancel
from models.ending import Ending
from models.flag import Flag
from models.macro import Macro, MacroRun, StepKind
from models.message import Message, Sending
from models.reply_template import ReplyTemplate
from models.team import Team
from models.ticket import Ticket
from models.topic import LANGUAGES
from models.user import User
from triage import labels, routing, writing
from triage.display import topic_name
from triage.filling import Filled, filled

MORNING = time(8)
LONGEST_WAIT = 90
"""Working days for which something may be laid aside or promised."""


class CannotRun(Exception):
    """A step cannot be done, so none is; the words say which and why."""


@dataclass(frozen=True)
class Planned:
    """One step on one ticket: what it would do, and why it cannot (empty: it can)."""

    kind: StepKind
    words: str
    why_not: str = ""


def plan(macro: Macro, ticket: Ticket, user: User, at: datetime) -> list[Planned]:
    """What the macro would do here, step by step; changes nothing."""
    return list(_planned(macro, ticket, user, at))


def run(macro: Macro, ticket: Ticket, *, by: User, at: datetime) -> MacroRun:
    """Do all steps in order; raises `CannotRun` before anything is done where one cannot be."""
    for step in plan(macro, ticket, by, at):
        if step.why_not:
            raise CannotRun(f"{step.words}{_(':')} {step.why_not}")
    with db.session.begin_nested():
        begun = MacroRun.begin(macro, ticket, by=by, at=at)
        done = _Doing(ticket, by, at)
        for kind, value in macro.said:
            done.step(kind, value)
        begun.end(ticket, done.message, **done.made)
    return begun


def undo(macro_run: MacroRun, ticket: Ticket, *, by: User, at: datetime) -> bool:
    """Take all of it back; False when it is too late, or the ticket has changed since."""
    if not macro_run.undoable(ticket, by, at):
        return False
    message = Message.named(macro_run.message_id) if macro_run.message_id else None
    if message is not None and not correspondence.take_back(ticket, message, by=by):
        return False
    made = macro_run.before
    if ticket.closed:
        ticket.open_again()
    if made.get("topic"):
        labels.take_back_choice(ticket, by=by, at=at)
    if made.get("flag"):
        Flag.take_down(ticket, by=by, at=at)
    callback = Callback.named(made.get("call_back"))
    if callback is not None and not callback.closed:
        cancel(callback, Outcome.UNDONE, by=by, at=at)
    macro_run.undo(ticket, by=by, at=at)
    return True


# --- said before ----------------------------------------------------------------------------


def _planned(macro: Macro, ticket: Ticket, user: User, at: datetime) -> Iterator[Planned]:
    for kind, value in macro.said:
        why = (
            _("The ticket is closed.") if ticket.closed else why_not(kind, value, ticket, user, at)
        )
        yield Planned(kind, step_words(kind, value), str(why))


def step_words(kind: StepKind, value: str) -> str:
    """What a step does, in the reader's words."""
    language = str(get_locale() or "en")[:2]
    template = ReplyTemplate.coded(value) if kind == StepKind.ANSWER else None
    version = template.current if template else None
    team = db.session.scalar(Team.by_slug(value)) if kind == StepKind.TEAM else None
    ending = Ending.named(value) if kind == StepKind.CLOSE else None
    days = _days(value)
    said = {
        StepKind.TOPIC: _("Topic: %(topic)s", topic=topic_name(value)),
        StepKind.ASSIGN: _("Assign to me"),
        StepKind.TEAM: _("To the team %(team)s", team=team.name(language) if team else value),
        StepKind.NOTE: _("Note: %(text)s", text=value[:80]),
        StepKind.FLAG: _("Say that this keeps happening"),
        StepKind.CALL_BACK: _("Call back, within %(days)s working days", days=days),
        StepKind.ANSWER: _(
            "Send “%(name)s”", name=version.name(language) if version is not None else value
        ),
        StepKind.WAIT: _("Wait for the client"),
        StepKind.SNOOZE: _("Lay it aside for %(days)s working days", days=days),
        StepKind.CLOSE: _("Close: %(how)s", how=ending.name(language) if ending else value),
    }
    return str(said[kind])


def why_not(kind: StepKind, value: str, ticket: Ticket, user: User, at: datetime) -> str:
    """Why a step cannot be done on this ticket; empty when it can."""
    if kind == StepKind.TOPIC:
        return "" if labels.topic_in(value) else str(_("There is no such topic any more."))
    if kind == StepKind.TEAM:
        known = db.session.scalar(Team.by_slug(value))
        return "" if known is not None else str(_("There is no such team any more."))
    if kind == StepKind.CLOSE:
        known_ending = Ending.choosable(value, business_day(at))
        return "" if known_ending else str(_("This ending is no longer in use."))
    if kind == StepKind.CALL_BACK:
        return _why_no_call(ticket)
    if kind == StepKind.ANSWER:
        return _why_no_answer(value, ticket, user)
    return ""


def _why_no_call(ticket: Ticket) -> str:
    number = number_of(ticket.client)
    if number is None:
        return str(_("There is no number to call."))
    if Callback.open_for(ticket.client, number, number, ticket.topic_id) is not None:
        return str(_("A call-back is already owed."))
    return ""


def _why_no_answer(code: str, ticket: Ticket, user: User) -> str:
    text = answer_of(code, ticket, user)
    if text is None:
        return str(_("There is no such text any more."))
    if correspondence.answer_address(ticket) is None:
        return str(_("There is no address to which this could be sent."))
    if correspondence.answer_mailbox(ticket) is None:
        return str(_("There is no mailbox from which it could leave."))
    if text.offer.missing:
        return str(_("This text is missing in the client’s language."))
    if text.open_fields:
        fields = " ".join(text.open_fields)
        return str(_("Fill this in first, or take it out: %(fields)s", fields=fields))
    return ""


def answer_of(code: str, ticket: Ticket, user: User) -> Filled | None:
    """What the template of that code says to the client of this ticket."""
    template = ReplyTemplate.coded(code)
    if template is None or template.retired_at is not None:
        return None
    language = ticket.language if ticket.language in LANGUAGES else "fr"
    offer = template.offer(language or "fr")
    return filled(offer, ticket, user) if offer is not None and offer.text else None


def _days(value: str) -> int:
    return min(max(int(value), 1), LONGEST_WAIT) if value.isascii() and value.isdigit() else 1


# --- done -----------------------------------------------------------------------------------


class _Doing:
    """The steps as they are done, and what they made."""

    def __init__(self, ticket: Ticket, by: User, at: datetime) -> None:
        self.ticket, self.by, self.at = ticket, by, at
        self.message: Message | None = None
        self.made: dict[str, int | bool] = {}

    def step(self, kind: StepKind, value: str) -> None:
        deeds = {
            StepKind.TOPIC: self._topic,
            StepKind.ASSIGN: self._assign,
            StepKind.TEAM: self._team,
            StepKind.NOTE: self._note,
            StepKind.FLAG: self._flag,
            StepKind.CALL_BACK: self._call_back,
            StepKind.ANSWER: self._answer,
            StepKind.WAIT: self._wait,
            StepKind.SNOOZE: self._snooze,
            StepKind.CLOSE: self._close,
        }
        deeds[kind](value)

    def _topic(self, value: str) -> None:
        chosen = labels.topic_in(value)
        if chosen is None:
            raise CannotRun(_("There is no such topic any more."))
        routing.correct(self.ticket, *chosen, None, by=self.by, at=self.at)
        self.made["topic"] = True

    def _assign(self, _value: str) -> None:
        self.ticket.assign(self.by, by=self.by)

    def _team(self, value: str) -> None:
        team = db.session.scalar(Team.by_slug(value))
        if team is None:
            raise CannotRun(_("There is no such team any more."))
        self.ticket.hand_to(team.id, by=self.by, at=self.at)

    def _note(self, value: str) -> None:
        note = self.ticket.note(routing.masked(value), by=self.by, at=self.at)
        db.session.flush()
        self.made["note"] = note.id

    def _flag(self, _value: str) -> None:
        self.made["flag"] = not self.ticket.flagged
        Flag.raise_on(self.ticket, "", by=self.by, at=self.at)

    def _call_back(self, value: str) -> None:
        made = Callback.ask(
            ticket=self.ticket,
            reason=CallbackReason.PROMISED,
            by=self.by,
            at=self.at,
            due_at=due_after(self.at, _days(value)),
        )
        self.made["call_back"] = made.id

    def _answer(self, value: str) -> None:
        text = answer_of(value, self.ticket, self.by)
        recipient = correspondence.answer_address(self.ticket)
        mailbox = correspondence.answer_mailbox(self.ticket)
        if text is None or recipient is None or mailbox is None or text.open_fields:
            raise CannotRun(_("There is no address to which this could be sent."))
        draft = writing.draft(
            self.ticket,
            routing.masked(text.text),
            by=self.by,
            at=self.at,
            language=text.offer.language,
            recipient=recipient,
            mailbox=mailbox,
            settings=current_app.extensions["settings"],
        )
        draft.template_version_id = text.offer.version.id
        self.message = correspondence.send(self.ticket, draft, by=self.by, at=self.at)

    def _wait(self, _value: str) -> None:
        self.ticket.wait_for_client(self.at)

    def _snooze(self, value: str) -> None:
        until = start_of(working_day_after(business_day(self.at), _days(value)), MORNING)
        ticket_clock.snooze(self.ticket, until, by=self.by, at=self.at)

    def _close(self, value: str) -> None:
        if self.message is not None and self.message.state == Sending.HELD:
            self.message.closes_as = value
            return
        self.ticket.close(value, by=self.by, at=self.at)
