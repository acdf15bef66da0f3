"""A roster from a spreadsheet: what each line says, or why it cannot be meant. Writes nothing.

Headers in four languages; a person by login or so many heads; days and times as people here write
them. Semicolon, comma or tab; UTF-8 with or without its mark, or Windows-1252.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time

from models import roster
from models.base import db
from models.calendar import start_of
from models.intake import Channel
from models.roster import Wish
from models.shift import Shift
from models.team import Team
from models.user import User

MOST_BYTES = 300_000
MOST_LINES = 5_000

HEADERS: Mapping[str, tuple[str, ...]] = {
    "person": ("person", "login", "agent", "personne", "persoon", "medewerker", "mitarbeiter"),
    "team": ("team", "équipe", "equipe", "ploeg"),
    "channel": ("channel", "canal", "kanaal", "kanal"),
    "day": ("day", "date", "jour", "dag", "datum", "tag"),
    "starts": ("from", "start", "de", "début", "debut", "van", "begin", "von", "ab", "beginn"),
    "ends": ("to", "until", "end", "à", "a", "fin", "jusqu'à", "tot", "einde", "bis", "ende"),
    "heads": ("heads", "number", "nombre", "effectif", "aantal", "bezetting", "anzahl"),
}
CHANNELS: Mapping[str, tuple[str, ...]] = {
    Channel.PHONE.value: ("phone", "calls", "téléphone", "telephone", "telefoon", "telefon"),
    Channel.EMAIL.value: ("email", "e-mail", "mail", "courriel"),
    Channel.FORM.value: ("form", "formulaire", "formulier", "formular"),
    Channel.POST.value: ("post", "letter", "courrier", "brief"),
    "": ("", "all", "tous", "alle", "*"),
}
NEEDED = ("team", "day", "starts", "ends")


class NoRoster(ValueError):
    """What is no table of shifts at all, with a word for the reason."""


@dataclass(frozen=True)
class Line:
    """One line: the shift that it means, or what is wrong with it."""

    number: int
    cells: Sequence[str]
    wish: Wish | None = None
    fault: str = ""


@dataclass(frozen=True)
class Reading:
    """A whole file, read; nothing of it is in the roster yet."""

    header: Sequence[str]
    lines: Sequence[Line]
    separator: str

    @property
    def wishes(self) -> list[Wish]:
        return [line.wish for line in self.lines if line.wish is not None]

    @property
    def faulty(self) -> list[Line]:
        return [line for line in self.lines if line.fault not in ("", "known")]

    @property
    def known(self) -> int:
        """How many lines say what the roster says already."""
        return sum(line.fault == "known" for line in self.lines)


def decoded(content: bytes) -> str:
    """The text, whichever of the usual encodings it is in."""
    if len(content) > MOST_BYTES:
        raise NoRoster("long")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def read(text: str) -> Reading:
    """Every line with what it means; raises `NoRoster` for what has not the columns."""
    first = text.lstrip("\r\n").partition("\n")[0]
    separator = max(";,\t", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=separator))
    except csv.Error:
        raise NoRoster("shape") from None
    filled = [(at, row) for at, row in enumerate(rows, 1) if any(cell.strip() for cell in row)]
    if not filled:
        raise NoRoster("empty")
    if len(filled) - 1 > MOST_LINES:
        raise NoRoster("long")
    header = [cell.strip().lower() for cell in filled[0][1]]
    places = {
        name: header.index(found)
        for name, words in HEADERS.items()
        if (found := next((word for word in header if word in words), None)) is not None
    }
    if missing := [name for name in NEEDED if name not in places]:
        raise NoRoster(missing[0])
    return Reading(filled[0][1], _Known().lines(filled[1:], places), separator)


class _Known:
    """The teams and people by the words that a file may use for them."""

    def __init__(self) -> None:
        teams = db.session.scalars(Team.in_order()).all()
        self.teams = {
            str(word).strip().lower(): team
            for team in teams
            for word in [*team.names.values(), team.slug]
        }
        self.people = {one.login.lower(): one for one in db.session.scalars(User.everybody())}
        self.channels = {word: code for code, words in CHANNELS.items() for word in words}

    def lines(
        self, rows: Sequence[tuple[int, list[str]]], places: Mapping[str, int]
    ) -> Sequence[Line]:
        read_ = [self._line(number, cells, places) for number, cells in rows]
        wishes = [line.wish for line in read_ if line.wish is not None]
        if not wishes:
            return read_
        standing: list[Shift | Wish] = list(
            Shift.between(min(w.starts_at for w in wishes), max(w.ends_at for w in wishes))
        )
        judged = []
        for line in read_:
            wanted = line.wish
            fault = roster.clash(wanted, standing) if wanted else line.fault
            if wanted is not None and not fault:
                standing.append(wanted)
            judged.append(Line(line.number, line.cells, None if fault else wanted, fault))
        return judged

    def _line(self, number: int, cells: list[str], places: Mapping[str, int]) -> Line:
        said = {
            name: cells[place].strip() if place < len(cells) else ""
            for name, place in places.items()
        }
        try:
            return Line(number, cells, wish=self._wish(said))
        except ValueError as fault:
            return Line(number, cells, fault=str(fault))

    def _wish(self, said: Mapping[str, str]) -> Wish:
        team = self.teams.get(said["team"].lower())
        if team is None:
            raise ValueError("team")
        channel = self.channels.get(said.get("channel", "").lower())
        if channel is None:
            raise ValueError("channel")
        login, heads = said.get("person", ""), said.get("heads", "")
        user = self.people.get(login.lower())
        if login and user is None:
            raise ValueError("person")
        if not login and not heads:
            raise ValueError("nobody")
        day = day_of(said["day"])
        starts, ends = time_of(said["starts"]), time_of(said["ends"])
        return roster.wish(team, channel, day, starts, ends, user, heads_of(heads, user))


def day_of(text: str) -> date:
    """`2026-06-01`, `01/06/2026`, `1.6.26`. Raises ValueError with `day`."""
    numbers = [int(part) for part in re.findall(r"\d+", text, re.ASCII)[:3] if len(part) <= 4]
    try:
        if len(numbers) != 3:
            raise ValueError
        first, month, last = numbers
        year, day = (first, last) if first > 31 else (last, first)
        found = date(year + 2000 if year < 100 else year, month, day)
        start_of(found)
    except (ValueError, OverflowError):
        raise ValueError("day") from None
    if not 2000 <= found.year <= 2100:
        raise ValueError("day")
    return found


def time_of(text: str) -> time:
    """`8:30`, `08.30`, `8h30`, `8h`, `8`, `24:00`. Raises ValueError with `times`."""
    found = re.fullmatch(r"(\d{1,2})(?:[:.hHu](\d{2})?(?::00)?)?", text.strip(), re.ASCII)
    hour, minute = (int(found[1]), int(found[2] or 0)) if found else (99, 0)
    if (hour, minute) == (24, 0):
        return time(0)
    if hour > 23 or minute > 59:
        raise ValueError("times")
    return time(hour, minute)


def heads_of(text: str, user: User | None) -> float:
    if user is not None or not text:
        return 1.0
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise ValueError("heads") from None
