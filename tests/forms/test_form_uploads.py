"""Files are known by what they hold."""

import io
import zipfile

import pytest

from triage.forms.uploads import kind_of, safe_name


def archive(*names: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        for name in names:
            made.writestr(name, "content")
    return held.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7", "application/pdf"),
        (b"\xff\xd8\xff\xe0 photo", "image/jpeg"),
        (b"\0\0\0\x18ftypheic rest", "image/heic"),
        (b"plain words", "text/plain"),
        (archive("[Content_Types].xml", "word/document.xml"), None),
    ],
    ids=["pdf", "jpeg", "heic", "text", "docx"],
)
def test_what_clients_send_is_taken(content: bytes, kind: str | None) -> None:
    found = kind_of(content)
    assert found == kind if kind else found is not None and "wordprocessing" in found


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90\0 program",
        b"#!/bin/sh",
        b"<html><script>",
        b"<?xml version='1.0'?><svg/>",
        archive("a.exe"),
        archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
        b"PK\x03\x04 broken",
        b"",
    ],
    ids=["program", "script", "page", "drawing", "archive", "macros", "broken", "empty"],
)
def test_what_could_run_is_not_taken(content: bytes) -> None:
    assert kind_of(content) is None


def test_a_name_is_for_display_only() -> None:
    assert safe_name("C:\\papers\\..\\proof\u202efdp.exe") == "prooffdp.exe"
    assert safe_name("../../etc/passwd") == "passwd"
    assert safe_name("...") == "file"
