"""Mail that no person wrote: answering machines, bounces, a newsletter, a receipt, damaged mail.

Each is the bytes that such a program sends; what it answers or brings back is given to it.
"""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage, Message, MIMEPart
from email.policy import SMTP
from email.utils import format_datetime, formataddr

from models.calendar import BRUSSELS
from triage.demo.programs import mark

DEPTH = 70
KEPT_BYTES = 65_536
OVERSIZE_BYTES = 48_300_000


@dataclass(frozen=True)
class Ours:
    """A mail of ours as the machine at the other end has it."""

    message_id: str
    subject: str
    sender: str
    recipient: str
    reply_to: str
    references: str
    raw: bytes


ABSENCES = {
    "fr": (
        "Réponse automatique : {}",
        "Bonjour,\n\nJe suis absent jusqu'au lundi prochain et ne lis pas mes messages. Pour toute "
        "urgence, appelez mon associée.\n",
    ),
    "nl": (
        "Automatisch antwoord: {}",
        "Ik ben afwezig tot en met vrijdag en heb geen toegang tot mijn mail. Uw bericht wordt "
        "niet doorgestuurd.\n",
    ),
    "en": (
        "Automatic reply: {}",
        "Thank you for your message. I am out of the office with limited access to e-mail and will "
        "answer on my return.\n",
    ),
    "de": (
        "Automatische Antwort: {}",
        "Ich bin zurzeit nicht im Büro und lese keine Mails. Ab Montag bin ich wieder da.\n",
    ),
}


def out_of_office(ours: Ours, name: str, language: str, at: datetime) -> bytes:
    subject, text = ABSENCES[language]
    mail = begun(
        formataddr((name, ours.recipient)), ours.reply_to, subject.format(ours.subject), at
    )
    mail["In-Reply-To"] = mail["References"] = ours.message_id
    mail["Auto-Submitted"] = "auto-replied"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(text, cte="quoted-printable")
    return sealed(mail)


def bounce(ours: Ours, status: str, said: str, at: datetime) -> bytes:
    """The report of a mail server (RFC 3464) with the head of what it could not deliver."""
    host = ours.recipient.rpartition("@")[2]
    mail = begun(
        f"Mail Delivery System <mailer-daemon@{host}>",
        ours.sender,
        "Undelivered Mail Returned to Sender",
        at,
    )
    mail["Auto-Submitted"] = "auto-replied"
    report = part("multipart/report")
    report.set_param("report-type", "delivery-status")
    words = part("text/plain")
    words.set_content(
        f"This is the mail system at host {host}.\n\nYour message could not be delivered to one "
        f"or more recipients.\n\n<{ours.recipient}>: {said}\n"
    )
    status_part = part("message/delivery-status")
    about, recipient = Message(), Message()
    about["Reporting-MTA"] = f"dns; {host}"
    recipient["Final-Recipient"] = f"rfc822; {ours.recipient}"
    recipient["Action"] = "failed"
    recipient["Status"] = status
    recipient["Diagnostic-Code"] = f"smtp; {said}"
    status_part.set_payload([about, recipient])
    original = part("text/rfc822-headers")
    original.set_payload(ours.raw.replace(b"\r\n", b"\n").split(b"\n\n", 1)[0].decode() + "\n")
    return reported(mail, report, [words, status_part, original])


def read_receipt(ours: Ours, name: str, at: datetime) -> bytes:
    mail = begun(formataddr((name, ours.recipient)), ours.reply_to, f"Gelezen: {ours.subject}", at)
    mail["In-Reply-To"] = mail["References"] = ours.message_id
    report = part("multipart/report")
    report.set_param("report-type", "disposition-notification")
    words = part("text/plain")
    words.set_content("Uw bericht is gelezen.\n")
    notification = part("message/disposition-notification")
    notification.set_payload(
        f"Reporting-UA: Outlook\nFinal-Recipient: rfc822;{ours.recipient}\n"
        f"Original-Message-ID: {ours.message_id}\n"
        "Disposition: manual-action/MDN-sent-manually; displayed\n"
    )
    return reported(mail, report, [words, notification])


def newsletter(to: str, at: datetime) -> bytes:
    mail = begun("Ondernemersnieuws <nieuws@ondernemers.example>", to, "Vijf tips voor mei", at)
    mail["List-Id"] = "<nieuws.ondernemers.example>"
    mail["List-Unsubscribe"] = "<https://ondernemers.example/uit/4711>"
    mail["Precedence"] = "bulk"
    mail.set_content("Tip 1: praat met uw bank. Tip 2: plan uw heropening.\n")
    mail.add_alternative(
        '<table width="600" align="center"><tr><td bgcolor="#0a5c5a">'
        '<font color="#ffffff" size="5">Vijf tips voor mei</font></td></tr>'
        "<tr><td>Tip 1: praat met uw bank.<br>Tip 2: plan uw heropening.</td></tr>"
        '<tr><td><img src="https://ondernemers.example/teller.gif?4711" width="1" height="1">'
        '<a href="https://ondernemers.example/uit/4711">Uitschrijven</a></td></tr></table>',
        subtype="html",
    )
    return sealed(mail)


