"""What the classifier learns from: whose words, how much they weigh, and what it never sees."""

from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import select

from classifiers import starter
from classifiers.engine import Engine, HeldOut
from models.base import db, now, transaction
from models.contact import Contact
from models.lesson import Lesson
from models.model_version import Doubt, ModelVersion, TrainingReason
from models.prediction import Correction
from models.review import doubts_for
from models.topic import Topic
from models.user import User
from tests.people import House, Person, amelie, emily, joris
from triage import labels, lessons, routing
from triage.lessons import Taught

LATE = "Bonjour, je n'ai toujours rien reçu pour le mois de mai et mon loyer tombe demain."


def of_contacts() -> list[Taught]:
    return [row for row in lessons.gather() if row.correction_id is not None]


def say(contact: Contact, topic: str, by: User) -> Correction:
    with transaction():
        return labels.correct(contact, topic, None, by=by, at=now())


def topic(topic_id: str) -> Topic:
    found = Topic.named(topic_id)
    assert found is not None
    return found


def teach(topic_id: str, text: str, by: User, language: str = "fr") -> Lesson:
    with transaction():
        lesson = Lesson.teach(topic(topic_id), text, language, by=by, at=now())
        assert lesson is not None
        return lesson


def taken(contact: Contact, topic_id: str, by: User) -> Lesson:
    with transaction():
        found = Lesson.teach(topic(topic_id), LATE, "fr", by=by, at=now(), contact=contact)
        assert found is not None
        return found


# --- what came with the product -------------------------------------------------------------


def test_a_fresh_house_learns_from_the_starter_texts_and_the_names(house: House) -> None:
    rows = lessons.gather()
    assert {row.correction_id for row in rows} == {None}
    sources = {row.example.source for row in rows}
    assert {"starter_a", "starter_k", ""} <= sources
    names = [row.example for row in rows if row.example.source == ""]
    assert {name.language for name in names} == {"fr", "nl", "de", "en"}
    assert all(name.weight < 1 for name in names)


def test_a_retired_topic_is_no_longer_learned_and_a_new_one_is(house: House, koen: User) -> None:
    with transaction():
        topic("pension").retire(by=koen)
        bridging = topic("bridging_right").team
        assert bridging is not None
        Topic.begin(
            "flood_aid",
            {"nl": "Watersnoodpremie"},
            {"nl": ["overstroming", "schadedossier"]},
            bridging,
            answer_days=2,
            restricted=False,
            by=koen,
        )
    examples = [row.example for row in lessons.gather()]
    assert "pension" not in {example.topic for example in examples}
    texts = [example.text for example in examples if example.topic == "flood_aid"]
    assert "Watersnoodpremie" in texts
    assert texts.count("overstroming") == 1 and "Watersnoodpremie: overstroming" in texts


def test_a_name_in_one_language_is_enough_to_learn_and_to_show(house: House, koen: User) -> None:
    with transaction():
        topic("pension").names = {"de": "Rente"}
    assert topic("pension").name("fr") == "Rente"
    assert "Rente" in {row.example.text for row in lessons.gather()}


# --- lessons --------------------------------------------------------------------------------


def test_a_lesson_is_learned_until_it_is_withdrawn(house: House, koen: User) -> None:
    lesson = teach("deferral", "Kan ik dit kwartaal in september betalen?", koen, "nl")
    mine = [row.example for row in lessons.gather() if row.example.text == lesson.text]
    assert [(one.topic, one.language, one.weight) for one in mine] == [("deferral", "nl", 1.0)]
    assert mine[0].client is None
    with transaction():
        lesson.withdraw(by=koen, at=now())
    assert lesson.text not in {row.example.text for row in lessons.gather()}


def test_the_same_lesson_is_kept_once(house: House, koen: User) -> None:
    teach("deferral", "Puis-je payer plus tard ?", koen)
    with transaction():
        twice = Lesson.teach(
            topic("deferral"), " puis-je  payer plus tard ? ", "fr", by=koen, at=now()
        )
    assert twice is None


def test_a_contact_that_became_a_lesson_is_learned_once(house: House, koen: User) -> None:
    contact = house.write(amelie, LATE)
    say(contact, "deferral", koen)
    lesson = taken(contact, "deferral", koen)
    assert of_contacts() == []
    with transaction():
        lesson.withdraw(by=koen, at=now())
    assert len(of_contacts()) == 1


def test_a_lesson_of_a_matter_that_is_private_by_now_is_no_longer_learned_nor_shown(
    house: House, koen: User, nadia: User
) -> None:
    contact = house.write(amelie, LATE)
    lesson = taken(contact, "deferral", koen)
    say(contact, "incapacity", nadia)
    assert lesson.text not in {row.example.text for row in lessons.gather()}
    assert db.session.scalars(Lesson.of_topic("deferral")).all() == []
    assert Lesson.per_topic() == {}


# --- contacts -------------------------------------------------------------------------------


