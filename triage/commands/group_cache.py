"""What `triage group --cache FILE` keeps between runs: vectors and posteriors, never a text.

Keys are hashes of text and model, so that a text that changed, or a new model, is read again.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from classifiers.engine import AXES, Engine, Opinion, Text
from classifiers.features import Floats


@dataclass(frozen=True, slots=True)
class Signal:
    """A contact as the classifier has read it."""

    language: str
    vector: Floats | None
    posteriors: Mapping[str, Floats]


class Unreadable(Exception):
    """The file is something else, or broken; it is left as it is."""


class SignalCache:
    """Signals by text; `path` None keeps nothing."""

    def __init__(self, path: Path | None, engine: Engine) -> None:
        self.path = path
        self.engine = engine
        self.kept: dict[str, tuple[str, NDArray[np.float16]]] = {}
        self.changed = False
        if path is not None and path.exists():
            self.kept = _read(path)

    def known(self, text: Text) -> Signal | None:
        found = self.kept.get(self._key(text)) if self.path else None
        if found is None:
            return None
        language, row = found
        width = row.size - sum(len(self.engine.labels[axis]) for axis in AXES)
        values = row.astype(np.float32)
        posteriors, start = {}, width
        for axis in AXES:
            end = start + len(self.engine.labels[axis])
            posteriors[axis] = values[start:end]
            start = end
        return Signal(language, values[:width] if width else None, posteriors)

    def keep(self, text: Text, opinion: Opinion) -> None:
        if self.path is None:
            return
        parts = [] if opinion.vector is None else [opinion.vector]
        values = np.concatenate([*parts, *(opinion.posteriors[axis] for axis in AXES)])
        self.kept[self._key(text)] = (opinion.language, values.astype(np.float16))
        self.changed = True

    def write(self) -> None:
        """Write the file whole or not at all; what another model has read is dropped."""
        if self.path is None or not self.changed:
            return
        mine = {key: found for key, found in self.kept.items() if key.startswith(self._model)}
        arrays: dict[str, NDArray[Any]] = {
            "keys": np.array(list(mine)),
            "languages": np.array([language for language, _ in mine.values()]),
            "values": np.vstack([row for _, row in mine.values()]),
        }
        building = self.path.with_name(self.path.name + ".building")
        with building.open("wb") as stream:
            np.savez(stream, allow_pickle=False, **arrays)
        building.replace(self.path)

    @property
    def _model(self) -> str:
        return f"{self.engine.version} "

    def _key(self, text: Text) -> str:
        written: Sequence[str | None] = [text.subject, text.text, text.language]
        return self._model + hashlib.sha256(repr(written).encode()).hexdigest()


def _read(path: Path) -> dict[str, tuple[str, NDArray[np.float16]]]:
    try:
        with np.load(path, allow_pickle=False) as stored:
            rows = zip(stored["keys"], stored["languages"], stored["values"], strict=True)
            return {str(key): (str(language), row) for key, language, row in rows}
    except (ValueError, KeyError, TypeError, EOFError, OSError, BadZipFile) as reason:
        raise Unreadable(f"{path} is not a cache of this command") from reason
