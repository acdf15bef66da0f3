"""An accountant with mandates who writes once for seven clients, and one woman who is kept twice."""

from datetime import date, datetime, time, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr

from models import calendar
from models.base import db, now
from models.client import Client
from models.intake import Adapter, Channel
from models.mailbox import Mailbox
from models.mandate import Mandate
from models.user import User
from triage.demo.scenes import ACCOUNTANT, enterprise_number
from triage.intake import receive_mail, receive_typed

REPRESENTED = (
    ("Boulangerie Henrard", None, 400, "report des cotisations du premier trimestre"),
    ("Garage Petitjean", None, 12, "droit passerelle pour avril, atelier fermé"),
    ("Collard Esthétique", "exemption", 200, "dispense pour le deuxième trimestre"),
    ("Fleuriste Au Muguet", None, -20, "changement de numéro de compte, quel formulaire ?"),
    ("Servais Taxi", None, 60, "courses pour un hôpital : perd-il le droit passerelle ?"),
    ("Menuiserie Thiry", "deferral", 90, "rappel avec majoration malgré le report accordé"),
)
"""(name, topic of the mandate or None for all, days until it ends, what is asked today)"""
WITHOUT_MANDATE = ("Toitures Gillet", "paiement de mars toujours pas reçu")
TWICE = "Marjorie Delvigne"
AT_WORK, NUMBER = "marjorie@atelier-delvigne.example", "+32470118822"


def furnish(day: date, by: User) -> None:
    """What stands on the clients' pages on the last day."""
    at = min(calendar.start_of(day, time(9, 40)), now() - timedelta(hours=2))
    accountant = db.session.scalars(Client.by_address(ACCOUNTANT[1])).first()
    if accountant is None:
        return
    for place, (name, topic, days, _asked) in enumerate(REPRESENTED):
        client = Client.unknown(name, "fr")
        number = enterprise_number(place)
        client.learn_identifier("kbo", number, f"••••.•••.{number[-3:]}", at)
        Mandate.give(
            accountant,
            client,
            topics=[topic] if topic else [],
            first_day=day - timedelta(days=300),
            last_day=day + timedelta(days=days),
            proof="Formulaire signé, 2 pages",
            by=by,
            at=at - timedelta(days=90),
        )
    write_for_all(at)
    write_twice(at)


def write_for_all(at: datetime) -> None:
    """One mail, seven clients, one line each."""
    rows = [
        f"{name} | {enterprise_number(place)} | {asked}"
        for place, (name, _topic, _days, asked) in enumerate(REPRESENTED)
    ]
    rows.append(f"{WITHOUT_MANDATE[0]} | {enterprise_number(9)} | {WITHOUT_MANDATE[1]}")
    name, address, firm = ACCOUNTANT
    mail = EmailMessage(policy=SMTP)
    mail["From"] = formataddr((name, address))
    mail["To"] = mailbox_address()
    mail["Subject"] = "Demandes de nos clients, semaine en cours"
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = "<semaine@fiduciaire-lambot.example>"
    body = "\n".join(rows)
    mail.set_content(
        f"Bonjour,\n\nVoici les demandes de cette semaine :\n\n{body}\n\nCordialement,\n{firm}\n"
    )
    receive_mail(
        mail.as_bytes(),
        adapter=Adapter.REPLAY,
        mailbox=Mailbox.first(),
        mail_from=address,
        rcpt_to=[mailbox_address()],
        said_at=at,
    )


def write_twice(at: datetime) -> None:
    """The same woman by form from work, and by a note of her call under a record of her own."""
    said = {"name": TWICE, "email": AT_WORK, "text": "Où en est ma demande de droit passerelle ?"}
    called = {
        "name": TWICE,
        "number": NUMBER,
        "text": "Mme rappelle, demande écrite la semaine passée, pas de nouvelles",
    }
    for channel, words, hours in ((Channel.FORM, said, 0), (Channel.PHONE, called, 1)):
        receive_typed(
            channel,
            words,
            adapter=Adapter.REPLAY,
            once=f"demo|twice|{channel.value}",
            said_at=at + timedelta(hours=hours),
            received_at=at + timedelta(hours=hours),
        )


def mailbox_address() -> str:
    first = Mailbox.first()
    return first.address if first is not None else "contact@fund.example"
