"""What came while there was no model is classified and routed once there is one, in small batches.

What a person has done meanwhile stays as it is: then the opinion stands beside the contact only.
"""

import logging
from datetime import timedelta

from classifiers.engine import Opinion, Text
from models import outbox
from models.base import db, now, transaction
from models.contact import Contact
from models.model_version import not_yet_classified
from models.outbox import Claim, Job
from models.ticket import Ticket
from triage import routing
from triage.intake.reading import opinions_of, promise_grouping

log = logging.getLogger("triage.catching_up")

BATCH = 20
LEASE = timedelta(minutes=2)
PAUSE = timedelta(seconds=15)
"""How long it waits between two looks for a model."""
OLDEST = timedelta(days=30)


def classify_waiting(owner: str) -> int:
    """Claim a batch and classify it; returns how many promises were taken up."""
    if routing.engine() is None:
        with transaction():
            outbox.hold(Job.CLASSIFY, PAUSE)
        return 0
    with transaction():
        claims = outbox.claim(Job.CLASSIFY, owner, BATCH, LEASE)
    if claims:
        classify(claims, owner)
    return len(claims)


def classify(claims: list[Claim], owner: str) -> None:
    failures: list[tuple[Claim, Exception]] = []
    with transaction():
        claims = outbox.renew(claims, owner, LEASE)
        contacts = not_yet_classified([one.ref_id for one in claims], now() - OLDEST)
        texts = [text_of(contact) for contact in contacts.values()]
        opinions = dict(zip(contacts, opinions_of(texts), strict=True))
        for claimed in sorted(claims, key=lambda one: one.ref_id):
            try:
                with db.session.begin_nested():
                    opinion = opinions.get(claimed.ref_id)
                    if opinion is not None:
                        take_over(contacts[claimed.ref_id], opinion)
                    outbox.finish(claimed, owner)
            except Exception as error:  # the item is tried again, not the batch
                failures.append((claimed, error))
        promise_grouping(list(contacts.values()))
    for claimed, failure in failures:
        log.warning("contact %s not classified: %r", claimed.ref_id, failure)
        with transaction():
            if claimed.last_try:
                outbox.give_up(claimed, owner, repr(failure))
            else:
                outbox.fail(claimed, owner, repr(failure), PAUSE)


def text_of(contact: Contact) -> Text:
    return Text(contact.new_text, contact.subject, contact.channel, contact.language)


def take_over(contact: Contact, opinion: Opinion) -> None:
    at = now()
    routing.believe(contact, text_of(contact), opinion, at)
    ticket = Ticket.named(contact.ticket_id)
    if ticket is not None and not ticket.touched_by_person:
        routing.route(contact, ticket, opinion, at)
