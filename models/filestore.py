"""Where files lie: sealed, under the digest of what they hold, outside the database.

A file is whole and on the disk before a transaction that mentions it may commit. Who opens one
has only sealed bytes; the key ring is elsewhere. `object_store` keeps them in a bucket instead.
"""

import os
import re
import secrets
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import datetime
from pathlib import Path

_DIGEST = re.compile(r"[0-9a-f]{64}")
FAULTS = "faulty"
OWNER = "owner"


class NoRoom(OSError):
    """The disk is full or takes nothing: what needs the file must be done again later, and not
    without it."""


class Lost(Exception):
    """A file that was kept is missing or damaged; `why` says which."""

    def __init__(self, digest: str, why: str) -> None:
        super().__init__(f"{why}: {digest}")
        self.digest, self.why = digest, why


class FileStore:
    """Sealed files in a folder of this machine, as `ab/cd/<digest>`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, digest: str, sealed: bytes) -> None:
        """Write it down for good. Raises `NoRoom` when that cannot be; nothing half stays."""
        path = self._path(digest)
        draft = path.with_name(f".{digest}.{secrets.token_hex(4)}")
        try:
            self._make(path.parent)
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "wb") as file:
                file.write(sealed)
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, path)
            _sync(path.parent)
        except OSError as error:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            raise NoRoom(error.errno, error.strerror) from error
        self._mark(digest).unlink(missing_ok=True)

    def open(self, digest: str) -> bytes:
        """The sealed bytes; raises `Lost` when they are not there."""
        try:
            return self._path(digest).read_bytes()
        except OSError as error:
            self.blame(digest)
            raise Lost(digest, "missing") from error

    def has(self, digest: str) -> bool:
        """Whether it is there, and nobody has found it damaged."""
        return self._path(digest).is_file() and not self._mark(digest).exists()

    def claim(self, digest: str) -> bool:
        """`has`, and for a day to come nobody sweeps it away before it is mentioned."""
        try:
            os.utime(self._path(digest))
        except OSError:
            return False
        return self.has(digest)

    def sweep(
        self,
        part: str,
        mentioned: Callable[[Collection[str]], Collection[str]],
        before: datetime,
    ) -> int:
        """Remove what was last claimed before that time and nobody mentions, of the digests that
        begin with the two signs `part`; returns how many files went."""
        oldest = before.timestamp()
        old = {
            path.name: path
            for path in (self.folder / part).glob("*/*")
            if path.stat().st_mtime < oldest
        }
        named = mentioned([name for name in old if is_digest(name)])
        return sum(self._remove(path, oldest) for name, path in old.items() if name not in named)

    def blame(self, digest: str) -> None:
        """Remember, for everybody, that this file is missing or damaged."""
        try:
            self._make(self.folder / FAULTS)
            self._mark(digest).touch()
        except OSError:
            return  # a folder that cannot be written shows up as `faults` by itself

    def remove(self, digest: str) -> None:
        """Delete it at once: nobody mentions it any more, and it must not wait for the sweeper."""
        self._path(digest).unlink(missing_ok=True)
        self._mark(digest).unlink(missing_ok=True)

    def forgive(self, digest: str) -> None:
        self._mark(digest).unlink(missing_ok=True)

    def faults(self) -> list[str]:
        """What is wrong, in words for the person who runs this."""
        try:
            self._make(self.folder)
            blamed = sorted(path.name for path in (self.folder / FAULTS).glob("*"))
        except OSError as error:
            return [f"{self.folder} cannot be used: {error.strerror}"]
        if not os.access(self.folder, os.W_OK):
            return [f"{self.folder} cannot be written"]
        return said_of_faults(blamed)

    def belongs_to(self, owner: str) -> bool:
        """Whether the files are those of the database called `owner`; the first to ask owns them.
        Nobody else may sweep here."""
        named = self.folder / OWNER
        self._make(self.folder)
        with suppress(FileExistsError), open(named, "x", encoding="ascii") as file:
            file.write(owner)
        return named.read_text(encoding="ascii") == owner

    def _path(self, digest: str) -> Path:
        if not is_digest(digest):
            raise ValueError("not a digest")
        return self.folder / digest[:2] / digest[2:4] / digest

    def _mark(self, digest: str) -> Path:
        return self.folder / FAULTS / digest

    def _make(self, folder: Path) -> None:
        """`folder` with all above it; each new name is on the disk before it is used."""
        if folder.is_dir():
            return
        self._make(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        _sync(folder.parent)

    def _remove(self, path: Path, oldest: float) -> bool:
        # Somebody may be claiming it at this moment. Out of the way first, then look again: who
        # claims it now finds it gone and writes it anew, who claimed it before has touched it.
        aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            path.rename(aside)
            if aside.stat().st_mtime >= oldest:
                aside.rename(path)
                return False
            aside.unlink()
        except FileNotFoundError:
            return False
        return True


def is_digest(name: str) -> bool:
    return _DIGEST.fullmatch(name) is not None


def said_of_faults(blamed: list[str]) -> list[str]:
    """In a sentence; nothing where nothing is wrong."""
    if not blamed:
        return []
    first = ", ".join(name[:12] for name in blamed[:3])
    return [f"{len(blamed)} missing or damaged ({first}{', …' if len(blamed) > 3 else ''})"]


def _sync(folder: Path) -> None:
    if os.name == "nt":  # folders cannot be opened there
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


_store: list[FileStore] = []


def install(store: FileStore) -> None:
    """Make `store` the process's; called once when the application is built."""
    _store[:] = [store]


def store() -> FileStore:
    """Where this process keeps its files."""
    if not _store:
        raise RuntimeError("no file store is installed: build the application first")
    return _store[0]
