"""A CSV of people of the house: what each row says, and why a row cannot be taken.

Nothing is guessed: a role, team or language that nobody knows is told with those that there are.
"""

import re
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import NamedTuple

from flask_babel import gettext as _

from models.base import db
from models.people_together import Newcomer, logins_taken
from models.team import Team
from models.topic import LANGUAGES
from models.user import LOGIN, Role, is_address
from triage.display import labels
from triage.importing.table import NoTable, Settings, detected, encoding_of, guessed, lines, plain

MOST = 500
MOST_BYTES = 200_000
COLUMNS = {
    "login": {"login", "identifiant", "gebruikersnaam", "anmeldename", "user", "username"},
    "name": {"name", "nom", "naam", "nom complet", "full name"},
    "email": {"mail", "email", "e mail", "e mail address", "adresse e mail", "e mailadres"},
    "role": {"role", "rol", "rolle"},
    "teams": {"team", "teams", "equipe", "equipes", "ploeg"},
    "languages": {"languages", "language", "langues", "langue", "talen", "taal", "sprachen"},
}
NEEDED = ("login", "name")
EXAMPLE = (
    "login;name;mail;role;team;languages\r\n"
    "jdupont;Jeanne Dupont;jeanne.dupont@example.be;agent;bridging;fr nl\r\n"
    "pmaes;Piet Maes;piet.maes@example.be;manager;bridging, payment;nl fr\r\n"
)


class Row(NamedTuple):
    """One row: its number as a spreadsheet counts it, who it is, or what is wrong."""

    number: int
    written: str
    newcomer: Newcomer | None
    wrong: list[str]


class Unreadable(ValueError):
    """The file as a whole cannot be used; says why to people."""


def as_text(content: bytes) -> str:
    """A file as text, however it was written."""
    if len(content) > MOST_BYTES:
        raise Unreadable(_("The file is larger than may be brought along."))
    encoding = encoding_of(BytesIO(content))
    return content.decode(encoding, "replace").removeprefix("\ufeff")


def read(text: str) -> list[Row]:
    """Every row, looked at as if it were to be added now."""
    content = text.encode("utf-8", "replace")
    try:
        settings, heading, _some = detected(BytesIO(content), "utf-8")
    except NoTable:
        raise Unreadable(_("The file has no rows below a heading.")) from None
    columns = guessed(heading, COLUMNS)
    lacking = [name for name in NEEDED if name not in columns]
    if lacking:
        raise Unreadable(_("The heading lacks %(names)s.", names=", ".join(lacking)))
    found = list(lines(BytesIO(content), Settings("utf-8", settings.separator, columns)))
    if len(found) > MOST:
        raise Unreadable(_("More than %(most)s people at once is too many.", most=MOST))
    taken = logins_taken([line.cells.get("login", "") for line in found])
    reader, rows, seen = _Reader(), [], set[str]()
    for line in found:
        newcomer, wrong = reader.read(line.cells)
        login = line.cells.get("login", "").lower()
        if login in taken:
            wrong.append(_("This login is taken."))
        elif login in seen:
            wrong.append(_("This login stands in the file twice."))
        seen.add(login)
        written = " · ".join(cell for cell in line.written if cell.strip())
        rows.append(Row(line.number, written, None if wrong else newcomer, wrong))
    return rows


class _Reader:
    """Knows the roles, teams and languages of the house."""

    def __init__(self) -> None:
        words = labels("role")
        self.roles = {plain(role.value): role for role in Role}
        self.roles |= {plain(str(word)): Role(value) for value, word in words.items()}
        self.teams: dict[str, Team] = {}
        for team in db.session.scalars(Team.in_order()):
            for name in (team.slug, *team.names.values()):
                self.teams.setdefault(plain(name), team)

    def read(self, cells: Mapping[str, str]) -> tuple[Newcomer, list[str]]:
        wrong: list[str] = []
        login, name = cells.get("login", "").lower(), cells.get("name", "")
        if not LOGIN.fullmatch(login):
            wrong.append(_("A login has 2 to 60 letters, digits, or . _ - @ and no spaces."))
        if not name:
            wrong.append(_("Give a name."))
        if not is_address(cells.get("email", "")):
            wrong.append(_("This is no e-mail address."))
        made = Newcomer(
            login,
            name,
            cells.get("email", ""),
            self._role(cells.get("role", ""), wrong),
            self._teams(cells.get("teams", ""), wrong),
            self._languages(cells.get("languages", ""), wrong),
        )
        return made, wrong

    def _role(self, written: str, wrong: list[str]) -> Role:
        found = self.roles.get(plain(written)) if written else Role.AGENT
        if found is None:
            known = ", ".join(role.value for role in Role)
            wrong.append(_("There is no role “%(name)s”: %(known)s.", name=written, known=known))
        return found or Role.AGENT

    def _teams(self, written: str, wrong: list[str]) -> tuple[int, ...]:
        parts = [part.strip() for part in re.split(r"[,|/+;]", written) if part.strip()]
        ids = []
        while parts:
            team, length = self._team(parts)
            if team is None:
                known = ", ".join(sorted({one.slug for one in self.teams.values()}))
                wrong.append(
                    _("There is no team “%(name)s”: %(known)s.", name=parts[0], known=known)
                )
            else:
                ids.append(team.id)
            del parts[:length]
        return tuple(dict.fromkeys(ids))

    def _team(self, parts: Sequence[str]) -> tuple[Team | None, int]:
        """The team that is named first, and of how many parts: a name may hold a comma itself."""
        for length in range(len(parts), 0, -1):
            team = self.teams.get(plain(" ".join(parts[:length])))
            if team is not None:
                return team, length
        return None, 1

    def _languages(self, written: str, wrong: list[str]) -> tuple[str, ...]:
        codes = [code.lower() for code in re.split(r"[\W\d_]+", written) if code]
        for code in codes:
            if code not in LANGUAGES:
                known = ", ".join(LANGUAGES)
                wrong.append(_("No language “%(name)s”: %(known)s.", name=code, known=known))
        return tuple(dict.fromkeys(codes)) or ("fr",)
