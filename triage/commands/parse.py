"""`triage parse`: a mail as JSON, without a database. Whatever the bytes, exit 0."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from triage.intake.archives import Stored, mails_in_directory, mails_in_mbox
from triage.intake.guarded import parse_guarded

BAD_INPUT = 2


@click.command("parse")
@click.option("--mbox", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dir", "folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--installation",
    metavar="ID",
    help="Our own id: only a loop header that names it makes a mail `own_loop`.",
)
def command(mbox: Path | None, folder: Path | None, installation: str | None) -> None:
    """Print the raw mail on standard input as one JSON object; unreadable parts are `defects`.

    With --mbox or --dir, print one object a line for each mail, with its "source".
    """
    if mbox is None and folder is None:
        tell(parse_guarded(sys.stdin.buffer.read(), installation=installation).as_json())
        return
    try:
        if mbox is not None:
            print_all(mails_in_mbox(mbox), mbox.stat().st_size, installation)
        if folder is not None:
            size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
            print_all(mails_in_directory(folder), size, installation)
    except OSError as trouble:
        click.echo(f"Cannot read {trouble.filename}: {trouble.strerror}", err=True)
        raise SystemExit(BAD_INPUT) from None


def print_all(mails: Iterable[Stored], size: int, installation: str | None) -> None:
    hidden = not sys.stderr.isatty()
    with click.progressbar(length=size, label="Mails", file=sys.stderr, hidden=hidden) as bar:
        for source, raw in mails:
            letter = parse_guarded(raw, installation=installation)
            tell({**letter.as_json(), "source": source})
            bar.update(len(raw))


def tell(described: dict[str, Any]) -> None:
    # Bytes, so that the output is UTF-8 whatever the terminal's own encoding.
    click.echo(json.dumps(described, ensure_ascii=False).encode("utf-8", "replace"))
