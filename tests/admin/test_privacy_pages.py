"""The pages of privacy: two people decide, administrators see numbers, a copy holds everything."""

import json
import zipfile
from pathlib import Path

from flask_babel import force_locale
from sqlalchemy import text

from models import erasure_reach, person_copy
from models.base import db, now, transaction
from models.client import Client
from models.data_export import DataExport, ExportState
from models.erasure import Erasure, ErasureState
from models.event import Event, record
from models.legal_hold import LegalHold
from models.retention import DataClass, RetentionRule
from models.ticket import Disposition
from models.topic import Topic
from tests.people import Browser, House, amelie
from triage import person_copy as person_copying
from triage.exporting.table import Told


def test_one_asks_and_another_agrees(house: House, client: Browser) -> None:
    contact = house.write(amelie, "Bonjour, où en est mon dossier ?")
    with transaction():
        house.ticket(contact).close(by=house.nadia, at=now(), disposition=Disposition.ANSWERED)
    client.sign_in(house.ingrid)
    address = f"/admin/privacy/clients/{contact.client_id}"
    assert amelie.name in client.get(address).text
    assert client.post(f"{address}/erasure", data={"reason": "?"}).status_code == 422
    assert client.post(f"{address}/erasure", data={"reason": "by letter"}).status_code == 303
    asked = db.session.scalars(db.select(Erasure)).one()
    assert client.post(f"/admin/privacy/erasures/{asked.id}/agreement").status_code == 422
    client.sign_in(house.ada)
    shown = client.get("/admin/privacy/").text
    assert amelie.name not in shown
    assert "by letter" not in shown
    assert client.post(f"/admin/privacy/erasures/{asked.id}/agreement").status_code == 303
    db.session.expire_all()
    assert asked.state == ErasureState.WAITING
    refused = client.post(f"/admin/privacy/erasures/{asked.id}/refusal")
    assert f"undo={asked.id}" in refused.headers["Location"]
    assert client.post(f"/admin/privacy/erasures/{asked.id}/question").status_code == 303


def test_a_hold_is_laid_lifted_and_laid_again(house: House, client: Browser) -> None:
    contact = house.write(amelie, "Bonjour")
    client.sign_in(house.ingrid)
    assert client.post("/admin/privacy/holds/", data={"reason": "a court"}).status_code == 422
    form = {"client": str(contact.client_id), "reason": "a court", "until": "2030-01-01"}
    assert client.post("/admin/privacy/holds/", data=form).status_code == 303
    hold = db.session.scalars(db.select(LegalHold)).one()
    assert "a court" in client.get("/admin/privacy/holds/").text
    client.post(f"/admin/privacy/holds/{hold.id}/lifting")
    client.post(f"/admin/privacy/holds/{hold.id}/standing")
    db.session.expire_all()
    assert hold.lifted_at is None


def test_switching_on_is_typed(house: House, client: Browser) -> None:
    client.sign_in(house.ada)
    form = {"days": "400", "active": "1"}
    address = "/admin/privacy/retention/looks"
    assert client.post(address, data=form).status_code == 422
    assert client.post(address, data=form | {"typed": "looks"}).status_code == 303
    assert RetentionRule.everything()[DataClass.LOOKS.value].active
    assert client.post("/admin/privacy/retention/trial").status_code == 303
    assert client.get("/admin/privacy/retention/").status_code == 200


def test_the_register_takes_the_words_of_the_house(house: House, client: Browser) -> None:
    client.sign_in(house.ada)
    form = {"language": "fr", "basis": "article 6.1.c"}
    assert client.post("/admin/privacy/register/contacts", data=form).status_code == 303
    assert "article 6.1.c" in client.get("/admin/privacy/register/?language=fr").text
    assert "article 6.1.c" not in client.get("/admin/privacy/register/?language=nl").text


