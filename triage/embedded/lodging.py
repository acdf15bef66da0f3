"""Where the servers' files lie and as whom they run, also when root starts them."""

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from triage.embedded.ground import ServerTrouble, plain_environment, refuse_full_disk
from triage.processes import Account

SYSTEM_DIRECTORY = Path("/var/lib/passerelle")
BELONGS_TO = "belongs-to"
FRESH_CLUSTER = 80 * 1024 * 1024


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


def fingerprint(binary: Path) -> str:
    """Changes when the program does, so that a new version is copied anew."""
    state = binary.stat()
    return f"{binary.name}-{state.st_size:x}-{int(state.st_mtime):x}"
