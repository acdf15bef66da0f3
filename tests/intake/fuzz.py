"""`python -m tests.intake.fuzz [-max_total_time=60] [FOLDER]`: mutate mails until one breaks.

An exception, also one that the reader would turn into an unread letter, or a promise that a letter
does not keep ends the run, and the mail that did it stays in the working directory.
"""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["triage.intake"]):
    from tests.intake.promises import SEEDS, check


def main() -> None:
    options = [argument for argument in sys.argv[1:] if argument.startswith("-")]
    folders = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    folder = Path(folders[0]) if folders else Path(tempfile.mkdtemp())
    for number, seed in enumerate(SEEDS):
        (folder / f"seed-{number}").write_bytes(seed)
    atheris.Setup([sys.argv[0], "-max_len=20000", *options, str(folder)], check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
