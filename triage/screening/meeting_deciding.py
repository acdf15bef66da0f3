"""The decisions of a meeting: ignore, watch, act or send upward, and take it back."""

from datetime import date

from flask import abort, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.action import Action, ActionKind, Outsider
from models.base import db, now
from models.decision import Decided, Escalation
from models.policy import Verb
from models.problem import Problem, ProblemState
from models.screening import Screening
from models.topic import LANGUAGES
from models.user import User
from triage.accounts import demand
from triage.display import reader_language
from triage.screening import meeting_agenda
from triage.screening.meeting_agenda import Block, Place
from triage.screening.meeting_owner import Unclear, owner_named
from triage.screening.meeting_page import answer, everybody, go, opened, pages

CHOICES = (ProblemState.IGNORED, ProblemState.WATCHING, ProblemState.ACTING)


@pages.post("/cards/<int:number>/decision")
def decide(number: int) -> ResponseReturnValue:
    """Ignore with a reason, watch, or act with an owner and a date; without, it is refused."""
    user, screening, problem = demand(Verb.LEAD), opened(), problem_or_404(number)
    form, choice = request.form, request.form.get("choice")
    if choice not in CHOICES:
        abort(400)
    problem.hold()
    standing = screening.decided_on().get(problem.id)
    if form.get("seen", standing.id if standing else 0, int) != (standing.id if standing else 0):
        words = _("Somebody has just decided on this card. Look at it before you decide anew.")
        return answer(screening, user, words, opened_form=str(choice), status=409)
    try:
        if choice == ProblemState.IGNORED and not form.get("reason", "").strip():
            raise Unclear(_("Why is it ignored? A few words are enough."))
        owner: User | Outsider | None = None
        due_on, kind = None, None
        if choice == ProblemState.ACTING:
            owner, due_on, kind = owner_asked(), due_asked(), kind_asked()
        screening.decide(
            problem,
            ProblemState(choice),
            by=user,
            at=now(),
            owner=owner if isinstance(owner, User) else None,
            outside=owner if isinstance(owner, Outsider) else None,
            due_on=due_on,
            kind=kind,
            what=form.get("what", "").strip()[:500],
            reason=form.get("reason", ""),
        )
    except Unclear as unclear:
        return answer(screening, user, str(unclear), opened_form=str(choice), status=422)
    return decided(screening, problem, user)


@pages.post("/cards/<int:number>/escalation")
def escalate(number: int) -> ResponseReturnValue:
    """A team's meeting asks everybody's to look at it."""
    user, screening, problem = demand(Verb.LEAD), opened(), problem_or_404(number)
    if screening.team_id is None:
        abort(409)
    reason = request.form.get("reason", "")
    if not reason.strip():
        words = _("What can everybody’s meeting do about it? A few words are enough.")
        return answer(screening, user, words, opened_form="escalated", status=422)
    Escalation.ask(problem, screening.id, reason, by=user, at=now())
    return decided(screening, problem, user)


def decided(screening: Screening, problem: Problem, user: User) -> ResponseReturnValue:
    """On to the next card that waits."""
    db.session.flush()
    board = screening.board
    assert board is not None
    if meeting_agenda.place_of(screening).block == Block.DECIDE:
        go(screening, meeting_agenda.after_decision(screening, board, problem.id))
    return answer(screening, user)


@pages.post("/decisions/<int:decision>/withdrawal")
def take_back(decision: int) -> ResponseReturnValue:
    """Undo: the card is in hand again."""
    user, screening = demand(Verb.LEAD), opened()
    found = Decided.named(decision)
    if found is None or found.screening_id != screening.id:
        abort(404)
    try:
        screening.take_back(found, by=user, at=now())
    except ValueError:
        words = _("This cannot be undone: a later decision stands, or the action is done already.")
        return answer(screening, user, words, status=409)
    return in_hand_again(screening, found.problem_id, user)


@pages.post("/escalations/<int:escalation>/withdrawal")
def take_down(escalation: int) -> ResponseReturnValue:
    user, screening = demand(Verb.LEAD), opened()
    found = Escalation.named(escalation)
    if found is None or found.screening_id != screening.id:
        abort(404)
    found.withdraw(by=user, at=now())
    return in_hand_again(screening, found.problem_id, user)


def in_hand_again(screening: Screening, problem_id: int, user: User) -> ResponseReturnValue:
    db.session.flush()
    board = screening.board
    problem_id = Problem.became([problem_id]).get(problem_id, problem_id)
    if board is not None and problem_id in board.deck:
        go(screening, Place(Block.DECIDE, problem_id))
    return answer(screening, user)


def owner_asked() -> User | Outsider:
    form = request.form
    language = form.get("owner_language", "")
    return owner_named(
        form.get("owner", ""),
        form.get("owner_email", ""),
        language if language in LANGUAGES else reader_language(),
        everybody(),
        Action.outsiders(),
    )


def due_asked() -> date:
    try:
        return date.fromisoformat(request.form.get("due_on", ""))
    except ValueError:
        raise Unclear(_("Until when? An action needs a date.")) from None


def kind_asked() -> ActionKind:
    try:
        return ActionKind(request.form.get("kind") or ActionKind.PROCESS_FIX)
    except ValueError:
        abort(400)


def problem_or_404(number: int) -> Problem:
    found = Problem.numbered(number)
    if found is None or found.merged_into_id is not None:
        abort(404)
    return found
