"""A process that imports the application once and forks a worker whenever it is asked: to be killed
again and again without waiting for an interpreter each time."""

PROGRAM = """
import os, sys, time
from triage.application import create_app
{imports}

def work():
    app = create_app(worker=True)
    with app.app_context():
        settings = app.extensions["settings"]
        while True:
            if not {turn}:
                time.sleep(0.05)

for _ in sys.stdin:
    born = os.fork()
    if not born:
        work()
    print(born, flush=True)
"""


def nursery(imports: str, turn: str) -> str:
    """Its program: a worker's `turn` is an expression, false when there was nothing to do."""
    return PROGRAM.format(imports=imports, turn=turn)
