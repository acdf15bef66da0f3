"""How good and how fast the classifier is, on texts that it never saw by authors it never read.

    python benchmarks/classifiers.py [--full] [--data DIR] [--output FILE]

Writes JSON and, beside it, the same as Markdown. `--full` adds what takes a quarter of an hour:
each author judged by the others, each language by the others; `--data` adds public labelled sets.
"""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

# As a script: the folder that Python puts first holds this file, a namesake of the package.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import click

from benchmarks._bars import bars
from benchmarks._judging import (
    MEASURES,
    Answer,
    Figures,
    confusions,
    figures,
    kept_promise,
    parts,
)
from benchmarks._keywords import by_keywords
from benchmarks._nearness import Known
from benchmarks._pace import pace
from benchmarks._public import public
from benchmarks._sets import (
    DEMO,
    FROZEN_SETS,
    authors,
    demo,
    example,
    frozen,
    judged,
    names_measure,
    remembered_vectors,
    trained,
)
from benchmarks._tables import markdown
from classifiers.engine import Example
from classifiers.language import LANGUAGES
from classifiers.starter import starter

FULL, WORDS, RULE = "words and encoder", "words only", "keyword rule"
CROSSWISE = (
    ("frozen_x", ("frozen_y",)),
    ("frozen_y", ("frozen_x",)),
    ("frozen", ("frozen_x", "frozen_y")),
)
"""The set that is judged, and the sets on which its cut was chosen."""


@click.command()
@click.option("--full", is_flag=True, help="Also by author and by language; public sets whole.")
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="A folder of labelled CSV files: text, label, lang, split.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("var/benchmarks/classifiers.json"),
    show_default=True,
)
def main(full: bool, data: Path | None, output: Path) -> None:
    """Measure the classifier; print the tables and keep them with the JSON."""
    results = run(full, data)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")
    tables = markdown(results)
    output.with_suffix(".md").write_text(tables, "utf-8")
    click.echo(tables)


def run(full: bool = False, data: Path | None = None) -> dict[str, Any]:
    """What `make bench` asks: the frozen sets and the pace."""
    rows = list(starter())
    results: dict[str, Any] = {"pace": told("the pace", pace)}
    with remembered_vectors():
        results["frozen"] = told("the frozen sets", lambda: frozen_sets(rows))
        if full:
            results["disjoint"] = told("each author by the others", lambda: disjoint(rows))
            results["foreign"] = told("each language by the others", lambda: foreign(rows))
    if data:
        results["public"] = told("public sets", lambda: public(data, full))
    results["bars"] = bars(results)
    return results


def told(what: str, measure: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    click.echo(f"Measuring {what}…", err=True)
    return measure()


def frozen_sets(rows: Sequence[Example]) -> dict[str, Any]:
    """The model as it is shipped, and without its encoder, and a rule, on what was set aside;
    and on the demo's days, which were written for grouping and say much by halves."""
    aside = {name: frozen(name) for name in FROZEN_SETS}
    everything = [row for name in FROZEN_SETS for row in aside[name]]
    shipped = trained(rows)
    models = {
        FULL: judged(shipped, everything),
        WORDS: judged(trained(rows, use_encoder=False), everything),
        RULE: by_keywords(everything),
    }
    by_set = {name: [one for one in models[FULL] if one.row.source == name] for name in FROZEN_SETS}
    named = [flag for name in FROZEN_SETS for flag in names_measure(name)]
    return {
        "models": {name: sliced(answers, named) for name, answers in models.items()},
        "overlap": overlaps(Known(rows), everything, named),
        "promise": {
            f"{name}, cut chosen on {' and '.join(others)}": kept_promise(
                [one for other in others for one in by_set[other]], by_set[name]
            )
            for name, others in CROSSWISE
        },
        "confused": confusions(models[FULL]),
        "demo": {
            name: figures(judged(shipped, [example(row, name) for row in demo(name)]))
            for name in DEMO
        },
    }


def sliced(answers: Sequence[Answer], named: Sequence[bool]) -> dict[str, Figures]:
    """The figures of everything and of each part that may differ."""
    return {
        "all": figures(answers),
        **{
            name: figures(list(map(answers.__getitem__, places)))
            for name, places in slices([one.row for one in answers], named).items()
        },
    }


def slices(rows: Sequence[Example], named: Sequence[bool]) -> dict[str, list[int]]:
    """The places of each set, language and channel, and of the measures by whether named."""
    found: dict[str, list[int]] = {}
    for key in (_source, _language, _channel):
        for name in sorted({key(row) for row in rows}):
            found[name] = [place for place, row in enumerate(rows) if key(row) == name]
    measures = [place for place, row in enumerate(rows) if row.topic in MEASURES]
    found["measure named"] = [place for place in measures if named[place]]
    found["measure not named"] = [place for place in measures if not named[place]]
    return found


def overlaps(known: Known, rows: Sequence[Example], named: Sequence[bool]) -> dict[str, Figures]:
    return {
        "all": asdict(known.overlap(rows)),
        **{
            name: asdict(known.overlap([rows[place] for place in places]))
            for name, places in slices(rows, named).items()
        },
    }


def disjoint(rows: Sequence[Example]) -> dict[str, Any]:
    """Learned from all authors but one, judged on that one, for each in turn."""
    found: dict[str, list[Answer]] = {FULL: [], WORDS: [], RULE: by_keywords(rows)}
    overlap = {}
    for author, others, mine in authors(rows):
        found[FULL] += judged(trained(others), mine)
        found[WORDS] += judged(trained(others, use_encoder=False), mine)
        overlap[author] = asdict(Known(others).overlap(mine))
    return {
        "models": {
            name: {
                "all": figures(answers),
                **parts(answers, _source),
                **parts(answers, _language),
                **parts(answers, _channel),
            }
            for name, answers in found.items()
        },
        "overlap": overlap,
        "confused": confusions(found[FULL]),
    }


def foreign(rows: Sequence[Example]) -> dict[str, Any]:
    """Learned without a text or a topic's name in one language, judged on that language."""
    aside = [row for name in FROZEN_SETS for row in frozen(name)]
    found = {}
    for code in LANGUAGES:
        mine = [row for row in aside if row.language == code]
        engine = trained([row for row in rows if row.language != code], without=code)
        found[code] = figures(judged(engine, mine))
    return found


def _source(row: Example) -> str:
    return row.source


def _language(row: Example) -> str:
    return row.language or ""


def _channel(row: Example) -> str:
    return row.channel


if __name__ == "__main__":
    main()
