"""Mails as the programs of clients write them: Gmail, Outlook, an iPhone, Thunderbird.

What a person wrote stays as it is; the program adds mark-up, a signature, a logo, a notice and the
mail that is being answered.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from enum import StrEnum
from html import escape

from babel.dates import format_datetime as in_words

from models.calendar import BRUSSELS
from triage.demo.papers import Paper

WIDTH = 72


class Program(StrEnum):
    """What a client writes mail with."""

    PLAIN = "plain"
    GMAIL = "gmail"
    OUTLOOK = "outlook"
    IPHONE = "iphone"
    THUNDERBIRD = "thunderbird"


@dataclass(frozen=True)
class Quoted:
    """The mail of ours that is answered, as it stands in the client's program."""

    at: datetime
    name: str
    address: str
    subject: str
    text: str


@dataclass(frozen=True)
class Sheet:
    """What a client writes, before a program makes a mail of it."""

    id: str
    at: datetime
    name: str
    address: str
    to: str
    subject: str
    text: str
    language: str = "fr"
    signature: tuple[str, ...] = ()
    logo: bytes = b""
    notice: bool = False
    quoted: Quoted | None = None
    in_reply_to: str | None = None
    references: str = ""
    files: tuple[Paper, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)


AGENTS = {
    Program.OUTLOOK: "Microsoft Outlook 16.0",
    Program.IPHONE: "iPhone Mail (17D50)",
    Program.THUNDERBIRD: "Mozilla Thunderbird",
}
CLOSINGS = {
    "fr": "Bien cordialement,",
    "nl": "Met vriendelijke groeten,",
    "de": "Mit freundlichen Grüßen",
    "en": "Kind regards,",
}
POCKET = {
    "fr": "Envoyé de mon iPhone",
    "nl": "Verstuurd vanaf mijn iPhone",
    "de": "Von meinem iPhone gesendet",
    "en": "Sent from my iPhone",
}
NOTICES = {
    "fr": "Ce message et ses annexes sont confidentiels et réservés à leur destinataire. Si vous "
    "l'avez reçu par erreur, merci de le détruire et d'en avertir l'expéditeur.",
    "nl": "Dit bericht en zijn bijlagen zijn vertrouwelijk en alleen bestemd voor de "
    "geadresseerde. Hebt u het bij vergissing ontvangen, verwijder het dan en verwittig ons.",
    "de": "Diese Nachricht und ihre Anhänge sind vertraulich und nur für den Empfänger bestimmt. "
    "Haben Sie sie irrtümlich erhalten, so löschen Sie sie bitte und geben Sie uns Bescheid.",
    "en": "This message and its attachments are confidential and meant for the intended recipient "
    "only. If you have received it in error, please delete it and let the sender know.",
}
WROTE = {
    Program.GMAIL: {
        "fr": ("EEE d MMM y 'à' HH:mm", "Le {when}, {who} a écrit :"),
        "nl": ("EEE d MMM y 'om' HH:mm", "Op {when} schreef {who}:"),
        "de": ("EEE, d. MMM y 'um' HH:mm 'Uhr'", "Am {when} schrieb {who}:"),
        "en": ("EEE, MMM d, y 'at' h:mm a", "On {when} {who} wrote:"),
    },
    Program.IPHONE: {
        "fr": ("d MMM y 'à' HH:mm", "Le {when}, {who} a écrit :"),
        "nl": ("d MMM y 'om' HH:mm", "Op {when} heeft {who} het volgende geschreven:"),
        "de": ("dd.MM.y 'um' HH:mm", "Am {when} schrieb {who}:"),
        "en": ("d MMM y, 'at' HH:mm", "On {when}, {who} wrote:"),
    },
    Program.THUNDERBIRD: {
        "fr": ("dd/MM/y 'à' HH:mm", "Le {when}, {who} a écrit :"),
        "nl": ("d/MM/y 'om' HH:mm", "Op {when} schreef {who}:"),
        "de": ("dd.MM.y 'um' HH:mm", "Am {when} schrieb {who}:"),
        "en": ("dd/MM/y HH:mm", "On {when}, {who} wrote:"),
    },
}
BLOCK = {
    "fr": ("De :", "Envoyé :", "À :", "Objet :"),
    "nl": ("Van:", "Verzonden:", "Aan:", "Onderwerp:"),
    "de": ("Von:", "Gesendet:", "An:", "Betreff:"),
    "en": ("From:", "Sent:", "To:", "Subject:"),
}
WORD_STYLE = (
    "<style><!--\n@font-face {font-family:Calibri; panose-1:2 15 5 2 2 2 4 3 2 4;}\n"
    "p.MsoNormal, li.MsoNormal, div.MsoNormal {margin:0cm; font-size:11.0pt; "
    'font-family:"Calibri",sans-serif;}\na:link {color:#0563C1; text-decoration:underline;}\n'
    "--></style>"
)


