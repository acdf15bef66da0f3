"""How rounds go: how many are called, reached, content, by why they are called and language.

Counted for one reader: what somebody may not see is not counted either.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload, selectinload

from models.base import db
from models.call_round import CallRound
from models.callback import Callback, CallbackState
from models.callback_list import visible_to
from models.callback_states import AFTER_A_TALK, CONTENTMENT
from models.user import User

REACHED = frozenset(one.value for one in (*CONTENTMENT, *AFTER_A_TALK))
PAGE = 50


@dataclass
class Progress:
    """One round, in clients."""

    all: int = 0
    open: int = 0
    reached: int = 0
    over: int = 0
    """Given up, called off, or settled otherwise."""
    outcomes: Counter[str] = field(default_factory=Counter)
    grounds: dict[str, Counter[str]] = field(default_factory=dict)
    """By why they are called: all, open, reached, and each outcome."""
    languages: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, ground: str, language: str, state: str, outcome: str, clients: int) -> None:
        is_open = state in (CallbackState.OPEN, CallbackState.TAKEN)
        reached = outcome in REACHED
        self.all += clients
        self.open += clients * is_open
        self.reached += clients * reached
        self.over += clients * (not is_open and not reached)
        if outcome:
            self.outcomes[outcome] += clients
        for counted in (
            self.grounds.setdefault(ground, Counter()),
            self.languages.setdefault(language, Counter()),
        ):
            counted["all"] += clients
            counted["open" if is_open else "reached" if reached else "over"] += clients
            if outcome:
                counted[outcome] += clients


def progress_of(user: User, rounds: Iterable[CallRound]) -> dict[int, Progress]:
    """By round. One statement, however many they are."""
    found = {one.id: Progress() for one in rounds}
    ground = Callback.reasons[0]["kind"].astext
    counted = (
        visible_to(user)
        .where(Callback.round_id.in_(list(found)))
        .with_only_columns(
            Callback.round_id,
            ground.label("ground"),
            Callback.language,
            Callback.state,
            Callback.outcome,
            func.count().label("clients"),
        )
        .group_by(Callback.round_id, ground, Callback.language, Callback.state, Callback.outcome)
        .order_by(None)
    )
    for row in db.session.execute(counted):
        found[row.round_id].add(
            row.ground or "hit", row.language or "", row.state, row.outcome or "", row.clients
        )
    return found


def calls_of(user: User, call_round: CallRound, show: str = "all") -> Select[Callback]:
    """Its calls: open ones by due date, then what is over. `show`: all, open, reached, over."""
    mine = visible_to(user).where(Callback.round_id == call_round.id)
    if show == "open":
        mine = mine.where(Callback.closed_at.is_(None))
    elif show == "reached":
        mine = mine.where(Callback.outcome.in_(REACHED))
    elif show == "over":
        mine = mine.where(Callback.closed_at.is_not(None), Callback.outcome.not_in(REACHED))
    return mine.order_by(Callback.closed_at.is_not(None), Callback.due_at, Callback.id)


def page_of(user: User, call_round: CallRound, show: str, number: int) -> Sequence[Callback]:
    """One page of them and one more, with what a row shows."""
    rows = calls_of(user, call_round, show).limit(PAGE + 1).offset((number - 1) * PAGE)
    return db.session.scalars(with_people(rows)).unique().all()


def with_people(rows: Select[Callback]) -> Select[Callback]:
    return rows.options(
        selectinload(Callback.client),
        joinedload(Callback.ticket),
        joinedload(Callback.owner),
        selectinload(Callback.attempts),
    )


def told_by_round(problem_ids: Iterable[int]) -> dict[int, Counter[str]]:
    """Of each problem: how many of its rounds' clients are to be called, and were reached.

    For the card of a problem: those who lead the screening see every round.
    """
    wanted = list(problem_ids)
    found: dict[int, Counter[str]] = {one: Counter() for one in wanted}
    rows = db.session.execute(
        select(CallRound.problem_id, Callback.outcome, func.count().label("clients"))
        .join(Callback, Callback.round_id == CallRound.id)
        .where(CallRound.problem_id.in_(wanted), func.coalesce(Callback.outcome, "") != "undone")
        .group_by(CallRound.problem_id, Callback.outcome)
    )
    for row in rows:
        found[row.problem_id]["all"] += row.clients
        found[row.problem_id]["reached"] += row.clients * (row.outcome in REACHED)
    return found
