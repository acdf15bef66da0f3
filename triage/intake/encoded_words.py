"""Encoded words (RFC 2047) of header fields as text, tolerant of every mailer. None raises."""

import re
from collections.abc import Iterable, Iterator

from triage.intake.charset import decode, one_line
from triage.intake.transfer import open_base64, open_encoding

_WORD_BEGIN = re.compile(rb"=\?([^?\s]{1,80})\?([bBqQ])\?")


def decode_words(value: bytes, charsets: Iterable[str] = ()) -> str:
    """Unstructured header text: encoded words opened, 8-bit bytes by the charset rule.

    Adjacent words of one charset are joined before they are decoded, because mailers split
    letters across them. The result is one database-safe line.
    """
    if b"=?" not in value:
        return one_line(decode(value, "", charsets).text)
    pieces: list[str] = []
    run: list[tuple[str, str, bytes]] = []
    for plain, word in _words(value):
        if plain.strip() or word is None:
            pieces.append(_open_run(run, charsets))
            run = []
            pieces.append(decode(plain, "", charsets).text)
        elif plain and not run:
            pieces.append(" ")
        if word is not None:
            run.append(word)
    pieces.append(_open_run(run, charsets))
    return one_line("".join(pieces))


def _words(value: bytes) -> Iterator[tuple[bytes, tuple[str, str, bytes] | None]]:
    """Plain bytes and the encoded word after them (charset, encoding, payload), to the end."""
    position = 0
    while begin := _WORD_BEGIN.search(value, position):
        end = value.find(b"?=", begin.end())
        if end < 0:
            break
        charset = begin[1].decode("latin-1").partition("*")[0]
        encoding = begin[2].decode("ascii").upper()
        yield value[position : begin.start()], (charset, encoding, value[begin.end() : end])
        position = end + 2
    yield value[position:], None


def _open_run(run: list[tuple[str, str, bytes]], charsets: Iterable[str]) -> str:
    text: list[str] = []
    others = [*dict.fromkeys(charset for charset, _, _ in run), *charsets]
    index = 0
    while index < len(run):
        charset, encoding, _ = run[index]
        end = index
        while end < len(run) and run[end][0].lower() == charset.lower():
            end += 1
        content = _open_words(run[index:end])
        text.append(decode(content, charset, others).text)
        index = end
    return "".join(text)


def _open_words(words: list[tuple[str, str, bytes]]) -> bytes:
    # Some mailers cut one base64 text into words at any letter: its pieces only decode together.
    if all(word[1] == "B" for word in words) and any(
        len(payload) % 4 and not payload.endswith(b"=") for _, _, payload in words[:-1]
    ):
        return open_base64(b"".join(payload for _, _, payload in words)).content
    return b"".join(_open_word(encoding, payload) for _, encoding, payload in words)


def _open_word(encoding: str, payload: bytes) -> bytes:
    if encoding == "B":
        return open_base64(payload).content
    return open_encoding(payload.replace(b"_", b"=20"), "quoted-printable").content
