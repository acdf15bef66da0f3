"""`triage evaluate`: the classifier's own engine, trained and judged on anybody's labelled rows."""

import csv
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

import click

from classifiers.engine import Example
from classifiers.evaluate import Report, experiment, label_names, sample
from classifiers.starter import NAME_WEIGHT

BAD_INPUT = 2
Row = Mapping[str, str]
READABLE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--train", type=READABLE, help="Labelled rows to learn from (CSV or JSONL).")
@click.option("--test", type=READABLE, help="Labelled rows to be judged on.")
@click.option("--data", type=READABLE, help="One file with both, told apart by --split.")
@click.option("--split", metavar="COLUMN", help="Column of --data with the values train and test.")
@click.option("--text", required=True, metavar="COLUMN")
@click.option("--label", required=True, metavar="COLUMN")
@click.option("--lang", metavar="COLUMN", help="Adds an accuracy per language.")
@click.option("--per-class", type=click.IntRange(1), metavar="N", help="Learn from N rows a label.")
@click.option("--seed", default=0, show_default=True)
@click.option("--out-of-scope", metavar="NAME", help="The label that means none of the others.")
@click.option("--no-label-names", is_flag=True, help="Do not learn from the words in the labels.")
@click.option("--no-encoder", is_flag=True, help="Words and letters only.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def command(
    train: Path | None,
    test: Path | None,
    data: Path | None,
    split: str | None,
    text: str,
    label: str,
    lang: str | None,
    per_class: int | None,
    seed: int,
    out_of_scope: str | None,
    no_label_names: bool,
    no_encoder: bool,
    as_json: bool,
) -> None:
    """Train the same pipeline from scratch on any labels and print how good it is."""
    if data and split and not (train or test):
        rows = read(data)
        learned = [row for row in rows if column(row, split, data) == "train"]
        judged = [row for row in rows if column(row, split, data) == "test"]
        sources = data, data
    elif train and test and not (data or split):
        learned, judged = read(train), read(test)
        sources = train, test
    else:
        refuse("give --train and --test, or --data and --split")
    examples, questions = (
        [example(row, text, label, lang, out_of_scope, source) for row in part]
        for part, source in zip((learned, judged), sources, strict=True)
    )
    if not examples or not questions:
        refuse("there are no rows to learn from, or none to be judged on")
    if per_class:
        examples = sample(examples, per_class, seed)
    if not no_label_names:
        examples += label_names(sorted({row.topic for row in examples if row.topic}), NAME_WEIGHT)
    try:
        report = experiment(examples, questions, use_encoder=not no_encoder)
    except ValueError as reason:
        refuse(str(reason))
    click.echo(json.dumps(asdict(report), ensure_ascii=False) if as_json else table(report))


def read(path: Path) -> list[Row]:
    """The rows of a CSV file, or of JSON lines when the name ends in .jsonl or .ndjson."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            if path.suffix.lower() in {".jsonl", ".ndjson", ".json"}:
                rows = [json.loads(line) for line in stream if line.strip()]
                return [{name: str(value) for name, value in row.items()} for row in rows]
            return list(csv.DictReader(stream))
    except (UnicodeDecodeError, ValueError, AttributeError, csv.Error) as reason:
        refuse(f"{path} cannot be read: {reason}")


def example(
    row: Row, text: str, label: str, lang: str | None, out_of_scope: str | None, source: Path
) -> Example:
    topic = column(row, label, source)
    return Example(
        text=column(row, text, source),
        topic="" if topic == out_of_scope else topic,
        language=column(row, lang, source) if lang else None,
    )


def column(row: Row, name: str, source: Path) -> str:
    if row.get(name) is None:
        refuse(f"{source} has a row without the column {name}")
    return row[name]


def table(report: Report) -> str:
    """The report for people."""
    lines = [
        f"learned from {report.train_rows} rows, judged on {report.test_rows}",
        f"accuracy            {report.accuracy:8.2%}",
        f"macro-F1            {report.macro_f1:8.2%}",
        f"calibration error   {report.calibration_error:8.2%}",
    ]
    for routed in report.routed:
        lines.append(
            f"coverage at {routed.promised:.0%}     {routed.ceiling:8.2%}   "
            f"(with the cut fixed in training: {routed.share:.2%}, right {routed.precision:.2%})"
        )
    lines += [f"accuracy {code}         {right:8.2%}" for code, right in report.languages.items()]
    if rejected := report.out_of_scope:
        lines += [
            f"in-scope accuracy   {rejected.in_scope_accuracy:8.2%}",
            f"out-of-scope recall {rejected.out_of_scope_recall:8.2%}   "
            f"(with {rejected.in_scope_kept:.2%} of the in-scope rows kept)",
            f"  keeping 95 %      {rejected.recall_keeping_95:8.2%}",
            f"AUROC               {rejected.auroc:8.2%}",
        ]
    lines += [
        f"train               {report.train_seconds:8.1f} s",
        f"texts per second    {report.texts_per_second:8.1f}",
        f"model               {report.model_bytes / 1e6:8.1f} MB",
        "",
        f"{'label':40} {'precision':>9} {'recall':>9} {'F1':>9} {'rows':>6}",
    ]
    lines += [
        f"{score.label[:40]:40} {score.precision:9.2%} {score.recall:9.2%} {score.f1:9.2%} "
        f"{score.rows:6}"
        for score in report.classes
    ]
    return "\n".join(lines)


def refuse(reason: str) -> NoReturn:
    click.echo(f"triage evaluate: {reason}", err=True)
    sys.exit(BAD_INPUT)
