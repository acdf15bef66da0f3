"""`triage user`: add a person who signs in, or give somebody a new password."""

import click

from models.base import db, now, transaction
from models.event import record
from models.team import Team
from models.topic import LANGUAGES
from models.user import Role, User
from triage.config import Settings
from triage.foundation import bare_app
from triage.instance import running


class Refused(click.ClickException):
    """What was asked cannot be done, in words."""

    exit_code = 2


@click.group()
def command() -> None:
    """People who sign in."""


@command.command("add")
@click.argument("login")
@click.option("--name", help="The person's name; the login when it is not given.")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    default=Role.AGENT.value,
    show_default=True,
)
@click.option(
    "--language",
    "languages",
    type=click.Choice(LANGUAGES),
    multiple=True,
    help="Language of the pages and of the answers; repeat it for more, the pages' first.",
)
@click.option("--team", "teams", multiple=True, help="A team's short name; repeat it for more.")
def add(
    login: str, name: str | None, role: str, languages: tuple[str, ...], teams: tuple[str, ...]
) -> None:
    """Add LOGIN and print a password that is told only once."""
    settings = running(Settings.from_environment())
    with bare_app(settings).app_context(), transaction():
        if db.session.scalar(User.by_login(login)) is not None:
            raise Refused(f"“{login}” is somebody's name already.")
        found = [team_called(slug) for slug in teams]
        try:
            person = User.add(login, name or login, Role(role), languages[0] if languages else "fr")
        except ValueError as reason:
            raise Refused(str(reason)) from None
        person.belong_to({team.id: list(languages) for team in found}, now())
        password = person.give_password()
        record("user.added", login=person.login, role=role)
    click.echo(password)


@command.command("password")
@click.argument("login")
def password(login: str) -> None:
    """Give LOGIN a new password, printed once; every session of that person ends."""
    settings = running(Settings.from_environment())
    with bare_app(settings).app_context(), transaction():
        person = db.session.scalar(User.by_login(login))
        if person is None:
            raise Refused(f"Nobody is called “{login}”.")
        fresh = person.give_password()
        record("user.password_given", login=person.login)
    click.echo(fresh)


def team_called(slug: str) -> Team:
    found = db.session.scalar(Team.by_slug(slug))
    if found is None:
        known = ", ".join(team.slug for team in db.session.scalars(Team.in_order()))
        raise Refused(f"There is no team “{slug}”. Known: {known}.")
    return found
