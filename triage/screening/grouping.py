"""From the day's contacts to the problems of the board: the fourth hop.

Contacts that nobody has placed yet are shown to the engine together with what is remembered of each
problem; what people have joined or taken apart stays so. Every run is safe to repeat.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np

from classifiers import groups
from classifiers.engine import AXES, Engine, Text
from classifiers.features import Floats
from models import calendar, outbox
from models.base import db, now, transaction
from models.contact import Contact
from models.event import record
from models.outbox import Job
from models.placing import one_run_at_a_time, place, to_be_grouped, unplace
from models.prediction import ContactSignal, Vector
from models.problem import Constraint, Occurrence, Problem
from models.settings import Setting
from models.tuning import Tuning
from triage import routing
from triage.screening import verdicts
from triage.screening.expecting import count_day

BEFORE_EVERYTHING = datetime(1970, 1, 1, tzinfo=UTC)
LOOK_BACK = timedelta(days=7)
"""A contact that is alone may still become one of three for so long."""
LEASE = timedelta(seconds=120)
WITNESSES = 64
"""Of so many contacts a problem that people have made learns what it is."""
TERMS = 5


def group_waiting(owner: str) -> int:
    """Regroup the days about which something new was read; returns the promises kept."""
    with transaction():
        claims = outbox.claim(Job.GROUP, owner, 1_000, LEASE)
    if not claims:
        return 0
    with transaction():
        days = sorted({date.fromordinal(claimed.ref_id) for claimed in claims})
        newest = max(days[-1], last_grouped() or days[-1])
        regroup(newest, end_of(newest))
        for day in days:
            if day != newest:  # what came late is placed today and counted on its own day
                count_day(end_of(day))
        for claimed in claims:
            outbox.finish(claimed, owner)
    with transaction():
        verdicts.after_count(now())
    return len(claims)


def last_grouped() -> date | None:
    """The newest day that was ever grouped: the engine never goes back behind it."""
    written = Setting.read("grouped_day")
    return date.fromisoformat(written) if written else None


def end_of(day: date) -> datetime:
    """The moment up to which a day's contacts are seen: now, or its last when it is past."""
    return min(now(), calendar.bounds(day)[1] - timedelta(microseconds=1))


def regroup(day: date, at: datetime) -> None:
    """Group `day` anew from what was known before it, then count it.

    However often a day is grouped, its end is the same as if it had been grouped once.
    """
    engine = routing.engine()
    if engine is not None:
        one_run_at_a_time()
        contacts = list(db.session.scalars(to_be_grouped(day, LOOK_BACK)))
        if contacts:
            place_all(contacts, engine, day, at)
        Setting.write("grouped_day", day.isoformat())
    count_day(at)


def place_all(contacts: list[Contact], engine: Engine, day: date, at: datetime) -> None:
    problems = {problem.id: problem for problem in db.session.scalars(Problem.everything())}
    learn_from_people(problems.values(), engine, day)
    known = [one for problem in problems.values() if (one := remembered(problem, day))]
    result = groups.group(items_of(contacts, engine), known, constraints(), params_of(engine))
    standing = Occurrence.of_contacts([contact.id for contact in contacts])
    made = identified(result, problems, {one.id for one in known}, standing, day, at)
    said = {contact.id: contact for contact in contacts}
    for placement in result.placements:
        contact = said[int(placement.item_id)]
        if placement.problem is None:
            if contact.id in standing:
                unplace(contact.id, at)
            continue
        problem = made.get(str(placement.problem)) or problems[int(placement.problem)]
        reason = {"why": "engine", **placement.reason}
        place(contact.id, problem, score=placement.score, reason=reason, at=at)
        problem.first_seen_at = min(problem.first_seen_at, contact.said_at)
        problem.last_seen_at = max(problem.last_seen_at, contact.said_at)
    for key, centre in result.centres.items():
        problem = made.get(str(key)) or problems[int(key)]
        problem.remember(centre, result.engine, day)


def learn_from_people(problems: Iterable[Problem], engine: Engine, day: date) -> None:
    """What people have made a problem of attracts others like it from now on."""
    for problem in problems:
        if problem.centre is not None or problem.merged_into_id is not None:
            continue
        contacts = db.session.scalars(problem.placed_by_people().limit(WITNESSES)).all()
        if contacts:
            together: set[tuple[groups.ItemId, groups.ProblemId]] = {
                (contact.id, problem.id) for contact in contacts
            }
            result = groups.group(
                items_of(contacts, engine),
                (),
                groups.Constraints(together=together),
                groups.Params.of(engine),
            )
            problem.remember(result.centres[problem.id], result.engine, day - timedelta(days=1))
            name_after(problem, contacts, result)


def name_after(problem: Problem, contacts: Sequence[Contact], result: groups.Grouping) -> None:
    """Call what people have made by what its contacts have in common, not by where they were."""
    common = result.placements[0].reason
    problem.thing = str(common.get("thing") or "") or problem.thing
    problem.symptom = str(common.get("symptom") or "") or problem.symptom
    shared: dict[str, dict[str, None]] = {}
    for contact, placement in zip(contacts, result.placements, strict=True):
        words = dict.fromkeys(placement.reason.get("terms", ()))
        shared.setdefault(contact.language or "fr", {}).update(words)
    problem.terms = {language: list(words)[:TERMS] for language, words in shared.items() if words}


