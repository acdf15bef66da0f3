"""Who works at the demo's fund: one login for each role, with passwords made by chance."""

import secrets

from models.base import db, now, transaction
from models.contact import Contact
from models.entry_link import EntryLink, Purpose
from models.settings import Setting
from models.signature import Signature
from models.team import Team
from models.user import Role, User

MARK = "demo"
INVITED = "marie"

PEOPLE: tuple[tuple[str, str, Role, str | None, tuple[str, ...], str], ...] = (
    ("nadia", "Nadia Benali", Role.AGENT, "bridging", ("fr", "nl"), "fr"),
    ("koen", "Koen Wouters", Role.MANAGER, "bridging", ("nl", "fr"), "nl"),
    ("ingrid", "Ingrid Claes", Role.SUPERVISOR, None, (), "fr"),
    ("ada", "Ada Lemaire", Role.ADMINISTRATOR, None, (), "en"),
)
COLLEAGUES: tuple[tuple[str, str, str, tuple[str, ...], str], ...] = (
    ("tom", "Tom Jacobs", "payment", ("nl", "en"), "nl"),
    ("lea", "Léa Fontaine", "affiliation", ("fr", "de"), "fr"),
)
SIGNATURES = {
    "fr": "{agent}\n{team}\n{house}\nDu lundi au vendredi, de 8 h 30 à 17 h",
    "nl": "{agent}\n{team}\n{house}\nVan maandag tot vrijdag, 8.30 tot 17 uur",
    "de": "{agent}\n{team}\n{house}\nMontag bis Freitag, 8.30 bis 17 Uhr",
    "en": "{agent}\n{team}\n{house}\nMonday to Friday, 8.30 am to 5 pm",
}
"""The house's, below every answer of the demo's agents."""


class NotADemo(Exception):
    """The database holds real contacts: the demo stays out of it."""


def make_accounts() -> dict[str, tuple[str, str]]:
    """One login per role with a random password; {login: (role, password)} of those just made."""
    refuse_real_data()
    made: dict[str, tuple[str, str]] = {}
    with transaction():
        Setting.write(MARK, True)
        teams = {team.slug: team for team in db.session.scalars(Team.in_order())}
        for login, name, role, team, languages, language in PEOPLE:
            if db.session.scalar(User.by_login(login)) is None:
                password = "-".join(secrets.token_hex(2) for _ in range(4))
                person = employ(login, name, role, language, password)
                if team in teams:
                    person.join(teams[team], list(languages))
                made[login] = (role.value, password)
        for login, name, slug, spoken, language in COLLEAGUES:
            if db.session.scalar(User.by_login(login)) is None:
                person = employ(login, name, Role.AGENT, language, secrets.token_urlsafe(24))
                if slug in teams:
                    person.join(teams[slug], list(spoken))
        invite_somebody(teams)
        for language, text in SIGNATURES.items():
            if Signature.found(None, language) is None:
                Signature.write(None, language, text)
    return made


def invite_somebody(teams: dict[str, Team]) -> None:
    """Somebody who begins on Monday, and has not used the link that Ada made."""
    ada = db.session.scalar(User.by_login("ada"))
    if ada is None or db.session.scalar(User.by_login(INVITED)) is not None:
        return
    person = User.add(INVITED, "Marie Lenaerts", Role.AGENT, "fr")
    if "payment" in teams:
        person.join(teams["payment"], ["fr", "nl"])
    EntryLink.make(person, Purpose.INVITE, by=ada, at=now())


def employ(login: str, name: str, role: Role, language: str, password: str) -> User:
    person = User(login=login, name=name, role=role.value, language=language)
    db.session.add(person)
    db.session.flush()
    person.set_password(password)
    return person


def refuse_real_data() -> None:
    """Raises `NotADemo` in a database that has contacts and is not marked as a demo."""
    with transaction():
        if not Setting.read(MARK) and Contact.any():
            raise NotADemo("this database holds contacts already")
