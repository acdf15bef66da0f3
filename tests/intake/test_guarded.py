"""A poison mail costs seconds, never the worker, and its sender still gets a ticket."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from triage.intake import guarded
from triage.intake.guarded import parse_guarded, read_in_child
from triage.intake.letter import Letter

HEAD = b"From: Joris <joris@example.be>\nSubject: Uitstel\nMessage-ID: <j@x>\n"


def large(body: bytes = b"") -> bytes:
    return (
        HEAD
        + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nZie bijlage.\n--b\n"
        + b"Content-Type: application/pdf; name=a.pdf\n\n"
        + (body or bytes(range(1, 256)) * 2_000)
        + b"\n--b--\n"
    )


def test_a_small_mail_is_read_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> Letter:
        raise AssertionError("a child for a small mail")

    monkeypatch.setattr(guarded, "read_in_child", fail)
    assert parse_guarded(HEAD + b"\nDag").text == "Dag"


def test_a_large_mail_comes_back_from_its_child_unchanged() -> None:
    raw = large()
    assert len(raw) > guarded.HARMLESS_BYTES
    letter = parse_guarded(raw, installation="fund", mail_from="joris@example.be")
    assert letter == Letter.parse(raw, installation="fund", mail_from="joris@example.be")
    assert letter.attachments[0].content == bytes(range(1, 256)) * 2_000


def test_every_field_survives_the_way_back() -> None:
    raw = (
        b"From: MAILER-DAEMON@x.example\nDate: Fri, 3 Apr 2020 10:12:00 +0000\nX-Triage-Loop: a\n"
        b"X-Triage-Topic: deferral\nReferences: <a@b>\nX-Failed-Recipients: n@x.example\n\n"
        b"550 5.1.1 unknown"
    )
    letter = Letter.parse(raw, installation="other")
    assert letter.bounce is not None
    assert read_in_child(raw, lambda mail: Letter.parse(mail, installation="other")) == letter


def test_a_reading_that_never_ends_is_stopped_by_its_cpu_limit() -> None:
    def turn(_: bytes) -> Letter:
        while True:
            pass

    started = time.monotonic()
    letter = read_in_child(HEAD + b"\nDag", turn, cpu_seconds=1)
    assert time.monotonic() - started < 20
    assert_unread(letter)


def test_a_reading_that_sleeps_is_stopped_by_the_clock() -> None:
    def sleep(_: bytes) -> Letter:
        time.sleep(60)
        raise AssertionError

    assert_unread(read_in_child(HEAD + b"\nDag", sleep, wall_seconds=0.3))


def test_a_reading_that_eats_memory_is_stopped() -> None:
    def eat(_: bytes) -> Letter:
        return replace(Letter(), text="x" * (1 << 30))

    assert_unread(read_in_child(HEAD + b"\nDag", eat, memory_bytes=64 * 1024 * 1024))


def test_a_reading_that_crashes_is_survived() -> None:
    def crash(_: bytes) -> Letter:
        os.abort()

    assert_unread(read_in_child(HEAD + b"\nDag", crash))


def test_an_answer_cut_short_is_never_taken_for_a_letter() -> None:
    packed = b"".join(guarded._pack(Letter.parse(large(b"abc"))))
    for length in range(len(packed)):
        with pytest.raises(ValueError):
            guarded._unpack(packed[:length])


def test_no_child_is_left_behind() -> None:
    before = children()
    read_in_child(HEAD + b"\nDag", Letter.parse)
    assert children() <= before


def children() -> set[str]:
    """The processes that this one has begun and not yet buried."""
    tasks = Path("/proc/self/task").glob("*/children")
    return {child for task in tasks for child in task.read_text().split()}


def assert_unread(letter: Letter) -> None:
    assert (letter.from_email, letter.from_name) == ("joris@example.be", "Joris")
    assert (letter.subject, letter.message_id) == ("Uitstel", "<j@x>")
    assert (letter.fully_read, letter.defects) == (False, ("reading_stopped",))
