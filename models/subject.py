"""Subjects of mails: what mail programs and we put before and behind them."""

import re

_PREFIX = re.compile(
    r"\s*(?:re|ré|réf|tr|antw|betr|doorst|aw|wg|fwd|fw)\s?(?:\[\d{1,3}\])?\s?:\s*", re.IGNORECASE
)


def bare_subject(subject: str) -> str:
    """A subject without its Re:, Antw:, AW:, Fwd: …; spaces folded."""
    position = 0
    while match := _PREFIX.match(subject, position):
        position = match.end()
    return " ".join(subject[position:].split())


def without_tags(subject: str) -> str:
    return _TOKEN.sub("", subject)


def reply_subject(subject: str, tag: str) -> str:
    """`Re: subject [#tag]`, the tag once."""
    bare = bare_subject(subject)
    return f"Re: {bare}" if tag in bare else f"Re: {bare} {tag}"


_TOKEN = re.compile(r"\[#([A-Za-z]{2,20})-(\d{5,12})-([a-z2-7]{4})\]")


def subject_tag(name: str, number: int, sign: str) -> str:
    return f"[#{name}-{number}-{sign[:4]}]"


def tagged_number(subject: str, name: str) -> tuple[int, str] | None:
    """(number, check characters) of the last of our tags in a subject."""
    found = [m for m in _TOKEN.finditer(subject) if m.group(1).lower() == name.lower()]
    return (int(found[-1].group(2)), found[-1].group(3)) if found else None
