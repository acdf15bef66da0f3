"""Outlook's winmail.dat gives its files, and its text where the mail has none of its own."""

import base64
import struct

import pytest

from triage.intake import guarded, winmail
from triage.intake.guarded import parse_guarded
from triage.intake.letter import Letter
from triage.intake.winmail import unpack

MESSAGE, FILE = 1, 2
PDF = b"%PDF-1.4 \x00\xff" * 50


@pytest.fixture(autouse=True)
def opened() -> None:
    pytest.importorskip("tnefparse", reason="the extra `tnef` is not installed")


def attribute(level: int, name: int, kind: int, content: bytes) -> bytes:
    head = struct.pack("<BHHI", level, name, kind, len(content))
    return head + content + struct.pack("<H", sum(content) % 65_536)


def container(text: str = "", files: dict[str, bytes] | None = None, html: str = "") -> bytes:
    raw = winmail.SIGNATURE + struct.pack("<H", 1)
    raw += attribute(MESSAGE, 0x9007, 6, struct.pack("<II", 1252, 0))
    if text:
        raw += attribute(MESSAGE, 0x800C, 2, text.encode("cp1252") + b"\0")
    if html:
        content = html.encode("cp1252")
        content += b"\0" * (-len(content) % 4)
        property_ = struct.pack("<IHHII", 1, 0x102, 0x1013, 1, len(content)) + content
        raw += attribute(MESSAGE, 0x9003, 6, property_)
    for name, content in (files or {}).items():
        raw += attribute(FILE, 0x9002, 6, b"\0" * 14)
        raw += attribute(FILE, 0x8010, 1, name.encode("cp1252") + b"\0")
        raw += attribute(FILE, 0x800F, 6, content)
    return raw


def mail(packed: bytes, text: str = "", kind: str = "application/ms-tnef") -> bytes:
    return (
        "From: joris@example.be\nContent-Type: multipart/mixed; boundary=b\n\n"
        f"--b\nContent-Type: text/plain\n\n{text}\n--b\n"
        f"Content-Type: {kind}; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n"
        f"{base64.encodebytes(packed).decode()}--b--\n"
    ).encode()


def test_its_files_become_files_of_the_mail() -> None:
    packed = container("Zie bijlage", {"attest.pdf": PDF, "été.docx": b"PK"})
    for kind in ("application/ms-tnef", "application/octet-stream"):
        read = parse_guarded(mail(packed, "In bijlage mijn attest.", kind))
        assert read.text == "In bijlage mijn attest."
        assert [file.name for file in read.attachments] == ["attest.pdf", "été.docx"]
        assert read.attachments[0].content == PDF
        assert read.attachments[0].content_type == "application/pdf"
        assert read.fully_read


@pytest.mark.parametrize(
    "texts", [("Où en est ma demande ?", ""), ("", "<p>Où en est<br>ma demande ?")]
)
def test_its_text_counts_when_the_mail_has_none(texts: tuple[str, str]) -> None:
    text, html = texts
    read = parse_guarded(mail(container(text, {"a.pdf": PDF}, html)))
    assert " ".join(read.text.split()) == "Où en est ma demande ?"
    assert len(read.attachments) == 1


def test_without_its_reader_it_stays_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(winmail, "tnefparse", None)
    packed = container("Zie bijlage", {"attest.pdf": PDF})
    read = parse_guarded(mail(packed, "Dag"))
    assert [file.name for file in read.attachments] == ["winmail.dat"]
    assert read.attachments[0].content == packed


def test_a_damaged_one_stays_a_file_and_the_mail_is_read() -> None:
    for packed in (winmail.SIGNATURE, winmail.SIGNATURE + b"\xff" * 300, container()):
        read = parse_guarded(mail(packed, "Dag"))
        assert (read.text, [file.content for file in read.attachments]) == ("Dag", [packed])
        assert "winmail_unreadable" in read.defects


def test_one_that_its_reader_chokes_on_costs_the_mail_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A count of four thousand million properties, each of which is looked at.
    packed = winmail.SIGNATURE + b"\1\0" + attribute(MESSAGE, 0x9003, 6, b"\xff" * 4 + b"\0" * 8)
    monkeypatch.setattr(guarded, "UNPACKING_SECONDS", 1)
    read = parse_guarded(mail(packed, "Dag"))
    assert (read.text, [file.name for file in read.attachments]) == ("Dag", ["winmail.dat"])
    assert "winmail_unreadable" in read.defects


def test_in_place_none_is_ever_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(winmail, "tnefparse", None)
    assert unpack(container("Zie bijlage")) is None
    read = Letter.parse(mail(container("Zie bijlage", {"attest.pdf": PDF}), "Dag"))
    assert [file.name for file in read.attachments] == ["winmail.dat"]