def test_a_contact_is_learned_once_a_person_has_spoken(house: House, koen: User) -> None:
    contact = house.write(amelie, LATE, "Mai")
    assert of_contacts() == []
    said = say(contact, "bridging_right", koen)
    (row,) = of_contacts()
    assert row.correction_id == said.id
    assert row.example.topic == "bridging_right"
    assert "loyer" in row.example.text
    assert row.example.client and str(contact.client_id) != row.example.client


def test_the_last_word_counts(house: House, koen: User, nadia: User) -> None:
    contact = house.write(amelie, LATE)
    say(contact, "deferral", nadia)
    last = say(contact, "payment_difficulty", koen)
    (row,) = of_contacts()
    assert (row.correction_id, row.example.topic) == (last.id, "payment_difficulty")


def test_what_somebody_excluded_teaches_nothing(house: House, koen: User) -> None:
    said = say(house.write(amelie, LATE), "deferral", koen)
    with transaction():
        said.excluded = True
    assert of_contacts() == []


def test_a_correction_weighs_more_than_a_confirmation(house: House, koen: User) -> None:
    first, second = house.write(amelie, LATE), house.write(joris, "Mag ik later betalen?")
    assert first.topic_id is not None and second.topic_id is not None
    say(first, first.topic_id, koen)
    say(second, "pension" if second.topic_id != "pension" else "deferral", koen)
    confirmed, corrected = of_contacts()
    assert (confirmed.example.weight, corrected.example.weight) == (1.0, 2.0)


def test_many_contacts_of_one_client_do_not_count_many_times(house: House, koen: User) -> None:
    for day in range(5):
        words = f"Toujours rien reçu, {('lundi', 'mardi', 'mercredi', 'jeudi', 'vendredi')[day]}."
        contact = house.write(amelie, words, at=now() - timedelta(days=30 - day))
        say(contact, "out_of_scope", koen)
    weights = sorted(row.example.weight for row in of_contacts())
    assert weights == pytest.approx([2 / 3, 1.0, 2.0])


def test_of_a_topic_only_so_many_contacts_are_taken(
    house: House, koen: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lessons, "MOST_OF_TOPIC", 2)
    for place in range(4):
        writer = Person(f"Client {place}", f"c{place}@example.be", "", "fr")
        say(house.write(writer, f"Question numéro {'abcd'[place]} sur ma pension"), "family", koen)
    say(house.write(amelie, LATE), "deferral", koen)
    topics = sorted(row.example.topic for row in of_contacts())
    assert topics == ["deferral", "family", "family"]


def test_health_and_privacy_are_never_learned_from(house: House, koen: User) -> None:
    say(house.write(amelie, "Je suis à l'hôpital depuis mars."), "incapacity", koen)
    assert topic("incapacity").restricted
    assert of_contacts() == []


def test_machines_empty_texts_and_the_mails_of_a_burst_are_left_out(
    house: House, koen: User
) -> None:
    contacts = [
        house.write(amelie, LATE, headers={"Auto-Submitted": "auto-replied"}),
        house.write(joris, "Mag ik later betalen?"),
        house.write(emily, "May I pay later, please?"),
    ]
    with transaction():
        contacts[1].new_text = "  "
        contacts[2].collected = True
    for contact in contacts:
        say(contact, "deferral", koen)
    assert of_contacts() == []


def test_identifiers_and_the_writers_name_are_taken_out(house: House, koen: User) -> None:
    text = "Mon numéro 85.07.30-033.28, compte BE71 0961 2345 6769. Amélie Dujardin, 0475 12 34 56"
    say(house.write(amelie, f"{LATE} {text}"), "bridging_right", koen)
    (row,) = of_contacts()
    for secret in ("85.07.30", "0961", "0475", "Dujardin"):
        assert secret not in row.example.text + row.example.subject


def test_an_intent_is_learned_only_where_a_person_chose_another(house: House, koen: User) -> None:
    contact = house.write(amelie, LATE)
    heard = contact.intent_id
    with transaction():
        contact.correct("bridging_right", None, None, by=koen, at=now())
    assert of_contacts()[0].example.intent is None
    other = "complain" if heard != "complain" else "call_back"
    with transaction():
        contact.correct("bridging_right", None, other, by=koen, at=now())
    assert of_contacts()[0].example.intent == other


def test_of_a_ticket_the_contact_that_asked_weighs_most(house: House, koen: User) -> None:
    first = house.write(amelie, LATE, message_id="<asked@example.com>")
    second = house.write(
        amelie, "Je vous relance, pouvez-vous me répondre ?", in_reply_to="<asked@example.com>"
    )
    assert second.ticket_id == first.ticket_id
    with transaction():
        routing.correct(house.ticket(first), "pension", None, None, by=koen, at=now())
    weights = {row.correction_id: row.example.weight for row in of_contacts()}
    words = {
        said.contact_id: weights[said.id] for said in db.session.scalars(select(Correction)).all()
    }
    assert words[first.id] > words[second.id] > 0


def test_the_same_words_give_the_same_rows(house: House, koen: User) -> None:
    say(house.write(amelie, LATE), "bridging_right", koen)
    teach("deferral", "Puis-je payer plus tard ?", koen)
    assert lessons.gather() == lessons.gather()


# --- doubts ---------------------------------------------------------------------------------


