"""The numbers that a client wrote or said, kept so that the search finds them however written."""

from collections.abc import Iterator

from classifiers.identifiers import Kind, find
from models.contact import Contact
from models.search_key import SearchKey
from triage.intake.phone import e164

KINDS = {
    Kind.PHONE: "phone",
    Kind.KBO: "kbo",
    Kind.NISS: "niss",
    Kind.IBAN: "iban",
    Kind.OGM: "ogm",
    Kind.EMAIL: "email",
}


def keep(contact: Contact, *texts: str) -> None:
    """Make `contact` findable by every number in these texts, as they came: not yet masked."""
    SearchKey.keep(contact.id, _said("\n".join(text for text in texts if text)))


def _said(text: str) -> Iterator[tuple[str, str]]:
    for found in find(text):
        kind = KINDS.get(found.kind)
        if kind is not None:
            yield kind, (e164(found.value) or found.value) if kind == "phone" else found.value
