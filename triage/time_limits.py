"""Which quarter a client means, and the last day of a ticket when it is routed."""

from collections.abc import Iterable
from datetime import date, timedelta

from classifiers.dates import quarters
from models import time_limit
from models.calendar import business_day
from models.contact import Contact
from models.deadline import Quarter
from models.ticket import Ticket

AHEAD = timedelta(days=45)
"""A quarter named without its year may begin so soon; else the last one of that number is meant."""


def keep(ticket: Ticket, contacts: Iterable[Contact]) -> None:
    """Set the last day of a ticket from its measures and the quarters named by its contacts."""
    contacts = list(contacts)
    named = [
        quarter
        for contact in contacts
        for quarter in named_quarters(
            f"{contact.subject or ''}\n{contact.new_text or contact.text}",
            business_day(contact.said_at),
        )
    ]
    seen_on = max((business_day(contact.received_at) for contact in contacts), default=None)
    time_limit.keep(ticket, seen_on or business_day(ticket.opened_at), sorted(set(named)))


def named_quarters(text: str, said: date) -> list[Quarter]:
    """The quarters that are named in a text, each once, the earliest first."""
    return sorted({_meant(written, said) for written, _, _ in quarters(text)})


def _meant(written: str, said: date) -> Quarter:
    if "/" in written:
        return Quarter.read(written)
    number = int(written[1])
    begun = (Quarter(year, number) for year in (said.year + 1, said.year, said.year - 1))
    return next(quarter for quarter in begun if quarter.first <= said + AHEAD)
