"""Files that come with a form: known by what they hold, never by their name; none is run."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from models.web_form_draft import SentFile
from triage.config import Settings

LONGEST_NAME = 150
_STARTS = (
    (b"%PDF-", "application/pdf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"{\\rtf", "application/rtf"),
)
_HEIC = (b"heic", b"heix", b"hevc", b"mif1", b"msf1")
_OFFICE = {
    "word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_OPEN = {
    b"application/vnd.oasis.opendocument.text",
    b"application/vnd.oasis.opendocument.spreadsheet",
}
_MOST_PARTS = 2_000


@dataclass(frozen=True)
class Refused:
    """One file that is not kept, and why."""

    name: str
    why: str


def received(
    files: Sequence[FileStorage],
    settings: Settings,
    *,
    kept: int = 0,
    kept_bytes: int = 0,
    document: str = "",
) -> tuple[list[SentFile], list[Refused]]:
    """What is taken and what is not; each is judged by itself, beside what is kept already."""
    taken: list[SentFile] = []
    refused: list[Refused] = []
    total = kept_bytes
    for file in files:
        name = safe_name(file.filename or "")
        if not file.filename:
            continue
        content = file.stream.read(settings.form_bytes + 1)
        kind = kind_of(content)
        if kept + len(taken) >= settings.form_files:
            why = _(
                "There are already %(count)s files: that is the most.", count=settings.form_files
            )
        elif not content:
            why = _("This file is empty. Choose it once more.")
        elif total + len(content) > settings.form_bytes:
            why = _(
                "Together the files are larger than %(size)s MB.",
                size=settings.form_bytes // (1024 * 1024),
            )
        elif kind is None:
            why = _(
                "We take photos, PDF and usual office files. Take a photo of it, or make a PDF."
            )
        else:
            taken.append(SentFile(name, kind, content, document))
            total += len(content)
            continue
        refused.append(Refused(name, why))
    return taken, refused


def kind_of(content: bytes) -> str | None:
    """The content type that the bytes themselves show; None for what is not taken."""
    for start, kind in _STARTS:
        if content.startswith(start):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC:
        return "image/heic"
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return None if b"_\0V\0B\0A\0" in content else "application/msword"
    if content.startswith(b"PK\x03\x04"):
        return _office(content)
    return _plain(content)


def _office(content: bytes) -> str | None:
    """A text or a sheet without macros; any other archive is not taken."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()[:_MOST_PARTS]
            if any("vbaproject" in name.lower() for name in names):
                return None
            if "mimetype" in names:
                with archive.open("mimetype") as part:
                    told = part.read(100).strip()
                return told.decode() if told in _OPEN else None
    except (zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError, OSError, EOFError):
        return None
    if "[Content_Types].xml" not in names:
        return None
    parts = (kind for start, kind in _OFFICE.items() if any(n.startswith(start) for n in names))
    return next(parts, None)


def _plain(content: bytes) -> str | None:
    """Text that no program takes for a page or a script."""
    head = content[:2048]
    if not content or b"\0" in content or head.lstrip()[:2] in (b"#!", b"MZ"):
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if text.lstrip()[:1] == "<" else "text/plain"


def safe_name(name: str) -> str:
    """A name for display: without a path or signs that mislead."""
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(sign for sign in last if sign.isprintable()).strip(" .")
    return shown[-LONGEST_NAME:] or "file"
