"""What the board says in words: why a contact belongs, what an action did, what happened when."""

from datetime import datetime, timedelta

from flask_babel import format_datetime
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy

from models.base import now
from models.event import Event
from models.problem import Occurrence
from triage.display import label
from triage.screening.effect_words import action_words, effect_words, others_words, percent, signed

__all__ = ["effect_words", "others_words", "signed"]

SECTION_WORDS = {
    "pressing": lazy("New and rising"),
    "steady": lazy("Steady"),
    "falling": lazy("Falling"),
    "watched": lazy("Watched"),
    "ignored": lazy("Ignored"),
}


def since_words(at: datetime) -> str:
    """A moment of the last days by its weekday, an earlier one by its date."""
    near = now() - at < timedelta(days=6)
    return str(format_datetime(at, "EEEE HH:mm" if near else "d MMMM HH:mm"))


def reason_words(occurrence: Occurrence) -> str:
    """Why this contact is a case of its problem."""
    reason = occurrence.reason
    why = reason.get("why") or reason.get("by")
    if why == "same_as":
        return str(_("its problem was found to be the same"))
    if why == "person" or occurrence.by_id is not None:
        return str(_("added by a person"))
    parts = []
    terms = [str(term) for term in reason.get("terms") or ()]
    if terms:
        parts.append(str(_("same words: %(words)s", words=", ".join(terms[:5]))))
    what = [
        str(label(axis, reason.get(axis)))
        for axis in ("thing", "symptom")
        if reason.get(axis) not in (None, "", "none")
    ]
    if what:
        parts.append(" · ".join(what))
    if reason.get("cosine"):
        parts.append(str(_("alike: %(share)s", share=percent(float(reason["cosine"])))))
    return "; ".join(parts) or str(_("alike in meaning"))


def event_words(event: Event) -> str:
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
        return str(_("Renamed: %(title)s", title=facts.get("after") or "—"))
    plain = {
        "problem.found": _("Found by the grouping"),
        "problem.merged": _("Joined to another problem"),
        "problem.absorbed": _("Took over the contacts of another problem"),
        "problem.contact_joined": _("A contact was added"),
        "problem.contact_removed": _("A contact was taken out"),
        "problem.sentence_written": _("The sentence to say was written or changed"),
        "problem.sentence_approved": _("The sentence to say was approved"),
        "problem.sentence_unapproved": _("The sentence is no longer said"),
        "problem.sentence_undone": _("A change of the sentence was undone"),
    }
    return str(plain.get(event.kind) or action_words(event))
