"""What people say of problems: these are cases of it, those are not, two are one, or stay two.

The later word of people wins over an earlier one, and over the engine for good.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from models import calendar
from models.action import Action
from models.base import db
from models.contact import Contact
from models.decision import Escalation
from models.event import record
from models.likeness import Likeness
from models.problem import Constraint, Occurrence, Problem, ProblemState
from models.saying import take_over
from models.taught import Changes, Taught, Teaching, stand
from models.user import User

IN_HAND = (ProblemState.ACTING, ProblemState.SHIPPED)
"""Somebody does something about it, or it waits for the effect of that."""


def join(contacts: Sequence[Contact], problem: Problem, *, by: User, at: datetime) -> Taught | None:
    """A person's word that contacts are cases of a problem; None when all of them are already."""
    changes = _bring(contacts, problem, "person", by=by, at=at)
    if not changes.opened:
        return None
    made = _keep(Teaching.JOINED, problem, None, changes, by=by, at=at)
    _tell("problem.contact_joined", made, problem, contacts)
    return made


def take_out(
    contacts: Sequence[Contact], problem: Problem, *, by: User, at: datetime
) -> Taught | None:
    """A person's word that contacts are no cases of a problem: they never come back there."""
    changes = Changes()
    standing = _standing_in(contacts, problem)
    _lift("together", problem, [one.contact_id for one in standing], changes, at)
    for occurrence in standing:
        _close(occurrence, changes, at)
        _add("apart", occurrence.problem_id, occurrence.contact_id, changes, by=by, at=at)
    if not standing:
        return None
    made = _keep(Teaching.TAKEN_OUT, problem, None, changes, by=by, at=at)
    _tell("problem.contact_removed", made, problem, contacts)
    return made


def move(
    contacts: Sequence[Contact], source: Problem, target: Problem, *, by: User, at: datetime
) -> Taught | None:
    """Cases of one problem are cases of another one; None when none of them stands there."""
    wanted = {one.contact_id for one in _standing_in(contacts, source)}
    changes = _bring([one for one in contacts if one.id in wanted], target, "person", by=by, at=at)
    if not changes.opened:
        return None
    made = _keep(Teaching.MOVED, source, target, changes, by=by, at=at)
    _tell("problem.contacts_left", made, source, other=target.id)
    _tell("problem.contacts_came", made, target, other=source.id)
    return made


def split(contacts: Sequence[Contact], source: Problem, *, by: User, at: datetime) -> Taught | None:
    """Cases of a problem are a problem of their own, in `Taught.other`; None when none stands."""
    standing = {one.contact_id for one in _standing_in(contacts, source)}
    moving = [contact for contact in contacts if contact.id in standing]
    if not moving:
        return None
    part = _found(
        moving,
        at,
        thing=source.thing,
        symptom=source.symptom,
        stage=source.stage,
        topic_id=source.topic_id,
    )
    changes = _bring(moving, part, "person", by=by, at=at)
    made = _keep(Teaching.SPLIT, source, part, changes, by=by, at=at)
    _tell("problem.split", made, source, other=part.id)
    _tell("problem.split_off", made, part, other=source.id)
    return made


def begin(
    contacts: Sequence[Contact], title: str, language: str, *, by: User, at: datetime
) -> Taught:
    """A person's word that something keeps happening of which these are the first cases.

    It is on the board from the first case on; raises ValueError without any.
    """
    if not contacts:
        raise ValueError("a problem begins with a case")
    problem = _found(contacts, at)
    if title:
        problem.titles = {language: title}
    changes = _bring(contacts, problem, "person", by=by, at=at)
    made = _keep(Teaching.BEGUN, problem, None, changes, by=by, at=at)
    _tell("problem.begun", made, problem, contacts)
    return made


