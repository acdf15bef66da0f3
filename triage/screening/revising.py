"""One run of the grouping: contacts are shown to the engine, and what comes out different is kept.

A card keeps its identity by its members and its centre; what a run changes on a card that existed
is an event of it, never silent.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from classifiers import groups
from classifiers.engine import Engine
from models import calendar
from models.base import db
from models.event import record
from models.memory import Memory
from models.placing import Placed, Standing, Told, place_all, sizes, standing_of, told
from models.problem import Constraint, Problem
from models.tuning import Tuning
from triage import routing
from triage.screening.proposing import propose
from triage.screening.seeing import items_of

BEFORE_EVERYTHING = datetime(1970, 1, 1, tzinfo=UTC)
WITNESSES = 64
"""Of so many contacts a problem that people have made learns what it is."""
TERMS = 5
NAMED_CONTACTS = 50
"""Of contacts that have left a card, so many are named."""


@dataclass(frozen=True)
class Run:
    """What a run is made with: the engine, the day, and the moment that its rows bear."""

    engine: Engine
    day: date
    at: datetime

    @property
    def params(self) -> groups.Params:
        """Those of the engine, with as many clients as this house wants for a problem."""
        fewest = Tuning.read().fewest
        return replace(groups.Params.of(self.engine), fewest_clients=fewest, fewest_contacts=fewest)


def revise(contacts: Sequence[Told], run: Run) -> None:
    """Place all these contacts, from what was known before the day."""
    memories = Memory.everything()
    learn_from_people(memories.values(), run)
    standing = standing_of(one.contact_id for one in contacts)
    kept = decided_on(standing, memories)
    known = [
        one
        for memory in memories.values()
        if (one := remembered(memory, run.day, kept.get(memory.id, ())))
    ]
    said = Constraint.in_force()
    result = groups.group(
        items_of(contacts, run.engine, run.day), known, in_terms_of_the_engine(said), run.params
    )
    before = set(memories)
    cards = identified(result, memories, {one.id for one in known}, standing, run)
    placed = outcome(result, cards, contacts_of(said) ^ contacts_of(Constraint.in_force()))
    changed = place_all(placed, standing, run.at)
    note_when_seen(placed, contacts, memories)
    for key, centre in result.centres.items():
        memories[cards[key]].remember(centre, result.engine, run.day)
    tell(memories, before, standing, changed, run.at)
    Memory.write(memories.values())
    propose(result, cards, memories, run.params.space, run.at)


def decided_on(
    standing: Mapping[int, Standing], memories: Mapping[int, Memory]
) -> dict[int, list[int]]:
    """Contacts on cards that people have decided on or taught: what was decided was decided of
    them, so no run takes them away again."""
    kept: dict[int, list[int]] = defaultdict(list)
    for contact_id, case in standing.items():
        memory = memories.get(case.problem_id)
        if memory is not None and memory.touched and memory.merged_into_id is None:
            kept[memory.id].append(contact_id)
    return kept


def remembered(memory: Memory, day: date, members: Sequence[int] = ()) -> groups.Known | None:
    """What the engine knew of a problem before `day`, and who stays on its card."""
    centre = memory.centre_at_start_of(day)
    if centre is None:
        return None
    return groups.Known(
        id=memory.id,
        centre=centre,
        engine=memory.engine,
        first_seen=calendar.business_day(memory.first_seen_at),
        last_seen=min(day, calendar.business_day(memory.last_seen_at)),
        members=members,
        newer=memory.older_centre(day),
    )


def in_terms_of_the_engine(said: Iterable[Constraint]) -> groups.Constraints:
    """People's word."""
    together: set[tuple[groups.ItemId, groups.ProblemId]] = set()
    apart: set[tuple[groups.ItemId, groups.ProblemId]] = set()
    same: list[tuple[groups.ProblemId, groups.ProblemId]] = []
    for one in said:
        if one.kind == "together" and one.contact_id is not None:
            together.add((one.contact_id, one.problem_id))
        elif one.kind == "apart" and one.contact_id is not None:
            apart.add((one.contact_id, one.problem_id))
        elif one.kind == "same" and one.other_problem_id is not None:
            same.append((one.problem_id, one.other_problem_id))
    return groups.Constraints(together=together, apart=apart, same=same)


def contacts_of(said: Iterable[Constraint]) -> set[tuple[int, int]]:
    return {(one.id, one.contact_id) for one in said if one.contact_id is not None}


# --- what people have made ------------------------------------------------------------------


def learn_from_people(memories: Iterable[Memory], run: Run) -> None:
    """What people have made a problem of attracts others like it from now on."""
    for memory in memories:
        if memory.centre is not None or memory.merged_into_id is not None or not memory.touched:
            continue
        problem = Problem.named(memory.id)
        assert problem is not None  # its memory has just been read from it
        contacts = told(problem.placed_by_people().limit(WITNESSES), routing.ENCODER)
        if contacts:
            together: set[tuple[groups.ItemId, groups.ProblemId]] = {
                (contact.contact_id, memory.id) for contact in contacts
            }
            result = groups.group(
                items_of(contacts, run.engine, run.day),
                (),
                groups.Constraints(together=together),
                groups.Params.of(run.engine),
            )
            centre = result.centres[memory.id]
            memory.remember(centre, result.engine, run.day - timedelta(days=1))
            name_after(memory, contacts, result)


