"""The day by which a person says that something must be done, in French, Dutch, German or English.

Only a day behind a word of deadline counts ("before Friday", "uiterlijk 15/6"); what lies in the
past or far ahead presses nobody. Pure: the day on which it was said comes in.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from classifiers.text import normalise

FARTHEST = timedelta(days=31)

_WEEKDAYS = (
    "lundi maandag montag monday mon",
    "mardi dinsdag dienstag tuesday tues",
    "mercredi woensdag mittwoch wednesday wed",
    "jeudi donderdag donnerstag thursday thurs",
    "vendredi vrijdag freitag friday fri",
    "samedi zaterdag samstag saturday sat",
    "dimanche zondag sonntag sunday",
)
_MONTHS = (
    "janvier januari januar january jan",
    "février fevrier februari februar february feb",
    "mars maart märz march",
    "avril april apr",
    "mai mei may",
    "juin juni june",
    "juillet juli july",
    "août aout augustus august aug",
    "septembre september sept",
    "octobre oktober october okt oct",
    "novembre november nov",
    "décembre decembre december dezember dec dez",
)
_WEEKDAY = {name: day for day, names in enumerate(_WEEKDAYS) for name in names.split()}
_MONTH = {name: month for month, names in enumerate(_MONTHS, 1) for name in names.split()}
_AHEAD = {
    "aujourd'hui": 0,
    "ce soir": 0,
    "vandaag": 0,
    "vanavond": 0,
    "heute": 0,
    "today": 0,
    "tonight": 0,
    "demain": 1,
    "morgen": 1,
    "tomorrow": 1,
}
_BY = (
    r"avant|d'ici|jusqu'(?:au|à)|au plus tard|date limite|dernier jour|expire|ferme|prélèvement|"
    r"voor|vóór|tegen|uiterlijk|ten laatste|nog tot|tot|laatste dag|vervalt|verloopt|sluit|moet|"
    r"bis|vor|spätestens|frist|endet|letzter tag|"
    r"by|before|until|till|deadline|closes|ends|expires|due|runs"
)
_LINK = r"(?:(?:\s|,|:)+(?:le|la|ce|cette|au|à|op|de|het|om|den|komende|zum|am|dem|nächsten|"
_LINK += r"kommenden|on|the|next|this|is|est|ist|out)){0,3}[\s,:]+"
_NAMES = "|".join(sorted((*_WEEKDAY, *_AHEAD), key=len, reverse=True))
_NAMED_MONTH = "|".join(sorted(_MONTH, key=len, reverse=True))
_DEADLINE = re.compile(
    rf"(?<!\w)(?:{_BY}){_LINK}(?:"
    rf"(?P<name>{_NAMES})(?!\w)|"
    rf"(?P<day>\d{{1,2}})(?:er|e|de|ste|st|nd|rd|th|\.)?"
    rf"(?:[/.\-](?P<month>\d{{1,2}})(?!\d)|(?:\s+of)?\s+(?P<named>{_NAMED_MONTH})(?!\w)|"
    rf"(?![\d/:,]|\s*(?:h|u|uhr|pm|am|%|€|euros?|jours|dagen|tage|days|mois|weken)(?!\w)))"
    rf")"
)


def deadline(text: str, said: date) -> date | None:
    """The earliest day named as a deadline, from the day it was said to a month later."""
    ahead = [day for day in _days(normalise(text).lower(), said) if said <= day <= said + FARTHEST]
    return min(ahead, default=None)


def _days(text: str, said: date) -> Iterator[date]:
    for found in _DEADLINE.finditer(text):
        if name := found["name"]:
            yield _named(name, said)
        else:
            month = int(found["month"]) if found["month"] else _MONTH.get(found["named"] or "")
            yield from _numbered(int(found["day"]), month, said)


def _named(name: str, said: date) -> date:
    if name in _AHEAD:
        return said + timedelta(days=_AHEAD[name])
    return said + timedelta(days=(_WEEKDAY[name] - said.weekday() - 1) % 7 + 1)


def _numbered(day: int, month: int | None, said: date) -> Iterator[date]:
    """The day in this year or the next; without a month in this month or the next."""
    months = [(said.year, said.month), (said.year + said.month // 12, said.month % 12 + 1)]
    for year, known in months if month is None else [(said.year, month), (said.year + 1, month)]:
        try:
            yield date(year, known, day)
        except ValueError:
            continue
