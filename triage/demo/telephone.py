"""The telephone on the last day, as an exchange reports it: answered, missed, given up, ringing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.base import db
from models.call import Call, CallEvent, CallState, Exchange
from triage.calls.report import Report
from triage.demo.contacts import DAYS, Days, Told, chance
from triage.demo.correspondence import AGENTS

NAME = "Centrale téléphonique"
LINES = ("bridging", "contributions", "general")
CALLED = "+3281001122"
PEOPLE = ("nadia", "tom", "lea")
MISSED = ("+32471556010", "+32485330217", "+3287550133")
THRICE = "+32494871530"
SHORT = ("+32487110020", "+32487110021", "+32487110022")
BRIEF = ("+32471330055", "+3243660912", "+32489007714")
CLOCKS = ("08:31", "08:58", "09:37", "10:12", "11:26", "12:48", "14:33", "15:09", "16:02")


@dataclass(frozen=True)
class Rung:
    """One call: who called when, how many seconds it rang, who answered and for how long."""

    id: str
    at: datetime
    number: str
    waits: int
    by: str | None = None
    speaks: int = 0
    ends: bool = True

    def events(self) -> Iterator[tuple[datetime, CallState]]:
        picked_up = self.at + timedelta(seconds=self.waits)
        yield self.at, CallState.RINGING
        if self.by is not None:
            yield picked_up, CallState.ANSWERED
        if self.ends:
            yield picked_up + timedelta(seconds=self.speaks), CallState.ENDED


def answered(said: Told) -> Call:
    """The call of which a note was taken, reported before its note is saved."""
    drawn = chance(said.id, "call")
    waits, speaks = drawn.randrange(3, 26), drawn.randrange(90, 420)
    begins = said.at - timedelta(seconds=waits + speaks)
    by = drawn.choice([login for login in AGENTS[said.spoken] if login in PEOPLE])
    return reported(Rung(f"demo-{said.id}", begins, said.number, waits, by, speaks))


def ring(days: Days, known: list[str]) -> None:
    """All other calls of the day: those nobody took a note of, and those of this very minute.

    Some come from the `known` numbers, at least four, of clients who have called before.
    """
    for call in sorted(unnoted(days, known), key=lambda one: one.at):
        reported(call)


def unnoted(days: Days, known: list[str]) -> Iterator[Rung]:
    def moment(clock: str, later: int) -> datetime:
        return days.moment(DAYS, clock, later)

    for position, number in enumerate([known[0], *MISSED, known[1]]):
        at = moment(CLOCKS[position], 13)
        yield Rung(f"demo-missed-{position}", at, number, 95 + 7 * position)
    for position, number in enumerate((known[2], THRICE)):
        for attempt, clock in enumerate(CLOCKS[position + 2 : position + 8 : 2]):
            at = moment(clock, 41 * (position + 1))
            yield Rung(f"demo-thrice-{position}-{attempt}", at, number, 50 + 20 * attempt)
    for position, number in enumerate(SHORT):
        yield Rung(f"demo-short-{position}", moment(CLOCKS[position + 1], 180), number, 3)
    for position, number in enumerate(BRIEF):
        at = moment(CLOCKS[position + 4], 240)
        yield Rung(f"demo-brief-{position}", at, number, 14, PEOPLE[position], 70)
    spoken, ringing = days.at - timedelta(minutes=3), days.at - timedelta(seconds=20)
    yield Rung("demo-spoken", spoken, "+32475880412", 9, PEOPLE[1], ends=False)
    yield Rung("demo-ringing", ringing, known[3], 0, ends=False)


def reported(call: Rung) -> Call:
    """Each event as the exchange words it, kept and applied as if it had come by HTTP."""
    exchange = db.session.scalar(Exchange.in_order().where(Exchange.name == NAME))
    if exchange is None:
        exchange, _token = Exchange.connect(NAME)
    line = chance(call.id, "line").choice(LINES)
    for at, event in call.events():
        body = {
            "event": event.value,
            "callId": call.id,
            "direction": "in",
            "from": call.number,
            "to": CALLED,
            "queue": line,
        }
        if event is CallState.ANSWERED and call.by is not None:
            body["user"] = call.by
        if event is CallState.ENDED:
            body["cause"] = "normalClearing" if call.by else "cancel"
        told = Report.read(body)
        CallEvent.keep(exchange, told.call_id, told.event, told.body, at)
        known = Call.take_event(exchange, event, told.call_id, at=at, facts=told.facts())
    return known
