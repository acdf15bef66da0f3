"""`triage classify`: JSON lines in, opinions out, in the same order, without a database."""

import json
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn, TextIO

import click

from classifiers import starter, store
from classifiers.engine import BATCH, Engine, Inflow, Opinion, Text
from triage.commands.first_model import models_directory, topics

BAD_INPUT = 2
Line = dict[str, Any]


@click.command()
@click.option("--model", "version", metavar="VERSION", help="A version other than the current.")
@click.option("--reveal", is_flag=True, help="Print identifiers in full instead of masked.")
@click.option("--each-alone", is_flag=True, help="Judge no text by what came before it.")
def command(version: str | None, reveal: bool, each_alone: bool) -> None:
    """Language, topic, intent and identifiers of texts.

    Reads JSON lines {"id", "text"} with optional "subject", "channel" and "lang" from standard
    input; prints one opinion a line in the same order. As in the application, a topic that came
    often in the lines before is likelier; --each-alone leaves that out.
    """
    sys.stdin.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    engine = load(version)
    lines = asked(sys.stdin)
    inflow = None if each_alone else Inflow(live=True)
    while batch := list(islice(lines, BATCH)):
        opinions = engine.classify([text_of(line) for line in batch], inflow)
        for line, opinion in zip(batch, opinions, strict=True):
            click.echo(json.dumps(answer(line["id"], opinion, reveal), ensure_ascii=False))


def load(version: str | None) -> Engine:
    """The model asked for, or the current one; a fresh install trains its first."""
    models = models_directory()
    if version is not None:
        directory = models / Path(version).name
    elif (current := store.newest(models)) is not None:
        directory = current
    else:
        click.echo("No model yet: training it from the starter texts…", err=True)
        directory = starter.ready(models, topics())
    try:
        return Engine.load(directory)
    except store.Unusable as reason:
        refuse(str(reason))


def asked(stream: TextIO) -> Iterator[Line]:
    """The lines of the input, checked; the first that cannot be read ends the work."""
    for number, written in enumerate(stream, 1):
        if not written.strip():
            continue
        try:
            line = json.loads(written)
        except ValueError:
            refuse(f"line {number} is not JSON")
        if not isinstance(line, dict) or not isinstance(line.get("text"), str) or "id" not in line:
            refuse(f'line {number} must be an object with "id" and "text"')
        yield line


def text_of(line: Line) -> Text:
    return Text(
        text=line["text"],
        subject=str(line.get("subject") or ""),
        channel=str(line.get("channel") or "email"),
        language=str(line["lang"]) if line.get("lang") else None,
    )


def answer(number: object, opinion: Opinion, reveal: bool) -> Line:
    """The opinion as the contract names its fields; `field` only where it is the subject."""
    return {
        "id": number,
        "language": opinion.language,
        "topic": opinion.topic,
        "topic_confidence": opinion.topic_confidence,
        "subtopic": opinion.subtopic,
        "intent": opinion.intent,
        "intent_confidence": opinion.intent_confidence,
        "decision": opinion.decision,
        "alternatives": [
            {"topic": other.topic, "confidence": other.confidence} for other in opinion.alternatives
        ],
        "urgent": opinion.urgent,
        "dissatisfied": opinion.dissatisfied,
        "identifiers": [
            {
                "kind": found.kind,
                "value": found.value if reveal else found.masked,
                "start": found.start,
                "end": found.end,
                **({"field": found.field} if found.field != "text" else {}),
            }
            for found in opinion.identifiers
        ],
        "reasons": [{"term": reason.term, "weight": reason.weight} for reason in opinion.reasons],
    }


def refuse(reason: str) -> NoReturn:
    click.echo(f"triage classify: {reason}", err=True)
    sys.exit(BAD_INPUT)
