"""From the day's contacts to the problems of the board: the fourth hop.

Each run groups the newest day anew from what was known before it, so it is safe to repeat. A day
stays open until the small hours, is grouped a last time, and only then the next one is begun. On a
huge day newcomers are placed between two runs, beside the last contacts.
"""

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from classifiers import groups
from models import calendar, outbox
from models.base import now, transaction
from models.memory import Memory
from models.outbox import Claim, Job
from models.placing import (
    Placed,
    Told,
    first_to_run,
    lately_placed,
    newest_contact,
    newly_come,
    one_run_at_a_time,
    place_all,
    standing_of,
    to_be_grouped,
    told,
)
from models.problem import Constraint
from models.settings import Setting
from triage import routing
from triage.screening import verdicts
from triage.screening.consolidating import consolidate
from triage.screening.expecting import count_day
from triage.screening.revising import (
    Run,
    in_terms_of_the_engine,
    remembered,
    revise,
    said_by,
)
from triage.screening.seeing import items_of

LOOK_BACK = timedelta(days=7)
"""A contact that is alone may still become one of three for so long."""
LEASE = timedelta(minutes=15)
"""Longer than any run. Nobody waits for who dies in one: each minute another is promised."""
NIGHTLY = "night"
NIGHT = timedelta(hours=2)
"""So long after midnight a day stays open, for what comes late."""
BEGUN, LENGTH = "grouping.begun", "grouping.length"
MANY = 5_000
REST = 2
"""After a run over so many contacts, the next one waits for so many times its length."""
NEWCOMERS = 2_000
BESIDE = 2_000
"""Of the last contacts, so many tell how the day's contacts usually are."""


def group_waiting(owner: str) -> int:
    """Regroup the days about which something new was read; returns the promises kept."""
    with transaction():
        claims = outbox.claim(Job.GROUP, owner, 1_000, LEASE)
        if claims and not resting(claims) and first_to_run():
            Setting.write(BEGUN, newest_contact())
    if not claims:
        return 0
    with transaction():
        alone = first_to_run()
        if alone and not resting(claims):
            regroup_all(claims)
        else:
            place_newcomers()
            if alone:
                count_day(now())
        for claimed in claims:
            outbox.finish(claimed, owner)
    with transaction():
        verdicts.after_count(now())
    return len(claims)


def resting(claims: Sequence[Claim]) -> bool:
    """Whether the last run was long and not long ago; what people have taught does not wait."""
    if any(claimed.cause == NIGHTLY or claimed.cause.startswith("taught") for claimed in claims):
        return False
    ended, seconds = Setting.read(LENGTH, (None, 0))
    return ended is not None and now() < datetime.fromisoformat(ended) + timedelta(
        seconds=REST * seconds
    )


def regroup_all(claims: Sequence[Claim]) -> None:
    """The newest day anew; before a new day is begun, the one before it a last time."""
    began = time.monotonic()
    days = sorted({date.fromordinal(claimed.ref_id) for claimed in claims})
    grouped = days_to_group(days[-1], last_grouped())
    seen = sum([regroup(day, moment_of(day)) for day in grouped])
    for day in days:
        if day not in grouped:  # what came late is placed today and counted on its own day
            count_day(end_of(day))
    if any(claimed.cause == NIGHTLY for claimed in claims):
        consolidate(now())
    length = round(time.monotonic() - began, 1) if seen >= MANY else 0
    Setting.write(LENGTH, (now().isoformat(), length))


def days_to_group(newest: date, last: date | None) -> list[date]:
    """The newest day; before it is begun the one before it, as long as that is open alone."""
    if last is None or last >= newest:
        return [last or newest]
    return [last] if is_open(last) else [last, newest]


def last_grouped() -> date | None:
    """The newest day that was ever grouped: the engine never goes back behind it."""
    written = Setting.read("grouped_day")
    return date.fromisoformat(written) if written else None


def is_open(day: date) -> bool:
    """Whether contacts may still come in that are placed beside those of `day`."""
    return now() < calendar.bounds(day)[1] + NIGHT


def moment_of(day: date) -> datetime:
    """When a day is grouped: now while it is open, its last moment afterwards."""
    return now() if is_open(day) else end_of(day)


def end_of(day: date) -> datetime:
    """The moment up to which a day's contacts are counted: now, or its last when it is past."""
    return min(now(), calendar.bounds(day)[1] - timedelta(microseconds=1))


def regroup(day: date, at: datetime) -> int:
    """Group `day` anew from what was known before it, then count it; returns how many were seen.

    However often a day is grouped, its end is the same as if it had been grouped once.
    """
    contacts: list[Told] = []
    engine = routing.engine()
    if engine is not None:
        one_run_at_a_time()
        contacts = told(to_be_grouped(day, LOOK_BACK, at), routing.ENCODER)
        if contacts:
            revise(contacts, Run(engine, day, at))
        Setting.write("grouped_day", day.isoformat())
    count_day(min(at, calendar.bounds(day)[1] - timedelta(microseconds=1)))
    return len(contacts)


# --- between two runs -----------------------------------------------------------------------


def place_newcomers() -> None:
    """Place what came in since the last run began, where it fits a card; the next run judges all.

    Writes no card, so that it never waits for a run that is under way.
    """
    engine, day = routing.engine(), last_grouped()
    if engine is None or day is None:
        return
    begun = int(Setting.read(BEGUN, 0))
    newcomers = told(newly_come(day, begun, NEWCOMERS), routing.ENCODER)
    if newcomers:
        beside = told(lately_placed(day, begun, BESIDE), routing.ENCODER)
        placed = beside_the_last(newcomers, beside, Run(engine, day, now()))
        place_all(placed, {}, now())


def beside_the_last(newcomers: list[Told], beside: list[Told], run: Run) -> list[Placed]:
    """Which of the cards that there are fit newcomers, seen among the last contacts."""
    members: dict[int, list[groups.ItemId]] = defaultdict(list)
    for contact_id, standing in standing_of(one.contact_id for one in beside).items():
        members[standing.problem_id].append(contact_id)
    memories = Memory.everything()
    known = [
        replace(one, centre=memory.centre, members=members[memory.id])
        for memory in memories.values()
        if memory.centre is not None and (one := remembered(memory, run.day + timedelta(days=1)))
    ]
    result = groups.group(
        items_of([*beside, *newcomers], run.engine, run.day),
        known,
        in_terms_of_the_engine(Constraint.in_force()),
        run.params,
    )
    new = {one.contact_id for one in newcomers}
    return [
        Placed(int(placement.item_id), int(placement.problem), placement.score, said_by(placement))
        for placement in result.placements
        if placement.item_id in new and placement.problem in memories
    ]
