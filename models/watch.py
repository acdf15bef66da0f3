"""What the classifier did day by day: said "other", routed alone, was sure, was corrected."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Date, cast, exists, func, select
from sqlalchemy.orm import aliased

from models import calendar
from models.base import db
from models.contact import Contact
from models.model_version import Doubt
from models.prediction import Correction, Decision, Prediction
from models.review import Pick


@dataclass(frozen=True, slots=True)
class Watched:
    """One day's counts; confidences are summed, with the sum of their squares.

    Words on contacts that were put before people because the machine was unsure or doubted are not
    counted: they would say that it errs the more, the more it is taught.
    """

    day: date
    contacts: int
    other: int
    alone: int
    confidence: float
    confidence_squares: float
    looked_at: int
    corrected: int


def watched(first: date, last: date) -> list[Watched]:
    """Every day from `first` to `last` on which anything was read or corrected, in order."""
    start, end = calendar.bounds(first)[0], calendar.bounds(last)[1]
    said = cast(func.timezone(str(calendar.BRUSSELS), Contact.said_at), Date)
    rows = db.session.execute(
        select(
            said,
            func.count(),
            func.count().filter(Prediction.topic_id == "other"),
            func.count().filter(Prediction.decision == Decision.AUTO.value),
            func.sum(Prediction.topic_confidence),
            func.sum(Prediction.topic_confidence * Prediction.topic_confidence),
        )
        .join(Prediction, Prediction.contact_id == Contact.id)
        .where(Contact.counted(start, end), Contact.by_people())
        .group_by(said)
    ).all()
    looked = cast(func.timezone(str(calendar.BRUSSELS), Correction.at), Date)
    corrections = db.session.execute(
        select(looked, func.count(), func.count().filter(Correction.changed))
        .where(Correction.at >= start, Correction.at < end, ~Correction.excluded)
        .where(~exists().where(Pick.contact_id == Correction.contact_id), ~_doubted())
        .group_by(looked)
    ).all()
    words = {day: (int(count), int(changed)) for day, count, changed in corrections}
    read = {row[0]: row for row in rows}
    found = []
    for day in sorted({*read, *words}):
        _, contacts, other, alone, sure, squares = read.get(day, (day, 0, 0, 0, 0.0, 0.0))
        looked_at, corrected = words.get(day, (0, 0))
        found.append(Watched(day, contacts, other, alone, sure, squares, looked_at, corrected))
    return found


def _doubted() -> ColumnElement[bool]:
    """Whether a correction was made after an earlier one on its contact had been doubted."""
    earlier = aliased(Correction)
    doubts = select(Doubt.id).join(earlier, earlier.id == Doubt.correction_id)
    return exists(
        doubts.where(earlier.contact_id == Correction.contact_id, earlier.id < Correction.id)
    )
