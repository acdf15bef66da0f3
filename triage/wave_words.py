"""On what the forecast of a wave stands: the house's own mailings, or an assumption."""

from flask_babel import gettext as _
from flask_babel import ngettext

from models.wave import ASSUMED, PAYMENT, WEIGHT, Wave
from triage.display import number


def basis(wave: Wave) -> str:
    """In a word or two: from so many of the house's own, or assumed."""
    if wave.assumed:
        return str(_("assumed"))
    return str(_("from %(waves)s", waves=past(wave)))


def basis_in_full(wave: Wave) -> str:
    """What was counted, and what is assumed beside it."""
    assumed = number(round(100 * ASSUMED.get(wave.purpose, ASSUMED["service"])))
    said = [
        _("%(rate)s contacts per 100 people are assumed.", rate=assumed)
        if wave.assumed
        else _(
            "The assumed %(rate)s contacts per 100 people weigh as much as %(least)s people.",
            rate=assumed,
            least=number(WEIGHT),
        )
    ]
    if wave.waves and wave.seen_recipients:  # a wave that was kept before does not know whom
        said.insert(
            0,
            _(
                "%(waves)s: %(contacts)s contacts beyond the usual of %(people)s people.",
                waves=past(wave),
                contacts=number(round(wave.seen_contacts)),
                people=number(wave.seen_recipients),
            ),
        )
    return " ".join(str(one) for one in said)


def past(wave: Wave) -> str:
    if wave.purpose == PAYMENT:
        return str(ngettext("%(num)s payment day", "%(num)s payment days", wave.waves))
    return str(ngettext("%(num)s mailing", "%(num)s mailings", wave.waves))
