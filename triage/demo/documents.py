"""Documents that the demo's clients still have to send: missing, received, reminded, asked twice."""

from datetime import datetime, timedelta

from models import calendar
from models.base import db, now
from models.contact import Contact
from models.document_request import DocumentRequest
from models.ticket import Status, Ticket
from models.user import User

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ANNEX = {
    "fr": "Avec charge de famille : annexe de la mutuelle",
    "nl": "Met gezinslast: bijlage van het ziekenfonds",
    "de": "Bei Familienlast: Anlage der Krankenkasse",
    "en": "With family charge: annex from the health fund",
}
PROOF = {
    "fr": "Preuve de la fermeture (photo de l’affiche, décision)",
    "nl": "Bewijs van de sluiting (foto van de affiche, besluit)",
    "de": "Nachweis der Schließung (Foto des Aushangs, Beschluss)",
    "en": "Proof of the closure (photo of the notice, decision)",
}
UNREADABLE = {
    "fr": "la deuxième page est illisible",
    "nl": "de tweede bladzijde is onleesbaar",
    "de": "die zweite Seite ist unleserlich",
    "en": "the second page cannot be read",
}
TOPIC = "bridging_right"
WANTED = 4


def furnish(at: datetime, nadia: User) -> None:
    """Of what waits about the bridging right on the last day; nothing where too little does."""
    waiting = [
        ticket
        for ticket in db.session.scalars(Ticket.waiting_since(at - 10 * DAY))
        if ticket.topic_id == TOPIC
        and ticket.client is not None
        and ticket.client.email
        and ticket.status != Status.CLOSED
        and not ticket.health
        and not ticket.needs_choice
    ]
    if len(waiting) < WANTED:
        return
    fresh, reminded, came, twice = waiting[-WANTED:]
    told(fresh, ANNEX, at - 3 * HOUR, nadia).due_on = calendar.business_day(at + 9 * DAY)
    late = told(reminded, ANNEX, at - 8 * DAY, nadia)
    told(reminded, PROOF, at - 8 * DAY, nadia).reminded_at = late.reminded_at = at - DAY
    lying = told(came, PROOF, at - 2 * DAY, nadia)
    contact = db.session.scalars(Contact.of_ticket(came.id)).first()
    if contact is not None:
        DocumentRequest.receive(contact, [lying.id], at - 2 * HOUR)
        came.open_again()
    again = told(twice, ANNEX, at - 4 * DAY, nadia)
    again.received_at = at - DAY
    spoken = twice.language if twice.language in UNREADABLE else "fr"
    again.reject(by=nadia, at=at - 4 * HOUR, why=UNREADABLE[spoken or "fr"])
    again.told_at = at - 4 * HOUR


def told(ticket: Ticket, names: dict[str, str], asked_at: datetime, nadia: User) -> DocumentRequest:
    """Asked for, and the client knows."""
    moment = max(asked_at, ticket.opened_at)
    return DocumentRequest.ask(ticket, names, at=min(moment, now()), by=nadia, told=True)
