"""Processes of ours: they end with the one that started them, and are known by id and start time.

A process id alone is never believed: the system gives it to somebody else once its owner has ended.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

SETPRIV = shutil.which("setpriv")


def spawn(
    command: Sequence[str],
    *,
    ending: signal.Signals,
    environment: Mapping[str, str] | None = None,
    directory: Path | None = None,
    output: int | IO[Any] | None = None,
    account: "Account | None" = None,
    umask: int = 0o077,
) -> subprocess.Popen[bytes]:
    """Start a command in a session of its own; `ending` reaches it when our thread ends.

    Ctrl-C in the terminal does not reach it, so that whoever started it can stop it in order.
    Where the kernel's parent-death signal is missing, leftovers are found at the next start.
    """
    return subprocess.Popen(
        [*_tied(ending), *command],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        cwd=directory,
        env=environment,
        start_new_session=True,
        umask=umask,
        **(account.options() if account else {}),
    )


def _tied(ending: signal.Signals) -> list[str]:
    # setpriv and not preexec_fn: forking Python code is unsafe once numpy has started its threads.
    if SETPRIV is None:
        return []
    return [SETPRIV, "--pdeathsig", ending.name.removeprefix("SIG"), "--"]


@dataclass(frozen=True)
class Account:
    """The user whom a root process becomes to start a server."""

    name: str
    user: int
    group: int

    def options(self) -> dict[str, Any]:
        return {"user": self.user, "group": self.group, "extra_groups": []}


@dataclass(frozen=True)
class Known:
    """A process as it was when we wrote it down."""

    pid: int
    started: str

    @classmethod
    def by_id(cls, pid: int) -> "Known | None":
        """The process that has this id now, or None."""
        started = start_time(pid)
        return cls(pid, started) if started else None

    @property
    def alive(self) -> bool:
        return start_time(self.pid) == self.started

    def end(self, first: signal.Signals, patience: float) -> None:
        """Ask it to end, wait, and kill it with its whole session when it does not."""
        if not self.alive:
            return
        send(self.pid, first)
        if not self.gone_within(patience):
            end_session(self.pid)
            send(self.pid, signal.SIGKILL)
            self.gone_within(2)

    def gone_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self.alive:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True


def send(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def stop(process: subprocess.Popen[bytes], patience: float = 2) -> None:
    """End a child of ours in order, or after `patience` seconds by force; one that has ended is no
    mistake."""
    if process.poll() is None:
        process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(patience)
    process.kill()
    process.wait()


def over(process: subprocess.Popen[bytes]) -> bool:
    """Whether it has ended; it is not reaped, so that nobody else can be given its id yet."""
    if process.returncode is not None:
        return True
    if not hasattr(os, "waitid"):
        return process.poll() is not None
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def reap(process: subprocess.Popen[bytes]) -> int:
    """The exit status, after its session has been cleared of what it left behind."""
    if process.returncode is None:
        end_session(process.pid)
    return process.wait()


def end_session(leader: int) -> None:
    """Kill whatever is left of the session that `spawn` gave to this process."""
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            after_name = entry.read_text(errors="replace").rpartition(")")[2].split()
            if after_name[3] == str(leader) and after_name[0] not in "ZX":
                send(int(entry.parent.name), signal.SIGKILL)
    # Where there is no /proc, the leader's own group is what can be found.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def start_time(pid: int) -> str | None:
    """When a process began, in whatever unit the system has; None when it has ended."""
    if Path("/proc/self/stat").exists():
        return _start_in_proc(pid)
    answer = subprocess.run(
        ["ps", "-o", "stat=", "-o", "lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    )
    state, _, began = answer.stdout.strip().partition(" ")
    return began.strip() if began and not state.startswith("Z") else None


def program(pid: int) -> str:
    """The name of the program that a process runs; empty when it has ended."""
    try:
        return Path(f"/proc/{pid}/comm").read_text(errors="replace").strip()
    except OSError:
        if Path("/proc/self/stat").exists():
            return ""
    answer = subprocess.run(
        ["ps", "-o", "comm=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip()


def _start_in_proc(pid: int) -> str | None:
    try:
        # The name stands in brackets and may hold anything, even brackets.
        after_name = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2]
    except OSError:
        return None
    states = after_name.split()
    return None if states[0] in "ZX" else states[19]
