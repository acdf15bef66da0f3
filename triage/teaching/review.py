"""The few contacts a day whose label would teach the classifier most, one decision each."""

from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from classifiers.engine import Opinion, Text
from classifiers.telling import Candidate, most_telling
from models.base import db, now, one_at_a_time
from models.calendar import business_day, start_of
from models.contact import Contact
from models.model_version import ModelVersion
from models.policy import Verb
from models.prediction import Correction, Prediction
from models.review import Outcome, Pick, candidates, readable
from models.ticket import Ticket
from models.topic import Topic
from models.user import User
from triage import labels, routing
from triage.accounts import demand

pages = Blueprint("review", __name__)

A_DAY = 20
IDEAS = 3
LATELY = timedelta(days=14)
POOL = 300
"""Of so many contacts between two topics the day's are chosen."""

Judged = tuple[str, frozenset[tuple[int, datetime]]]
_fruitless: list[Judged] = []
"""The contacts of which the last look chose none: a page does not judge them again."""


@pages.get("/review")
def index() -> ResponseReturnValue:
    user, at = demand(Verb.TEACH), now()
    day = business_day(at)
    fill(day, at)
    pick = Pick.next_for(user, day)
    contact = Contact.named(pick.contact_id) if pick else None
    done, asked = Pick.progress(day)
    return render_template(
        "teaching/review.html",
        pick=pick,
        contact=contact,
        ticket=Ticket.named(contact.ticket_id) if contact else None,
        ideas=ideas(contact.prediction) if contact else [],
        all_topics=Topic.tree(),
        done=done,
        asked=asked,
        undo=undoable(user, request.args.get("undo", 0, int)),
        went_back="back" in request.args,
        **what_it_was_good_for(at),
    )


@pages.post("/review/<int:pick_id>/label")
def label(pick_id: int) -> ResponseReturnValue:
    """What the contact is about; the machine's first idea confirms it."""
    user, at = demand(Verb.TEACH), now()
    pick, contact = pick_of(user, pick_id)
    chosen = labels.topic_in(request.form.get("topic", "")) or abort(400)
    if pick.settled_at is None and not contact.corrected:
        said = labels.correct(contact, *chosen, by=user, at=at)
        outcome = Outcome.CORRECTED if said.changed else Outcome.CONFIRMED
        pick.settle(outcome, by=user, at=at)
    return redirect(url_for(".index", undo=pick.id), 303)


@pages.post("/review/<int:pick_id>/skip")
def skip(pick_id: int) -> ResponseReturnValue:
    user = demand(Verb.TEACH)
    pick = pick_of(user, pick_id)[0]
    if pick.settled_at is None:
        pick.settle(Outcome.SKIPPED, by=user, at=now())
    return redirect(url_for(".index", undo=pick.id), 303)


@pages.post("/review/<int:pick_id>/withdrawal")
def take_back(pick_id: int) -> ResponseReturnValue:
    """My last decision was a slip: ask me again. The one before it can be taken back then."""
    user, at = demand(Verb.TEACH), now()
    pick, contact = pick_of(user, pick_id)
    if pick.settled_by_id != user.id:
        return redirect(url_for(".index"), 303)
    skipped = pick.outcome == Outcome.SKIPPED
    if not skipped and not labels.take_back(contact, by=user, at=at):
        flash(_("It is too late to undo this."), "warning")
        return redirect(url_for(".index"), 303)
    pick.ask_again()
    db.session.flush()
    before = Pick.last_settled(user, at - labels.SLIP)
    return redirect(url_for(".index", undo=before.id if before else None, back=1), 303)


# --- which ones ------------------------------------------------------------------------------


def fill(day: date, at: datetime) -> None:
    """Bring the day's list to its length, as far as there are contacts worth asking about."""
    one_at_a_time("review", day.isoformat())
    missing = A_DAY - Pick.progress(day)[1]
    if missing <= 0:
        return
    contacts = candidates(at - LATELY, day, POOL)
    judged = told_apart(contacts)
    if not contacts or judged in _fruitless:
        return
    opinions = routing.opine([text_of(contact) for contact in contacts])
    private = {key for key, topic in Topic.everything().items() if topic.restricted}
    pool = [
        candidate(contact, opinion)
        for contact, opinion in zip(contacts, opinions, strict=True)
        if opinion is not None and not private & set(first_topics(opinion))
    ]
    chosen = most_telling(pool, missing)
    if not chosen:
        _fruitless[:] = [judged]
    Pick.keep(day, [(choice.key, choice.unfamiliar) for choice in chosen])
    db.session.flush()


def told_apart(contacts: list[Contact]) -> Judged:
    """Whose judgement of which contacts: the same again would choose the same."""
    model = routing.engine()
    return model.version if model else "", frozenset(
        (contact.id, contact.received_at) for contact in contacts
    )


def text_of(contact: Contact) -> Text:
    return Text(contact.new_text, contact.subject, contact.channel, contact.language)


def first_topics(opinion: Opinion) -> list[str]:
    return [opinion.topic, *(other.topic for other in opinion.alternatives[: IDEAS - 1])]


def candidate(contact: Contact, opinion: Opinion) -> Candidate:
    second = opinion.alternatives[0].confidence if opinion.alternatives else 0.0
    return Candidate(
        key=contact.id,
        client=contact.client_id,
        topic=opinion.topic,
        language=opinion.language,
        margin=opinion.topic_confidence - second,
        familiarity=opinion.familiarity,
        vector=opinion.vector,
    )


# --- what the page says ----------------------------------------------------------------------


def pick_of(user: User, pick_id: int) -> tuple[Pick, Contact]:
    """404 for what is not on a list, or not for this reader."""
    pick = Pick.named(pick_id) or abort(404)
    return pick, readable(user, pick.contact_id) or abort(404)


def ideas(prediction: Prediction | None) -> list[tuple[str, str | None, float]]:
    """(topic, sub-topic, confidence) for the keys 1 to 3."""
    if prediction is None:
        return []
    retired = Topic.retired()
    said = [(prediction.topic_id, prediction.subtopic_id, prediction.topic_confidence)]
    said += [(other["topic"], None, other["confidence"]) for other in prediction.alternatives]
    return [idea for idea in said if idea[0] not in retired][:IDEAS]


def undoable(user: User, pick_id: int) -> Pick | None:
    pick = Pick.named(pick_id) if pick_id else None
    return pick if pick is not None and pick.settled_by_id == user.id else None


def what_it_was_good_for(at: datetime) -> dict[str, Any]:
    """How much people have said since Monday, and how much of it waits for the next training."""
    today = business_day(at)
    monday = start_of(today - timedelta(days=today.weekday()))
    model = routing.engine()
    version = ModelVersion.of(model.version) if model else None
    known = version.last_correction_id if version else None
    return {
        "this_week": Correction.made_since(monday),
        "not_learned": Correction.made_after(known or 0),
    }
