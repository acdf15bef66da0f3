"""Every figure, counted once more from the raw rows by a slow and obvious formula: equal.

Nothing here asks the product's own rules: the calendar, the opening hours and the promises are
written out again, minute by minute.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from models import kpi
from models.base import db, transaction
from models.call import Call
from models.callback import Callback
from models.contact import Contact
from models.daily_figure import DailyFigure
from models.event import Event
from models.half_hour import HalfHourCounter
from models.kpi import KPIS, Cut, Unit
from models.merge import TicketMerge
from models.message import Message
from models.prediction import Correction, Prediction
from models.ticket import Ticket
from models.topic import Intent, Topic
from models.user import Role
from models.wrap_up import WrapUp
from tests.models.generated_weeks import AT, FIRST, LAST, Weeks, generate
from tests.people import House

BRUSSELS = ZoneInfo("Europe/Brussels")
HOLIDAYS = {date(2026, 4, 5), date(2026, 4, 6), date(2026, 5, 1)}
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Fact:
    """One thing that a figure counts."""

    channel: str
    topic: str
    team: int
    language: str
    part: float
    whole: float


class Rows:
    """All raw rows, by kind, as lists."""

    def __init__(self, weeks: Weeks) -> None:
        def all_of(kind: type) -> list:
            return list(db.session.scalars(select(kind).order_by(kind.id)).unique())

        self.contacts, self.tickets, self.calls = all_of(Contact), all_of(Ticket), all_of(Call)
        self.callbacks, self.wrap_ups = all_of(Callback), all_of(WrapUp)
        self.messages, self.merges = all_of(Message), all_of(TicketMerge)
        self.corrections, self.predictions = all_of(Correction), all_of(Prediction)
        self.events = all_of(Event)
        self.failing = {one.id for one in db.session.scalars(select(Intent)) if one.failure}
        self.days = {one.id: one.answer_days for one in db.session.scalars(select(Topic))}
        self.ticket = {one.id: one for one in self.tickets}
        self.contact = {one.id: one for one in self.contacts}
        self.own_hours = weeks.teams[0].id
        self._facts: dict[tuple[str, date], list[Fact]] = {}

    def facts(self, code: str, day: date) -> list[Fact]:
        """What the slow formula of a figure counts on a day; slow enough to be asked once."""
        if (code, day) not in self._facts:
            self._facts[code, day] = list(SLOW[code](self, day))
        return self._facts[code, day]

    def events_of(self, ticket: Ticket) -> list[Event]:
        return [one for one in self.events if one.ticket_id == ticket.id]


# --- the calendar, written out --------------------------------------------------------------


def day_of(at: datetime) -> date:
    return at.astimezone(BRUSSELS).date()


def midnight_after(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=BRUSSELS) + DAY


def works(day: date) -> bool:
    return day.weekday() < 5 and day not in HOLIDAYS


def open_minute(at: datetime, own: bool) -> bool:
    local = at.astimezone(BRUSSELS)
    if local.date() in HOLIDAYS:
        return False
    if own:
        return local.weekday() < 6 and 9 <= local.hour < 16
    return local.weekday() < 5 and (8, 30) <= (local.hour, local.minute) < (17, 0)


def minutes_worked(start: datetime, end: datetime, own: bool) -> int:
    count = 0
    while start < end:
        count += open_minute(start, own)
        start += timedelta(minutes=1)
    return count


def promised(rows: Rows, ticket: Ticket) -> datetime:
    if ticket.team_id == rows.own_hours:
        at, left = ticket.opened_at, 600
        while left:
            left -= open_minute(at, True)
            at += timedelta(minutes=1)
        return at
    day, left = day_of(ticket.opened_at), rows.days.get(ticket.topic_id or "", 3)
    while left:
        day += DAY
        left -= works(day)
    return datetime(day.year, day.month, day.day, 17, tzinfo=BRUSSELS)


# --- each figure, written out ---------------------------------------------------------------


def of_contact(rows: Rows, one: Contact, part: bool, whole: float = 1.0) -> Fact:
    team = rows.ticket[one.ticket_id].team_id or 0
    return Fact(one.channel, one.topic_id or "", team, one.language or "", float(part), whole)


def of_ticket(one: Ticket, part: float, whole: float = 1.0) -> Fact:
    return Fact(
        one.channel, one.topic_id or "", one.team_id or 0, one.language or "", float(part), whole
    )


def said(rows: Rows, day: date) -> list[Contact]:
    return [one for one in rows.contacts if day_of(one.said_at) == day and not one.collected]


def came_back(rows: Rows, one: Contact) -> bool:
    return any(
        other.id != one.id
        and one.client_id is not None
        and one.topic_id is not None
        and (other.client_id, other.topic_id) == (one.client_id, one.topic_id)
        and one.said_at - 7 * DAY <= other.said_at
        and (other.said_at, other.id) < (one.said_at, one.id)
        for other in rows.contacts
    )


def inflow(rows: Rows, day: date) -> Iterator[Fact]:
    for one in said(rows, day):
        yield of_contact(rows, one, True, 0.0)


def repeats(rows: Rows, day: date) -> Iterator[Fact]:
    for one in said(rows, day):
        yield of_contact(rows, one, came_back(rows, one))


def failures(rows: Rows, day: date) -> Iterator[Fact]:
    for one in said(rows, day):
        if one.topic_id is not None:
            ours = one.supplied_again or one.intent_id in rows.failing
            yield of_contact(rows, one, ours or came_back(rows, one))


def other(rows: Rows, day: date) -> Iterator[Fact]:
    for one in said(rows, day):
        if one.topic_id is not None:
            yield of_contact(rows, one, one.topic_id == "other")


def decided(decision: str) -> Callable[[Rows, date], Iterator[Fact]]:
    def count(rows: Rows, day: date) -> Iterator[Fact]:
        for one in said(rows, day):
            opinions = [seen for seen in rows.predictions if seen.contact_id == one.id]
            if opinions:
                yield of_contact(rows, one, opinions[-1].decision == decision)

    return count


def corrected(rows: Rows, day: date) -> Iterator[Fact]:
    for one in rows.contacts:
        words = [word for word in rows.corrections if word.contact_id == one.id]
        if words and day_of(words[-1].at) == day:
            yield of_contact(rows, one, words[-1].changed)


def opened(rows: Rows, day: date) -> Iterator[Fact]:
    for one in rows.tickets:
        if day_of(one.opened_at) == day:
            yield of_ticket(one, 1, 0)


def first_answer(rows: Rows, ticket: Ticket) -> datetime | None:
    mails = [
        one.written_at
        for one in rows.messages
        if one.ticket_id == ticket.id and one.kind == "reply" and one.state in ("sent", "waiting")
    ]
    calls = [
        one.finished_at
        for one in rows.wrap_ups
        if one.ticket_id == ticket.id and one.disposition in ("answered", "request_received")
    ]
    return min([*mails, *calls], default=None)


def first_answered(rows: Rows, day: date) -> list[tuple[Ticket, datetime]]:
    standing = [one for one in rows.tickets if one.merged_into_id is None]
    dated = [(one, first_answer(rows, one)) for one in standing]
    return [(one, at) for one, at in dated if at is not None and day_of(at) == day]


def answered(rows: Rows, day: date) -> Iterator[Fact]:
    for one, _ in first_answered(rows, day):
        yield of_ticket(one, 1, 0)


def mail_service(rows: Rows, day: date) -> Iterator[Fact]:
    for one, at in first_answered(rows, day):
        if one.channel != "phone":
            yield of_ticket(one, at <= promised(rows, one))


def mail_hours(rows: Rows, day: date) -> Iterator[Fact]:
    for one, at in first_answered(rows, day):
        if one.channel != "phone":
            own = one.team_id == rows.own_hours
            yield of_ticket(one, minutes_worked(one.opened_at, at, own) / 60)


def closed_on(rows: Rows, day: date) -> list[Ticket]:
    return [
        one
        for one in rows.tickets
        if one.closed_at is not None and day_of(one.closed_at) == day and one.merged_into_id is None
    ]


def closed(rows: Rows, day: date) -> Iterator[Fact]:
    for one in closed_on(rows, day):
        yield of_ticket(one, 1, 0)


def first_contact(rows: Rows, day: date) -> Iterator[Fact]:
    stand = closed_on(rows, day)
    for one in rows.tickets:
        if one.client_id is None or one.topic_id is None or one.merged_into_id is not None:
            continue
        in_vain = any(
            event.kind == "ticket.closed"
            and day_of(event.at) == day
            and any(not ours_before(rows, one, event, said) for said in later(rows, one, event.at))
            for event in rows.events_of(one)
        )
        if one in stand:
            assert one.closed_at is not None
            yield of_ticket(one, not in_vain and not later(rows, one, one.closed_at))
        elif in_vain:
            yield of_ticket(one, 0)


def later(rows: Rows, ticket: Ticket, closed_at: datetime) -> list[Contact]:
    return [
        said
        for said in rows.contacts
        if said.client_id == ticket.client_id
        and said.topic_id == ticket.topic_id
        and closed_at < said.said_at <= closed_at + 7 * DAY
        and said.automatic in (None, "suppress")
        and not said.collected
    ]


def ours_before(rows: Rows, ticket: Ticket, closing: Event, said: Contact) -> bool:
    return any(
        event.kind == "ticket.reopened"
        and event.actor_id is not None
        and closing.at < event.at <= said.said_at
        for event in rows.events_of(ticket)
    )


def waiting(rows: Rows, day: date) -> list[Ticket]:
    """As it stood at the end of the day; today: as it stands."""
    end = midnight_after(day)
    if end > AT:
        return [
            one
            for one in rows.tickets
            if one.status in ("new", "open") and one.merged_into_id is None
        ]
    gone = {one.from_id for one in rows.merges if one.at < end}
    return [
        one
        for one in rows.tickets
        if one.opened_at < end
        and (one.closed_at is None or one.closed_at >= end)
        and (one.clock_stopped_at is None or one.clock_stopped_at >= end)
        and one.id not in gone
    ]


def late(one: Ticket, day: date) -> bool:
    end = min(midnight_after(day), AT)
    promise = one.due_at is not None and one.due_at < end
    return promise or (one.deadline_on is not None and one.deadline_on < day)


def backlog(rows: Rows, day: date) -> Iterator[Fact]:
    for one in waiting(rows, day):
        yield of_ticket(one, 1, 0)


def backlog_age(rows: Rows, day: date) -> Iterator[Fact]:
    for one in waiting(rows, day):
        passed, age = day_of(one.opened_at), 0
        while passed < day:
            passed += DAY
            age += works(passed)
        yield of_ticket(one, age)


def overdue(rows: Rows, day: date) -> Iterator[Fact]:
    for one in waiting(rows, day):
        yield of_ticket(one, late(one, day))


def due_soon(rows: Rows, day: date) -> Iterator[Fact]:
    end = min(midnight_after(day), AT)
    for one in waiting(rows, day):
        promise = one.due_at is not None and one.due_at < end + 3 * DAY
        legal = one.deadline_on is not None and one.deadline_on <= day + 3 * DAY
        yield of_ticket(one, (promise or legal) and not late(one, day))


def misroutes(rows: Rows, day: date) -> Iterator[Fact]:
    for one in rows.tickets:
        happened = rows.events_of(one)
        sent = [
            event
            for event in happened
            if event.kind == "ticket.routed"
            and event.actor_id is None
            and event.facts["decision"] == "auto"
            and event.facts["team"] is not None
        ]
        if sent and day_of(sent[0].at) == day:
            yield of_ticket(one, sent_on(sent[0], happened))


def sent_on(sent: Event, happened: list[Event]) -> bool:
    for event in happened:
        if event.id <= sent.id or event.actor_id is None or event.at > sent.at + 7 * DAY:
            continue
        if event.kind == "ticket.handed" and event.facts["after"] != sent.facts["team"]:
            return True
        if event.kind == "ticket.routed" and event.facts["team"] != sent.facts["team"]:
            slip = [
                other
                for other in happened
                if other.kind == "ticket.choice_taken_back"
                and event.id < other.id
                and other.at - event.at <= timedelta(minutes=2)
            ]
            if not slip:
                return True
    return False


def offered(rows: Rows, day: date) -> list[Call]:
    return [
        one
        for one in rows.calls
        if one.direction == "in"
        and day_of(one.initialised_at) == day
        and one.cause not in ("forwarded", "blocked")
        and (one.answered_at or (one.ended_at - one.initialised_at).total_seconds() >= 5)
    ]


def phone_service(rows: Rows, day: date) -> Iterator[Fact]:
    for one in offered(rows, day):
        waited = (one.answered_at - one.initialised_at).total_seconds() if one.answered_at else 999
        yield Fact("phone", "", 0, "", float(waited <= 20), 1.0)


def abandonment(rows: Rows, day: date) -> Iterator[Fact]:
    for one in offered(rows, day):
        yield Fact("phone", "", 0, "", float(one.answered_at is None), 1.0)


def handling(rows: Rows, day: date) -> Iterator[Fact]:
    for one in rows.calls:
        if one.direction != "in" or day_of(one.initialised_at) != day or not one.answered_at:
            continue
        seconds = one.talked_for or (one.ended_at - one.answered_at).total_seconds()
        for work in rows.wrap_ups:
            ends = [at for at in (work.finished_at, work.timed_out_at) if at is not None]
            if work.call_id == one.id and ends:
                seconds += (min(ends) - work.began_at).total_seconds()
        note = rows.contact.get(one.contact_id or 0)
        team = (rows.ticket[note.ticket_id].team_id or 0) if note else 0
        topic, language = (note.topic_id or "", note.language or "") if note else ("", "")
        yield Fact("phone", topic, team, language, seconds / 60, 1.0)


def of_callback(one: Callback, part: bool, whole: float) -> Fact:
    topic, language = one.topic_id or "", one.language or ""
    return Fact("phone", topic, one.team_id or 0, language, float(part), whole)


def owed(one: Callback) -> bool:
    return one.state != "proposed" and one.outcome not in (
        "mistake",
        "undone",
        "joined",
        "dismissed",
    )


def callbacks_due(rows: Rows, day: date) -> Iterator[Fact]:
    end = midnight_after(day)
    for one in rows.callbacks:
        stood = one.closed_at is None or (end <= AT and one.closed_at >= end)
        begun = end > AT or one.created_at < end
        if owed(one) and one.due_at < end and stood and begun:
            yield of_callback(one, True, 0.0)


def callbacks_kept(rows: Rows, day: date) -> Iterator[Fact]:
    for one in rows.callbacks:
        if owed(one) and day_of(one.due_at) == day and one.due_at < AT:
            spoken = one.outcome in ("settled", "more_to_do", "satisfied")
            in_time = one.closed_at is not None and one.closed_at <= one.due_at
            yield of_callback(one, one.state == "done" and spoken and in_time, 1.0)


SLOW: dict[str, Callable[[Rows, date], Iterator[Fact]]] = {
    "inflow": inflow,
    "opened": opened,
    "answered": answered,
    "closed": closed,
    "backlog": backlog,
    "backlog_age": backlog_age,
    "overdue": overdue,
    "due_soon": due_soon,
    "phone_service": phone_service,
    "abandonment": abandonment,
    "mail_service": mail_service,
    "mail_median": mail_hours,
    "mail_p90": mail_hours,
    "first_contact": first_contact,
    "repeats": repeats,
    "failures": failures,
    "misroutes": misroutes,
    "automatic": decided("auto"),
    "corrected": corrected,
    "other": other,
    "abstained": decided("human"),
    "callbacks_due": callbacks_due,
    "callbacks_kept": callbacks_kept,
    "handling": handling,
}
STANDING = {"backlog", "backlog_age", "overdue", "due_soon", "callbacks_due"}
COUNTS = {"inflow", "opened", "answered", "closed", *STANDING} - {"backlog_age"}
MATURE = {"first_contact": 7, "misroutes": 7}
QUANTILES = {"mail_median": 0.5, "mail_p90": 0.9}


def slow(rows: Rows, code: str, first: date, last: date, cut: Cut) -> float | None:
    """The figure of these days, from the raw rows alone."""
    if code in MATURE:
        last = min(last, day_of(AT) - (MATURE[code] + 1) * DAY)
    if code in STANDING:
        first = last
    days = [first + step * DAY for step in range((last - first).days + 1)]
    facts = [fact for day in days for fact in rows.facts(code, day) if inside(fact, cut)]
    if code in QUANTILES:
        return interpolated(sorted(fact.part for fact in facts), QUANTILES[code])
    if not days:
        return None
    part = sum(fact.part for fact in facts)
    if code in COUNTS:
        return part
    return part / sum(fact.whole for fact in facts) if facts else None


def inside(fact: Fact, cut: Cut) -> bool:
    asked = cut.given()
    return all(getattr(fact, name) == value for name, value in asked.items())


def interpolated(values: list[float], share: float) -> float | None:
    if not values:
        return None
    place = share * (len(values) - 1)
    below, above = values[math.floor(place)], values[math.ceil(place)]
    return below + (above - below) * (place - math.floor(place))


def cuts(weeks: Weeks) -> list[Cut]:
    return [
        Cut(),
        *(Cut(channel=one) for one in ("email", "phone", "form")),
        *(Cut(topic_id=one) for one in ("bridging_right", "incapacity", "other", "")),
        *(Cut(team_id=one) for one in (weeks.teams[0].id, weeks.teams[1].id, 0)),
        *(Cut(language=one) for one in ("fr", "de", "")),
        Cut(channel="email", language="nl"),
        Cut(topic_id="deferral", team_id=weeks.teams[2].id),
    ]


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_every_figure_equals_its_slow_count_from_the_raw_rows(house: House, seed: int) -> None:
    weeks = generate(house, seed)
    for team in weeks.teams:
        house.person(f"second-{team.slug}", "Second", Role.AGENT, team.slug, ["fr"])
        house.person(f"third-{team.slug}", "Third", Role.AGENT, team.slug, ["fr"])
    rows, user = Rows(weeks), house.ingrid
    assert set(SLOW) == set(KPIS)
    today = LAST
    wrong, measured = [], []

    def compare(code: str, first: date, last: date, cut: Cut, when: str) -> None:
        found = kpi.measure(code, first, last, cut=cut, user=user, at=AT)
        expected = slow(rows, code, first, last, cut)
        measured.append(expected)
        if found.value != pytest.approx(expected):
            wrong.append((when, code, cut.given(), found, expected))

    for code, figure in KPIS.items():
        compare(code, today, today, Cut(), "today, counted now")
        compare(code, FIRST + 6 * DAY, FIRST + 7 * DAY, Cut(), "two days, counted now")
        listed = len(db.session.scalars(kpi.behind(code, today, today, at=AT)).all())
        told = kpi.measure(code, today, today, user=user, at=AT)
        if figure.unit in (Unit.COUNT, Unit.SHARE) and listed != told.part:
            wrong.append(("list", code, listed, told))
        assert figure.code == code
    with transaction():
        DailyFigure.close(AT)
    for code, figure in KPIS.items():
        for cut in cuts(weeks):
            if figure.supports(cut):
                compare(code, FIRST, today, cut, "three weeks, as kept")
    assert wrong == []
    assert sum(bool(value) for value in measured) > len(measured) * 0.8, "too little to compare"
    half_hours(rows)


def half_hours(rows: Rows) -> None:
    """The half hours of the night on which the clocks change, and of all other days."""
    with transaction():
        HalfHourCounter.close(AT)
    kept = HalfHourCounter.between(FIRST, LAST - DAY)
    expected: dict[datetime, int] = {}
    for one in rows.contacts:
        if not one.collected and FIRST <= day_of(one.said_at) < LAST:
            minute = 0 if one.said_at.minute < 30 else 30
            begins = one.said_at.replace(minute=minute, second=0, microsecond=0)
            expected[begins] = expected.get(begins, 0) + 1
    found: dict[datetime, int] = {}
    for row in kept:
        found[row.starts_at] = found.get(row.starts_at, 0) + row.contacts
    assert found == expected
