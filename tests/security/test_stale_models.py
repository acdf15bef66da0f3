"""What a model may have learned from somebody who is erased goes as soon as nothing uses it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from classifiers import store
from models.base import transaction
from models.model_version import ModelVersion, TrainingReason, TrainingState
from triage import promotion, training

AT = datetime(2026, 6, 9, 9, 0, tzinfo=UTC)


@pytest.fixture
def models(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three versions: one in use, one that was, one that could be."""
    monkeypatch.setattr(promotion, "models_directory", lambda: tmp_path)
    with transaction():
        for version in ("before", "in_use", "candidate"):
            (tmp_path / version).mkdir()
            (tmp_path / version / store.MANIFEST).write_text("{}")
            trained(version, AT - timedelta(days=1))
    store.use(tmp_path, "in_use")
    return tmp_path


def trained(version: str, at: datetime) -> None:
    ModelVersion.adopt(version, {}, at)


def erased(at: datetime) -> None:
    with transaction():
        ModelVersion.made_stale(at)


def tended(at: datetime) -> ModelVersion | None:
    with transaction():
        training.forget(at)
    return ModelVersion.open()


def test_what_nothing_uses_goes_at_once_and_what_is_in_use_works_on(models: Path) -> None:
    erased(AT)
    with transaction():
        assert promotion.forget_stale() == ["before", "candidate"]
    assert store.kept(models) == ["in_use"]


def test_a_version_that_came_out_the_same_without_the_person_stays(models: Path) -> None:
    erased(AT)
    with transaction():
        trained("candidate", AT)
        assert promotion.forget_stale() == ["before"]


def test_the_one_in_use_is_learned_anew_within_the_hour_and_asked_for_once(models: Path) -> None:
    erased(AT)
    assert tended(AT + timedelta(minutes=5)) is None, "others often follow"
    asked = tended(AT + timedelta(minutes=20))
    assert asked is not None and asked.reason == TrainingReason.NIGHT
    with transaction():
        asked.fail("too few topics", AT + timedelta(minutes=25))
    assert tended(AT + timedelta(minutes=30)) is None


def test_a_training_under_way_has_perhaps_learned_from_the_person_too(models: Path) -> None:
    with transaction():
        ModelVersion.ask(TrainingReason.NIGHT, by=None, at=AT)
        working = ModelVersion.next_to_train(AT)
        assert working is not None
    erased(AT + timedelta(seconds=30))
    with transaction():
        working.learned("new", {}, {}, AT + timedelta(minutes=2))
    assert working.state == TrainingState.READY
    assert "new" in ModelVersion.stale_versions()
    assert tended(AT + timedelta(minutes=20)) is not None


def test_what_a_killed_process_had_moved_aside_goes_too(models: Path) -> None:
    (models / ".gone-old-1").mkdir()
    (models / ".gone-old-1" / "model.json").write_text("words")
    with transaction():
        promotion.forget_stale()
    assert not (models / ".gone-old-1").exists()
