"""Keeps every process of the Procfile and the embedded servers alive until it is told to stop.

One thread and no shell jobs: it reads what they say, names who said it, and starts again what ends.
"""

import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from triage.embedded import Server
from triage.processes import Known, over, reap, send, spawn

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 10.0
LONGEST_LINE = 64 * 1024
LONGEST_WAIT_FOR_FIRST = 20.0
COLOURS = (36, 33, 32, 35, 34, 31)


def procfile(path: Path) -> dict[str, str]:
    """The processes that a Procfile names, each with its command line."""
    lines = path.read_text(encoding="utf-8").splitlines()
    named = (line.partition(":") for line in lines if ":" in line and line[:1] not in "# ")
    return {name.strip(): command.strip() for name, _, command in named}


def stop_signals() -> list[signal.Signals]:
    """What ends a run: Ctrl-C, a polite kill, and a closed terminal unless nohup said otherwise."""
    hangup = [] if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else [signal.SIGHUP]
    return [signal.SIGINT, signal.SIGTERM, *hangup]


class Supervised:
    """A process that is started again whenever it ends, each time a little later."""

    def __init__(self, name: str, start: Callable[[], subprocess.Popen[bytes]]) -> None:
        self.name = name
        self.start = start
        self.process: subprocess.Popen[bytes] | None = None
        self.pause = FIRST_PAUSE
        self.began = 0.0
        self.due: float | None = 0.0

    def begin(self) -> None:
        self.due = None
        self.began = time.monotonic()
        self.process = self.start()

    def ended(self) -> int | None:
        """The exit status when it has ended since the last look; then it is due again."""
        if self.process is None or self.due is not None or not over(self.process):
            return None
        self.put_off()
        return reap(self.process)

    def put_off(self) -> None:
        """Make it due after the pause, which doubles unless it had run well."""
        now = time.monotonic()
        if now - self.began > LONGEST_PAUSE:
            self.pause = FIRST_PAUSE
        self.due = now + self.pause
        self.announced = self.pause
        self.pause = min(self.pause * 2, LONGEST_PAUSE)


