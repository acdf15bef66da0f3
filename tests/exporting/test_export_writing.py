"""A file is written whole by a worker, or not at all; after some days it is gone."""

import csv
import io
import zipfile
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree

import pytest
from sqlalchemy import func, literal, select, update

from models.base import db, now, transaction
from models.data_export import DataExport, ExportState, how_many, streamed
from models.event import Event
from models.outbox import Job, Outbox
from tests.people import amelie, joris
from triage import export_files, exporting
from triage.exporting import forms, writing
from triage.exporting.table import Told

NOBODY = Told(lambda count: None)


@pytest.fixture
def asked(house):
    """Koen wants all tickets as a spreadsheet's CSV."""
    for who in (amelie, joris):
        house.write(who, "Où en est mon dossier ?")
    with transaction():
        return exporting.ask("tickets", {"view": "all"}, "csv", by=house.koen, at=now())


def fresh(export):
    db.session.expire_all()
    return DataExport.named(export.id)


def settings_of(app):
    return app.extensions["settings"]


def test_a_worker_writes_what_was_asked(app, house, asked):
    assert writing.write_waiting("worker", settings_of(app)) == 1
    done = fresh(asked)
    assert (done.state, done.rows_done, done.rows_expected) == (ExportState.READY, 2, 2)
    path = export_files.path_of(done, settings_of(app))
    assert path.stat().st_mode & 0o777 == 0o600
    rows = list(csv.reader(io.StringIO(path.read_text("utf-8-sig")), delimiter=";"))
    assert len(rows) == 3
    assert done.file_bytes == path.stat().st_size
    kinds = set(db.session.scalars(select(Event.kind).where(Event.actor_id == house.koen.id)))
    assert {"export.asked", "export.written"} <= kinds


def test_a_worker_that_died_is_followed_by_one_that_begins_anew(app, asked, monkeypatch):
    def die(point, settings):
        raise KeyboardInterrupt

    monkeypatch.setattr(writing, "crash", die)
    with pytest.raises(KeyboardInterrupt):
        writing.write_waiting("first", settings_of(app))
    monkeypatch.undo()
    assert fresh(asked).state == ExportState.WRITING
    assert writing.write_waiting("second", settings_of(app)) == 0
    with transaction():
        db.session.execute(update(Outbox).values(lease_until=now() - timedelta(seconds=1)))
    assert writing.write_waiting("second", settings_of(app)) == 1
    assert fresh(asked).state == ExportState.READY
    assert len(list(export_files.folder_of(settings_of(app)).iterdir())) == 1


def test_what_was_called_off_leaves_no_file(app, house, asked):
    with transaction():
        fresh(asked).cancel(by=house.koen, at=now())
    writing.write_waiting("worker", settings_of(app))
    assert fresh(asked).state == ExportState.CANCELLED
    folder = export_files.folder_of(settings_of(app))
    assert not folder.exists() or not list(folder.iterdir())


def test_who_lost_the_right_meanwhile_gets_nothing(app, house, asked):
    with transaction():
        house.koen.disabled_at = now()
    writing.write_waiting("worker", settings_of(app))
    failed = fresh(asked)
    assert (failed.state, failed.error) == (ExportState.FAILED, "not_there")


def test_a_full_disk_is_said_before_anything_is_written(app, asked, monkeypatch):
    monkeypatch.setattr(writing, "ROW_BYTES", dict.fromkeys(forms.Form, 2**50))
    writing.write_waiting("worker", settings_of(app))
    assert (fresh(asked).state, fresh(asked).error) == (ExportState.FAILED, "no_room")


def test_a_file_is_gone_when_its_days_are_over(app, asked):
    writing.write_waiting("worker", settings_of(app))
    path = export_files.path_of(fresh(asked), settings_of(app))
    export_files.tidy(now() + timedelta(days=6), settings_of(app))
    assert path.exists()
    export_files.tidy(now() + timedelta(days=8), settings_of(app))
    assert not path.exists()
    assert fresh(asked).state == ExportState.GONE


def test_a_long_table_is_left_to_a_process_of_its_own(app, house, monkeypatch):
    monkeypatch.setattr("models.data_export.LONG", -1)
    with transaction():
        export = exporting.ask("tickets", {"view": "all"}, "xlsx", by=house.koen, at=now())
    assert db.session.scalars(select(Outbox.kind)).all() == [Job.LONG_EXPORT]
    assert writing.write_waiting("worker", settings_of(app)) == 0
    assert writing.write_long("child", settings_of(app)) == 1
    assert fresh(export).state == ExportState.READY


def test_rows_come_from_a_cursor_and_never_all_at_once(app):
    many = select(func.generate_series(1, 5_000).label("number"), literal("x").label("text"))
    rows = streamed(many)
    assert next(rows).number == 1
    assert sum(1 for _ in rows) == 4_999
    assert how_many(many) == 5_000


# --- as a file ------------------------------------------------------------------------------

AT = datetime(2020, 6, 9, 7, 30, tzinfo=UTC)
ROWS = [["=cmd|' /C calc'!A0", "+32475123456", 12, AT, date(2020, 6, 30), None]]
HEADINGS = ["Text", "Telephone", "Count", "Time (Europe/Brussels)", "Day", "Empty"]


def test_a_csv_is_one_that_a_belgian_spreadsheet_opens():
    file = io.BytesIO()
    assert forms.write(forms.Form.CSV, file, HEADINGS, iter(ROWS), NOBODY) == 1
    written = file.getvalue().decode("utf-8")
    assert written == (
        "\ufeffText;Telephone;Count;Time (Europe/Brussels);Day;Empty\r\n"
        "'=cmd|' /C calc'!A0;'+32475123456;12;2020-06-09 09:30;2020-06-30;\r\n"
    )


def test_commas_part_the_cells_where_a_program_wants_them():
    file = io.BytesIO()
    forms.write(forms.Form.CSV_COMMA, file, ["A", "B"], iter([["1,5", "b"]]), NOBODY)
    assert file.getvalue().decode("utf-8-sig") == 'A,B\r\n"1,5",b\r\n'


def test_a_spreadsheet_keeps_numbers_numbers_and_texts_texts():
    file = io.BytesIO()
    forms.write(forms.Form.XLSX, file, HEADINGS, iter(ROWS), NOBODY)
    with zipfile.ZipFile(file) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    names = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    cells = {cell.get("r"): cell for cell in sheet.iterfind(".//x:c", names)}
    assert not sheet.findall(".//x:f", names)
    assert cells["A2"].get("t") == cells["B2"].get("t") == "inlineStr"
    assert cells["C2"].get("t") is None
    assert cells["C2"].find("x:v", names).text == "12"
    assert cells["D2"].find("x:v", names).text.startswith("43991.39")
    assert sheet.find(".//x:pane", names).get("state") == "frozen"


def test_more_rows_than_a_sheet_holds_go_on_in_the_next_one():
    file = io.BytesIO()
    rows = ([number] for number in range(7))
    assert forms.write_xlsx(file, ["Number"], rows, NOBODY, sheet_rows=3) == 7
    with zipfile.ZipFile(file) as book:
        sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
    assert len(sheets) == 3


def test_writing_says_how_far_it_is():
    heard = []
    rows = ([number] for number in range(5_000))
    forms.write(forms.Form.CSV, io.BytesIO(), ["Number"], rows, Told(heard.append))
    assert heard == [2_000, 4_000]
