"""`triage restore`: the house as a backup has it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from models import erasure_replay
from models.base import now
from models.keys import KeyRing, install
from triage import restoring
from triage.backing_up import BackupTrouble, Copy
from triage.commands.backup import shown
from triage.config import Settings
from triage.embedded import Postgres, prepare
from triage.instance import Claim


@click.command("restore")
@click.argument("backup", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--replace",
    "replaced",
    is_flag=True,
    help="Put it in the place of a database with data, which is kept under another name.",
)
@click.option("--without-keys", is_flag=True, help="Give up what was sealed with other keys.")
@click.option("--proof-only", is_flag=True, help="Prove the backup and change nothing.")
@click.option(
    "--mail-log",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The mail server's log since the backup: mails whose Message-ID stands in it have left.",
)
def command(
    backup: Path, replaced: bool, without_keys: bool, proof_only: bool, mail_log: Path | None
) -> None:
    """Restore the copy in the folder BACKUP. Every process of Passerelle must be stopped.

    Afterwards nothing leaves until an administrator has looked: Admin, What leaves.
    """
    settings = Settings.from_environment()
    prepare(settings.data_dir, settings.disk_reserve)
    install(KeyRing.load(settings.key_ring))
    try:
        copy = Copy.at(backup.absolute())
        restoring.prove(copy, without_keys=without_keys)
        if proof_only:
            click.echo(f"{copy.folder} is whole: {len(copy.paths)} files of {copy.made_at:%c}.")
            return
        with Claim(settings.data_dir), reached(settings) as reachable, shown() as progress:
            done = restoring.restore(
                copy,
                reachable,
                now(),
                replace=replaced,
                replay=erasure_replay.replay,
                progress=progress,
                logged=restoring.message_ids(mail_log) if mail_log else frozenset(),
            )
    except BackupTrouble as trouble:
        raise click.ClickException(str(trouble)) from None
    for line in said_of(done, copy):
        click.echo(line)


@contextmanager
def reached(settings: Settings) -> Iterator[Settings]:
    """The settings with a database server that answers: yours, or the embedded one meanwhile."""
    if settings.database_url:
        yield settings
        return
    server = Postgres(
        settings.data_dir, account=settings.server_user, reserve=settings.disk_reserve
    )
    try:
        server.start()
        yield replace(settings, database_url=server.url(settings.database_name))
    finally:
        server.stop()


def said_of(done: restoring.Restored, copy: Copy) -> Iterator[str]:
    yield f"Restored: {done.rows} rows of {copy.made_at:%Y-%m-%d %H:%M} UTC."
    yield f"Files put back that were missing: {done.files}."
    if done.kept_as:
        yield f"What was there before is the database “{done.kept_as}”."
    if done.erased_again:
        yield f"Erased again, as it was after this backup: {done.erased_again} people."
    if done.outgoing.known:
        yield f"{done.outgoing.known} that stood to leave had left, and are marked so."
    if done.outgoing.set_aside or done.outgoing.standing_still:
        yield (
            f"{done.outgoing.set_aside} mails, notices, reports and webhooks that stood to leave "
            f"are set aside, {done.outgoing.standing_still} mailings stand still: "
            "they may have left already."
        )
    yield "Everybody must sign in again."
    yield "Nothing leaves until an administrator has looked: Admin, What leaves."
