"""What the agents answered in the ten days, and our answers as the world outside has them.

Who is answered, when and by whom follows from the contacts alone; the words come from a file. All
goes by the verbs of the ticket: nothing here writes a row of its own.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from models import business_time, calendar, correspondence, outbox
from models.base import db
from models.contact import Contact
from models.correspondence import GRACE
from models.files import Blob
from models.intake import Channel
from models.mailbox import Mailbox
from models.message import Enclosure, Message
from models.outbox import Job
from models.signature import Signature, filled
from models.ticket import Disposition, Ticket
from models.user import User
from triage import composing, letters
from triage.config import Settings
from triage.demo import contacts, papers
from triage.demo.contacts import Days, Told, chance
from triage.demo.machines import Ours
from triage.demo.programs import Quoted

ANSWERS = 108
ENCLOSED = 10
LEAVING_DAYS = 2
"""Of the last days the answers really leave; older ones count as sent, and no file is written."""
OPENING = {"fr": "Bonjour {},", "nl": "Beste {},", "de": "Guten Tag {},", "en": "Dear {},"}
CLOSING = {
    "fr": "Cordialement,",
    "nl": "Vriendelijke groeten,",
    "de": "Mit freundlichen Grüßen",
    "en": "Kind regards,",
}
AGENTS = {
    "fr": ("nadia", "nadia", "lea"),
    "nl": ("nadia", "tom", "koen"),
    "de": ("lea",),
    "en": ("tom",),
}
FORMS = {
    "fr": ("formulaire à compléter.pdf", "Demande de droit passerelle", "À compléter et à signer"),
    "nl": ("aanvraagformulier.pdf", "Aanvraag overbruggingsrecht", "In te vullen en te tekenen"),
    "de": ("Antragsformular.pdf", "Antrag auf Überbrückungsrecht", "Bitte ausfüllen"),
    "en": ("application form.pdf", "Application for the bridging right", "Fill in and sign"),
}
WITH_FORM = {
    "fr": "Le formulaire est joint à ce message.",
    "nl": "Het formulier vindt u in bijlage.",
    "de": "Das Formular liegt bei.",
    "en": "You will find the form attached.",
}
ENCLOSED_WITH = {
    ("bridging_right", "eligibility"),
    ("bridging_right", "what"),
    ("bridging_right", "turnover_relaunch"),
    ("bridging_right", "quarantine_care"),
}
CLOCKS = ("08:40", "09:05", "09:50", "10:35", "11:20", "13:15", "14:10", "15:30", "16:20")


@dataclass(frozen=True)
class Planned:
    """An answer that an agent is going to give."""

    said: Told
    day: int
    at: datetime
    login: str
    text: str
    closes: bool = False
    encloses: bool = False


@dataclass
class Correspondence:
    """The plan of the answers and, as the days pass, what was really sent."""

    days: Days
    planned: list[Planned]
    taken: dict[str, int] = field(default_factory=dict)
    """The intake that a mail became."""
    sent: dict[str, int] = field(default_factory=dict)
    """The message that last answered a contact."""
    receipts: list[int] = field(default_factory=list)
    """The messages that only confirm that something has come."""

    @classmethod
    def about(cls, said: Iterable[Told], days: Days) -> "Correspondence":
        return cls(days, list(first_answers(said, days)))

    # --- the house answers ------------------------------------------------------------------

    def answer(self, day: date, settings: Settings) -> None:
        """Give the answers of a day that is over."""
        people = {person.login: person for person in db.session.scalars(User.everybody())}
        mailbox = Mailbox.first()
        for one in sorted(self.planned, key=lambda planned: planned.at):
            by = people.get(one.login)
            if self.days.all[one.day - 1] == day and by and mailbox:
                self._give(one, by, mailbox, settings)

    def _give(self, one: Planned, by: User, mailbox: Mailbox, settings: Settings) -> None:
        ticket = self.ticket_of(one.said.id)
        if ticket is None or correspondence.answer_address(ticket) is None:
            return
        message = correspondence.answer(
            ticket,
            one.text,
            by=by,
            at=one.at,
            mailbox_address=mailbox.address,
            domain=settings.mail_domain,
            tag=letters.tag(ticket.number, settings),
            signature=signature_of(ticket, by, one.said.spoken, settings.triage_name),
            files=[form_in(one.said.spoken)] if one.encloses else [],
        )
        if one.closes:
            ticket.close(Disposition.ANSWERED, by=by, at=one.at)
        if one.day <= contacts.DAYS - LEAVING_DAYS:
            message.went(one.at + GRACE)
            outbox.settled_here(Job.SEND, message.id)
        self.sent[one.said.id] = message.id

    def awaited(self, day: date) -> set[str]:
        """The contacts whose answer comes after `day`."""
        return {one.said.id for one in self.planned if self.days.all[one.day - 1] > day}

    def ticket_of(self, said_id: str) -> Ticket | None:
        """The ticket to which a mail of the demo belongs by now."""
        contact = Contact.from_intake(self.taken.get(said_id, 0))
        return Ticket.named(contact.ticket_id) if contact else None

    def date_what_left(self) -> None:
        """What has left just now left when it was written."""
        for message_id in (*self.sent.values(), *self.receipts):
            message = Message.named(message_id)
            if message is not None and message.sent_at is not None:
                message.sent_at = message.written_at + GRACE

    # --- and the world outside has the answers ----------------------------------------------

    def ours(self, said_id: str, settings: Settings) -> Ours | None:
        """Our answer to a contact, as it is out in the world; None where nobody answered."""
        message = Message.named(self.sent.get(said_id, 0))
        if message is None:
            return None
        return Ours(
            message_id=message.message_id,
            subject=message.subject,
            sender=composing.envelope_sender(message, settings),
            recipient=message.recipient,
            reply_to=message.reply_to,
            references=message.references,
            raw=composing.as_mail(message, settings).as_bytes(),
        )

    def quoted(self, said_id: str, settings: Settings) -> Quoted | None:
        """The same as a client's program shows it below an answer."""
        message = Message.named(self.sent.get(said_id, 0))
        if message is None:
            return None
        body = composing.as_mail(message, settings).get_body(("plain",))
        return Quoted(
            at=message.written_at,
            name=settings.triage_name,
            address=message.reply_to,
            subject=message.subject,
            text=str(body.get_content()).replace("\r\n", "\n").rstrip() if body else message.text,
        )


