"""What an invitation (iCalendar) says in one line, for mails that hold nothing else to read.

Only the first event is read: its summary, start and place. Nothing here raises.
"""

import re

INVITATION_CHARACTERS = 100_000
VALUE_CHARACTERS = 300

_FOLD = re.compile(r"\r?\n[ \t]")
_FIELD = re.compile(
    r"(SUMMARY|DTSTART|LOCATION|BEGIN|END)((?:;[^:\n]{0,200})?):(.*)", re.IGNORECASE
)
_START = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d{0,2}(Z?))?")
_ESCAPED = re.compile(r"\\([\\;,nN])")


def describe_invitation(text: str) -> str:
    """`Summary, 2020-04-03 10:00, Place` as far as they are there; empty when none is."""
    found: dict[str, str] = {}
    inside: list[str] = []
    for line in _FOLD.sub("", text[:INVITATION_CHARACTERS]).split("\n"):
        match = _FIELD.match(line.strip())
        if not match:
            continue
        name, value = match[1].upper(), match[3].strip()
        if name == "BEGIN":
            inside.append(value.upper())
        elif name == "END":
            if value.upper() == "VEVENT":
                break
            del inside[-1:]
        # A time zone has a DTSTART of its own, and a reminder may have a summary.
        elif inside[-1:] not in (["STANDARD"], ["DAYLIGHT"], ["VALARM"]):
            found.setdefault(name, value)
    parts = (_plain(found.get("SUMMARY", "")), _moment(found.get("DTSTART", "")),
             _plain(found.get("LOCATION", "")))  # fmt: skip
    return ", ".join(filter(None, parts))


def _plain(value: str) -> str:
    text = _ESCAPED.sub(lambda match: " " if match[1] in "nN" else match[1], value)
    return " ".join(text.split())[:VALUE_CHARACTERS]


def _moment(value: str) -> str:
    match = _START.match(value)
    if not match:
        return ""
    year, month, day, hour, minute, utc = match.groups()
    clock = f" {hour}:{minute}" if hour else ""
    return f"{year}-{month}-{day}{clock}{' UTC' if utc else ''}"
