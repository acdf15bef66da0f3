"""An event of the back office, as JSON or as a line of a table, read into a typed value once.

What cannot be read is named with its place; an unknown field is refused, so that no amount and no
account ever comes in by this door.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from stdnum.be import ssn, vat
from stdnum.exceptions import ValidationError

from classifiers.identifiers import mask
from models.base import db_safe
from models.calendar import BRUSSELS
from models.client import normal
from models.measure import Measure
from models.notice import FileEvent, NoticeKind
from models.topic import LANGUAGES, Topic

FIELDS = (
    "id",
    "kind",
    "occurred_at",
    "file_reference",
    "client",
    "language",
    "measure",
    "topic",
    "pays_on",
    "documents",
)
WHO = ("ticket", "id", "national_number", "enterprise_number", "email")
LONGEST = 120
MOST_DOCUMENTS = 20
AHEAD = timedelta(days=1)
"""Clocks differ; what happens later than tomorrow has not happened."""
_ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}\.[^@\s]{2,60}")


@dataclass(frozen=True)
class Fault:
    """What is wrong with one field; `pointer` names it as RFC 6901 does."""

    pointer: str
    detail: str


class Unreadable(Exception):
    """An event with faults."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(one.detail for one in faults))
        self.faults = faults


class Reading:
    """Reads one event; `known` holds what the installation knows, so that many are read fast."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.topics = set(Topic.everything())
        self.measures: dict[str, Measure | None] = {}
        self.faults: list[Fault] = []

    def read(self, told: Any, *, key: str = "", belgian: bool = False) -> FileEvent:
        """`told` as a typed event; raises `Unreadable`. Without an id, `key` is its own."""
        self.faults = []
        if not isinstance(told, Mapping):
            raise Unreadable([Fault("", "An event is an object.")])
        for name in sorted(set(map(str, told)) - set(FIELDS)):
            self.fault(name, "This field is not known here; amounts and accounts are not kept.")
        who, masked = self.who(told.get("client"), bool(told.get("file_reference")))
        kind = self.kind(told.get("kind"))
        occurred_at = self.moment(told.get("occurred_at"), belgian)
        measure = self.measure(told.get("measure"))
        event_key = self.word("id", told.get("id")) or key
        if not event_key:
            self.fault("id", "Give each event an id of its own: it is told once for that id.")
        event = FileEvent(
            key=event_key,
            kind=kind or NoticeKind.RECEIVED,
            occurred_at=occurred_at or self.at,
            who=who,
            masked=masked,
            file_reference=self.word("file_reference", told.get("file_reference")),
            language=self.language(told.get("language")),
            topic_id=self.topic(told.get("topic")) or (measure.topic_id if measure else None),
            measure_id=measure.id if measure else None,
            pays_on=self.pay_day(told.get("pays_on"), kind, belgian),
            documents=self.documents(told.get("documents"), kind),
        )
        if self.faults:
            raise Unreadable(self.faults)
        return event

    def fault(self, pointer: str, detail: str) -> None:
        self.faults.append(Fault(f"/{pointer}", detail))

    def word(self, name: str, given: Any) -> str:
        if given is None:
            return ""
        if not isinstance(given, str | int) or isinstance(given, bool):
            self.fault(name, "This must be a text.")
            return ""
        text = db_safe(str(given)).strip()
        if len(text) > LONGEST:
            self.fault(name, f"This has more than {LONGEST} characters.")
        return mask(text[:LONGEST]) if name == "file_reference" else text[:LONGEST]

    # --- who it is about --------------------------------------------------------------------

    def who(self, given: Any, has_file: bool) -> tuple[dict[str, str], dict[str, str]]:
        """(the identifiers in full, masked)."""
        if given is None:
            given = {}
        if not isinstance(given, Mapping):
            self.fault("client", "This must be an object.")
            return {}, {}
        full: dict[str, str] = {}
        for name, value in given.items():
            if name not in WHO:
                self.fault(f"client/{name}", "This field is not known here.")
                continue
            if value in (None, ""):
                continue
            read = self.identifier(name, self.word(f"client/{name}", value))
            if read:
                full[name] = read
        if not full and not has_file and not any("client" in one.pointer for one in self.faults):
            self.fault("client", "Say whose file it is: " + ", ".join(WHO) + ".")
        return full, {name: hidden(name, value) for name, value in full.items()}

    def identifier(self, name: str, text: str) -> str:
        """The identifier in its standard form; empty with a fault."""
        try:
            if name == "national_number":
                return str(ssn.validate(text))
            if name == "enterprise_number":
                return str(vat.validate(text))
        except ValidationError:
            self.fault(f"client/{name}", "This number is not right: a digit is wrong or missing.")
            return ""
        if name == "email":
            if not _ADDRESS.fullmatch(text):
                self.fault("client/email", "This is not an e-mail address.")
                return ""
            return normal(text)
        digits = text.removeprefix("#")
        if not (digits.isascii() and digits.isdecimal() and 0 < len(digits) < 10):
            self.fault(f"client/{name}", "This must be a number.")
            return ""
        return digits

    # --- what happened ----------------------------------------------------------------------

    def kind(self, given: Any) -> NoticeKind | None:
        try:
            return NoticeKind(str(given))
        except ValueError:
            self.fault("kind", "This must be one of " + ", ".join(NoticeKind) + ".")
            return None

    def moment(self, given: Any, belgian: bool) -> datetime | None:
        found = moment(str(given or ""), belgian)
        if found is None:
            self.fault("occurred_at", "This must be a time such as 2020-05-04T09:30:00+02:00.")
        elif found > self.at + AHEAD:
            self.fault("occurred_at", "This lies in the future.")
        return found

    def pay_day(self, given: Any, kind: NoticeKind | None, belgian: bool) -> date | None:
        if given in (None, ""):
            if kind is NoticeKind.PAYMENT_ANNOUNCED:
                self.fault("pays_on", "A payment is announced with its date.")
            return None
        found = day(str(given), belgian)
        if found is None:
            self.fault("pays_on", "This must be a day such as 2020-05-08.")
        return found

    def language(self, given: Any) -> str | None:
        if given in (None, ""):
            return None
        code = str(given).lower()[:2]
        if code not in LANGUAGES:
            self.fault("language", "This must be one of " + ", ".join(LANGUAGES) + ".")
            return None
        return code

    def topic(self, given: Any) -> str | None:
        if given in (None, ""):
            return None
        if str(given) not in self.topics:
            self.fault("topic", "This topic is not known here.")
            return None
        return str(given)

    def measure(self, given: Any) -> Measure | None:
        if given in (None, ""):
            return None
        code = str(given)
        if code not in self.measures:
            self.measures[code] = Measure.coded(code)
        if self.measures[code] is None:
            self.fault("measure", "This measure is not known here.")
        return self.measures[code]

    def documents(self, given: Any, kind: NoticeKind | None) -> tuple[Any, ...]:
        """Codes, names, or names by language."""
        if given in (None, "", []):
            if kind is NoticeKind.DOCUMENTS_MISSING:
                self.fault("documents", "Say which documents are missing.")
            return ()
        listed = given if isinstance(given, list) else [given]
        if len(listed) > MOST_DOCUMENTS:
            self.fault("documents", f"These are more than {MOST_DOCUMENTS}.")
            return ()
        read: list[Any] = []
        for position, one in enumerate(listed):
            if isinstance(one, str) and one.strip():
                read.append(mask(db_safe(one).strip()[:LONGEST]))
            elif isinstance(one, Mapping) and one and set(one) <= set(LANGUAGES):
                read.append({code: mask(str(name).strip()[:LONGEST]) for code, name in one.items()})
            else:
                self.fault(
                    f"documents/{position}", "This must be a code, a name, or names by language."
                )
        return tuple(read)


def hidden(name: str, value: str) -> str:
    """An identifier as it may be shown to whoever looks at an event."""
    if name == "national_number":
        return f"••.••.••-•••.{value[-2:]}"
    if name == "email":
        local, _, host = value.partition("@")
        return f"{local[:1]}•••@{host}"
    return value


def moment(text: str, belgian: bool = False) -> datetime | None:
    """A moment in ISO order, or of a table: 4/05/2020 or 4/05/2020 9:30. Without a zone it is
    Belgian time; a day alone is its noon."""
    text = text.strip()
    try:
        found = datetime.fromisoformat(text)
        if len(text) <= 10:
            found = datetime.combine(found.date(), time(12))
    except ValueError:
        words = text.split()
        on = day(words[0], belgian) if words else None
        if on is None or not belgian:
            return None
        try:
            clock = time.fromisoformat(words[1].zfill(5)) if len(words) == 2 else time(12)
        except ValueError:
            return None
        found = datetime.combine(on, clock)
    if found.tzinfo is None:
        found = found.replace(tzinfo=BRUSSELS)
    return found.astimezone(UTC) if 1990 < found.year < 2200 else None


def day(text: str, belgian: bool = False) -> date | None:
    text = text.strip()
    try:
        return date.fromisoformat(text)
    except ValueError:
        found = re.fullmatch(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})", text) if belgian else None
    if found is None:
        return None
    try:
        return date(int(found[3]), int(found[2]), int(found[1]))
    except ValueError:
        return None


def own_key(*parts: Any) -> str:
    """A key for an event that came without one: the same words make the same key."""
    return "c" + hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:32]
