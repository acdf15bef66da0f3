"""The board of a day, put together for the page: cards in their sections, actions, minutes."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zlib import crc32

from models import calendar, figures
from models.action import Action
from models.base import db
from models.burst import Burst, bursts_for
from models.decision import Decided
from models.effect import Effect, effect_of
from models.frozen import Frozen
from models.problem import Problem, ProblemState, Trend
from models.problem_day import ProblemDay, quotable_on
from models.screening import Screening
from models.user import User
from triage.display import reader_language, title
from triage.screening.quotes import Quote, choose

LINE = 10
"""Working days in a card's sparkline."""
IN_FULL = 7
"""Cards that a meeting of ten minutes can decide on; the others are lines."""
LINES = 30
"""Lines of a folded section until the whole of it is asked for."""
REMEMBERED = timedelta(days=14)
"""How long an action that was done stays on the board."""

APART = 3
"""Words that tell two cards apart."""

SECTIONS = ("pressing", "steady", "falling", "watched", "ignored")
_PRESSING = (Trend.NEW, Trend.RISING)
_AWAY = (ProblemState.IGNORED, ProblemState.CLOSED)


@dataclass
class Card:
    """One problem on one day."""

    problem: Problem
    figures: ProblemDay | None
    line: list[int]
    rank: int = 0
    quotes: list[Quote] = field(default_factory=list)
    apart: list[str] = field(default_factory=list)
    """Words that set it apart from another card that reads the same."""
    decided: Decided | None = None
    """What was decided on this very day."""
    before: str = ProblemState.NEW.value
    """Its state when the day began."""
    since_then: int = 0
    """Clients that came after the meeting's board was frozen: told beside it, not added."""


@dataclass
class Section:
    name: str
    cards: list[Card] = field(default_factory=list)

    @property
    def size(self) -> int:
        return len(self.cards)

    @property
    def in_full(self) -> list[Card]:
        return self.cards[:IN_FULL] if self.name == "pressing" else []

    def lines(self, whole: bool) -> list[Card]:
        """The cards shown as lines: the first of them, or all."""
        rest = self.cards[len(self.in_full) :]
        return rest if whole else rest[:LINES]

    def hidden(self, whole: bool) -> int:
        return len(self.cards) - len(self.in_full) - len(self.lines(whole))


@dataclass(frozen=True)
class Reading:
    """How much of what came in since the last meeting has been read, and what the board says."""

    since: datetime
    contacts: int
    read: int
    mark: str
    """Another one means that the cards have changed."""

    @property
    def share(self) -> float | None:
        return self.read / self.contacts if self.contacts else None


@dataclass(frozen=True)
class Deed:
    """An action with its effect."""

    action: Action
    effect: Effect | None
    overdue: bool = False


def sections(day: date, at: datetime, *, quoted: bool) -> list[Section]:
    """The cards of a day in their sections, ranked; `quoted`: with the clients' words."""
    found = {name: Section(name) for name in SECTIONS}
    rows = list(db.session.scalars(ProblemDay.board(day)))
    words = apart([row.problem for row in rows])
    made = cards(rows, day, at)
    for card in made:
        card.apart = words.get(card.problem.id, [])
    held = Screening.if_held(day)
    frozen = held.board if held else None
    for card in in_frozen_order(made, frozen, day) if frozen else made:
        found[section_of(card)].cards.append(card)
    for rank, card in enumerate((c for section in found.values() for c in section.cards), 1):
        card.rank = rank
    if quoted:
        add_quotes(found["pressing"].in_full, day)
    return list(found.values())


def in_frozen_order(made: list[Card], frozen: Frozen, day: date) -> list[Card]:
    """The cards with the order and the numbers of the opened meeting; what is new comes last."""
    order = {one.problem_id: place for place, one in enumerate(frozen.cards)}
    for card in made:
        freeze(card, frozen, day)
    return sorted(made, key=lambda card: order.get(card.problem.id, len(order)))


def freeze(card: Card, frozen: Frozen, day: date) -> None:
    """Show a card as it stood; how many clients came since is kept beside it."""
    was = frozen.card(card.problem.id)
    if was is None or card.figures is None:
        return
    then = was.row(day)
    card.since_then = max(card.figures.clients - then.clients, 0)
    card.figures = then


def card_of(problem: Problem, day: date, at: datetime, *, rank: int, quoted: bool) -> Card:
    """One card anew, after something was decided on it."""
    row = ProblemDay.on(problem.id, day)
    if row is None:
        return Card(problem, None, [], before=problem.state)
    (card,) = cards([row], day, at)
    held = Screening.if_held(day)
    frozen = held.board if held else None
    if frozen is not None:
        freeze(card, frozen, day)
    card.rank = rank
    others = [other.problem for other in db.session.scalars(ProblemDay.board(day))]
    card.apart = apart(others).get(problem.id, [])
    if quoted:
        add_quotes([card], day)
    return card


def apart(problems: list[Problem]) -> dict[int, list[str]]:
    """Of problems that would read the same, the strongest words that the others lack."""
    alike: dict[str, list[Problem]] = {}
    for problem in problems:
        alike.setdefault(title(problem), []).append(problem)
    found = {}
    for twins in alike.values():
        for problem in twins if len(twins) > 1 else ():
            others = {word for twin in twins if twin is not problem for word in spoken(twin)}
            found[problem.id] = [word for word in spoken(problem) if word not in others][:APART]
    return found


