"""National register numbers that clients write and say: in no file of the house as they were said.

Database with its write-ahead log, Valkey's files, logs, exports and models are read byte by byte.
"""

import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from models import schema
from models.base import db, now, transaction
from models.draft import Draft, DraftKind
from models.intake import Adapter
from models.mailbox import Mailbox
from tests.conftest import CARELESS, furnish_model, hang_up, open_directory, settings_for
from tests.people import Browser, House, amelie, joris, letter
from triage import catalog, exporting, logs
from triage.application import Passerelle, create_app
from triage.embedded import Postgres, Valkey
from triage.exporting import writing
from triage.intake import receive_mail

MAILS, NOTES, FORMS = 24, 18, 18


def written(number: int) -> tuple[str, str]:
    """A register number of an invented person, as on the card and in digits alone."""
    serial = 1 + number % 900
    first = f"{70 + number % 25}{1 + number % 12:02}{1 + number % 28:02}{serial:03}"
    check = f"{97 - int(first) % 97:02}"
    digits = first + check
    dotted = f"{digits[:2]}.{digits[2:4]}.{digits[4:6]}-{digits[6:9]}.{digits[9:]}"
    return dotted, digits


NUMBERS = [written(number) for number in range(MAILS + NOTES + FORMS)]


@pytest.fixture
def directory(models_dir: Path) -> Iterator[Path]:
    with open_directory() as place:
        furnish_model(place / "var", models_dir)
        yield place / "var"


def live(directory: Path) -> set[Path]:
    """An installation with servers of its own takes in every number, and is stopped; returns where
    it keeps its files."""
    postgres, valkey = Postgres(directory, options=CARELESS), Valkey(directory)
    try:
        url = postgres.start()
        redis_url = valkey.start()
        schema.upgrade(url)
        settings = settings_for(url, redis_url, directory)
        app = create_app(settings)
        with app.app_context():
            catalog.load(settings)
            take_in(app)
            hang_up(app)
            db.session.remove()
            db.engine.dispose()
        with Redis.from_url(redis_url) as connection:
            connection.save()
    finally:
        valkey.stop()
        postgres.stop()
    assert any((postgres.cluster / "pg_wal").iterdir())
    return {directory, postgres.lodging.directory, valkey.lodging.directory}


def take_in(app: Passerelle) -> None:
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    app.test_client_class = Browser
    house, browser = House(app), app.test_client()
    assert isinstance(browser, Browser)
    browser.sign_in(house.nadia)
    for number, (dotted, digits) in enumerate(NUMBERS[:MAILS]):
        words = f"Mon numéro national est le {(dotted, digits)[number % 2]}, où en est ma demande ?"
        receive_mail(
            letter(amelie, words, f"Dossier {(digits, dotted)[number % 2]}"),
            adapter=Adapter.SMTP,
            mail_from=amelie.email,
            mailbox=Mailbox.first(),
        )
    house.work()
    for number, (dotted, digits) in enumerate(NUMBERS[MAILS : MAILS + NOTES]):
        said = (dotted, digits)[number % 2]
        contact = house.call(joris, f"RRN {said}, wacht op zijn uitkering", by=house.nadia)
        ticket = house.ticket(contact)
        browser.post(f"/desk/tickets/{ticket.number}/notes", data={"text": f"{said} nagekeken"})
        with transaction():
            Draft.save(
                house.nadia,
                ticket.id,
                DraftKind.NOTE,
                f"nog eens {said}",
                page="one",
                revision=number,
                at=now(),
            )
    for number, (dotted, digits) in enumerate(NUMBERS[MAILS + NOTES :]):
        house.fill_form(amelie, f"Numéro {(dotted, digits)[number % 2]} : paiement non reçu")
    house.work()
    with transaction():
        exporting.ask("tickets", {"view": "all"}, "csv", by=house.koen, at=now())
    writing.write_waiting("worker", app.extensions["settings"])


@pytest.fixture
def logged(directory: Path) -> Iterator[None]:
    """Everything that the processes would write down, in a file under DATA_DIR."""
    (directory / "logs").mkdir()
    handler = logging.FileHandler(directory / "logs" / "all.log")
    handler.setFormatter(logs.AsJson())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield
    root.removeHandler(handler)
    root.setLevel(level)
    handler.close()


def files_under(directory: Path) -> Iterator[Path]:
    for folder, _folders, names in os.walk(directory, followlinks=True):
        yield from (path for name in names if (path := Path(folder) / name).is_file())


def found_in(*directories: Path) -> dict[str, list[str]]:
    """Files in which a number stands, in either writing."""
    wanted = [form.encode() for both in NUMBERS for form in both]
    found = {}
    for directory in directories:
        for path in files_under(directory):
            content = path.read_bytes()
            if standing := [form.decode() for form in wanted if form in content]:
                found[path.name] = standing
    return found


def test_no_register_number_lies_open_on_disk(directory: Path, logged: Any) -> None:
    assert found_in(*live(directory)) == {}


def test_the_search_would_find_one(directory: Path) -> None:
    (directory / "note").write_text(f"a note with {NUMBERS[0][0]} in it")
    assert list(found_in(directory)) == ["note"]
