"""Ten working days of a crisis, put through the real intake, and what the house did on each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from flask import Flask

from models import business_time, calendar, saying
from models.action import Action, ActionKind
from models.base import db, now, transaction
from models.client import Client
from models.contact import Contact
from models.intake import Adapter, Channel
from models.mailbox import Mailbox
from models.message import Message
from models.problem import Problem, ProblemState
from models.screening import Screening
from models.settings import Setting
from models.ticket import Disposition, Status, Ticket
from models.user import User
from triage import background, preparing, routing
from triage.config import Settings
from triage.demo import (
    callbacks,
    calling,
    clients,
    contacts,
    documents,
    dossier,
    figures,
    forms,
    gaps,
    mailings,
    matters,
    meetings,
    notices,
    past_inflow,
    privacy,
    queue,
    reports,
    rounds,
    rules,
    scenes,
    staff,
    telephone,
    texts,
    transfer,
)
from triage.demo.contacts import DAYS, Days, Told, chance
from triage.demo.correspondence import LEAVING_DAYS, Correspondence
from triage.demo.people import MARK, refuse_real_data
from triage.intake import envelope, receipts, receive_mail, receive_typed
from triage.intake.fetching.oversize import keep_beginning
from triage.replay import Said, receive, replay

LOADED = "demo.loaded"
RECEIPT_AFTER = timedelta(seconds=20)
OPENS, CLOSES = time(8, 40), time(17, 30)


@dataclass
class Story:
    """What was said in the ten days and what the house does in them."""

    app: Flask
    days: Days
    letters: Correspondence
    said: list[Told]

    @property
    def settings(self) -> Settings:
        settings: Settings = self.app.extensions["settings"]
        return settings


def load(app: Flask, progress: Callable[[int, int], None]) -> int:
    """Play the ten days; returns the number of contacts. Does nothing a second time."""
    refuse_real_data()
    with transaction():
        if Setting.read(LOADED):
            return 0
        Setting.write(MARK, True)
    story = begun(app, now())
    total = len(story.said)
    preparing.tell(preparing.DEMO, 0, total)

    def tell(done: int) -> None:
        progress(done, total)
        preparing.tell(preparing.DEMO, done, total)

    count = play(story, tell)
    figures.count(now())
    past_inflow.lay(now())
    preparing.finished()
    with transaction():
        staff.furnish(now())
        Setting.write(LOADED, now().isoformat())
    return count


def play(story: Story, done: Callable[[int], None]) -> int:
    """Let the days pass; returns the number of contacts."""
    return replay(
        story.app,
        story.said,
        done=done,
        after_day=lambda at: live(story, at),
        take=lambda said, mailbox: take(story, said, mailbox),
    )


def begun(app: Flask, at: datetime) -> Story:
    """The plan of ten days that end at `at`: nothing has been said yet."""
    days = Days(at)
    written = contacts.written(days)
    letters = Correspondence.about(written, days)
    beside = scenes.scenes(letters, days, app.extensions["settings"])
    return Story(app, days, letters, [*written, *beside])


def take(story: Story, said: Said, mailbox: Mailbox | None) -> None:
    """A contact comes in: mail as a mail server hands it over, the last day's calls with a note."""
    if isinstance(said, Told) and said.post is not None and mailbox is not None:
        take_mail(story, said, mailbox)
    elif isinstance(said, Told) and said.channel == Channel.PHONE and story.days.last(said.at):
        take_note(said)
    else:
        receive(said, mailbox)


def take_mail(story: Story, said: Told, mailbox: Mailbox) -> None:
    posted = said.post(mailbox.address) if said.post else None
    if posted is None:
        return
    if posted.cut_from is not None:
        told = envelope.Told(
            mail_from=posted.mail_from, rcpt_to=[posted.rcpt_to], cut_from=posted.cut_from
        )
        story.letters.taken[said.id] = keep_beginning(posted.raw, told, mailbox, folder="Failed")
        return
    drawn = chance(said.address, "server")
    story.letters.taken[said.id] = receive_mail(
        posted.raw,
        adapter=Adapter.REPLAY,
        mailbox=mailbox,
        mail_from=posted.mail_from,
        rcpt_to=[posted.rcpt_to],
        remote_ip=f"198.51.100.{drawn.randrange(1, 255)}",
        said_at=said.at,
    )


