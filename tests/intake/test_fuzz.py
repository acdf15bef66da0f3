"""Whatever bytes arrive, a letter comes out that can be stored, printed and answered."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.intake.promises import SEEDS, check
from triage.intake.letter import Letter

SECONDS = int(os.environ.get("CHAOS_SECONDS", "60"))
REGRESSIONS = sorted((Path(__file__).parent / "corpus" / "regressions").glob("*"))

PIECES = [
    *(
        b"From: ",
        b"Subject: ",
        b"To: ",
        b"Date: ",
        b"Message-ID: ",
        b"References: ",
        b"\r\n",
        b"\n",
    ),
    *(b"Content-Type: ", b"text/plain", b"text/html", b"multipart/mixed; boundary=b", b"\r\n\r\n"),
    *(b"multipart/report; report-type=delivery-status; boundary=b", b"message/rfc822", b"; "),
    *(b"Content-Transfer-Encoding: ", b"base64", b"quoted-printable", b"x-uuencode", b"charset="),
    *(b"utf-8", b"utf-7", b"utf-16", b"iso-8859-1", b"=?utf-8?Q?", b"=?utf-8?B?", b"?=", b"--b"),
    *(
        b"begin 644 a\n#86)C\n`\nend\n",
        b"a@b.example",
        b"<",
        b">",
        b'"',
        b"(",
        b")",
        b"filename*0*=",
    ),
    *(
        b"\x78\x9f\x3e\x22",
        b"BEGIN:VEVENT\n",
        b"DTSTART:20200101",
        b"> ",
        b"-- \n",
        b"De : a@b.c\n",
    ),
    *("Le 3 avril 2020 à 10:12, A <a@b> a écrit :\n".encode(), b"<div>", b"<blockquote type=cite>"),
    *(b"\0", b"\xff\xfe", b"\xc3\xa9", b"\xed\xa0\x80", b"&#xD800;", b"\xe2\x80\xa8", b"=0D=0A"),
]


@given(st.binary(max_size=2_000))
def test_any_bytes_make_a_letter(raw: bytes) -> None:
    assert check(raw) is None


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=6)), max_size=60))
def test_any_pieces_of_mails_make_a_letter(pieces: list[bytes]) -> None:
    assert check(b"".join(pieces)) is None


@given(st.sampled_from(SEEDS), st.data())
def test_a_mail_with_a_hole_or_a_graft_makes_a_letter(seed: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(seed)))
    length = data.draw(st.integers(0, 200))
    graft = data.draw(st.one_of(st.sampled_from(PIECES), st.binary(max_size=20)))
    assert check(seed[:start] + graft + seed[start + length :]) is None


@given(st.text(max_size=2_000), st.sampled_from(["plain", "html"]))
def test_every_word_of_a_text_is_kept(text: str, kind: str) -> None:
    words = re.findall(r"[a-zA-Z]{3,}", text)
    body = " ".join(words)
    raw = f"From: a@x.example\nContent-Type: text/{kind}\n\n{body}".encode()
    read = Letter.parse(raw)
    assert read.text.split() == words
    assert set(read.new_text.split()) | set(read.signature.split()) >= set(words)


@pytest.mark.parametrize("path", REGRESSIONS, ids=lambda path: path.name)
def test_what_once_broke_the_reader_is_read(path: Path) -> None:
    assert check(path.read_bytes()) is None


A_CHILD_OF_ITS_OWN = ("sh", "-c", '"$@"; exit $?', "sh")
"""A program that we start begins with our own peak of memory in its books, and the fuzzer would
give up at once; the child of a small shell begins with next to none."""


@pytest.mark.slow
def test_mutated_mails_never_break_the_reader(tmp_path: Path) -> None:
    if find_spec("atheris") is None:
        pytest.skip("atheris is not installed: there is none for this Python or system")
    run = subprocess.run(
        [
            *A_CHILD_OF_ITS_OWN,
            sys.executable,
            "-m",
            "tests.intake.fuzz",
            f"-max_total_time={SECONDS}",
            f"-artifact_prefix={tmp_path}/",
            str(tmp_path),
        ],
        capture_output=True,
        text=True,
        timeout=SECONDS * 3 + 120,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert run.returncode == 0, run.stderr[-3_000:]
    done = re.search(r"Done (\d+) runs", run.stderr)
    assert done and int(done[1]) > 100, run.stderr[-3_000:]
