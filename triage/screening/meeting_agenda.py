"""The agenda of a meeting: its blocks, where it is, what each block shows. Changes nothing."""

import json
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from zlib import crc32

from models import calendar
from models.base import db
from models.decision import Decided, Escalation
from models.frozen import Frozen
from models.measure import MeasureVersion
from models.problem import Problem
from models.problem_day import ProblemDay
from models.screening import Screening
from models.user import User
from triage.screening.board import Card, Deed, card_of, deeds, deeds_of, sparklines
from triage.screening.occasions import Known, events_on

CARD_SECONDS = 40
MEETING_SECONDS = 600
LIMITS_AHEAD = timedelta(days=14)
"""How early a time limit of a measure is told."""


class Block(StrEnum):
    """A part of the agenda, in its order."""

    YESTERDAY = "yesterday"
    RISING = "rising"
    DECIDE = "decide"
    ACTIONS = "actions"
    OUTSIDE = "outside"
    SENTENCE = "sentence"
    CLOSE = "close"


BLOCKS = list(Block)


@dataclass(frozen=True)
class Place:
    """A block, and in the third one a card."""

    block: Block
    problem_id: int | None = None

    @property
    def mark(self) -> str:
        """What a form carries to say where it was pressed."""
        return f"{self.block}:{self.problem_id or ''}"


@dataclass
class Item:
    """One card of the deck, as the meeting sees it."""

    problem: Problem
    figures: ProblemDay | None
    line: list[int]
    rank: int
    why: str = ""
    """escalated or carried, where it comes first for that"""
    reason: str = ""
    decided: Decided | None = None
    asked: Escalation | None = None
    """What this team's meeting has sent upward."""

    @property
    def settled(self) -> bool:
        return self.decided is not None or self.asked is not None


@dataclass(frozen=True)
class Said:
    """One decision of an earlier meeting, and what came of it."""

    decided: Decided
    actions: list[Deed]
    then: int | None
    """Clients on the day of the decision, and today."""
    today: int | None


@dataclass
class Agenda:
    """What the page needs of a meeting that has been opened."""

    screening: Screening
    board: Frozen
    place: Place
    at: datetime
    items: list[Item]
    card: Card | None = None
    said_on: date | None = None
    said: list[Said] = field(default_factory=list)
    done: list[Deed] = field(default_factory=list)
    to_do: list[Deed] = field(default_factory=list)
    events: list[Known] = field(default_factory=list)
    limits: list[tuple[MeasureVersion, str, date]] = field(default_factory=list)

    @property
    def item(self) -> Item | None:
        return next((one for one in self.items if one.problem.id == self.place.problem_id), None)

    @property
    def left(self) -> list[Item]:
        return [item for item in self.items if not item.settled]

    @property
    def day_before(self) -> date:
        return date.fromisoformat(self.board.measures["day"])

    @property
    def oldest_at(self) -> datetime | None:
        """Since when the client waits who had waited longest when the board was frozen."""
        kept = self.board.measures.get("oldest")
        return datetime.fromisoformat(kept) if kept else None

    @property
    def seconds(self) -> int:
        """Since it was opened, or for how long it was held."""
        began, ended = self.screening.opened_at, self.screening.closed_at
        return int(((ended or self.at) - began).total_seconds()) if began else 0

    @property
    def card_seconds(self) -> int:
        since = self.screening.place.get("since")
        return int((self.at - datetime.fromisoformat(since)).total_seconds()) if since else 0

    @property
    def last(self) -> Decided | Escalation | None:
        """What `undo` takes back."""
        both: list[Decided | Escalation] = list(Escalation.asked_in(self.screening.id).values())
        last = Decided.last_in(self.screening.id)
        if last is not None:
            both.append(last)
        return max(both, key=lambda one: one.at, default=None)

    @property
    def mark(self) -> str:
        return mark_of(self.screening)


def agenda(screening: Screening, board: Frozen, at: datetime, *, reads: bool) -> Agenda:
    """The meeting at its present place; `reads`: with the clients' words."""
    place = place_of(screening)
    made = Agenda(screening, board, place, at, items(screening, board))
    day = screening.day
    if place.block == Block.YESTERDAY:
        made.said_on, made.said = what_was_said(screening, board, at)
    elif place.block == Block.DECIDE and made.item is not None:
        item = made.item
        made.card = card_of(item.problem, day, at, rank=item.rank, quoted=reads)
    elif place.block == Block.ACTIONS:
        made.done, made.to_do = deeds(day, at)
    elif place.block == Block.OUTSIDE:
        made.events = known_soon(day)
        until = day + LIMITS_AHEAD
        made.limits = [
            (version, name, ends)
            for version in db.session.scalars(MeasureVersion.ending(day, until))
            for name, ends in version.ends_between(day, until)
        ]
    return made