def take_note(said: Told) -> None:
    call = telephone.answered(said)
    receive_typed(
        Channel.PHONE,
        {
            "name": said.name,
            "number": said.number,
            "text": said.text,
            "language": said.language,
            "call_id": call.id,
            "taken_by": call.user_id,
        },
        adapter=Adapter.REPLAY,
        once=f"replay|{said.id}|{said.at.isoformat()}",
        said_at=said.at,
        received_at=said.at,
    )


# --- what the house did ---------------------------------------------------------------------


def live(story: Story, at: datetime) -> None:
    """After each day: answers given, decisions taken, the form fixed on the seventh evening."""
    day = calendar.business_day(at)
    number = story.days.all.index(day) + 1
    meeting = meetings.decided_at(day)
    with transaction():
        koen = db.session.scalar(User.by_login("koen"))
        nadia = db.session.scalar(User.by_login("nadia"))
        if koen is None or nadia is None:
            return
        story.letters.answer(day, story.settings)
        answer_some(story, nadia, koen, day, at)
        if number == 6:
            act("web_form", koen, meeting, ActionKind.FORM_FIX, FORM_FIX, story.days.all[6])
        if number == 7:
            finish_actions(koen, at)
        if number == 8:
            act("phone_line", koen, meeting, ActionKind.STAFFING, CALL_BACKS, story.days.all[-1])
            watch(koen, meeting)
        meetings.hold(number, day, koen, [koen, nadia])
        if number == DAYS - 1:
            mark_representative()
            sentence(day)
        if number == DAYS:
            callers = [said.number for said in story.said if said.channel == Channel.PHONE]
            writers = [one.said.number for one in story.letters.planned]
            telephone.ring(story.days, [*callers, *writers][:4])
            calling.leave_unfinished(story.days.at)
            clients.furnish(day, nadia)
            callbacks.owe(story.days.at, nadia, koen)
            texts.use(story.days.at, nadia, koen, story.settings)
            rules.furnish(day, meeting, koen, db.session.scalar(User.by_login("ingrid")) or koen)
            dossier.furnish(story.days.at, koen, db.session.scalar(User.by_login("ingrid")) or koen)
            matters.furnish(at, nadia, koen)
            queue.furnish(story.days.at, nadia, koen)
            documents.furnish(story.days.at, nadia)
    if number == DAYS:
        with transaction():
            confirm_receipt(story, day)
    if number > DAYS - LEAVING_DAYS:
        background.keep_promises(story.settings, 600)
        with transaction():
            story.letters.date_what_left()
    if number == DAYS:
        forms.furnish(story.days.at, story.settings)
        notices.furnish(story.days.at, story.settings)
        mailings.furnish(story.days.at, story.settings)
        rounds.furnish(story.days.at, story.settings)
        transfer.furnish(at)
        with transaction():
            gaps.furnish(story.days.at)
            reports.furnish(story.days.at)
            privacy.furnish(story.days.at)


FORM_FIX = "Accepter les numéros d’entreprise qui commencent par 0 ou 1, avec ou sans BE"
CALL_BACKS = "Deux collègues rappellent tous ceux qui n’ont pas eu la ligne"


def answer_some(story: Story, nadia: User, koen: User, day: date, at: datetime) -> None:
    """Older tickets get their answer; the newest wait on the desk, and what came in when the house
    was closed waits until it opens."""
    waiting = list(db.session.scalars(Ticket.waiting_since(at - timedelta(days=30))))
    until = min(at, calendar.start_of(day, CLOSES))
    confirm_topics(waiting, nadia, until)
    keep = 140 if day == story.days.all[-1] else 60
    awaited = [story.letters.ticket_of(said_id) for said_id in story.letters.awaited(day)]
    later = {ticket.id for ticket in awaited if ticket is not None}
    for position, ticket in enumerate(waiting[: max(0, len(waiting) - keep)]):
        by = nadia if position % 3 else koen
        if ticket.id in later or ticket.attention is not None:
            continue
        settled = moment_between(ticket, until, 0.4, 1.0)
        if not business_time.is_open(settled, business_time.USUAL_WEEK):
            continue
        if ticket.assignee_id is None:
            ticket.assignee_id = by.id
        ticket.first_answer_at = ticket.first_answer_at or settled
        if position % 4 == 3:
            ticket.status = Status.WAITING.value
            continue
        disposition = Disposition.ANSWERED if position % 5 else Disposition.DOCUMENT_REQUESTED
        ticket.close(disposition, by=by, at=settled)


