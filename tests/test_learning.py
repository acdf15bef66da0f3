"""From what people taught to a version: measured, kept, put to use where nobody need be asked."""

import json
from pathlib import Path

import pytest

from classifiers import starter, store
from classifiers.engine import SCHEMA
from models.base import db, now, transaction
from models.model_version import ModelVersion, Promotion, TrainingReason, TrainingState
from models.prediction import Vector
from tests.people import amelie
from triage import cuts, learning, lessons, promotion, routing
from triage.lessons import Taught

FEW = ("deferral", "pension", "file_admin")


def few_texts() -> list[Taught]:
    """Enough to train in a blink."""
    rows = [row for row in starter.starter() if row.topic in FEW and len(row.text) < 300]
    return [Taught(row) for row in rows[:: max(1, len(rows) // 120)]][:120]


@pytest.fixture
def taught(monkeypatch) -> list[Taught]:
    """What people taught: a test may add to it."""
    rows = few_texts()
    monkeypatch.setattr(lessons, "gather", lambda: list(rows))
    return rows


def trained(app, reason: TrainingReason = TrainingReason.ASKED, by=None) -> ModelVersion:
    with transaction():
        row = ModelVersion.ask(reason, by=by, at=now())
        row.begin(now())
        row_id = row.id
    learning.carry_out(app, row_id)
    db.session.expire_all()
    found = ModelVersion.named(row_id)
    assert found is not None
    return found


def test_a_training_leaves_a_measured_version_with_its_manifest(app, taught):
    row = trained(app)
    assert row.state == TrainingState.READY
    assert row.version in store.kept(promotion.models_directory())
    assert sum(row.manifest["rows"].values()) == len(taught)
    assert set(row.manifest["topics"]) == set(FEW)
    assert row.manifest["bytes"] > 10_000
    assert len(row.manifest["data"]) == 64
    assert row.manifest["schema"] == SCHEMA
    everything = row.figures["all"]
    assert everything["rows"] == len(taught)
    assert 0.5 < everything["accuracy"] <= 1
    assert set(everything["topics"]) == set(FEW)
    assert len(json.dumps(row.figures)) < 200_000


def test_what_was_asked_for_waits_as_a_candidate(app, taught):
    before = promotion.in_use()
    row = trained(app)
    assert promotion.in_use() == before != row.version
    assert row.manifest["beside"] == before


def test_a_new_topic_is_put_to_use_when_it_is_ready(app, taught, koen):
    row = trained(app, TrainingReason.TOPIC, by=koen)
    assert promotion.in_use() == row.version
    last = Promotion.last()
    assert last is not None and last.by is koen


def test_one_text_more_is_another_version_and_the_same_texts_are_the_same(app, taught):
    first = trained(app)
    assert trained(app).version == first.version
    taught.pop()
    assert trained(app).version != first.version


def test_the_same_texts_leave_the_files_in_use_alone(app, taught):
    first = trained(app, TrainingReason.TOPIC)
    manifest = promotion.models_directory() / str(first.version) / store.MANIFEST
    before = manifest.stat().st_ino
    trained(app)
    assert manifest.stat().st_ino == before


def test_too_few_topics_are_told_and_not_tried_again(app, taught):
    del taught[1:]
    with pytest.raises(ValueError, match="two topics"):
        trained(app)
    (row,) = ModelVersion.shown(5)
    assert (row.state, row.tries) == (TrainingState.FAILED, 1)
    assert "two topics" in (row.error or "")


def test_vectors_of_the_invented_texts_are_kept_for_the_next_time(app, taught, monkeypatch):
    trained(app)
    hashes = [learning.hash_of(one.example) for one in taught]
    assert set(Vector.known(routing.ENCODER, hashes)) == set(hashes)
    encoded: list[int] = []
    encode = learning.encoder.encode
    monkeypatch.setattr(
        learning.encoder, "encode", lambda texts: encoded.append(len(texts)) or encode(texts)
    )
    assert trained(app).state == TrainingState.READY
    assert max(encoded, default=0) <= 1, "only the question whether it answers"


def test_mail_is_read_while_a_training_runs(app, house, taught, monkeypatch):
    seen = []
    learn = learning.Engine.train

    def train(*given, **named):
        seen.append(house.write(amelie, "Où en est mon droit passerelle ?"))
        return learn(*given, **named)

    monkeypatch.setattr(learning.Engine, "train", train)
    trained(app)
    assert seen[0].topic_id == "bridging_right"


# --- put to use -----------------------------------------------------------------------------


def test_a_version_is_put_to_use_and_gone_back_from(app, taught, koen):
    first = promotion.in_use()
    row = trained(app)
    with transaction():
        assert promotion.promote(str(row.version), by=koen, at=now()) == first
    assert promotion.in_use() == row.version
    engine = routing.engine()
    assert engine is not None and engine.version == row.version
    with transaction():
        promotion.promote(str(first), by=koen, at=now(), back=True)
    assert promotion.in_use() == first
    assert [(one.version, one.back) for one in Promotion.shown(9)] == [
        (first, True),
        (row.version, False),
        (first, False),
    ]


@pytest.mark.parametrize("harm", ["flipped", "cut", "gone"])
def test_a_damaged_version_is_not_put_to_use_and_says_why(app, taught, koen, harm):
    before = promotion.in_use()
    row = trained(app)
    harmed(promotion.models_directory() / str(row.version) / store.ARRAYS, harm)
    with pytest.raises(store.Unusable, match="train again"), transaction():
        promotion.promote(str(row.version), by=koen, at=now())
    assert promotion.in_use() == before
    assert Promotion.last() is None


def harmed(path: Path, harm: str) -> None:
    content = path.read_bytes()
    if harm == "flipped":
        middle = len(content) // 2
        path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    elif harm == "cut":
        path.write_bytes(content[: len(content) // 2])
    else:
        path.unlink()


def test_files_of_versions_that_nobody_goes_back_to_are_cleared_away(app, taught, monkeypatch):
    monkeypatch.setattr(promotion, "KEPT_TRAINED", 1)
    first = trained(app)
    taught.pop()
    second = trained(app)
    assert first.version not in store.kept(promotion.models_directory())
    assert second.version in store.kept(promotion.models_directory())
    assert ModelVersion.of(first.version) is not None, "its row stays"


@pytest.fixture
def fresh(app, taught) -> Path:
    """An installation in which nothing was ever trained."""
    models = promotion.models_directory()
    for version in store.kept(models):
        store.remove(models, version)
    (models / store.CURRENT).unlink()
    return models


def test_the_first_model_is_put_to_use_and_written_down(app, fresh):
    first = trained(app, TrainingReason.FIRST)
    assert store.pointed_at(fresh) == first.version
    assert [(one.version, one.by) for one in Promotion.shown(9)] == [(first.version, None)]


def test_the_second_of_a_fresh_installation_waits_for_a_person(app, fresh, taught):
    first = trained(app, TrainingReason.FIRST)
    taught.pop()
    second = trained(app)
    assert second.version in store.kept(fresh)
    assert promotion.in_use() == first.version
    assert [one.version for one in Promotion.shown(9)] == [first.version]


def test_what_stood_alone_without_a_pointer_is_not_pushed_out_by_a_candidate(app, fresh, taught):
    first = trained(app, TrainingReason.FIRST)
    (fresh / store.CURRENT).unlink()
    taught.pop()
    trained(app)
    assert promotion.in_use() == first.version


def test_where_the_model_in_use_is_damaged_the_last_good_one_takes_its_place(app, taught, koen):
    first = trained(app)
    taught.pop()
    second = trained(app)
    for one in (first, second):
        with transaction():
            promotion.promote(str(one.version), by=koen, at=now())
    with transaction():
        assert promotion.fall_back(at=now()) is None, "nothing is wrong yet"
    harmed(promotion.models_directory() / str(second.version) / store.ARRAYS, "cut")
    with transaction():
        assert promotion.fall_back(at=now()) == first.version
    assert promotion.in_use() == first.version
    last = Promotion.last()
    assert last is not None and last.back and last.by is None


# --- by itself ------------------------------------------------------------------------------


def test_by_night_what_is_no_worse_is_put_to_use(app, taught):
    with transaction():
        promotion.promote(str(trained(app).version), by=None, at=now())
    taught.pop()
    row = trained(app, TrainingReason.NIGHT)
    assert row.manifest["verdict"]["no_worse"]
    assert promotion.in_use() == row.version


def test_by_night_what_is_worse_waits_and_says_so(app, taught):
    with transaction():
        promotion.promote(str(trained(app).version), by=None, at=now())
    before = promotion.in_use()
    labels = [one.example.topic for one in taught]
    for place, one in enumerate(taught):  # nothing can be learned from labels that were mixed up
        other = learning.replace(one.example, topic=labels[-place * 7 % len(labels)], subtopic=None)
        taught[place] = Taught(other)
    row = trained(app, TrainingReason.NIGHT)
    assert row.manifest["verdict"]["reason"] == "accuracy_worse"
    assert promotion.in_use() == before


def test_nobody_leaves_by_night_what_a_person_went_back_to(app, taught, koen):
    first = trained(app)
    with transaction():
        promotion.promote(str(first.version), by=koen, at=now(), back=True)
    taught.pop()
    row = trained(app, TrainingReason.NIGHT)
    assert row.manifest["verdict"]["reason"] == "gone_back"
    assert promotion.in_use() == first.version


@pytest.mark.parametrize(
    ("losses", "differences", "rare"),
    [(0, 0, False), (1, 1, False), (5, 5, True), (8, 12, False), (30, 40, True)],
)
def test_a_few_losses_are_luck(losses, differences, rare):
    assert (promotion._chance(losses, differences) < promotion.LUCK) is rare


# --- from which precision it routes alone ---------------------------------------------------


def test_a_chosen_precision_holds_for_its_version_and_is_carried_over(app, taught, koen):
    row = trained(app, TrainingReason.TOPIC)
    engine = routing.engine()
    assert engine is not None
    own = engine.thresholds
    with transaction():
        assert cuts.choose(str(row.version), row.figures, 0.9, by=koen)
    asked = cuts.thresholds(engine, own)
    assert asked.auto == row.figures["all"]["offers"][20]["auto"]
    taught.pop()
    other = trained(app, TrainingReason.TOPIC)
    assert cuts.thresholds(engine, own) is own, "another version is in use by now"
    assert (cuts.chosen()["version"], cuts.chosen()["precision"]) == (other.version, 0.9)
    engine.thresholds = own
    assert cuts.foreseen(engine, other.figures).auto == cuts.chosen()["auto"]
    with transaction():
        cuts.let_go(by=koen)
    assert cuts.chosen() == {}
