"""What the routes of a meeting share: which one is asked for, and the page that answers."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as lazy

from models import calendar
from models.action import Action
from models.base import db, now
from models.policy import Verb, may
from models.screening import Screening
from models.team import Team
from models.user import User
from triage.screening import meeting_agenda, meeting_mail
from triage.screening.meeting_agenda import BLOCKS, Block, Place
from triage.screening.meeting_deck import more_cards
from triage.screening.pages import day_asked

pages = Blueprint("meeting", __name__, url_prefix="/meeting")

BLOCK_WORDS = {
    Block.YESTERDAY: lazy("The day before"),
    Block.RISING: lazy("New and rising"),
    Block.DECIDE: lazy("Decide"),
    Block.ACTIONS: lazy("Actions"),
    Block.OUTSIDE: lazy("From outside"),
    Block.SENTENCE: lazy("Sentence"),
    Block.CLOSE: lazy("End"),
}
KNOWN_WORDS = {
    "payment_day": lazy("Payment day"),
    "quarter_end": lazy("End of the quarter"),
    "after_holiday": lazy("The day after a holiday"),
}
LIMIT_WORDS = {
    "request_by": lazy("last day to ask for it"),
    "pay_by": lazy("last day to pay"),
    "valid_to": lazy("last day in force"),
}

DAYS_TO_ACT = 3
"""The due date that is proposed: two working days after the next one."""


def team_asked() -> Team | None:
    """The team in the address; 404 for one that is none."""
    if not request.args.get("team"):
        return None
    team = Team.named(request.args.get("team", 0, int))
    if team is None:
        abort(404)
    return team


def asked() -> Screening | None:
    team = team_asked()
    return Screening.if_held(day_asked(now()), team.id if team else None)


def opened() -> Screening:
    """The meeting in the address, once it has been opened; 409 before."""
    screening = asked()
    if screening is None or not screening.opened:
        abort(409)
    return screening


def everybody() -> list[User]:
    return list(db.session.scalars(User.everybody()))


def address(screening: Screening) -> str:
    day = None if screening.day == calendar.business_day(now()) else screening.day
    return url_for("screening.meeting.show", day=day, team=screening.team_id)


def answer(
    screening: Screening, user: User, words: str = "", *, opened_form: str = "", status: int = 200
) -> ResponseReturnValue:
    """The meeting anew: the part that htmx swaps, or the whole page where it must say something."""
    db.session.flush()
    if request.headers.get("HX-Request"):
        page = render_template(
            "screening/_meeting.html", **shown(screening, user, words, opened_form)
        )
        return page, status
    if not words:
        return redirect(address(screening), 303)
    page = render_template("screening/meeting.html", **shown(screening, user, words, opened_form))
    return page, status


def shown(
    screening: Screening, user: User, words: str = "", opened_form: str = ""
) -> dict[str, object]:
    board, at = screening.board, now()
    assert board is not None
    made = meeting_agenda.agenda(screening, board, at, reads=may(user, Verb.WORK))
    today = calendar.business_day(at)
    held = Screening.if_held(screening.day)
    return {
        "agenda": made,
        "screening": screening,
        "board": board,
        "block": made.place.block,
        "blocks": BLOCKS,
        "block_words": BLOCK_WORDS,
        "known_words": KNOWN_WORDS,
        "limit_words": LIMIT_WORDS,
        "team": screening.team,
        "at_address": {
            "day": None if screening.day == today else screening.day,
            "team": screening.team_id,
        },
        "attending": meeting_agenda.attending(screening),
        "said_today": held.sentence if held else {},
        "people": everybody(),
        "outsiders": Action.outsiders(),
        "more": len(more_cards(screening)),
        "mails": meeting_mail.sent(screening),
        "words": words,
        "opened_form": opened_form,
        "typed": request.form if opened_form else {},
        "due_default": calendar.working_day_after(today, DAYS_TO_ACT),
        "leads": may(user, Verb.LEAD),
        "hide_problem": False,
        "card_seconds": meeting_agenda.CARD_SECONDS,
        "meeting_seconds": meeting_agenda.MEETING_SECONDS,
    }


def go(screening: Screening, place: Place) -> None:
    screening.move(place.block.value, place.problem_id, now())