def same(lost: Problem, kept: Problem, *, by: User, at: datetime) -> Taught:
    """Two problems are one: every contact moves to `kept`, and the engine keeps them together.

    So do the actions, what was asked of everybody's meeting, and what may be said.
    Raises ValueError for a problem with itself, or one that went up in another before.
    """
    if lost.id == kept.id or lost.merged_into_id or kept.merged_into_id:
        raise ValueError("both must stand by themselves")
    changes = Changes()
    moving = db.session.scalars(lost.occurrences()).all()
    _open(
        [one.contact_id for one in moving], kept, "same_as", changes, by=by, at=at, closing=moving
    )
    lost.merged_into_id = kept.id
    for constraint in Constraint.of_pair("different", lost.id, kept.id):
        constraint.undone_at = at
        changes.lifted.append(constraint.id)
    _add("same", kept.id, None, changes, by=by, at=at, other_problem_id=lost.id)
    _widen(kept, [lost.first_seen_at, lost.last_seen_at], changes)
    _bring_deeds(lost, kept, changes)
    changes.sentence = take_over(kept, lost, by=by, at=at)
    _answer(lost, kept, Teaching.SAME, changes, by=by, at=at)
    made = _keep(Teaching.SAME, kept, lost, changes, by=by, at=at)
    _tell("problem.merged", made, lost, into=kept.id)
    _tell("problem.absorbed", made, kept, other=lost.id)
    return made


def different(first: Problem, second: Problem, *, by: User, at: datetime) -> Taught:
    """Two problems are two: nobody is asked again, and the engine never makes one of them."""
    changes = Changes()
    _add("different", first.id, None, changes, by=by, at=at, other_problem_id=second.id)
    _answer(first, second, Teaching.DIFFERENT, changes, by=by, at=at)
    made = _keep(Teaching.DIFFERENT, first, second, changes, by=by, at=at)
    _tell("problem.told_apart", made, first, other=second.id)
    _tell("problem.told_apart", made, second, other=first.id)
    return made


# --- how it is written down -----------------------------------------------------------------


def _found(
    contacts: Sequence[Contact],
    at: datetime,
    *,
    topic_id: str | None = None,
    thing: str | None = None,
    symptom: str | None = None,
    stage: str | None = None,
) -> Problem:
    """A new problem for these contacts, which are still to be brought there."""
    moments = [contact.said_at for contact in contacts]
    made = Problem(
        thing=thing,
        symptom=symptom,
        stage=stage,
        topic_id=_most_usual(contacts) or topic_id,
        first_seen_at=min(moments),
        last_seen_at=max(moments),
        founded_on=calendar.business_day(at),
    )
    db.session.add(made)
    db.session.flush()
    return made


def _standing_in(contacts: Sequence[Contact], problem: Problem) -> list[Occurrence]:
    standing = Occurrence.of_contacts([contact.id for contact in contacts])
    return [one for one in standing.values() if one.problem_id == problem.id]


def _bring(
    contacts: Sequence[Contact], problem: Problem, why: str, *, by: User, at: datetime
) -> Changes:
    """Contacts become cases of `problem`, and are cases of nothing else any more."""
    changes = Changes()
    standing = Occurrence.of_contacts([contact.id for contact in contacts])
    ids = [
        contact.id
        for contact in contacts
        if contact.id not in standing or standing[contact.id].problem_id != problem.id
    ]
    leaving = [standing[one] for one in ids if one in standing]
    _lift("apart", problem, ids, changes, at)
    _lift("together", None, ids, changes, at)
    for occurrence in leaving:
        _add("apart", occurrence.problem_id, occurrence.contact_id, changes, by=by, at=at)
    for contact_id in ids:
        _add("together", problem.id, contact_id, changes, by=by, at=at)
    _open(ids, problem, why, changes, by=by, at=at, closing=leaving)
    moved = set(ids)
    moments = [contact.said_at for contact in contacts if contact.id in moved]
    if moments:
        _widen(problem, moments, changes)
    return changes


