"""Passerelle: who is asking. Flask, intake, routing, desk, screening, dashboards, commands.

Importing it loads nothing, so that `triage parse` never pays for a web application;
`triage:create_app()` is resolved when a server asks for it.
"""

from importlib import import_module
from typing import Any


def __getattr__(name: str) -> Any:
    if name == "create_app":
        return import_module("triage.application").create_app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
