"""Valkey of the house: a bell, never a store; a damaged file is set aside."""

import signal
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

import click

from triage.embedded.programs import valkey_program
from triage.embedded.server import Server
from triage.processes import Known


class Valkey(Server):
    """Valkey with an append-only file in DATA_DIR/servers/valkey, reachable by its socket only."""

    name = "valkey"
    title = "Valkey"
    ending = signal.SIGTERM

    def url(self) -> str:
        return f"unix://{quote(str(self._socket), safe='/')}?db=0"

    @property
    def store(self) -> Path:
        return self.lodging.directory / "valkey"

    @property
    def _socket(self) -> Path:
        return self.sockets / "valkey.sock"

    def command(self) -> list[str]:
        return [
            str(self.programs / self.binary),
            *("--port", "0", "--unixsocket", str(self._socket), "--unixsocketperm", "600"),
            *("--dir", str(self.store), "--appendonly", "yes", "--save", ""),
            *("--maxmemory-policy", "noeviction", "--daemonize", "no"),
        ]

    def create(self) -> None:
        found = valkey_program()
        self.binary = found.name
        self.programs = self.lodging.runnable(found.parent, found.name)
        if not self.store.exists():
            self.lodging.make(self.store)

    def spawn(self) -> subprocess.Popen[bytes]:
        process = super().spawn()
        if known := Known.by_id(process.pid):
            self._noted.write_text(f"{known.pid} {known.started}\n")
        return process

    def answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
                door.settimeout(1)
                door.connect(str(self._socket))
                door.sendall(b"PING\r\n")
                return door.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def stop_leftover(self) -> None:
        try:
            pid, _, started = self._noted.read_text().strip().partition(" ")
        except OSError:
            return
        if pid.isdigit():
            Known(int(pid), started).end(self.ending, patience=5)

    def passing(self, complaint: str) -> bool:
        """A damaged append-only file is set aside: Valkey is a bell here, never a store."""
        if "append only file" not in complaint.lower():
            return False
        damaged = self.store.with_name(f"valkey.damaged-{int(time.time())}")
        self.store.rename(damaged)
        self.lodging.make(self.store)
        click.echo(f"Valkey could not read its file; it lies in {damaged} now.", err=True)
        return True

    @property
    def _noted(self) -> Path:
        return self.data_dir / "valkey.pid"
