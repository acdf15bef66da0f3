"""Three invented weeks of a contact centre, drawn by chance from a seed: raw rows and nothing else.

They hold a night on which the clocks change, a holiday, bursts, machines' mail, merges, re-routes,
slips that were taken back, and call-backs that were kept and missed.
"""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import select

from models.base import db, transaction
from models.call import Call, CallState
from models.callback import Callback
from models.client import Client
from models.contact import Contact
from models.event import Event
from models.exchange import Exchange
from models.intake import Intake
from models.merge import merge, why_not
from models.message import Message
from models.prediction import Correction, Prediction
from models.service_level import OpeningHours, ServiceLevel
from models.team import Team
from models.ticket import REPEAT, Ticket
from models.user import User
from models.wrap_up import WrapUp
from tests.people import House

FIRST = date(2026, 3, 23)
LAST = date(2026, 4, 12)
"""Sunday 29 March has 23 hours; Monday 6 April is Easter Monday."""
AT = datetime(2026, 4, 12, 14, 0, tzinfo=UTC)
"""The moment from which the weeks are looked at."""
TOPICS = ("bridging_right", "deferral", "incapacity", "other", None)
INTENTS = ("ask_information", "chase_status", "complain", "submit_request", None)
CHANNELS = ("email", "email", "form", "phone", "post")
LANGUAGES = ("fr", "nl", "de", None)
DECISIONS = ("auto", "preselect", "suggest", "human")


@dataclass
class Weeks:
    """What was drawn, by kind."""

    house: House
    chance: Random
    teams: list[Team] = field(default_factory=list)
    clients: list[Client] = field(default_factory=list)
    exchange: Exchange | None = None
    tickets: list[Ticket] = field(default_factory=list)

    def moment(self, after: datetime | None = None, hours: int = 24 * 7) -> datetime:
        """Some whole minute of the three weeks, or within so many hours after another one."""
        if after is not None:
            return after + timedelta(minutes=self.chance.randrange(1, hours * 60))
        start = datetime(2026, 3, 22, 23, 0, tzinfo=UTC)
        return start + timedelta(minutes=self.chance.randrange(21 * 24 * 60 - 14 * 60))


def generate(house: House, seed: int, tickets: int = 70) -> Weeks:
    """Draw the weeks and write them; the same seed draws the same."""
    weeks = Weeks(house, Random(seed))
    with transaction():
        weeks.teams = list(db.session.scalars(Team.in_order()))[:3]
        weeks.clients = [Client(name=f"Client {number}") for number in range(12)]
        weeks.exchange, _ = Exchange.connect(f"Exchange {seed}")
        db.session.add_all(weeks.clients)
        promises(weeks)
        db.session.flush()
    with transaction():
        for opened_at in sorted(weeks.moment() for _ in range(tickets)):
            ticket(weeks, opened_at)
        for _ in range(tickets):
            lone_call(weeks)
            callback(weeks)
        db.session.flush()
        known_clients(weeks)
    with transaction():
        merges(weeks)
    return weeks


def promises(weeks: Weeks) -> None:
    """One team works on Saturdays too, and promises an answer within ten hours of its own."""
    team = weeks.teams[0]
    by = weeks.house.ingrid
    ServiceLevel.give(team.id, None, 600, 60, by=by)
    week = {day: (datetime(1, 1, 1, 9).time(), datetime(1, 1, 1, 16).time()) for day in range(6)}
    OpeningHours.keep(team.id, week, by=by)


def ticket(weeks: Weeks, opened_at: datetime) -> Ticket:
    chance = weeks.chance
    made = Ticket(
        client_id=chance.choice(weeks.clients).id if chance.random() < 0.9 else None,
        channel=chance.choice(CHANNELS),
        language=chance.choice(LANGUAGES),
        topic_id=chance.choice(TOPICS),
        team_id=chance.choice([*(team.id for team in weeks.teams), None]),
        opened_at=opened_at,
        last_contact_at=opened_at,
        due_at=weeks.moment(opened_at, 24 * 5),
        needs_choice=False,
        contacts_count=0,
    )
    db.session.add(made)
    db.session.flush()
    weeks.tickets.append(made)
    if chance.random() < 0.2:
        made.deadline_on = (opened_at + timedelta(days=chance.randrange(20))).date()
    said_at = opened_at
    for _ in range(chance.choice([1, 1, 2, 3])):
        if said_at < AT:
            contact(weeks, made, said_at)
        said_at = weeks.moment(said_at, 24 * 6)
    answers(weeks, made)
    routing(weeks, made)
    end(weeks, made)
    return made


