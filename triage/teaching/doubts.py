"""Labels of which a model that never saw them is sure of the contrary: somebody looks again."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.base import db, now
from models.event import record
from models.policy import Verb
from models.prediction import Correction
from models.review import (
    Doubtful,
    doubt_for,
    doubts_for,
    doubts_waiting,
    labels_checked,
    last_settled_doubt,
    settle,
    unsettle,
)
from models.topic import Topic
from models.user import User
from triage import labels
from triage.accounts import demand

pages = Blueprint("doubts", __name__)

SHOWN = 30


@pages.get("/doubts")
def index() -> ResponseReturnValue:
    user = demand(Verb.TEACH)
    undo = request.args.get("undo", 0, int)
    settled = doubt_for(user, undo) if undo else None
    return render_template(
        "teaching/doubts.html",
        doubts=doubts_for(user, SHOWN),
        waiting=doubts_waiting(user),
        all_topics=Topic.tree(),
        checked=labels_checked(),
        undo=settled if settled and settled.doubt.settled_by_id == user.id else None,
        went_back="back" in request.args,
    )


@pages.post("/doubts/<int:doubt_id>/confirmation")
def confirm(doubt_id: int) -> ResponseReturnValue:
    """The label is right; this is not asked again."""
    user = demand(Verb.TEACH)
    found = doubtful(user, doubt_id)
    if waits(found):
        settle(found.doubt, by=user, at=now())
        topic = found.said.topic_id
        record("doubt.label_confirmed", by=user, contact_id=found.contact.id, topic=topic)
    return answered(found)


@pages.post("/doubts/<int:doubt_id>/label")
def correct(doubt_id: int) -> ResponseReturnValue:
    """The label was wrong: a person's word like any other, and the last."""
    user, at = demand(Verb.TEACH), now()
    found = doubtful(user, doubt_id)
    chosen = labels.topic_in(request.form.get("topic", "")) or abort(400)
    if waits(found):
        labels.correct(found.contact, *chosen, by=user, at=at)
        settle(found.doubt, by=user, at=at)
    return answered(found)


@pages.post("/doubts/<int:doubt_id>/exclusion")
def exclude(doubt_id: int) -> ResponseReturnValue:
    """Neither is plainly right: the label stays and nothing is learned from it."""
    user = demand(Verb.TEACH)
    found = doubtful(user, doubt_id)
    if waits(found):
        found.said.excluded = True
        settle(found.doubt, by=user, at=now())
        topic = found.said.topic_id
        record("doubt.label_excluded", by=user, contact_id=found.contact.id, topic=topic)
    return answered(found)


@pages.post("/doubts/<int:doubt_id>/withdrawal")
def take_back(doubt_id: int) -> ResponseReturnValue:
    """Undo what I have just decided; the decision before it can be undone then."""
    user, at = demand(Verb.TEACH), now()
    found = doubtful(user, doubt_id)
    if found.doubt.settled_by_id != user.id:
        return redirect(url_for(".index"), 303)
    last = Correction.last_of(found.contact.id)
    relabelled = last is not None and last.id != found.said.id
    if relabelled and not labels.take_back(found.contact, by=user, at=at):
        flash(_("It is too late to undo this."), "warning")
        return redirect(url_for(".index"), 303)
    found.said.excluded = False
    unsettle(found.doubt)
    record("doubt.asked_again", by=user, contact_id=found.contact.id, topic=found.said.topic_id)
    db.session.flush()
    before = last_settled_doubt(user, at - labels.SLIP)
    return redirect(url_for(".index", undo=before.doubt.id if before else None, back=1), 303)


def doubtful(user: User, doubt_id: int) -> Doubtful:
    return doubt_for(user, doubt_id) or abort(404)


def waits(found: Doubtful) -> bool:
    """Whether nobody has settled it: a second click, or a second person, changes nothing."""
    return found.doubt.settled_by_id is None


def answered(found: Doubtful) -> ResponseReturnValue:
    return redirect(url_for(".index", undo=found.doubt.id), 303)
