"""What the classifier learns from: invented texts, topics by name, lessons, and people's last word
on contacts. A client's words are redacted first; health and privacy are never learned from.

Weights (docs/classifiers.md says why): a correction counts twice as much as a confirmation, which
counts as much as an invented text; a name or a seed word half. The second and the third contact
of one client about one topic count a half and a third, further ones not at all; and of one topic
at most `MOST_OF_TOPIC` contacts are taken, corrections first.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from classifiers import learning_curve, starter
from classifiers.engine import Example, HeldOut
from classifiers.learning_curve import Found
from classifiers.redaction import redacted
from classifiers.starter import NAME_WEIGHT
from models import review
from models.base import db
from models.keys import ring
from models.lesson import Lesson, Said, last_words
from models.review import Suspect
from models.topic import Topic
from models.user import User

CORRECTED, CONFIRMED = 2.0, 1.0
MOST_OF_CLIENT = 3
"""Contacts of one client about one topic that are learned from."""
MOST_OF_TOPIC = 500
SURE = 0.6
"""From this confidence on, out of fold, a label is doubted; two of five doubts are right."""
YOUNG = 20
"""With fewer examples of a topic, what a model says of it, or misses of it, is no doubt yet."""


@dataclass(frozen=True, slots=True)
class Taught:
    """One example, and the person's word that it comes from if it is a contact."""

    example: Example
    correction_id: int | None = None


def gather() -> list[Taught]:
    """Everything that the next model learns from, in an order that does not change by itself."""
    topics = Topic.everything()
    used = {key for key, topic in topics.items() if in_use(topic, topics)}
    rows = [Taught(row) for row in _invented(used)]
    rows += [Taught(row) for row in _names(topics, used)]
    rows += [Taught(row) for row in _lessons(used)]
    return rows + list(_contacts(used))


def in_use(topic: Topic, topics: Mapping[str, Topic]) -> bool:
    parent = topics.get(topic.parent_id or "")
    return topic.active and (topic.parent_id is None or (parent is not None and parent.active))


def raise_doubts(taught: list[Taught], held_out: HeldOut, version: str, at: datetime) -> int:
    """Ask people to look again at labels of which a model that never saw them is sure of the
    contrary; how many are new. A topic is too young for it while it has few examples."""
    examples = Counter(row.example.topic for row in taught)
    young = {topic for topic, texts in examples.items() if texts < YOUNG}
    suspects = []
    for row, place in enumerate(held_out.places):
        correction_id = taught[int(place)].correction_id
        confidence = float(held_out.confidence[row])
        if (
            correction_id is not None
            and held_out.told[row] != held_out.truth[row]
            and confidence >= SURE
            and not young & {held_out.told[row], held_out.truth[row]}
        ):
            suspects.append(Suspect(correction_id, held_out.told[row], round(confidence, 4)))
    return review.raise_doubts(suspects, version, at)


def found_per_topic(taught: list[Taught], held_out: HeldOut) -> dict[str, Found]:
    """How much of each topic that people taught was found out of fold, by what they taught."""
    own = {place for place, row in enumerate(taught) if is_own(row)}
    topics = sorted({taught[place].example.topic for place in own})
    known = {topic: learning_curve.found(held_out, topic, own) for topic in topics}
    return {topic: found for topic, found in known.items() if found is not None}


def is_own(row: Taught) -> bool:
    """Whether people of this house taught it."""
    return row.correction_id is not None or row.example.source.startswith(LESSON)


# --- what came with the product -------------------------------------------------------------

LESSON = "lesson "
"""How the source of a lesson begins; each lesson is its own author, so each is judged alone."""


def _invented(used: Collection[str]) -> Iterator[Example]:
    """The starter texts of the topics in use."""
    for row in starter.starter():
        if row.topic in used:
            known = row.subtopic is None or f"{row.topic}/{row.subtopic}" in used
            yield row if known else replace(row, subtopic=None)


