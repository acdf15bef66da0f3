"""`triage train` where a database is at hand: a row that everybody sees, from what was taught."""

import os
import subprocess
import sys

import pytest
from sqlalchemy import select

from classifiers import store
from models.base import db, transaction
from models.model_version import ModelVersion, Promotion, TrainingReason, TrainingState
from models.topic import Topic
from triage import promotion

pytestmark = pytest.mark.faults
FEW = {"pension", "privacy"}


@pytest.fixture
def train(app, settings):
    """The command in a process of its own, in a house of two topics only."""
    with transaction():
        for topic in db.session.scalars(select(Topic)):
            topic.active = topic.id.partition("/")[0] in FEW
    environment = os.environ | {
        "DATABASE_URL": settings.database_url or "",
        "REDIS_URL": settings.redis_url or "",
        "DATA_DIR": str(settings.data_dir),
    }

    def run(*words: str, **changed: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "triage", "train", *words],
            env=environment | changed,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        db.session.expire_all()
        return done

    return run


def rows() -> list[ModelVersion]:
    return ModelVersion.shown(9)


@pytest.mark.slow
def test_it_trains_from_what_the_house_teaches_and_uses_it(train):
    done = train("--no-encoder")
    assert done.returncode == 0, done.stderr
    row = ModelVersion.last_ready()
    assert row is not None
    assert (row.state, row.reason) == (TrainingState.READY, TrainingReason.FIRST)
    assert row.version in done.stdout
    assert "accuracy" in done.stdout
    assert set(row.manifest["topics"]) == FEW
    assert promotion.in_use() == row.version


@pytest.mark.slow
def test_a_candidate_is_left_to_be_compared(train):
    before = promotion.in_use()
    assert train("--no-encoder", "--candidate").returncode == 0
    assert promotion.in_use() == before
    assert [row.state for row in rows()] == [TrainingState.READY]


def test_a_damaged_model_is_learned_anew_under_its_true_reason(train):
    models = promotion.models_directory()
    store.use(models, "gone")
    assert train("--if-missing", "--no-encoder").returncode == 0
    (row,) = rows()
    assert row.reason == TrainingReason.FIRST
    store.use(models, "gone")
    for version in store.kept(models):
        store.remove(models, version)
    assert train("--if-missing", "--no-encoder").returncode == 0
    assert rows()[0].reason == TrainingReason.REPAIR
    assert promotion.in_use() == rows()[0].version


@pytest.mark.slow
def test_a_model_that_stands_ready_gets_its_row_and_is_not_trained_again(train):
    before = promotion.in_use()
    assert train("--if-missing").returncode == 0
    assert train("--if-missing").returncode == 0
    (row,) = rows()
    assert (row.version, row.state) == (before, TrainingState.READY)
    assert "accuracy" in row.figures["measured"]
    assert [one.version for one in Promotion.shown(9)] == [before]
