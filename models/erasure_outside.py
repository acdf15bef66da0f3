"""What of an erasure lies outside the database: its log, files, and letters that left as files.

The log outlives the database: after an older backup has been put back, it says what must be erased
again. It holds numbers of rows and pseudonyms, and nothing of anybody.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.filestore import store


@dataclass(frozen=True)
class Outside:
    """Where this installation keeps them."""

    log: Path
    letters: Path
    exports: Path

    def note(self, entry: dict[str, Any]) -> None:
        """Write one line down for good: it is on the disk before the erasure counts as done."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, json.dumps(entry, sort_keys=True).encode() + b"\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def noted(self) -> list[dict[str, Any]]:
        """Every line, the oldest first; a half line that a crash has left is passed over."""
        return lines_of(self.log)

    def learn(self, log: Path) -> int:
        """Take over the lines of another copy of this log that are missing here; returns how
        many. What stands here stays."""
        known = self.noted()
        missing = [entry for entry in lines_of(log) if entry not in known]
        for entry in missing:
            self.note(entry)
        return len(missing)

    def remove(
        self, digests: Iterable[str], message_ids: Iterable[int], exports: Iterable[str]
    ) -> None:
        """Delete files by their digest, letters by their number and tables by their place; what
        is gone already is no mistake."""
        for digest in digests:
            store().remove(digest)
        for message_id in message_ids:
            (self.letters / f"{message_id:07d}.eml").unlink(missing_ok=True)
        for place in exports:
            (self.exports / Path(place).name).unlink(missing_ok=True)


def lines_of(log: Path) -> list[dict[str, Any]]:
    if not log.exists():
        return []
    entries = []
    for line in log.read_text("utf-8").splitlines():
        try:
            entries.append(json.loads(line))
        except ValueError:
            continue
    return entries


_outside: list[Outside] = []


def install(outside: Outside) -> None:
    """Make `outside` the process's; called once when the application is built."""
    _outside[:] = [outside]


def outside() -> Outside:
    """Where this process keeps them."""
    if not _outside:
        raise RuntimeError("no place for the log of erasures is known: build the application first")
    return _outside[0]
