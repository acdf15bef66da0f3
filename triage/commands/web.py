"""`triage web`: the pages only. This process becomes gunicorn."""

import os
import sys

import click

from triage.config import Settings
from triage.instance import running


@click.command("web")
def command() -> None:
    """Serve the pages at HOST:PORT until SIGTERM."""
    settings = running(Settings.from_environment())
    environment = os.environ | {
        "DATABASE_URL": settings.database_url or "",
        "REDIS_URL": settings.redis_url or "",
    }
    line = [
        *(sys.executable, "-m", "gunicorn", "--no-control-socket"),
        *("--config", "python:triage.gunicorn_conf", "triage:create_app()"),
    ]
    os.execve(sys.executable, line, environment)
