"""How many get it, in which language, who is left out and why, and what it will bring."""

from dataclasses import dataclass
from datetime import date, timedelta

from flask import Response, redirect
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from models.base import now
from models.mailing import (
    NOT_BEGUN,
    Mailing,
    MailingState,
    NotNow,
    Outdated,
    Tally,
    Why,
)
from models.mailing_sight import (
    alike,
    by_hand,
    first_told,
)
from models.policy import Verb
from models.topic import LANGUAGES
from models.wave import Wave, wave_of
from triage.accounts import demand, me
from triage.display import full, language_name, number
from triage.outreach.mailing_pace import Pace
from triage.outreach.mailing_page import (
    Trouble,
    changing,
    expected,
    mailing_or_404,
    mailing_page,
    pages,
    step_address,
    trouble,
)
from triage.wave_words import basis, basis_in_full

ALIKE_SINCE = timedelta(days=14)


@dataclass(frozen=True)
class Coming:
    """The forecast in words."""

    words: str
    days: list[tuple[date, int]]
    note: str


@dataclass(frozen=True)
class Conflict:
    mailing: Mailing
    words: str


@pages.get("/mailings/<int:mailing_id>/count")
def counted(mailing_id: int) -> ResponseReturnValue:
    demand(Verb.WORK)
    return count_page(mailing_or_404(mailing_id))


def count_page(mailing: Mailing, wrong: Trouble | None = None) -> str:
    tally, user = mailing.tally(), me()
    return mailing_page(
        "mailing_count.html",
        mailing,
        "count",
        tally=tally,
        trouble=wrong,
        counted=sum(tally.states.values()),
        by_hand=by_hand(mailing.id),
        first=first_told(mailing.id, user),
        lasts=lasting(mailing, tally),
        wave=coming(mailing, tally),
        conflicts=conflicts(mailing),
        thin=in_other_languages(tally),
    )


@pages.get("/mailings/<int:mailing_id>/count/progress")
def counting(mailing_id: int) -> ResponseReturnValue:
    """Asked again while it is counted; then the page as a whole."""
    demand(Verb.WORK)
    mailing = mailing_or_404(mailing_id)
    if mailing.state == MailingState.COUNTING:
        return Response(status=204)
    answer = Response()
    answer.headers["HX-Redirect"] = step_address(mailing, "counted")
    return answer


@pages.post("/mailings/<int:mailing_id>/count")
def count(mailing_id: int) -> ResponseReturnValue:
    by, mailing = changing(mailing_id)
    try:
        if expected() not in (None, mailing.version):
            raise Outdated(mailing)
        mailing.count(by=by, at=now())
    except (NotNow, Outdated) as error:
        return count_page(mailing, trouble(error)), 409
    return redirect(step_address(mailing, "counted"), 303)


# --- what comes of it -----------------------------------------------------------------------


def pace_of(mailing: Mailing) -> Pace:
    return Pace(
        mailing.per_minute, mailing.window_from, mailing.window_to, bool(mailing.working_days)
    )


def lasting(mailing: Mailing, tally: Tally) -> str:
    """How long it takes and when it is through, at its pace and in its hours."""
    left = tally.to_go
    if not left:
        return str(_("Nothing is left to send."))
    pace, at = pace_of(mailing), now()
    start = max(at, mailing.start_at) if mailing.start_at else at
    ends = pace.ends(left, start)
    if ends is None:
        return str(_("At this pace and in these hours it does not end within a year."))
    long = spell(pace.minutes(left))
    words = _(
        "About %(long)s at %(pace)s a minute: through by %(when)s.",
        long=long,
        pace=number(mailing.per_minute),
        when=full(ends),
    )
    return str(words)


def spell(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if not hours:
        return str(_("%(minutes)s min", minutes=max(1, rest)))
    return str(_("%(hours)s h %(minutes)s", hours=number(hours), minutes=f"{rest:02}"))


def coming(mailing: Mailing, tally: Tally) -> Coming | None:
    """The contacts that it will cause, as forecast when it started or as of now."""
    if mailing.started_at is not None:
        wave = Wave.kept(mailing.wave)
    else:
        wave = wave_of(mailing, now()) if tally.to_go else None
    if wave is None or not wave.recipients:
        return None
    words = _(
        "About %(expected)s contacts more, between %(low)s and %(high)s.",
        expected=number(round(wave.expected)),
        low=number(round(wave.low)),
        high=number(round(wave.high)),
    )
    note = f"{basis(wave)}. {basis_in_full(wave)}"
    return Coming(words, [(one.day, round(one.expected)) for one in wave.days], note)


def conflicts(mailing: Mailing) -> list[Conflict]:
    if mailing.state not in NOT_BEGUN:
        return []
    found = []
    for other in alike(mailing, now() - ALIKE_SINCE):
        if other.first_sent_at is None or other.ended_at is None:
            words = _("“%(name)s” about the same is on its way.", name=other.name)
        else:
            day = full(other.first_sent_at)
            words = _("“%(name)s” about the same left on %(day)s.", name=other.name, day=day)
        found.append(Conflict(other, words))
    return found


def in_other_languages(tally: Tally) -> str:
    """Who is told in a language that is not the own one, or not at all."""
    told = sum(tally.other_language.values())
    untold = tally.why[Why.NO_TEXT]
    parts = []
    if told:
        languages = ", ".join(
            language_name(code) for code in LANGUAGES if tally.other_language[code]
        )
        parts.append(
            ngettext(
                "%(num)s recipient is told in %(languages)s, which is not their language.",
                "%(num)s recipients are told in %(languages)s, which is not their language.",
                told,
                languages=languages,
            )
        )
    if untold:
        parts.append(
            ngettext(
                "%(num)s recipient is left out because nothing is written in their language.",
                "%(num)s recipients are left out because nothing is written in their language.",
                untold,
            )
        )
    return " ".join(parts)
