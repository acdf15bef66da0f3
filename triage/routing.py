"""From a contact to its topic and team: the classifier's opinion, or a person's correction.

The model is loaded when it is first needed and again when a newer one has been trained; without a
model everything goes to people.
"""

import hashlib
import logging
import threading
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from classifiers import encoder, language, store, tone
from classifiers.deadlines import deadline
from classifiers.engine import (
    AXES,
    SCHEMA,
    Decision,
    Engine,
    Inflow,
    Opinion,
    Text,
    Thresholds,
)
from classifiers.health import heard
from classifiers.identifiers import LONGEST, Kind, rewrite
from classifiers.inflow import HEARD
from classifiers.text import opening
from models import sensitive, urgency
from models.base import db
from models.calendar import business_day
from models.client import Client
from models.contact import Contact
from models.prediction import ContactSignal, Prediction, Vector
from models.settings import Setting
from models.stale_day import StaleDay
from models.ticket import REPEAT, Ticket
from models.topic import Topic
from models.user import User
from triage import cuts, time_limits
from triage.config import Settings

ENCODER = encoder.NAME

AGAIN_AFTER = 5.0
"""Seconds until a model that could not be used is tried again: it may have been mended."""

RECENT = timedelta(days=7)
"""What came in for so long tells what comes in now."""
INFLOW = "inflow"

SAID_OPENLY = (Kind.AMOUNT, Kind.DATE)
"""Not kept beside a prediction: they identify nobody, and a date may be of birth."""

NO_MODEL = "no model: contacts wait for people to route them"
UNUSABLE = "the model cannot be used: contacts wait for people to route them"
OLDER = "the model in use cannot be read any more: the one that is loaded goes on"

_models_dir: list[Path] = []
_house_language: list[str] = []
_loaded: dict[str, Engine] = {}
_own: dict[str, Thresholds] = {}
_refused: dict[Path, tuple[float, str]] = {}
_seen: dict[Path, tuple[tuple[tuple[int, int], ...], bool]] = {}
"""The files of the model in use as they last were, and whether they were whole."""
_loading = threading.Lock()
log = logging.getLogger("triage.routing")


def init_app(settings: Settings) -> None:
    _models_dir[:] = [settings.data_dir / "models"]
    _house_language[:] = [settings.default_language]


def engine() -> Engine | None:
    """The classifier in use, or None while there is none that can be used.

    One that cannot be read leaves this process with the one it had, if it had any.
    """
    directory = store.newest(_models_dir[0]) if _models_dir else None
    if directory is None:
        return next(iter(_loaded.values()), None) if _was_chosen() else None
    found = _loaded.get(directory.name)
    if found is None and not _refused_just_now(directory):
        with _loading:
            found = _loaded.get(directory.name) or _load(directory)
    return found or next(iter(_loaded.values()), None)


def trouble() -> str | None:
    """Why no model, or not the one in use, answers in this process, or would not answer after its
    next start; None when all is well."""
    directory = store.newest(_models_dir[0]) if _models_dir else None
    answering = engine()
    if answering is None:
        return NO_MODEL if directory is None and not _was_chosen() else UNUSABLE
    if directory is None or answering.version != directory.name or not _whole(directory):
        return OLDER
    return None


def _was_chosen() -> bool:
    """Whether a version was ever put to use, be its files there or not."""
    return bool(_models_dir) and store.pointed_at(_models_dir[0]) is not None


def _whole(directory: Path) -> bool:
    """Whether the files are as they were trained; they are read again only when they changed."""
    stamp = store.stamp(directory)
    seen = _seen.get(directory)
    if seen is None or seen[0] != stamp:
        try:
            store.check(directory, SCHEMA)
        except Exception as trouble:  # whatever lies on the disk
            log.error("the model %s was damaged: %s", directory.name, trouble)
            seen = stamp, False
        else:
            seen = stamp, True
        _seen[directory] = seen
    return seen[1]


def _load(directory: Path) -> Engine | None:
    stamp = store.stamp(directory)
    try:
        fresh = Engine.load(directory)
        fresh.classify([Text("Bonjour")])  # the encoder too: not again in each fork
    except Exception as error:  # whatever lies on the disk: intake never stops for it
        log.error("the model %s cannot be used: %s", directory.name, error)
        _refused[directory] = time.monotonic(), str(error) or type(error).__name__
        return None
    _loaded.clear()
    _refused.clear()
    _own.clear()
    _seen.clear()
    _seen[directory] = stamp, True
    _loaded[directory.name] = fresh
    _own[directory.name] = fresh.thresholds
    return fresh


