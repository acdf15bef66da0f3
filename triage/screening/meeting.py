"""Meeting mode: one card at a time on a large screen, one key for each decision.

Every step is a form, so that it works without scripts; where htmx asks, the part that changed comes
back. Where the meeting is stands in the database: every screen shows the same.
"""

from datetime import date

from flask import abort, redirect, render_template, request
from flask.typing import ResponseReturnValue

from models import calendar
from models.base import db, now
from models.policy import Verb, may
from models.screening import Screening
from models.team import Team
from models.topic import LANGUAGES
from models.user import User
from triage import routing
from triage.accounts import demand
from triage.screening import meeting_agenda, meeting_mail
from triage.screening.meeting_agenda import BLOCKS, Block, Place
from triage.screening.meeting_deck import freeze, more_cards
from triage.screening.meeting_page import (
    address,
    answer,
    asked,
    everybody,
    go,
    opened,
    pages,
    shown,
    team_asked,
)
from triage.screening.pages import day_asked


@pages.get("/")
def show() -> ResponseReturnValue:
    """The meeting where it is; before it is opened, what it will be about and who is there."""
    user, at = demand(Verb.SEE_BOARD), now()
    screening = asked()
    if screening is None or not screening.opened:
        day = day_asked(at)
        return render_template(
            "screening/meeting_start.html",
            day=day,
            today=calendar.business_day(at),
            team=team_asked(),
            teams=db.session.scalars(Team.in_order()).all(),
            people=everybody(),
            ticked=ticked(screening, day) or [user.id],
            leads=may(user, Verb.LEAD),
        )
    return render_template("screening/meeting.html", **shown(screening, user))


@pages.get("/now")
def present() -> ResponseReturnValue:
    """The same for a second screen, which asks every few seconds; 204 while nothing has changed."""
    user, screening = demand(Verb.SEE_BOARD), asked()
    if screening is None or not screening.opened:
        return "", 204
    if request.args.get("mark") == meeting_agenda.mark_of(screening):
        return "", 204
    return render_template("screening/_meeting.html", **shown(screening, user))


@pages.post("/")
def begin() -> ResponseReturnValue:
    """Open the meeting of today: from now on order and numbers stand still."""
    user, at, day, team = demand(Verb.LEAD), now(), day_asked(now()), team_asked()
    if day != calendar.business_day(at):
        abort(409)
    screening = Screening.on(day, team.id if team else None)
    if not screening.opened and screening.open(freeze(screening, at), by=user, at=at):
        screening.attend(*typed_attendance(), by=user)
        screening.move(Block.YESTERDAY, None, at)
    return redirect(address(screening))


# --- where it is ----------------------------------------------------------------------------


@pages.post("/place")
def move() -> ResponseReturnValue:
    """To the next or last card or block; pressed on two screens at once, it moves once."""
    user, screening = demand(Verb.LEAD), opened()
    board, to = screening.board, request.form.get("to", "next")
    assert board is not None
    here = meeting_agenda.place_of(screening)
    if request.form.get("here", here.mark) != here.mark:
        return answer(screening, user)
    if to in BLOCKS:
        place = Place(Block(to))
        if place.block == Block.DECIDE and board.deck:
            wanted = request.form.get("card", 0, int)
            first = meeting_agenda.next_undecided(screening, board) or board.deck[0]
            place = Place(place.block, wanted if wanted in board.deck else first)
    elif to in ("next_block", "last_block"):
        place = meeting_agenda.block_beside(screening, board, 1 if to == "next_block" else -1)
    else:
        place = meeting_agenda.step(screening, board, -1 if to == "last" else 1)
    go(screening, place)
    return answer(screening, user)


@pages.post("/more")
def more() -> ResponseReturnValue:
    """The next cards of the board, where time is left."""
    user, screening = demand(Verb.LEAD), opened()
    further = more_cards(screening)
    screening.take_more(further)
    if further:
        go(screening, Place(Block.DECIDE, further[0]))
    return answer(screening, user)


# --- written down ---------------------------------------------------------------------------


@pages.post("/attendance")
def attendance() -> ResponseReturnValue:
    user, screening = demand(Verb.LEAD), opened()
    screening.attend(*typed_attendance(), by=user)
    return answer(screening, user)


@pages.post("/notes")
def notes() -> ResponseReturnValue:
    """What was said beside; and in everybody's meeting the sentence for all agents."""
    user, screening = demand(Verb.LEAD), opened()
    written = routing.masked(request.form.get("notes", ""))
    screening.note(written, by=user, seen=request.form.get("notes_seen"))
    if screening.team_id is None and any(code in request.form for code in LANGUAGES):
        screening.say({code: request.form.get(code, "") for code in LANGUAGES}, by=user)
    if "to" in request.form:
        return move()
    return answer(screening, user)


def typed_attendance() -> tuple[list[User], list[str]]:
    """(people of the house who were ticked or whose name was typed, other names)."""
    people = {user.id: user for user in everybody()}
    there = [people[one] for one in request.form.getlist("people", int) if one in people]
    others = []
    for name in request.form.get("others", "").replace(";", ",").replace("\n", ",").split(","):
        meant = next((user for user in people.values() if user.name == name.strip()), None)
        if meant is None:
            others.append(name)
        elif meant not in there:
            there.append(meant)
    return there, others


# --- its end --------------------------------------------------------------------------------


@pages.post("/closing")
def close() -> ResponseReturnValue:
    """The end: what was not reached is carried over, the minutes are there and on their way."""
    user, screening, at = demand(Verb.LEAD), opened(), now()
    if "people" in request.form or "others" in request.form:
        screening.attend(*typed_attendance(), by=user)
    try:
        screening.close(by=user, at=at)
    except ValueError:  # somebody else has just closed it
        abort(409)
    screening.move(Block.CLOSE, None, at)
    db.session.flush()
    if request.form.get("mail"):
        meeting_mail.send(screening, whole_team=request.form.get("mail") == "team", by=user, at=at)
    return answer(screening, user)


@pages.post("/closing/withdrawal")
def reopen() -> ResponseReturnValue:
    """Go on, or correct what was written down."""
    user, screening, at = demand(Verb.LEAD), opened(), now()
    try:
        screening.reopen(by=user, at=at)
    except ValueError:
        abort(409)
    return redirect(address(screening))


def ticked(screening: Screening | None, day: date) -> list[int]:
    """Who is proposed as present: those of the last meeting."""
    team = team_asked()
    probe = screening or Screening(day=day, team_id=team.id if team else None)
    return meeting_agenda.usual_attendees(probe)
