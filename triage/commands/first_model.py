"""Where the models lie and which topics the first one knows, for commands without a database."""

import json
import os
from importlib.resources import files
from pathlib import Path
from typing import Any


def models_directory() -> Path:
    return Path(os.environ.get("DATA_DIR", "var")) / "models"


def topics() -> list[dict[str, Any]]:
    """The topics that come with the product, with their names in four languages."""
    taxonomy = json.loads((files("triage.catalog") / "taxonomy.json").read_text("utf-8"))
    found: list[dict[str, Any]] = taxonomy["axis_topic"]
    return found
