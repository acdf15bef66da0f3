"""One Passerelle per DATA_DIR: who runs here, where it is reached, what a killed one left behind.

DATA_DIR/run.json says it, with the start time of each process. Whether somebody runs is told by the
lock beside it, which the system lets go of in whatever way its holder ends.
"""

import fcntl
import json
import os
import signal
import tempfile
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import click

from triage.config import Settings
from triage.processes import Known

STOPPING_SECONDS = 10.0


class AlreadyRuns(click.ClickException):
    """Another `triage run` holds this DATA_DIR."""


class NotRunning(click.ClickException):
    """No Passerelle runs here: a mail server should keep the mail and try again (exit 75)."""

    exit_code = 75


@dataclass(frozen=True)
class Run:
    """What is written down about the Passerelle that runs here."""

    address: str
    database_url: str
    redis_url: str
    supervisor: Known
    processes: dict[str, Known] = field(default_factory=dict)
    stopping: bool = False

    @classmethod
    def read(cls, data_dir: Path) -> "Run | None":
        """What was last written, or None when there is nothing readable."""
        try:
            noted: dict[str, Any] = json.loads((data_dir / "run.json").read_text(encoding="utf-8"))
            noted["supervisor"] = Known(**noted["supervisor"])
            noted["processes"] = {name: Known(**one) for name, one in noted["processes"].items()}
            return cls(**noted)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def write(self, data_dir: Path) -> None:
        """Replace run.json at once: a reader sees the old one or the new one."""
        handle, fresh = tempfile.mkstemp(prefix=".run-", dir=data_dir)
        try:
            with open(handle, "w", encoding="utf-8") as file:
                json.dump(asdict(self), file, indent=1)
            os.replace(fresh, data_dir / "run.json")
        except OSError:
            Path(fresh).unlink(missing_ok=True)
            raise

    def stop_leftovers(self) -> None:
        """End the processes of a run whose supervisor is gone."""
        for known in self.processes.values():
            known.end(signal.SIGTERM, patience=4)


def running(settings: Settings) -> Settings:
    """The same settings with the URLs of the Passerelle that runs here; raises NotRunning."""
    if settings.database_url and settings.redis_url:
        return settings
    run = Run.read(settings.data_dir)
    if run is None or not run.supervisor.alive:
        raise NotRunning(
            f"No Passerelle runs with its data in {settings.data_dir}. Start it with `make run`, "
            "or set DATABASE_URL and REDIS_URL."
        )
    return replace(
        settings,
        database_url=settings.database_url or run.database_url,
        redis_url=settings.redis_url or run.redis_url,
    )


def environment_of(settings: Settings) -> dict[str, str]:
    """What a child process must know to work in the same Passerelle."""
    return os.environ | {
        "DATABASE_URL": settings.database_url or "",
        "REDIS_URL": settings.redis_url or "",
        "DATA_DIR": str(settings.data_dir),
    }


class Claim:
    """The right to run in a DATA_DIR, held within `with` or until the end of this process."""

    def __init__(self, data_dir: Path) -> None:
        """Take it, waiting for one that is just stopping; raises AlreadyRuns."""
        self.file = (data_dir / "run.lock").open("a")
        deadline = time.monotonic() + STOPPING_SECONDS
        while not self._taken():
            run = Run.read(data_dir)
            if run is None or not run.stopping or time.monotonic() > deadline:
                self.file.close()
                raise AlreadyRuns(
                    f"Passerelle already runs here{_where(run)}. Stop it with Ctrl-C in its "
                    "window, or with `make stop`."
                )
            time.sleep(0.1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *trouble: object) -> None:
        self.file.close()

    def _taken(self) -> bool:
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _where(run: Run | None) -> str:
    return f": {run.address} (process {run.supervisor.pid})" if run else ""
