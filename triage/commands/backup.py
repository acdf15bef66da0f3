"""`triage backup`: one moment of the database, its files and models, and the proof of it."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from models.backup import Backup
from models.base import now, transaction
from triage import backing_up
from triage.backing_up import BackupTrouble, Copy, Progress
from triage.config import Settings
from triage.foundation import bare_app
from triage.instance import running


@click.command("backup")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--keep", type=click.IntRange(1), help="Delete all but so many newest copies.")
@click.option("--no-proof", is_flag=True, help="Do not read the copy back.")
@click.option(
    "--keys-to",
    type=click.Path(file_okay=False, path_type=Path),
    help="Copy the keys into this folder, which must be kept elsewhere.",
)
def command(folder: Path, keep: int | None, no_proof: bool, keys_to: Path | None) -> None:
    """Copy everything into a new folder of FOLDER and read it back.

    The keys are never in the copy: without DATA_DIR/keys.json and secret.json it can be read by
    nobody, and neither by you.
    """
    settings = running(Settings.from_environment())
    folder = folder.absolute()
    if any(folder.is_relative_to(one.absolute()) for one in backing_up.sources(settings).values()):
        raise click.UsageError("FOLDER lies among the files that are to be copied.")
    with bare_app(settings).app_context():
        at = now()
        with transaction():
            noted = Backup.begin(str(folder), at).id
        try:
            with shown() as progress:
                copy = backing_up.make(settings, folder, at, progress)
            if not no_proof:
                backing_up.read_back(copy, settings)
        except BackupTrouble as trouble:
            note(noted, error=str(trouble))
            raise click.ClickException(str(trouble)) from None
        note(noted, copy=copy, proven=not no_proof)
        gone = backing_up.forget_old(folder, keep) if keep else []
    click.echo(said_of(copy, proven=not no_proof))
    if settings.files_url:
        click.echo(f"Files are in {settings.files_url}: back that up by its own means.")
    for old in gone:
        click.echo(f"deleted: {old}")
    if keys_to is not None:
        click.echo(f"keys: {copy_keys(settings, keys_to)}")
    else:
        click.echo(
            f"Keep {settings.key_ring} apart from it: without it nothing sealed can be read."
        )


def note(
    backup_id: int, *, copy: Copy | None = None, proven: bool = False, error: str = ""
) -> None:
    """Write down what came of it, for the health page."""
    with transaction():
        row = Backup.named(backup_id)
        if row is None:
            return
        row.ended_at, row.error = now(), error[:500]
        if copy is not None:
            row.place, row.total_bytes = str(copy.folder), copy.total_bytes
            row.facts = {"rows": sum(copy.counts.values()), "files": len(copy.paths)}
            row.verified_at = now() if proven else None


def said_of(copy: Copy, *, proven: bool) -> str:
    rows = sum(copy.counts.values())
    read = "read back, the same rows" if proven else "not read back"
    megabytes = copy.total_bytes / 1024 / 1024
    return (
        f"{copy.folder}: {rows} rows, {len(copy.paths)} files, {megabytes:.1f} MB, "
        f"schema {copy.manifest['revision']}; {read}"
    )


def copy_keys(settings: Settings, into: Path) -> Path:
    into.mkdir(mode=0o700, parents=True, exist_ok=True)
    for source in (settings.key_ring, settings.data_dir / "secret.json"):
        if source.is_file():
            target = into / source.name
            shutil.copyfile(source, target)
            target.chmod(0o600)
    return into


@contextmanager
def shown() -> Iterator[Progress]:
    """A bar on a terminal for each part; silence elsewhere."""
    seen = sys.stderr.isatty()
    last = ""

    def tell(part: str, done: int, total: int) -> None:
        nonlocal last
        share = f"{100 * done // total} %" if total else "—"
        if seen and (words := f"{part}: {share}") != last:
            last = words
            click.echo(f"\r\x1b[K{words}", nl=done >= total, err=True)

    yield tell
