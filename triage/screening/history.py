"""What happened to a problem, in words, with the way back for what can be undone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from models.decision import Decided
from models.event import Event
from models.problem import Problem
from models.taught import Taught, Teaching
from triage.display import label, language_name, title, topic_name
from triage.effect_words import action_words

MAILING_STEPS = ("mailing.started", "mailing.done", "mailing.cancelled")


@dataclass(frozen=True)
class Line:
    """One event, and where a form takes it back."""

    event: Event
    words: str
    undo: str | None = None


def lines(problem: Problem, events: Sequence[Event], decided: Decided | None = None) -> list[Line]:
    """The newest first; `decided` is the decision that stands."""
    events = [event for event in events if told_here(event)]
    standing = Taught.standing(problem.id)
    others = Problem.several({_other(event) for event in events} - {0})
    found = [
        Line(
            event, event_words(event, others.get(_other(event))), undo_of(event, problem, standing)
        )
        for event in reversed(events)
    ]
    if decided is not None:
        return [_with_way_back(line, problem, decided) for line in found]
    return found


def told_here(event: Event) -> bool:
    """Single calls and steps of a mailing have pages of their own."""
    whose, _dot, _step = event.kind.partition(".")
    return whose not in ("callback", "mailing") or event.kind in MAILING_STEPS


def _with_way_back(line: Line, problem: Problem, decided: Decided) -> Line:
    if line.event.kind != "problem.decided" or line.event.at != decided.at:
        return line
    address = url_for("screening.take_back", number=problem.number, decision=decided.id)
    return replace(line, undo=address)


def undo_of(event: Event, problem: Problem, standing: dict[int, Taught]) -> str | None:
    """The address that undoes what the event tells of."""
    if event.kind == "problem.renamed":
        language, after = event.facts.get("language"), event.facts.get("after") or None
        if language and problem.titles.get(language) == after:
            return url_for("screening.take_name_back", number=problem.number, event=event.id)
        return None
    taught = standing.get(int(event.facts.get("taught") or 0))
    return undo_address(taught) if taught and event.kind != "problem.taught_undone" else None


def undo_address(taught: Taught) -> str | None:
    if not taught.undoable:
        return None
    return url_for("screening.undo", number=taught.problem.number, taught=taught.id)


def _other(event: Event) -> int:
    return int(event.facts.get("other") or event.facts.get("into") or 0)


def event_words(event: Event, other: Problem | None = None) -> str:
    """One line of a problem's history."""
    facts = event.facts
    if event.kind == "problem.decided":
        words = str(label("problem_state", facts.get("after")))
        before = str(label("problem_state", facts.get("before")))
        return str(_("Decided: %(after)s (was: %(before)s)", after=words, before=before))
    if event.kind == "problem.decision_undone":
        state = str(label("problem_state", facts.get("state")))
        return str(_("Decision undone: %(state)s again", state=state))
    if event.kind == "problem.renamed":
        said = str(_("Renamed: %(title)s", title=facts.get("after") or "—"))
        language = facts.get("language")
        return f"{said} ({language_name(language)})" if language else said
    if event.kind == "problem.escalated":
        return str(_("Sent up to everybody’s meeting: %(why)s", why=facts.get("reason") or "—"))
    if event.kind == "problem.taught_undone":
        return str(_("Undone: %(what)s", what=teaching_words(str(facts.get("teaching")))))
    if event.kind == "problem.revised":
        return revised_words(facts)
    if event.kind in _COUNTED:
        return _counted(event.kind, int(facts.get("contacts") or 1), other)
    plain = {
        "problem.found": _("Found by the grouping"),
        "problem.reason_given": _("Why it was decided: %(why)s", why=event.facts.get("why") or "—"),
        "problem.archived": _("Archived: nobody has written about it for 60 days"),
        "problem.merged": _("Joined to another problem"),
        "problem.told_apart": _("Said to be another problem"),
        "problem.escalation_withdrawn": _("No longer sent up"),
        "problem.sentence_written": _("The sentence to say was written or changed"),
        "problem.sentence_approved": _("The sentence to say was approved"),
        "problem.sentence_unapproved": _("The sentence is no longer said"),
        "problem.sentence_taken_over": _("The sentence to say came with the joined problem"),
        "problem.sentence_undone": _("A change of the sentence was undone"),
        "problem.reply_prepared": _("Answers to all affected were prepared"),
        "problem.reply_withdrawn": _("The prepared answers were withdrawn"),
        "problem.reply_resumed": _("The prepared answers stand again"),
        "problem.answer_left_out": _("A ticket was left out of the prepared answers"),
        "problem.answer_put_back": _("A ticket was put back among the prepared answers"),
        "problem.answer_rewritten": _("One of the prepared answers was written by hand"),
        "problem.answer_sent": _("A prepared answer was sent"),
        "problem.round_begun": _("A call-back round was begun"),
        "problem.round_rewritten": _("What a call-back round says was changed"),
        "problem.round_closed": _("A call-back round was closed"),
        "problem.round_reopened": _("A call-back round was opened again"),
        "problem.not_helped": _("A client says that what was changed did not help"),
        "problem.regressed_in_words": _("Back on the board: clients say that it did not help"),
        "info_page.linked": _("A page of the dossier is to answer it"),
        "info_page.unlinked": _("A page of the dossier no longer answers it"),
        "mailing.started": _("A mailing was started"),
        "mailing.done": _("A mailing has told everybody"),
        "mailing.cancelled": _("A mailing was called off"),
    }
    words = str(plain.get(event.kind) or action_words(event))
    return f"{words}{_(':')} {title(other)} ({other.number})" if other else words


