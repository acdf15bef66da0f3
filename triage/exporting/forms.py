"""How a table is written down: CSV for programs and spreadsheets, XLSX for spreadsheets.

Both are written row by row into an open file. No cell is ever taken for a formula.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from models.calendar import BRUSSELS
from triage import spreadsheet
from triage.exporting.table import Cell, Told

SHEET_ROWS = 1_048_575
"""Rows of a sheet below its heading: more go on in the next one."""
LONGEST_CELL = 32_767
TELL_EVERY = 2_000


class Form(StrEnum):
    """What a file is."""

    CSV = "csv"
    """Parted by semicolons, as spreadsheets here expect it."""
    CSV_COMMA = "csv-comma"
    XLSX = "xlsx"
    ZIP = "zip"


ENDINGS = {Form.CSV: "csv", Form.CSV_COMMA: "csv", Form.XLSX: "xlsx", Form.ZIP: "zip"}
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
}


def write(
    form: Form,
    file: BinaryIO,
    headings: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    told: Told,
    folder: Path | None = None,
) -> int:
    """Write all rows; returns how many. `folder` is where a spreadsheet lies while it is made."""
    if form is Form.XLSX:
        return write_xlsx(file, headings, rows, told, folder)
    return write_csv(file, headings, rows, told, "," if form is Form.CSV_COMMA else ";")


def write_csv(
    file: BinaryIO,
    headings: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    told: Told,
    separator: str = ";",
) -> int:
    text = io.TextIOWrapper(file, "utf-8", errors="replace", newline="", write_through=False)
    try:
        text.write("\ufeff")
        writer = csv.writer(text, delimiter=separator, lineterminator="\r\n")
        writer.writerow([spreadsheet.cell(heading) for heading in headings])
        count = 0
        for row in rows:
            writer.writerow([written(value) for value in row])
            count += 1
            if count % TELL_EVERY == 0:
                told.rows(count)
        text.flush()
    finally:
        text.detach()
    return count


def written(value: Cell) -> Any:
    """A cell as a CSV has it: times of the house's own clock, to the minute."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(BRUSSELS).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    return spreadsheet.cell(value)


def write_xlsx(
    file: BinaryIO,
    headings: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    told: Told,
    folder: Path | None = None,
    sheet_rows: int = SHEET_ROWS,
) -> int:
    """Numbers are numbers and days are days; all else is text, whatever it looks like."""
    options = {
        "constant_memory": True,
        "strings_to_numbers": False,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "remove_timezone": True,
        **({"tmpdir": str(folder)} if folder is not None else {}),
    }
    book = xlsxwriter.Workbook(file, options)
    bold = book.add_format({"bold": True})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    count, place, sheet = 0, sheet_rows, None
    for row in rows:
        if place >= sheet_rows or sheet is None:
            sheet, place = _sheet(book, headings, bold), 0
        place += 1
        for column, value in enumerate(row):
            if value is None or value == "":
                continue
            if isinstance(value, datetime):
                sheet.write_datetime(
                    place, column, value.astimezone(BRUSSELS).replace(tzinfo=None), moment
                )
            elif isinstance(value, date):
                sheet.write_datetime(place, column, value, day)
            elif isinstance(value, int | float):
                sheet.write_number(place, column, value)
            else:
                sheet.write_string(place, column, str(value)[:LONGEST_CELL])
        count += 1
        if count % TELL_EVERY == 0:
            told.rows(count)
    if sheet is None:
        _sheet(book, headings, bold)
    book.close()
    return count


def _sheet(book: Any, headings: Sequence[str], bold: Any) -> Worksheet:
    sheet: Worksheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    for column, heading in enumerate(headings):
        sheet.set_column(column, column, max(10, min(len(heading) + 2, 40)))
    for column, heading in enumerate(headings):
        sheet.write_string(0, column, heading, bold)
    return sheet
