"""What kind of file something is, for people: a word, an icon, and whether we can show it."""

from enum import StrEnum

from triage.intake.attachments import kind_of_name


class FileKind(StrEnum):
    """The kinds of files that people tell apart."""

    PICTURE = "picture"
    PDF = "pdf"
    TEXT = "text"
    DOCUMENT = "document"
    SHEET = "sheet"
    MAIL = "mail"
    CALENDAR = "calendar"
    CARD = "card"
    ARCHIVE = "archive"
    SOUND = "sound"
    FILM = "film"
    PAGE = "page"
    OTHER = "other"

    @property
    def icon(self) -> str:
        return _ICONS[self]

    @property
    def readable(self) -> bool:
        """Whether it is text that says something when it is shown as it is."""
        return self in (
            FileKind.TEXT,
            FileKind.CALENDAR,
            FileKind.CARD,
            FileKind.MAIL,
            FileKind.PAGE,
        )


_ICONS = {
    FileKind.PICTURE: "file-earmark-image",
    FileKind.PDF: "file-earmark-pdf",
    FileKind.TEXT: "file-earmark-text",
    FileKind.DOCUMENT: "file-earmark-word",
    FileKind.SHEET: "file-earmark-spreadsheet",
    FileKind.MAIL: "envelope-paper",
    FileKind.CALENDAR: "calendar-event",
    FileKind.CARD: "person-vcard",
    FileKind.ARCHIVE: "file-earmark-zip",
    FileKind.SOUND: "file-earmark-music",
    FileKind.FILM: "file-earmark-play",
    FileKind.PAGE: "file-earmark-code",
    FileKind.OTHER: "file-earmark",
}
_KINDS = {
    "application/gzip": FileKind.ARCHIVE,
    "application/json": FileKind.TEXT,
    "application/msword": FileKind.DOCUMENT,
    "application/pdf": FileKind.PDF,
    "application/rtf": FileKind.DOCUMENT,
    "application/vnd.ms-excel": FileKind.SHEET,
    "application/vnd.oasis.opendocument.spreadsheet": FileKind.SHEET,
    "application/vnd.oasis.opendocument.text": FileKind.DOCUMENT,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": FileKind.SHEET,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": FileKind.DOCUMENT,
    "application/x-pdf": FileKind.PDF,
    "application/x-zip-compressed": FileKind.ARCHIVE,
    "application/xhtml+xml": FileKind.PAGE,
    "application/xml": FileKind.TEXT,
    "application/zip": FileKind.ARCHIVE,
    "image/heic": FileKind.OTHER,
    "image/heif": FileKind.OTHER,
    "image/svg+xml": FileKind.PAGE,
    "message/rfc822": FileKind.MAIL,
    "text/calendar": FileKind.CALENDAR,
    "text/csv": FileKind.TEXT,
    "text/html": FileKind.PAGE,
    "text/rtf": FileKind.DOCUMENT,
    "text/vcard": FileKind.CARD,
    "text/x-vcard": FileKind.CARD,
}
_FAMILIES = {
    "audio": FileKind.SOUND,
    "image": FileKind.PICTURE,
    "text": FileKind.TEXT,
    "video": FileKind.FILM,
}
_UNTOLD = frozenset(
    ["", "application/octet-stream", "application/x-download", "binary/octet-stream"]
)


def kind_of_file(content_type: str, name: str) -> FileKind:
    """By what the mail says it is; by its name where the mail says nothing."""
    told = content_type.strip().lower()
    told = kind_of_name(name) if told in _UNTOLD else told
    return _KINDS.get(told) or _FAMILIES.get(told.partition("/")[0], FileKind.OTHER)
