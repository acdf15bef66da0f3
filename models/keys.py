"""The key ring: protects what must not be readable in a stolen database.

AES-256-GCM with the place (table, column, row) as associated data and the key's id in front;
HMAC-SHA256 as a blind index and for the signatures of links and Message-IDs. Keys come from a file
or the environment, never from the database.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import zlib
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


@dataclass(frozen=True)
class KeyRing:
    """Named 32-byte keys; the last one seals, all of them open."""

    keys: dict[str, bytes]
    index_key: bytes
    sign_key: bytes

    @classmethod
    def load(cls, path: Path) -> "KeyRing":
        """The ring in `path`; made there on first use, readable by its owner only."""
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = {
                "keys": {"k1": _text(secrets.token_bytes(32))},
                "index": _text(secrets.token_bytes(32)),
                "sign": _text(secrets.token_bytes(32)),
            }
            draft = path.with_suffix(f".{os.getpid()}")
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                json.dump(fresh, file)
            try:
                os.link(draft, path)  # two processes may start at once: the first ring stays
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return cls.from_json(path.read_text())

    @classmethod
    def from_json(cls, text: str) -> "KeyRing":
        ring = json.loads(text)
        keys = {name: base64.b64decode(key) for name, key in ring["keys"].items()}
        return cls(keys, base64.b64decode(ring["index"]), base64.b64decode(ring["sign"]))

    def seal(self, plain: bytes, place: str) -> bytes:
        """`plain`, compressed and encrypted for `place` (for example `intake_raw|bytes|<key>`)."""
        name = list(self.keys)[-1]
        nonce = secrets.token_bytes(_NONCE)
        body = AESGCM(self.keys[name]).encrypt(nonce, zlib.compress(plain, 1), place.encode())
        return name.encode() + b"|" + nonce + body

    def open(self, sealed: bytes, place: str) -> bytes:
        """The plain bytes; raises `cryptography.exceptions.InvalidTag` when moved or changed."""
        name, rest = sealed.split(b"|", 1)
        key = self.keys[name.decode()]
        nonce, body = rest[:_NONCE], rest[_NONCE:]
        return zlib.decompress(AESGCM(key).decrypt(nonce, body, place.encode()))

    def blind(self, value: str, purpose: str) -> bytes:
        """A keyed digest that finds equal values without showing them."""
        return hmac.digest(self.index_key, f"{purpose}|{value}".encode(), hashlib.sha256)

    def sign(self, *parts: object) -> str:
        """26 lower-case base32 characters (130 bits) that vouch for `parts`."""
        digest = hmac.digest(self.sign_key, "|".join(map(str, parts)).encode(), hashlib.sha256)
        return base64.b32encode(digest).decode().lower()[:26]

    def vouches(self, signature: str, *parts: object) -> bool:
        """Whether `signature` was made by `sign(*parts)`; in constant time."""
        given = signature.lower().encode("utf-8", "replace")
        return hmac.compare_digest(given, self.sign(*parts).encode())


_ring: list[KeyRing] = []


def install(ring: KeyRing) -> None:
    """Make `ring` the process's key ring; called once when the application is built."""
    _ring[:] = [ring]


def ring() -> KeyRing:
    """The process's key ring."""
    if not _ring:
        raise RuntimeError("no key ring is installed: build the application first")
    return _ring[0]


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode()