def mail_of(sheet: Sheet, program: Program) -> bytes:
    """The mail, byte for byte the same for the same sheet."""
    mail = headed(sheet, program)
    plain, html = WRITERS[program](sheet)
    if program is Program.THUNDERBIRD:
        mail.set_content(flowed(plain), cte="8bit")
        mail.set_param("format", "flowed")
    else:
        mail.set_content(plain, cte="quoted-printable")
    if html:
        mail.add_alternative(html, subtype="html", cte="quoted-printable")
        if sheet.logo and program is Program.OUTLOOK:
            show_logo(mail, sheet)
    for file in sheet.files:
        main, _, sub = file.content_type.partition("/")
        mail.add_attachment(file.content, maintype=main, subtype=sub, filename=file.name)
    for number, part in enumerate(mail.walk()):
        if part.is_multipart():
            part.set_boundary(f"----=_Part_{number}_{mark(sheet.id, 'boundary')}")
    return mail.as_bytes()


def headed(sheet: Sheet, program: Program) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = formataddr((sheet.name, sheet.address))
    mail["To"] = sheet.to
    mail["Subject"] = " ".join(sheet.subject.split())
    mail["Date"] = format_datetime(sheet.at.astimezone(BRUSSELS))
    mail["Message-ID"] = identifier(sheet.id, sheet.at, sheet.address)
    if sheet.in_reply_to:
        mail["In-Reply-To"] = sheet.in_reply_to
        mail["References"] = f"{sheet.references} {sheet.in_reply_to}".strip()
    if program in AGENTS:
        mail["X-Mailer"] = AGENTS[program]
    for name, value in sheet.headers.items():
        mail[name] = value
    return mail


def identifier(name: str, at: datetime, address: str) -> str:
    return f"<{name}.{at:%Y%m%d%H%M%S}@{address.rpartition('@')[2]}>"


def mark(*words: str) -> str:
    """Letters and digits that look like chance and are always the same."""
    return hashlib.sha256("|".join(words).encode()).hexdigest()[:16]


def show_logo(mail: EmailMessage, sheet: Sheet) -> None:
    html = mail.get_body(("html",))
    assert isinstance(html, MIMEPart)
    html.add_related(
        sheet.logo,
        maintype="image",
        subtype="png",
        cid=f"<{logo_id(sheet)}>",
        filename="image001.png",
        disposition="inline",
    )


def logo_id(sheet: Sheet) -> str:
    return f"image001.png@{mark(sheet.id, 'logo').upper()}"


# --- what each of them writes ---------------------------------------------------------------


def by_hand(sheet: Sheet) -> tuple[str, str]:
    return sheet.text, ""


def by_gmail(sheet: Sheet) -> tuple[str, str]:
    plain, html = [sheet.text], [f'<div dir="ltr">{lined(sheet.text)}']
    if sheet.signature:
        plain += ["", "-- ", *sheet.signature]
        html += [
            '<br clear="all"><div><br></div><span class="gmail_signature_prefix">-- </span><br>'
            f'<div dir="ltr" class="gmail_signature">{lined(chr(10).join(sheet.signature))}</div>'
        ]
    html.append("</div>")
    if sheet.quoted:
        line = wrote(sheet.quoted, Program.GMAIL, sheet.language)
        plain += ["", line, "", *quoted_lines(sheet.quoted)]
        html.append(
            f'<br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">'
            f"{escape(line, quote=False)}<br></div>"
            '<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;'
            'border-left:1px solid rgb(204,204,204);padding-left:1ex">'
            f"{lined(sheet.quoted.text)}</blockquote></div>"
        )
    return "\n".join(plain), "\n".join(html)


