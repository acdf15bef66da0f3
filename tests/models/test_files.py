"""Files lie outside the database: whole before they are mentioned, found again, swept when nobody
mentions them."""

import errno
import os
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest
from sqlalchemy import select

from models import correspondence, filestore, outbox
from models.base import db, now, transaction
from models.contact import Contact
from models.files import Blob
from models.filestore import FileStore, Lost, NoRoom, store
from models.intake import Adapter
from models.job_slot import JobSlot
from models.keys import ring
from models.mailbox import Mailbox
from models.message import Enclosure, MessageFile
from tests.people import Browser, House, amelie
from triage import files
from triage.intake import receive_mail

PLAIN = b"A statement of the bank. " * 40
DIGEST = "a" * 64
DAY = timedelta(days=1)


@pytest.fixture
def folder(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


def age(path: Path, days: float) -> None:
    then = now().timestamp() - days * 86_400
    os.utime(path, (then, then))


def lies_at(digest: str) -> Path:
    return store().folder / digest[:2] / digest[2:4] / digest


def kept(content: bytes = PLAIN) -> str:
    with transaction():
        return Blob.keep(content)


def named(digest: str) -> Blob:
    db.session.expire_all()
    found = db.session.get(Blob, digest)
    assert found is not None
    return found


# --- the store ------------------------------------------------------------------------------


def test_what_is_kept_is_found_again(folder: FileStore) -> None:
    folder.keep(DIGEST, b"sealed")
    assert folder.has(DIGEST)
    assert folder.open(DIGEST) == b"sealed"
    assert (folder.folder / "aa" / "aa" / DIGEST).stat().st_mode & 0o777 == 0o600
    assert folder.folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("name", ["../../keys.json", "A" * 64, "", "a" * 63 + "/", "a" * 65])
def test_only_a_digest_names_a_file(folder: FileStore, name: str) -> None:
    with pytest.raises(ValueError, match="not a digest"):
        folder.keep(name, b"x")
    with pytest.raises(ValueError, match="not a digest"):
        folder.open(name)


def test_a_file_and_its_folder_are_on_the_disk_before_keep_returns(
    folder: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    fsync, replace = os.fsync, os.replace

    def noted(descriptor: int) -> None:
        order.append("folder" if os.path.isdir(f"/proc/self/fd/{descriptor}") else "file")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    monkeypatch.setattr(os, "replace", lambda *names: (order.append("rename"), replace(*names)))
    folder.keep(DIGEST, b"sealed")
    assert order[-3:] == ["file", "rename", "folder"]
    assert order.count("folder") == 4, "two new folders, the store itself, and the one it lies in"


def test_a_full_disk_leaves_nothing_half(
    folder: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    folder.keep("b" * 64, b"sealed")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NoRoom):
        folder.keep("b" * 4 + "c" * 60, b"sealed")
    monkeypatch.undo()
    left = [path.name for path in folder.folder.rglob("*") if path.is_file()]
    assert left == ["b" * 64]
    assert not folder.has("b" * 4 + "c" * 60)


def test_what_is_not_there_is_blamed_until_it_is_kept_again(folder: FileStore) -> None:
    assert folder.faults() == []
    with pytest.raises(Lost, match="missing"):
        folder.open(DIGEST)
    assert folder.faults() == ["1 missing or damaged (aaaaaaaaaaaa)"]
    folder.keep(DIGEST, b"sealed")
    assert folder.faults() == []


def test_a_folder_that_cannot_be_made_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "files").write_text("in the way")
    (fault,) = FileStore(tmp_path / "files").faults()
    assert "cannot be used" in fault


def test_only_old_files_that_nobody_mentions_are_swept(folder: FileStore) -> None:
    mentioned, orphan, young = ("ab" * 2 + sign * 60 for sign in "cde")
    for digest in (mentioned, orphan, young):
        folder.keep(digest, b"sealed")
    half = folder.folder / "ab" / "ab" / f".{orphan}.00000000"
    half.write_bytes(b"of a process that was killed")
    for path in (half, *(half.with_name(digest) for digest in (mentioned, orphan))):
        age(path, days=2)
    assert folder.sweep("ab", lambda _: {mentioned}, now() - DAY) == 2
    assert [folder.has(digest) for digest in (mentioned, orphan, young)] == [True, False, True]
    assert not half.exists()


def test_what_is_claimed_while_the_sweeper_looks_is_not_lost(folder: FileStore) -> None:
    folder.keep(DIGEST, b"sealed")
    age(folder.folder / "aa" / "aa" / DIGEST, days=2)

    def meanwhile(_: object) -> set[str]:
        assert folder.claim(DIGEST)
        return set()

    assert folder.sweep("aa", meanwhile, now() - DAY) == 0
    assert folder.open(DIGEST) == b"sealed"


def test_a_file_that_left_with_an_answer_is_mentioned_too(house: House) -> None:
    ticket = house.ticket(house.write(amelie, "Où en est mon dossier ?"))
    with transaction():
        correspondence.answer(
            ticket,
            "Voici.",
            by=house.nadia,
            at=now(),
            mailbox_address="contact@fund.example",
            domain="fund.example",
            tag="",
            files=[Enclosure("proof.pdf", "application/pdf", len(PLAIN), Blob.keep(PLAIN))],
        )
    (sent,) = db.session.scalars(select(MessageFile))
    age(lies_at(sent.sha256), days=400)
    assert store().sweep(sent.sha256[:2], Blob.mentioned, now() - DAY) == 0
    assert sent.blob.content == PLAIN


# --- blobs ----------------------------------------------------------------------------------


def test_the_database_holds_no_bytes_and_the_disk_no_plain_ones(app: object) -> None:
    digest = kept()
    assert named(digest).sealed is None
    assert named(digest).content == PLAIN
    assert PLAIN[:24] not in lies_at(digest).read_bytes()


def test_the_same_content_is_written_once(app: object) -> None:
    digest = kept()
    before = lies_at(digest).stat().st_ino
    assert kept() == digest
    assert lies_at(digest).stat().st_ino == before


def test_a_row_made_before_there_was_a_store_is_still_served(app: object) -> None:
    digest = old_row()
    assert not store().has(digest)
    assert named(digest).content == PLAIN


def test_old_rows_leave_the_database_a_little_every_minute(app: object) -> None:
    digest = old_row()
    files.tend(now())
    assert named(digest).sealed is None
    assert named(digest).content == PLAIN
    assert Blob.in_the_database() == 0


def test_no_more_than_the_allowed_bytes_move_in_one_turn(app: object) -> None:
    for number in range(4):
        old_row(PLAIN + bytes([number]))
    with transaction():
        assert Blob.move_out(2 * len(PLAIN)) == 2
    assert Blob.in_the_database() == 2


def old_row(content: bytes = PLAIN) -> str:
    """What the first version wrote."""
    digest = kept(content)
    with transaction():
        named(digest).sealed = ring().seal(content, f"blob|{digest}")
    lies_at(digest).unlink()
    return digest


@pytest.mark.parametrize("damage", [b"", b"k1|short", b"k9|" + b"x" * 60, b"k1|" + b"x" * 90])
def test_a_damaged_file_is_told_from_a_good_one(app: object, damage: bytes) -> None:
    digest = kept()
    lies_at(digest).write_bytes(damage)
    with pytest.raises(Lost, match="damaged"):
        assert named(digest).content
    assert store().faults()
    kept()
    assert named(digest).content == PLAIN
    assert store().faults() == []


def test_a_file_put_in_the_place_of_another_is_damaged(app: object) -> None:
    one, other = kept(), kept(b"Another client's")
    lies_at(one).write_bytes(lies_at(other).read_bytes())
    with pytest.raises(Lost, match="damaged"):
        assert named(one).content


def test_a_full_disk_undoes_what_would_have_mentioned_the_file(
    app: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: FileStore, digest: str, sealed: bytes) -> None:
        raise NoRoom(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(filestore.FileStore, "keep", full)
    with pytest.raises(NoRoom):
        kept()
    assert db.session.scalars(select(Blob)).all() == []


def test_a_mail_whose_file_finds_no_room_waits_until_there_is_some(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: FileStore, digest: str, sealed: bytes) -> None:
        raise NoRoom(errno.ENOSPC, "No space left on device")

    intake_id = receive_mail(with_file(), adapter=Adapter.SMTP, mailbox=Mailbox.first())
    with monkeypatch.context() as disk:
        disk.setattr(filestore.FileStore, "keep", full)
        for _ in range(outbox.MAX_TRIES + 2):
            house.work()
            assert outbox.waiting()["read"] == 1
            with transaction():
                db.session.execute(db.update(outbox.Outbox).values(not_before=None))
    assert Contact.from_intake(intake_id) is None
    assert db.session.scalars(select(Blob)).all() == []
    house.work()
    contact = Contact.from_intake(intake_id)
    assert contact is not None
    assert [file.blob.content for file in contact.attachments] == [PLAIN]


def with_file() -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = amelie.email
    mail["To"] = "contact@fund.example"
    mail.set_content("Voici mon attestation.")
    mail.add_attachment(PLAIN, maintype="application", subtype="pdf", filename="attestation.pdf")
    return mail.as_bytes()


# --- a little every minute ------------------------------------------------------------------


def test_orphans_go_and_the_rest_stays_when_every_part_has_had_its_turn(app: object) -> None:
    digest = kept()
    orphan = "5e" + "0" * 62
    store().keep(orphan, b"of a transaction that was undone")
    for path in (lies_at(digest), lies_at(orphan)):
        age(path, days=2)
    begin = now()
    for minute in range(files.PARTS):
        files.tend(begin + timedelta(minutes=minute))
    assert (store().has(digest), store().has(orphan)) == (True, False)


def test_nothing_is_swept_in_the_folder_of_another_database(client: Browser) -> None:
    """A second installation on the same folder must not take the first one's files away."""
    orphan = "5e" + "0" * 62
    store().keep(orphan, b"of somebody else's client")
    age(lies_at(orphan), days=2)
    (store().folder / "owner").write_text("another database")
    begin = now()
    for minute in range(files.PARTS):
        files.tend(begin + timedelta(minutes=minute))
    assert store().has(orphan)
    assert "belongs to another database" in client.get("/readyz").get_json()["faults"]["files"]


def test_a_folder_belongs_to_the_first_who_asks(folder: FileStore) -> None:
    assert folder.belongs_to("one")
    assert folder.belongs_to("one")
    assert not folder.belongs_to("other")


def test_of_two_clocks_one_tends_a_minute(app: object) -> None:
    at = now()
    files.tend(at)
    old_row()
    files.tend(at)
    assert Blob.in_the_database() == 1
    assert not JobSlot.take("files", f"{at:%Y-%m-%dT%H:%M}")


def test_a_lost_file_is_named_on_readyz(client: Browser, house: House) -> None:
    digest = kept()
    assert "files" not in client.get("/readyz").get_json()["faults"]
    lies_at(digest).unlink()
    with transaction():
        assert Blob.check(digest[:2]) == 1
        assert Blob.check("00" if digest[:2] != "00" else "01") == 0
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert digest[:12] in answer.get_json()["faults"]["files"]