def heard(told: str, confidence: float, truth: str = "deferral") -> HeldOut:
    """What a model says of the only example."""
    one = np.array([confidence], dtype=np.float32)
    return HeldOut(
        places=np.array([0]),
        language=["fr"],
        truth=[truth],
        told=[told],
        ranked=[(told, truth, "other")],
        confidence=one,
        familiar=one,
        intent_truth=[""],
        intent_told=[""],
        intent_confidence=one,
    )


@pytest.fixture
def doubtful(house: House, koen: User) -> Correction:
    return say(house.write(amelie, LATE), "deferral", koen)


def doubt(held_out: HeldOut, version: str = "v1") -> int:
    with transaction():
        return lessons.raise_doubts(known(), held_out, version, now())


def known(unknown: str = "") -> list[Taught]:
    """What people said, and what the product knows; of one topic it knows next to nothing."""
    texts = [row for row in starter.starter() if row.topic != unknown]
    return of_contacts() + [Taught(row) for row in texts]


def test_a_label_of_which_the_model_is_sure_of_the_contrary_is_doubted(
    house: House, doubtful: Correction, ingrid: User
) -> None:
    assert doubt(heard("bridging_right", 0.83)) == 1
    (found,) = doubts_for(ingrid, 10)
    assert (found.doubt.topic_id, found.said.id) == ("bridging_right", doubtful.id)
    assert found.doubt.confidence == pytest.approx(0.83)


@pytest.mark.parametrize(("told", "confidence"), [("deferral", 0.99), ("bridging_right", 0.59)])
def test_agreement_and_uncertainty_are_no_doubts(
    house: House, doubtful: Correction, told: str, confidence: float
) -> None:
    assert doubt(heard(told, confidence)) == 0


def test_a_doubt_that_the_next_model_no_longer_has_goes_away_and_may_come_back(
    house: House, doubtful: Correction, ingrid: User
) -> None:
    doubt(heard("bridging_right", 0.8))
    doubt(heard("deferral", 0.8), "v2")
    assert doubts_for(ingrid, 10) == []
    doubt(heard("pension", 0.7), "v3")
    (found,) = doubts_for(ingrid, 10)
    assert (found.doubt.topic_id, found.doubt.model_version) == ("pension", "v3")


@pytest.mark.parametrize("young", ["deferral", "bridging_right"])
def test_a_topic_with_few_examples_raises_no_doubts(
    house: House, doubtful: Correction, young: str
) -> None:
    taught = known(unknown=young)
    taught += [Taught(row) for row in starter.starter() if row.topic == young][:18]
    with transaction():
        assert lessons.raise_doubts(taught, heard("bridging_right", 0.97), "v1", now()) == 0


def test_a_contact_that_became_an_example_is_not_doubted(
    house: House, doubtful: Correction, ingrid: User, koen: User
) -> None:
    doubt(heard("bridging_right", 0.9))
    contact = Contact.named(doubtful.contact_id)
    topic = Topic.named("bridging_right")
    assert contact is not None and topic is not None
    with transaction():
        Lesson.teach(topic, LATE, "fr", by=koen, at=now(), contact=contact)
    assert doubts_for(ingrid, 10) == []
    assert doubt(heard("pension", 0.9), "v2") == 0


def test_what_a_person_has_settled_is_not_doubted_again(
    house: House, doubtful: Correction, ingrid: User
) -> None:
    doubt(heard("bridging_right", 0.8))
    with transaction():
        settled = db.session.scalars(select(Doubt)).one()
        settled.settled_at, settled.settled_by_id = now(), ingrid.id
    assert doubt(heard("bridging_right", 0.9), "v2") == 0
    assert doubts_for(ingrid, 10) == []


def test_a_word_taken_back_takes_its_doubt_with_it_and_is_doubted_no_more(
    house: House, doubtful: Correction, koen: User
) -> None:
    taught, held_out = known(), heard("bridging_right", 0.8)
    doubt(held_out)
    contact = Contact.named(doubtful.contact_id)
    assert contact is not None
    with transaction():
        row = ModelVersion.ask(TrainingReason.ASKED, by=koen, at=now())
        row.last_correction_id = doubtful.id
    with transaction():
        assert labels.take_back(contact, by=koen, at=now())
    assert db.session.scalars(select(Doubt)).all() == []
    with transaction():
        assert lessons.raise_doubts(taught, held_out, "v2", now()) == 0


def test_how_much_of_a_taught_topic_was_found_is_told_by_a_real_training(
    house: House, koen: User
) -> None:
    for word in ("brousse", "savane", "jungle", "toundra", "steppe", "garrigue"):
        teach("family", f"Mon crédit kangourou pour la {word} n'est pas encore là", koen)
    rows = [row for row in lessons.gather() if row.example.topic in {"family", "pension"}]
    few = [row for row in rows if lessons.is_own(row)] + rows[:60]
    engine = Engine.train([row.example for row in few], use_encoder=False)
    seen = lessons.found_per_topic(few, engine.held_out)
    assert seen["family"].texts == 6
    assert seen["family"].found > 0.5
