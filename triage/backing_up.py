"""A copy of the house: one moment of the database, then its files and models, and it is read back.

The copy is a folder named by its moment. It is written beside its place and renamed when it is
whole; what an earlier copy has already is linked, not written again. Keys are never in it.
"""

import hashlib
import json
import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from models import backup
from models.backup import Snapshot
from models.keys import ring
from triage.config import Settings
from triage.embedded import ServerTrouble, postgres_programs

FORMAT = 1
MANIFEST = "manifest.json"
DUMP = "database.dump"
FILES, MODELS = "files", "models"
ERASURES = "erasures.jsonl"
UNFINISHED = ".unfinished-"
KEYS = "passerelle-backup"
_NAME = re.compile(r"\d{4}-\d\d-\d\dT\d{6}Z")

Progress = Callable[[str, int, int], None]
"""Told what is copied, how much of it is done and how much there is."""


class BackupTrouble(Exception):
    """The copy cannot be made, or cannot be trusted; the message says why, for people."""


@dataclass(frozen=True)
class Copy:
    """A copy that lies in a folder."""

    folder: Path
    manifest: dict[str, Any]

    @classmethod
    def at(cls, folder: Path) -> "Copy":
        """The copy in `folder`; raises `BackupTrouble` when none can be understood there."""
        try:
            manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise BackupTrouble(f"There is no backup in {folder}: {MANIFEST} is missing.") from None
        except (OSError, ValueError) as trouble:
            raise BackupTrouble(f"{folder / MANIFEST} cannot be read: {trouble}") from None
        if manifest.get("format") != FORMAT:
            raise BackupTrouble(f"{folder} was written by another version of Passerelle.")
        return cls(folder, manifest)

    @property
    def made_at(self) -> datetime:
        return datetime.fromisoformat(self.manifest["at"])

    @property
    def counts(self) -> dict[str, int]:
        return dict(self.manifest["counts"])

    @property
    def paths(self) -> dict[str, tuple[int, str]]:
        """(bytes, SHA-256) of everything in it, by its path within the folder."""
        return {path: (size, digest) for path, (size, digest) in self.manifest["paths"].items()}

    @property
    def total_bytes(self) -> int:
        return sum(size for size, _ in self.paths.values())

    def erasure_logs(self) -> list[Path]:
        """The log of erasures as this copy has it, and as whole copies beside it have it: a later
        one knows of erasures that this one does not."""
        known = {self.folder: self}
        for folder in _copies(self.folder.parent):
            with suppress(BackupTrouble):
                known[folder] = Copy.at(folder)
        return [
            folder / ERASURES
            for folder, one in sorted(known.items())
            if ERASURES in one.paths and _is(folder / ERASURES, *one.paths[ERASURES])
        ]

    def damaged(self) -> list[str]:
        """What is missing or no longer what was written."""
        return [
            path
            for path, (size, digest) in self.paths.items()
            if not _is(self.folder / path, size, digest)
        ]


def make(settings: Settings, into: Path, at: datetime, progress: Progress) -> Copy:
    """Copy everything into a new folder of `into`; raises `BackupTrouble`, nothing half stays."""
    into.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{at:%Y-%m-%dT%H%M%SZ}"
    earlier = _newest(into)
    building = into / f"{UNFINISHED}{name}-{secrets.token_hex(3)}"
    building.mkdir(mode=0o700)
    try:
        url = settings.database_url or ""
        with backup.snapshot(url) as moment:
            progress("database", 0, 1)
            dump(url, building / DUMP, moment)
            progress("database", 1, 1)
        paths = {DUMP: _fact(building / DUMP)}
        for part, source in sources(settings).items():
            paths |= _copied(part, source, building, earlier, progress)
        if settings.erasure_log.exists():  # after the dump: it knows at least what that lacks
            shutil.copyfile(settings.erasure_log, building / ERASURES)
            paths[ERASURES] = _fact(building / ERASURES)
        manifest = {
            "format": FORMAT,
            "at": at.isoformat(),
            "version": _version(),
            "database": backup.database_of(url),
            "revision": moment.revision,
            "counts": moment.counts,
            "files_at": settings.files_url or "",
            "keys": ring().sign(KEYS, name),
            "name": name,
            "paths": paths,
        }
        _write(building / MANIFEST, json.dumps(manifest, indent=1))
        building.rename(into / name)
    except OSError as trouble:
        raise BackupTrouble(f"The backup cannot be written: {trouble.strerror}") from None
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return Copy.at(into / name)


def sources(settings: Settings) -> dict[str, Path]:
    """The folders that are copied; files in a bucket are backed up by the bucket's own means."""
    files = {} if settings.files_url else {FILES: settings.files_dir}
    return {**files, MODELS: settings.data_dir / MODELS}


def dump(url: str, into: Path, moment: Snapshot) -> None:
    """One file of the whole database as it was at `moment`."""
    line = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={moment.name}"]
    _run("pg_dump", [*line, f"--file={into}"], url)


def load(url: str, source: Path) -> None:
    """Fill the empty database that `url` names from a dump, whole or not at all."""
    line = ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error"]
    name = backup.database_of(url)
    _run("pg_restore", [*line, f"--dbname={name}", str(source)], url)


