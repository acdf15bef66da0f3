"""The panel of documents: what was asked for, what may have come, what can be asked for next."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.base import now
from models.calendar import business_day
from models.contact import Contact
from models.document_request import DocumentRequest
from models.measure import MeasureVersion
from models.ticket import Ticket
from models.topic import LANGUAGES
from triage.answers import in_language
from triage.forms.documents import code_of

MOST_OFFERED = 9
"""As many as there are keys."""
MOST_BRINGERS = 5


@dataclass(frozen=True)
class Offered:
    """A document of a measure that can be asked for with one key."""

    code: str
    names: dict[str, str]

    def name(self, language: str) -> str:
        return in_language(self.names, language)[0]


def papers(ticket: Ticket, contacts: Sequence[Contact]) -> dict[str, Any]:
    """`documents`: all that was asked for; `bringers`: contacts with files that came since and may
    be what is missing, for a person to say."""
    asked = DocumentRequest.of_ticket(ticket.id)
    lacking = [one for one in asked if one.open]
    if not lacking:
        return {"documents": asked, "bringers": []}
    since = min(one.asked_at for one in lacking)
    taken = {one.contact_id for one in asked}
    bringers = [
        contact
        for contact in contacts
        if contact.received_at >= since
        and contact.id not in taken
        and not contact.by_machine
        and any(file.shown for file in contact.attachments)
    ]
    return {"documents": asked, "bringers": bringers[-MOST_BRINGERS:]}


def offered_for(ticket: Ticket) -> list[Offered]:
    """The documents of the measures in force for the matter, without what is asked for already."""
    if ticket.topic_id is None:
        return []
    day = business_day(now())
    versions = MeasureVersion.applying(ticket.topic_id, ticket.subtopic_id, day)
    return offered_of(versions)


def offered_of(versions: Iterable[MeasureVersion]) -> list[Offered]:
    """Each document once, under the code that forms give it too."""
    found: dict[str, Offered] = {}
    for document in (one for version in versions for one in version.documents):
        names = document if isinstance(document, Mapping) else {LANGUAGES[0]: document}
        spoken = {code: str(name) for code, name in names.items() if name}
        if spoken:
            code = code_of(spoken)
            found.setdefault(code, Offered(code, spoken))
    return list(found.values())[:MOST_OFFERED]
