"""Events of the back office become mails to clients: at most once each, and only as news."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from models import holding, notice_mail, outbox
from models.base import db, each_at_a_time, now, transaction
from models.calendar import BRUSSELS, business_day, start_of
from models.client import Client
from models.correspondence import answer_address
from models.document_request import DocumentRequest
from models.mailbox import Mailbox
from models.message import Message
from models.notice import Notice, NoticeKind, NoticeState, Why
from models.notice_batch import TIME_TO_UNDO, NoticeBatch
from models.notice_known import known_already, mind_bounces, overtake, same_files
from models.notice_match import match_all
from models.notice_text import NoticeText, Standing
from models.outbox import Claim, Job, later
from models.ticket import Ticket
from triage.config import Settings
from triage.letters import tag
from triage.notice_file import read_on
from triage.notice_words import filled, language_of, names_of, said_of, text_for

log = logging.getLogger("triage.notices")

BATCH = 50
LEASE = timedelta(minutes=2)
PAUSE = timedelta(seconds=20)
MOST_DOUBLED = 10
"""What fails again and again is tried more and more rarely, at last every six hours."""
TRIED_AGAIN = timedelta(days=7)
"""So long an event of nobody is looked at anew each night: the client may have become known."""


def tell_waiting(owner: str, settings: Settings) -> int:
    """A worker's turn: what can be told together is; returns how many promises were taken up."""
    with transaction():
        claims = outbox.claim(Job.NOTICE, owner, BATCH, LEASE)
    events = [claimed for claimed in claims if not of_file(claimed)]
    together = len(events) > 1 and told_together(events, owner, settings)
    for claimed in claims:
        if together and not of_file(claimed):
            continue
        try:
            with transaction():
                outbox.finish(claimed, owner)
                keep(claimed, settings)
        except outbox.LeaseLost:
            continue
        except Exception as failure:
            log.warning("notice %s (%s) failed: %r", claimed.ref_id, claimed.cause, failure)
            with transaction():
                pause = PAUSE * 2 ** min(claimed.tries - 1, MOST_DOUBLED)
                outbox.fail(claimed, owner, repr(failure), pause)
    return len(claims)


def told_together(events: list[Claim], owner: str, settings: Settings) -> bool:
    """All in one transaction; False where one of them is in the way: then each is told alone."""
    try:
        with transaction():
            ours = outbox.finish_all(events, owner)
            find_and_tell(Notice.held_all([one.ref_id for one in ours]), settings, now())
    except Exception as failure:
        log.info("%s notices are told one by one: %r", len(events), failure)
        return False
    return True


def of_file(claimed: Claim) -> bool:
    return claimed.cause.startswith("file")


def keep(claimed: Claim, settings: Settings) -> None:
    """One promise: a piece of a file, or one event."""
    if of_file(claimed):
        batch = NoticeBatch.held(claimed.ref_id)
        if batch is not None and read_on(batch, now()):
            later(Job.NOTICE, batch.id, cause=f"file {batch.done}")
        return
    find_and_tell(Notice.held_all([claimed.ref_id]), settings, now())


def find_and_tell(notices: Sequence[Notice], settings: Settings, at: datetime) -> None:
    """Whose file each is about, then the mail; where nobody is certain, it waits for a person.

    Done twice it is done once: what was told, or put aside by a person, stays as it is. The caller
    holds them; two events of one client are never told at once.
    """
    waiting = [one for one in notices if one.state in (NoticeState.WAITING, NoticeState.UNMATCHED)]
    match_all([one for one in waiting if one.client_id is None])
    matched = [one for one in waiting if one.client_id is not None]
    if not matched:
        return
    db.session.flush()
    each_at_a_time("notice", (str(one.client_id) for one in matched))
    round_ = Round(settings, at, NoticeText.all_standing(), Mailbox.first(), same_files(matched))
    for notice in matched:
        notice.sealed = None  # also where a person has said who
        round_.tell(notice)
    round_.leave()


