"""Texts at work on the demo's last day: some answers made of templates, macros, and a newcomer
whose answer waits for a colleague."""

import secrets
from datetime import datetime, timedelta

from models import correspondence
from models.base import db
from models.macro import Macro, StepKind
from models.message import Message
from models.second_reader import Newcomer, SecondReader
from models.ticket import Ticket
from models.topic import LANGUAGES
from models.user import Role, User
from triage import routing, writing
from triage.config import Settings
from triage.demo.people import employ
from triage.macros import answer_of

HOUR = timedelta(hours=1)
NEWCOMER = ("sofie", "Sofie Maes")
MACROS = (
    (
        ("Paiement réclamé", "Betaling nagevraagd", "Nach Zahlung gefragt", "Payment chased"),
        "bridging_right",
        (
            (StepKind.ASSIGN, ""),
            (StepKind.ANSWER, "bridging-payment"),
            (StepKind.CLOSE, "answered"),
        ),
    ),
    (
        (
            "Nouveau compte : rappeler",
            "Nieuwe rekening: bellen",
            "Neues Konto: anrufen",
            "New account: call",
        ),
        "file_admin",
        (
            (StepKind.ANSWER, "account-change"),
            (StepKind.CALL_BACK, "1"),
            (
                StepKind.NOTE,
                "IBAN: vérifier par téléphone / telefonisch nagaan / am Telefon prüfen.",
            ),
        ),
    ),
    (
        (
            "Plainte : prendre et signaler",
            "Klacht: nemen en melden",
            "Beschwerde: nehmen und melden",
            "Complaint: take and flag",
        ),
        None,
        (
            (StepKind.TOPIC, "complaint"),
            (StepKind.ASSIGN, ""),
            (StepKind.FLAG, ""),
            (StepKind.ANSWER, "complaint-received"),
        ),
    ),
)
"""Names in four languages, topic, steps."""


def use(at: datetime, nadia: User, koen: User, settings: Settings) -> None:
    """What stands on the pages about texts at `at`."""
    for names, topic, steps in MACROS:
        Macro.write(None, dict(zip(LANGUAGES, names, strict=True)), steps, topic, None, by=koen)
    SecondReader.allow(nadia, by=koen, at=at - 30 * HOUR)
    waiting = [
        ticket
        for ticket in db.session.scalars(Ticket.waiting_since(at - timedelta(days=3)))
        if ticket.topic_id == "bridging_right" and not ticket.health and not ticket.needs_choice
    ]
    for ticket in waiting[:3]:
        write(ticket, "not-yet-decided", nadia, at - HOUR, settings)
    sofie = newcomer(nadia, koen, at)
    for ticket in waiting[3:5]:
        write(ticket, "bridging-payment", sofie, at - 2 * HOUR, settings)


def newcomer(nadia: User, koen: User, at: datetime) -> User:
    login, name = NEWCOMER
    made = employ(login, name, Role.AGENT, "nl", secrets.token_urlsafe(24))
    for team in nadia.teams:
        made.join(team, ["fr", "nl"])
    db.session.flush()
    db.session.expire(made, ["memberships"])
    Newcomer.welcome(made, by=koen, at=at - timedelta(days=6))
    return made


def write(ticket: Ticket, code: str, by: User, at: datetime, settings: Settings) -> Message | None:
    """An answer made of a template, where it can be filled for that client."""
    text = answer_of(code, ticket, by)
    recipient = correspondence.answer_address(ticket)
    mailbox = correspondence.answer_mailbox(ticket)
    if text is None or text.open_fields or recipient is None or mailbox is None:
        return None
    draft = writing.draft(
        ticket,
        routing.masked(text.text),
        by=by,
        at=at,
        language=text.offer.language,
        recipient=recipient,
        mailbox=mailbox,
        settings=settings,
    )
    draft.template_version_id = text.offer.version.id
    return correspondence.send(ticket, draft, by=by, at=at)
