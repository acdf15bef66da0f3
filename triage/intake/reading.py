"""From raw bytes to contact and ticket, exactly once: the second hop.

A batch is one transaction with a savepoint for each item. What cannot be read is retried alone,
then quarantined where people see it; it is never dropped.
"""

import logging
import time
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError

from classifiers.engine import Opinion, Text
from models import filestore, outbox
from models.base import db, now, transaction
from models.calendar import business_day
from models.client import Client
from models.contact import Contact
from models.event import record
from models.intake import Intake, State
from models.outbox import Claim, Job, later
from models.settings import Setting
from models.ticket import Ticket
from models.topic import Topic
from triage import routing
from triage.config import Settings
from triage.intake.draft import Draft, draft_of
from triage.intake.filing import file

log = logging.getLogger("triage.reading")

BATCH = 50
BATCH_BYTES = 40 * 1024 * 1024
"""What is read together lies in memory together, files and all."""
NO_ROOM_PAUSE = timedelta(minutes=1)
GROUPING_PAUSE = timedelta(seconds=20)


def read_waiting(owner: str, settings: Settings) -> int:
    """Claim a batch of intakes and read it; returns how many promises were taken up."""
    lease = timedelta(seconds=settings.lease_seconds)
    with transaction():
        claims = alone_if_suspect(outbox.claim(Job.READ, owner, BATCH, lease), owner)
        claims = what_fits(claims, owner)
    if claims and claims[0].tries > outbox.MAX_TRIES:
        try_again_or_quarantine(claims[0], owner, RuntimeError("its reader died each time"))
    elif claims:
        read_batch(claims, owner, settings)
    return len(claims)


def alone_if_suspect(claims: list[Claim], owner: str) -> list[Claim]:
    """What was tried before is read by itself: it may be what its last reader died of."""
    suspect = next((claimed for claimed in claims if claimed.tries > 1), None)
    if suspect is None:
        return claims
    outbox.give_back([claimed for claimed in claims if claimed is not suspect], owner)
    return [suspect]


def what_fits(claims: list[Claim], owner: str) -> list[Claim]:
    """The first of them, as many as are not too large together; the others go back."""
    sizes, total = Intake.sizes([claimed.ref_id for claimed in claims]), 0
    for position, claimed in enumerate(claims):
        total += sizes.get(claimed.ref_id, 0)
        if position and total > BATCH_BYTES:
            outbox.give_back(claims[position:], owner)
            return claims[:position]
    return claims


def read_batch(claims: list[Claim], owner: str, settings: Settings) -> None:
    failures: list[tuple[Claim, Exception]] = []
    filed: list[Contact] = []
    with transaction():
        # From here on the rows are held as well: nobody takes up what is being read, however long
        # it takes, and the death of this process lets go of them.
        claims = outbox.renew(claims, owner, timedelta(seconds=settings.lease_seconds))
        intakes = Intake.several([claimed.ref_id for claimed in claims])
        topics = Topic.everything()  # held, so that the session asks for each only once
        drafts: dict[int, Draft] = {}
        for claimed in claims:
            try:
                drafts[claimed.id] = draft_of(intakes[claimed.ref_id], settings)
            except Exception as error:  # any bytes may come in: the item fails, not the batch
                failures.append((claimed, error))
        readable = [claimed for claimed in claims if claimed.id in drafts]
        opinions = opine_on(
            [(drafts[claimed.id], intakes[claimed.ref_id].channel) for claimed in readable]
        )
        for claimed, opinion in zip(readable, opinions, strict=True):
            if settings.slow_items_ms:
                time.sleep(settings.slow_items_ms / 1000)
            try:
                with db.session.begin_nested():
                    contact = file(intakes[claimed.ref_id], drafts[claimed.id], opinion, settings)
                    outbox.finish(claimed, owner)
                filed.append(contact)
            except outbox.LeaseLost:
                log.info("intake %s was read by somebody else", claimed.ref_id)
            except Exception as error:  # see above; it is retried alone
                failures.append((claimed, error))
        topics.clear()
        promise_grouping(filed)
    for claimed, failure in failures:
        log.warning("intake %s not read (try %s): %r", claimed.ref_id, claimed.tries, failure)
        try_again_or_quarantine(claimed, owner, failure)


