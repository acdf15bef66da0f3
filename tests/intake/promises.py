"""What every letter promises, whatever bytes it was read from; and mails to begin from."""

import json
import re
from pathlib import Path

from triage.intake.letter import _Reading

CORPUS = Path(__file__).parent / "corpus"
SEEDS = [path.read_bytes() for path in sorted(CORPUS.glob("*/*.eml"))[::4]] or [b"From: a@b.c\n\nx"]

_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_LINE_BREAK = re.compile("[\n\r\u2028\u2029\x85\t]")


def check(raw: bytes) -> None:
    """Read a mail, hide no exception, and hold the letter to its promises."""
    letter = _Reading(raw, None, None, False).letter()
    described = letter.as_json()
    json.dumps(described).encode("ascii")
    in_line = [
        *(letter.from_email, letter.from_name, letter.subject, letter.message_id, letter.date_text),
        *(letter.in_reply_to, *letter.references, *letter.to, *letter.cc, *letter.reply_to),
        *(text for pair in letter.controls for text in pair),
        *(text for file in letter.attachments for text in (file.name, file.content_type)),
        *(file.content_id for file in letter.attachments),
        *letter.loop_ids,
    ]
    if letter.bounce:
        in_line += [letter.bounce.original_subject, letter.bounce.original_message_id]
        for failure in letter.bounce.failures:
            in_line += [failure.recipient, failure.status, failure.diagnostic, failure.kind]
    for value in filter(None, in_line):
        assert not _LINE_BREAK.search(value), f"a line break in {value!r}"
    for value in filter(None, [*in_line, letter.text, letter.new_text, letter.html]):
        assert not _UNSAFE.search(value), f"an unsafe character in {value!r}"
    assert bool(letter.new_text) == bool(letter.text), "a text without a new text"
    words = re.compile(r"\w+").findall
    assert set(words(letter.new_text)) <= set(words(letter.text)), "words that nobody wrote"