def test_a_copy_holds_what_was_said_and_names_no_colleague(house: House, client: Browser) -> None:
    contact = house.write(amelie, "Bonjour, mon dossier zwaluwkoning")
    with transaction():
        house.ticket(contact).note("vu au guichet", by=house.nadia, at=now())
    client.sign_in(house.ingrid)
    made = client.post(f"/admin/privacy/clients/{contact.client_id}/copy")
    assert made.status_code == 303
    house.work()
    db.session.expire_all()
    export = db.session.scalars(db.select(DataExport)).one()
    assert (export.state, export.error) == (ExportState.READY, "")
    folder = house.app.extensions["settings"].data_dir / "exports"
    with zipfile.ZipFile(folder / Path(export.file_place).name) as archive:
        assert "zwaluwkoning" in archive.read("index.html").decode()
        notes = json.loads(archive.read("data/notes.json"))
        everything = b"".join(archive.read(name) for name in archive.namelist()).decode()
    assert notes["note"][0]["by_id"] == "agent"
    assert house.nadia.name not in everything
    kinds = db.session.scalars(db.select(Event.kind)).all()
    assert "client.copied" in kinds


def test_a_copy_holds_every_row_that_names_the_client(house: House, tmp_path: Path) -> None:
    for number in range(3):
        contact = house.write(amelie, f"Question {number}: où en est mon dossier ?", "Dossier")
    house.call(amelie, "Amélie rappelle au sujet de son dossier.", by=house.nadia)
    path = tmp_path / "copy.zip"
    with force_locale("fr"), transaction(), path.open("wb") as file:
        person_copying.write(
            {"client": contact.client_id}, house.ingrid, file, Told(lambda rows: None)
        )
    with zipfile.ZipFile(path) as archive:
        read = {
            table: rows
            for name in person_copy.KINDS
            for table, rows in json.loads(archive.read(f"data/{name}.json")).items()
        }
    for table in RAW:
        raw = db.session.execute(text(RAW[table]), {"client": contact.client_id}).scalars().all()
        assert sorted(row["id"] for row in read[table]) == sorted(raw), table
        assert raw, table


RAW = {
    "contact": "SELECT id FROM contact WHERE client_id = :client",
    "ticket": "SELECT id FROM ticket WHERE client_id = :client",
    "prediction": "SELECT id FROM prediction WHERE contact_id IN "
    "(SELECT id FROM contact WHERE client_id = :client)",
    "event": "SELECT id FROM event WHERE client_id = :client OR contact_id IN "
    "(SELECT id FROM contact WHERE client_id = :client) OR ticket_id IN "
    "(SELECT id FROM ticket WHERE client_id = :client)",
    "client_address": "SELECT id FROM client_address WHERE client_id = :client",
}
"""By the simplest search that could be: whatever leads to the client's number."""


def test_nobody_takes_a_copy_of_whom_they_do_not_read(house: House, client: Browser) -> None:
    contact = house.write(amelie, "Bonjour")
    person = Client.named(contact.client_id)
    assert person is not None
    client.sign_in(house.ada)
    assert client.post(f"/admin/privacy/clients/{person.id}/copy").status_code == 404


def test_a_copy_tells_nothing_of_a_matter_that_its_maker_must_not_know(house: House) -> None:
    contact = house.write(amelie, "Bonjour")
    other = house.write(amelie, "Autre chose", "Autre chose")
    with transaction():
        hidden = house.ticket(other)
        hidden.team_id = None
        hidden.topic_id = db.session.scalars(
            db.select(Topic.id).where(Topic.restricted, Topic.parent_id.is_(None))
        ).first()
        record("client.called", client_id=other.client_id, ticket_id=hidden.id, note="geheim")
        record("client.called", client_id=other.client_id, note="bekannt")
        client = Client.named(contact.client_id)
        assert client is not None
        reach = person_copy.seen(erasure_reach.of_client(client), house.nadia)
        assert hidden.id not in reach["ticket"]
        told = str(list(person_copy.rows_of("event", reach, {})))
    assert "bekannt" in told
    assert "geheim" not in told
