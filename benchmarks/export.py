"""How a list of a million tickets is taken along: rows a second, memory, and whether all are there.

Everything is invented. Each form is written in a process of its own, as `triage transfer` does;
its peak memory is that of the whole process, the application and the driver among it.
"""

import csv
import io
import os
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url

from benchmarks.board import house, in_process
from models.base import now, transaction
from models.data_export import DataExport
from models.ticket_list import TicketFilter
from models.user import Role, User
from triage import export_files, exporting
from triage.config import Settings

SIZE = int(os.environ.get("EXPORT_SIZE", "1000000"))
FILLING = (
    "INSERT INTO client (name, representative, remark, version) "
    "SELECT 'Client ' || number, false, '', 1 FROM generate_series(1, %(clients)s) number",
    "INSERT INTO ticket (client_id, subject, preview, channel, language, topic_id, decision, "
    "needs_choice, team_id, status, status_key, urgent, contacts_count, opened_at, "
    "last_contact_at, due_at, closed_at, disposition, told, flagged, health, version) "
    "SELECT 1 + number % %(clients)s, 'About the payment of month ' || number % 12, "
    "'=1+1 is how this line begins, and it goes on as long as a line of a list does', 'email', "
    "(ARRAY['fr', 'nl', 'de', 'en'])[1 + number % 4], topic.id, 'auto', false, topic.team_id, "
    "CASE number % 3 WHEN 0 THEN 'open' ELSE 'closed' END, '', number % 97 = 0, 2, "
    "now() - number * interval '30 seconds', now() - number * interval '30 seconds', "
    "now() - number * interval '30 seconds' + interval '5 days', "
    "CASE WHEN number % 3 <> 0 THEN now() - number * interval '15 seconds' END, "
    "CASE WHEN number % 3 <> 0 THEN 'answered' END, '', false, false, 1 "
    "FROM generate_series(1, %(tickets)s) number "
    "JOIN (SELECT id, team_id, row_number() OVER (ORDER BY position, id) AS place, "
    "count(*) OVER () AS topics FROM topic WHERE parent_id IS NULL) topic "
    "ON topic.place = 1 + number % topic.topics",
    "VACUUM ANALYZE",
)


def run() -> dict[str, Any]:
    with house() as settings:
        fill(settings.database_url or "")
        figures = {}
        for form in ("csv", "xlsx"):
            asked = in_process(settings, ask, form)
            figures[form] = carried(settings, SIZE) | in_process(
                settings, looked_at, asked["export"]
            )
            figures[form] |= {"the page counts": asked["on the page"]}
            rows = figures[form]["rows"], figures[form]["rows in the file"]
            figures[form]["equal"] = {*rows} == {asked["on the page"]}
        return {"tickets": SIZE, **figures}


def carried(settings: Settings, rows: int) -> dict[str, Any]:
    """`triage transfer`, as the relay starts it: its time, and its peak of memory at the last look.

    What `wait4` tells of memory begins with our own: a child is a copy of us until it runs.
    """
    environment = os.environ | {
        "DATABASE_URL": settings.database_url or "",
        "REDIS_URL": settings.redis_url or "",
        "DATA_DIR": str(settings.data_dir),
    }
    began = time.perf_counter()
    child = subprocess.Popen([sys.executable, "-m", "triage", "transfer"], env=environment)
    peak, pid = 0, 0
    while not pid:
        peak = max(peak, high_water(child.pid))
        time.sleep(0.2)
        pid, status, used = os.wait4(child.pid, os.WNOHANG)
    assert os.waitstatus_to_exitcode(status) == 0
    seconds = time.perf_counter() - began
    return {
        "seconds": round(seconds, 1),
        "seconds of processor": round(used.ru_utime + used.ru_stime, 1),
        "rows a second": round(rows / seconds),
        "peak memory (MB)": round(peak / 1024),
    }


def high_water(pid: int) -> int:
    """The most memory that the process has had, in kB; 0 before its program runs or at its end."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
        running = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return 0
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) if found and b"transfer" in running else 0


def fill(url: str) -> None:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    counts = {"%(tickets)s": str(SIZE), "%(clients)s": str(max(SIZE // 4, 1))}
    with psycopg.connect(plain, autocommit=True) as connection:
        for statement in FILLING:
            for name, count in counts.items():
                statement = statement.replace(name, count)
            connection.execute(statement.encode())


def ask(app: Any, form: str) -> dict[str, Any]:
    """A supervisor wants all of it."""
    with transaction():
        ingrid = User.add(f"ingrid-{form}", "Ingrid", Role.SUPERVISOR, "nl")
        asked = {"view": "all", "state": ["new", "open", "waiting", "closed"]}
        export = exporting.ask("tickets", asked, form, by=ingrid, at=now())
        wanted = TicketFilter(view="all", states=("new", "open", "waiting", "closed"))
        return {"export": export.id, "on the page": wanted.count(ingrid, most=10 * SIZE)}


def looked_at(app: Any, export_id: int) -> dict[str, Any]:
    """The file, counted again."""
    made = DataExport.named(export_id)
    assert made is not None
    path = export_files.path_of(made, app.extensions["settings"])
    assert path is not None, made.error
    rows = in_csv(path) if path.suffix == ".csv" else in_xlsx(path)
    return {
        "rows": made.rows_done,
        "rows in the file": rows,
        "file (MB)": round(made.file_bytes / 1e6, 1),
    }


def in_csv(path: Any) -> int:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return sum(1 for _ in csv.reader(file, delimiter=";")) - 1


def in_xlsx(path: Any) -> int:
    """The rows of all sheets without their headings; nothing is held but the end of a piece."""
    count = 0
    with zipfile.ZipFile(path) as book:
        for name in book.namelist():
            if not name.startswith("xl/worksheets/sheet"):
                continue
            with io.BufferedReader(book.open(name)) as sheet:
                rest = b""
                while piece := sheet.read(1 << 20):
                    count += (rest + piece).count(b"<row ")
                    rest = piece[-4:]
            count -= 1
    return count