def name_after(memory: Memory, contacts: Sequence[Told], result: groups.Grouping) -> None:
    """Call what people have made by what its contacts have in common, not by where they were."""
    common = result.placements[0].reason
    memory.thing = str(common.get("thing") or "") or memory.thing
    memory.symptom = str(common.get("symptom") or "") or memory.symptom
    shared: dict[str, dict[str, None]] = {}
    for contact, placement in zip(contacts, result.placements, strict=True):
        words = dict.fromkeys(placement.reason.get("terms", ()))
        shared.setdefault(contact.language, {}).update(words)
    memory.terms = {language: list(words)[:TERMS] for language, words in shared.items() if words}


# --- which card is which --------------------------------------------------------------------


def identified(
    result: groups.Grouping,
    memories: dict[int, Memory],
    known: set[groups.ProblemId],
    standing: Mapping[int, Standing],
    run: Run,
) -> dict[groups.ProblemId, int]:
    """The card of each problem of the result. A key that is new to the engine gets the card that
    already held most of its contacts today, or a new one; a card is taken once, by the key that
    has most in common with it. New cards are added to `memories`."""
    shared: Counter[tuple[str, int]] = Counter()
    for placement in result.placements:
        before = standing.get(int(placement.item_id))
        if before is not None and before.problem_id not in known and placement.problem:
            shared[(str(placement.problem), before.problem_id)] += 1
    taken: dict[str, int] = {}
    used: set[int] = set()
    keys = {new.key for new in result.new}
    for (key, problem_id), _ in sorted(shared.items(), key=lambda one: (-one[1], one[0])):
        if key in keys and key not in taken and problem_id not in used and problem_id in memories:
            taken[key] = problem_id
            used.add(problem_id)
    for new in result.new:
        if new.key in taken:
            describe(memories[taken[new.key]], new)
    unheard = [new for new in result.new if new.key not in taken]
    for new, memory in zip(unheard, found(unheard, run), strict=True):
        memories[memory.id] = memory
        taken[new.key] = memory.id
    return {key: taken[str(key)] if key in keys else int(key) for key in result.centres}


def describe(memory: Memory, new: groups.NewProblem) -> None:
    """What the machine calls it; people's own titles stand beside and win."""
    memory.thing, memory.symptom, memory.topic_id = new.thing, new.symptom, new.topic
    memory.stage = new.stage or None
    memory.terms = {language: list(words) for language, words in new.terms.items()}


def found(news: Sequence[groups.NewProblem], run: Run) -> list[Memory]:
    problems = [
        Problem(founded_on=run.day, first_seen_at=run.at, last_seen_at=BEFORE_EVERYTHING)
        for _ in news
    ]
    db.session.add_all(problems)
    db.session.flush()
    memories = [Memory.of(problem) for problem in problems]
    for memory, new in zip(memories, news, strict=True):
        describe(memory, new)
        record(
            "problem.found", at=run.at, problem_id=memory.id, thing=new.thing, symptom=new.symptom
        )
    return memories


# --- what comes out different ---------------------------------------------------------------


def outcome(
    result: groups.Grouping,
    cards: Mapping[groups.ProblemId, int],
    said_meanwhile: set[tuple[int, int]],
) -> list[Placed]:
    """Where each contact belongs; of those about which people spoke meanwhile the next run
    judges."""
    left_alone = {contact_id for _, contact_id in said_meanwhile}
    return [
        Placed(
            int(placement.item_id),
            None if placement.problem is None else cards[placement.problem],
            placement.score,
            said_by(placement),
        )
        for placement in result.placements
        if int(placement.item_id) not in left_alone
    ]


def said_by(placement: groups.Placement) -> dict[str, Any]:
    return {"why": "engine", **placement.reason}


def note_when_seen(
    placed: Sequence[Placed], contacts: Sequence[Told], memories: Mapping[int, Memory]
) -> None:
    said_at = {contact.contact_id: contact.said_at for contact in contacts}
    moments: dict[int, list[datetime]] = defaultdict(list)
    for one in placed:
        if one.problem_id is not None:
            moments[one.problem_id].append(said_at[one.contact_id])
    for problem_id, when in moments.items():
        memories[problem_id].seen((min(when), max(when)))


def tell(
    memories: Mapping[int, Memory],
    before: set[int],
    standing: Mapping[int, Standing],
    changed: Sequence[Placed],
    at: datetime,
) -> None:
    """One event for each card that existed and that the run has renamed, or from which it has
    taken contacts."""
    left: dict[int, list[int]] = defaultdict(list)
    moved: dict[int, Counter[int]] = defaultdict(Counter)
    for one in changed:
        if one.contact_id in standing:
            source = standing[one.contact_id].problem_id
            left[source].append(one.contact_id)
            if one.problem_id is not None:
                moved[source][one.problem_id] += 1
    remaining = sizes(left)
    for problem_id in sorted(before):
        facts: dict[str, Any] = dict(memories[problem_id].renamed)
        if problem_id in left:
            facts |= {
                "contacts": len(left[problem_id]),
                "which": sorted(left[problem_id])[:NAMED_CONTACTS],
                "moved": [
                    {"number": memories[other].number, "contacts": count}
                    for other, count in moved[problem_id].most_common()
                ],
                "emptied": problem_id not in remaining,
            }
        if facts:
            record("problem.revised", at=at, problem_id=problem_id, **facts)