def by_outlook(sheet: Sheet) -> tuple[str, str]:
    below: list[str] = []
    if sheet.signature:
        below = ["", CLOSINGS[sheet.language], "", *sheet.signature]
    plain = [sheet.text, *below]
    html = [paragraphs(sheet.text), paragraphs("\n".join(below)) if below else ""]
    if sheet.signature and sheet.logo:
        html.append(
            '<p class="MsoNormal"><img width="150" height="44" '
            f'src="cid:{logo_id(sheet)}" alt=""></p>'
        )
    if sheet.notice:
        plain += ["", NOTICES[sheet.language]]
        html.append(
            '<p class="MsoNormal">&nbsp;</p><p class="MsoNormal"><span style="font-size:8.0pt;'
            f'color:gray">{escape(NOTICES[sheet.language], quote=False)}</span></p>'
        )
    if sheet.quoted:
        block = header_block(sheet.quoted, sheet)
        plain += ["", "_" * 32, *block, "", sheet.quoted.text]
        html.append(
            '<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
            f'<p class="MsoNormal">{lined(chr(10).join(block))}</p></div>'
            f'<p class="MsoNormal">&nbsp;</p>{paragraphs(sheet.quoted.text)}'
        )
    head = f'<head><meta http-equiv="Content-Type" content="text/html; charset=utf-8">{WORD_STYLE}'
    body = '<body lang="FR-BE" link="#0563C1" vlink="#954F72"><div class="WordSection1">'
    shown = "\n".join(piece for piece in html if piece)
    return "\n".join(plain), f"<html>{head}</head>\n{body}\n{shown}\n</div></body></html>"


def by_iphone(sheet: Sheet) -> tuple[str, str]:
    pocket = POCKET[sheet.language]
    plain = [sheet.text, "", pocket]
    html = [f'{lined(sheet.text)}<div><br></div><div dir="ltr">{pocket}</div>']
    if sheet.quoted:
        line = wrote(sheet.quoted, Program.IPHONE, sheet.language)
        plain += ["", f"> {line}", "> ", *quoted_lines(sheet.quoted)]
        html.append(
            f'<div dir="ltr"><br><blockquote type="cite">{escape(line, quote=False)}<br><br>'
            f'</blockquote></div><blockquote type="cite"><div dir="ltr">{lined(sheet.quoted.text)}'
            "</div></blockquote>"
        )
    head = '<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head>'
    return "\n".join(plain), f'{head}<body dir="auto">{"".join(html)}</body></html>'


def by_thunderbird(sheet: Sheet) -> tuple[str, str]:
    plain = [sheet.text]
    if sheet.quoted:
        line = wrote(sheet.quoted, Program.THUNDERBIRD, sheet.language)
        plain += ["", line, *quoted_lines(sheet.quoted)]
    if sheet.signature:
        plain += ["", "-- ", *sheet.signature]
    return "\n".join(plain), ""


WRITERS = {
    Program.PLAIN: by_hand,
    Program.GMAIL: by_gmail,
    Program.OUTLOOK: by_outlook,
    Program.IPHONE: by_iphone,
    Program.THUNDERBIRD: by_thunderbird,
}


def lined(text: str) -> str:
    return "<br>\n".join(escape(line, quote=False) for line in text.split("\n"))


def paragraphs(text: str) -> str:
    return "\n".join(
        f'<p class="MsoNormal">{lined(paragraph) or "&nbsp;"}</p>'
        for paragraph in text.split("\n\n")
    )


def wrote(quoted: Quoted, program: Program, language: str) -> str:
    pattern, sentence = WROTE[program][language]
    when = in_words(quoted.at, pattern, tzinfo=BRUSSELS, locale=language)
    return sentence.format(when=when, who=f"{quoted.name} <{quoted.address}>")


def header_block(quoted: Quoted, sheet: Sheet) -> list[str]:
    sender, sent, to, subject = BLOCK[sheet.language]
    when = in_words(quoted.at, "EEEE d MMMM y HH:mm", tzinfo=BRUSSELS, locale=sheet.language)
    return [
        f"{sender} {quoted.name} <{quoted.address}>",
        f"{sent} {when}",
        f"{to} {sheet.name} <{sheet.address}>",
        f"{subject} {quoted.subject}",
    ]


def quoted_lines(quoted: Quoted) -> list[str]:
    return [f"> {line}" if line else ">" for line in quoted.text.split("\n")]


def flowed(text: str) -> str:
    """Long lines broken softly (RFC 3676): a line that goes on ends with a blank."""
    return "\n".join(piece for line in text.split("\n") for piece in soft_lines(line))


def soft_lines(line: str) -> Sequence[str]:
    if line.startswith(">") or line == "-- ":
        return [line]
    pieces: list[str] = []
    while len(line) > WIDTH and (cut := line.rfind(" ", 1, WIDTH)) > 0:
        pieces.append(line[: cut + 1])
        line = line[cut + 1 :]
    return [*pieces, line]
