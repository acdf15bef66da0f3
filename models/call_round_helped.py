"""Did what was changed help? Each client of a round says it once, by a link or on the phone.

These are people's words beside the measured effect, never in its place.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, or_, select

from models.base import db, one_at_a_time
from models.call_round import CallRound, Helped
from models.callback import Callback
from models.client import Client
from models.contact import Contact
from models.event import record
from models.keys import ring
from models.problem import Occurrence, Problem, ProblemState, private_matter
from models.user import User

CHANGEABLE = timedelta(days=1)
LINK_FOR = timedelta(days=60)
MANY_NO = 3
"""So many who say no bring back what was held for solved, if they are one in five at least."""
SHARE_NO = 0.2
SOLVED = (
    ProblemState.VERIFIED,
    ProblemState.SHIPPED,
    ProblemState.CLOSED,
    ProblemState.ARCHIVED,
    ProblemState.IGNORED,
)


class HelpedAnswer(StrEnum):
    YES = "yes"
    PARTLY = "partly"
    NO = "no"


class Settled(Exception):
    """It was answered more than a day ago: it cannot be changed any more."""


def say(
    call_round: CallRound,
    client: Client,
    answer: HelpedAnswer,
    *,
    at: datetime,
    by: User | None = None,
    callback: Callback | None = None,
    mailing_id: int | None = None,
    intake_id: int | None = None,
) -> Helped:
    """Keep the answer, or what it is now instead; raises `Settled` a day after the first one.

    `by` is who wrote it down on the phone; without, it came by the client's own link.
    """
    one_at_a_time("helped", f"{call_round.id} {client.id}")
    kept = answer_of(call_round, client.id)
    before = kept.answer if kept is not None else None
    if kept is None:
        kept = Helped(
            problem_id=call_round.problem_id,
            round_id=call_round.id,
            client_id=client.id,
            answer=answer.value,
            how="call" if by is not None else "link",
            at=at,
        )
        db.session.add(kept)
    elif by is None and at - kept.at > CHANGEABLE:
        raise Settled
    if by is None:
        kept.how = "link"  # the client's own word: no undone call takes it back
    kept.answer = answer.value
    kept.callback_id = callback.id if callback is not None else kept.callback_id
    kept.mailing_id = mailing_id or kept.mailing_id
    kept.intake_id = intake_id or kept.intake_id
    db.session.flush()
    record(
        "client.helped",
        by=by,
        at=at,
        client_id=client.id,
        round=call_round.id,
        answer=answer.value,
        how=kept.how,
        before=before,
    )
    if answer is HelpedAnswer.NO and before != HelpedAnswer.NO:
        _came_back(call_round, kept, at)
    return kept


def taken_back(callback: Callback, *, by: User, at: datetime) -> None:
    """The call was no conversation after all: what was written down of it is not said."""
    kept = db.session.scalar(
        select(Helped).where(Helped.callback_id == callback.id, Helped.how == "call")
    )
    if kept is None:
        return
    db.session.delete(kept)
    record("client.helped_undone", by=by, at=at, client_id=kept.client_id, round=kept.round_id)


def _came_back(call_round: CallRound, kept: Helped, at: datetime) -> None:
    """Somebody says no: noted at the problem, which is a new one again when many do."""
    problem_id = call_round.problem_id
    record("problem.not_helped", at=at, problem_id=problem_id, round=call_round.id, said=kept.id)
    said = counts_of([problem_id])[problem_id]
    many = said["no"] >= MANY_NO and said["no"] >= SHARE_NO * said.total()
    problem = Problem.named(problem_id)
    if problem is None or not many or problem.state not in SOLVED:
        return
    problem.state = ProblemState.NEW.value
    record(
        "problem.regressed_in_words",
        at=at,
        problem_id=problem_id,
        clients=said["no"],
        of=said.total(),
    )


def answer_of(call_round: CallRound, client_id: int) -> Helped | None:
    return db.session.scalar(
        select(Helped).where(Helped.round_id == call_round.id, Helped.client_id == client_id)
    )


def answers_of(call_round: CallRound) -> dict[int, Helped]:
    """Of a round, by client."""
    rows = db.session.scalars(select(Helped).where(Helped.round_id == call_round.id))
    return {row.client_id: row for row in rows if row.client_id is not None}


def counts_of(problem_ids: Iterable[int]) -> dict[int, Counter[str]]:
    """How many said yes, partly and no, of each problem; nobody is counted twice."""
    wanted = list(problem_ids)
    found: dict[int, Counter[str]] = {one: Counter() for one in wanted}
    rows = db.session.execute(
        select(Helped.problem_id, Helped.answer, func.count().label("clients"))
        .where(Helped.problem_id.in_(wanted))
        .group_by(Helped.problem_id, Helped.answer)
    )
    for row in rows:
        found[row.problem_id][row.answer] = row.clients
    return found


def asked_in(call_round: CallRound) -> list[tuple[int, str | None]]:
    """(client, language) of all whom a round is for: those to call, reached or not, and those
    whom it could only write to. None about health or privacy by now."""
    called = select(Callback.client_id).where(
        Callback.round_id == call_round.id,
        Callback.client_id.is_not(None),
        func.coalesce(Callback.outcome, "").not_in(["undone", "mistake"]),
    )
    by_mail = [int(one) for one, _ticket in call_round.who.get("by_mail", [])]
    private = (
        select(Contact.id)
        .join(Occurrence, Occurrence.contact_id == Contact.id)
        .where(
            Contact.client_id == Client.id,
            Occurrence.problem_id == call_round.problem_id,
            Occurrence.until.is_(None),
            private_matter(),
        )
    )
    rows = db.session.execute(
        select(Client.id, func.coalesce(Client.language, Client.spoken_language))
        .where(
            or_(Client.id.in_(called), Client.id.in_(by_mail)),
            Client.merged_into_id.is_(None),
            ~private.exists(),
        )
        .order_by(Client.id)
    )
    return [(row[0], row[1]) for row in rows]


# --- the link -------------------------------------------------------------------------------


def token_of(round_id: int, client_id: int, at: datetime) -> str:
    """The secret part of a client's link: 130 bits over round, client and the day it ends."""
    ends = (at + LINK_FOR).date().toordinal()
    signature = ring().sign("helped", round_id, client_id, ends)
    return f"{round_id}-{client_id}-{ends}-{signature}"


