"""The board of a day, put together for the page: cards in their sections, actions, minutes."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from zlib import crc32

from models import calendar
from models.action import Action
from models.base import db
from models.burst import Burst, bursts_for
from models.cases import (
    EVERYTHING,
    CaseFilter,
    Seen,
    clients_by_day,
    count_cases,
    inflow_between,
    seen_between,
)
from models.decision import Decided
from models.effect import Effect, effects_of
from models.frozen import Frozen
from models.problem import PRESSING, Problem, ProblemState, Trend
from models.problem_day import ProblemDay, quotable_on
from models.screening import Screening
from models.taught import Taught
from models.user import User
from triage.display import reader_language, title
from triage.quotes import Quote, choose
from triage.screening.window import frozen_board, is_past, kept_on, line_of, window_of

LINE = timedelta(days=28)
"""How far back a card's sparkline goes, in working days."""
IN_FULL = 7
"""Cards that a meeting of ten minutes can decide on; the others are lines."""
LINES = 12
"""Lines of a folded section until the whole of it is asked for."""
DRAWN = 60
"""Cards that get a sparkline with a filter: it is counted on the contacts of four weeks."""
REMEMBERED = timedelta(days=14)
"""How long an action that was done stays on the board."""

UNOWNED = 0.1
"""By so much a card presses more for each working day on which nobody owned it,"""
LONGEST_UNOWNED = 5
"""up to so many."""

APART = 3
"""Words that tell two cards apart."""

SECTIONS = ("pressing", "steady", "falling", "watched", "ignored")
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
    until: datetime | None = None
    """Up to when its figures are counted; None: up to now."""
    seen: Seen | None = None
    """What a filter leaves of the day; None without a filter."""


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
    to_do: int = 0
    """Actions that are still to be done."""

    @property
    def share(self) -> float | None:
        return self.read / self.contacts if self.contacts else None


@dataclass(frozen=True)
class Deed:
    """An action with its effect."""

    action: Action
    effect: Effect | None
    overdue: bool = False


def sections(
    day: date, at: datetime, *, quoted: bool, asked: CaseFilter = EVERYTHING
) -> list[Section]:
    """The cards of a day in their sections, ranked; `quoted`: with the clients' words.

    With a filter, the cards that have a case of what is asked for, with their count of it.
    """
    found = {name: Section(name) for name in SECTIONS}
    frozen, span = frozen_board(day, at), window_of(day, at)
    rows = list(db.session.scalars(ProblemDay.board(day, also=kept_on(day, frozen))))
    if frozen is not None and is_past(day, at):
        rows = [row for row in rows if row.problem_id in kept_on(day, frozen)]
    words = apart([row.problem for row in rows])
    if asked.narrows:
        seen = seen_between(*span, asked)
        made = cards([row for row in rows if row.problem_id in seen], day, at, asked)
        for card in made:
            card.seen = seen[card.problem.id]
    else:
        made = cards(rows, day, at)
    made.sort(key=lambda card: -pressure(card, day))
    for card in made:
        card.apart = words.get(card.problem.id, [])
    for card in in_frozen_order(made, frozen, day) if frozen else made:
        card.until = frozen.at if frozen else None
        found[section_of(card)].cards.append(card)
    for rank, card in enumerate((c for section in found.values() for c in section.cards), 1):
        card.rank = rank
    if quoted:
        add_quotes(found["pressing"].in_full, span, asked)
    return list(found.values())


def pressure(card: Card, day: date) -> float:
    """By what cards rank: growth, clients and severity (the score), and the more, the
    longer nobody has owned the problem; with a filter, by the share that is asked for."""
    if card.figures is None:
        return 0.0
    share = card.seen.clients / max(card.figures.lately.clients, 1) if card.seen else 1.0
    return card.figures.score * (1 + UNOWNED * days_without_owner(card.problem, day)) * share


def days_without_owner(problem: Problem, day: date) -> int:
    """Working days since a problem was found, as long as nobody owns it."""
    if problem.owner_id is not None:
        return 0
    count, one = 0, problem.founded_on
    while one < day and count < LONGEST_UNOWNED:
        one += timedelta(days=1)
        count += calendar.working_day(one)
    return count


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
    card.since_then = max(card.figures.lately.clients - then.lately.clients, 0)
    card.figures = then


def card_of(
    problem: Problem,
    day: date,
    at: datetime,
    *,
    rank: int,
    quoted: bool,
    asked: CaseFilter = EVERYTHING,
) -> Card:
    """One card anew, after something was decided on it."""
    row = ProblemDay.on(problem.id, day)
    if row is None:
        return Card(problem, None, [], before=problem.state)
    frozen, span = frozen_board(day, at), window_of(day, at)
    (card,) = cards([row], day, at, asked)
    if asked.narrows:
        since, until = span
        card.seen = Seen(*count_cases(problem, replace(asked, since=since, until=until)))
    if frozen is not None:
        freeze(card, frozen, day)
        card.until = frozen.at
    card.rank = rank
    shown = ProblemDay.board(day, also=kept_on(day, frozen))
    others = [other.problem for other in db.session.scalars(shown)]
    card.apart = apart(others).get(problem.id, [])
    if quoted:
        add_quotes([card], span, asked)
    return card