def contact(weeks: Weeks, ticket: Ticket, said_at: datetime) -> Contact:
    chance = weeks.chance
    intake = Intake(
        key=uuid.UUID(int=chance.getrandbits(128)),
        channel=ticket.channel,
        adapter="replay",
        sha256="",
        size=0,
        received_at=said_at,
    )
    db.session.add(intake)
    db.session.flush()
    made = Contact(
        intake_id=intake.id,
        channel=ticket.channel,
        client_id=ticket.client_id,
        ticket_id=ticket.id,
        said_at=said_at,
        received_at=said_at,
        language=chance.choice([ticket.language, ticket.language, *LANGUAGES]),
        topic_id=chance.choice([ticket.topic_id, ticket.topic_id, *TOPICS]),
        intent_id=chance.choice(INTENTS),
        automatic=chance.choice([None, None, None, "suppress", "auto_reply"]),
        supplied_again=chance.random() < 0.1,
        collected=chance.random() < 0.08,
    )
    db.session.add(made)
    db.session.flush()
    for _ in range(chance.choice([0, 1, 1, 2])):
        predict(weeks, made)
    for _ in range(chance.choice([0, 0, 1, 2])):
        correct(weeks, made)
    return made


def predict(weeks: Weeks, contact: Contact) -> None:
    prediction = Prediction(
        contact_id=contact.id,
        at=contact.said_at,
        model_version="1",
        language="fr",
        topic_id="deferral",
        topic_confidence=0.5,
        intent_id="complain",
        intent_confidence=0.5,
        decision=weeks.chance.choice(DECISIONS),
    )
    db.session.add(prediction)
    db.session.flush()


def correct(weeks: Weeks, contact: Contact) -> None:
    said = Correction(
        contact_id=contact.id,
        by_id=weeks.house.nadia.id,
        at=min(weeks.moment(contact.said_at, 72), AT - timedelta(minutes=1)),
        topic_id="deferral",
        changed=weeks.chance.random() < 0.5,
    )
    db.session.add(said)
    db.session.flush()


def answers(weeks: Weeks, ticket: Ticket) -> None:
    """Automatic mail at once; a person's answer later, or never; some were taken back."""
    chance = weeks.chance
    message(weeks, ticket, "acknowledgement", ticket.opened_at + timedelta(minutes=1), "sent")
    written = []
    at = weeks.moment(ticket.opened_at, 24 * 6)
    for _ in range(chance.choice([0, 1, 1, 2])):
        state = chance.choice(["sent", "sent", "waiting", "withdrawn", "held"])
        if at < AT:
            message(weeks, ticket, "reply", at, state)
            if state in ("sent", "waiting"):
                written.append(at)
        at = weeks.moment(at, 48)
    if ticket.channel == "phone" and chance.random() < 0.7:
        at = ticket.opened_at + timedelta(minutes=chance.randrange(2, 9))
        ended = chance.choice(["answered", "request_received", "no_answer"])
        db.session.add(
            WrapUp(
                user_id=weeks.house.nadia.id,
                ticket_id=ticket.id,
                disposition=ended,
                began_at=ticket.opened_at,
                finished_at=at,
            )
        )
        if ended != "no_answer":
            written.append(at)
    ticket.first_answer_at = min(written, default=None)


def message(weeks: Weeks, ticket: Ticket, kind: str, at: datetime, state: str) -> None:
    number = weeks.chance.getrandbits(64)
    db.session.add(
        Message(
            kind=kind,
            ticket_id=ticket.id,
            cause=str(number),
            recipient="someone@example.org",
            subject="Re",
            text="…",
            language="fr",
            message_id=f"<{number}@example.org>",
            reply_to="us@example.org",
            written_at=at,
            state=state,
        )
    )


def routing(weeks: Weeks, ticket: Ticket) -> None:
    """The machine sends it to a team or to nobody; people send it on, or slip and take it back."""
    chance, at = weeks.chance, ticket.opened_at
    teams = [team.id for team in weeks.teams]
    for _ in range(chance.choice([1, 1, 2])):
        happened(
            "ticket.routed",
            ticket,
            at,
            None,
            topic=ticket.topic_id,
            team=chance.choice([*teams, None]),
            decision=chance.choice(["auto", "auto", "suggest"]),
        )
        at = weeks.moment(at, 12)
    by = weeks.house.nadia
    for _ in range(chance.choice([0, 0, 1, 2])):
        at = weeks.moment(at, 24 * 6)
        kind = chance.choice(["ticket.handed", "ticket.routed"])
        if kind == "ticket.handed":
            happened(kind, ticket, at, by, before=None, after=chance.choice(teams))
        else:
            happened(kind, ticket, at, by, topic=None, team=chance.choice(teams), decision="human")
            if chance.random() < 0.3:
                happened("ticket.choice_taken_back", ticket, at + timedelta(minutes=1), by)


