"""The telephone on the last day, as an exchange reports it: answered, missed, given up, ringing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from models.base import db
from models.call import FORWARDED, VOICEMAIL, Call, CallEvent, CallState, Exchange
from models.callback import Callback
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
    out: bool = False
    passed_from: str = ""
    """The id of the call of which this is a second leg."""
    cause: str = ""

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
    yield from odd(moment)
    spoken, ringing = days.at - timedelta(minutes=3), days.at - timedelta(seconds=20)
    yield Rung("demo-spoken", spoken, "+32475880412", 9, PEOPLE[1], ends=False)
    yield Rung("demo-ringing", ringing, known[3], 0, ends=False)


def odd(moment: Callable[[str, int], datetime]) -> Iterator[Rung]:
    """One that is passed on, one that speaks to the machine, and two that we make ourselves."""
    first = moment("11:02", 10)
    yield Rung("demo-passed", first, "+32499102030", 12, PEOPLE[0], 40, cause=FORWARDED)
    leg = Rung("demo-passed-leg", moment("11:03", 5), "+32499102030", 6, PEOPLE[2], 190)
    yield replace(leg, passed_from="demo-passed")
    yield Rung("demo-machine", moment("12:21", 5), "+3281445566", 41, cause=VOICEMAIL)
    yield Rung("demo-out-taken", moment("15:40", 20), MISSED[1], 11, PEOPLE[1], 130, out=True)
    yield Rung("demo-out-vain", moment("15:47", 0), MISSED[2], 34, out=True, cause="noAnswer")


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
            "direction": "out" if call.out else "in",
            "from": CALLED if call.out else call.number,
            "to": call.number if call.out else CALLED,
            "queue": "" if call.out else line,
            "origCallId": call.passed_from,
        }
        if event is CallState.ANSWERED and call.by is not None:
            body["user"] = call.by
        if event is CallState.ENDED:
            body["cause"] = call.cause or ("normalClearing" if call.by else "cancel")
        told = Report.read(body)
        CallEvent.keep(exchange, told.call_id, told.event, told.body, at)
        facts = told.facts() | {"voicemail": call.cause == VOICEMAIL}
        heard = Call.hear(exchange, event, told.call_id, at=at, facts=facts)
        if heard.ended and heard.call.missed:
            Callback.for_missed(heard.call, at)
        if heard.answered:
            Callback.reached(e164=heard.call.caller_e164, at=at, how="phone")
    return heard.call
