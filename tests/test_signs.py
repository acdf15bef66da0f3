"""By what one sees how the house is: a light, why, and what helps."""

from collections import namedtuple
from datetime import timedelta

import pytest

from models.backup import Backup
from models.base import db, now, transaction
from models.event import record
from triage import audit_heads, signs
from triage.signs import Light

Usage = namedtuple("Usage", "total used free")


@pytest.fixture(autouse=True)
def somebody_looks(app):
    with app.test_request_context("/?lang=en"):
        yield


def light(key, settings):
    return next(sign for sign in signs.signs(settings, now()) if sign.key == key)


@pytest.mark.parametrize(
    ("free", "expected"), [(10**12, Light.WELL), (10**9, Light.WATCH), (10**6, Light.ILL)]
)
def test_a_disk_that_fills_is_said_before_it_is_full(settings, monkeypatch, free, expected):
    monkeypatch.setattr(signs.shutil, "disk_usage", lambda _: Usage(10**12, 0, free))
    seen = light("disk", settings)
    assert seen.light is expected
    assert bool(seen.helps) is (expected is not Light.WELL)


def test_a_backup_is_well_when_it_is_young_and_was_read_back(settings):
    assert light("backup", settings).light is Light.WATCH
    at = now()
    with transaction():
        made = Backup(started_at=at - timedelta(hours=3), ended_at=at, place="/b", error="")
        db.session.add(made)
    assert "not read back" in light("backup", settings).helps
    with transaction():
        made.verified_at = at
    assert light("backup", settings).light is Light.WELL
    with transaction():
        made.started_at = at - timedelta(hours=27)
    assert light("backup", settings).light is Light.ILL


def test_a_log_that_differs_from_what_was_kept_stands_first(settings, ada):
    with transaction():
        record("user.added", by=ada)
        audit_heads.keep(now())
    assert light("audit", settings).light is Light.WELL
    place = audit_heads.place(settings)
    place.write_text(place.read_text().replace('"digest": "', '"digest": "0'))
    assert signs.signs(settings, now())[0].key == "audit"


def test_the_health_page_shows_every_sign(client, ada):
    client.sign_in(ada)
    page = client.get("/admin/health").text
    for word in ("Disk", "Backup", "Webhooks", "Measures", "triage backup"):
        assert word in page
