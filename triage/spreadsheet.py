"""Lines of tables that people open in a spreadsheet: no text in them is taken for a formula."""

import csv
import io
from collections.abc import Iterable
from typing import Any

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def line(values: Iterable[Any]) -> str:
    """One line, its cells parted by semicolons."""
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerow([cell(one) for one in values])
    return out.getvalue()


def cell(value: Any) -> Any:
    """A text that stays a text; a number stays a number."""
    if isinstance(value, int):
        return value
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
