"""Facts without words: what may stand for good in a chain that nobody can change.

An event keeps what was said, and loses it at an erasure. The audit chain keeps ids, states and
numbers of the same deed, and in the place of words their keyed fingerprint: it proves that the
event's words were not changed, and says nothing once they are gone.
"""

import re
from typing import Any

from models.base import db_safe
from models.keys import ring

_ABOUT_THE_HOUSE_WORDS = """
    absence calendar classifier ending erasure exchange form hold hours info_page intent lesson
    macro mailbox measure newcomer notice_text privacy processing promise retention roster
    second_reader setting shift signature team text token tone topic user webhook
"""
ABOUT_THE_HOUSE = frozenset(_ABOUT_THE_HOUSE_WORDS.split())
"""Deeds on how the house works, by the first part of their kind: they name no client."""

_CODE = re.compile(r"[a-z][a-z0-9_.:-]{0,40}|\d{4}-\d\d-\d\d(T[\d:.+]+)?|v?\d{1,6}(\.\d{1,4})?")
_WORDS = frozenset({"words", "text", "note", "remark", "name", "line", "said"})
"""Under these names people type what they like, so that one word alone may be a name."""


def wordless(kind: str, facts: dict[str, Any]) -> dict[str, Any]:
    """`facts` of an event of that kind, each free word replaced by its fingerprint."""
    if kind.partition(".")[0] in ABOUT_THE_HOUSE:
        return facts
    return {name: _without_words(value, name in _WORDS) for name, value in facts.items()}


def emptied(facts: dict[str, Any]) -> dict[str, Any]:
    """`facts` after an erasure: ids, states, numbers and times stay, words are gone."""
    return {name: _emptied(value, name in _WORDS) for name, value in facts.items()}


def fingerprint(words: str) -> str:
    """What stands for `words` where they may not: equal for equal words, and readable by nobody."""
    return f"~{ring().blind(db_safe(words), 'audit').hex()[:24]}"


def _without_words(value: Any, typed: bool) -> Any:
    if isinstance(value, str):
        return fingerprint(value) if _free(value, typed) else value
    if isinstance(value, dict):
        return {
            fingerprint(key) if _free(str(key), False) else key: _without_words(item, key in _WORDS)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple | set):
        return [_without_words(item, typed) for item in value]
    return value


def _emptied(value: Any, typed: bool) -> Any:
    if isinstance(value, str):
        return "" if _free(value, typed) else value
    if isinstance(value, dict):
        kept = {key: item for key, item in value.items() if not _free(str(key), False)}
        return {key: _emptied(item, key in _WORDS) for key, item in kept.items()}
    if isinstance(value, list | tuple | set):
        return [_emptied(item, typed) for item in value]
    return value


def _free(text: str, typed: bool) -> bool:
    """Whether `text` can be anything that somebody typed."""
    return bool(text) and (typed or not _CODE.fullmatch(text))