def confirm_topics(waiting: list[Ticket], nadia: User, until: datetime) -> None:
    """Most of what the machine was unsure of was looked at the same day, some of it corrected."""
    for ticket in waiting:
        if ticket.needs_choice and ticket.topic_id and ticket.id % 5:
            routing.correct(
                ticket,
                ticket.topic_id,
                ticket.subtopic_id,
                ticket.intent_id,
                by=nadia,
                at=moment_between(ticket, until, 0.0, 0.4),
            )


def moment_between(ticket: Ticket, until: datetime, least: float, most: float) -> datetime:
    """Some moment of the office hours that end at `until`, after the ticket's last contact."""
    morning = calendar.start_of(calendar.business_day(until), OPENS)
    earliest = min(max(morning, ticket.last_contact_at), until)
    share = chance(str(ticket.number), "moment").uniform(least, most)
    return max(earliest + (until - earliest) * share, ticket.last_contact_at)


def mark_representative() -> None:
    """Twelve clients in one morning: whoever wrote for them is known from now on."""
    for client in db.session.scalars(Client.by_address(scenes.ACCOUNTANT[1])):
        client.representative = True


def confirm_receipt(story: Story, day: date) -> None:
    """Receipts of the last day leave as for any new mail; of what is older, nobody waits for one."""
    start, end = calendar.bounds(day)
    mailbox = Mailbox.first()
    for contact in db.session.scalars(Contact.between(start, end)).all():
        ticket = Ticket.named(contact.ticket_id)
        if ticket is None or not ticket.opened_by(contact):
            continue
        receipts.acknowledge(contact, ticket, mailbox, story.settings)
        for message in db.session.scalars(Message.of_ticket(ticket.id)):
            if message.automatic:
                message.written_at = contact.received_at + RECEIPT_AFTER
                story.letters.receipts.append(message.id)


def act(
    thing: str,
    koen: User,
    at: datetime,
    kind: ActionKind,
    what: str,
    due_on: date,
) -> None:
    problem = largest(thing)
    if problem is not None:
        Screening.on(calendar.business_day(at)).decide(
            problem,
            ProblemState.ACTING,
            by=koen,
            at=at,
            owner=koen,
            due_on=due_on,
            kind=kind,
            what=what,
        )


def watch(koen: User, at: datetime) -> None:
    problem = largest("payment")
    if problem is not None:
        Screening.on(calendar.business_day(at)).decide(
            problem, ProblemState.WATCHING, by=koen, at=at
        )
        saying.write(problem, WHAT_TO_SAY, by=koen, at=at)
        draft = saying.last_change(problem)
        assert draft is not None
        saying.approve(problem, in_mail=False, by=koen, seen=draft.id, at=at)


def finish_actions(koen: User, at: datetime) -> None:
    for action in db.session.scalars(Action.open()).all():
        action.finish(by=koen, at=at)


WHAT_TO_SAY = {
    "fr": "Les paiements d'avril partent ce vendredi et arrivent au plus tard le mardi suivant. Vous "
    "n'avez rien à faire.",
    "nl": "De betalingen van april vertrekken deze vrijdag en staan uiterlijk de dinsdag daarna op uw "
    "rekening. U hoeft niets te doen.",
    "de": "Die Zahlungen für April gehen diesen Freitag hinaus und sind spätestens am Dienstag darauf "
    "auf Ihrem Konto. Sie brauchen nichts zu tun.",
}


def largest(thing: str) -> Problem | None:
    return db.session.scalars(Problem.about(thing).limit(1)).first()


def sentence(day: date) -> None:
    screening = Screening.on(calendar.working_day_after(day))
    screening.sentence = {
        "fr": "Les paiements d'avril partent vendredi : inutile de réintroduire une demande.",
        "nl": "De betalingen van april vertrekken vrijdag: een nieuwe aanvraag is niet nodig.",
        "de": "Die Zahlungen für April gehen am Freitag hinaus: kein neuer Antrag nötig.",
        "en": "April payments leave on Friday: there is no need to apply again.",
    }