class Supervisor:
    """Runs until SIGINT, SIGTERM or SIGHUP, then ends everything within about five seconds."""

    def __init__(
        self,
        programs: Mapping[str, str],
        environment: Mapping[str, str],
        *,
        servers: Sequence[Server] = (),
        first: str | None = None,
        door: tuple[str, int] | None = None,
        opened: Callable[[], None] = lambda: None,
        changed: Callable[[dict[str, Known], bool], None] = lambda known, stopping: None,
        patience: float = 3.5,
    ) -> None:
        """The program `first` has the machine to itself until its `door` opens.

        `changed` hears of each new process and of the stop.
        """
        self.environment = environment
        self.servers = servers
        self.door = door
        self.opened = opened
        self.changed = changed
        self.patience = patience
        self.programs = [self._program(name, line) for name, line in programs.items()]
        if first in programs and door:
            for one in self.programs:
                if one.name != first:
                    one.due = time.monotonic() + LONGEST_WAIT_FOR_FIRST
        self.watched = [*(self._server(server) for server in servers), *self.programs]
        self.voices = Voices([*(one.name for one in self.watched), "run"])
        self.selector = selectors.DefaultSelector()
        self.received: list[int] = []

    def run(self) -> None:
        bell, rung = socket.socketpair()
        bell.setblocking(False)
        rung.setblocking(False)
        self.selector.register(rung, selectors.EVENT_READ, data=None)
        before = {number: signal.signal(number, self._hear) for number in stop_signals()}
        before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda number, frame: None)
        earlier_bell = signal.set_wakeup_fd(bell.fileno(), warn_on_full_buffer=False)
        try:
            while not self.received:
                self._keep_alive()
                self._listen(self._until_due())
        finally:
            self._stop()
            signal.set_wakeup_fd(earlier_bell)
            for number, handler in before.items():
                signal.signal(number, handler)
            self._close()
            bell.close()
            rung.close()

    def _hear(self, number: int, frame: object) -> None:
        self.received.append(number)

    def _program(self, name: str, line: str) -> Supervised:
        def start() -> subprocess.Popen[bytes]:
            process = spawn(
                ["/bin/sh", "-c", f"exec {line}"],
                ending=signal.SIGTERM,
                environment=self.environment,
                output=subprocess.PIPE,
            )
            assert process.stdout is not None
            os.set_blocking(process.stdout.fileno(), False)
            self.selector.register(process.stdout, selectors.EVENT_READ, data=[name, b""])
            return process

        return Supervised(name, start)

    def _server(self, server: Server) -> Supervised:
        one = Supervised(server.name, server.spawn)
        one.process, one.due, one.began = server.process, None, time.monotonic()
        return one

    def _keep_alive(self) -> None:
        changed = False
        for one in self.watched:
            status = one.ended()
            if status is not None:
                self._say(f"{one.name} ended ({told(status)}); again in {one.announced:g} s")
            if one.due is not None and one.due <= time.monotonic():
                self._begin(one)
                changed = True
        if changed:
            self._tell(stopping=False)
        if self.door and self._door_open(self.door):
            self.door = None
            self.opened()
            for one in self.programs:
                if one.process is None:
                    one.due = 0.0

    def _begin(self, one: Supervised) -> None:
        try:
            one.begin()
        except OSError as trouble:
            one.put_off()
            self._say(f"{one.name} cannot be started ({trouble.strerror})")

    def _door_open(self, door: tuple[str, int]) -> bool:
        with suppress(OSError), socket.create_connection(door, timeout=0.2):
            return True
        return False

    def _until_due(self) -> float:
        due = [one.due - time.monotonic() for one in self.watched if one.due is not None]
        return max(0.0, min([*due, 0.1 if self.door else 5.0]))

    def _listen(self, seconds: float) -> bool:
        """Pass on what the processes say; False when nobody said anything for so long."""
        events = self.selector.select(seconds)
        for key, _ in events:
            if key.data is None:
                with suppress(BlockingIOError):
                    key.fileobj.recv(4096)  # type: ignore[union-attr]
            else:
                self._pass_on(key)
        return bool(events)

    def _pass_on(self, key: selectors.SelectorKey) -> None:
        name, unfinished = key.data
        try:
            heard = os.read(key.fd, LONGEST_LINE)
        except BlockingIOError:
            return
        *lines, rest = (unfinished + heard).split(b"\n")
        if rest and (not heard or len(rest) > LONGEST_LINE):
            lines.append(rest)
            rest = b""
        for line in lines:
            self.voices.say(name, line.decode(errors="replace").rstrip("\r"))
        key.data[1] = rest
        if not heard:
            self.selector.unregister(key.fileobj)
            key.fileobj.close()  # type: ignore[union-attr]

    def _stop(self) -> None:
        self._say("stopping …")
        self._tell(stopping=True)
        living = [one.process for one in self.programs if one.process is not None]
        for process in living:
            if not over(process):
                send(process.pid, signal.SIGTERM)
        for process in self._still_there(living):
            reap(process)
        for server in self.servers:
            if server.process is not None and not over(server.process):
                server.process.send_signal(server.ending)
        for server in self.servers:
            server.stop(patience=1.0)
        while self._listen(0):
            pass
        for key in self.selector.get_map().values():
            if key.data and key.data[1]:
                self.voices.say(key.data[0], key.data[1].decode(errors="replace"))
        self._say("stopped")

    def _close(self) -> None:
        for key in self.selector.get_map().values():
            if key.data is not None:
                key.fileobj.close()  # type: ignore[union-attr]
        self.selector.close()

    def _still_there(
        self, processes: list[subprocess.Popen[bytes]]
    ) -> list[subprocess.Popen[bytes]]:
        """Those that have not ended when patience has, or when Ctrl-C is pressed again."""
        deadline = time.monotonic() + self.patience
        impatient = len(self.received) + 1
        while processes and time.monotonic() < deadline and len(self.received) < impatient:
            self._listen(0.1)
            for process in filter(over, processes):
                reap(process)
            processes = [process for process in processes if process.returncode is None]
        return processes

    def _tell(self, stopping: bool) -> None:
        pids = (one.process.pid for one in self.watched if one.process is not None)
        names = (one.name for one in self.watched if one.process is not None)
        known = zip(names, map(Known.by_id, pids), strict=True)
        try:
            self.changed({name: one for name, one in known if one}, stopping)
        except OSError as trouble:
            self._say(f"run.json cannot be written ({trouble.strerror})")

    def _say(self, line: str) -> None:
        self.voices.say("run", line)


class Voices:
    """Writes each line behind the name of the process that said it."""

    def __init__(self, names: Sequence[str]) -> None:
        self.width = max(map(len, names))
        colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        self.colours = {name: COLOURS[n % len(COLOURS)] for n, name in enumerate(names) if colour}

    def say(self, name: str, line: str) -> None:
        before = f"{name:<{self.width}} |"
        if name in self.colours:
            before = f"\x1b[{self.colours[name]}m{before}\x1b[0m"
        # A log line may hold what a client wrote; an escape sequence would reach the terminal.
        # A closed terminal or a full disk behind a redirection must not end the supervisor.
        with suppress(OSError, ValueError):
            print(before, line.replace("\x1b", "␛"), flush=True)


def told(status: int) -> str:
    """An exit status as a person would say it."""
    if status >= 0:
        return f"exit status {status}"
    with suppress(ValueError):
        return f"killed by {signal.Signals(-status).name}"
    return f"killed by signal {-status}"