def _bring_deeds(lost: Problem, kept: Problem, changes: Changes) -> None:
    """What was decided on `lost`, sent upward or joined to it before goes on with `kept`."""
    for action in db.session.scalars(Action.of_problem(lost.id)):
        action.problem = kept
        changes.actions.append(action.id)
    for asked in Escalation.of_problem(lost.id):
        asked.problem = kept
        changes.escalations.append(asked.id)
    for before in Problem.gone_up_in(lost.id):
        before.merged_into_id = kept.id
        changes.absorbed.append(before.id)
    if lost.state in IN_HAND and kept.state in (ProblemState.NEW, ProblemState.WATCHING):
        before_it = stand(kept)
        kept.state, kept.owner_id, kept.due_on = lost.state, lost.owner_id, lost.due_on
        changes.stood = {"before": before_it, "after": stand(kept)}


def _widen(problem: Problem, moments: Sequence[datetime], changes: Changes) -> None:
    """It was seen at these moments too."""
    before = [problem.first_seen_at, problem.last_seen_at]
    problem.first_seen_at = min(problem.first_seen_at, *moments)
    problem.last_seen_at = max(problem.last_seen_at, *moments)
    after = [problem.first_seen_at, problem.last_seen_at]
    changes.seen[str(problem.id)] = [at.isoformat() for at in (*before, *after)]


def _open(
    contact_ids: Sequence[int],
    problem: Problem,
    why: str,
    changes: Changes,
    *,
    by: User,
    at: datetime,
    closing: Sequence[Occurrence],
) -> None:
    scores = {one.contact_id: one.score for one in closing}
    for occurrence in closing:
        _close(occurrence, changes, at)
    db.session.flush()  # a contact is a case of one problem at a time
    opened = [
        Occurrence(
            problem_id=problem.id,
            contact_id=contact_id,
            score=scores.get(contact_id, 1.0) if why == "same_as" else 1.0,
            reason={"why": why},
            by_id=by.id,
            since=at,
        )
        for contact_id in contact_ids
    ]
    db.session.add_all(opened)
    db.session.flush()
    changes.opened += [one.id for one in opened]


def _close(occurrence: Occurrence, changes: Changes, at: datetime) -> None:
    occurrence.until = at
    changes.closed.append(occurrence.id)


def _add(
    kind: str,
    problem_id: int,
    contact_id: int | None,
    changes: Changes,
    *,
    by: User,
    at: datetime,
    other_problem_id: int | None = None,
) -> None:
    changes.new.append(
        Constraint.add(
            kind,
            by=by,
            at=at,
            problem_id=problem_id,
            contact_id=contact_id,
            other_problem_id=other_problem_id,
        )
    )


def _lift(
    kind: str, problem: Problem | None, contact_ids: list[int], changes: Changes, at: datetime
) -> None:
    for constraint in Constraint.on_contacts(kind, contact_ids, problem.id if problem else None):
        constraint.undone_at = at
        changes.lifted.append(constraint.id)


def _answer(
    first: Problem,
    second: Problem,
    answer: Teaching,
    changes: Changes,
    *,
    by: User,
    at: datetime,
) -> None:
    """What was proposed about the two is answered by this."""
    likeness = Likeness.of_pair(first, second)
    if likeness is not None and likeness.answer is None:
        likeness.answer, likeness.by_id, likeness.answered_at = answer.value, by.id, at
        changes.likeness = likeness.id


def _keep(
    kind: Teaching,
    problem: Problem,
    other: Problem | None,
    changes: Changes,
    *,
    by: User,
    at: datetime,
) -> Taught:
    made = Taught(
        kind=kind.value,
        problem_id=problem.id,
        other_id=other.id if other else None,
        contacts=len(changes.opened) or len(changes.closed),
        changed=changes.as_json(),
        by_id=by.id,
        at=at,
    )
    made.by = by
    db.session.add(made)
    db.session.flush()
    return made


def _tell(
    kind: str, made: Taught, problem: Problem, contacts: Sequence[Contact] = (), **facts: Any
) -> None:
    record(
        kind,
        by=made.by,
        at=made.at,
        problem_id=problem.id,
        contact_id=contacts[0].id if len(contacts) == 1 else None,
        contacts=made.contacts,
        taught=made.id,
        **facts,
    )


def _most_usual(contacts: Sequence[Contact]) -> str | None:
    topics = [contact.topic_id for contact in contacts if contact.topic_id]
    return max(sorted(set(topics)), key=topics.count) if topics else None
