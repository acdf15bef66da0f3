"""How much work is done in a second, of the clock and of our own processor, and by how many
statements."""

import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import event

from models.base import db


def paced(many: int, work: Callable[[], None]) -> dict[str, float]:
    asked = 0

    def ask(*_given: Any) -> None:
        nonlocal asked
        asked += 1

    event.listen(db.engine, "before_cursor_execute", ask)
    began, worked = time.perf_counter(), time.process_time()
    work()
    seconds, worked = time.perf_counter() - began, time.process_time() - worked
    event.remove(db.engine, "before_cursor_execute", ask)
    return {
        "a second": round(many / seconds),
        "a second of our processor": round(many / worked),
        "statements each": round(asked / many, 2),
    }
