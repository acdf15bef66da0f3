"""What a meeting begins with: the frozen board, the cards to decide on, the day before."""

from datetime import date, datetime
from typing import Any

from models import calendar, call, figures
from models.decision import Decided, Escalation
from models.frozen import Frozen, FrozenCard
from models.problem import Problem, ProblemState
from models.screening import Screening
from models.team import Team
from models.topic import Topic
from triage.screening.board import Card, reading, sections

MOST = 7
"""Cards that ten minutes allow, at most forty seconds each."""
AT_LEAST = 3
"""So many new or rising cards are looked at, however many were carried over."""
_OVER = (ProblemState.CLOSED, ProblemState.NOT_A_PROBLEM, ProblemState.IGNORED)


def freeze(screening: Screening, at: datetime) -> Frozen:
    """The board of this moment in its order, and the deck of the meeting."""
    day, team = screening.day, screening.team
    cards = [
        FrozenCard.of(card.figures, card.rank, section.name, card.before)
        for section in sections(day, at, quoted=False)
        for card in section.cards
        if card.figures is not None and (team is None or concerns(card, team))
    ]
    escalated = {} if team else {key: one.reason for key, one in Escalation.waiting().items()}
    carried = [one for one in carried_over(screening) if one not in escalated]
    first = [*escalated, *carried]
    pressing = [
        card.problem_id
        for card in cards
        if card.section == "pressing" and card.problem_id not in first
    ]
    decided = Decided.newest_in(screening.id)
    deck = [*first, *pressing[: max(MOST - len(first), AT_LEAST)]]
    line = reading(day, at)
    return Frozen(
        at=at,
        since=line.since,
        contacts=line.contacts,
        read=line.read,
        cards=cards,
        deck=[one for one in deck if one not in decided],
        escalated=escalated,
        carried=carried,
        measures=measures(day, at),
    )


def concerns(card: Card, team: Team) -> bool:
    """Whether the problem is of the team: by its topic, or by what most contacts are about."""
    topics = Topic.everything()
    about = [card.problem.topic_id]
    counted = card.figures.lately.topics if card.figures is not None else {}
    if counted:
        about.append(max(counted, key=counted.__getitem__))
    return any(one in topics and topics[one].team_id == team.id for one in about if one)


def carried_over(screening: Screening) -> list[int]:
    """What the last meeting did not reach and nobody has decided on since."""
    last = Screening.last_held(screening.day, screening.team_id)
    if last is None:
        return []
    left = [int(one) for one in last.carried.get("problems", [])]
    became = Problem.became(left)
    now = list(dict.fromkeys(became.get(one, one) for one in left))
    problems, decided = Problem.several(now), Decided.newest([*left, *now])
    settled = {
        became.get(one, one)
        for one, made in decided.items()
        if made.screening_id == last.id or made.at >= (last.first_closed_at or made.at)
    }
    return [
        one
        for one in now
        if one in problems and problems[one].state not in _OVER and one not in settled
    ]


def more_cards(screening: Screening) -> list[int]:
    """The next cards of the frozen board that are not in the deck: rising ones, then the others."""
    board = screening.board
    if board is None:
        return []
    rest = [card for card in board.cards if card.problem_id not in board.deck]
    rest.sort(key=lambda card: (card.section != "pressing", card.section == "ignored"))
    settled = Decided.newest_in(screening.id)
    return [card.problem_id for card in rest if card.problem_id not in settled][:MOST]


def measures(day: date, at: datetime) -> dict[str, Any]:
    """The last working day against what such days usually bring."""
    before = calendar.working_day_before(day)
    start, end = calendar.bounds(before)
    seen, flow = figures.today(before, at), figures.flow(start, end)
    usual = figures.usual(before, end)
    telephone = call.service(start, end)
    return {
        "day": before.isoformat(),
        "contacts": flow.contacts,
        "channels": figures.by_day(before, before).get(before, {}),
        "usual": round(usual.contacts) if usual else None,
        "usual_failures": usual.failure_share if usual else None,
        "usual_days": usual.days if usual else 0,
        "same_weekday": usual.same_weekday if usual else False,
        "answered": seen.answered,
        "closed": seen.closed,
        "waiting": seen.waiting,
        "overdue": seen.overdue,
        "oldest": seen.oldest_at.isoformat() if seen.oldest_at else None,
        "failures": flow.failure_share,
        "repeats": flow.repeat_share,
        "service": telephone.share,
        "offered": telephone.offered,
        "abandoned": telephone.abandoned,
    }
