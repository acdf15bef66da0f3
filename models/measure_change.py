"""What people do with measures: write a version, take an old one back, say that it still holds.

A version is never changed afterwards, but for when somebody last looked at it and until when it
stood: what a client was told can always be read again.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from models import time_limit
from models.base import db, one_at_a_time
from models.calendar import business_day
from models.deadline import Quarter, Rule
from models.event import Event, record
from models.measure import Measure, MeasureVersion
from models.measure_question import MeasureQuestion
from models.unusable import Unusable
from models.user import User

FIELDS = (
    "names",
    "conditions",
    "answers",
    "scripts",
    "holding",
    "promise_days",
    "confirmed",
    "decided_by",
    "quarters",
    "rules",
    "applies_to",
    "documents",
    "links",
    "valid_from",
    "valid_to",
    "request_by",
    "pay_by",
    "review_by",
    "source",
)
"""All that a version says; the rest tells how it came about."""
CODE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class Outdated(Exception):
    """Somebody else has written a version since the page was opened; `newest` is theirs."""

    def __init__(self, newest: MeasureVersion) -> None:
        super().__init__(f"version {newest.version} is newer")
        self.newest = newest


def begin(
    code: str, topic_id: str, said: Mapping[str, Any], *, change: str, by: User, at: datetime
) -> Measure:
    """A new measure with its first version; it opens with the questions that others drew."""
    if not CODE.fullmatch(code) or len(code) > 60:
        raise Unusable("code")
    one_at_a_time("measure", code)
    if Measure.coded(code) is not None:
        raise Unusable("taken")
    _check(said)
    measure = Measure(code=code, topic_id=topic_id)
    db.session.add(measure)
    db.session.flush()
    version = _write(measure, said, change=change, by=by)
    MeasureQuestion.inherit(measure, by=by)
    record("measure.begun", by=by, at=at, measure=code, version=version.version)
    _limits(measure, version, at)
    return measure


def revise(
    based_on: MeasureVersion,
    said: Mapping[str, Any],
    *,
    seen: int,
    change: str,
    by: User,
    at: datetime,
    day: date,
) -> MeasureVersion:
    """A new version written over `based_on`; raises Outdated when `seen` is not the newest.

    One whose day is still to come waits for it, and until then the present one holds; any other
    takes its place at once.
    """
    measure = based_on.measure
    one_at_a_time("measure", measure.code)
    newest = newest_of(measure.id)
    if newest.version != seen:
        raise Outdated(newest)
    _check(said)
    version = _write(measure, said, change=change, by=by)
    if not _follows(version, based_on, day):
        based_on.replaced_by_id = version.id
    differences = changed(based_on, version)
    record(
        "measure.revised",
        by=by,
        at=at,
        measure=measure.code,
        version=version.version,
        changed=[name for name, _, _ in differences],
    )
    _limits(measure, version, at, based_on)
    return version


def restore(
    old: MeasureVersion, *, seen: int, change: str, by: User, at: datetime, day: date
) -> MeasureVersion:
    """What an old version said, as a new one in the place of the present one."""
    present = standing_of(old.measure_id, day)
    return revise(present, content(old), seen=seen, change=change, by=by, at=at, day=day)


def verify(version: MeasureVersion, review_by: date | None, *, by: User, at: datetime) -> None:
    """Somebody has looked: it is still right, and is looked at again by `review_by`."""
    before = {
        "last_verified": _iso(version.last_verified),
        "verified_by": version.verified_by_id,
        "review_by": _iso(version.review_by),
        "confirmed": version.confirmed,
    }
    version.last_verified = business_day(at)
    version.verified_by_id = by.id
    version.review_by = review_by
    version.confirmed = True
    record(
        "measure.verified",
        by=by,
        at=at,
        measure=version.measure.code,
        version=version.version,
        before=before,
    )


def last_verification(measure: Measure, by: User) -> Event | None:
    """What `by` last said of this measure, if it was a verification."""
    return db.session.scalar(
        select(Event)
        .where(
            Event.kind == "measure.verified",
            Event.actor_id == by.id,
            Event.facts["measure"].astext == measure.code,
        )
        .order_by(Event.id.desc())
        .limit(1)
    )


def take_verification_back(measure: Measure, said: Event, *, by: User) -> None:
    """The version is as it was before; a version written since then keeps its own."""
    version = MeasureVersion.numbered(measure.id, said.facts["version"])
    if version is None:
        return
    before = said.facts["before"]
    version.last_verified = _day(before["last_verified"])
    version.verified_by_id = before["verified_by"]
    version.review_by = _day(before["review_by"])
    version.confirmed = bool(before["confirmed"])
    record("measure.unverified", by=by, measure=measure.code, version=version.version)


def retire(measure: Measure, *, by: User, at: datetime) -> None:
    """It is offered to nobody any more; everything that was said of it stays readable."""
    measure.retired_at = at
    record("measure.retired", by=by, at=at, measure=measure.code)
    _limits(measure, newest_of(measure.id), at)


def resume(measure: Measure, *, by: User, at: datetime) -> None:
    measure.retired_at = None
    record("measure.resumed", by=by, at=at, measure=measure.code)
    _limits(measure, newest_of(measure.id), at)


def tell_at_once(measure: Measure, told: bool, *, by: User, at: datetime) -> None:
    """Whether forms, receipts and acknowledgements say its confirmed answer unasked."""
    if measure.told_at_once != told:
        measure.told_at_once = told
        record("measure.told_at_once", by=by, at=at, measure=measure.code, told=told)


def newest_of(measure_id: int) -> MeasureVersion:
    return db.session.scalars(MeasureVersion.of_measure(measure_id).limit(1)).one()


def standing_of(measure_id: int, day: date) -> MeasureVersion:
    """The version that holds on `day`; else the one that will, else the last that did."""
    standing = [
        one
        for one in db.session.scalars(MeasureVersion.of_measure(measure_id))
        if one.replaced_by_id is None
    ]
    begun = [one for one in standing if one.valid_from is None or one.valid_from <= day]
    if begun:
        return max(begun, key=lambda one: (one.valid_from or date.min, one.version))
    return min(standing, key=lambda one: (one.valid_from or date.max, -one.version))


def content(version: MeasureVersion) -> dict[str, Any]:
    return {name: getattr(version, name) for name in FIELDS}


def changed(before: MeasureVersion, after: MeasureVersion) -> list[tuple[str, Any, Any]]:
    """(field, before, after) of what differs."""
    old, new = content(before), content(after)
    return [(name, old[name], new[name]) for name in FIELDS if old[name] != new[name]]


def _write(
    measure: Measure, said: Mapping[str, Any], *, change: str, by: User | None
) -> MeasureVersion:
    last = db.session.scalar(
        select(func.max(MeasureVersion.version)).where(MeasureVersion.measure_id == measure.id)
    )
    version = MeasureVersion(
        measure=measure,
        version=(last or 0) + 1,
        change=" ".join(change.split())[:500],
        author_id=by.id if by else None,
        **{name: said[name] for name in FIELDS if name in said},
    )
    db.session.add(version)
    db.session.flush()
    return version


def _follows(version: MeasureVersion, before: MeasureVersion, day: date) -> bool:
    """Whether it waits for a day to come while the one before it holds."""
    if version.valid_from is None or version.valid_from <= day:
        return False
    return before.valid_from is None or before.valid_from <= day


def _check(said: Mapping[str, Any]) -> None:
    """Raises Unusable or RuleError."""
    if not any(str(name).strip() for name in said["names"].values()):
        raise Unusable("name")
    first, last = said.get("valid_from"), said.get("valid_to")
    if first and last and last < first:
        raise Unusable("dates")
    for rule in said.get("rules") or ():
        Rule.read(rule)
    for quarter in said.get("quarters") or ():
        Quarter.read(str(quarter))


def _limits(
    measure: Measure, version: MeasureVersion, at: datetime, before: MeasureVersion | None = None
) -> None:
    """The open tickets of every topic for which it is shown get their last day anew."""
    shown = [*version.applies_to, *(before.applies_to if before else [])]
    topics = {measure.topic_id, *(str(part).partition("/")[0] for part in shown)}
    db.session.flush()
    time_limit.refresh(business_day(at), topics)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None
