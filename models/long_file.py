"""A long file kept as sealed pieces, each under its own digest: never more than one of them lies in
memory, when it is kept as when it is read."""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Any

from models.files import Blob

PIECE = 4 * 1024 * 1024


@dataclass(frozen=True)
class Kept:
    """What was kept: the digest of the whole, how many bytes, and the digests of its pieces."""

    digest: str
    size: int
    pieces: list[str]


def keep(file: IO[bytes]) -> Kept:
    """Keep a file from where it is read next; raises `filestore.NoRoom` when the disk is full."""
    whole, size, pieces = hashlib.sha256(), 0, []
    while piece := file.read(PIECE):
        whole.update(piece)
        size += len(piece)
        pieces.append(Blob.keep(piece))
    return Kept(whole.hexdigest(), size, pieces)


class LongFile(io.RawIOBase):
    """A kept file, read from its beginning; raises `filestore.Lost` where a piece is missing."""

    def __init__(self, pieces: Sequence[str]) -> None:
        self._waiting = iter(pieces)
        self._piece = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._piece:
            digest = next(self._waiting, None)
            if digest is None:
                return 0
            self._piece = memoryview(Blob.kept(digest))
        count = min(len(buffer), len(self._piece))
        buffer[:count] = self._piece[:count]
        self._piece = self._piece[count:]
        return count
