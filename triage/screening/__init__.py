"""The daily screening: today's board, a problem's card, decisions, past days."""

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue

from models import calendar
from models.action import Action
from models.base import db, now
from models.decision import Decided
from models.policy import Verb, may
from models.problem_day import ProblemDay
from models.screening import Screening
from models.ticket import Ticket
from models.topic import LANGUAGES
from models.user import User
from triage.accounts import back, demand
from triage.screening import actions, problems, saying, sentences, teaching
from triage.screening import board as boards
from triage.screening.pages import day_asked, pages

__all__ = ["pages", "problems", "saying", "teaching"]

pages.register_blueprint(actions.pages)

DAYS = 30
"""Days in the list of past boards."""


@pages.context_processor
def words() -> dict[str, object]:
    """What only these pages say."""
    return {
        "effect_words": sentences.effect_words,
        "others_words": sentences.others_words,
        "reason_words": sentences.reason_words,
        "event_words": sentences.event_words,
        "since_words": sentences.since_words,
        "section_words": sentences.SECTION_WORDS,
        "this_day": calendar.business_day(now()),
        "next_working_day": lambda: calendar.working_day_after(calendar.business_day(now())),
    }


# --- the board ------------------------------------------------------------------------------


@pages.get("/")
def board() -> ResponseReturnValue:
    user, at = demand(Verb.SEE_BOARD), now()
    day, today = day_asked(at), calendar.business_day(at)
    done, to_do = boards.deeds(day, at)
    return render_template(
        "screening/board.html",
        day=day,
        today=today,
        earlier=calendar.working_day_before(day),
        later=calendar.working_day_after(day) if day < today else None,
        days=ProblemDay.days()[:DAYS],
        sections=boards.sections(day, at, quoted=may(user, Verb.WORK)),
        reading=boards.reading(day, at),
        done=done,
        to_do=to_do,
        flags=db.session.scalars(Ticket.flagged_for(user)).all() if day == today else [],
        bursts=boards.bursts(user, day) if day == today else [],
        leads=may(user, Verb.LEAD) and day == today,
        people=db.session.scalars(User.everybody()).all(),
        screening=Screening.if_held(day),
    )


@pages.get("/reading")
def reading() -> ResponseReturnValue:
    """The line above the board, asked for every ten seconds."""
    demand(Verb.SEE_BOARD)
    day = day_asked(now())
    return render_template(
        "screening/_reading.html",
        day=day,
        reading=boards.reading(day, now()),
        mark=request.args.get("mark", ""),
    )


@pages.get("/minutes")
def minutes() -> ResponseReturnValue:
    """What a meeting decided, to be printed or sent on."""
    demand(Verb.SEE_BOARD)
    day = day_asked(now())
    screening = Screening.if_held(day)
    decisions = db.session.scalars(Decided.of(screening.id)).all() if screening else []
    return render_template(
        "screening/minutes.html",
        day=day,
        screening=screening,
        decisions=decisions,
        figures={
            decided.problem_id: ProblemDay.on(decided.problem_id, day) for decided in decisions
        },
        actions=Action.decided_in(
            [decided.problem_id for decided in decisions], [decided.at for decided in decisions]
        ),
        reading=boards.reading(day, now()),
    )


@pages.post("/sentence")
def sentence() -> ResponseReturnValue:
    """Today's sentence for everybody."""
    user = demand(Verb.LEAD)
    said = {language: request.form.get(language, "") for language in LANGUAGES}
    Screening.on(calendar.business_day(now())).say(said, by=user)
    return redirect(back())
