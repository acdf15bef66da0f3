"""The count of a mailing: its people written down, each once, with the reasons of those left out.

Counted anew, what people decided by hand stays. All in one transaction: killed, it never was.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, insert, select, update

from models.base import db
from models.calendar import business_day
from models.client import normal
from models.mailing import FALLBACK, Mailing
from models.mailing_audience import AUDIENCES, Person
from models.mailing_known import Known, known_of
from models.mailing_recipient import FINAL, MailingRecipient, RecipientState, Why
from models.mailing_told import leave_out_told
from models.measure import MeasureVersion
from models.topic import LANGUAGES

CHUNK = 1_000
ALWAYS_KNOWN = frozenset({"opening", "house", "closing", "team"})
"""What can be put into a text for everybody."""
_BRACED = re.compile(r"\{(\w{1,40})\}")


def freeze(mailing: Mailing, default_language: str, at: datetime) -> int:
    """Write its recipients down in place of those who stood there; returns how many get a mail."""
    by_hand = _decided(mailing.id)
    db.session.execute(delete(MailingRecipient).where(MailingRecipient.mailing_id == mailing.id))
    found = _each_once(mailing, default_language, at)
    ready = 0
    rows: list[dict[str, Any]] = []
    for row in found:
        decided = by_hand.get(("client", row["client_id"])) or by_hand.get(
            ("address", row["address"])
        )
        if decided is not None:
            row |= _as_decided(row, decided)
        ready += row["state"] == RecipientState.QUEUED
        rows.append(row)
    for first in range(0, len(rows), CHUNK):
        db.session.execute(insert(MailingRecipient), rows[first : first + CHUNK])
    return ready


def _as_decided(row: Mapping[str, Any], decided: MailingRecipient) -> dict[str, Any]:
    """A person's word on a row: that somebody gets none outlives a reason that comes and goes."""
    left_out = decided.state == RecipientState.LEFT_OUT
    if row["why"] in FINAL:
        return {"by_hand": left_out}
    return {
        "state": decided.state,
        "why": Why.BY_HAND if left_out else decided.why,
        "by_hand": True,
    }


def _decided(mailing_id: int) -> dict[tuple[str, Any], MailingRecipient]:
    """What people left out and put back, by client and by address."""
    mine = select(MailingRecipient).where(
        MailingRecipient.mailing_id == mailing_id, MailingRecipient.by_hand
    )
    found: dict[tuple[str, Any], MailingRecipient] = {}
    for one in db.session.scalars(mine):
        db.session.expunge(one)
        if one.client_id is not None:
            found["client", one.client_id] = one
        if one.address is not None:
            found["address", one.address] = one
    return found


def _each_once(mailing: Mailing, default_language: str, at: datetime) -> Iterator[dict[str, Any]]:
    """One row for each client and each address; of several finds the first that may be told."""
    version = _answer_of(mailing, business_day(at))
    names = {code: _names_in(mailing, code, version) for code in LANGUAGES}
    people = list(AUDIENCES[str(mailing.audience["kind"])](mailing))
    chosen: dict[object, dict[str, Any]] = {}
    better = (RecipientState.LEFT_OUT.value, RecipientState.QUEUED.value)
    for chunk in _chunks(people):
        known = known_of(chunk, at)
        for person in chunk:
            row = _row(mailing, person, known, names, default_language)
            key = row["client_id"] or row["address"] or ("ticket", row["ticket_id"])
            standing = chosen.get(key)
            if standing is None or (standing["state"], row["state"]) == better:
                chosen[key] = row
    rows = list(chosen.values())
    for first in range(0, len(rows), CHUNK):
        leave_out_told(mailing, rows[first : first + CHUNK], at)
    return _by_address(rows)