def _refused_just_now(directory: Path) -> bool:
    refused = _refused.get(directory)
    return refused is not None and time.monotonic() - refused[0] < AGAIN_AFTER


def opine(texts: Sequence[Text]) -> list[Opinion | None]:
    """The classifier's opinions in order; vectors that are known are not computed again."""
    model = engine()
    if model is None:
        return [None] * len(texts)
    model.thresholds = cuts.thresholds(model, _own.get(model.version, model.thresholds))
    retired = Topic.retired()
    spoken = [in_house_language(text) for text in texts]
    opinions = model.classify(with_known_vectors(spoken), inflow())
    return [without_retired(opinion, retired) for opinion in opinions]


def in_house_language(text: Text) -> Text:
    """What holds no word is in the client's language, or in the house's first."""
    if text.language or not _house_language or language.words_of(_head(text)):
        return text
    return replace(text, language=_house_language[0])


def _head(text: Text) -> str:
    return f"{text.subject} {text.text}"[: language.ENOUGH]


def inflow() -> Inflow:
    """What clients asked in the last days, as the clock counted it: it makes topics likelier."""
    counted = Setting.read(INFLOW, {"counts": {}, "heard": []})
    return Inflow(counted["counts"], heard=HEARD | set(counted["heard"]))


def count_inflow(at: datetime) -> None:
    """Count once for everybody: answering then reads one row."""
    private = [topic.id for topic in Topic.everything().values() if topic.restricted]
    Setting.write(INFLOW, {"counts": Contact.inflow(at - RECENT), "heard": private})


def without_retired(opinion: Opinion, retired: Collection[str]) -> Opinion:
    """A topic that was retired since the training is no longer proposed: a person chooses."""
    others = tuple(other for other in opinion.alternatives if other.topic not in retired)
    second = opinion.second
    kept = replace(
        opinion,
        alternatives=others,
        second=None if second is None or second.topic in retired else second,
    )
    if opinion.topic not in retired:
        return kept
    if not others:
        return replace(kept, decision=Decision.HUMAN)
    return replace(
        kept,
        topic=others[0].topic,
        topic_confidence=others[0].confidence,
        subtopic=None,
        subtopic_confidence=0.0,
        decision=Decision.HUMAN,
        alternatives=others[1:],
    )


def content_hash(text: Text) -> str:
    """What the encoder reads of a text, as a key."""
    return hashlib.sha256(opening(text.text, text.subject).encode()).hexdigest()


def with_known_vectors(texts: Sequence[Text]) -> list[Text]:
    known = Vector.known(ENCODER, [content_hash(text) for text in texts])
    return [_with_vector(text, known) for text in texts]


def _with_vector(text: Text, known: dict[str, bytes]) -> Text:
    stored = known.get(content_hash(text))
    if stored is None:
        return text
    vector = np.frombuffer(stored, dtype="<f2").astype(np.float32)
    return Text(text.text, text.subject, text.channel, text.language, vector)


def believe(contact: Contact, text: Text, opinion: Opinion, at: datetime) -> Prediction:
    """Keep an opinion beside its contact, with all that the grouping will need."""
    subtopic = f"{opinion.topic}/{opinion.subtopic}" if opinion.subtopic else None
    prediction = Prediction(
        contact_id=contact.id,
        at=at,
        model_version=opinion.model_version,
        language=opinion.language,
        topic_id=opinion.topic,
        topic_confidence=opinion.topic_confidence,
        subtopic_id=subtopic,
        intent_id=opinion.intent,
        intent_confidence=opinion.intent_confidence,
        decision=opinion.decision.value,
        urgent=False,
        urgency=0.0,
        urgency_reasons=[],
        dissatisfied=0.0,
        dissatisfied_reasons=[],
        alternatives=[
            {"topic": other.topic, "confidence": round(other.confidence, 4)}
            for other in opinion.alternatives
        ],
        reasons=[
            {"term": reason.term, "weight": round(reason.weight, 4)} for reason in opinion.reasons
        ],
        identifiers=[
            {"kind": found.kind.value, "masked": found.masked}
            for found in opinion.identifiers
            if found.kind not in SAID_OPENLY
        ],
        second_topic_id=opinion.second.topic if opinion.second else None,
        neighbours=[
            {
                "text": known.text,
                "topic": known.topic,
                "language": known.language,
                "closeness": round(known.closeness, 4),
            }
            for known in opinion.neighbours
        ],
    )
    contact.believe(prediction)
    StaleDay.mark(contact.said_at)
    notice_health(contact)
    earlier = Ticket.repeats(contact, REPEAT)
    contact.repeated = earlier > 0
    if urgency.listened_to():
        hear(contact, prediction, opinion, earlier)
    remember_signal(contact, text, opinion)
    return prediction


