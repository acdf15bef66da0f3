"""A training is a promise: begun once, begun again once when it dies, then told as failed."""

import sys
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from models.base import db, now, transaction
from models.lesson import Lesson
from models.model_version import ModelVersion, TrainingReason, TrainingState
from models.settings import Setting
from triage import clock, training
from triage.training import Tender

AT = datetime(2026, 6, 9, 9, 0, tzinfo=UTC)


def asked(reason: TrainingReason = TrainingReason.ASKED, at: datetime = AT) -> ModelVersion:
    with transaction():
        return training.ask(reason, by=None, at=at)


def begun(at: datetime) -> ModelVersion | None:
    with transaction():
        return ModelVersion.next_to_train(at)


# --- asked for ------------------------------------------------------------------------------


def test_asking_twice_before_it_begins_is_asking_once(app, koen):
    assert asked() is asked(TrainingReason.NIGHT)
    assert ModelVersion.open() is not None


def test_a_new_topic_makes_the_training_that_waits_its_own(app):
    first = asked(TrainingReason.NIGHT)
    asked(TrainingReason.TOPIC)
    assert first.reason == TrainingReason.TOPIC


def test_what_is_asked_while_one_is_at_work_comes_next(app):
    first = asked()
    assert begun(AT) is first
    second = asked()
    assert second is not first
    assert begun(AT) is None, "never two at once"
    with transaction():
        first.learned("v1", {}, {}, AT)
    assert begun(AT) is second


def test_who_asked_is_on_record(app, koen):
    with transaction():
        row = training.ask(TrainingReason.ASKED, by=koen, at=AT)
    assert row.asked_by is koen


# --- noticed when it dies -------------------------------------------------------------------


def test_a_training_without_a_sign_of_life_is_begun_again_once_and_then_failed(app):
    row = asked()
    assert begun(AT) is row
    assert begun(AT + timedelta(seconds=59)) is None
    again = AT + timedelta(seconds=61)
    assert begun(again) is row
    assert (row.tries, row.state) == (2, TrainingState.TRAINING)
    assert begun(again + timedelta(seconds=61)) is None
    assert row.state == TrainingState.FAILED
    assert "sign of life" in (row.error or "")


def test_a_sign_of_life_keeps_it_alive(app):
    row = asked()
    begun(AT)
    with transaction():
        row.beat("learning", 0.4567, AT + timedelta(seconds=50))
    assert begun(AT + timedelta(seconds=100)) is None
    assert (row.state, row.step, row.progress) == (TrainingState.TRAINING, "learning", 0.457)


class Short(Tender):
    """Its child only runs a line of Python."""

    line = ""

    def command(self):
        return [sys.executable, "-c", self.line]


def tended(tender: Tender) -> None:
    """Turn by turn until the child has ended."""
    tender.tend(now())
    deadline = time.monotonic() + 20
    while tender.child is not None and time.monotonic() < deadline:
        tender.tend(now())
        time.sleep(0.02)
        if tender.child is not None and tender.child.poll() is not None:
            return


def test_a_child_that_is_killed_is_begun_again_at_once_and_then_told(app, settings):
    tender = Short(settings)
    tender.line = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    row = asked(at=now())
    tended(tender)
    tender.tend(now())
    assert row.tries == 2
    tended(tender)
    tender.tend(now())
    db.session.refresh(row)
    assert row.state == TrainingState.FAILED
    assert row.error == "its process was killed by SIGKILL"


def test_what_is_stopped_in_order_begins_anew_later(app, settings):
    tender = Short(settings)
    tender.line = "import time; time.sleep(60)"
    row = asked(at=now())
    tender.tend(now())
    tender.stop()
    assert tender.child is not None and tender.child.poll() is not None
    assert (row.state, row.tries) == (TrainingState.ASKED, 0)


def test_a_child_that_takes_for_ever_is_ended(app, settings, monkeypatch):
    monkeypatch.setattr(training, "LONGEST", 0.0)
    tender = Short(settings)
    tender.line = "import time; time.sleep(60)"
    row = asked(at=now())
    tender.tend(now())
    child = tender.child
    tender.tend(now())
    assert child is not None and child.poll() is not None
    assert row.tries == 2
    tender.stop()


def test_a_child_that_cannot_be_started_is_told_and_ends_nothing(app, settings, monkeypatch):
    def no_memory(*_, **__):
        raise OSError("Cannot allocate memory")

    monkeypatch.setattr(training, "spawn", no_memory)
    tender = Tender(settings)
    row = asked(at=now())
    tender.tend(now())
    assert (row.state, row.tries) == (TrainingState.ASKED, 1)
    tender.tend(now())
    assert row.state == TrainingState.FAILED
    assert "Cannot allocate memory" in (row.error or "")


def test_who_trains_by_hand_takes_it_up_before_the_relay(app):
    waiting = asked(at=AT)
    with transaction():
        taken = ModelVersion.ask_and_begin(TrainingReason.ASKED, AT)
    assert taken is waiting
    assert begun(AT) is None


# --- by night -------------------------------------------------------------------------------


@pytest.fixture
def trained(app) -> ModelVersion:
    """The version that people have taught since."""
    row = asked(TrainingReason.FIRST, at=now())
    begun(now())
    with transaction():
        row.learned("v1", {}, {}, now())
    return row


def teach(koen) -> None:
    with transaction():
        db.session.add(
            Lesson(
                text="Mon chèque-formation n'est pas arrivé.",
                language="fr",
                topic_id="other",
                by_id=koen.id,
                at=now(),
            )
        )


def promised_next_night() -> list[str]:
    clock.tend(now() + timedelta(days=1))
    rows = db.session.scalars(select(ModelVersion).where(ModelVersion.state == TrainingState.ASKED))
    return [row.reason for row in rows]


def test_at_night_it_learns_what_people_taught(trained, koen):
    teach(koen)
    assert promised_next_night() == [TrainingReason.NIGHT]


def test_a_night_without_anything_new_is_quiet(trained):
    assert promised_next_night() == []


def test_nights_can_be_switched_off(trained, koen):
    teach(koen)
    with transaction():
        Setting.write(training.BY_NIGHT, False)
    assert promised_next_night() == []
