"""A backup is proven when it is made, and the house can be had back from it."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import make_url

from models import aside, backup, erasure_replay, holding, webhook_deeds
from models.backup import Backup
from models.base import db, now, transaction
from models.contact import Contact
from models.filestore import store
from models.message import Kind, Message, Sending
from models.outbox import Job
from models.user import UserSession
from models.webhook import PublicEvent
from models.webhook_delivery import DeliveryState, WebhookDelivery
from tests.conftest import Servers, psycopg_url
from tests.people import House, amelie
from triage import backing_up, restoring
from triage.backing_up import BackupTrouble, Copy
from triage.commands import main
from triage.config import Settings
from triage.foundation import bare_app

SAID = "Bonjour, je n'ai toujours rien reçu pour le droit passerelle de mai."


def silent(part: str, done: int, total: int) -> None:
    """No bar."""


def run(settings: Settings, *line: str) -> Result:
    environment = {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "DATA_DIR": str(settings.data_dir),
    }
    return CliRunner().invoke(main, line, env=environment)


@pytest.fixture
def lived(house: House) -> House:
    """Somebody wrote, with a file, and an answer is about to leave."""
    contact = house.write(amelie, SAID)
    with transaction():
        house.answer(house.ticket(contact)).promise()
        store().keep("ab" * 32, b"sealed")
        UserSession.begin(house.nadia, now(), "127.0.0.1", "Chromium")
    return house


@pytest.fixture
def copy(lived: House, settings: Settings, tmp_path: Path) -> Copy:
    return backing_up.make(settings, tmp_path / "copies", now(), silent)


@pytest.fixture
def elsewhere(servers: Servers, settings: Settings, tmp_path: Path) -> Iterator[Settings]:
    """Another machine: the same keys, no files, a database that does not exist yet."""
    name = f"elsewhere_{os.getpid()}"
    data_dir = tmp_path / "elsewhere"
    data_dir.mkdir()
    (data_dir / "keys.json").write_bytes(settings.key_ring.read_bytes())
    yield replace(settings, database_url=servers.url(name), data_dir=data_dir)
    with psycopg.connect(psycopg_url(servers.url("postgres")), autocommit=True) as connection:
        like = connection.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE %s", (f"{name}%",)
        ).fetchall()
        for (found,) in like:
            connection.execute(f'DROP DATABASE "{found}" WITH (FORCE)'.encode())


def restored(copy: Copy, settings: Settings, *, over: bool = False) -> restoring.Restored:
    restoring.prove(copy, without_keys=False)
    return restoring.restore(
        copy, settings, now(), replace=over, replay=erasure_replay.replay, progress=silent
    )


def test_the_command_makes_a_copy_reads_it_back_and_says_so(
    lived: House, settings: Settings, tmp_path: Path
):
    keys = tmp_path / "safe"
    done = run(settings, "backup", str(tmp_path / "copies"), "--keys-to", str(keys))
    assert done.exit_code == 0, done.output
    assert "read back, the same rows" in done.output
    noted = Backup.newest()
    assert noted is not None and noted.verified_at is not None
    copy = Copy.at(Path(noted.place))
    assert copy.counts["contact"] == 1
    assert not copy.damaged()
    assert (keys / "keys.json").stat().st_mode & 0o777 == 0o600
    whole = b"".join(path.read_bytes() for path in copy.folder.rglob("*") if path.is_file())
    assert settings.key_ring.read_bytes() not in whole


def test_only_so_many_copies_are_kept_and_files_are_not_written_twice(
    lived: House, settings: Settings, tmp_path: Path
):
    into = tmp_path / "copies"
    first = backing_up.make(settings, into, now().replace(year=2024), silent)
    second = backing_up.make(settings, into, now(), silent)
    place = f"files/ab/ab/{'ab' * 32}"
    assert (first.folder / place).samefile(second.folder / place)
    assert backing_up.forget_old(into, 1) == [first.folder]
    assert not second.damaged()


def test_files_under_a_hidden_folder_are_copied_and_a_damaged_one_is_copied_anew(
    lived: House, settings: Settings, tmp_path: Path
):
    hidden = tmp_path / ".local" / "files"
    moved = replace(settings, explicit_files_dir=hidden)
    place = f"files/ab/ab/{'ab' * 32}"
    (hidden / "ab/ab").mkdir(parents=True)
    (hidden / "ab/ab" / ("ab" * 32)).write_bytes(b"sealed")
    first = backing_up.make(moved, tmp_path / "copies", now().replace(year=2024), silent)
    assert place in first.paths
    (first.folder / place).write_bytes(b"seal??")
    second = backing_up.make(moved, tmp_path / "copies", now(), silent)
    assert not second.damaged()


def test_what_is_no_copy_is_never_deleted(lived: House, settings: Settings, tmp_path: Path):
    other = tmp_path / "copies" / "1.0-model"
    other.mkdir(parents=True)
    (other / backing_up.MANIFEST).write_text("{}")
    made = backing_up.make(settings, tmp_path / "copies", now(), silent)
    assert backing_up.forget_old(tmp_path / "copies", 1) == []
    assert made.folder.exists() and other.exists()


def test_the_house_stays_as_it_is_when_the_end_of_a_restore_fails(copy: Copy, elsewhere: Settings):
    restored(copy, elsewhere)

    def trouble(at: object) -> int:
        raise RuntimeError("the log of erasures cannot be read")

    with pytest.raises(RuntimeError):
        restoring.restore(copy, elsewhere, now(), replace=True, replay=trouble, progress=silent)
    assert backup.contents(elsewhere.database_url or "")[1]["contact"] == 1
    assert restored(copy, elsewhere, over=True).kept_as


def test_the_house_comes_back_elsewhere(copy: Copy, elsewhere: Settings):
    done = restored(copy, elsewhere)
    assert done.rows == sum(copy.counts.values())
    with bare_app(elsewhere).app_context():
        assert [one.new_text for one in db.session.query(Contact)] == [SAID]
        assert (elsewhere.files_dir / "ab/ab" / ("ab" * 32)).read_bytes() == b"sealed"
        db.session.remove()
        db.engine.dispose()


def test_nobody_is_signed_in_and_nothing_leaves_by_itself(copy: Copy, elsewhere: Settings):
    done = restored(copy, elsewhere)
    assert done.outgoing.set_aside >= 1
    with bare_app(elsewhere).app_context():
        held = holding.held()
        assert held is not None and held.backup_at == copy.made_at
        standing = {one.state for one in db.session.query(Message)}
        assert Sending.FAILED in standing
        assert not standing & {Sending.WAITING, Sending.HELD}
        assert all(one.revoked_at for one in db.session.query(UserSession))
        db.session.remove()
        db.engine.dispose()


def test_a_house_with_data_is_replaced_only_when_that_is_said_and_is_kept(
    copy: Copy, elsewhere: Settings
):
    restored(copy, elsewhere)
    with pytest.raises(BackupTrouble, match="holds data already"):
        restored(copy, elsewhere)
    again = restored(copy, elsewhere, over=True)
    assert again.kept_as.startswith(make_url(elsewhere.database_url or "").database or "-")
    assert backup.exists(backup.beside(elsewhere.database_url or "", again.kept_as))


def test_what_the_replaced_house_has_sent_is_not_set_aside(
    lived: House, settings: Settings, elsewhere: Settings, tmp_path: Path
):
    with transaction():
        at, told = now(), [PublicEvent.TICKET_CREATED]
        url = "https://dossier.example/in"
        webhook, _ = webhook_deeds.add("Dossier", url, told, with_text=False, by=lived.ada, at=at)
        WebhookDelivery.promise(webhook.id, "ping", {}, at, test=True)
    copy = backing_up.make(settings, tmp_path / "copies", now(), silent)
    restored(copy, elsewhere)
    with bare_app(elsewhere).app_context():
        with transaction():
            for message in db.session.query(Message).where(Message.kind == Kind.REPLY):
                message.went(now())
            db.session.query(WebhookDelivery).one().delivered(now())
        db.session.remove()
        db.engine.dispose()
    again = restored(copy, elsewhere, over=True)
    assert again.outgoing.known == 2
    with bare_app(elsewhere).app_context():
        standing = {one.kind: one.state for one in db.session.query(Message)}
        assert standing[Kind.REPLY] == Sending.SENT
        assert db.session.query(WebhookDelivery).one().state == DeliveryState.DELIVERED
        assert Job.WEBHOOK.value not in aside.still_aside()
        db.session.remove()
        db.engine.dispose()


def test_the_log_of_the_mail_server_says_what_has_left(
    copy: Copy, elsewhere: Settings, tmp_path: Path
):
    reply = db.session.query(Message).where(Message.kind == Kind.REPLY).one()
    log = tmp_path / "mail.log"
    log.write_text(f"postfix/cleanup[7]: 4XyZ: message-id={reply.message_id}\n")
    done = restoring.restore(
        copy,
        elsewhere,
        now(),
        replace=False,
        replay=erasure_replay.replay,
        progress=silent,
        logged=restoring.message_ids(log),
    )
    assert done.outgoing.known == 1


def test_whom_any_copy_knows_to_be_erased_is_erased_again(
    lived: House, settings: Settings, elsewhere: Settings, tmp_path: Path
):
    into = tmp_path / "copies"
    first = backing_up.make(settings, into, now().replace(year=2024), silent)
    entry = {"pseudonym": "7F3A2C", "clients": {}, "contacts": {}}
    contact = db.session.query(Contact).one()
    line = {**entry, "contacts": {str(contact.id): contact.received_at.isoformat()}}
    settings.erasure_log.write_text(json.dumps(line) + "\n")
    backing_up.make(settings, into, now(), silent)
    elsewhere.erasure_log.write_text(json.dumps(entry) + "\n")
    assert restored(first, elsewhere).erased_again == 1
    noted = [json.loads(one) for one in elsewhere.erasure_log.read_text().splitlines()]
    assert noted == [entry, line]
    with bare_app(elsewhere).app_context():
        assert [one.new_text for one in db.session.query(Contact)] == [""]
        db.session.remove()
        db.engine.dispose()


def test_a_house_in_which_somebody_works_is_not_replaced(copy: Copy, elsewhere: Settings):
    restored(copy, elsewhere)
    somebody = psycopg.connect(psycopg_url(elsewhere.database_url or ""))
    with somebody, pytest.raises(BackupTrouble, match="stop every process"):
        restored(copy, elsewhere, over=True)
    assert backup.contents(elsewhere.database_url or "")[1]["contact"] == 1


@pytest.mark.parametrize(
    "part", ["database.dump", f"files/ab/ab/{'ab' * 32}"], ids=["dump", "file"]
)
def test_a_damaged_copy_is_refused_before_anything_is_touched(
    copy: Copy, elsewhere: Settings, part: str
):
    damaged = copy.folder / part
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    with pytest.raises(BackupTrouble, match="Nothing was changed"):
        restored(copy, elsewhere)
    assert not backup.exists(elsewhere.database_url or "")


def test_other_keys_are_refused(copy: Copy):
    manifest = copy.folder / backing_up.MANIFEST
    told = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**told, "keys": "somebody-elses"}))
    with pytest.raises(BackupTrouble, match="key ring"):
        restoring.prove(Copy.at(copy.folder), without_keys=False)


def test_what_is_no_backup_is_said_so(settings: Settings, tmp_path: Path):
    done = run(settings, "restore", str(tmp_path), "--proof-only")
    assert done.exit_code == 1
    assert "There is no backup" in done.output