def revised_words(facts: Mapping[str, Any]) -> str:
    """What a run of the grouping has changed: the name it gives, contacts that left, and where
    they went."""
    before, after = _named(facts, 0), _named(facts, 1)
    parts = []
    if before != after:
        parts.append(str(_("named anew: %(after)s (was: %(before)s)", after=after, before=before)))
    if count := int(facts.get("contacts") or 0):
        cases = ngettext("%(num)s contact", "%(num)s contacts", count)
        parts.append(str(_("%(cases)s seen elsewhere or alone", cases=cases)))
    for place in facts.get("moved") or ():
        cases = ngettext("%(num)s contact", "%(num)s contacts", int(place["contacts"]))
        parts.append(str(_("%(cases)s to %(other)s", cases=cases, other=place["number"])))
    if facts.get("emptied"):
        parts.append(str(_("no contact is left")))
    return f"{_('Revised by the grouping')}{_(':')} {'; '.join(parts)}"


def _named(facts: Mapping[str, Any], place: int) -> str:
    """What changed of the name: as it was (0), or as it is (1)."""
    axes = ("thing", "symptom", "stage")
    names = [str(label(axis, facts[axis][place])) for axis in axes if axis in facts]
    if "topic_id" in facts:
        names.append(topic_name(facts["topic_id"][place]))
    return " · ".join(name for name in names if name and name != "none") or "—"


_COUNTED = {
    "problem.contact_joined",
    "problem.contact_removed",
    "problem.contacts_left",
    "problem.contacts_came",
    "problem.split",
    "problem.split_off",
    "problem.absorbed",
}


def _counted(kind: str, count: int, other: Problem | None) -> str:
    cases = ngettext("%(num)s contact", "%(num)s contacts", count)
    name = f"{title(other)} ({other.number})" if other else "—"
    words = {
        "problem.contact_joined": _("Added: %(cases)s", cases=cases),
        "problem.contact_removed": _("Taken out: %(cases)s", cases=cases),
        "problem.contacts_left": _("%(cases)s moved to %(other)s", cases=cases, other=name),
        "problem.contacts_came": _("%(cases)s came from %(other)s", cases=cases, other=name),
        "problem.split": _(
            "%(cases)s made a problem of their own: %(other)s", cases=cases, other=name
        ),
        "problem.split_off": _("Made of %(cases)s of %(other)s", cases=cases, other=name),
        "problem.absorbed": _("Took over %(cases)s of %(other)s", cases=cases, other=name),
    }
    return str(words[kind])


def taught_words(taught: Taught) -> str:
    """What was just done, for the moment in which it can be undone with one key."""
    cases = ngettext("%(num)s contact", "%(num)s contacts", taught.contacts)
    words = {
        Teaching.JOINED: _("Added: %(cases)s", cases=cases),
        Teaching.TAKEN_OUT: _("Taken out: %(cases)s", cases=cases),
        Teaching.MOVED: _("Moved: %(cases)s", cases=cases),
        Teaching.SPLIT: _("A problem of its own: %(cases)s", cases=cases),
        Teaching.SAME: _("They are one now: %(cases)s moved", cases=cases),
        Teaching.DIFFERENT: _("They stay two; nobody is asked again."),
        Teaching.BEGUN: _("A new problem: %(cases)s", cases=cases),
    }
    return str(words[Teaching(taught.kind)])


def teaching_words(kind: str) -> str:
    """The name of an act."""
    words = {
        Teaching.JOINED.value: _("contacts added"),
        Teaching.TAKEN_OUT.value: _("contacts taken out"),
        Teaching.MOVED.value: _("contacts moved"),
        Teaching.SPLIT.value: _("a problem of its own"),
        Teaching.SAME.value: _("the same problem"),
        Teaching.DIFFERENT.value: _("another problem"),
        Teaching.BEGUN.value: _("a new problem"),
    }
    return str(words.get(kind, kind))