def hear(contact: Contact, prediction: Prediction, opinion: Opinion, earlier: int) -> None:
    """Keep how likely waiting does harm, and how likely the client is dissatisfied, and why."""
    harm = tone.after_contacts(tone.Heard(opinion.urgency, opinion.urgency_reasons), earlier)
    prediction.urgent = harm.probability >= tone.URGENT_FROM
    prediction.urgency, prediction.urgency_reasons = harm.probability, list(harm.reasons)
    prediction.dissatisfied = opinion.dissatisfied
    prediction.dissatisfied_reasons = list(opinion.dissatisfied_reasons)
    contact.urgency, contact.dissatisfied = harm.probability, opinion.dissatisfied


def remember_signal(contact: Contact, text: Text, opinion: Opinion) -> None:
    content = content_hash(text)
    if opinion.vector is not None:
        Vector.keep(ENCODER, {content: opinion.vector.astype("<f2").tobytes()})
    posteriors = np.concatenate([opinion.posteriors[axis] for axis in AXES])
    db.session.add(
        ContactSignal(
            contact_id=contact.id,
            model_version=opinion.model_version,
            encoder=ENCODER if opinion.vector is not None else "",
            content_hash=content,
            posteriors=posteriors.astype("<f2").tobytes(),
        )
    )


def route(contact: Contact, ticket: Ticket, opinion: Opinion | None, at: datetime) -> None:
    """Send the ticket to the topic's team, or leave it to a person where the machine is unsure."""
    if opinion is None:
        return
    ticket.health = ticket.health or contact.health
    press(contact, ticket, at)
    if ticket.contacts_count == 1 or (ticket.topic_id is None and not ticket.chosen_by_person):
        ticket.route(contact, at=at)
        time_limits.keep(ticket, [contact])
    elif ticket.deadline_quarter is None and not contact.by_machine:
        time_limits.keep(ticket, [contact])  # a quarter may be named only now


def press(contact: Contact, ticket: Ticket, at: datetime) -> None:
    """Mark the ticket where waiting would probably do harm, until the day that was named."""
    prediction = contact.prediction if contact.urgency >= tone.URGENT_FROM else None
    if prediction is None or contact.by_machine:
        return
    named = deadline(contact.new_text or contact.text, business_day(contact.said_at))
    until = urgency.ends(contact.said_at, named)
    if until > at:
        urgency.press(ticket, until, prediction.urgency_reasons, contact=contact, at=at)


def correct(
    ticket: Ticket,
    topic_id: str,
    subtopic_id: str | None,
    intent_id: str | None,
    *,
    by: User,
    at: datetime,
) -> None:
    """A person's word on what the ticket is about: kept, obeyed, and learned from later."""
    contacts = db.session.scalars(Contact.of_ticket(ticket.id)).all()
    for contact in contacts:
        contact.correct(topic_id, subtopic_id, intent_id, by=by, at=at)
        StaleDay.mark(contact.said_at)
        notice_health(contact)
    if contacts:
        ticket.route(contacts[-1], at=at, by=by)
        time_limits.keep(ticket, contacts)
        sensitive.freshen(ticket)


def notice_health(contact: Contact) -> None:
    """Flag what tells of somebody's health, in its words, the names of its files or its topic."""
    names = [file.name for file in contact.attachments]
    sensitive.notice(contact, heard(contact.subject, contact.text, *names) is not None)


def learn_identifiers(client: Client, opinion: Opinion | None, at: datetime) -> bool:
    """Keep the national and enterprise numbers that a client wrote, sealed.

    True when one of them was not named by this client in the hour before.
    """
    numbers = [
        client.learn_identifier(found.kind.value, found.value, found.masked, at)
        for found in (opinion.identifiers if opinion else ())
        if found.kind in (Kind.NISS, Kind.KBO) and found.valid
    ]
    return any(numbers)


def masked(text: str) -> str:
    """`text` with national register numbers hidden: the only form in which a text is derived."""
    return "".join(_masked_piece(piece) for piece in _pieces(text))


def _masked_piece(piece: str) -> str:
    return rewrite(
        piece,
        lambda found: found.masked if found.kind is Kind.NISS else piece[found.start : found.end],
    )


def _pieces(text: str) -> Iterator[str]:
    """A long text in parts that one scan reads whole, cut between lines or words: nothing is lost
    and no number is torn."""
    while len(text) > LONGEST:
        end = max(text.rfind(sign, LONGEST // 2, LONGEST) for sign in "\n ") + 1 or LONGEST
        yield text[:end]
        text = text[end:]
    yield text
