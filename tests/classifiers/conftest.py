"""One trained classifier for the session: the starter model, as a fresh install has it."""

from pathlib import Path

import pytest

from classifiers import store
from classifiers.engine import Engine


@pytest.fixture(scope="session")
def engine(models_dir: Path) -> Engine:
    directory = store.newest(models_dir)
    assert directory is not None
    return Engine.load(directory)
