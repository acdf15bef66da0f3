"""What the board says in words: why a contact belongs, what an action did, what happened when."""

from datetime import datetime, timedelta

from flask_babel import format_datetime, format_percent, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy

from models.base import now
from models.effect import Effect, Verdict
from models.event import Event
from models.problem import Occurrence
from triage.display import label

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


def effect_words(effect: Effect | None) -> str:
    """What may honestly be said of an action's effect."""
    if effect is None:
        return str(_("Not live yet."))
    if effect.verdict == Verdict.TOO_EARLY:
        return str(
            ngettext(
                "Too early to tell: one more working day.",
                "Too early to tell: %(num)d more working days.",
                effect.days_left,
            )
        )
    if effect.verdict == Verdict.TOO_FEW:
        return str(_("Too few contacts before it to tell."))
    assert effect.change is not None and effect.low is not None and effect.high is not None
    if effect.verdict == Verdict.FELL:
        return str(
            _(
                "Contacts fell by %(change)s (between %(low)s and %(high)s).",
                change=_percent(-effect.change),
                low=_percent(-effect.high),
                high=_percent(-effect.low),
            )
        )
    if effect.verdict == Verdict.ROSE:
        return str(
            _(
                "Contacts rose by %(change)s (between %(low)s and %(high)s).",
                change=_percent(effect.change),
                low=_percent(effect.low),
                high=_percent(effect.high),
            )
        )
    return str(
        _(
            "No clear change: between %(low)s and %(high)s.",
            low=signed(effect.low),
            high=signed(effect.high),
        )
    )


def others_words(effect: Effect) -> str:
    """How the other problems moved meanwhile."""
    if effect.others is None:
        return str(_("too few other contacts to compare with"))
    return str(_("all other problems: %(change)s", change=signed(effect.others)))


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
        parts.append(str(_("alike: %(share)s", share=_percent(float(reason["cosine"])))))
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
        "action.done": _("An action is live"),
        "action.resumed": _("An action was taken up again"),
        "action.cancelled": _("An action was dropped"),
    }
    return str(plain.get(event.kind, event.kind))


def signed(share: float) -> str:
    """+12 % or −5 %."""
    words = _percent(abs(share))
    return words if abs(share) < 0.005 else f"+{words}" if share > 0 else f"−{words}"


def _percent(share: float) -> str:
    return str(format_percent(share, "#,##0 %"))
