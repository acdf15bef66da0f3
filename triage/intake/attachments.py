"""Files that came with a mail: their content, and a name that is safe to show.

A name is for display only. Where a file is stored, and as what it is served, never depends on it.
"""

import re
from dataclasses import dataclass
from hashlib import sha256
from unicodedata import category, normalize

FILE_NAME_CHARACTERS = 200
_SUFFIX_CHARACTERS = 20
_SUFFIXES = {
    "application/gzip": "gz",
    "application/json": "json",
    "application/msword": "doc",
    "application/ms-tnef": "dat",
    "application/pdf": "pdf",
    "application/pgp-signature": "asc",
    "application/pkcs7-mime": "p7m",
    "application/pkcs7-signature": "p7s",
    "application/rtf": "rtf",
    "application/vnd.ms-excel": "xls",
    "application/vnd.ms-tnef": "dat",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/xml": "xml",
    "application/zip": "zip",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "image/bmp": "bmp",
    "image/gif": "gif",
    "image/heic": "heic",
    "image/jpeg": "jpg",
    "image/jpg": "jpg",
    "image/png": "png",
    "image/svg+xml": "svg",
    "image/tiff": "tif",
    "image/webp": "webp",
    "message/rfc822": "eml",
    "text/calendar": "ics",
    "text/csv": "csv",
    "text/html": "html",
    "text/vcard": "vcf",
    "text/xml": "xml",
    "video/mp4": "mp4",
}
_KINDS = {suffix: kind for kind, suffix in reversed(_SUFFIXES.items())}


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a mail. `inline` says that the body shows it; `content_id` is how it names it."""

    name: str
    content_type: str
    size: int
    sha256: str
    inline: bool
    content_id: str | None
    content: bytes

    @classmethod
    def of(
        cls, content: bytes, *, name: str, content_type: str, inline: bool, content_id: str | None
    ) -> "Attachment":
        digest = sha256(content).hexdigest()
        return cls(name, content_type, len(content), digest, inline, content_id, content)


def file_name(written: str | None, content_type: str, number: int) -> str:
    """The name to show: the last component of what was written, cleaned, or a neutral one."""
    name = _clean(written) if written else ""
    if not name:
        return f"part-{number}.{_suffix_of(content_type)}"
    if content_type == "message/rfc822" and not name.lower().endswith(".eml"):
        name += ".eml"
    if len(name) <= FILE_NAME_CHARACTERS:
        return name
    stem, dot, suffix = name.rpartition(".")
    if not dot or len(suffix) > _SUFFIX_CHARACTERS:
        return name[:FILE_NAME_CHARACTERS]
    return f"{stem[: FILE_NAME_CHARACTERS - len(suffix) - 1]}.{suffix}"


def kind_of_name(name: str) -> str:
    """The content type of a file that came with nothing but a name."""
    return _KINDS.get(name.rpartition(".")[2].strip().lower(), "application/octet-stream")


def _clean(written: str) -> str:
    last = re.split(r"[/\\]", written)[-1]
    visible = "".join(mark for mark in normalize("NFC", last) if category(mark)[0] != "C")
    return " ".join(visible.split()).strip(". ")


def _suffix_of(content_type: str) -> str:
    if content_type in _SUFFIXES:
        return _SUFFIXES[content_type]
    return "txt" if content_type.startswith(("text/", "message/")) else "bin"
