"""`triage web`: the pages only. This process becomes gunicorn."""

import os
import shutil
import sys

import click

from triage.config import Settings
from triage.instance import running


@click.command("web")
def command() -> None:
    """Serve the pages at HOST:PORT until SIGTERM."""
    settings = running(Settings.from_environment())
    times = settings.data_dir / "metrics"
    shutil.rmtree(times, ignore_errors=True)
    times.mkdir(mode=0o700, parents=True)
    environment = os.environ | {
        "PROMETHEUS_MULTIPROC_DIR": str(times),
        "DATABASE_URL": settings.database_url or "",
        "REDIS_URL": settings.redis_url or "",
    }
    line = [
        *(sys.executable, "-m", "gunicorn", "--no-control-socket"),
        *("--config", "python:triage.gunicorn_conf", "triage:create_app()"),
    ]
    os.execve(sys.executable, line, environment)
