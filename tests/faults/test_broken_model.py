"""Whatever becomes of the model's files, mail is read by people, and health says so."""

import json
import shutil
import time
from pathlib import Path

import pytest

from classifiers import store
from models.base import db
from models.contact import Contact
from tests.people import Browser, amelie, joris
from tests.test_learning import harmed
from triage import routing


@pytest.fixture
def model(settings, monkeypatch) -> Path:
    """The files of the model in use, this installation's own; no process has loaded it yet."""
    directory = store.newest(settings.data_dir / "models")
    assert directory is not None
    lent = directory.resolve()
    directory.unlink()
    shutil.copytree(lent, directory)
    for known in ("_loaded", "_own", "_refused", "_seen"):
        monkeypatch.setattr(routing, known, {})
    return directory


def flip(model: Path) -> None:
    harmed(model / store.ARRAYS, "flipped")


def cut(model: Path) -> None:
    harmed(model / store.ARRAYS, "cut")


def delete(model: Path) -> None:
    shutil.rmtree(model)


def delete_a_file(model: Path) -> None:
    (model / store.DESCRIPTION).unlink()


def empty_the_manifest(model: Path) -> None:
    (model / store.MANIFEST).write_bytes(b"")


def come_from_the_future(model: Path) -> None:
    manifest = json.loads((model / store.MANIFEST).read_text("utf-8"))
    (model / store.MANIFEST).write_text(json.dumps({**manifest, "schema": 999}), "utf-8")


def be_somebody_elses(model: Path) -> None:
    (model / store.MANIFEST).write_text('{"framework": "another"}', "utf-8")


def point_nowhere(model: Path) -> None:
    (model.parent / store.CURRENT).write_bytes(b"\xff\xfe/../../etc\n")


HARMS = [
    flip,
    cut,
    delete,
    delete_a_file,
    empty_the_manifest,
    come_from_the_future,
    be_somebody_elses,
    point_nowhere,
]


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.__name__)
def test_mail_is_read_by_people_where_the_model_cannot_be_used(
    app, house, model, client: Browser, harm
):
    harm(model)
    contact = house.write(amelie, "Où en est mon droit passerelle ?")
    assert contact.topic_id is None
    ticket = house.ticket(contact)
    assert ticket.needs_choice
    faults = client.get("/readyz").get_json()["faults"]
    assert "people to route them" in faults["model"]


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.__name__)
def test_mail_goes_on_being_read_when_the_files_break_in_between(app, house, model, harm):
    before = house.write(amelie, "Où en est mon droit passerelle ?")
    assert before.topic_id == "bridging_right"
    harm(model)
    after = house.write(joris, "Waar blijft mijn overbruggingsrecht?")
    assert after.ticket_id is not None
    assert db.session.get(Contact, after.id) is after


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.__name__)
def test_files_that_break_while_it_works_are_reported_and_the_loaded_model_goes_on(
    app, house, model, client: Browser, harm
):
    house.write(amelie, "Où en est mon droit passerelle ?")
    assert "model" not in client.get("/readyz").get_json()["faults"]
    harm(model)
    assert client.get("/readyz").get_json()["faults"]["model"] == routing.OLDER
    contact = house.write(joris, "Waar blijft mijn overbruggingsrecht?")
    assert contact.topic_id == "bridging_right"


def test_whole_files_are_not_read_again_for_each_look(app, model, client: Browser, monkeypatch):
    read = []
    check = store.check
    monkeypatch.setattr(store, "check", lambda *given: read.append(given) or check(*given))
    for _ in range(3):
        assert "model" not in client.get("/readyz").get_json()["faults"]
    assert len(read) == 1, "when it is loaded"


def test_a_damaged_successor_leaves_the_present_model_at_work_and_health_says_so(
    app, house, model, client: Browser
):
    house.write(amelie, "Où en est mon droit passerelle ?")
    successor = model.parent / "0123456789ab"
    shutil.copytree(model, successor)
    flip(successor)
    store.use(model.parent, successor.name)
    contact = house.write(joris, "Waar blijft mijn overbruggingsrecht?")
    assert contact.topic_id == "bridging_right"
    assert client.get("/readyz").get_json()["faults"]["model"] == routing.OLDER


def test_a_mended_model_is_taken_up_again_by_itself(app, house, model, monkeypatch):
    monkeypatch.setattr(routing, "AGAIN_AFTER", 0.0)
    whole = (model / store.ARRAYS).read_bytes()
    cut(model)
    assert house.write(amelie, "Où en est mon droit passerelle ?").topic_id is None
    (model / store.ARRAYS).write_bytes(whole)
    assert house.write(joris, "Waar blijft mijn overbruggingsrecht?").topic_id == "bridging_right"


def test_a_broken_model_is_not_opened_for_each_mail(app, house, model, monkeypatch):
    cut(model)
    opened = []
    load = routing.Engine.load
    monkeypatch.setattr(routing.Engine, "load", lambda path: opened.append(path) or load(path))
    for _ in range(3):
        house.write(amelie, "Où en est mon droit passerelle ?")
    assert len(opened) == 1


def test_a_model_is_loaded_within_a_second_of_processor_time(model):
    routing.encoder.encode(["Bonjour"])
    began = time.process_time()
    routing.Engine.load(model)
    assert time.process_time() - began < 1
