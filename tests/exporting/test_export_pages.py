"""How somebody takes a list along: what is small comes at once, what is large has a page."""

import json

import pytest
from sqlalchemy import select

from models.audit import Audit
from models.base import db, now, transaction
from models.data_export import DataExport
from tests.people import amelie, joris
from triage import exporting
from triage.exporting import pages, writing

ALL = json.dumps({"view": "all"})


@pytest.fixture
def two(house):
    for who in (amelie, joris):
        house.write(who, "Où en est mon dossier ?")


@pytest.fixture
def written(app, house, two):
    """Koen's export, written."""
    with transaction():
        export = exporting.ask("tickets", {"view": "all"}, "csv", by=house.koen, at=now())
    writing.write_waiting("worker", app.extensions["settings"])
    return export.id


def test_a_page_leads_to_its_list_as_a_file(client, house, two):
    client.sign_in(house.koen)
    page = client.get("/desk/list?view=all")
    assert "/exports/new?list=tickets" in page.text
    offered = client.get("/exports/new", query_string={"list": "tickets", "asked": ALL})
    assert "2 rows" in offered.text


def test_a_small_list_comes_at_once_and_is_noted(client, house, two):
    client.sign_in(house.koen)
    answer = client.post("/exports/", data={"list": "tickets", "asked": ALL, "form": "csv"})
    assert answer.mimetype == "text/csv"
    assert answer.text.startswith("\ufeff")
    assert answer.text.count("\r\n") == 3
    last = db.session.scalars(select(Audit).order_by(Audit.seq.desc()).limit(1)).one()
    assert (last.action, last.facts["what"], last.facts["rows"]) == ("export.taken", "tickets", 2)


def test_a_large_list_has_a_page_on_which_it_will_be(client, house, two, monkeypatch):
    monkeypatch.setattr(pages, "AT_ONCE", 1)
    client.sign_in(house.koen)
    answer = client.post("/exports/", data={"list": "tickets", "asked": ALL, "form": "xlsx"})
    assert answer.status_code == 303
    page = client.get(answer.location)
    assert "You may leave this page" in page.text
    assert client.post(f"{answer.location}/cancellation").status_code == 303
    assert "called off" in client.get(answer.location).text


def test_the_file_is_fetched_by_who_asked_for_it_alone(client, house, written):
    client.sign_in(house.koen)
    assert "Download" in client.get(f"/exports/{written}").text
    answer = client.get(f"/exports/{written}/file")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    answer.close()
    client.sign_in(house.ingrid)
    for where in (f"/exports/{written}", f"/exports/{written}/file"):
        assert client.get(where).status_code == 404


def test_a_file_can_be_deleted_before_its_day(client, house, written):
    client.sign_in(house.koen)
    client.post(f"/exports/{written}/deletion")
    assert client.get(f"/exports/{written}/file").status_code == 404
    assert "deleted" in client.get("/exports/").text


def test_what_somebody_may_not_take_is_not_there(client, house, two):
    client.sign_in(house.nadia)
    for name in ("clients", "audit", "nothing"):
        asked = {"list": name, "asked": "{}", "form": "csv"}
        assert client.get("/exports/new", query_string=asked).status_code == 404
        assert client.post("/exports/", data=asked).status_code == 404
    assert db.session.scalars(select(DataExport)).all() == []


def test_what_is_kept_of_one_person_is_no_list(client, house, two):
    client.sign_in(house.ingrid)
    asked = {"list": "person", "asked": "{}", "form": "csv"}
    assert client.get("/exports/new", query_string=asked).status_code == 404
    assert client.post("/exports/", data=asked).status_code == 404


@pytest.mark.parametrize("asked", ["no json", "[1]", '{"view": ' + '"a"' * 4_000 + "}"])
def test_a_filter_that_is_none_is_refused(client, house, asked):
    client.sign_in(house.koen)
    answer = client.post("/exports/", data={"list": "tickets", "asked": asked, "form": "csv"})
    assert answer.status_code == 400


def test_names_in_a_filter_lead_nowhere_else(client, house, two):
    client.sign_in(house.koen)
    asked = json.dumps({"_external": "1", "_scheme": "javascript", "endpoint": "x", "view": "all"})
    page = client.get("/exports/new", query_string={"list": "tickets", "asked": asked})
    assert page.status_code == 200
    assert "javascript:" not in page.text
