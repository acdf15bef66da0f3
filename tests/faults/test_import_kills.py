"""An import whose process is killed again and again: nothing of it is seen before all of it is in,
nothing comes in twice, and taking it back leaves nothing."""

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select, update

from models.base import db, now, transaction
from models.client import Client
from models.contact import Contact
from models.data_import import DataImport, ImportState
from models.data_import_row import DataImportRow
from models.external_reference import ExternalReference
from models.intake import Intake
from models.outbox import Outbox
from models.ticket import Ticket
from tests.faults.nursery import nursery
from tests.people import House
from triage.importing.table import guessed
from triage.instance import environment_of

KILLS = 5
ROWS = 150
PATIENCE = 400.0
HEADING = "external_id;subject;description;status;requester_email;topic;created_at;solved_at"
MADE = (Ticket, Contact, Intake, Client, ExternalReference)

pytestmark = [pytest.mark.faults, pytest.mark.slow]

NURSERY = nursery(
    """
from triage.importing import taking, trial

taking.TELL_AFTER, trial.TOGETHER = 0.0, 10
""",
    'taking.take_waiting(f"child:{os.getpid()}", settings)',
)


class Child:
    """The process that takes the import in, and the one after it when it has died."""

    def __init__(self, started: subprocess.Popen[str]) -> None:
        self.nursery = started
        self.pid = self.another()

    def another(self) -> int:
        assert self.nursery.stdin is not None and self.nursery.stdout is not None
        self.nursery.stdin.write("another\n")
        self.nursery.stdin.flush()
        return int(self.nursery.stdout.readline())

    def kill(self) -> None:
        """kill -9: it has no time for anything."""
        os.kill(self.pid, signal.SIGKILL)
        db.session.rollback()
        with transaction():  # its lease would end by itself
            db.session.execute(
                update(Outbox)
                .where(Outbox.lease_owner == f"child:{self.pid}", Outbox.done_at.is_(None))
                .values(lease_until=None, lease_owner=None)
            )


@pytest.fixture
def child(house: House, settings) -> Iterator[Child]:
    environment = environment_of(settings)
    started = subprocess.Popen(
        [sys.executable, "-c", NURSERY],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    made = Child(started)
    yield made
    os.kill(made.pid, signal.SIGKILL)
    started.communicate()


def test_it_goes_on_until_all_of_it_is_in_and_can_be_taken_back(house: House, child: Child) -> None:
    import_id = brought(house)
    killed_at(child, import_id, ImportState.READING, ROWS // 3)
    reached(import_id, ImportState.TRIED)
    assert db.session.scalar(
        select(func.count()).where(DataImportRow.import_id == import_id)
    ) == len(set(db.session.scalars(select(DataImportRow.line))))
    go_on(import_id, "run")
    for kill in range(1, KILLS + 1):
        killed_at(child, import_id, ImportState.RUNNING, kill * ROWS // (KILLS + 1))
        assert [many(table) for table in MADE] == [0] * len(MADE)
    reached(import_id, ImportState.DONE)
    assert (many(Ticket), many(Contact), many(Intake)) == (ROWS, ROWS, ROWS)
    assert many(Client) == ROWS // 3
    names = db.session.scalars(select(ExternalReference.external_id)).all()
    assert len(names) == len(set(names)) == ROWS
    go_on(import_id, "undo")
    reached(import_id, ImportState.UNDONE)
    assert [many(table) for table in MADE] == [0] * len(MADE)


def brought(house: House) -> int:
    rows = [
        f"{number};About {number};Question {number};solved;c{number % (ROWS // 3)}@example.com;"
        "deferral;2019-03-04;2019-03-05"
        for number in range(ROWS)
    ]
    file = io.BytesIO("\n".join([HEADING, *rows]).encode())
    asked = {"source": "Before", "columns": guessed(HEADING.split(";")), "separator": ";"}
    with transaction():
        made = DataImport.take("tickets", "old.csv", file, by=house.ada, at=now())
        made.try_out(asked, by=house.ada, at=now())
        return made.id


def go_on(import_id: int, step: str) -> None:
    with transaction():
        standing = db.session.get_one(DataImport, import_id)
        (standing.run if step == "run" else standing.undo)(by=standing.by, at=now())


def killed_at(child: Child, import_id: int, state: ImportState, row: int) -> None:
    """The process dies once it has come so far; another one begins."""
    until(import_id, lambda one: one.state == state and one.rows_done >= row)
    child.kill()
    with transaction():
        standing = db.session.get_one(DataImport, import_id)
        assert standing.state == state, "it was faster than the kill"
        standing.rows_done = 0
    child.pid = child.another()


def reached(import_id: int, state: ImportState) -> None:
    until(import_id, lambda one: one.state == state)


def until(import_id: int, fits) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        db.session.rollback()
        standing = db.session.get_one(DataImport, import_id)
        if fits(standing):
            return
        time.sleep(0.02)
    raise AssertionError(f"{standing.state} at row {standing.rows_done}: {standing.error}")


def many(table) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(table)) or 0
