"""Ten working days of a crisis, put through the real intake, and what the house did on each."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from importlib.resources import files
from typing import Any

from flask import Flask

from models import calendar
from models.base import db, now, transaction
from models.problem import Problem, ProblemState
from models.screening import Action, ActionKind, Screening
from models.settings import Setting
from models.ticket import Disposition, Status, Ticket
from models.user import User
from triage import preparing, routing
from triage.config import Settings
from triage.demo.people import MARK, refuse_real_data
from triage.replay import Said, replay

DAYS = 10
LOADED = "demo.loaded"


@dataclass(frozen=True)
class Story:
    """What the house does on its own days of the crisis, so that every screen has a past."""

    days: list[date]

    def day(self, number: int) -> date:
        return self.days[number - 1]


def load(app: Flask, progress: Callable[[int, int], None]) -> int:
    """Play the ten days; returns the number of contacts. Does nothing a second time."""
    refuse_real_data()
    with transaction():
        if Setting.read(LOADED):
            return 0
        Setting.write(MARK, True)
    contacts = written(now())
    story = Story(sorted({calendar.business_day(said.at) for said in contacts}))
    total = len(contacts)
    preparing.tell(preparing.DEMO, 0, total)

    def tell(done: int) -> None:
        progress(done, total)
        preparing.tell(preparing.DEMO, done, total)

    count = replay(app, contacts, done=tell, after_day=lambda at: live(story, at, app))
    preparing.finished()
    with transaction():
        Setting.write(LOADED, now().isoformat())
    return count


def written(at: datetime) -> list[Said]:
    """The contacts of the demo, moved so that the tenth day is that of `at` and ends at `at`."""
    today = calendar.business_day(at)
    days = [calendar.working_day_before(today, back) for back in range(DAYS - 1, 0, -1)] + [today]
    lines: list[dict[str, Any]] = []
    for part in ("contacts_1.jsonl", "contacts_2.jsonl"):
        text = (files("triage.demo") / part).read_text("utf-8")
        lines += [json.loads(line) for line in text.splitlines() if line.strip()]
    return [said(line, days[line["day"] - 1], at) for line in lines]


def said(line: dict[str, Any], day: date, at: datetime) -> Said:
    hours, minutes = map(int, line["time"].split(":"))
    moment = calendar.start_of(day, time(hours, minutes))
    if day == calendar.business_day(at):
        moment = squeezed(moment, day, at)
    number = int("".join(sign for sign in line["client"] if sign.isdigit()) or 0)
    return Said(
        id=line["id"],
        at=moment,
        channel=line["channel"],
        text=line["text"],
        subject=line.get("subject") or "",
        client=line["client"],
        name=line["name"],
        address=f"{line['client']}@clients.example",
        number=f"+324{70 + ord(line['client'][0]) % 30:02d}{100_000 + number * 37:06d}",
        language=line["lang"] if line["channel"] == "phone" else None,
    )


def squeezed(moment: datetime, day: date, at: datetime) -> datetime:
    """A moment of the last day moved in proportion, so that nothing lies in the future."""
    opening = calendar.start_of(day, time(8))
    closing = calendar.start_of(day, time(18, 30))
    if at >= closing:
        return moment
    start = opening if at > opening + timedelta(hours=1) else calendar.start_of(day)
    part = (moment - opening) / (closing - opening)
    return start + (at - timedelta(seconds=30) - start) * min(max(part, 0.0), 1.0)


# --- what the house did ---------------------------------------------------------------------


def live(story: Story, at: datetime, app: Flask) -> None:
    """After each day: answers given, decisions taken, the form fixed on the seventh evening."""
    settings: Settings = app.extensions["settings"]
    day = calendar.business_day(at)
    number = story.days.index(day) + 1
    with transaction():
        koen = db.session.scalar(User.by_login("koen"))
        nadia = db.session.scalar(User.by_login("nadia"))
        if koen is None or nadia is None:
            return
        answer_some(nadia, koen, day, at, settings, last=number == len(story.days))
        if number == 6:
            act(story, "web_form", koen, at, ActionKind.FORM_FIX, FORM_FIX, story.day(7))
        if number == 7:
            finish_actions(koen, at)
        if number == 8:
            act(story, "phone_line", koen, at, ActionKind.STAFFING, CALL_BACKS, story.day(10))
            watch(koen, at)
        if number == len(story.days) - 1:
            sentence(day)


FORM_FIX = "Let the web form accept enterprise numbers that begin with 0 or 1, with or without BE"
CALL_BACKS = "Two colleagues call back everybody who could not get through"


def answer_some(
    nadia: User, koen: User, day: date, at: datetime, settings: Settings, *, last: bool
) -> None:
    """Older tickets get their answer; the newest wait on the desk."""
    waiting = list(db.session.scalars(Ticket.waiting_since(at - timedelta(days=30))))
    confirm_topics(waiting, nadia, at)
    keep = 140 if last else 60
    for position, ticket in enumerate(waiting[: max(0, len(waiting) - keep)]):
        by = nadia if position % 3 else koen
        if ticket.assignee_id is None:
            ticket.assignee_id = by.id
        ticket.first_answer_at = ticket.first_answer_at or at
        if position % 4 == 3:
            ticket.status = Status.WAITING.value
            continue
        disposition = Disposition.ANSWERED if position % 5 else Disposition.DOCUMENT_REQUESTED
        ticket.settle(disposition, at)


def confirm_topics(waiting: list[Ticket], nadia: User, at: datetime) -> None:
    """Most of what the machine was unsure of was looked at the same day, some of it corrected."""
    for ticket in waiting:
        if ticket.needs_choice and ticket.topic_id and ticket.id % 5:
            routing.correct(
                ticket, ticket.topic_id, ticket.subtopic_id, ticket.intent_id, by=nadia, at=at
            )


def act(
    story: Story,
    thing: str,
    koen: User,
    at: datetime,
    kind: ActionKind,
    what: str,
    due_on: date,
) -> None:
    problem = largest(thing)
    if problem is not None:
        Screening.on(calendar.business_day(at)).decide(
            problem,
            ProblemState.ACTING,
            by=koen,
            at=at,
            owner=koen,
            due_on=due_on,
            kind=kind,
            what=what,
        )


def watch(koen: User, at: datetime) -> None:
    problem = largest("payment")
    if problem is not None:
        Screening.on(calendar.business_day(at)).decide(
            problem, ProblemState.WATCHING, by=koen, at=at
        )


def finish_actions(koen: User, at: datetime) -> None:
    for action in db.session.scalars(Action.open()).all():
        action.finish(by=koen, at=at)


def largest(thing: str) -> Problem | None:
    return db.session.scalars(Problem.about(thing).limit(1)).first()


def sentence(day: date) -> None:
    screening = Screening.on(calendar.working_day_after(day))
    screening.sentence = {
        "fr": "Les paiements d'avril partent vendredi : inutile de réintroduire une demande.",
        "nl": "De betalingen van april vertrekken vrijdag: een nieuwe aanvraag is niet nodig.",
        "de": "Die Zahlungen für April gehen am Freitag hinaus: kein neuer Antrag nötig.",
        "en": "April payments leave on Friday: there is no need to apply again.",
    }
