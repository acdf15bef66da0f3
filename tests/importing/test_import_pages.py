"""Ada brings a file along on the page of imports; nobody else may."""

import io
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from models.base import db
from models.client import Client
from models.data_import import DataImport
from tests.people import amelie
from triage.importing import taking

PEOPLE = (
    f"id;firstname;lastname;email;phone\n1;Amélie;Dujardin;{amelie.email};0475 12 34 56\n2;;;x;\n"
)


def bring(client, content, kind="clients"):
    file = (io.BytesIO(content), "people.csv")
    return client.post("/admin/imports/", data={"kind": kind, "file": file})


@pytest.fixture
def brought(client, house):
    client.sign_in(house.ada)
    return bring(client, PEOPLE.encode("cp1252")).location


def work(app):
    taking.take_waiting("child", app.extensions["settings"])
    db.session.expire_all()


def test_what_is_in_a_file_is_shown_before_anything_happens(client, brought):
    page = client.get(brought).text
    assert "CP1252" in page
    assert "Amélie" in page
    assert '<option value="3" selected>email</option>' in page


def test_a_file_is_described_tried_taken_in_and_taken_back(app, client, brought):
    described = {"source": "Zammad", "separator": "semicolon", "column_external_id": "0"}
    described |= {"column_first_name": "1", "column_last_name": "2", "column_email": "3"}
    assert client.post(f"{brought}/trial", data=described).status_code == 303
    assert "It goes on when you leave this page" in client.get(brought).text
    work(app)
    tried = client.get(brought).text
    assert "Take 1 row in" in tried
    assert "the e-mail address cannot be read" in tried
    faults = client.get(f"{brought}/faults.csv").text
    assert faults.splitlines()[1] == "3;the e-mail address cannot be read;2;;;x;"
    client.post(f"{brought}/run")
    work(app)
    assert "Take all of it back" in client.get(brought).text
    assert db.session.scalar(select(Client.name)) == "Amélie Dujardin"
    client.post(f"{brought}/undoing")
    work(app)
    assert "All that it had made is gone" in client.get(brought).text
    assert db.session.scalar(select(func.count()).select_from(Client)) == 0


def test_what_is_no_table_is_told_by_its_name(app, client, house):
    client.sign_in(house.ada)
    upload = {"kind": "zammad", "file": (io.BytesIO(b'{"tickets": [{"id": 7}]}'), "tickets.json")}
    place = client.post("/admin/imports/", data=upload).location
    client.post(f"{place}/trial", data={"source": "Zammad"})
    work(app)
    faults = client.get(f"{place}/faults.csv").text
    assert faults.splitlines()[1:] == ["1;nothing was said by a client;7"]


def test_what_is_missing_is_said(client, brought):
    answer = client.post(f"{brought}/trial", data={"source": "Zammad", "separator": "semicolon"})
    assert answer.status_code == 422
    assert "which column holds the name" in answer.text
    assert client.post(f"{brought}/run").status_code == 409


def test_a_file_that_nobody_wants_is_dropped(client, brought):
    client.post(f"{brought}/omission")
    assert db.session.scalars(select(DataImport.state)).one() == "dropped"
    assert "dropped" in client.get(brought).text


@pytest.mark.parametrize("content", [b"", b"\n", b"only a heading\n"], ids=["none", "line", "head"])
def test_a_file_without_a_row_is_refused(client, house, content):
    client.sign_in(house.ada)
    assert bring(client, content).status_code == 422


def test_a_file_that_is_too_large_is_refused(app, client, house, monkeypatch):
    monkeypatch.setitem(app.extensions, "settings", _small(app.extensions["settings"]))
    client.sign_in(house.ada)
    assert bring(client, b"a;b\n" + b"x;y\n" * 50).status_code == 422


def _small(settings):
    return replace(settings, import_bytes=100)


def test_only_administrators_bring_files_along(client, house):
    client.sign_in(house.koen)
    assert client.get("/admin/imports/").status_code == 403
    assert bring(client, PEOPLE.encode()).status_code == 403