@dataclass
class Round:
    """Some events that are told together: what is read once for all of them, and their mails."""

    settings: Settings
    at: datetime
    texts: Standing
    mailbox: Mailbox | None
    others: Mapping[int, Sequence[Notice]]
    """Of each event, those of the same file."""
    mails: list[tuple[Notice, Message]] = field(default_factory=list)

    def tell(self, notice: Notice) -> None:
        """Write to the client, unless it is no news."""
        client, settings, at = notice.client, self.settings, self.at
        assert client is not None
        if any(earlier.client_id == client.id for earlier, _mail in self.mails):
            self.leave()  # what it may overtake has to be there
        follow(notice, at)
        text = text_for(notice, self.texts)
        others = self.others[notice.id]
        waits_until = leaves_at(notice, settings, at)
        why = known_already(
            notice,
            others,
            text,
            at=at,
            leaves=waits_until or at,
            repeat_days=settings.notice_repeat_days,
        )
        if why is not None or text is None:
            settle(notice, NoticeState.SUPPRESSED, why or Why.SWITCHED_OFF, at)
            return
        overtake(notice, others)
        recipient = address_of(notice.ticket, client)
        if recipient is None:
            settle(notice, NoticeState.NO_ADDRESS, Why.ADDRESS_MISSING, at)
            return
        language = language_of(notice, settings)
        subject, words = filled(text, said_of(notice, language, settings), language)
        if notice.ticket is not None:
            subject = f"{subject} {tag(notice.ticket.number, settings)}"
        message = notice_mail.written(
            notice,
            subject,
            words,
            recipient=recipient,
            language=language,
            mailbox=self.mailbox,
            domain=settings.mail_domain,
            at=at,
            not_before=waits_until,
        )
        notice.told_at = at
        notice.state, notice.why = NoticeState.TOLD.value, ""
        self.mails.append((notice, message))
        if asks_for_documents(notice):
            self.leave()
            ask_for_documents(notice, at, message.id)

    def leave(self) -> None:
        """Keep what is written so far and promise that it is sent."""
        notice_mail.promise_all(self.mails)
        self.mails.clear()


def settle(notice: Notice, state: NoticeState, why: Why, at: datetime) -> None:
    notice.state, notice.why = state.value, why.value
    ask_for_documents(notice, at, None)


def follow(notice: Notice, at: datetime) -> None:
    """What the event means for our own ticket: a complete file lacks no document."""
    if notice.kind == NoticeKind.COMPLETE and notice.ticket_id is not None:
        DocumentRequest.all_there(notice.ticket_id, at=at, why=NoticeKind.COMPLETE.value)


def ask_for_documents(notice: Notice, at: datetime, message_id: int | None) -> None:
    """Each missing document is a request on the ticket; our mail has named it, so none follows."""
    if not asks_for_documents(notice) or notice.ticket is None:
        return
    for document in notice.said.get("documents", []):
        asked = DocumentRequest.ask(
            notice.ticket,
            names_of(document),
            at=at,
            code=document if isinstance(document, str) and document.isidentifier() else "",
            cause=notice_mail.cause_of(notice),
            told=message_id is not None,
        )
        if message_id is not None and asked.message_id is None:
            asked.was_told(message_id, at)


def asks_for_documents(notice: Notice) -> bool:
    missing = notice.kind == NoticeKind.DOCUMENTS_MISSING and notice.ticket is not None
    return missing and notice.state != NoticeState.SUPPRESSED


def address_of(ticket: Ticket | None, client: Client) -> str | None:
    """Where the client, or who speaks for the client in this matter, is written to."""
    return (answer_address(ticket) if ticket is not None else None) or client.email


def leaves_at(notice: Notice, settings: Settings, at: datetime) -> datetime | None:
    """Not at night; a file's mails only once it can no longer be taken back."""
    earliest = at + TIME_TO_UNDO if notice.batch_id is not None else at
    morning = after_the_night(earliest, settings.notice_quiet)
    return morning if morning > at else None


def after_the_night(at: datetime, quiet: tuple[int, int] | None) -> datetime:
    """`at`, or the end of the quiet hours in which it falls (Belgian time)."""
    if quiet is None or quiet[0] == quiet[1]:
        return at
    first, last = quiet
    hour, day = at.astimezone(BRUSSELS).hour, business_day(at)
    if first < last:
        return start_of(day, time(last)) if first <= hour < last else at
    if hour >= first:
        return start_of(day + timedelta(days=1), time(last))
    return start_of(day, time(last)) if hour < last else at


# --- by the clock ---------------------------------------------------------------------------


def mind(at: datetime) -> None:
    """Once a minute: whom no mail reached stands on the list of those to be called."""
    mind_bounces()


def by_night(at: datetime) -> None:
    """Events of nobody are tried once more; what identifies people is not kept for ever."""
    Notice.forget(at)
    NoticeBatch.forget(at)
    # What a restored backup knows of nobody may have been told since: that is for a person.
    since = max(at - TRIED_AGAIN, holding.restored_at() or at - TRIED_AGAIN)
    for notice_id in db.session.scalars(Notice.unmatched_since(since)):
        later(Job.NOTICE, notice_id, cause=f"again {business_day(at)}")