def _by_address(rows: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Who is told goes before who is not; of those with one address the first gets the mail."""
    taken: set[str] = set()
    for row in sorted(rows, key=lambda row: row["state"] != RecipientState.QUEUED):
        if row["address"] in taken:
            row |= {"address": None, "state": RecipientState.LEFT_OUT, "why": Why.SAME_ADDRESS}
        elif row["address"]:
            taken.add(row["address"])
        yield row


def _row(
    mailing: Mailing,
    person: Person,
    known: Known,
    names: Mapping[str, set[str]],
    default_language: str,
) -> dict[str, Any]:
    client_id = known.targets.get(person.client_id or 0, person.client_id)
    client = known.clients.get(client_id or 0)
    address = _address(person, client_id, known)
    spoken = next(
        (
            code
            for code in (client.language if client else None, person.language, default_language)
            if code in LANGUAGES
        ),
        default_language,
    )
    language, other = _told_in(mailing, person, spoken, default_language)
    row = {
        "mailing_id": mailing.id,
        "client_id": client_id,
        "address": address,
        "name": person.name or (client.name if client else ""),
        "language": language or spoken,
        "ticket_id": person.ticket_id,
        "prepared_id": person.prepared_id,
        "fields": dict(person.fields),
        "by_hand": False,
    }
    why = (
        known.apart.get(person.ticket_id or 0)
        or person.why
        or (Why.CLOSED if mailing.on_threads and person.ticket_id in known.closed else None)
        or _unreachable(address, client_id, known)
        or (Why.NO_TEXT if language is None else None)
        or (None if person.prepared_id else _unfilled(row, names.get(language or "", set())))
        or (None if person.preselected else Why.UNSURE)
    )
    state = RecipientState.QUEUED if why is None else RecipientState.LEFT_OUT
    return row | {"state": state.value, "why": (why or other or "") and str(why or other)}


def _address(person: Person, client_id: int | None, known: Known) -> str | None:
    if person.address:
        return normal(person.address)
    usable = known.addresses.get(client_id or 0, [])
    last = known.wrote_from.get(person.ticket_id or 0)
    return last if last in usable else next(iter(usable), None)


def _told_in(
    mailing: Mailing, person: Person, spoken: str, default_language: str
) -> tuple[str | None, Why | None]:
    """(the language of the text, whether it is another than the client's own)."""
    if person.prepared_id is not None:
        return person.language or spoken, None
    written = mailing.languages
    if spoken in written:
        return spoken, None
    if not mailing.audience.get(FALLBACK):
        return None, None
    other = next((code for code in (default_language, *LANGUAGES) if code in written), None)
    return other, Why.OTHER_LANGUAGE


def _unreachable(address: str | None, client_id: int | None, known: Known) -> Why | None:
    if address is not None:
        return None
    return Why.UNDELIVERABLE if client_id in known.dead else Why.NO_ADDRESS


def _unfilled(row: Mapping[str, Any], names: set[str]) -> Why | None:
    """Whether its text names something that is not known of this client."""
    filled = {name for name, value in row["fields"].items() if str(value).strip()}
    filled |= {"name"} if row["name"].strip() else set()
    filled |= {"number"} if row["ticket_id"] else set()
    return Why.NO_FIELD if names - ALWAYS_KNOWN - filled else None


def _names_in(mailing: Mailing, language: str, version: MeasureVersion | None) -> set[str]:
    """What its text asks for; the answer is known where it is written in that language."""
    words = f"{mailing.subjects.get(language) or ''}\n{mailing.texts.get(language) or ''}"
    said = version is not None and str(version.answers.get(language) or "").strip()
    return set(_BRACED.findall(words)) - ({"answer"} if said else set())


def _answer_of(mailing: Mailing, day: date) -> MeasureVersion | None:
    """The answer that stands for `{answer}`: the one chosen, else today's, fixed from now on."""
    if mailing.answer_version_id is None and mailing.measure_id is not None:
        holding = MeasureVersion.holding_on(day).where(
            MeasureVersion.measure_id == mailing.measure_id
        )
        found = db.session.scalars(holding).first()
        if found is None:
            return None
        db.session.execute(
            update(Mailing)
            .where(Mailing.id == mailing.id)
            .values(answer_version_id=found.id)
            .execution_options(synchronize_session=False)
        )
        return found
    return MeasureVersion.named(mailing.answer_version_id)


def _chunks(people: Sequence[Person]) -> Iterator[list[Person]]:
    for first in range(0, len(people), CHUNK):
        yield list(people[first : first + CHUNK])
