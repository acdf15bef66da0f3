"""How the board is tuned, what that costs, and what it would have shown of the last days."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from classifiers import rhythm, trends
from classifiers.counts import LIKELY_DISPERSION
from classifiers.sensitivity import CAP, Delay, Sensitivity, delay
from classifiers.trends import NEW, REGRESSED, RISING, Background, Observed
from models import calendar, kpi_sums, past
from models.base import now
from models.daily_figure import DailyFigure
from models.policy import Verb
from models.problem import Problem
from models.problem_day import ProblemDay
from models.tuning import DAYS, FEWEST, Tuning
from triage.accounts import demand
from triage.screening import occasions
from triage.screening.pages import pages

STEPS = (0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0)
"""False alarms a week among which one chooses."""
REPLAYED = 28
"""Days of the picture."""
CHANGES = ((5, 2), (10, 2), (10, 3), (20, 2))
"""(clients a day, times as many) for which the delay is told."""


@dataclass(frozen=True)
class Replayed:
    """What one of the last days would have shown."""

    day: date
    compared: int
    rising: int
    new: int


@dataclass(frozen=True)
class Preview:
    """What a tuning means for this house."""

    tuning: Tuning
    days: list[Replayed]
    problems: int
    """Compared on a usual day."""
    dispersion: float
    false_alarms: float
    delays: list[tuple[int, int, Delay]]

    @property
    def cap(self) -> float:
        return CAP

    @property
    def capped(self) -> bool:
        """A small board cannot use the whole budget."""
        return self.false_alarms < self.tuning.false_a_week - 1e-9


@pages.get("/tuning")
def tuning() -> ResponseReturnValue:
    demand(Verb.TEND_CLASSIFIER)
    kept = Tuning.read()
    chosen = asked(request.args, kept)
    whole = "screening/_tuning_preview.html" if hx() else "screening/tuning.html"
    return render_template(
        whole,
        tuning=chosen,
        kept=kept,
        preview=preview(chosen, calendar.business_day(now())),
        steps=STEPS,
        fewest=FEWEST,
        days=DAYS,
        undo=Tuning.before() if "saved" in request.args else None,
    )


@pages.post("/tuning")
def save_tuning() -> ResponseReturnValue:
    user = demand(Verb.TEND_CLASSIFIER)
    wanted = Tuning() if "usual" in request.form else asked(request.form, Tuning.read())
    wanted.save(by=user)
    return redirect(url_for("screening.tuning", saved=1), 303)


@pages.post("/tuning/withdrawal")
def undo_tuning() -> ResponseReturnValue:
    user = demand(Verb.TEND_CLASSIFIER)
    if Tuning.undo(by=user) is None:
        flash(_("There is nothing to undo."), "warning")
    return redirect(url_for("screening.tuning"), 303)


def asked(said: MultiDict[str, str], kept: Tuning) -> Tuning:
    """What a form or address asks for, beside what is kept; 400 for what cannot be meant."""
    try:
        step = int(said.get("step") or -1)
        wanted = replace(
            kept,
            fewest=int(said.get("fewest") or kept.fewest),
            days=int(said.get("days") or kept.days),
            false_a_week=STEPS[step] if 0 <= step < len(STEPS) else kept.false_a_week,
        )
    except ValueError:
        abort(400)
    if not wanted.allowed:
        abort(400)
    return wanted


def hx() -> bool:
    return bool(request.headers.get("HX-Request"))


def preview(tuning: Tuning, today: date) -> Preview:
    wanted = Sensitivity(tuning.false_a_week, tuning.days)
    replayed, dispersion = replay(wanted, today)
    compared = [one.compared for one in replayed if one.compared]
    problems = max(1, round(sum(compared) / len(compared))) if compared else 1
    return Preview(
        tuning=tuning,
        days=replayed,
        problems=problems,
        dispersion=dispersion,
        false_alarms=wanted.false_alarms(problems),
        delays=[
            (size, times, delay(size, times, wanted, problems, round(dispersion, 2)))
            for size, times in CHANGES
        ],
    )


def replay(wanted: Sensitivity, today: date) -> tuple[list[Replayed], float]:
    """What each of the last days would have shown at its end, by what was counted then; and how
    much the counts vary."""
    shown = [calendar.working_day_before(today, back) for back in range(REPLAYED, 0, -1)]
    days = [calendar.working_day_before(shown[0], back) for back in range(wanted.days, 0, -1)]
    begun = DailyFigure.first_day() or today
    days = [one for one in [*days, *shown] if one >= begun]
    if not days:
        return [Replayed(day, 0, 0, 0) for day in shown], LIKELY_DISPERSION
    counted = ProblemDay.clients_between(days[0], days[-1])
    totals = kpi_sums.contacts(days)
    described = occasions.described(days)
    inflow = [float(totals.get(day, 0)) for day in days]
    by_topic = {
        topic: [float(counts.get(day, 0)) for day in days]
        for topic, counts in past.topics_by_day(days[0], days[-1]).items()
        if topic
    }
    learned = rhythm.learn(described, inflow, by_topic)
    problems = Problem.several(counted)
    found, dispersion = [], LIKELY_DISPERSION
    for day in shown:
        if day not in days:
            found.append(Replayed(day, 0, 0, 0))
            continue
        place = days.index(day)
        first = max(0, place - wanted.days)
        background = Background(
            described[first : place + 1], learned, inflow[first : place + 1] if place else None
        )
        observed = observed_then(problems, counted, days[first:place], day)
        cards = trends.board(day, observed, background=background, sensitivity=wanted)
        shown_as = [card.trend for card in cards]
        found.append(
            Replayed(
                day,
                compared=sum(card.expected is not None for card in cards),
                rising=sum(trend in (RISING, REGRESSED) for trend in shown_as),
                new=shown_as.count(NEW),
            )
        )
        known = [one for one in observed if any(one.history)]
        if known:
            series = trends.series_of(known, 1.0, background, wanted)
            dispersion = trends.learned_spread(series).dispersion
    return found, dispersion


def observed_then(
    problems: dict[int, Problem],
    counted: dict[int, dict[date, int]],
    before: Sequence[date],
    day: date,
) -> list[Observed]:
    return [
        Observed(one, drew[day], [drew.get(day, 0) for day in before], topic=problems[one].topic_id)
        for one, drew in counted.items()
        if drew.get(day)
    ]
