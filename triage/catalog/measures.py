"""The measures that come with the product, brought beside those that people have written.

A measure that somebody of the house has changed, verified or retired is theirs: it is left alone.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from models.base import db
from models.measure import Measure, MeasureVersion
from models.measure_change import FIELDS, content

DATES = ("valid_from", "valid_to", "request_by", "pay_by", "review_by")


def load_measures(entries: Iterable[Mapping[str, Any]]) -> None:
    """Add what is missing; what came with an earlier edition and was never touched is brought up
    to date by new versions, so that what was told before can still be read."""
    for entry in entries:
        measure = Measure.coded(entry["code"])
        if measure is None:
            measure = Measure(code=entry["code"], topic_id=entry["topic"])
            db.session.add(measure)
            db.session.flush()
            known: list[MeasureVersion] = []
        else:
            known = list(db.session.scalars(MeasureVersion.of_measure(measure.id)))
        if measure.retired_at is None and not any(map(_of_the_house, known)):
            _bring(measure, known, entry["versions"])


def _of_the_house(version: MeasureVersion) -> bool:
    return version.author_id is not None or version.verified_by_id is not None


def _bring(
    measure: Measure, known: list[MeasureVersion], versions: Iterable[Mapping[str, Any]]
) -> None:
    standing = [one for one in known if one.replaced_by_id is None]
    number = max((one.version for one in known), default=0)
    for written in versions:
        said = _said(written)
        before = _before(standing, said["valid_from"])
        if before is not None and content(before) == said:
            continue
        number += 1
        version = MeasureVersion(
            measure=measure, version=number, change=written.get("change", ""), **said
        )
        db.session.add(version)
        db.session.flush()
        if before is not None:
            before.replaced_by_id = version.id
            standing.remove(before)


def _before(standing: list[MeasureVersion], begins: date | None) -> MeasureVersion | None:
    """The version of the same day; else one that an earlier edition had left without any."""
    same = [one for one in standing if one.valid_from == begins]
    undated = [one for one in standing if one.valid_from is None]
    return next(iter([*same, *undated]), None)


def _said(written: Mapping[str, Any]) -> dict[str, Any]:
    """Every field of a version, those that the catalog leaves out as a new version has them."""
    empty: dict[str, Any] = {name: {} for name in FIELDS}
    empty |= dict.fromkeys(("quarters", "rules", "applies_to", "documents", "links"), [])
    empty |= {"confirmed": False, "decided_by": "", "source": "", "promise_days": None}
    empty |= dict.fromkeys(DATES)
    given = {name: value for name, value in written.items() if name in FIELDS}
    dated = {name: date.fromisoformat(given[name]) for name in DATES if name in given}
    return empty | given | dated
