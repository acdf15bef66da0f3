"""`triage parse`, as people script it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from triage.commands.parse import command

MAIL = "From: Amélie <amelie@example.be>\nSubject: Report\n\nJe demande un report.\n".encode()


def lines(*arguments: str, stdin: bytes = b"") -> list[dict[str, object]]:
    result = CliRunner().invoke(command, arguments, input=stdin)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_mail_on_standard_input_becomes_one_object() -> None:
    (read,) = lines(stdin=MAIL)
    assert read["from_email"] == "amelie@example.be"
    assert read["from_name"] == "Amélie"
    assert read["new_text"] == "Je demande un report."
    assert "source" not in read


@pytest.mark.parametrize("raw", [b"", b"\0\xff", b"\n\n", b"Subject: =?x?Q?\xff?=\n\n\xed\xa0\x80"])
def test_whatever_the_bytes_the_answer_is_json_and_the_status_zero(raw: bytes) -> None:
    (read,) = lines(stdin=raw)
    assert "no_sender" in read["defects"]


def test_an_mbox_gives_one_line_a_mail_with_its_source(tmp_path: Path) -> None:
    mbox = tmp_path / "post.mbox"
    first = MAIL + b"\n>From here on it is text\n"
    mbox.write_bytes(
        b"From a@x Fri Apr  3 10:12:00 2020\n"
        + first
        + b"\nFrom b@x Fri Apr  3 10:13:00 2020\n"
        + MAIL
    )
    read = lines("--mbox", str(mbox))
    assert [one["source"] for one in read] == [f"{mbox}#0", f"{mbox}#1"]
    assert str(read[0]["text"]).endswith("From here on it is text")
    assert read[1]["subject"] == "Report"


def test_a_directory_gives_one_line_a_file_with_its_source(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for name in ("b.eml", "a.eml", "deep/c.eml"):
        (tmp_path / name).write_bytes(MAIL)
    read = lines("--dir", str(tmp_path))
    assert [one["source"] for one in read] == [
        str(tmp_path / name) for name in ("a.eml", "b.eml", "deep/c.eml")
    ]


def test_a_loop_header_of_another_house_is_no_loop_when_ours_is_named() -> None:
    raw = b"From: a@x.example\nX-Triage-Loop: theirs\n\nBonjour"
    assert lines(stdin=raw)[0]["automatic"] == "own_loop"
    assert lines("--installation", "ours", stdin=raw)[0]["automatic"] is None


def test_a_file_that_is_not_there_is_bad_input() -> None:
    result = CliRunner().invoke(command, ["--mbox", "/nowhere/post.mbox"])
    assert result.exit_code == 2
    assert "nowhere" in result.stderr


def test_help_says_what_it_prints() -> None:
    assert "JSON" in CliRunner().invoke(command, ["--help"]).output


def test_beside_mails_other_files_of_a_directory_are_no_mails(tmp_path: Path) -> None:
    (tmp_path / "one.eml").write_bytes(b"Subject: mai\n\nRien.\n")
    (tmp_path / "one.json").write_text("{}")
    assert [read["subject"] for read in lines("--dir", str(tmp_path))] == ["mai"]