def apart(problems: list[Problem]) -> dict[int, list[str]]:
    """Of problems that would read the same, the strongest words that the others lack."""
    alike: dict[str, list[Problem]] = {}
    for problem in problems:
        alike.setdefault(title(problem), []).append(problem)
    language = reader_language()
    found = {}
    for twins in alike.values():
        if len(twins) > 1:
            own = {problem.id: spoken(problem, language) for problem in twins}
            said_by = Counter(word for words in own.values() for word in words)
            for problem_id, words in own.items():
                found[problem_id] = [word for word in words if said_by[word] == 1][:APART]
    return found


def spoken(problem: Problem, language: str) -> list[str]:
    """A problem's own words, those in the reader's language first."""
    languages = sorted(problem.terms, key=lambda code: (code != language, code))
    return list(dict.fromkeys(word for code in languages for word in problem.terms[code]))


def cards(
    rows: list[ProblemDay], day: date, at: datetime, asked: CaseFilter = EVERYTHING
) -> list[Card]:
    ids = [row.problem_id for row in rows]
    start, end = calendar.bounds(day)
    lines = sparklines(ids[:DRAWN] if asked.narrows else ids, day, asked)
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
        made.append(
            Card(row.problem, row, lines.get(row.problem_id, []), decided=decided, before=before)
        )
    return made


def section_of(card: Card) -> str:
    """A card stays where it was when the day began, so that nothing jumps during the meeting."""
    trend = card.figures.trend if card.figures else Trend.STEADY.value
    if card.before in _AWAY:
        return "ignored"
    if trend in PRESSING:
        return "pressing"
    if card.before == ProblemState.WATCHING:
        return "watched"
    return "falling" if trend == Trend.FALLING else "steady"


def sparklines(
    problem_ids: list[int], day: date, asked: CaseFilter = EVERYTHING
) -> dict[int, list[int]]:
    """Clients of each problem on the working days of four weeks, `day` included.

    Of what people have reshaped, or with a filter, by where the cases are now.
    """
    first = day - LINE + timedelta(days=1)
    steps = (first + timedelta(days=step) for step in range(LINE.days))
    days = [one for one in steps if calendar.working_day(one) or one == day]
    anew = problem_ids if asked.narrows else list(Taught.reshaped(problem_ids))
    history = ProblemDay.history(problem_ids, first, day)
    if anew:
        history |= clients_by_day(anew, first, day, asked)
    return {problem_id: [seen.get(one, 0) for one in days] for problem_id, seen in history.items()}


def add_quotes(
    chosen: list[Card], span: tuple[datetime, datetime], asked: CaseFilter = EVERYTHING
) -> None:
    start, end = span
    said = quotable_on([card.problem.id for card in chosen], start, end, asked.conditions)
    for card in chosen:
        card.quotes = choose(said[card.problem.id], card.problem.terms)


def reading(day: date, at: datetime, asked: CaseFilter = EVERYTHING) -> Reading:
    """What came in from the last meeting until now; on a past day, what its meeting saw."""
    since, until = line_of(day, at)
    contacts, read = inflow_between(since, until, asked)
    standing = [
        (row.problem_id, row.lately.clients, row.trend)
        for row in db.session.scalars(ProblemDay.board(day))
    ]
    mark = f"{crc32(repr(standing).encode()):08x}"
    return Reading(since, contacts, read, mark, len(db.session.scalars(Action.open()).all()))


def bursts(user: User, day: date, at: datetime) -> list[Burst]:
    """Senders of very many mails, since the last meeting or still on the desk."""
    since, _ = line_of(day, at)
    return bursts_for(user, since)


def deeds(day: date, at: datetime) -> tuple[list[Deed], list[Deed]]:
    """(done lately, with their effect as it was known by the end of `day`; still to do)."""
    until = min(at, calendar.bounds(day)[1])
    lately = [
        action
        for action in db.session.scalars(Action.recently_done(until - REMEMBERED))
        if action.done_at is not None and action.done_at <= until
    ]
    effects = effects_of(lately, until)
    done = [Deed(action, effects.get(action.id)) for action in lately]
    to_do = [
        Deed(action, None, overdue=action.due_on < day)
        for action in db.session.scalars(Action.open())
        if action.decided_at <= until
    ]
    return done, to_do


def deeds_of(problem_id: int, at: datetime) -> list[Deed]:
    """All actions on a problem, the newest first."""
    today = calendar.business_day(at)
    actions = db.session.scalars(Action.of_problem(problem_id)).all()
    effects = effects_of(actions, at)
    return [
        Deed(action, effects.get(action.id), overdue=action.overdue(today))
        for action in reversed(actions)
    ]
