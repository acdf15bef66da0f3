"""The trial: what would become of each row, and which of its words are not known here."""

from collections.abc import Callable, Iterator
from typing import Any

from models.base import db, now, transaction
from models.client import normal
from models.data_import import DataImport, ImportState
from models.data_import_row import DataImportRow, Outcome
from models.mailbox import Mailbox
from triage.config import Settings
from triage.importing.known import Known
from triage.importing.reading import records
from triage.importing.record import Record
from triage.importing.vocabulary import Vocabulary
from triage.intake.envelope import crash

TOGETHER = 200
HEAVY = 4 * 1024 * 1024
Beat = Callable[[ImportState, int], None]
"""Told how far it is; raises once nobody wants it."""


def try_rows(brought: DataImport, settings: Settings, beat: Beat | None = None) -> None:
    """Decide what would become of each row, from where an earlier process has stopped."""
    kind, source, import_id = brought.kind, brought.source, brought.id
    found = read(brought, settings)
    with transaction():
        vocabulary, done = Vocabulary(), DataImportRow.last_line(import_id)
    for some in batches(found):
        fresh = [one for one in some if one.line > done]
        with transaction():
            known = Known(kind, source, import_id, fresh)
            DataImportRow.keep(import_id, [_decided(one, known, vocabulary) for one in fresh])
        if beat is not None:
            beat(ImportState.READING, some[-1].line)
        crash("import.trying", settings)


def _decided(one: Record, known: Known, vocabulary: Vocabulary) -> dict[str, Any]:
    outcome, reason = known.outcome(one)
    doubts = one.doubts if outcome is not Outcome.SKIP else ()
    if one.matter is not None and outcome is Outcome.CREATE:
        doubts += vocabulary.meaning(one.matter).doubts
    return {
        "line": one.line,
        "external_id": one.external_id,
        "outcome": outcome.value,
        "reason": reason,
        "facts": {"doubts": [doubt.facts() for doubt in doubts]} if doubts else {},
    }


def read(brought: DataImport, settings: Settings) -> Iterator[Record]:
    """The records of its file, one after the other."""
    with transaction():
        kind, asked, opened = brought.kind, dict(brought.asked), brought.opener()
        boxes = {normal(box.address) for box in db.session.scalars(Mailbox.in_order())}
    asked["domain"] = settings.mail_domain
    return records(kind, opened, asked, now(), lambda address: normal(address) in boxes)


def batches(found: Iterator[Record]) -> Iterator[list[Record]]:
    """Records that are worked on together: so many, or fewer where they are large."""
    some: list[Record] = []
    weight = 0
    for one in found:
        some.append(one)
        weight += one.weight
        if len(some) >= TOGETHER or weight >= HEAVY:
            yield some
            some, weight = [], 0
    if some:
        yield some
