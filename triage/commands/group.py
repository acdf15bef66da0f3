"""`triage group`: the grouping engine replayed day by day, without a database."""

import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

import click

from classifiers import groups
from classifiers.chronicle import Chronicle, Standing
from classifiers.engine import BATCH, Engine, Text
from triage.commands.classify import load, text_of
from triage.commands.group_cache import Signal, SignalCache, Unreadable

BAD_INPUT = 2
FIRST_DAY = date(2000, 1, 2)
"""Numbered days are counted from here: only their distance matters."""
Line = dict[str, Any]


@click.command()
@click.option("--final", is_flag=True, help="Print where each contact stands after the last day.")
@click.option("--model", "version", metavar="VERSION", help="A version other than the current.")
@click.option(
    "--cache",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep vectors and posteriors in this file; a second run reads only what is new.",
)
def command(final: bool, version: str | None, cache: Path | None) -> None:
    """Recurring problems in a history of contacts, as the board would have seen it.

    Reads JSON lines {"id", "day", "time", "text"} with optional "subject", "channel", "client",
    "lang" and "topic" from standard input; "day" is a number or a date. Prints where each contact
    stood at the end of its own day, then the board of every day.
    """
    sys.stdin.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    lines = read()
    if not lines:
        return
    engine = load(version)
    clock = Stopwatch()
    try:
        signals = SignalCache(cache, engine)
    except Unreadable as reason:
        refuse(str(reason))
    items = [item for batch in batches(lines) for item in items_of(batch, engine, signals, clock)]
    signals.write()
    chronicle = Chronicle(groups.Params.of(engine))
    stood: dict[groups.ItemId, Line] = {}
    boards: list[Standing] = []
    days = by_day(items)
    with clock.timing("grouped"), progress(days, "Grouping") as told:
        for day in told:
            boards += chronicle.tell(day, days[day])
            stood |= {item.id: assignment(chronicle, item.id) for item in days[day]}
    written = {item.id: line["day"] for item, line in zip(items, lines, strict=True)}
    for item, line in zip(items, lines, strict=True):
        found = assignment(chronicle, item.id) if final else stood[item.id]
        say({"id": line["id"], **found})
    named = {item.day: written[item.id] for item in items}
    for standing in boards:
        say({"board": named[standing.day], **without_day(standing)})
    click.echo(clock.report(len(items)), err=True)


class Stopwatch:
    """Seconds per kind of work, so that embedding is reported apart."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def timing(self, work: str) -> "Lap":
        return Lap(self, work)

    def report(self, contacts: int) -> str:
        spent = ", ".join(f"{work} in {seconds:.1f} s" for work, seconds in self.seconds.items())
        return f"{contacts} contacts: {spent}"


class Lap:
    def __init__(self, watch: Stopwatch, work: str) -> None:
        self.watch, self.work = watch, work

    def __enter__(self) -> None:
        self.began = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.watch.seconds[self.work] += time.perf_counter() - self.began


def read() -> list[Line]:
    """The lines of the input, checked; the first that cannot be read ends the work."""
    lines: list[Line] = []
    seen: set[object] = set()
    for number, written in enumerate(sys.stdin, 1):
        if not written.strip():
            continue
        try:
            line = json.loads(written)
        except ValueError:
            refuse(f"line {number} is not JSON")
        if not isinstance(line, dict) or not isinstance(line.get("text"), str):
            refuse(f'line {number} must be an object with "id", "day" and "text"')
        if not isinstance(line.get("id"), str | int) or day_of(line.get("day")) is None:
            refuse(f'line {number} needs an "id" and a "day" that is a number or a date')
        if line["id"] in seen:
            refuse(f"line {number} repeats the id {line['id']!r}")
        seen.add(line["id"])
        lines.append(line)
    return lines


def day_of(written: object) -> date | None:
    if isinstance(written, bool):
        return None
    try:
        if isinstance(written, int):
            return FIRST_DAY + timedelta(days=written)
        return date.fromisoformat(str(written)[:10])
    except (ValueError, OverflowError):
        return None


def moment_of(line: Line, day: date) -> datetime:
    """The time of day when it is written so that it can be read, else midnight."""
    try:
        hour = datetime.fromisoformat(f"{day.isoformat()}T{line.get('time') or '00:00'}")
    except ValueError:
        hour = datetime.combine(day, datetime.min.time())
    return hour.replace(tzinfo=UTC)


def batches(lines: Sequence[Line]) -> Iterator[Sequence[Line]]:
    starts = range(0, len(lines), BATCH)
    with progress(starts, "Reading") as told:
        for start in told:
            yield lines[start : start + BATCH]


def items_of(
    lines: Sequence[Line], engine: Engine, signals: SignalCache, clock: Stopwatch
) -> list[groups.Item]:
    texts = [text_of(line) for line in lines]
    with clock.timing("recalled"):
        found = [signals.known(text) for text in texts]
    missing = [row for row, signal in enumerate(found) if signal is None]
    with clock.timing("embedded"):
        vectors = engine.vectors([texts[row] for row in missing])
    with clock.timing("classified"):
        asked = [
            texts[row] if vectors is None else replace(texts[row], vector=vectors[place])
            for place, row in enumerate(missing)
        ]
        for row, opinion in zip(missing, engine.classify(asked), strict=True):
            signals.keep(texts[row], opinion)
            found[row] = Signal(opinion.language, opinion.vector, opinion.posteriors)
    with clock.timing("described"):
        return [
            item_of(line, text, signal, engine)
            for line, text, signal in zip(lines, texts, found, strict=True)
            if signal is not None
        ]


def item_of(line: Line, text: Text, signal: Signal, engine: Engine) -> groups.Item:
    day = day_of(line["day"])
    assert day is not None
    posteriors = signal.posteriors
    if line.get("topic"):
        posteriors = groups.on_topic(posteriors, str(line["topic"]), engine.labels)
    return groups.Item(
        id=line["id"],
        at=moment_of(line, day),
        day=day,
        client=str(line.get("client") or f"contact {line['id']}"),
        language=signal.language,
        channel=text.channel,
        text=text.text,
        features=groups.described(
            text.text, text.subject, signal.language, signal.vector, posteriors
        ),
    )


def by_day(items: Sequence[groups.Item]) -> dict[date, list[groups.Item]]:
    days: dict[date, list[groups.Item]] = defaultdict(list)
    for item in items:
        days[item.day].append(item)
    return dict(sorted(days.items()))


def assignment(chronicle: Chronicle, item_id: groups.ItemId) -> Line:
    return {"problem": chronicle.placed[item_id], "reason": chronicle.reasons[item_id]}


def without_day(standing: Standing) -> Mapping[str, object]:
    return {name: value for name, value in asdict(standing).items() if name != "day"}


def progress(steps: Any, label: str) -> Any:
    """A bar on stderr when it is a terminal, nothing otherwise."""
    return click.progressbar(
        steps, label=label, file=sys.stderr, hidden=not sys.stderr.isatty(), length=len(steps)
    )


def say(line: Mapping[str, object]) -> None:
    click.echo(json.dumps(line, ensure_ascii=False))


def refuse(reason: str) -> NoReturn:
    click.echo(f"triage group: {reason}", err=True)
    sys.exit(BAD_INPUT)
