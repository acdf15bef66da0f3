"""`triage replay`: history through the whole product, for demos, load tests and tuning."""

import json
import sys
import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from pathlib import Path
from typing import Any

import click

from models import calendar
from models.base import now
from models.intake import Channel
from triage.application import create_app
from triage.config import Settings
from triage.instance import running
from triage.replay import Said, receive_paced, replay

BAD_INPUT = 2


@click.command("replay")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--speed", type=click.FloatRange(min=0, min_open=True), help="Times real time.")
@click.option("--instant", is_flag=True, help="As fast as it can be read (the default).")
def command(file: Path, speed: float | None, instant: bool) -> None:
    """Take in FILE.jsonl: lines {"id", "day", "time", "text"} as for `triage group`."""
    if speed and instant:
        raise click.UsageError("choose --speed or --instant")
    contacts = read(file)
    app = create_app(running(Settings.from_environment()), worker=True)
    began = time.perf_counter()
    with (
        app.app_context(),
        click.progressbar(
            length=len(contacts),
            label="Contacts",
            file=sys.stderr,
            hidden=not sys.stderr.isatty(),
        ) as bar,
    ):
        reached = 0

        def done(count: int) -> None:
            nonlocal reached
            bar.update(count - reached)
            reached = count

        count = receive_paced(contacts, speed, done) if speed else replay(app, contacts, done=done)
    seconds = time.perf_counter() - began
    click.echo(json.dumps({"contacts": count, "seconds": round(seconds, 2)}))


def read(file: Path) -> list[Said]:
    """The contacts of the file; day numbers count back from today, the highest being today."""
    lines: list[dict[str, Any]] = []
    for number, written in enumerate(file.read_text("utf-8").splitlines(), 1):
        if not written.strip():
            continue
        try:
            line = json.loads(written)
            assert isinstance(line["text"], str)
            assert "id" in line
            assert "day" in line
        except (ValueError, KeyError, TypeError, AssertionError):
            click.echo(f"line {number} needs id, day and text", err=True)
            raise SystemExit(BAD_INPUT) from None
        lines.append(line)
    numbers = [line["day"] for line in lines if isinstance(line["day"], int)]
    last = max(numbers, default=0)
    try:
        return [said(line, last) for line in lines]
    except (ValueError, TypeError, OverflowError) as trouble:
        click.echo(f"a day, time or channel cannot be read: {trouble}", err=True)
        raise SystemExit(BAD_INPUT) from None


def said(line: dict[str, Any], last: int) -> Said:
    client = str(line.get("client") or line["id"])
    return Said(
        id=str(line["id"]),
        at=moment(line, last),
        channel=Channel(line.get("channel") or "email").value,
        text=line["text"],
        subject=str(line.get("subject") or ""),
        client=client,
        name=str(line.get("name") or ""),
        address=str(line.get("address") or f"{safe(client)}@clients.example"),
        number=str(line.get("number") or ""),
        language=line.get("lang"),
    )


def moment(line: dict[str, Any], last: int) -> datetime:
    if isinstance(line["day"], int):
        day = calendar.business_day(now()) - timedelta(days=last - line["day"])
    else:
        day = date.fromisoformat(str(line["day"])[:10])
    hours = str(line.get("time") or "12:00")
    if "T" in hours:
        return datetime.fromisoformat(hours).astimezone(UTC)
    return min(calendar.start_of(day, clock.fromisoformat(hours)), now())


def safe(client: str) -> str:
    return "".join(sign if sign.isalnum() else "-" for sign in client.lower()) or "nobody"
