"""What hundreds of applications in one process need not make anew each.

What werkzeug makes of an address depends on the address alone, what SQLAlchemy makes of a statement
on the statement, what Jinja makes of a template on its text: compiled again for each test, they
were more than half of what a test costs.
"""

import gc
from types import MethodType
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine
from werkzeug.routing import Rule
from whitenoise import WhiteNoise

from models.base import db

_compile = Rule.compile
_look_through = WhiteNoise.update_files_dictionary
_make_engine = db._make_engine
_compiled: dict[object, dict[str, Any]] = {}
_files: dict[object, dict[str, Any]] = {}
_engines: dict[str, Engine] = {}

SELDOM = (100_000, 20, 20)
"""Allocations and rounds between looks for garbage: each look walks libraries that never go."""

LENT = "lent"
"""How the database begins its name that most tests use in turn."""

COMPILED = ("_parts", "_trace", "_converters", "arguments")
BOUND = ("_build", "_build_unknown")
"""What compiling gives a rule; nobody changes it afterwards."""


class Templates(BytecodeCache):
    """What was compiled of each template, by its name and text."""

    def __init__(self) -> None:
        self.compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.compiled:
            bucket.bytecode_from_string(self.compiled[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.compiled[bucket.key] = bucket.bytecode_to_string()


TEMPLATES = Templates()


def begin() -> None:
    """From now on."""
    Rule.compile = _remembered  # type: ignore[assignment, method-assign]
    WhiteNoise.update_files_dictionary = _looked_through
    db._make_engine = _shared  # type: ignore[method-assign]


def settle() -> None:
    """What has been imported stays until the end: no look for garbage needs to pass it again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*SELDOM)


def rest(engine: Engine) -> None:
    """Let go of a database; of the lent one only if something still holds it: it is used again."""
    lent = (engine.url.database or "").startswith(LENT)
    if not lent or engine.pool.checkedout():  # type: ignore[attr-defined]
        engine.dispose()


def hang_up() -> None:
    """After the last test."""
    for engine in _engines.values():
        engine.dispose()


def _remembered(rule: Rule) -> None:
    assert rule.map is not None
    if rule.defaults or rule.map.host_matching:
        _compile(rule)
        return
    told = (rule.rule, rule.subdomain, rule.merge_slashes, tuple(rule.map.converters.values()))
    if told not in _compiled:
        _compile(rule)
        _compiled[told] = {name: vars(rule)[name] for name in COMPILED} | {
            name: vars(rule)[name].__func__ for name in BOUND
        }
    kept = _compiled[told]
    vars(rule).update((name, kept[name]) for name in COMPILED)
    vars(rule).update((name, MethodType(kept[name], rule)) for name in BOUND)


def _looked_through(whitenoise: WhiteNoise, root: str, prefix: str) -> None:
    told = (root, prefix, whitenoise.max_age)
    if told not in _files:
        _look_through(whitenoise, root, prefix)
        _files[told] = dict(whitenoise.files)
    whitenoise.files.update(_files[told])


def _shared(bind_key: str | None, options: dict[str, Any], app: Flask) -> Engine:
    """An engine with events of its own; its compiled statements are those of its first namesake."""
    told = repr(sorted((name, str(value)) for name, value in options.items()))
    if told not in _engines:
        _engines[told] = _make_engine(bind_key, options, app)
    return _engines[told].execution_options()
