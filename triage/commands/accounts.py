"""`triage accounts`: make the demo's logins, one per role, and print their passwords, once."""

import click

from triage.config import Environment, Settings
from triage.demo.people import NotADemo, make_accounts
from triage.foundation import bare_app
from triage.instance import running


@click.command("accounts")
def command() -> None:
    """Make the demo logins that are not there yet."""
    settings = running(Settings.from_environment())
    if settings.app_env is not Environment.DEMO:
        raise click.ClickException("Demo logins exist with APP_ENV=demo only.")
    with bare_app(settings).app_context():
        try:
            made = make_accounts()
        except NotADemo as reason:
            click.echo(f"No demo logins: {reason}.", err=True)
            return
    if made:
        click.echo("\nDemo logins (shown once; `triage user password LOGIN` makes a new one):")
        for login, (role, password) in made.items():
            click.echo(f"  {role:14} {login:8} {password}")
