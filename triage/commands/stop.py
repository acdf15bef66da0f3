"""`triage stop`: end the Passerelle of this DATA_DIR, or what a killed one left behind."""

import signal

import click

from triage.config import Settings
from triage.embedded import Postgres, Valkey
from triage.instance import Claim, Run

PATIENCE = 10.0


@click.command("stop")
def command() -> None:
    """End what a `run` in this DATA_DIR started, or left behind."""
    settings = Settings.from_environment()
    run = Run.read(settings.data_dir)
    if run and run.supervisor.alive:
        run.supervisor.end(signal.SIGTERM, PATIENCE)
        click.echo(f"Stopped: {run.address}")
    else:
        click.echo(f"No Passerelle runs with its data in {settings.data_dir}.")
    if not settings.data_dir.is_dir():
        return
    with Claim(settings.data_dir):
        if leftover := Run.read(settings.data_dir):
            leftover.stop_leftovers()
        if (settings.data_dir / "servers").is_dir():
            for server in (Postgres, Valkey):
                server(settings.data_dir, account=settings.server_user).stop_leftover()
        (settings.data_dir / "run.json").unlink(missing_ok=True)
