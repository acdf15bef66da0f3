"""The board of a day on its page, its line above, and the contacts behind its first number."""

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue

from models import calendar
from models.base import db, now
from models.call_round_told import heard_of
from models.cases import contacts_between
from models.flag import Flag
from models.likeness import Likeness
from models.policy import Verb, may, sees_words
from models.problem import Occurrence
from models.problem_day import ProblemDay
from models.screening import Screening
from models.team import Team
from models.ticket import Ticket
from models.topic import LANGUAGES, Topic
from models.user import User
from triage.accounts import back, demand
from triage.screening import beside, filters
from triage.screening import board as boards
from triage.screening.pages import Page, day_asked, pages
from triage.screening.window import line_of

DAYS = 30
"""Days in the list of past boards."""
PAIRS = 5
"""Proposals to make one of two, on the board."""
ROWS = 50


@pages.get("/")
def board() -> ResponseReturnValue:
    user, at = demand(Verb.SEE_BOARD), now()
    day, today, asked = day_asked(at), calendar.business_day(at), filters.asked_for()
    wall = request.args.get("wall") == "1"
    done, to_do = boards.deeds(day, at)
    leads = may(user, Verb.LEAD) and day == today and not wall
    shown = boards.sections(day, at, quoted=may(user, Verb.WORK), asked=asked)
    return render_template(
        "screening/wall.html" if wall else "screening/board.html",
        day=day,
        today=today,
        earlier=calendar.working_day_before(day),
        later=calendar.working_day_after(day) if day < today else None,
        days=ProblemDay.days()[:DAYS],
        sections=shown,
        heard=heard_of([card.problem.id for section in shown for card in section.cards]),
        reading=boards.reading(day, at, asked),
        asked=asked,
        filter_words=filters.words_of(asked),
        address=filters.in_address(asked),
        choices=choices(),
        compared=beside.compared(day),
        events=beside.outside(day),
        topics=[] if wall or asked.narrows else beside.topics(day, at),
        abandoned=beside.abandoned(day, at),
        likenesses=db.session.scalars(Likeness.standing().limit(PAIRS)).all() if leads else [],
        done=done,
        to_do=to_do,
        flags=db.session.scalars(Flag.open_for(user)).all() if day == today else [],
        words_seen=lambda ticket: sees_words(user, ticket, calendar.start_of(today)),
        bursts=boards.bursts(user, day, at) if day == today else [],
        leads=leads,
        people=db.session.scalars(User.everybody()).all() if leads else [],
        screening=Screening.if_held(day),
    )


def choices() -> dict[str, list[object]]:
    """What the filter offers."""
    return {
        "topics": list(db.session.scalars(Topic.first_level())),
        "teams": list(db.session.scalars(Team.in_order())),
    }


@pages.get("/reading")
def reading() -> ResponseReturnValue:
    """The line above the board, asked for every ten seconds."""
    demand(Verb.SEE_BOARD)
    day, asked = day_asked(now()), filters.asked_for()
    return render_template(
        "screening/_reading.html",
        day=day,
        reading=boards.reading(day, now(), asked),
        address=filters.in_address(asked),
        mark=request.args.get("mark", ""),
    )


@pages.get("/contacts")
def contacts() -> ResponseReturnValue:
    """What came in since the last meeting, with the problem of which each is a case, if any."""
    user, at = demand(Verb.WORK), now()
    day, asked = day_asked(at), filters.asked_for()
    alone = request.args.get("alone") == "1"
    number = max(request.args.get("page", 1, int), 1)
    said = boards.reading(day, at, asked)
    _, until = line_of(day, at)
    rows = contacts_between(said.since, until, asked, user, alone=alone)
    found = list(db.session.scalars(rows.limit(ROWS + 1).offset((number - 1) * ROWS)))
    return render_template(
        "screening/contacts.html",
        day=day,
        reading=said,
        asked=asked,
        alone=alone,
        filter_words=filters.words_of(asked),
        address=filters.in_address(asked),
        contacts=found[:ROWS],
        cases=Occurrence.of_contacts([contact.id for contact in found]),
        tickets=Ticket.seen_of(user, [contact.ticket_id for contact in found]),
        page=Page(number, len(found) > ROWS),
    )


@pages.post("/sentence")
def sentence() -> ResponseReturnValue:
    """Today's sentence for everybody."""
    user = demand(Verb.LEAD)
    said = {language: request.form.get(language, "") for language in LANGUAGES}
    Screening.on(calendar.business_day(now())).say(said, by=user)
    return redirect(back())