def known_soon(day: date) -> list[Known]:
    """What moves contacts today or on the next working day, each thing once."""
    both = [*events_on(day), *events_on(calendar.working_day_after(day))]
    return [one for position, one in enumerate(both) if one not in both[:position]]


def place_of(screening: Screening) -> Place:
    kept = screening.place
    if kept.get("block") not in BLOCKS:
        return Place(Block.YESTERDAY)
    card = kept.get("card")
    return Place(Block(kept["block"]), Problem.became([card]).get(card, card) if card else None)


def items(screening: Screening, board: Frozen) -> list[Item]:
    decided = screening.decided_on()
    asked = Escalation.asked_in(screening.id)
    lines = sparklines(board.deck, screening.day) if board.deck else {}
    made = []
    for rank, problem_id in enumerate(board.deck, 1):
        problem, card = Problem.named(problem_id), board.card(problem_id)
        if problem is None:
            continue
        item = Item(
            problem,
            card.row(screening.day) if card else None,
            lines.get(problem_id, []),
            rank,
            decided=decided.get(problem_id),
            asked=asked.get(problem_id),
        )
        if problem_id in board.escalated:
            item.why, item.reason = "escalated", board.escalated[problem_id]
        elif problem_id in board.carried:
            item.why = "carried"
        made.append(item)
    return made


def what_was_said(
    screening: Screening, board: Frozen, at: datetime
) -> tuple[date | None, list[Said]]:
    """(the day of the last decisions, each with its actions and what clients did since)."""
    last = Screening.last_that_decided(screening.day, screening.team_id)
    if last is None:
        return None, []
    kept, said = last.board, []
    for decided in db.session.scalars(Decided.of(last.id)):
        then = kept.card(decided.problem_id) if kept else None
        before = then.row(last.day) if then else ProblemDay.on(decided.problem_id, last.day)
        today = board.card(decided.problem_id)
        actions = [
            deed
            for deed in deeds_of(decided.problem_ids[-1], at)
            if deed.action.decided_at == decided.at
        ]
        said.append(
            Said(
                decided,
                actions,
                before.lately.clients if before else None,
                today.row(screening.day).lately.clients if today else None,
            )
        )
    return last.day, said


# --- moving on ------------------------------------------------------------------------------


def step(screening: Screening, board: Frozen, by: int) -> Place:
    """The next card or block (`by` 1), or the one before (-1)."""
    here = place_of(screening)
    if here.block == Block.DECIDE and here.problem_id in board.deck:
        position = board.deck.index(here.problem_id) + by
        if 0 <= position < len(board.deck):
            return Place(Block.DECIDE, board.deck[position])
    return block_beside(screening, board, by)


def block_beside(screening: Screening, board: Frozen, by: int) -> Place:
    position = BLOCKS.index(place_of(screening).block) + by
    block = BLOCKS[min(max(position, 0), len(BLOCKS) - 1)]
    if block == Block.DECIDE and not board.deck:
        block = BLOCKS[BLOCKS.index(block) + by]
    if block == Block.DECIDE:
        return Place(block, next_undecided(screening, board) or board.deck[-1 if by < 0 else 0])
    return Place(block)


def after_decision(screening: Screening, board: Frozen, problem_id: int) -> Place:
    """The next card that waits for a decision; after the last one the meeting goes on."""
    following = next_undecided(screening, board, after=problem_id)
    return Place(Block.DECIDE, following) if following else Place(Block.ACTIONS)


def next_undecided(screening: Screening, board: Frozen, after: int | None = None) -> int | None:
    left = screening.left()
    if after in board.deck:
        position = board.deck.index(after)
        later = [one for one in left if one in board.deck[position + 1 :]]
        if later:
            return later[0]
    return left[0] if left else None


def mark_of(screening: Screening) -> str:
    """Another one means that the meeting has gone on, or that somebody wrote something down."""
    decided = [one.id for one in db.session.scalars(Decided.of(screening.id))]
    asked = [one.id for one in Escalation.asked_in(screening.id).values()]
    said = Screening.if_held(screening.day)
    standing = (
        screening.place,
        decided,
        asked,
        screening.closed_at,
        screening.reopened_at,
        screening.attendees,
        screening.notes,
        screening.frozen.get("deck"),
        said.sentence if said else {},
    )
    plain = json.dumps(standing, sort_keys=True, default=str)
    return f"{crc32(plain.encode()):08x}"


def attending(screening: Screening) -> list[str]:
    """The names of those who were there."""
    people = (User.named(one) for one in screening.attendees.get("people", []))
    return [user.name for user in people if user] + list(screening.attendees.get("others", []))


def usual_attendees(screening: Screening) -> list[int]:
    """Who is ticked when a meeting is opened: those of the last one."""
    last = Screening.last_held(screening.day, screening.team_id)
    return [int(one) for one in last.attendees.get("people", [])] if last else []
