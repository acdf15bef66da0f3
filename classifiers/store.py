"""Models on disk: arrays (npz, never pickled), a description (JSON) and a manifest of hashes.

A directory per version under `models/`, and a `current` file that names the one in use. Nothing
that is read here can run code.
"""

import fcntl
import hashlib
import hmac
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
from numpy.typing import NDArray

MANIFEST = "manifest.json"
DESCRIPTION = "model.json"
ARRAYS = "arrays.npz"
CURRENT = "current"


class Unusable(Exception):
    """The model cannot be trusted or understood; the message says why and what to do, `why` is the
    same in a word: `gone`, `altered`, `format` or `signature`."""

    def __init__(self, message: str, why: str = "altered") -> None:
        super().__init__(message)
        self.why = why


def write(
    directory: Path,
    version: str,
    schema: int,
    description: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]],
    key: bytes | None = None,
) -> None:
    """Write a model whole or not at all: it is built beside its place and renamed into it."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    building = Path(mkdtemp(prefix=".building-", dir=directory.parent))
    try:
        (building / DESCRIPTION).write_text(json.dumps(description, ensure_ascii=False), "utf-8")
        with (building / ARRAYS).open("wb") as stream:
            np.savez_compressed(stream, allow_pickle=False, **arrays)
        files = {name: _sha256(building / name) for name in (DESCRIPTION, ARRAYS)}
        manifest = {"schema": schema, "version": version, "files": files}
        if key is not None:
            manifest["signature"] = _signature(manifest, key)
        (building / MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")
        building.chmod(0o755)
        if directory.exists():
            shutil.rmtree(directory)
        building.rename(directory)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise


def read(
    directory: Path, schema: int, key: bytes | None = None
) -> tuple[str, dict[str, Any], dict[str, NDArray[Any]]]:
    """Version, description and arrays; raises `Unusable` before anything altered is opened."""
    version = check(directory, schema, key)
    description = json.loads((directory / DESCRIPTION).read_text("utf-8"))
    with np.load(directory / ARRAYS, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    return version, description, arrays


def check(directory: Path, schema: int, key: bytes | None = None) -> str:
    """The version of a model whose files are as they were trained; raises `Unusable`."""
    manifest = _manifest(directory)
    if manifest.get("schema") != schema:
        raise Unusable(
            f"the model in {directory} has format {manifest.get('schema')}, this version reads "
            f"{schema}: train it again with `triage train`",
            "format",
        )
    if key is not None and not hmac.compare_digest(
        str(manifest.get("signature", "")), _signature(manifest, key)
    ):
        raise Unusable(
            f"the model in {directory} is not signed with this installation's key", "signature"
        )
    files = manifest.get("files")
    if not isinstance(files, dict) or set(files) != {DESCRIPTION, ARRAYS}:
        raise Unusable(f"the manifest of {directory} does not name the model's files")
    for name, expected in files.items():
        path = directory / name
        if not path.is_file() or _sha256(path) != expected:
            raise Unusable(f"{path} is not the file that was trained: train again")
    return str(manifest["version"])


def newest(models: Path) -> Path | None:
    """The directory of the model in use; None on a fresh install, or when what was in use is gone.

    One that was trained and not put to use is never taken instead. Only where nothing was ever put
    to use, the first one written is: what was trained beside it later is a candidate.
    """
    named = pointed_at(models)
    if named is not None:
        return models / named if (models / named / MANIFEST).is_file() else None
    written = [(models / version / MANIFEST, version) for version in kept(models)]
    return min(written, key=lambda one: one[0].stat().st_mtime)[0].parent if written else None


def pointed_at(models: Path) -> str | None:
    """The version that was put to use, be its files there or not; None when none ever was."""
    pointer = models / CURRENT
    if not pointer.is_file():
        return None
    return Path(pointer.read_text("utf-8", "replace").strip()).name


def stamp(directory: Path) -> tuple[tuple[int, int], ...]:
    """Changes whenever one of a model's files does; cheap enough to look at for every mail."""
    found = []
    for name in (MANIFEST, DESCRIPTION, ARRAYS):
        try:
            status = (directory / name).stat()
        except OSError:
            found.append((-1, -1))
        else:
            found.append((status.st_mtime_ns, status.st_size))
    return tuple(found)


def kept(models: Path) -> list[str]:
    """The versions whose files lie here, whole or not, in alphabetical order."""
    return sorted(path.parent.name for path in models.glob("[!.]*/" + MANIFEST))


def remove(models: Path, version: str) -> None:
    """Delete a version's files. It is moved aside first: nobody finds half of it."""
    directory, aside = models / Path(version).name, models / f".gone-{version}-{os.getpid()}"
    directory.rename(aside)
    if aside.is_symlink():
        aside.unlink()
    else:
        shutil.rmtree(aside, ignore_errors=True)


def finish_removals(models: Path) -> None:
    """Delete what a process that died had moved aside and not deleted."""
    for aside in models.glob(".gone-*"):
        if aside.is_symlink():
            aside.unlink(missing_ok=True)
        else:
            shutil.rmtree(aside, ignore_errors=True)


def use(models: Path, version: str) -> None:
    """Point `current` at a version, in one step."""
    pointer = models / f".{CURRENT}-{os.getpid()}"
    pointer.write_text(version + "\n", "utf-8")
    pointer.replace(models / CURRENT)


@contextmanager
def training(models: Path) -> Iterator[None]:
    """Held by the one process that trains; the others wait and then find the model there."""
    models.mkdir(parents=True, exist_ok=True)
    with (models / ".training").open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(stream, fcntl.LOCK_UN)


def size(directory: Path) -> int:
    """Bytes on disk."""
    return sum(path.stat().st_size for path in directory.iterdir())


def _manifest(directory: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((directory / MANIFEST).read_text("utf-8"))
    except FileNotFoundError as missing:
        raise Unusable(f"there is no model in {directory}", "gone") from missing
    except ValueError as broken:
        raise Unusable(f"the manifest of {directory} cannot be read") from broken
    if not isinstance(manifest, dict):
        raise Unusable(f"the manifest of {directory} cannot be read")
    return manifest


def _signature(manifest: Mapping[str, Any], key: bytes) -> str:
    signed = {name: value for name, value in manifest.items() if name != "signature"}
    return hmac.new(key, json.dumps(signed, sort_keys=True).encode(), "sha256").hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