def _names(topics: Mapping[str, Topic], used: Collection[str]) -> Iterator[Example]:
    top = sorted(
        (topic for key, topic in topics.items() if key in used and topic.parent_id is None),
        key=lambda topic: topic.id,
    )
    yield from starter.names([_described(topic, topics, used) for topic in top])
    for topic in top:
        yield from seeds(topic.id, topic.names, topic.seed_words)


def _described(topic: Topic, topics: Mapping[str, Topic], used: Collection[str]) -> dict[str, Any]:
    """A topic in the shape of the taxonomy; what is called alike in both levels only."""
    below = sorted(
        (one for key, one in topics.items() if key in used and one.parent_id == topic.id),
        key=lambda one: one.id,
    )
    return {
        "id": topic.id,
        "names": topic.names,
        "counts": topic.counts,
        "subtopics": [
            {
                "id": one.id.partition("/")[2],
                "names": {code: name for code, name in one.names.items() if code in topic.names},
            }
            for one in below
        ],
    }


def seeds(
    topic_id: str, names: Mapping[str, str], words: Mapping[str, list[str]]
) -> Iterator[Example]:
    """Seed words as weak examples, alone and beside the name: a word in one text alone would not
    enter the vocabulary."""
    for code, spoken in sorted(words.items()):
        name = names.get(code) or next(iter(names.values()), "")
        for word in spoken:
            for text in (word, f"{name}: {word}"):
                yield Example(text, topic_id, language=code, weight=NAME_WEIGHT)


# --- what people taught ---------------------------------------------------------------------


def _lessons(used: Collection[str]) -> Iterator[Example]:
    for lesson in db.session.scalars(Lesson.valid()):
        if lesson.topic_id in used:
            _, _, below = (lesson.subtopic_id or "").partition("/")
            yield Example(
                lesson.text,
                lesson.topic_id,
                subtopic=below if lesson.subtopic_id in used else None,
                intent=lesson.intent_id,
                language=lesson.language,
                source=f"{LESSON}{lesson.id}",
            )


def _contacts(used: Collection[str]) -> Iterator[Taught]:
    colleagues = [user.name for user in db.session.scalars(User.everybody())]
    said = [word for word in last_words(MOST_OF_TOPIC) if word.topic_id in used]
    turns: Counter[tuple[int, str]] = Counter()
    kept = []
    # One word may be on a whole ticket: its first contact asks, the later ones chase or thank.
    newest = sorted(said, key=lambda word: (-word.at.timestamp(), word.contact_id))
    for word in sorted(newest, key=lambda word: not word.changed):
        turns[word.client_id, word.topic_id] += 1
        turn = turns[word.client_id, word.topic_id]
        if turn <= MOST_OF_CLIENT:
            kept.append((word, (CORRECTED if word.changed else CONFIRMED) / turn))
    for word, weight in sorted(kept, key=lambda one: one[0].correction_id):
        yield Taught(_example(word, weight, used, colleagues), word.correction_id)


def _example(
    word: Said, weight: float, used: Collection[str], colleagues: Collection[str]
) -> Example:
    names = [*names_of(word.client_name, word.sender, word.fields), *colleagues]
    below = (word.subtopic_id or "").partition("/")[2] if word.subtopic_id in used else ""
    return Example(
        redacted(word.text, names),
        word.topic_id,
        subtopic=below or None,
        intent=word.intent_id,
        subject=redacted(word.subject, names),
        channel=word.channel,
        language=word.language,
        client=ring().blind(str(word.client_id), "lesson").hex()[:24],
        weight=weight,
    )


def names_of(client_name: str, sender: str, fields: Mapping[str, Any]) -> list[str]:
    """Every name under which the writer of a contact is known."""
    written = [client_name, sender.partition("<")[0], str(fields.get("forwarded_from") or "")]
    return [name.partition("<")[0].strip() for name in written if name.strip()]
