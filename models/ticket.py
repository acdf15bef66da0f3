"""Tickets: the work that a client's contacts about one matter give us, and its verbs."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Self

from sqlalchemy import ColumnElement, func, or_, select

from models import ticket_clock
from models.base import db, now
from models.callback import Callback
from models.client import Client
from models.contact import Contact
from models.ending import Effect, effect_of
from models.event import Event, record
from models.note import Note, NoteFile
from models.prediction import Correction, Decision
from models.thread import TicketContact, TicketLink, takes_part
from models.ticket_row import TicketRow
from models.ticket_sight import TicketSight
from models.ticket_states import SETTLED, UNANSWERED, Disposition, Stale, Status
from models.topic import Topic
from models.user import User

__all__ = ["SETTLED", "UNANSWERED", "Disposition", "Note", "Stale", "Status", "Ticket"]

REPEAT = timedelta(days=7)
MOST_REPEATS = 9
"""Nobody counts further; who writes thousands of times must not slow the reading down."""
REOPEN = timedelta(days=30)
"""A mail to a ticket closed longer ago opens a new, linked one."""
REOPENINGS = 3
"""So often within a day mail reopens a ticket before a person is told to look why."""
DAY = timedelta(days=1)
PERHAPS_PEOPLE = ("list", "auto_generated")
"""Classes of mail in which a person may have something to say all the same."""


class Ticket(TicketSight):
    """One matter of one client."""

    # --- seen -------------------------------------------------------------------------------

    @property
    def closed(self) -> bool:
        return self.status == Status.CLOSED

    def overdue(self, at: datetime) -> bool:
        return not self.closed and self.due_at is not None and self.due_at < at

    @classmethod
    def repeats(cls, contact: Contact, within: timedelta) -> int:
        """How often the same client had already come about the same topic shortly before."""
        if contact.client_id is None or contact.topic_id is None:
            return 0
        earlier = select(Contact.id).where(
            Contact.client_id == contact.client_id,
            Contact.topic_id == contact.topic_id,
            Contact.id != contact.id,
            Contact.said_at <= contact.said_at,
            or_(Contact.said_at < contact.said_at, Contact.id < contact.id),
            Contact.said_at >= contact.said_at - within,
        )
        found = earlier.limit(MOST_REPEATS).subquery()
        return db.session.scalar(select(func.count()).select_from(found)) or 0

    def knows(self, addresses: list[str]) -> bool:
        """Whether one of these addresses belongs to the client or has already taken part."""
        return takes_part([self.id], self.client_id, addresses)

    # --- begun and continued ----------------------------------------------------------------

    @classmethod
    def open_for(
        cls,
        contact: Contact,
        *,
        urgent: bool = False,
        team_id: int | None = None,
        rule: str = "opened",
    ) -> Self:
        """A new ticket begun by `contact`; `team_id` has it until its topic is known."""
        ticket = cls(
            client_id=contact.client_id,
            subject=contact.subject or contact.first_line[:80],
            preview=contact.first_line,
            channel=contact.channel,
            language=contact.language,
            urgent=urgent,
            team_id=team_id,
            opened_at=contact.received_at,
            last_contact_at=contact.said_at,
        )
        ticket_clock.begin(ticket)
        db.session.add(ticket)
        db.session.flush()
        record(
            "ticket.opened",
            at=contact.received_at,
            ticket_id=ticket.id,
            contact_id=contact.id,
            client_id=contact.client_id,
            channel=contact.channel,
        )
        ticket.take(contact, rule)
        return ticket

    @property
    def target(self) -> Self:
        """The ticket into which this one was merged in the end; itself when it was not."""
        passed = {self.id: self}
        ticket = self
        while ticket.merged_into_id is not None:
            if ticket.merged_into_id in passed:  # a circle: always the same one of it
                return passed[min(passed)]
            ticket = db.session.get_one(type(self), ticket.merged_into_id)
            passed[ticket.id] = ticket
        return ticket

    def continue_with(self, contact: Contact, rule: str, meant: "TicketRow | None" = None) -> None:
        """One more contact about the same matter; `rule` says how we know, `meant` is the ticket
        that it named.

        What a machine wrote is added, but changes nothing of what the ticket waits for.
        """
        target = self.target
        target.merged_into_id = None  # a circle ends here, or nobody would see what was said
        target.take(contact, rule, meant)
        if contact.by_machine:
            if contact.automatic in PERHAPS_PEOPLE and target.status in (
                Status.WAITING,
                Status.CLOSED,
            ):
                target.call_attention("machine_wrote", contact.received_at)
            return
        target.preview = contact.first_line
        target.last_contact_at = max(target.last_contact_at, contact.said_at)
        ticket_clock.wake(target, "contact", contact.received_at)
        if target.closed:
            target._reopened_by(contact)
            target.open_again()
            ticket_clock.begin(target, contact.received_at)
        elif target.status == Status.WAITING:
            target.open_again()
            ticket_clock.go_on(target, contact.received_at)

    def _reopened_by(self, contact: Contact) -> None:
        """Two programs may close and answer in turn for ever: then a person looks."""
        at = contact.received_at
        often = select(func.count(Event.id)).where(
            Event.ticket_id == self.id,
            Event.kind == "ticket.reopened",
            Event.actor_id.is_(None),
            Event.at > at - DAY,
        )
        before = db.session.scalar(often) or 0
        record("ticket.reopened", at=at, ticket_id=self.id)
        if before >= REOPENINGS:
            self.call_attention("reopened_too_often", at)

    def call_attention(self, why: str, at: datetime) -> None:
        """A person must look at it; the first reason stands until somebody has."""
        if self.attention is None:
            self.attention = why
            record("ticket.attention", at=at, ticket_id=self.id, why=why)

    def attended(self, *, by: User) -> None:
        """Somebody has looked."""
        record("ticket.attended", by=by, ticket_id=self.id, why=self.attention)
        self.attention = None

    def take(self, contact: Contact, rule: str, meant: "TicketRow | None" = None) -> None:
        """The contact belongs here from now on; nothing else changes."""
        self.contacts_count += 1
        self.health = self.health or contact.health
        TicketContact.move(contact, self.id, rule, meant.id if meant is not None else None)
        if rule != "opened":
            record(
                "ticket.contact_added",
                at=contact.received_at,
                ticket_id=self.id,
                contact_id=contact.id,
                rule=rule,
            )

    def opened_by(self, contact: Contact) -> bool:
        first = select(TicketContact.contact_id).where(TicketContact.ticket_id == self.id)
        return db.session.scalar(first.order_by(TicketContact.id).limit(1)) == contact.id

    def accepts_at(self, at: datetime) -> bool:
        """Whether a follow-up still belongs here, or the matter has been closed too long."""
        return self.closed_at is None or at - self.closed_at <= REOPEN

    def give_to(self, client: Client, *, by: User) -> None:
        """A person's word whose matter this is; links sent to somebody else lead nowhere now."""
        if self.client_id not in (None, client.id):
            self.status_key = token_urlsafe(9)
        record("ticket.client", by=by, ticket_id=self.id, before=self.client_id, after=client.id)
        self.client_id = client.id

    def link(self, other: "Ticket", why: str) -> None:
        TicketLink.keep(self.id, other.id, why)

    def linked(self) -> list["Ticket"]:
        return list(db.session.scalars(select(Ticket).where(self._linked).order_by(Ticket.id)))

    def linked_for(self, user: User) -> list[tuple["Ticket", str]]:
        """The linked tickets that `user` may see, and why they are."""
        reasons = TicketLink.reasons(self.id)
        seen = self.seen_of(user, list(reasons))
        return [(seen[other], reasons[other]) for other in sorted(seen)]

    @property
    def _linked(self) -> ColumnElement[bool]:
        there = select(TicketLink.other_id).where(TicketLink.ticket_id == self.id)
        back = select(TicketLink.ticket_id).where(TicketLink.other_id == self.id)
        return or_(Ticket.id.in_(there), Ticket.id.in_(back))

    # --- routed -----------------------------------------------------------------------------

    def route(self, contact: Contact, *, at: datetime, by: User | None = None) -> None:
        """Take over the topic of `contact` and go to that topic's team, or to the review list.

        The machine moves a ticket only while no person has chosen; a person always may.
        """
        topic = Topic.named(contact.topic_id)
        sure = by is not None or contact.decision == Decision.AUTO
        self.topic_id = contact.topic_id
        self.subtopic_id = contact.subtopic_id
        self.intent_id = contact.intent_id
        self.language = contact.language or self.language
        self.decision = contact.decision or Decision.HUMAN.value
        self.needs_choice = not sure
        if topic is not None and (sure or topic.restricted):
            self.team_id = topic.team_id
            if by is None:
                ticket_clock.begin(self)
        record(
            "ticket.routed",
            by=by,
            at=at,
            ticket_id=self.id,
            topic=self.topic_id,
            team=self.team_id,
            decision=self.decision,
        )

    @property
    def chosen_by_person(self) -> bool:
        """Whether somebody has already set the topic by hand."""
        said = select(Correction.id).join(Contact, Contact.id == Correction.contact_id)
        return db.session.scalar(select(said.where(Contact.ticket_id == self.id).exists())) or False

    @property
    def touched_by_person(self) -> bool:
        """Whether anybody of the house has done anything with it."""
        done = select(Event.id).where(Event.ticket_id == self.id, Event.actor_id.is_not(None))
        return db.session.scalar(select(done.exists())) or False

    # --- worked on --------------------------------------------------------------------------

    def expect(self, version: int | None) -> None:
        """Refuse to change a ticket that looks different by now; raises `Stale`."""
        if version is not None and version != self.version:
            raise Stale(self.number)

    def assign(self, to: User | None, *, by: User) -> None:
        before = self.assignee_id
        self.assignee_id = to.id if to else None
        ticket_clock.touch(self)
        if to and self.status == Status.NEW:
            self.status = Status.OPEN.value
        record("ticket.assigned", by=by, ticket_id=self.id, before=before, after=self.assignee_id)

    def hand_to(self, team_id: int, *, by: User, at: datetime) -> None:
        """Another team's work from now on; nobody there has it yet."""
        facts = {"before": self.team_id, "after": team_id}
        record("ticket.handed", by=by, at=at, ticket_id=self.id, **facts)
        self.team_id, self.assignee_id, self.needs_choice = team_id, None, False

    def stand(self, status: Status, *, by: User, at: datetime) -> None:
        """Ours to do, or the client's; closing has a verb of its own."""
        if status is Status.WAITING:
            self.wait_for_client(at)
        else:
            self._is_ours(at)
        record("ticket.stands", by=by, at=at, ticket_id=self.id, status=status.value)

    def note(self, text: str, *, by: User, at: datetime, files: Iterable[NoteFile] = ()) -> Note:
        """A remark among ourselves, perhaps with files: it can never leave the house."""
        made = Note(ticket_id=self.id, by_id=by.id, at=at, text=text, files=list(files))
        db.session.add(made)
        record("ticket.noted", by=by, ticket_id=self.id)
        return made

    def flag(self, on: bool, *, by: User) -> None:
        self.flagged = on
        record("ticket.flagged" if on else "ticket.unflagged", by=by, ticket_id=self.id)

    def close(self, disposition: str, *, by: User, at: datetime) -> None:
        """End the work; every end has a disposition."""
        self.settle(disposition, at)
        record("ticket.closed", by=by, at=at, ticket_id=self.id, disposition=str(disposition))

    def settle(self, disposition: str, at: datetime) -> None:
        self.status = Status.CLOSED.value
        ticket_clock.stop(self, at)
        self.closed_at = at
        self.disposition = str(disposition)
        self.needs_choice = False
        Callback.ticket_closed(self, at=at)

    def wrap_up(self, disposition: str, told: str, promise: str, *, by: User, at: datetime) -> None:
        """How a call or letter ended: what is settled is closed, what we owe stays open."""
        effect = effect_of(disposition)
        self.told = "\n".join(line for line in (told.strip(), promise.strip()) if line)
        if self.assignee_id is None:
            self.assignee_id = by.id
        if self.first_answer_at is None and effect is not Effect.UNANSWERED:
            self.first_answer_at = at
        if effect in (Effect.SETTLED, Effect.UNANSWERED):
            self.close(disposition, by=by, at=at)
            return
        if effect is Effect.WAITING:
            self.wait_for_client(at)
        else:
            self._is_ours(at)
        self.disposition = str(disposition)
        record("ticket.wrapped_up", by=by, at=at, ticket_id=self.id, disposition=str(disposition))

    def wait_for_client(self, at: datetime) -> None:
        """The next word is the client's: our clock stands still."""
        self.status = Status.WAITING.value
        ticket_clock.stop(self, at)

    def _is_ours(self, at: datetime) -> None:
        """Ours to do; a clock that stood goes on, one that runs is not set back."""
        stood = self.closed or self.status == Status.WAITING
        self.open_again()
        if stood:
            ticket_clock.go_on(self, at)

    def reopen(self, *, by: User, at: datetime | None = None) -> None:
        self._is_ours(at or now())
        record("ticket.reopened", by=by, ticket_id=self.id)

    def open_again(self) -> None:
        if self.closed:
            # A ticket without a team stands in no queue: it waits for a choice, as before.
            self.needs_choice = self.team_id is None
            Callback.ticket_reopened(self, now())
            self.closed_at = self.disposition = None
        self.status = Status.OPEN.value
