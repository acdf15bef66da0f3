"""Invented streams of contacts with planted problems, told day by day, and what was found of them.

Thirty working days each, ten problems in four languages among contacts that belong to none
(`streams/*.md` says which). The frozen ones were written by people who had seen nothing of the
engine, and nothing was chosen on them; `frozen.sha256` holds what they were.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]

from classifiers import groups
from classifiers.chronicle import Chronicle
from classifiers.engine import Engine, Text

STREAMS = Path(__file__).parent / "streams"
FIRST_DAY = date(2021, 2, 22)
WEEK = 5
FEWEST = 3
"""Distinct clients from which on a problem should be on the board."""
HALF = 0.5
Row = dict[str, Any]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Told:
    """A stream as it was grouped: where each contact stood at the end of its own day, and after
    the last."""

    rows: Sequence[Row]
    stood: Mapping[groups.ItemId, int | None]
    after: Mapping[groups.ItemId, int | None]

    @property
    def days(self) -> list[int]:
        return sorted({row["day"] for row in self.rows})

    @property
    def problems(self) -> dict[str, list[Row]]:
        planted: dict[str, list[Row]] = defaultdict(list)
        for row in self.rows:
            if row["truth"]:
                planted[row["truth"]].append(row)
        return dict(planted)


def read(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def day_of(row: Row) -> date:
    """Five numbered days are a working week."""
    weeks, weekday = divmod(row["day"] - 1, WEEK)
    return FIRST_DAY + timedelta(days=7 * weeks + weekday)


def items_of(rows: Sequence[Row], engine: Engine) -> list[groups.Item]:
    opinions = engine.classify(
        [Text(row["text"], row["subject"], row["channel"], row["lang"]) for row in rows]
    )
    return [
        groups.Item(
            id=row["id"],
            at=datetime.fromisoformat(f"{day_of(row)}T{row['time']}").replace(tzinfo=UTC),
            day=day_of(row),
            client=row["client"],
            language=opinion.language,
            channel=row["channel"],
            text=row["text"],
            features=groups.features(opinion, row["text"], row["subject"]),
        )
        for row, opinion in zip(rows, opinions, strict=True)
    ]


def tell(rows: Sequence[Row], engine: Engine) -> Told:
    items = items_of(rows, engine)
    chronicle = Chronicle(groups.Params.of(engine))
    stood: dict[groups.ItemId, int | None] = {}
    for day in sorted({item.day for item in items}):
        today = [item for item in items if item.day == day]
        chronicle.tell(day, today)
        stood |= {item.id: chronicle.placed[item.id] for item in today}
    return Told(rows, stood, dict(chronicle.placed))


def figures(told: Told) -> dict[str, Any]:
    planted, cards = told.problems, false_cards(told)
    reached = {name: (due(rows), found(told, rows)) for name, rows in planted.items()}
    in_time = [card is not None and card <= day for day, card in reached.values() if day]
    return {
        "contacts a day": round(len(told.rows) / len(told.days), 1),
        "word cosine within a problem": word_cosine(planted),
        "on its own day": pairs(told, told.stood),
        "after the last day": pairs(told, told.after),
        "problems on the board the day they had three clients": f"{sum(in_time)} of {len(in_time)}",
        "problems ever on the board": sum(card is not None for _, card in reached.values()),
        "cards": len({card for card in told.stood.values() if card is not None}),
        "false new cards a day": round(len(cards) / len(told.days), 2),
        "the same main card as the day before": kept(told),
        "recall of pairs by size of the problem": by_size(told),
        "problems": {name: fate(told, rows) for name, rows in planted.items()},
    }


def pairs(told: Told, found: Mapping[groups.ItemId, int | None]) -> dict[str, Any]:
    """Two contacts of one problem should stand together, no other two; precision, recall, F1."""
    same = together([row["truth"] for row in told.rows])
    joined = together([found[row["id"]] for row in told.rows])
    languages = np.array([row["lang"] for row in told.rows])
    across = languages[:, None] != languages[None, :]
    return {
        name: _judged(same & part, joined & part)
        for name, part in (
            ("all", np.ones_like(across)),
            ("within a language", ~across),
            ("across languages", across),
        )
    }


def together(labels: Sequence[object]) -> Flags:
    """Which pairs, each once, have the same label and not none."""
    numbers = {label: number for number, label in enumerate(dict.fromkeys(labels)) if label}
    place = np.array([numbers.get(label, -1) for label in labels])
    return np.triu((place[:, None] == place[None, :]) & (place[:, None] >= 0), 1)


def _judged(same: Flags, joined: Flags) -> str:
    right = float((same & joined).sum())
    precision, recall = right / max(joined.sum(), 1), right / max(same.sum(), 1)
    both = 2 * precision * recall / max(precision + recall, 1e-9)
    return f"precision {precision:.3f}, recall {recall:.3f}, F1 {both:.3f}"


def due(rows: Sequence[Row]) -> int | None:
    """The day on which the third client came."""
    clients: set[str] = set()
    for row in rows:
        clients.add(row["client"])
        if len(clients) >= FEWEST:
            return int(row["day"])
    return None


def found(told: Told, rows: Sequence[Row]) -> int | None:
    """The first evening with a card of which the problem has two contacts and half of all."""
    for day in told.days:
        mine = Counter(told.stood[row["id"]] for row in rows if row["day"] <= day)
        all_of = Counter(told.stood[row["id"]] for row in told.rows if row["day"] <= day)
        if any(card and n > 1 and n >= HALF * all_of[card] for card, n in mine.items()):
            return day
    return None


def false_cards(told: Told) -> set[int]:
    """Cards of which no problem has the half."""
    meant: dict[int, Counter[str]] = defaultdict(Counter)
    for row in told.rows:
        if (card := told.stood[row["id"]]) is not None:
            meant[card][row["truth"] or ""] += 1
    return {
        card
        for card, counts in meant.items()
        if max((n for truth, n in counts.items() if truth), default=0) < HALF * counts.total()
    }


def kept(told: Told) -> str:
    """How often the card that holds most of a problem so far is that of the day before."""
    same = days = 0
    for rows in told.problems.values():
        before: int | None = None
        so_far: Counter[int] = Counter()
        for day in told.days:
            today = [told.stood[row["id"]] for row in rows if row["day"] == day]
            so_far.update(card for card in today if card is not None)
            main = so_far.most_common(1)[0][0] if so_far else None
            if before is not None and any(card is not None for card in today):
                days, same = days + 1, same + (main == before)
            before = main
    return f"{same} of {days}"


def by_size(told: Told) -> dict[str, str]:
    """Which share of a problem's pairs stands together, the small ones first."""
    ranked = sorted(told.problems.items(), key=lambda one: len(one[1]))
    shares = {}
    for name, rows in ranked:
        cards = Counter(told.stood[row["id"]] for row in rows if told.stood[row["id"]])
        right = sum(n * (n - 1) for n in cards.values())
        shares[f"{len(rows)} contacts ({name})"] = f"{right / (len(rows) * (len(rows) - 1)):.2f}"
    return shares


def fate(told: Told, rows: Sequence[Row]) -> str:
    cards = Counter(told.stood[row["id"]] for row in rows if told.stood[row["id"]])
    if not cards:
        return f"{len(rows)} contacts, third client on day {due(rows)}: not found"
    card, count = cards.most_common(1)[0]
    held = sum(told.stood[row["id"]] == card for row in told.rows)
    return (
        f"{len(rows)} contacts, third client on day {due(rows)}: on the board on day "
        f"{found(told, rows)}, {count / len(rows):.0%} on one card, purity {count / held:.0%}"
    )


def word_cosine(planted: Mapping[str, Sequence[Row]]) -> float:
    """How alike the texts of one problem and language are in their words, on average."""
    texts = [row for rows in planted.values() for row in rows]
    weights = TfidfVectorizer(sublinear_tf=True).fit_transform([row["text"] for row in texts])
    alike = (weights @ weights.T).toarray()
    same = together([(row["truth"], row["lang"]) for row in texts])
    return round(float(alike[same].mean()), 3)
