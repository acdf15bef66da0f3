"""PostgreSQL of the house: a cluster made once, options that suit it, a version that fits."""

import shutil
import signal
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from triage.embedded.ground import ServerTrouble, refuse_full_disk
from triage.embedded.lodging import FRESH_CLUSTER
from triage.embedded.programs import postgres_programs
from triage.embedded.server import Server, explanation
from triage.processes import Known, program

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