def read_back(copy: Copy, settings: Settings) -> None:
    """Prove the copy: every file is as it was written, and the dump fills a database with the same
    rows. Raises `BackupTrouble` when it does not."""
    if damaged := copy.damaged():
        raise BackupTrouble(f"{len(damaged)} files are damaged, the first: {damaged[0]}")
    url = settings.database_url or ""
    trial = backup.beside(url, f"{backup.database_of(url)}_trial_{secrets.token_hex(4)}")
    backup.create(trial)
    try:
        load(trial, copy.folder / DUMP)
        refuse_difference(copy, trial)
    finally:
        backup.drop(trial)


def refuse_difference(copy: Copy, url: str) -> None:
    """Raises `BackupTrouble` unless the database holds exactly the rows that were copied."""
    revision, counts = backup.contents(url)
    if revision != copy.manifest["revision"]:
        raise BackupTrouble(f"The copy has schema {revision}, not {copy.manifest['revision']}.")
    for table, many in copy.counts.items():
        if counts.get(table) != many:
            raise BackupTrouble(f"“{table}” has {counts.get(table, 0)} rows instead of {many}.")


def forget_old(into: Path, keep: int) -> list[Path]:
    """Delete all copies but the newest `keep`; returns what went."""
    gone = sorted(_copies(into))[:-keep] if keep else []
    for folder in gone:
        shutil.rmtree(folder)
    return gone


def keys_fit(copy: Copy) -> bool:
    """Whether our key ring is the one with which the copied files were sealed."""
    return ring().vouches(copy.manifest["keys"], KEYS, copy.manifest["name"])


def _copies(into: Path) -> Iterator[Path]:
    for manifest in into.glob(f"*/{MANIFEST}"):
        if _NAME.fullmatch(manifest.parent.name):
            yield manifest.parent


def _newest(into: Path) -> Path | None:
    return max(_copies(into), default=None)


def _copied(
    part: str, source: Path, building: Path, earlier: Path | None, progress: Progress
) -> dict[str, tuple[int, str]]:
    """Copy a folder; what was copied before and never changes is linked."""
    known = Copy.at(earlier).paths if earlier else {}
    found = [
        path
        for path in sorted(source.rglob("*"))
        if path.is_file()
        and not any(name.startswith(".") for name in path.relative_to(source).parts)
    ]
    paths: dict[str, tuple[int, str]] = {}
    for done, path in enumerate(found):
        progress(part, done, len(found))
        place = f"{part}/{path.relative_to(source)}"
        target = building / place
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            before = known.get(place) if part == FILES else None  # named by their content
            if before and earlier and _linked(earlier / place, before, target):
                paths[place] = before
                continue
            shutil.copyfile(path, target)
        except FileNotFoundError:
            continue  # swept meanwhile: nothing that was copied mentions it
        paths[place] = _fact(target)
    progress(part, len(found), len(found))
    return paths


def _linked(known: Path, fact: tuple[int, str], target: Path) -> bool:
    """The same bytes once more without writing them; False where the disk cannot, or where the
    earlier copy is no longer what it was: a damaged file is not handed on."""
    if not _is(known, *fact):
        return False
    try:
        os.link(known, target)
    except OSError:
        return False
    return True


def _fact(path: Path) -> tuple[int, str]:
    return path.stat().st_size, _digest(path)


def _is(path: Path, size: int, digest: str) -> bool:
    try:
        return path.stat().st_size == size and _digest(path) == digest
    except OSError:
        return False


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(path: Path, words: str) -> None:
    with path.open("x", encoding="utf-8") as file:
        file.write(words)
        file.flush()
        os.fsync(file.fileno())


def _run(program: str, line: list[str], url: str) -> None:
    """Call one of PostgreSQL's own programs; a password goes by the environment only."""
    environment = os.environ | reached_by(url)
    try:
        done = subprocess.run(
            [_program(program), *line],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as trouble:
        raise BackupTrouble(f"{program} cannot be started: {trouble.strerror}") from None
    if done.returncode:
        complaint = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
        raise BackupTrouble(f"{program}: {complaint[-1]}")


def _program(name: str) -> str:
    """The one that comes with the embedded server, else the system's newest."""
    with suppress(ServerTrouble):
        own = postgres_programs() / name
        if own.is_file():
            return str(own)
    system = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=_major)
    found = str(system[-1]) if system else shutil.which(name)
    if found is None:
        raise BackupTrouble(f"There is no {name} here: install PostgreSQL's client programs.")
    return found


def _major(path: Path) -> int:
    return int(path.parts[-3]) if path.parts[-3].isdigit() else 0


def reached_by(url: str) -> dict[str, str]:
    """How PostgreSQL's programs reach the database, as their environment."""
    address = make_url(url)
    query = {name: str(value) for name, value in address.query.items()}
    known = {
        "PGHOST": address.host or query.get("host"),
        "PGPORT": str(address.port or query.get("port") or "") or None,
        "PGUSER": address.username,
        "PGPASSWORD": address.password,
        "PGDATABASE": address.database,
        "PGSSLMODE": query.get("sslmode"),
        "PGSSLROOTCERT": query.get("sslrootcert"),
        "PGSSLCERT": query.get("sslcert"),
        "PGSSLKEY": query.get("sslkey"),
    }
    return {name: value for name, value in known.items() if value}


def _version() -> str:
    try:
        return version("triage")
    except PackageNotFoundError:
        return ""
