"""`triage migrate`: bring the database to the newest schema and load the catalog of the trade."""

import click
from sqlalchemy.exc import OperationalError

from models import schema
from triage import catalog
from triage.config import Settings
from triage.foundation import bare_app
from triage.instance import running


@click.command("migrate")
def command() -> None:
    """Migrate, then load topics, intents, teams and measures that are not there yet."""
    settings = running(Settings.from_environment())
    try:
        schema.upgrade(settings.database_url or "")
    except OperationalError as trouble:
        raise click.ClickException(f"The database does not answer: {trouble.orig}") from None
    with bare_app(settings).app_context():
        catalog.load(settings)
