"""What an action did and what became of it, in words."""

from flask_babel import format_percent, ngettext
from flask_babel import gettext as _

from models.effect import Effect, Verdict
from models.effect_parts import Part
from models.event import Event


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
                change=percent(-effect.change),
                low=percent(-effect.high),
                high=percent(-effect.low),
            )
        )
    if effect.verdict == Verdict.ROSE:
        return str(
            _(
                "Contacts rose by %(change)s (between %(low)s and %(high)s).",
                change=percent(effect.change),
                low=percent(effect.low),
                high=percent(effect.high),
            )
        )
    if effect.verdict == Verdict.NO_CHANGE:
        return str(
            _(
                "No change: between %(low)s and %(high)s.",
                low=signed(effect.low),
                high=signed(effect.high),
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


def part_words(part: Part) -> str:
    """The same of one channel or language, short enough for a table."""
    if part.verdict == Verdict.TOO_EARLY:
        return str(_("too early"))
    if part.change is None or part.low is None or part.high is None:
        return str(_("too few"))
    return str(
        _(
            "%(change)s (%(low)s to %(high)s)",
            change=signed(part.change),
            low=signed(part.low),
            high=signed(part.high),
        )
    )


def action_words(event: Event) -> str:
    """One line of an action's history; what its owner said by the link says so."""
    facts = event.facts
    if event.kind == "action.verdict":
        words = verdict_words(str(facts.get("verdict")))
        return str(_("Effect of an action: %(verdict)s", verdict=words))
    if event.kind == "problem.regressed":
        return str(
            _(
                "It is back: %(clients)s clients, %(level)s a day after the action",
                clients=facts.get("clients"),
                level=facts.get("level"),
            )
        )
    if event.kind == "action.blocked":
        words = str(_("An action is blocked: %(why)s", why=facts.get("why")))
    else:
        plain = {
            "action.done": _("An action is live"),
            "action.resumed": _("An action was taken up again"),
            "action.cancelled": _("An action was dropped"),
            "action.changed": _("An action was changed"),
            "action.unblocked": _("An action is no longer blocked"),
            "action.link": _("A link was sent to the owner"),
            "action.link_revoked": _("The owner’s link was withdrawn"),
        }
        words = str(plain.get(event.kind, event.kind))
    if facts.get("outside"):
        return str(_("%(what)s (%(who)s, by the link)", what=words, who=facts["outside"]))
    return words


def verdict_words(verdict: str) -> str:
    """The verdict alone, for a list."""
    found = {
        "fell": _("contacts fell"),
        "rose": _("contacts rose"),
        "no_change": _("no change"),
        "unclear": _("effect unclear"),
        "too_few": _("too few contacts"),
    }
    return str(found.get(verdict, verdict))


def signed(share: float) -> str:
    """+12 % or −5 %."""
    words = percent(abs(share))
    return words if abs(share) < 0.005 else f"+{words}" if share > 0 else f"−{words}"


def percent(share: float) -> str:
    return str(format_percent(share, "#,##0 %"))
