"""A mail as it was written, in a frame that runs nothing, calls nobody and knows no session."""

from datetime import datetime, timedelta

from flask import Response, abort, render_template, url_for
from flask.typing import ResponseReturnValue

from models.base import now
from models.contact import Contact
from models.files import Attachment
from models.filestore import Lost
from models.intake import Channel
from models.keys import ring
from models.policy import Verb
from triage.accounts import demand
from triage.desk.files import contact_of, content_of
from triage.desk.harmless import Harmless, harmless
from triage.desk.tickets import pages, the_ticket
from triage.discretion import demand_contact
from triage.intake.guarded import parse_guarded
from triage.intake.letter import Letter

POLICY = (
    "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
)
STYLE = """
:root { color-scheme: light; }
body { margin: 12px; font: 15px/1.45 system-ui, sans-serif; color: #1a2427; background: #fff;
  overflow-wrap: anywhere; }
img { max-width: 100%; height: auto; } img:not([src]) { outline: 1px dashed #8a979d; }
table { max-width: 100%; } blockquote { margin: 8px 0 8px 8px; padding-left: 10px;
  border-left: 2px solid #dde3e6; }
.host { color: #5f6d73; font-size: 12px; } pre { white-space: pre-wrap; font: inherit; }
.notice { margin: 0 0 12px; padding: 6px 10px; border-radius: 6px; background: #fdf1de;
  color: #8a5300; font-size: 13px; }
"""
PICTURE_LASTS = timedelta(minutes=5)
PICTURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}
"""What a mail may show inside itself, by how it begins."""


@pages.get("/tickets/<int:number>/contacts/<int:contact_id>/mail")
def mail(number: int, contact_id: int) -> ResponseReturnValue:
    """The HTML of a mail, or its text where that cannot be shown safely."""
    user = demand(Verb.WORK)
    contact = contact_of(the_ticket(user, number), contact_id)
    demand_contact(user, contact)
    written, clean = as_written(contact)
    frame = render_template("desk/mail_body.html", contact=contact, clean=clean, has_layout=written)
    head, _, body = frame.partition("</head>")
    response = Response(f"{head}<style>{STYLE}</style></head>{body}{clean.html if clean else ''}")
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def as_written(contact: Contact) -> tuple[bool, Harmless | None]:
    """Whether the mail has a layout of its own, and that layout if it may be shown."""
    if contact.channel != Channel.EMAIL:
        return False, None
    letter = parse_guarded(contact.intake.raw)
    if letter.html is None:
        return letter.html_present, None
    return True, harmless(letter.html, addresses_of_pictures(letter, contact, now()))


def addresses_of_pictures(letter: Letter, contact: Contact, at: datetime) -> dict[str, str]:
    """Where the frame finds the pictures of this mail, by content id; it has no session, so each
    address vouches for itself, for one picture and a short time."""
    kept = {attachment.sha256: attachment for attachment in contact.attachments}
    until = int((at + PICTURE_LASTS).timestamp())
    return {
        part.content_id.lower(): address_of_picture(kept[part.sha256], until)
        for part in letter.attachments
        if part.content_id and part.sha256 in kept and kind_of_picture(part.content)
    }


def address_of_picture(attachment: Attachment, until: int) -> str:
    signature = ring().sign("picture", attachment.id, until)
    return url_for("desk.picture", picture_id=attachment.id, until=until, signature=signature)


@pages.get("/pictures/<int:picture_id>/<int:until>/<signature>")
def picture(picture_id: int, until: int, signature: str) -> ResponseReturnValue:
    """A picture inside a mail, for whoever was given its address minutes ago."""
    if not ring().vouches(signature, "picture", picture_id, until) or until < now().timestamp():
        abort(404)
    attachment = Attachment.named(picture_id)
    contact = Contact.named(attachment.contact_id) if attachment else None
    if attachment is None or contact is None:
        abort(404)
    try:
        content = content_of(attachment, contact)
    except Lost:
        abort(404)
    kind = kind_of_picture(content) or abort(404)
    response = Response(content, mimetype=kind)
    response.headers["Content-Disposition"] = "inline"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    # The frame has no origin of its own, so that to the browser it is not ours.
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def kind_of_picture(content: bytes) -> str | None:
    """Its type by its first bytes, whatever the mail said."""
    return next((kind for start, kind in PICTURES.items() if content.startswith(start)), None)
