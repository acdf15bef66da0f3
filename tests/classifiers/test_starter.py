"""What the classifier knows on the first day."""

from pathlib import Path

import pytest

from classifiers import store
from classifiers.engine import Engine, Example
from classifiers.starter import causes, keep, names, ready, starter, usable
from triage.commands.train import topics

PENSION = {
    "id": "pension",
    "names": {"fr": "Pension", "nl": "Pensioen"},
    "counts": "Legal pension, career. PLCI.",
    "subtopics": [{"id": "legal", "names": {"fr": "Pension légale", "nl": "Wettelijk pensioen"}}],
}


def test_starter_texts_are_labelled_with_ids_that_exist() -> None:
    known = {topic["id"]: {sub["id"] for sub in topic["subtopics"]} for topic in topics()}
    for row in starter():
        assert row.topic in known
        assert row.subtopic is None or row.subtopic in known[row.topic]
        assert row.thing in causes()["thing"]
        assert row.symptom in causes()["symptom"]
        assert row.language in {"fr", "nl", "de", "en"}


def test_every_topic_has_texts_in_every_language() -> None:
    covered = {(row.topic, row.language) for row in starter()}
    assert {(t["id"], code) for t in topics() for code in ("fr", "nl", "de", "en")} <= covered


def test_names_become_weak_examples_in_each_language() -> None:
    weak = names([PENSION])
    assert [(row.text, row.subtopic) for row in weak] == [
        ("Legal pension, career", None),
        ("Pension", None),
        ("Pensioen", None),
        ("Pension: Pension légale", "legal"),
        ("Pensioen: Wettelijk pensioen", "legal"),
    ]
    assert all(row.weight < 1 for row in weak)


@pytest.fixture
def trainings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Small, quick trainings in place of the starter's, counted."""
    counted: list[int] = []
    train = Engine.train

    def quickly(examples: list[Example]) -> Engine:
        counted.append(len(examples))
        return train(examples[:60:3] + examples[-60::3], use_encoder=False)

    monkeypatch.setattr("classifiers.starter.Engine.train", quickly)
    return counted


def test_a_fresh_install_trains_once(tmp_path: Path, trainings: list[int]) -> None:
    first = ready(tmp_path, topics())
    assert ready(tmp_path, topics()) == first
    assert len(trainings) == 1
    assert store.newest(tmp_path) == first


def test_a_model_of_an_older_format_is_trained_again(tmp_path: Path, trainings: list[int]) -> None:
    store.write(tmp_path / "old", "old", 0, {}, {})
    store.use(tmp_path, "old")
    assert usable(tmp_path) is None
    assert ready(tmp_path, topics()).name != "old"
    assert len(trainings) == 1


def test_a_signed_installation_trusts_its_own_models_only(
    tmp_path: Path, trainings: list[int]
) -> None:
    engine = Engine.train([*starter()])
    keep(tmp_path, engine, key=b"ours")
    assert usable(tmp_path, b"ours") is not None
    assert usable(tmp_path, b"theirs") is None
