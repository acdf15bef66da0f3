"""Whatever may be wrong with a mail has words, in the reader's language."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import force_locale

from models.quarantine import OVERSIZE, POISON
from tests.test_layers import HOUSE
from triage.defects import QUIET, WORDS, telling
from triage.intake.guarded import parse_guarded
from triage.intake.letter import UNREAD_DEFECTS

CORPUS = sorted((HOUSE / "tests" / "intake" / "corpus").rglob("*.eml"))
CODE = re.compile(r"[a-z]+(_[a-z0-9]+)+|unreadable")


def codes() -> Iterator[str]:
    """Every name that the code gives to a defect: added to a set of them, put into one, or handed
    over with what was opened or decoded."""
    for path in sorted((HOUSE / "triage" / "intake").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            for part in places(node):
                yield from (
                    inner.value
                    for inner in ast.walk(part)
                    if isinstance(inner, ast.Constant)
                    and isinstance(inner.value, str)
                    and CODE.fullmatch(inner.value)
                )


def places(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Call):
        called = ast.unparse(node.func)
        if called.endswith(("defects.add", "defects.append")):
            return list(node.args)
        if called in ("Opened", "Decoded", "Letter.unread", "cls.unread"):
            return list(node.args[1:])
        return [word.value for word in node.keywords if word.arg == "defects"]
    if isinstance(node, ast.Assign) and "defect" in ast.unparse(node.targets[0]):
        return [node.value]
    return []


def test_every_defect_that_the_code_names_has_words() -> None:
    found = set(codes()) | UNREAD_DEFECTS
    assert len(found) > 25, "the search has lost its way"
    assert sorted(found - set(WORDS)) == []


@pytest.mark.parametrize("folder", sorted({path.parent for path in CORPUS}), ids=lambda p: p.name)
def test_every_defect_of_real_mails_has_words(folder: Path) -> None:
    found = {
        code for path in folder.glob("*.eml") for code in parse_guarded(path.read_bytes()).defects
    }
    assert found <= set(WORDS)


def test_the_kinds_of_the_quarantine_are_made_of_known_defects() -> None:
    assert set(OVERSIZE) | set(POISON) <= set(WORDS)
    assert set(WORDS) >= QUIET
    assert QUIET.isdisjoint(UNREAD_DEFECTS), "what was left out is always told"


def test_each_thing_is_told_once_and_trifles_are_not(app: Flask) -> None:
    codes = ["charset_wrong", "charset_unknown", "date_unreadable", "several_senders", "new_code"]
    with app.test_request_context(), force_locale("en"):
        told = telling(codes)
    assert told == ["its characters were guessed", "several senders", "new_code"]
