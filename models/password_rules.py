"""Which passwords are refused, and why: too short, used by very many, or made of what is known.

After NIST SP 800-63B-4, 3.1.1.2: a least length, a list of common ones, words of the context; no
rule about kinds of characters. Digits and signs around a common word make it no better.
"""

import re
import secrets
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

SHORTEST = 12
LONGEST = 128
LEFT = 8
"""So many characters must be left once everything that can be known is taken out."""
FEWEST = 5
"""So many different characters at least."""
PRODUCT = ("passerelle", "triage")
SHORTEST_NAME = 4
_LEET = str.maketrans("@4301!5$7", "aaeoiisst")
_AROUND = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiopasdfghjklzxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "qwertzuiopasdfghjklyxcvbnm",
)
_RUN = 4
"""So many neighbours of the alphabet or the keyboard are no choice any more."""
_LIST = Path(__file__).with_name("common_passwords.txt")


class Weakness(StrEnum):
    """Why a password is refused."""

    LENGTH = "length"
    COMMON = "common"
    PATTERN = "pattern"
    """repeated, or neighbours of the alphabet or the keyboard"""
    KNOWN = "known"
    """made of the person's name, the login or the product's name"""


class Weak(ValueError):
    """A password that is refused."""

    def __init__(self, why: Weakness) -> None:
        super().__init__(_SAID[why])
        self.why = why


_SAID = {
    Weakness.LENGTH: f"a password has {SHORTEST} to {LONGEST} characters",
    Weakness.COMMON: "very many people use this password",
    Weakness.PATTERN: "the password repeats itself or goes along the keyboard",
    Weakness.KNOWN: "the password is made of a name that everybody knows",
}


def weakness(password: str, known: Iterable[str] = ()) -> Weakness | None:
    """Why this password is refused, None for a good one; `known` are names of the person and the
    house."""
    if not SHORTEST <= len(password) <= LONGEST:
        return Weakness.LENGTH
    plain = password.casefold()
    if any(_common(form) for form in (plain, _unit(plain))):
        return Weakness.COMMON
    if len(set(plain)) < FEWEST or len(_unit(plain)) < LEFT or len(_without_runs(plain)) < LEFT:
        return Weakness.PATTERN
    if _is_known(plain, _words([*PRODUCT, *known])):
        return Weakness.KNOWN
    return None


def fresh_password() -> str:
    """One made by chance; what chance should make weak is passed over."""
    while weakness(made := secrets.token_urlsafe(12)) is not None:
        pass
    return made


def _common(plain: str) -> bool:
    core = _AROUND.sub("", plain)
    forms = {plain, core, plain.translate(_LEET), core.translate(_LEET)}
    forms |= {_AROUND.sub("", form) for form in forms}
    return bool(forms & common())


def _unit(plain: str) -> str:
    """What is repeated, where the whole is one thing said several times."""
    at = (plain + plain).find(plain, 1)
    return plain[:at]


def _without_runs(plain: str) -> str:
    """Without what lies side by side in the alphabet or on the keyboard, either way."""
    left, at = "", 0
    while at < len(plain):
        length = max(_run(plain, at, row) for row in _both_ways())
        if length < _RUN:
            left, at = left + plain[at], at + 1
        else:
            at += length
    return left


def _run(plain: str, at: int, row: str) -> int:
    length = 0
    while at + length < len(plain) and plain[at : at + length + 1] in row:
        length += 1
    return length


@lru_cache(maxsize=1)
def _both_ways() -> tuple[str, ...]:
    return (*_ROWS, *(row[::-1] for row in _ROWS))


def _is_known(plain: str, words: list[str]) -> bool:
    """Whether too few letters are left once these names are taken out."""
    left = plain
    for word in sorted(words, key=len, reverse=True):
        left = left.replace(word, " ").replace(word.translate(_LEET), " ")
    return left != plain and len(re.sub(r"[\W\d_]", "", left)) < LEFT


def _words(known: Iterable[str]) -> list[str]:
    parts = (part for name in known for part in re.split(r"[\W\d_]+", name.casefold()))
    return [part for part in parts if len(part) >= SHORTEST_NAME]


@lru_cache(maxsize=1)
def common() -> frozenset[str]:
    """The list, read once."""
    lines = _LIST.read_text("utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