def happened(kind: str, ticket: Ticket, at: datetime, by: User | None, **facts: Any) -> None:
    actor = by.id if by else None
    db.session.add(Event(kind=kind, ticket_id=ticket.id, at=at, actor_id=actor, facts=facts))
    db.session.flush()


def end(weeks: Weeks, ticket: Ticket) -> None:
    """Closed, waiting for the client, or ours to do."""
    at = weeks.moment(ticket.opened_at, 24 * 8)
    fate = weeks.chance.random()
    if at >= AT or fate < 0.3:
        ticket.status = weeks.chance.choice(["new", "open"])
    elif fate < 0.4:
        happened("ticket.closed", ticket, at, weeks.house.nadia)
        happened(
            "ticket.reopened",
            ticket,
            weeks.moment(at, 24),
            weeks.chance.choice([None, None, weeks.house.nadia]),
        )
        ticket.status = "open"
    elif fate < 0.75:
        happened("ticket.closed", ticket, at, weeks.house.nadia)
        ticket.status, ticket.closed_at, ticket.clock_stopped_at = "closed", at, at
        ticket.disposition = "answered"
    else:
        ticket.status, ticket.clock_stopped_at = "waiting", at


def lone_call(weeks: Weeks) -> None:
    """A call as the exchange tells of it, with or without a note and the work after it."""
    chance, at = weeks.chance, weeks.moment()
    assert weeks.exchange is not None
    wait = timedelta(seconds=chance.choice([2, 4, 5, 12, 20, 21, 90]))
    picked_up = chance.random() < 0.7
    ended_at = at + wait + timedelta(seconds=chance.randrange(30, 900) if picked_up else 0)
    noted = db.session.scalars(select(Contact).where(Contact.channel == "phone")).first()
    call = Call(
        exchange_id=weeks.exchange.id,
        call_id=str(chance.getrandbits(64)),
        direction=chance.choice(["in", "in", "in", "out"]),
        state=CallState.ENDED.value,
        cause=chance.choice([None, None, None, "forwarded", "blocked"]),
        initialised_at=at,
        answered_at=at + wait if picked_up else None,
        ended_at=ended_at,
        talked_for=chance.choice([None, 77]) if picked_up else None,
        contact_id=noted.id if noted and chance.random() < 0.5 else None,
    )
    db.session.add(call)
    db.session.flush()
    for _ in range(chance.choice([0, 1, 2])):
        worked = timedelta(seconds=chance.randrange(5, 200))
        finished = chance.random() < 0.8
        db.session.add(
            WrapUp(
                user_id=weeks.house.nadia.id,
                call_id=call.id,
                began_at=ended_at,
                finished_at=ended_at + worked if finished else None,
                timed_out_at=ended_at + timedelta(seconds=60) if chance.random() < 0.3 else None,
            )
        )


def callback(weeks: Weeks) -> None:
    chance, created_at = weeks.chance, weeks.moment()
    due_at = weeks.moment(created_at, 72)
    closed_at = weeks.moment(created_at, 96)
    over = closed_at < AT and chance.random() < 0.6
    outcomes = ["settled", "more_to_do", "satisfied", "otherwise", "mistake", "dismissed"]
    db.session.add(
        Callback(
            reason="requested",
            raw_number=str(chance.getrandbits(30)),
            language=chance.choice(LANGUAGES),
            topic_id=chance.choice(TOPICS),
            team_id=chance.choice([*(team.id for team in weeks.teams), None]),
            due_at=due_at,
            created_at=created_at,
            state=chance.choice(["done", "given_up", "cancelled"])
            if over
            else chance.choice(["open", "taken", "proposed"]),
            closed_at=closed_at if over else None,
            outcome=chance.choice(outcomes) if over else None,
        )
    )


def known_clients(weeks: Weeks) -> None:
    """Who has come back, as the product finds it when it reads each contact."""
    everything = select(Contact).order_by(Contact.said_at, Contact.id)
    for one in db.session.scalars(everything):
        one.repeated = not one.collected and Ticket.repeats(one, REPEAT) > 0


def merges(weeks: Weeks) -> None:
    """Some tickets of one client become one."""
    by = weeks.house.ingrid
    for _ in range(12):
        source, target = weeks.chance.sample(weeks.tickets, 2)
        at = max(source.opened_at, target.opened_at) + timedelta(hours=30)
        if at < AT and why_not(source, target, at) is None:
            merge(source, target, by=by, at=at)
