"""What the pages of one mailing share: frame, path of steps, and what went wrong in words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, current_app, render_template, request, url_for
from flask_babel import gettext as _

from models.base import now
from models.calendar import business_day
from models.mailing import (
    NOT_BEGUN,
    Mailing,
    MailingState,
    NotNow,
    Outdated,
    Tally,
    Why,
)
from models.measure_change import standing_of
from models.policy import Verb, may
from models.problem import Problem
from models.topic import LANGUAGES
from models.user import User
from triage.accounts import demand, me
from triage.display import number
from triage.recipient_list import why_word

pages = Blueprint("mailings", __name__)

UNDO_SECONDS = 10
PRIVATE_REASONS = (Why.PRIVATE.value,)
"""Counted, never listed."""


@dataclass(frozen=True)
class Trouble:
    """What happened, what was kept, what to do."""

    what: str
    kept: str = ""
    todo: str = ""


@dataclass(frozen=True)
class Step:
    """One station of the path; `note` says in two words what was decided there."""

    name: str
    endpoint: str
    word: str
    done: bool
    note: str = ""


def mailing_or_404(mailing_id: int) -> Mailing:
    return Mailing.named(mailing_id) or abort(404)


def changing(mailing_id: int) -> tuple[User, Mailing]:
    """Who leads, and the mailing that is about to be changed."""
    return demand(Verb.LEAD), mailing_or_404(mailing_id)


def expected() -> int | None:
    """The version that the person had on the screen."""
    return request.form.get("version", type=int)


def mailing_page(template: str, mailing: Mailing, step: str, **more: Any) -> str:
    """One step inside the frame of the mailing."""
    tally = more.pop("tally", None) or mailing.tally()
    problem = Problem.named(mailing.problem_id)
    version = standing_of(mailing.measure_id, business_day(now())) if mailing.measure_id else None
    values: dict[str, Any] = {
        "mailing": mailing,
        "step": step,
        "steps": steps(mailing, tally),
        "tally": numbers(tally),
        "problem": problem,
        "measure_version": version,
        "leads": may(me(), Verb.LEAD),
        "open": may(me(), Verb.LEAD) and mailing.state in NOT_BEGUN,
        "prepared": mailing.reply_id is not None or mailing.round_id is not None,
        "why_word": why_word,
        "private_reasons": PRIVATE_REASONS,
        "own_addresses": [],
    }
    return render_template(f"outreach/{template}", **values | more)


def steps(mailing: Mailing, tally: Tally) -> list[Step]:
    counted = mailing.state not in (MailingState.DRAFT, MailingState.COUNTING)
    gone = mailing.started_at is not None
    let_go = gone or mailing.approved_at is not None
    languages = ", ".join(code.upper() for code in LANGUAGES if code in mailing.languages)
    ready = number(tally.ready) if counted and tally.states else ""
    return [
        Step("who", "who", _("Who"), bool(mailing.audience.get("kind"))),
        Step("what", "what", _("What"), bool(mailing.languages) or mailing.on_threads, languages),
        Step("count", "counted", _("How many"), counted and bool(tally.states), ready),
        Step("when", "when", _("When"), counted and bool(tally.states)),
        Step("approval", "approval", _("Let it go"), let_go),
        Step("results", "results", _("Results"), mailing.state == MailingState.DONE),
    ]


@dataclass(frozen=True)
class Figures:
    """A tally as the pages show it."""

    total: int
    going: int
    left_out: int
    gone: int
    waiting: int
    failed: int
    replied: int
    states: dict[str, int]
    languages: dict[str, int]
    reasons: list[tuple[str, int]]
    other_language: dict[str, int]


def numbers(tally: Tally) -> Figures:
    return Figures(
        total=sum(tally.states.values()),
        going=tally.ready,
        left_out=tally.left_out,
        gone=tally.gone,
        waiting=tally.to_go,
        failed=tally.states["failed"],
        replied=tally.replied,
        states=dict(tally.states),
        languages=dict(tally.languages),
        reasons=tally.why.most_common(),
        other_language=dict(tally.other_language),
    )


def second_reader_above() -> int:
    settings = current_app.extensions["settings"]
    return int(settings.mailing_second_reader_above)


def step_address(mailing: Mailing, endpoint: str, **values: Any) -> str:
    return url_for(f"outreach.mailings.{endpoint}", mailing_id=mailing.id, **values)


def undoable(mailing: Mailing, at: datetime) -> bool:
    """Whether the start may still be taken back: nothing has left."""
    return (
        mailing.state == MailingState.RUNNING
        and mailing.first_sent_at is None
        and mailing.started_at is not None
        and (at - mailing.started_at).total_seconds() < UNDO_SECONDS
    )


# --- what went wrong ------------------------------------------------------------------------


def trouble(error: NotNow | Outdated | str) -> Trouble:
    """In words, for the person who wanted it."""
    if isinstance(error, Outdated):
        return Trouble(
            _("Somebody has changed this mailing since you opened it."),
            _("What you typed is still in the fields; nothing was saved."),
            _("Read what changed, then save again."),
        )
    reason = error.reason if isinstance(error, NotNow) else error
    known = {
        "begun": Trouble(_("It has begun: it cannot be changed any more."), "", ""),
        "no_audience": Trouble(
            _("Nobody is chosen yet."), _("The text is kept."), _("Choose who gets it.")
        ),
        "no_text": Trouble(
            _("There is no language with a subject and a text."),
            _("Who gets it is kept."),
            _("Write it in at least one language."),
        ),
        "name": Trouble(_("It has no name."), _("The rest is kept."), _("Give it a name.")),
        "own": Trouble(
            _("You made it, changed it or asked for it: somebody else must let it go."),
            _("It waits."),
            "",
        ),
        "nobody": Trouble(
            _("Nobody would get it."), _("Nothing has left."), _("Look who is left out, and why.")
        ),
        "second_person": Trouble(
            _("So many get it that a second person must read it first."),
            _("Nothing has left."),
            _("Ask a second person."),
        ),
        "final": Trouble(_("This one cannot be put back."), "", ""),
        "not_queued": Trouble(_("Its mail is written already."), "", ""),
        "not_failed": Trouble(_("Its mail has not failed."), "", ""),
        "why": Trouble(
            _("It was not said what should be changed."),
            _("It still waits for your word."),
            _("Say it in a sentence."),
        ),
    }
    standing = Trouble(
        _("It stands otherwise meanwhile: somebody was faster."),
        _("Nothing was done twice."),
        _("Look how it stands now."),
    )
    return known.get(reason, standing)
