"""The day by which a person says that something must be done, in French, Dutch, German or English.

A day counts behind a word of deadline ("before Friday", "uiterlijk 15/6"), or said in one breath
with what harms on that day (a bailiff, an eviction, a cut-off, a hearing, a seizure). What lies in
the past or far ahead presses nobody. Pure: the day on which it was said comes in.
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
_AHEAD_OF = (
    "aujourd'hui|ce soir|cet après-midi|vandaag|vanavond|vanmiddag|deze namiddag|heute|today|"
    "tonight|this afternoon|this evening",
    "demain|morgen|tomorrow|tmrw",
    "après-demain|apres-demain|après demain|apres demain|overmorgen|übermorgen|uebermorgen|"
    "day after tomorrow",
)
_AHEAD = {name: days for days, names in enumerate(_AHEAD_OF) for name in names.split("|")}
_COUNT_OF = (
    "un une één een einem ein one",
    "deux twee zwei two",
    "trois drie drei three",
    "quatre vier four",
    "cinq vijf fünf fuenf five",
    "six zes sechs",
    "sept zeven sieben seven",
    "huit acht eight",
)
_COUNT = {name: count for count, names in enumerate(_COUNT_OF, 1) for name in names.split()}
_BY = (
    r"avant|d'ici|jusqu'(?:au|à)|au plus tard|date limite|dernier jour|expire|ferme|prélèvement|"
    r"voor|vóór|tegen|uiterlijk|ten laatste|nog tot|tot|laatste dag|vervalt|verloopt|sluit|moet|"
    r"bis|vor|spätestens|frist|endet|letzter tag|"
    r"by|before|until|till|deadline|closes|ends|expires|due|runs"
)
_LINK = r"(?:(?:\s|,|:)+(?:le|la|ce|cette|au|à|op|de|het|om|den|komende|zum|am|dem|nächsten|"
_LINK += r"kommenden|on|the|next|this|is|est|ist|out)){0,3}[\s,:]+"
_NAMES = "|".join(sorted({*_WEEKDAY, *_AHEAD} - {"mon"}, key=len, reverse=True))
# In French it is "my".
_NAMES += "|(?:" + "|".join(f"(?<={word} )" for word in ("by", "before", "until", "next", "on"))
_NAMES += ")mon"
_NAMED_MONTH = "|".join(sorted(_MONTH, key=len, reverse=True))
_DEADLINE = re.compile(
    rf"(?<!\w)(?:{_BY}){_LINK}(?:"
    rf"(?P<name>{_NAMES})(?!\w)|"
    rf"(?P<day>\d{{1,2}})(?:er|e|de|ste|st|nd|rd|th|\.)?"
    rf"(?:[/.\-](?P<month>\d{{1,2}})(?!\d)|(?:\s+of)?\s+(?P<named>{_NAMED_MONTH})(?!\w)|"
    rf"(?![\d/:,]|\s*(?:h|u|uhr|pm|am|%|€|euros?|jours|dagen|tage|days|mois|weken)(?!\w)))"
    rf")"
)
_DAY = re.compile(
    rf"(?<![\w-])(?:"
    rf"(?P<name>{_NAMES})(?![\w-])|"
    rf"(?:le|op|de|am|den|the|on)?\s?(?P<day>\d{{1,2}})(?:er|e|de|ste|st|nd|rd|th|\.)?"
    rf"(?:[/.\-](?P<month>\d{{1,2}})(?!\d)|(?:\s+of)?\s+(?P<named>{_NAMED_MONTH})(?!\w))|"
    rf"(?P<first>{_NAMED_MONTH})\s(?P<second>\d{{1,2}})(?:st|nd|rd|th)?(?![\d/:])|"
    rf"(?:dans|over|binnen|in|within)\s(?P<count>{'|'.join(_COUNT)}|\d{{1,2}})\s"
    rf"(?:jours?|dag(?:en)?|tage?n?|days?)(?!\w)"
    rf")"
)
_HARM = re.compile(
    r"(?<!\w)(?:"
    # a bailiff, a seizure
    r"huissiers?|saisi(?:e|es|r|ssent)?|vente forcée|"
    r"(?:gerechts)?deurwaarders?|beslag\w*|"
    r"gerichtsvollz\w*|(?:ge)?pf[äa]e?nd\w*|(?:zwangs)?vollstreck\w*|"
    r"bailiff'?s?|seizure|seiz(?:ed|es|ing)|seize(?= (?:my|our|the|it|everything))|repossess\w*|"
    # an eviction
    r"expuls\w+|(?:à|a) la rue|"
    r"uitzetting|uithuis\w*|uit (?:het|mijn|ons) huis|op straat|uitgezet|"
    r"(?:zwangs)?r[äa]e?um\w*|auf (?:der|die) stra(?:ß|ss)e|"
    r"evict\w*|on the street|thrown out|"
    # a cut-off
    r"coup(?:ure|er|e|é|ée|és|ées|ent|eront|era)|"
    r"afgesloten|afsluit\w*|afgekoppeld|sluit\w*(?=.{1,40}\baf\b)|"
    r"abgestellt|abstell\w*|abgeschaltet|gesperrt|(?:strom|gas)sperre|abgeklemmt|"
    r"(?:cut|turn|switch)\w*(?: .{0,20})? ?off|disconnect\w*|"
    # a hearing
    r"audience|tribunal|plaidoirie|comparution|juge de paix|justice de paix|"
    r"(?:rechts|recht)?zitting|rechtbank|vrederechter|"
    r"gericht(?:stermin)?|gerichtsverhandlung|verhandlung|"
    r"hearing|court|tribunals?"
    r")(?!\w)"
)
_OVER = re.compile(
    r"(?<!\w)(?:"
    r"(?:est|sont|était|étaient) (?:déjà )?(?:venue?s?|passée?s?)|a (?:déjà )?(?:saisi|coupé)|"
    r"reçue?s?|depuis|derni(?:er|ère)|passé|hier|"
    r"geweest|kwam(?:en)?|langsgekomen|gekomen|ontvangen|kreeg|gekregen|sinds|vorige|afgelopen|was|"
    r"waren?|kam(?:en)?|gekommen|dagewesen|erhalten|bekommen|seit|letzten?|vergangenen|"
    r"prononcée?|déclarée?s?|a fait|sonné|uitgesproken|verklaard|gestort|erklärt|verhängt|"
    r"war|came|went|were|put|declared|ruled|settled|received|got|since|last|ago|has been|have been"
    r")(?!\w)"
)
_SENTENCE_END = re.compile(r"(?<!\d)[.!?;](?=\s|$)|\n")
_MORNING = re.compile(r"(?:goe(?:de|ie)|guten?|schönen|am|jeden|gestern|diesen|heute)\s$")
TOGETHER = 60
"""Characters between a day and an event that are still one breath."""


def deadline(text: str, said: date) -> date | None:
    """The earliest day named as a deadline, from the day it was said to a month later."""
    read = normalise(text).lower()
    days = (*_days(read, said), *_days_of_harm(read, said))
    return min((day for day in days if said <= day <= said + FARTHEST), default=None)


def _days(text: str, said: date) -> Iterator[date]:
    for found in _DEADLINE.finditer(text):
        if name := found["name"]:
            yield _named(name, said)
        else:
            month = int(found["month"]) if found["month"] else _MONTH.get(found["named"] or "")
            yield from _numbered(int(found["day"]), month, said)


def _days_of_harm(text: str, said: date) -> Iterator[date]:
    """The days on which something harms, not those on which it did."""
    for event in _HARM.finditer(text):
        first, last = _breath(text, event.start(), event.end())
        for day in _DAY.finditer(text, first, last):
            if not _of_the_morning(text, day) and not _over(text, event, day, first, last):
                yield from _meant(day, said)


def _breath(text: str, start: int, end: int) -> tuple[int, int]:
    """What is said around a place: within its sentence, and not far."""
    first, last = max(0, start - TOGETHER), min(len(text), end + TOGETHER)
    before = [found.end() for found in _SENTENCE_END.finditer(text, first, start)]
    after = _SENTENCE_END.search(text, end, last)
    return before[-1] if before else first, after.start() if after else last


def _of_the_morning(text: str, day: re.Match[str]) -> bool:
    """`Guten Morgen` names no day."""
    return day["name"] == "morgen" and bool(_MORNING.search(text[: day.start()][-12:]))


def _over(text: str, event: re.Match[str], day: re.Match[str], first: int, last: int) -> bool:
    """Whether it is said, in the parts between commas, that it has already happened."""
    start = text.rfind(",", first, min(event.start(), day.start()))
    end = text.find(",", max(event.end(), day.end()), last)
    return bool(_OVER.search(text, max(first, start), end if end >= 0 else last))


def _meant(day: re.Match[str], said: date) -> Iterator[date]:
    if name := day["name"]:
        yield _named(name, said)
    elif count := day["count"]:
        yield said + timedelta(days=_COUNT.get(count) or int(count))
    elif first := day["first"]:
        yield from _numbered(int(day["second"]), _MONTH[first], said)
    else:
        month = int(day["month"]) if day["month"] else _MONTH[day["named"]]
        yield from _numbered(int(day["day"]), month, said)


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
