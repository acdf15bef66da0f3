"""The files that leave with an answer: read from the form, named cleanly, counted.

Between a preview and its sending a kept file is known by a signed word that only its own writer
can use, so that nobody can enclose what lies in the store.
"""

import mimetypes
import re
from dataclasses import dataclass

from flask import current_app, request
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeSerializer

from models.files import Blob
from models.message import Enclosure
from models.ticket import Ticket
from models.user import User
from triage.desk.files import plain_name
from triage.routing import masked

MOST_FILES = 10
MOST_BYTES = 15_000_000
_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]{0,80}")


class TooMuch(Exception):
    """More files, or larger ones, than a mail can carry; says so in words."""


@dataclass(frozen=True)
class Chosen:
    """A file of the form: its bytes, or the word under which it is kept already."""

    name: str
    content_type: str
    size: int
    content: bytes | None = None
    enclosure: Enclosure | None = None

    def keep(self) -> Enclosure:
        if self.enclosure is not None:
            return self.enclosure
        assert self.content is not None
        return Enclosure(self.name, self.content_type, self.size, Blob.keep(self.content))


def chosen_files(ticket: Ticket, user: User) -> list[Chosen]:
    """The files that the form brings, those kept before first; raises `TooMuch`."""
    found = [_known(word, ticket, user) for word in request.form.getlist("kept")]
    chosen = [file for file in found if file is not None]
    for sent in request.files.getlist("files"):
        if sent.filename:
            content = sent.stream.read()
            name = masked(plain_name(sent.filename))
            chosen.append(Chosen(name, _type(name, sent.mimetype), len(content), content))
    if len(chosen) > MOST_FILES:
        raise TooMuch(_("Attach at most ten files."))
    if sum(file.size for file in chosen) > MOST_BYTES:
        raise TooMuch(_("Together the files are larger than 15 MB: many mailboxes refuse that."))
    return chosen


def word_for(file: Enclosure, ticket: Ticket, user: User) -> str:
    """The word under which `user` may enclose a kept file in an answer to this ticket."""
    word: str = _signer(ticket, user).dumps([file.name, file.content_type, file.size, file.sha256])
    return word


def _known(word: str, ticket: Ticket, user: User) -> Chosen | None:
    try:
        name, content_type, size, digest = _signer(ticket, user).loads(word)
    except BadSignature:
        return None
    return Chosen(name, content_type, size, enclosure=Enclosure(name, content_type, size, digest))


def _signer(ticket: Ticket, user: User) -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt=f"enclosure|{ticket.id}|{user.id}")


def _type(name: str, claimed: str) -> str:
    """What the name says, else what the browser says."""
    guessed, _encoding = mimetypes.guess_type(name)
    for kind in (guessed, claimed):
        if kind and _TYPE.fullmatch(kind) and not kind.startswith(("message/", "multipart/")):
            return kind
    return "application/octet-stream"
