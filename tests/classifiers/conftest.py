"""One trained classifier for the session: the starter model, as a fresh install has it."""

import pytest

from classifiers import starter
from classifiers.engine import Engine
from triage.commands.train import topics


@pytest.fixture(scope="session")
def engine() -> Engine:
    return Engine.train([*starter.starter(), *starter.names(topics())])