# --- what cannot be read in full ------------------------------------------------------------


def with_winmail(to: str, at: datetime) -> bytes:
    """Outlook's own container, cut off on its way."""
    mail = begun("Danny Roelandts <danny.roelandts@postvak.example>", to, "attest", at)
    mail.set_content("In bijlage het attest van de boekhouder.\n")
    cut = b"\x78\x9f\x3e\x22\x01\x00\x01\x06\x90\x08\x00\x04" + bytes(range(256)) * 3
    mail.add_attachment(cut, maintype="application", subtype="ms-tnef", filename="winmail.dat")
    return sealed(mail)


def too_deep(to: str, at: datetime) -> bytes:
    """Forwarded so often that each program has wrapped it once more."""
    head = head_of(
        "Monique Vrancken <monique.vrancken@boite.example>", to, "TR: TR: TR: relevé", at
    )
    opened = "".join(
        f'Content-Type: multipart/mixed; boundary="n{depth}"\r\n\r\n--n{depth}\r\n'
        for depth in range(DEPTH)
    )
    text = "Content-Type: text/plain; charset=utf-8\r\n\r\nVoici le relevé demandé.\r\n"
    closed = "".join(f"--n{depth}--\r\n" for depth in reversed(range(DEPTH)))
    return f"{head}{opened}{text}{closed}".encode()


def broken_head(to: str, at: datetime) -> bytes:
    """A header that never ends, as a gateway makes it that folds nothing."""
    head = head_of("Kurt Hermanns <kurt.hermanns@mailbox.example>", to, "Beitrag 2. Quartal", at)
    endless = "X-Gateway-Trace: " + "hop=relay.example;" * 7_000
    return (
        f"{head}{endless}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        "Ich bitte um Aufschub für das zweite Quartal.\r\n"
    ).encode()


def cut_base64(to: str, at: datetime) -> bytes:
    """A scan of which a filter has left nothing but stars."""
    head = head_of("Claire Masson <claire.masson@courrier.example>", to, "Mon attestation", at)
    return (
        f'{head}Content-Type: multipart/mixed; boundary="scan"\r\n\r\n'
        "--scan\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        "Bonjour, voici mon attestation scannée.\r\n"
        '--scan\r\nContent-Type: application/pdf; name="attestation.pdf"\r\n'
        "Content-Transfer-Encoding: base64\r\n"
        'Content-Disposition: attachment; filename="attestation.pdf"\r\n\r\n'
        f"{'*' * 76}\r\n{'*' * 76}\r\n--scan--\r\n"
    ).encode()


def oversize(to: str, at: datetime) -> bytes:
    """What was kept of a mail that is larger than we take: its head and its first words."""
    head = head_of("Studio Verlinden <info@verlinden.example>", to, "alle foto's van de zaak", at)
    beginning = (
        f'{head}Content-Type: multipart/mixed; boundary="photos"\r\n\r\n--photos\r\n'
        "Content-Type: text/plain; charset=utf-8\r\n\r\n"
        "In bijlage alle foto's van de schade, in volle grootte.\r\n--photos\r\n"
        'Content-Type: image/tiff; name="foto 1.tif"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    ).encode()
    return beginning + (b"A" * 76 + b"\r\n") * ((KEPT_BYTES - len(beginning)) // 78)


# --- written down ---------------------------------------------------------------------------


def begun(sender: str, to: str, subject: str, at: datetime) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail["Date"] = format_datetime(at.astimezone(BRUSSELS))
    mail["Message-ID"] = identifier(sender, subject, at)
    return mail


def head_of(sender: str, to: str, subject: str, at: datetime) -> str:
    date = format_datetime(at.astimezone(BRUSSELS))
    return (
        f"From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\nDate: {date}\r\n"
        f"Message-ID: {identifier(sender, subject, at)}\r\nMIME-Version: 1.0\r\n"
    )


def identifier(sender: str, subject: str, at: datetime) -> str:
    host = sender.rpartition("@")[2].strip(">")
    return f"<{mark(sender, subject, at.isoformat())}@{host}>"


def part(kind: str) -> MIMEPart:
    made = MIMEPart(policy=SMTP)
    made["Content-Type"] = kind
    return made


def reported(mail: EmailMessage, report: MIMEPart, parts: list["Message[str, str] | str"]) -> bytes:
    """A report is the mail itself: its parts stand at the top."""
    mail["MIME-Version"] = "1.0"
    mail["Content-Type"] = str(report["Content-Type"])
    mail.set_payload(parts)
    return sealed(mail)


def sealed(mail: EmailMessage) -> bytes:
    for number, piece in enumerate(mail.walk()):
        if piece.get_content_maintype() == "multipart":
            piece.set_boundary(f"=_{number}_{mark(str(mail['Message-ID']), 'boundary')}")
    return mail.as_bytes()