def params_of(engine: Engine) -> groups.Params:
    """Those of the engine, with as many clients as this house wants for a problem."""
    fewest = Tuning.read().fewest
    return replace(groups.Params.of(engine), fewest_clients=fewest, fewest_contacts=fewest)


def identified(
    result: groups.Grouping,
    problems: dict[int, Problem],
    known: set[groups.ProblemId],
    standing: dict[int, Occurrence],
    day: date,
    at: datetime,
) -> dict[str, Problem]:
    """The problem behind each new key: the card that already held most of its contacts today, or
    a new one. A card is taken once, by the key that has most in common with it."""
    shared: Counter[tuple[str, int]] = Counter()
    for placement in result.placements:
        before = standing.get(int(placement.item_id))
        if before is not None and before.problem_id not in known and placement.problem:
            shared[(str(placement.problem), before.problem_id)] += 1
    taken: dict[str, Problem] = {}
    keys = {new.key for new in result.new}
    for (key, problem_id), _ in sorted(shared.items(), key=lambda one: (-one[1], one[0])):
        if key in keys and key not in taken and problems[problem_id] not in taken.values():
            taken[key] = problems[problem_id]
    for new in result.new:
        if new.key in taken:
            describe(taken[new.key], new)
        else:
            taken[new.key] = found(new, day, at)
    return taken


def describe(problem: Problem, new: groups.NewProblem) -> None:
    """What the machine calls it; people's own titles stand beside and win."""
    problem.thing, problem.symptom, problem.topic_id = new.thing, new.symptom, new.topic
    problem.terms = {language: list(words) for language, words in new.terms.items()}


def found(new: groups.NewProblem, day: date, at: datetime) -> Problem:
    problem = Problem(founded_on=day, first_seen_at=at, last_seen_at=BEFORE_EVERYTHING)
    describe(problem, new)
    db.session.add(problem)
    db.session.flush()
    record("problem.found", at=at, problem_id=problem.id, thing=new.thing, symptom=new.symptom)
    return problem


def remembered(problem: Problem, day: date) -> groups.Known | None:
    """What the engine knew of a problem before `day`."""
    centre = problem.centre_at_start_of(day)
    if centre is None:
        return None
    return groups.Known(
        id=problem.id,
        centre=centre,
        engine=problem.engine,
        first_seen=calendar.business_day(problem.first_seen_at),
        last_seen=min(day, calendar.business_day(problem.last_seen_at)),
    )


def constraints() -> groups.Constraints:
    """People's word, in the engine's terms."""
    together: set[tuple[groups.ItemId, groups.ProblemId]] = set()
    apart: set[tuple[groups.ItemId, groups.ProblemId]] = set()
    same: list[tuple[groups.ProblemId, groups.ProblemId]] = []
    for said in Constraint.in_force():
        if said.kind == "together" and said.contact_id is not None:
            together.add((said.contact_id, said.problem_id))
        elif said.kind == "apart" and said.contact_id is not None:
            apart.add((said.contact_id, said.problem_id))
        elif said.kind == "same" and said.other_problem_id is not None:
            same.append((said.problem_id, said.other_problem_id))
    return groups.Constraints(together=together, apart=apart, same=same)


# --- what the engine sees of a contact ------------------------------------------------------


def items_of(contacts: Sequence[Contact], engine: Engine) -> list[groups.Item]:
    signals = ContactSignal.of([contact.id for contact in contacts])
    vectors = Vector.known(routing.ENCODER, [one.content_hash for one in signals.values()])
    stale = [c for c in contacts if not fits(signals.get(c.id), engine)]
    fresh = refreshed(stale, engine)
    return [
        groups.Item(
            id=contact.id,
            at=contact.said_at,
            day=calendar.business_day(contact.said_at),
            client=str(contact.client_id or f"contact {contact.id}"),
            language=contact.language or "fr",
            channel=contact.channel,
            text=contact.new_text,
            features=fresh.get(contact.id)
            or features_of(contact, signals[contact.id], vectors, engine),
        )
        for contact in contacts
    ]


def fits(signal: ContactSignal | None, engine: Engine) -> bool:
    """Whether stored posteriors still mean what the present model's labels mean."""
    return signal is not None and signal.model_version == engine.version


def refreshed(contacts: list[Contact], engine: Engine) -> dict[int, groups.Features]:
    """Features of contacts that an older model, or none, has seen; kept for the next run."""
    texts = [Text(c.new_text, c.subject, c.channel, c.language) for c in contacts]
    found: dict[int, groups.Features] = {}
    for contact, text, opinion in zip(contacts, texts, engine.classify(texts), strict=True):
        ContactSignal.forget(contact.id)
        routing.remember_signal(contact, text, opinion)
        found[contact.id] = groups.features(opinion, contact.new_text, contact.subject)
    return found


def features_of(
    contact: Contact, signal: ContactSignal, vectors: dict[str, bytes], engine: Engine
) -> groups.Features:
    stored = vectors.get(signal.content_hash)
    return groups.described(
        contact.new_text,
        contact.subject,
        contact.language or "fr",
        _floats(stored) if stored else None,
        by_axis(_floats(signal.posteriors), engine),
    )


def by_axis(posteriors: Floats, engine: Engine) -> dict[str, Floats]:
    cut: dict[str, Floats] = {}
    start = 0
    for axis in AXES:
        end = start + len(engine.labels[axis])
        cut[axis] = posteriors[start:end]
        start = end
    return cut


def _floats(stored: bytes) -> Floats:
    return np.frombuffer(stored, dtype="<f2").astype(np.float32)