def asked_by(token: str, at: datetime) -> tuple[CallRound, Client] | None:
    """The round and the client of a link; None for a forged, foreign or outlived one."""
    parts = token.split("-")
    if len(parts) != 4 or not all(one.isascii() and one.isdigit() for one in parts[:3]):
        return None
    if any(len(one) > 9 for one in parts[:3]):
        return None
    round_id, client_id, ends = (int(one) for one in parts[:3])
    genuine = ring().vouches(parts[3], "helped", round_id, client_id, ends)
    shown, client = CallRound.named(round_id), db.session.get(Client, client_id)
    if not genuine or at.date().toordinal() > ends or shown is None or client is None:
        return None
    return shown, client.target


def ticket_for(call_round: CallRound, client_id: int) -> int | None:
    """The ticket to which a client's words about the change belong: that of the call, else of the
    newest case of the problem."""
    called = (
        select(Callback.ticket_id)
        .where(
            Callback.round_id == call_round.id,
            Callback.client_id == client_id,
            Callback.ticket_id.is_not(None),
        )
        .limit(1)
    )
    of_call = db.session.scalar(called)
    if of_call is not None:
        return of_call
    return db.session.scalar(
        select(Contact.ticket_id)
        .join(Occurrence, Occurrence.contact_id == Contact.id)
        .where(
            Occurrence.problem_id == call_round.problem_id,
            Occurrence.until.is_(None),
            Contact.client_id == client_id,
            Contact.ticket_id.is_not(None),
        )
        .order_by(Contact.said_at.desc())
        .limit(1)
    )
