"""The run: all that was tried without fault, in the caller's one transaction."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from models import data_import_making as making
from models.base import db, now
from models.client import Client, normal
from models.contact import Contact
from models.data_import import DataImport, ImportState
from models.data_import_row import DataImportRow, Outcome
from models.external_reference import ExternalReference
from models.files import Blob
from models.intake import Intake
from models.message import Enclosure, Kind, Message
from models.ticket import Ticket
from triage import routing
from triage.config import Settings
from triage.importing.known import Known, reference_kind
from triage.importing.record import Entry, File, Matter, Person, Record
from triage.importing.trial import Beat, batches, read
from triage.importing.vocabulary import Meaning, Vocabulary
from triage.intake.draft import Draft, read_from
from triage.intake.envelope import crash
from triage.intake.filing import contact_from


class NoLonger(Exception):
    """Somebody has dropped it, or another process has it."""


def take_in(brought: DataImport, settings: Settings, beat: Beat | None = None) -> None:
    """Take in every row that is wanted; nobody sees any of it before the caller commits."""
    import_id, at = brought.id, now()
    run = _Run(brought, at)
    for some in batches(read(brought, settings)):
        wanted = DataImportRow.wanted(import_id, some[0].line, some[-1].line)
        done = run.take([one for one in some if one.line in wanted and not one.trouble])
        db.session.flush()
        DataImportRow.mark_done(import_id, done, at)
        db.session.expunge_all()  # nothing that is written stays in memory
        if beat is not None:
            beat(ImportState.RUNNING, some[-1].line)
        crash("import.running", settings)
    DataImportRow.mark_done(import_id, run.give_answers(), at)
    making.count_days(Ticket.id.in_(ExternalReference.tickets_made(import_id)))
    held = DataImport.held(import_id)
    if held is None or held.state != ImportState.RUNNING:
        raise NoLonger
    held.done(at)


@dataclass(frozen=True)
class _Answer:
    """A mail of ours for a ticket that was here before; `at` is None for one of a machine."""

    ticket_id: int
    line: int
    external_id: str
    message_id: int
    at: datetime | None


@dataclass
class _Run:
    """What its words mean here, and which clients and threads it has met."""

    brought: DataImport
    at: datetime
    clients: dict[str, int] = field(default_factory=dict)
    at_hand: list[Client] = field(default_factory=list)
    """The clients of the present batch: while they are held here, none is asked for again."""
    threads: dict[str, int] = field(default_factory=dict)
    answers: list["_Answer"] = field(default_factory=list)
    """What goes to tickets that were here before."""

    def __post_init__(self) -> None:
        self.import_id, self.source = self.brought.id, self.brought.source
        self.kind, self.by_id = self.brought.kind, self.brought.by_id
        self.names = reference_kind(self.kind)
        self.vocabulary = Vocabulary()

    def take(self, some: Sequence[Record]) -> list[dict[str, Any]]:
        """What came of each: a row that is here by now stays out."""
        known = Known(self.kind, self.source, -1, some)
        people = (one.matter.client for one in some if one.matter is not None)
        self.at_hand = Client.several({met for one in people if (met := self._met(one))})
        return [{"line": one.line} | self._take(one, known) for one in some]

    def _take(self, one: Record, known: Known) -> dict[str, Any]:
        if one.person is not None:
            return self._person(one, one.person, known)
        if one.matter is None or known.here(one):
            return {"outcome": Outcome.SKIP.value, "reason": "here"}
        return self._matter(one, one.matter, known)

    # --- people -----------------------------------------------------------------------------

    def _person(self, one: Record, person: Person, known: Known) -> dict[str, Any]:
        client = Client.named(known.client_of(one) or self._met(person))
        facts: dict[str, Any] = {}
        if client is None:
            client = Client.unknown(person.name, person.language)
            facts["made"] = True
        added = making.enrich(
            client, person.name, person.language, person.emails, person.phones, self.source
        )
        if added and "made" not in facts:
            facts["added"] = added
        if person.enterprise_number:
            number = person.enterprise_number
            client.learn_identifier("kbo", number, number, self.at)
        db.session.flush()
        self._meet(person, client.id)
        ExternalReference.keep(
            self.source, "client", one.external_id, self.import_id, client_id=client.id
        )
        return {"client_id": client.id, "facts": facts}

    def _client_for(self, person: Person) -> tuple[int | None, bool]:
        """(the client, whether it was made): by address, by a number of its own, or a new one."""
        met = self._met(person)
        if met is None:
            at = making.clients_at(person.emails)
            on = making.clients_on(person.phones) if not person.emails else {}
            met = next(iter([*at.values(), *on.values()]), None)
        if met is not None:
            self._meet(person, met)
            return met, False
        if not (person.name or person.emails or person.phones):
            return None, False
        client = Client.unknown(routing.masked(person.name), person.language)
        for address in person.emails:
            client.add_address(address, self.source)
        for number in person.phones:
            client.add_number(number, self.source)
        db.session.flush()
        self._meet(person, client.id)
        return client.id, True

    def _met(self, person: Person) -> int | None:
        ways = (*map(normal, person.emails), *person.phones)
        return next((self.clients[way] for way in ways if way in self.clients), None)

    def _meet(self, person: Person, client_id: int) -> None:
        for way in (*map(normal, person.emails), *person.phones):
            self.clients.setdefault(way, client_id)
        client = Client.named(client_id)
        if client is not None and client not in self.at_hand:
            self.at_hand.append(client)

    # --- matters ----------------------------------------------------------------------------

    def _matter(self, one: Record, matter: Matter, known: Known) -> dict[str, Any]:
        ticket = Ticket.named(self.threads.get(matter.thread) if matter.thread else None)
        if matter.only_ours:
            here = Ticket.named(known.answered(matter))
            if here is not None and (ticket is None or here.id != ticket.id):
                return self._answer_to(here, one, matter)
            if ticket is None:  # what it answers has gone since it was tried
                return {"outcome": Outcome.ERROR.value, "reason": "answer_alone"}
        facts: dict[str, Any] = {}
        client_id = ticket.client_id if ticket is not None else None
        if ticket is None:
            client_id, made = self._client_for(matter.client)
            facts = {"made": True} if made else {}
            ticket = self._opened(one, matter, client_id)
        else:
            for entry in matter.entries:
                self._entry(one, entry, matter, ticket)
        if matter.thread:
            self.threads[matter.thread] = ticket.id
            ticket.closed_at = max(ticket.closed_at or matter.opened_at, matter.opened_at)
        self._keep_name(self.names, one.external_id, ticket)
        return {"client_id": client_id, "ticket_id": ticket.id, "facts": facts}

    def _opened(self, one: Record, matter: Matter, client_id: int | None) -> Ticket:
        """A ticket begun by what the client said first; what we wrote before it follows."""
        meaning = self.vocabulary.meaning(matter)
        first = next(entry for entry in matter.entries if entry.kind == "contact")
        contact = self._contact(one, first, matter, client_id, meaning)
        subject = routing.masked(matter.subject) or contact.first_line[:80]
        ticket = making.open_ticket(
            contact,
            subject,
            matter.opened_at,
            matter.closed_at,
            meaning.team_id,
            meaning.owner_id,
        )
        making.told(ticket, self.source, self.import_id, self.at)
        if self.names != "ticket":
            self._keep_name("ticket", f"{one.external_id}#thread", ticket)
        for entry in matter.entries:
            if entry is not first:
                self._entry(one, entry, matter, ticket, meaning)
        if matter.remarks:
            written = "\n".join((f"{self.source} {one.external_id}", *matter.remarks))
            at = matter.closed_at or matter.entries[-1].at
            making.add_note(ticket, routing.masked(written), self.by_id, at)
        return ticket

    def _entry(
        self,
        one: Record,
        entry: Entry,
        matter: Matter,
        ticket: Ticket,
        meaning: Meaning | None = None,
    ) -> None:
        if entry.kind == "contact":
            if meaning is None:
                meaning = self.vocabulary.meaning(matter)
            making.add_contact(ticket, self._contact(one, entry, matter, ticket.client_id, meaning))
        elif entry.kind == "note":
            text = f"{entry.author}: {routing.masked(entry.text)}".strip(": ")
            files = [_enclosed(file) for file in entry.files]
            making.add_note(ticket, text, self.by_id, entry.at, files)
        else:
            self._answer(one, entry, matter, ticket.id, ticket.language)
            if entry.kind == "answer":
                ticket.first_answer_at = min(ticket.first_answer_at or entry.at, entry.at)

    def _answer_to(self, ticket: Ticket, one: Record, matter: Matter) -> dict[str, Any]:
        """What we had answered to a mail that is here already; its ticket gets it at the end."""
        [entry] = matter.entries
        message = self._answer(one, entry, matter, None, ticket.language)
        db.session.flush()
        at = entry.at if entry.kind == "answer" else None
        self.answers.append(_Answer(ticket.id, one.line, one.external_id, message.id, at))
        return {}

    def give_answers(self) -> Iterator[dict[str, Any]]:
        """Whoever works on one of these tickets waits for this alone, not for the whole file."""
        before: dict[int, datetime | None] = {}
        for one in sorted(self.answers, key=lambda answer: answer.ticket_id):
            ticket = db.session.get_one(Ticket, one.ticket_id).target
            answered = before.setdefault(ticket.id, ticket.first_answer_at)
            making.give_answer(ticket, one.message_id, one.at)
            self._keep_name(self.names, one.external_id, ticket)
            facts = {
                "answer": one.message_id,
                "answered": one.at.isoformat() if one.at else None,
                "answered_before": answered.isoformat() if answered else None,
            }
            made = {"client_id": ticket.client_id, "ticket_id": ticket.id}
            yield {"line": one.line, "facts": facts} | made

    def _answer(
        self,
        one: Record,
        entry: Entry,
        matter: Matter,
        ticket_id: int | None,
        language: str | None,
    ) -> Message:
        named = f"{self.source} {entry.external_id or one.external_id}"
        return making.add_answer(
            ticket_id,
            language,
            Kind.REPLY if entry.kind == "answer" else Kind.ACKNOWLEDGEMENT,
            named,
            entry.recipient or next(iter(matter.client.emails), ""),
            routing.masked(entry.subject or matter.subject),
            routing.masked(entry.text),
            entry.message_id or named,
            [_enclosed(file) for file in entry.files],
            entry.at,
        )

    def _contact(
        self,
        one: Record,
        entry: Entry,
        matter: Matter,
        client_id: int | None,
        meaning: Meaning,
    ) -> Contact:
        once = f"import|{self.source}|{one.external_id}|{entry.external_id}"
        intake = making.kept_as_it_came(entry.channel, entry.raw, entry.at, once, self.at)
        draft = _draft(intake, entry, matter)
        draft.client_id = client_id
        contact = contact_from(intake, draft, None)
        if meaning.topic_id is not None:
            contact.topic_id, contact.subtopic_id = meaning.topic_id, meaning.subtopic_id
            contact.intent_id = meaning.intent_id
            contact.decision = "human"
            making.learned(contact, self.by_id)
        contact.make_searchable()
        return contact

    def _keep_name(self, names: str, external_id: str, ticket: Ticket) -> None:
        ExternalReference.keep(self.source, names, external_id, self.import_id, ticket_id=ticket.id)


def _draft(intake: Intake, entry: Entry, matter: Matter) -> Draft:
    if entry.letter is not None:
        return read_from(entry.letter, intake)
    return Draft(
        sender_address=next(iter(matter.client.emails), ""),
        sender_name=routing.masked(matter.client.name),
        number=next(iter(matter.client.phones), ""),
        subject=entry.subject or matter.subject,
        text=entry.text,
        new_text=entry.text,
        language=matter.language,
        message_id=entry.message_id,
        in_reply_to=entry.in_reply_to,
        copies=list(entry.copies),
        attachments=[
            (file.name, file.content_type, file.content, file.inline) for file in entry.files
        ],
    )


def _enclosed(file: File) -> Enclosure:
    digest = Blob.keep(file.content)
    name = routing.masked(file.name)[:200]
    return Enclosure(name, file.content_type[:100], len(file.content), digest)
