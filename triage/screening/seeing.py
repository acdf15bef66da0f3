"""What the grouping engine sees of contacts: kept vectors and posteriors, and the words read again.

What an older model has seen, or none, is classified first, and kept for the next run.
"""

from collections.abc import Sequence
from datetime import date

import numpy as np

from classifiers import groups
from classifiers.engine import AXES, Engine, Text
from classifiers.features import Floats
from models import calendar
from models.contact import Contact
from models.counting import spoken_for
from models.placing import Told
from models.prediction import ContactSignal
from triage import routing

AT_ONCE = 1_000
"""Texts that are classified together."""


def items_of(contacts: Sequence[Told], engine: Engine, day: date) -> list[groups.Item]:
    """One item a contact, in their order; what was said after `day` counts as said on it."""
    others = spoken_for(one.contact_id for one in contacts)
    fresh = refreshed([one for one in contacts if not fits(one, engine)], engine)
    return [
        groups.Item(
            id=one.contact_id,
            at=one.said_at,
            day=min(day, calendar.business_day(one.said_at)),
            client=str(one.client_id or f"contact {one.contact_id}"),
            language=one.language,
            channel=one.channel,
            text=one.text,
            features=fresh.get(one.contact_id) or features_of(one, engine),
            others=frozenset(str(client) for client in others.get(one.contact_id, ())),
        )
        for one in contacts
    ]


def fits(told: Told, engine: Engine) -> bool:
    """Whether stored posteriors still mean what the present model's labels mean."""
    return told.model_version == engine.version


def refreshed(contacts: Sequence[Told], engine: Engine) -> dict[int, groups.Features]:
    """Features of contacts that an older model, or none, has seen."""
    found: dict[int, groups.Features] = {}
    for start in range(0, len(contacts), AT_ONCE):
        some = Contact.several([one.contact_id for one in contacts[start : start + AT_ONCE]])
        texts = routing.with_known_vectors(
            [Text(one.new_text, one.subject, one.channel, one.language) for one in some]
        )
        for contact, text, opinion in zip(some, texts, engine.classify(texts), strict=True):
            ContactSignal.forget(contact.id)
            routing.remember_signal(contact, text, opinion)
            found[contact.id] = groups.features(opinion, contact.new_text, contact.subject)
    return found


def features_of(told: Told, engine: Engine) -> groups.Features:
    assert told.posteriors is not None  # who has none does not fit
    return groups.described(
        told.text,
        told.subject,
        told.language,
        _floats(told.vector) if told.vector else None,
        by_axis(_floats(told.posteriors), engine),
    )


def by_axis(posteriors: Floats, engine: Engine) -> dict[str, Floats]:
    cut: dict[str, Floats] = {}
    start = 0
    for axis in AXES:
        end = start + len(engine.labels[axis])
        cut[axis] = posteriors[start:end]
        start = end
    return cut


def _floats(stored: bytes) -> Floats:
    return np.frombuffer(stored, dtype="<f2").astype(np.float32)
