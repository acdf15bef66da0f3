"""A real training in a process of its own: mail goes on being read, and a kill is survived."""

import os
import signal
import time

import pytest
from sqlalchemy import select

from models.base import db, now, transaction
from models.model_version import ModelVersion, TrainingReason, TrainingState
from models.topic import Topic
from tests.people import amelie
from triage import promotion, training
from triage.training import Tender

pytestmark = [pytest.mark.faults, pytest.mark.slow]
FEW = {"pension", "privacy"}
PATIENCE = 240


@pytest.fixture
def tender(app, settings):
    """The relay's, in a house of two topics only: a training is short."""
    with transaction():
        for topic in db.session.scalars(select(Topic)):
            topic.active = topic.id.partition("/")[0] in FEW
    made = Tender(settings)
    yield made
    made.stop()


def row() -> ModelVersion:
    db.session.rollback()
    db.session.expire_all()
    found = db.session.scalar(ModelVersion.newest_first().limit(1))
    assert found is not None
    return found


def tend_until(tender: Tender, wanted) -> None:
    deadline = time.monotonic() + PATIENCE
    while not wanted(row()):
        assert time.monotonic() < deadline, f"{row().state} {row().step} {row().error}"
        tender.tend(now())
        time.sleep(0.2)


def test_a_child_trains_while_mail_is_read_and_survives_a_kill(app, house, tender):
    with transaction():
        training.ask(TrainingReason.ASKED, by=house.koen, at=now())
    tend_until(tender, lambda one: bool(one.step))
    began = time.monotonic()
    contact = house.write(amelie, "Quand ma pension sera-t-elle payée ?")
    assert contact.topic_id == "pension"
    assert time.monotonic() - began < 20, "on a busy machine; seconds on a quiet one"
    if tender.child is not None and tender.child.poll() is None:
        os.kill(tender.child.pid, signal.SIGKILL)
        tend_until(tender, lambda one: one.tries == 2 or not one.under_way)
    tend_until(tender, lambda one: not one.under_way)
    done = row()
    assert done.state == TrainingState.READY, done.error
    assert set(done.manifest["topics"]) == FEW
    assert done.version in promotion.files()
    assert promotion.in_use() != done.version, "what was asked for by hand waits for a person"
