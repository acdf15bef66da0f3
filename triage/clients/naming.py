"""Which clients a representative's text is about, and which words are about whom. Pure.

A line that names a client by number or by name begins that client's passage; what stands before
the first and after the last belongs to all.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from classifiers.identifiers import Identifier, Kind, find
from models.wording import plain

SENTENCE = re.compile(r"(?<=[.!?;])\s+(?=[A-ZÀ-Ü0-9])")
CELL = re.compile(r"\s*[|;\t]\s*| {2,}")
LABEL = re.compile(
    r"[(\[,:\-–—]*\s*\b(?:bce|kbo|cbe|zdu|tva|btw|mwst|vat|niss|insz|enss|num[ée]ros?|nummer|number|"
    r"n°|nr\.?|entreprise|ondernemingsnummer|ondernemings|unternehmensnummer|enterprise|company|"
    r"registre national|rijksregister\w*|nationalregister\w*|d['’]entreprise)\b[\s\w.:°'’]*$",
    re.IGNORECASE,
)
OPENING = re.compile(
    r"^(?:[\s\-*•–—]|\d{1,3}[.)]\s|(?:pour|voor|für|for|concerne|betreft|betrifft|dossier|notre "
    r"client(?:e)?|onze klant|unser kunde|our client|de|le|la|les|het)\b[\s,:]*)+",
    re.IGNORECASE,
)
LONGEST_NAME = 80
SHORTEST_NAME = 5
"""Shorter names stand by chance in too many words."""
NUMBERS = (Kind.KBO, Kind.NISS)


@dataclass
class Named:
    """One client as a text names it: the numbers found, a name, and the words that are about it."""

    numbers: dict[str, Identifier] = field(default_factory=dict)
    """By kind; nobody has two of one kind."""
    client_id: int | None = None
    """When the name is that of somebody already known."""
    name: str = ""
    lines: list[str] = field(default_factory=list)

    @property
    def words(self) -> str:
        return "\n".join(self.lines).strip()


def named_in(text: str, known: Mapping[str, int]) -> list[Named]:
    """The clients of a text in their order; `known` are plain names with their client's id."""
    found: list[Named] = []
    names = {name: client for name, client in known.items() if len(name) >= SHORTEST_NAME}
    for block in re.split(r"\n\s*\n", text):
        _read_block(block, names, found)
    return found


def _read_block(block: str, names: Mapping[str, int], found: list[Named]) -> None:
    """Lines that name nobody go on with the client named before them in their block."""
    present: Named | None = None
    for piece in _pieces(block, names):
        mentioned = _mentioned(piece, names)
        for numbers, client_id in mentioned:
            present = _take_up(found, numbers, client_id)
            present.name = present.name or _name_before(piece, numbers)
            present.lines.append(piece.strip())
        if not mentioned and present is not None:
            present.lines.append(piece.strip())


def _pieces(block: str, names: Mapping[str, int]) -> list[str]:
    """Lines; a line that names several clients falls into its sentences."""
    pieces: list[str] = []
    for line in block.splitlines():
        several = len(_mentioned(line, names)) > 1
        pieces += SENTENCE.split(line) if several else [line]
    return pieces


def _mentioned(
    line: str, names: Mapping[str, int]
) -> list[tuple[dict[str, Identifier], int | None]]:
    """Who is named in one line: numbers of different kinds beside each other are one client's."""
    groups: list[dict[str, Identifier]] = []
    for one in find(line):
        if one.kind not in NUMBERS:
            continue
        if groups and one.kind.value not in groups[-1]:
            groups[-1][one.kind.value] = one
        elif not any(_same(group, one) for group in groups):
            groups.append({one.kind.value: one})
    folded = f" {re.sub(r'[^a-z0-9]+', ' ', plain(line))} "
    clients = [client for name, client in names.items() if f" {_folded(name)} " in folded]
    if len(groups) <= 1 and len(clients) <= 1:
        one_client = clients[0] if clients else None
        return [(groups[0] if groups else {}, one_client)] if groups or clients else []
    if groups:
        return [(group, None) for group in groups]
    return [({}, client) for client in clients]


def _same(group: Mapping[str, Identifier], one: Identifier) -> bool:
    known = group.get(one.kind.value)
    return known is not None and known.value == one.value


def _folded(name: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9]+", " ", plain(name)).split())


def _take_up(found: list[Named], numbers: Mapping[str, Identifier], client_id: int | None) -> Named:
    """The client of that number or name, as it was named before or for the first time."""
    for one in found:
        by_number = any(_same(one.numbers, number) for number in numbers.values())
        if by_number or (client_id is not None and one.client_id == client_id):
            break
    else:
        one = Named()
        found.append(one)
    one.numbers = {**numbers, **one.numbers}
    one.client_id = one.client_id or client_id
    return one


def _name_before(piece: str, numbers: Mapping[str, Identifier]) -> str:
    """What probably is the name: the words, or the cell of a table, before the number."""
    if not numbers:
        return ""
    first = min(numbers.values(), key=lambda one: one.start)
    before, after = piece[: first.start], piece[first.end :]
    cells = [cell for cell in CELL.split(before) if re.search(r"[^\W\d_]{2}", cell)]
    if not cells:
        following = [cell for cell in CELL.split(after) if re.search(r"[^\W\d_]{2}", cell)]
        return _trimmed(following[0]) if CELL.search(after) and following else ""
    return _trimmed(cells[-1] if CELL.search(before.strip()) else before)


def _trimmed(words: str) -> str:
    words = LABEL.sub("", words.strip())
    words = re.split(r"[.!?:]\s", words)[-1]
    words = OPENING.sub("", words.strip(" ,;:-–—(["))
    return re.split(r"[,(]", words)[0].strip(" ,;:-–—([|")[:LONGEST_NAME]


def files_named(names: Sequence[str], one: Named, called: str) -> list[int]:
    """The places of the files that are about a client: by its number or by its name."""
    digits = [re.sub(r"\D", "", number.value) for number in one.numbers.values()]
    surname = max(_folded(called).split() or [""], key=len)
    words = plain(one.words)
    return [
        place
        for place, name in enumerate(names)
        if any(number in re.sub(r"\D", "", name) for number in digits)
        or (len(surname) >= SHORTEST_NAME and surname in _folded(name).replace("_", " "))
        or (len(name) > SHORTEST_NAME and plain(name) in words)
    ]
