"""Long exports and all imports have a child process of the relay, beside the work and never in its
way.

Their promises are kept under a lease as all others: a child that dies leaves nothing half, and the
next one begins anew.
"""

import logging
import signal
import subprocess
import sys

from models import outbox
from models.base import db
from triage.config import Settings
from triage.instance import environment_of
from triage.processes import spawn, stop

log = logging.getLogger("triage.transfer")


class Carrier:
    """Lives in the relay: begins a child when something long waits, and ends with it."""

    def __init__(self, settings: Settings) -> None:
        self.environment = environment_of(settings)
        self.child: subprocess.Popen[bytes] | None = None

    def tend(self) -> None:
        """One turn: begin a child where there is none and something waits."""
        if self.child is not None and self.child.poll() is None:
            return
        self.child = None
        waits = outbox.waits_alone()
        db.session.rollback()
        if not waits:
            return
        command = [sys.executable, "-m", "triage", "transfer"]
        try:
            self.child = spawn(command, ending=signal.SIGTERM, environment=self.environment)
        except OSError as trouble:  # no memory, no process left: the relay rings on all the same
            log.error("no process for what is long: %s", trouble)

    def stop(self) -> None:
        if self.child is not None:
            stop(self.child)
