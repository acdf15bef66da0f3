"""How long an agent who types a note waits for the proposal: the whole request, in the server."""

import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks._sets import demo
from classifiers import starter
from models import schema
from models.base import db, now, transaction
from models.user import Role, User, UserSession
from triage import catalog, routing
from triage.application import create_app
from triage.commands.train import topics
from triage.config import Settings
from triage.embedded import Postgres

NOTES = 100
FIRST_WORDS = 12


def run() -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="passerelle-bench-") as folder:
        directory = Path(folder)
        directory.chmod(0o711)
        postgres = Postgres(directory)
        try:
            return measure(postgres.start(), directory / "var")
        finally:
            postgres.stop()


def measure(database_url: str, data_dir: Path) -> dict[str, Any]:
    schema.upgrade(database_url)
    settings = Settings.from_environment({"DATABASE_URL": database_url, "DATA_DIR": str(data_dir)})
    starter.ready(data_dir / "models", topics())
    app = create_app(settings)
    app.config.update(WTF_CSRF_ENABLED=False)
    with app.app_context():
        catalog.load(settings)
        with transaction():
            agent = User.add("bench", "Bench", Role.AGENT, "fr")
            secret = UserSession.begin(agent, now(), "127.0.0.1", "bench")
        db.session.remove()
    routing.engine()
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = secret, True
    asked = [ask(client, text) for text in notes()]
    waited, computed = [wall for wall, _ in asked], [own for _, own in asked]
    with app.app_context():
        db.engine.dispose()
    return {
        "notes": len(waited),
        "median (ms)": round(statistics.median(waited), 1),
        "95 of 100 within (ms)": round(statistics.quantiles(waited, n=20)[-1], 1),
        "slowest (ms)": round(max(waited), 1),
        "of which this process computed, median (ms)": round(statistics.median(computed), 1),
        "load of the machine": round(os.getloadavg()[0], 1),
    }


def notes() -> list[str]:
    """The beginnings of the demo's contacts, each seen for the first time."""
    texts = [row["text"] for name in ("contacts_1", "contacts_2") for row in demo(name)]
    return [" ".join(text.split()[:FIRST_WORDS]) for text in texts if len(text.split()) > 9][:NOTES]


def ask(client: Any, text: str) -> tuple[float, float]:
    """(milliseconds until the answer, milliseconds of this process): a busy machine shows."""
    began, computed = time.perf_counter(), time.process_time()
    answer = client.post("/calls/proposal", data={"text": text})
    assert answer.status_code == 200, answer.status_code
    return (time.perf_counter() - began) * 1000, (time.process_time() - computed) * 1000
