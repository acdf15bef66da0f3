"""`triage train`: learn the classifier from the starter texts and the topic names."""

import json
import os
import time
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from classifiers import starter, store
from classifiers.engine import Engine


def models_directory() -> Path:
    return Path(os.environ.get("DATA_DIR", "var")) / "models"


def topics() -> list[dict[str, Any]]:
    """The topics that come with the product, with their names in four languages."""
    taxonomy = json.loads((files("triage.catalog") / "taxonomy.json").read_text("utf-8"))
    found: list[dict[str, Any]] = taxonomy["axis_topic"]
    return found


@click.command()
@click.option("--no-encoder", is_flag=True, help="Words and letters only: smaller and faster.")
@click.option("--if-missing", is_flag=True, help="Do nothing where a model stands ready.")
def command(no_encoder: bool, if_missing: bool) -> None:
    """Train the classifier from the starter texts and use it from now on."""
    models = models_directory()
    if if_missing and starter.usable(models) is not None:
        return
    began = time.perf_counter()
    with store.training(models):
        examples = [*starter.starter(), *starter.names(topics())]
        engine = Engine.train(examples, use_encoder=not no_encoder)
        directory = starter.keep(models, engine)
    click.echo(
        f"{engine.version}: {len(examples)} texts and names, {time.perf_counter() - began:.1f} s, "
        f"{store.size(directory) / 1e6:.1f} MB, in {directory}"
    )
    for name, figure in engine.measured.items():
        click.echo(f"  {name}: {figure}")
