"""`triage mail replay`: read again what was not fully read, after an update that may know more."""

import sys

import click
from sqlalchemy.exc import SQLAlchemyError

from models.base import db, transaction
from models.intake import Channel, Intake, State
from triage.application import create_app
from triage.config import Settings
from triage.instance import running
from triage.intake.again import read_again

TRY_AGAIN = 75
BAD_INPUT = 2
NOT_READ = (State.QUARANTINED, State.PARTIAL)


@click.command("replay")
@click.argument("ids", type=int, nargs=-1, metavar="[ID]...")
@click.option("--all", "everything", is_flag=True, help="All that was not fully read.")
def command(ids: tuple[int, ...], everything: bool) -> None:
    """Read mails again that were not fully read: those named by their intake, or --all."""
    if bool(ids) == everything:
        raise click.UsageError("name the intakes, or --all")
    settings = running(Settings.from_environment())
    try:
        with create_app(settings, worker=True).app_context():
            replay(list(ids), settings)
    except SQLAlchemyError as trouble:
        click.echo(f"The database does not answer: {type(trouble).__name__}", err=True)
        raise SystemExit(TRY_AGAIN) from None


def replay(ids: list[int], settings: Settings) -> None:
    waiting = [one.id for one in db.session.scalars(Intake.not_read()).all()]
    unknown = sorted(set(ids) - set(waiting))
    if unknown:
        words = ", ".join(map(str, unknown))
        click.echo(f"Nothing waits to be read again under {words}.", err=True)
        raise SystemExit(BAD_INPUT)
    db.session.rollback()
    counts = {"read": 0, "still": 0, "cut": 0}
    hidden = not sys.stderr.isatty()
    chosen = sorted(ids or waiting)
    with click.progressbar(chosen, label="Mails", file=sys.stderr, hidden=hidden) as bar:
        for intake_id in bar:
            counts[read_one(intake_id, settings)] += 1
    click.echo(
        f"{len(chosen)} read again: {counts['read']} fully read now, {counts['still']} still not"
        + (f", {counts['cut']} of which only the beginning is here" if counts["cut"] else "")
    )


def read_one(intake_id: int, settings: Settings) -> str:
    with transaction():
        intake = Intake.named(intake_id)
        if intake is None or intake.channel != Channel.EMAIL or intake.state not in NOT_READ:
            return "still"
        if intake.envelope.get("cut_from"):
            return "cut"
        # Nobody sits before a command: the event names no person.
        return "read" if read_again(intake, settings, by=None) else "still"