def promise_grouping(contacts: list[Contact]) -> None:
    """One promise for the days of what was read together, kept soon after the last grouping: a
    surge is grouped every twenty seconds, a single mail at once.

    Each transaction makes a promise of its own, so that none can be kept before what it is for is
    there to be seen.
    """
    days = {business_day(contact.said_at): contact.id for contact in contacts if contact.ticket_id}
    if not days:
        return
    grouped = Setting.read("grouped_at")
    due = datetime.fromisoformat(grouped) + GROUPING_PAUSE if grouped else None
    for day, contact_id in days.items():
        later(
            Job.GROUP,
            day.toordinal(),
            cause=str(contact_id),
            not_before=due if due and due > now() else None,
        )


def try_again_or_quarantine(claimed: Claim, owner: str, error: Exception) -> None:
    with transaction():
        if isinstance(error, filestore.NoRoom):  # no contact without its files
            outbox.put_off(claimed, owner, repr(error), NO_ROOM_PAUSE)
            return
        if outbox.in_the_way(error):
            outbox.put_off(claimed, owner, repr(error), timedelta(seconds=1))
            return
        if not claimed.last_try:
            outbox.fail(claimed, owner, repr(error), timedelta(seconds=2**claimed.tries))
            return
        intake = Intake.named(claimed.ref_id)
        if intake is not None and Contact.from_intake(intake.id) is None:
            quarantine(intake, repr(error))
        outbox.give_up(claimed, owner, repr(error))


def quarantine(intake: Intake, error: str) -> Contact:
    """What no program could read becomes a ticket that says so; the raw bytes stay with it."""
    at = now()
    sender = str(intake.envelope.get("mail_from") or "")
    client = Client.writing_from(sender, "", None, "envelope") if "@" in sender else None
    contact = Contact(
        intake_id=intake.id,
        channel=intake.channel,
        client_id=client.id if client else None,
        mailbox_id=intake.mailbox_id,
        said_at=intake.said_at or intake.received_at,
        received_at=intake.received_at,
        sender=sender,
        subject="",
        fully_read=False,
        defects=["unreadable"],
    )
    db.session.add(contact)
    db.session.flush()
    ticket = Ticket.open_for(contact, team_id=intake.mailbox.team_id if intake.mailbox else None)
    intake.settle(State.QUARANTINED, at, error)
    record("intake.quarantined", at=at, contact_id=contact.id, ticket_id=ticket.id)
    return contact


def read_now(intake_id: int, settings: Settings) -> Contact | None:
    """Read one intake within the caller's transaction, for a person who waits for its number.

    None when that fails: the promise stays in the outbox and a worker will keep it.
    """
    with transaction():
        intake = Intake.named(intake_id)
        if intake is None:
            return None
        standing = Contact.from_intake(intake_id)
        if standing is not None:
            return standing
        try:
            with db.session.begin_nested():
                draft = draft_of(intake, settings)
                opinion = opine_on([(draft, intake.channel)])[0]
                contact = file(intake, draft, opinion, settings)
                outbox.settled_here(Job.READ, intake_id)
                promise_grouping([contact])
        except outbox.LeaseLost:
            log.info("intake %s is being read by a worker", intake_id)
            return None
        except Exception:  # a worker will try again; what was said is already kept
            log.exception("intake %s left to the worker", intake_id)
            return None
        return contact


def opine_on(drafts: list[tuple[Draft, str]]) -> list[Opinion | None]:
    """Opinions in the order of the drafts; None for what people must look at anyway."""
    wanted = [(draft, channel) for draft, channel in drafts if draft.worth_classifying]
    given = iter(opinions_of([draft.as_text(channel) for draft, channel in wanted]))
    return [next(given) if draft.worth_classifying else None for draft, _ in drafts]


def opinions_of(texts: list[Text]) -> list[Opinion | None]:
    """A text that breaks the classifier goes to people and costs the others nothing."""
    try:
        return routing.opine(texts)
    except SQLAlchemyError:
        raise
    except Exception:
        if len(texts) == 1:
            log.exception("a text could not be classified")
            return [None]
        return [opinion for text in texts for opinion in opinions_of([text])]
