"""E-mail addresses that a client says are new: perhaps theirs, for a person to confirm. Pure."""

import re

from classifiers.emails import addresses

MOST = 3
SAID = re.compile(
    r"\b(?:nouvelle|nouvel|neue[sn]?|new|nieuwe?|autre|ander[es]?|changé|changed|gewijzigd|geändert)\b"
    r"[^\n@]{0,60}\b(?:e-?mail|mail|courriel|adresse?|mailadres|mailadresse|address)",
    re.IGNORECASE,
)


def claimed(text: str, sender: str) -> list[str]:
    """The addresses on lines that speak of a new one, and on the line after; never the sender's."""
    lines = text.splitlines()
    found: dict[str, None] = {}
    for place, line in enumerate(lines):
        if SAID.search(line):
            for value, _start, _end in addresses("\n".join(lines[place : place + 2])):
                if value.lower() != sender.strip().lower():
                    found[value.lower()] = None
    return list(found)[:MOST]
