"""`triage erase --finish`: what erasures have emptied is given up on the disk, too."""

import sys

import click

from models.base import now
from models.erasure_compact import compact, forget_the_log, touched
from models.erasure_replay import replay
from triage.config import Settings
from triage.foundation import bare_app


@click.command()
@click.option("--finish", is_flag=True, help="Write the tables anew (each is locked meanwhile).")
@click.option("--again", is_flag=True, help="Erase again what the log of erasures knows.")
def command(finish: bool, again: bool) -> None:
    """Carry erasures to their end: after a restored backup, and on the disk."""
    if not finish and not again:
        raise click.UsageError("Say --finish, --again or both.")
    with bare_app(Settings.from_environment()).app_context():
        if again:
            click.echo(f"{replay(now())} erasures were done again.")
        if finish:
            with click.progressbar(touched(), label="Tables", file=sys.stderr) as names:
                for name in names:
                    compact(name)
            forget_the_log()
            click.echo(
                "The tables hold no old versions of rows. Backups keep theirs until they expire."
            )