def signature_of(ticket: Ticket, by: User, language: str, house: str) -> str:
    own = Signature.found(ticket.team_id, language)
    team = ticket.team.name(language) if ticket.team else ""
    return filled(own.text if own else "{agent}\n{house}", by.name, team, house)


def form_in(language: str) -> Enclosure:
    name, *lines = FORMS[language]
    form = papers.drawn("pdf", name, lines)
    return Enclosure(form.name, form.content_type, len(form.content), Blob.keep(form.content))


# --- the plan -------------------------------------------------------------------------------


def first_answers(said: Iterable[Told], days: Days) -> Iterator[Planned]:
    """Answers to some of the clients' first mails, within a few hours or on one of the next days."""
    words = answers_by_matter()
    seen: set[str] = set()
    candidates = []
    for one in sorted(said, key=lambda told: (told.at, told.id)):
        is_first = one.client not in seen
        seen.add(one.client)
        if is_first and one.channel == Channel.EMAIL and (one.spoken, one.topic) in words:
            candidates.append(one)
    candidates.sort(key=lambda one: chance(one.id, "answered").random())
    given = 0
    enclosed = 0
    for one in candidates:
        encloses = enclosed < ENCLOSED and (one.topic, one.subtopic) in ENCLOSED_WITH
        planned = first_answer(one, days, words[one.spoken, one.topic], encloses)
        if planned is not None:
            given += 1
            enclosed += encloses
            yield planned
        if given == ANSWERS:
            return


def first_answer(
    said: Told, days: Days, words: list[dict[str, Any]], encloses: bool
) -> Planned | None:
    """None where it would come later than now, or now while the house is closed."""
    drawn = chance(said.id, "moment")
    today = days.all.index(calendar.business_day(said.at)) + 1
    same = said.at + timedelta(minutes=drawn.randrange(35, 240))
    if drawn.random() < 0.5 and business_time.is_open(same, business_time.USUAL_WEEK):
        day, at = today, same
    else:
        day = today + drawn.choice((1, 1, 2))
        if day > contacts.DAYS:
            return None
        at = days.moment(day, drawn.choice(CLOCKS), drawn.randrange(600))
    if at >= days.at or not business_time.is_open(at, business_time.USUAL_WEEK):
        return None
    fitting = [line for line in words if line["subtopic"] == said.subtopic]
    fitting = fitting or [line for line in words if line["subtopic"] is None] or words
    login = drawn.choice(AGENTS[said.spoken])
    text = str(drawn.choice(fitting)["text"])
    if encloses:
        text = f"{text} {WITH_FORM[said.spoken]}"
    return Planned(
        said=said,
        day=day,
        at=at,
        login=login,
        text=letter(said, text),
        closes=drawn.random() < 0.4,
        encloses=encloses,
    )


def letter(said: Told, words: str) -> str:
    return f"{OPENING[said.spoken].format(said.name)}\n\n{words}\n\n{CLOSING[said.spoken]}"


def answers_by_matter() -> dict[tuple[str, str], list[dict[str, Any]]]:
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for line in contacts.lines_of("answers.jsonl"):
        found.setdefault((line["lang"], line["topic"]), []).append(line)
    return found
