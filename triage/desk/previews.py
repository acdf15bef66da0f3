"""A look into the files of a ticket without saving them: pictures and pages drawn anew, texts
masked; the rest by name, kind and size."""

from dataclasses import dataclass

from flask import Response, abort, render_template
from flask.typing import ResponseReturnValue

from models.base import db
from models.files import Attachment
from models.filestore import Lost
from models.policy import Verb
from models.ticket import Ticket
from models.ticket_list import files_of
from triage import routing
from triage.accounts import by_htmx, demand
from triage.desk.files import content_of, file_of, missing
from triage.desk.tickets import pages, the_ticket
from triage.file_kinds import FileKind, kind_of_file
from triage.intake import pictures
from triage.intake.charset import db_safe, decode

TEXT_BYTES = 100_000


@dataclass(frozen=True)
class Look:
    """What there is to see of a file; `broken` when its program could not read it."""

    kind: FileKind
    size: tuple[int, int] | None = None
    text: str | None = None
    cut: bool = False
    sheets: int = 0
    broken: bool = False

    @property
    def sheets_drawn(self) -> int:
        return min(self.sheets, pictures.PAGES)

    @property
    def more_sheets(self) -> int:
        """Pages that are not drawn."""
        return max(0, self.sheets - pictures.PAGES)


@pages.get("/tickets/<int:number>/attachments/<int:attachment_id>/look")
def look(number: int, attachment_id: int) -> ResponseReturnValue:
    """One file among those of its ticket: alone as a page, or inside the one that asked."""
    user = demand(Verb.WORK)
    file, contact = file_of(user, number, attachment_id)
    ticket = the_ticket(user, number)
    try:
        seen = look_into(file, content_of(file, contact))
    except Lost:
        return missing(file)
    return render_template(
        "desk/_look.html" if by_htmx() else "desk/look.html",
        ticket=ticket,
        file=file,
        look=seen,
        **beside(ticket, file),
    )


@pages.get("/tickets/<int:number>/attachments/<int:attachment_id>/drawing")
def drawing(number: int, attachment_id: int) -> ResponseReturnValue:
    """A picture, drawn anew and small."""
    return drawn(pictures.picture(content_for(number, attachment_id)))


@pages.get("/tickets/<int:number>/attachments/<int:attachment_id>/pages/<int:sheet>")
def sheet(number: int, attachment_id: int, sheet: int) -> ResponseReturnValue:
    """A page of a PDF as a picture."""
    return drawn(pictures.page(content_for(number, attachment_id), sheet))


def look_into(file: Attachment, content: bytes) -> Look:
    kind = kind_of_file(file.content_type, file.name)
    if kind is FileKind.PDF:
        count = pictures.pages(content)
        return Look(kind, sheets=count or 0, broken=not count)
    if kind is FileKind.PICTURE:
        size = pictures.size(content)
        return Look(kind, size=size, broken=size is None)
    if kind.readable:
        start = beginning(content)
        text = routing.masked(db_safe(decode(start).text))
        return Look(kind, text=text, cut=len(start) < len(content))
    return Look(kind)


def beginning(content: bytes) -> bytes:
    """The first bytes of a text, cut between words: no sign and no number is torn."""
    if len(content) <= TEXT_BYTES:
        return content
    start = content[:TEXT_BYTES]
    end = max(start.rfind(blank, TEXT_BYTES - 4_000) for blank in (b"\n", b" "))
    return start[:end] if end > 0 else start


def beside(ticket: Ticket, file: Attachment) -> dict[str, object]:
    """Where the file stands among those of the ticket, and which come before and after it."""
    ids = list(db.session.scalars(files_of(ticket.id)))
    if file.id not in ids:
        return {"position": 1, "count": 1, "before": None, "after": None}
    here = ids.index(file.id)
    return {
        "position": here + 1,
        "count": len(ids),
        "before": ids[here - 1] if here else None,
        "after": ids[here + 1] if here + 1 < len(ids) else None,
    }


def content_for(number: int, attachment_id: int) -> bytes:
    file, contact = file_of(demand(Verb.WORK), number, attachment_id)
    try:
        return content_of(file, contact)
    except Lost:
        abort(404)


def drawn(picture: pictures.Drawn | None) -> Response:
    """What our own programs have drawn, and nothing of the file itself."""
    if picture is None:
        abort(422)
    response = Response(picture.content, mimetype=picture.content_type)
    response.headers["Content-Disposition"] = "inline"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
