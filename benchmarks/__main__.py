"""`make bench`: run every benchmark of this folder, or those that are named.

Each module has `run() -> dict` of figures; results go as JSON to `results/`,
with the machine they were taken on, and to a table on the screen.
"""

import importlib
import json
import os
import platform
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"


def main() -> None:
    names = sys.argv[1:] or sorted(
        path.stem for path in HERE.glob("*.py") if not path.stem.startswith("_")
    )
    RESULTS.mkdir(exist_ok=True)
    for name in names:
        print(f"== {name}", flush=True)
        began = time.perf_counter()
        figures = importlib.import_module(f"benchmarks.{name}").run()
        report = {
            "benchmark": name,
            "machine": {
                "python": platform.python_version(),
                "system": platform.platform(terse=True),
                "cores": os.cpu_count(),
            },
            "seconds": round(time.perf_counter() - began, 1),
            "figures": figures,
        }
        (RESULTS / f"{name}.json").write_text(
            json.dumps(report, indent=1, ensure_ascii=False) + "\n", "utf-8"
        )
        show(figures)


def show(figures: dict[str, object], indent: str = "  ") -> None:
    for key, value in figures.items():
        if isinstance(value, dict):
            print(f"{indent}{key}")
            show(value, indent + "  ")
        else:
            print(f"{indent}{key:42} {value}")


if __name__ == "__main__":
    main()
