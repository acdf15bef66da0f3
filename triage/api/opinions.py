"""What the classifier said of a contact by REST, and a person's word that wins over it."""

from typing import Any

from apiflask import APIBlueprint, Schema, fields
from marshmallow import validate

from models import sensitive
from models.api_token import Scope
from models.base import db, now
from models.prediction import Correction, Prediction
from models.topic import Intent
from triage import labels
from triage.api.asking import asks, demand_words, once, refuse, the_user
from triage.api.seen import Shown
from triage.api.shapes import moment, several, whole, words, yes
from triage.api.thread import contact_seen

pages = APIBlueprint("opinions", __name__, tag="Predictions and corrections")

MOST = 20


class PredictionShape(Schema):
    """What the classifier said of a contact."""

    id = whole()
    at = moment(none=False)
    model_version = words()
    language = words()
    topic = words()
    topic_confidence = fields.Float(required=True)
    subtopic = words(none=True)
    intent = words()
    intent_confidence = fields.Float(required=True)
    decision = words()
    urgent = yes()
    alternatives = several(fields.Dict())
    reasons = several(fields.Dict())


class CorrectionShape(Schema):
    """A person's word on a contact. It wins over every prediction."""

    id = whole()
    at = moment(none=False)
    by_id = whole()
    topic = words()
    subtopic = words(none=True)
    intent = words(none=True)
    changed = yes("false: what the machine had said was confirmed.")


class OpinionsShape(Schema):
    """All that was said of one contact, the newest first."""

    predictions = several(PredictionShape)
    correction = fields.Nested(CorrectionShape, required=True, allow_none=True)


@pages.get("/contacts/<int:contact_id>/predictions")
@asks(Scope.PREDICTIONS_READ, refuses=(404,))
@pages.output(OpinionsShape)
@pages.doc(operation_id="readPredictions")
def index(contact_id: int) -> Any:
    """Read what was predicted of a contact"""
    contact, _ticket = contact_seen(contact_id)
    readable = sensitive.sees_contact(the_user(), contact, now())
    predictions = db.session.scalars(Prediction.of(contact.id).limit(MOST))
    said = Correction.last_of(contact.id)
    return {
        "predictions": [prediction_shown(one, readable) for one in predictions],
        "correction": correction_shown(said) if said is not None else None,
    }


class CorrectionGiven(Schema):
    """What a contact is really about."""

    topic = fields.String(
        required=True,
        validate=validate.Length(1, 80),
        metadata={"description": "A topic, or a sub-topic as `topic/part`."},
    )
    intent = fields.String(validate=validate.Length(1, 80))


@pages.post("/contacts/<int:contact_id>/corrections")
@asks(Scope.PREDICTIONS_WRITE, refuses=(404, 409, 413, 415))
@once
@pages.input(CorrectionGiven)
@pages.output(CorrectionShape, status_code=201)
@pages.doc(operation_id="correctPrediction")
def correct(contact_id: int, json_data: dict[str, Any]) -> Any:
    """Say what a contact is about

    The next model learns from it. The ticket follows when this is its last contact.
    """
    contact, ticket = contact_seen(contact_id)
    demand_words(ticket)
    chosen, intent = labels.topic_in(json_data["topic"]), json_data.get("intent")
    if chosen is None:
        raise refuse("/topic", "There is no such topic.")
    if intent is not None and intent not in {known.id for known in Intent.everything()}:
        raise refuse("/intent", "There is no such intent.")
    said = labels.correct(contact, *chosen, intent, by=the_user(), at=now())
    return correction_shown(said), 201


def prediction_shown(prediction: Prediction, readable: bool) -> Shown:
    same = ("id", "at", "model_version", "language", "topic_confidence", "intent_confidence")
    return {
        **{name: getattr(prediction, name) for name in (*same, "decision", "urgent")},
        "topic": prediction.topic_id,
        "subtopic": prediction.subtopic_id,
        "intent": prediction.intent_id,
        "alternatives": prediction.alternatives,
        "reasons": prediction.reasons if readable else [],
    }


def correction_shown(said: Correction) -> Shown:
    return {
        **{name: getattr(said, name) for name in ("id", "at", "by_id", "changed")},
        "topic": said.topic_id,
        "subtopic": said.subtopic_id,
        "intent": said.intent_id,
    }