def spoken(problem: Problem) -> list[str]:
    """A problem's own words, those in the reader's language first."""
    languages = sorted(problem.terms, key=lambda code: (code != reader_language(), code))
    return list(dict.fromkeys(word for code in languages for word in problem.terms[code]))


def cards(rows: list[ProblemDay], day: date, at: datetime) -> list[Card]:
    ids = [row.problem_id for row in rows]
    start, end = calendar.bounds(day)
    lines = sparklines(ids, day)
    screening = Screening.if_held(day)
    that_day = Decided.newest_in(screening.id) if screening else {}
    earlier = Decided.newest(ids, start) if end <= at else None
    made = []
    for row in rows:
        decided = that_day.get(row.problem_id)
        if decided is not None:
            before = decided.before
        elif earlier is None:
            before = row.problem.state
        else:
            last = earlier.get(row.problem_id)
            before = last.choice if last else ProblemState.NEW.value
        made.append(Card(row.problem, row, lines[row.problem_id], decided=decided, before=before))
    return made


def section_of(card: Card) -> str:
    """A card stays where it was when the day began, so that nothing jumps during the meeting."""
    trend = card.figures.trend if card.figures else Trend.STEADY.value
    if card.before in _AWAY:
        return "ignored"
    if trend in _PRESSING:
        return "pressing"
    if card.before == ProblemState.WATCHING:
        return "watched"
    return "falling" if trend == Trend.FALLING else "steady"


def sparklines(problem_ids: list[int], day: date) -> dict[int, list[int]]:
    """Clients of each problem on the last working days, `day` included."""
    days = [calendar.working_day_before(day, back) for back in range(LINE - 1, 0, -1)] + [day]
    history = ProblemDay.history(problem_ids, days[0], day)
    return {problem_id: [seen.get(one, 0) for one in days] for problem_id, seen in history.items()}


def add_quotes(chosen: list[Card], day: date) -> None:
    start, end = calendar.bounds(day)
    said = quotable_on([card.problem.id for card in chosen], start, end)
    for card in chosen:
        card.quotes = choose(said[card.problem.id], card.problem.terms)


def reading(day: date, at: datetime) -> Reading:
    """What came in from the last meeting until now, or until the end of a past day."""
    since = since_last_meeting(day)
    contacts, read = figures.read_between(since, min(at, calendar.bounds(day)[1]))
    standing = [
        (row.problem_id, row.clients, row.trend)
        for row in db.session.scalars(ProblemDay.board(day))
    ]
    return Reading(since, contacts, read, f"{crc32(repr(standing).encode()):08x}")


def since_last_meeting(day: date) -> datetime:
    """When the last meeting that was held was opened; without any, the working day before.

    A meeting longer ago than the board remembers is none.
    """
    usual = calendar.start_of(calendar.working_day_before(day), calendar.MEETING)
    last = Screening.last_held(day)
    if last is None or last.opened_at is None or last.opened_at < usual - REMEMBERED:
        return usual
    return last.opened_at


def deeds(day: date, at: datetime) -> tuple[list[Deed], list[Deed]]:
    """(done lately, with their effect as it was known by the end of `day`; still to do)."""
    until = min(at, calendar.bounds(day)[1])
    done = [
        Deed(action, effect_of(action, until))
        for action in db.session.scalars(Action.recently_done(until - REMEMBERED))
        if action.done_at is not None and action.done_at <= until
    ]
    to_do = [
        Deed(action, None, overdue=action.due_on < day)
        for action in db.session.scalars(Action.open())
        if action.decided_at <= until
    ]
    return done, to_do


def bursts(user: User, day: date) -> list[Burst]:
    """Senders of very many mails, since the last meeting or still on the desk."""
    since = since_last_meeting(day)
    return bursts_for(user, since)


@dataclass(frozen=True)
class Page:
    """One page of a long list."""

    number: int
    more: bool


@dataclass(frozen=True)
class DayOfProblem:
    """One day of a problem's chart."""

    day: date
    clients: int
    contacts: int
    low: float | None
    high: float | None
    effective: bool
    """An action of ours became effective on this day."""


def days_of(problem: Problem, day: date, count: int) -> list[DayOfProblem]:
    """The last working days of a problem, and every other day on which somebody wrote."""
    rows = {row.day: row for row in db.session.scalars(ProblemDay.of_problem(problem.id))}
    actions = db.session.scalars(Action.of_problem(problem.id))
    turned = {calendar.business_day(a.effective_at) for a in actions if a.effective_at}
    first = max(
        calendar.working_day_before(calendar.business_day(problem.first_seen_at)),
        day - timedelta(days=count),
    )
    found = []
    for one in (first + timedelta(days=step) for step in range((day - first).days + 1)):
        row = rows.get(one)
        if row is not None or calendar.working_day(one):
            found.append(
                DayOfProblem(
                    one,
                    clients=row.clients if row else 0,
                    contacts=row.contacts if row else 0,
                    low=row.low if row else None,
                    high=row.high if row else None,
                    effective=one in turned,
                )
            )
    return found


def deeds_of(problem: Problem, at: datetime) -> list[Deed]:
    """All actions on a problem, the newest first."""
    today = calendar.business_day(at)
    actions = db.session.scalars(Action.of_problem(problem.id)).all()
    return [
        Deed(action, effect_of(action, at), overdue=action.to_do and action.due_on < today)
        for action in reversed(actions)
    ]
