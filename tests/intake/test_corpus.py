"""Mails as programs really write them, each with what a reader must find in it."""

import json
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from triage.intake.guarded import parse_guarded

CORPUS = Path(__file__).parent / "corpus"
MAILS = sorted(CORPUS.glob("*/*.eml"))
LINE_KEYS = ("from_email", "from_name", "subject", "language_hint")
ENOUGH = 0.98


@pytest.mark.parametrize("path", MAILS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_real_mail_is_read_rightly(path: Path) -> None:
    assert mistakes(path) == []


def test_nearly_every_mail_of_the_corpus_is_read_rightly() -> None:
    right = sum(not mistakes(path) for path in MAILS)
    assert right >= ENOUGH * len(MAILS)


@cache
def mistakes(path: Path) -> list[str]:
    """What the reader got wrong in one mail, in words."""
    expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
    read = parse_guarded(path.read_bytes()).as_json()
    wrong = [
        f"{key}: {read[key]!r} is not {expected[key]!r}"
        for key in LINE_KEYS
        if key in expected and one_line(read[key]) != one_line(expected[key])
    ]
    if read["automatic"] != expected.get("automatic"):
        wrong.append(f"automatic: {read['automatic']!r} is not {expected.get('automatic')!r}")
    if "new_text" in expected and folded(read["new_text"]) not in endings(expected):
        wrong.append(
            f"new_text: {folded(read['new_text'])!r} is not {folded(expected['new_text'])!r}"
        )
    wrong += [f"new_text lacks {piece!r}" for piece in absent(expected, "new_text", read)]
    wrong += [
        f"new_text has {piece!r}"
        for piece in expected.get("new_text_lacks", [])
        if one_line(piece) in one_line(read["new_text"])
    ]
    wrong += [f"text lacks {piece!r}" for piece in absent(expected, "text", read)]
    wrong += [
        f"defects lack {defect!r}"
        for defect in expected.get("defects_contains", [])
        if defect not in read["defects"]
    ]
    return wrong + wrong_files(expected.get("attachments", []), read["attachments"])


def absent(expected: dict[str, Any], key: str, read: dict[str, Any]) -> list[str]:
    wanted: list[str] = expected.get(f"{key}_contains", [])
    return [piece for piece in wanted if one_line(piece) not in one_line(read[key])]


def endings(expected: dict[str, Any]) -> list[list[str]]:
    """The new text, and the new text with the first lines of what may follow."""
    text = folded(expected["new_text"])
    may_follow = expected.get("new_text_may_end_with", [])
    several = may_follow if may_follow and isinstance(may_follow[0], list) else [may_follow]
    allowed = [text]
    for ending in several:
        lines = folded("\n".join(ending))
        allowed += [text + lines[:count] for count in range(1, len(lines) + 1)]
    return allowed


def wrong_files(expected: Sequence[dict[str, Any]], read: Sequence[dict[str, Any]]) -> list[str]:
    """Expected and found files are matched one to one, in any order."""
    left = list(read)
    wrong = []
    for file in expected:
        same = next((one for one in left if file.items() <= one.items()), None)
        if same is None:
            wrong.append(f"no file {file!r}")
        else:
            left.remove(same)
    return wrong + [f"file not expected: {one['name']!r} {one['content_type']!r}" for one in left]


def folded(text: str) -> list[str]:
    return [line for line in map(one_line, text.split("\n")) if line]


def one_line(text: str | None) -> str | None:
    return None if text is None else re.sub(r"[\s\u00a0\u200b\u202f]+", " ", text).strip()
