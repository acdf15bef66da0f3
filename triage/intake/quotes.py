"""What a client wrote just now, apart from quoted mail and signature, in FR, NL, DE and EN.

Every line gets one sign; the signs, joined to a string, decide. Nothing is deleted: a cut that
would leave no word gives the whole text back, and so does a mail that only points below or
passes something on with a few words.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from triage.intake.footers import without_footers
from triage.intake.forwarded import is_passed_on
from triage.intake.old_mail import (
    BLOCK_LINES,
    EMPTY,
    HISTORY,
    LINE_CHARACTERS,
    MARKER,
    QUOTED,
    REPLY_HEADER,
    SEPARATOR,
    SIGNATURE,
    TEXT,
    block_end,
    is_header_block,
    is_separator,
    label_of,
    reply_header_length,
)
from triage.intake.pointing import (
    needs_what_it_passes_on,
    only_points_below,
    tells_of_answers_inside,
)
from triage.intake.signatures import is_signature_only, take_signature

REPLY_MARKER = (
    "-- Répondre au-dessus de cette ligne / Antwoord boven deze lijn / "
    "Bitte über dieser Zeile antworten / Reply above this line --"
)
ARMOUR = "-----BEGIN PGP SIG"
REPLY_MARKER_ID = "passerelle-reply-above"

LINES = 20_000
WRAP_WIDTH = 68

_MARKER = re.compile(r"R.{1,2}pondre au-dessus de cette ligne\s*/|Antwoord boven deze lijn\s*/")
_MARKER_START = re.compile(r"[-–—]{1,2} ?R.{1,2}pondre(?: au-dessus| de| cette| ligne)*")
_WRAPPED = re.compile(r"[\s\u00a0>]+")
_QUOTE_SIGN = re.compile(r"[ \t]{0,8}(?:[>›] ?)+")
_ODD_SPACES = re.compile(r"[\s\u00a0\u2009\u202f]+")
_RULE = re.compile(r"[_–—=*-]{5,}")
_OLD_MAIL = re.compile(r"[sk]|(?:me*)+")
_WORD = re.compile(r"\w")
_BLANKS = re.compile(r"\n{3,}")


class Split(NamedTuple):
    """The new text, the signature taken from it, and whether quoted mail was found."""

    new_text: str
    signature: str
    quoted: bool


Line = tuple[str, str]


def split(text: str, signs: str = "", *, subject: str = "", writer: str = "") -> Split:
    """Separate `text`; `signs` holds one letter a line when mark-up already told more.

    `writer` is the name under which the mail came: it often stands above a signature."""
    lines = text.split("\n")
    if ARMOUR in text:
        lines = [line[2:] if line.startswith(("- -", "- From ")) else line for line in lines]
    if len(lines) > LINES:
        return Split(text.strip(), "", False)
    marks = _marks(lines, signs)
    pieces = _new_pieces(lines, marks)
    if MARKER in marks and not _has_word(pieces):
        # Answered below our line all the same: it is only one more quoted line then.
        marks = marks.replace(MARKER, QUOTED)
        pieces = _new_pieces(lines, marks)
    quoted = any(mark in marks for mark in (QUOTED, REPLY_HEADER, HISTORY, MARKER))
    if not _has_word(pieces):
        return Split(text.strip(), "", quoted)
    written, signature = _without_signatures(pieces, writer)
    if quoted and _needs_old_mail(written, lines, marks, subject):
        return _whole(lines)
    if HISTORY in marks and _is_signature(written):
        return _whole(lines)
    if quoted and not _WORD.search(written):
        return _whole(lines)
    if not _WORD.search(written):
        return Split(_joined([line for line, _ in piece] for piece in pieces), "", quoted)
    return Split(written, signature, quoted)


def _whole(lines: list[str]) -> Split:
    return Split("\n".join(without_footers(lines)).strip(), "", True)


def quotes_reply_marker(text: str) -> bool:
    """Whether a mail quotes one of ours, by the line that the history of each begins with."""
    return (
        _MARKER.search(text) is not None
        or REPLY_MARKER_ID in text
        or (_MARKER_START.search(text) is not None and _wraps_marker(text))
    )


def _wraps_marker(text: str) -> bool:
    return _MARKER.search(_WRAPPED.sub(" ", text)) is not None


def _marks(lines: list[str], signs: str) -> str:
    """One sign a line: first what the mark-up and `>` say, then what the words say."""
    marks = list(signs) if len(signs) == len(lines) else [TEXT] * len(lines)
    shown = not {QUOTED, HISTORY}.isdisjoint(marks)
    bare = [_bare(line) for line in lines]
    pointed: list[int] = []
    for index, line in enumerate(lines):
        if _QUOTE_SIGN.match(line):
            pointed += [index] if marks[index] == TEXT else []
            marks[index] = QUOTED
        elif not bare[index] and marks[index] != HISTORY:
            marks[index] = EMPTY
    if len(pointed) == 1:
        _unmark_lone_quote(bare, marks, pointed[0], shown=shown)
    if any(line.startswith(ARMOUR) for line in bare):
        _mark_armour(bare, marks)
    for index in range(len(lines)):
        if marks[index] in (TEXT, REPLY_HEADER, SIGNATURE):
            _mark_by_words(bare, marks, index)
    if len(pointed) > 1 and _is_above_history(marks, *pointed[:2]):
        _unmark_lone_quote(bare, marks, pointed[0], shown=False)
    _mark_wrapped_quotes(lines, marks)
    _mark_blocks_above_quotes(bare, marks)
    _mark_quoted_blocks(bare, marks)
    return "".join(marks)


def _mark_blocks_above_quotes(bare: list[str], marks: list[str]) -> None:
    """A block of headers above quoted lines is no more than a reply header when an answer stands
    below them."""
    if QUOTED not in marks or not _WORD.search(" ".join(_below_quotes(bare, marks))):
        return
    for index, mark in enumerate(marks):
        if mark != HISTORY:
            continue
        end = block_end(bare, index + 1)
        if not label_of(bare[index]):
            # Below a separator the labels may lack their colons.
            end = next((at for at in range(index + 1, len(bare)) if not bare[at]), end)
        while end < len(bare) and marks[end] == EMPTY:
            end += 1
        if end <= index + BLOCK_LINES and end < len(bare) and marks[end] == QUOTED:
            marks[index:end] = [EMPTY if one == EMPTY else REPLY_HEADER for one in marks[index:end]]


def _mark_quoted_blocks(bare: list[str], marks: list[str]) -> None:
    """Quoted lines that are only a block of headers begin an old mail that lost its signs."""
    index = 0
    while index < len(marks):
        end = index
        while end < len(marks) and marks[end] == QUOTED:
            end += 1
        if index < end < len(marks):
            block = [
                text for line in bare[index:end] if (text := _QUOTE_SIGN.sub("", line).strip())
            ]
            labels = [label_of(line) for line in block[1:]]
            heads = block and (label_of(block[0]) or SEPARATOR.fullmatch(block[0]))
            if heads and len(labels) > 1 and all(labels):
                marks[index] = HISTORY
        index = max(end, index + 1)


def _below_quotes(bare: list[str], marks: list[str]) -> list[str]:
    last = len(marks) - 1 - marks[::-1].index(QUOTED)
    return [line for line, mark in zip(bare[last:], marks[last:], strict=True) if mark == TEXT]


def _is_above_history(marks: list[str], lone: int, quoted: int) -> bool:
    """Whether all old mail begins below a line with a `>` of its own, and nothing stands below."""
    if quoted == lone + 1:
        return False
    if any(mark in (REPLY_HEADER, HISTORY) for mark in marks[lone + 1 : quoted]):
        return True
    return TEXT not in marks[quoted:]


def _unmark_lone_quote(bare: list[str], marks: list[str], index: int, *, shown: bool) -> None:
    """A single line that begins with `>` says "more than": right below another one, or wherever
    the mark-up has `shown` by itself what is old."""
    above, below = marks[max(index - 1, 0)], marks[index + 1 : index + 2]
    joins = above == TEXT and below in ([], [TEXT], [EMPTY])
    if shown or (joins and not bare[index - 1].endswith((":", "--"))):
        marks[index] = TEXT


def _mark_armour(bare: list[str], marks: list[str]) -> None:
    """What PGP put around a text that it signed: the head to its empty line, and the signature."""
    inside = ""
    for index, line in enumerate(bare):
        if line.startswith(ARMOUR):
            inside = "signature" if "SIGNATURE" in line else "head"
        if inside and marks[index] == TEXT:
            marks[index] = SIGNATURE
        if line.startswith("-----END PGP") or (inside == "head" and not line):
            inside = ""


def _bare(line: str) -> str:
    if len(line) > LINE_CHARACTERS:
        return "…"
    return _ODD_SPACES.sub(" ", line).strip()


def _mark_by_words(bare: list[str], marks: list[str], index: int) -> None:
    if _MARKER.search(bare[index]):
        marks[index] = MARKER
        if index and _MARKER_START.fullmatch(bare[index - 1]):
            marks[index - 1] = MARKER
    elif is_separator(bare, index) or is_header_block(bare, marks, index):
        marks[index] = HISTORY
    elif marks[index] == TEXT:
        for offset in range(reply_header_length(bare, marks, index)):
            marks[index + offset] = REPLY_HEADER


def _mark_wrapped_quotes(lines: list[str], marks: list[str]) -> None:
    """Some programs break a long quoted line and leave its tail without the `>`."""
    for index in range(1, len(lines) - 1):
        between = marks[index - 1] == QUOTED == marks[index + 1] and marks[index] == TEXT
        if between and len(lines[index - 1]) >= WRAP_WIDTH:
            tail = lines[index].strip()
            if len(tail) < WRAP_WIDTH * 2 // 3 and tail[:1].islower():
                marks[index] = QUOTED


def _new_pieces(lines: list[str], marks: str) -> list[list[Line]]:
    """The runs of lines that are neither history, quote nor reply header."""
    end = _history_start(marks)
    while 0 < end < len(lines) and not _RULE.sub("", lines[end - 1].strip()):
        end -= 1
    pieces: list[list[Line]] = [[]]
    for line, mark in zip(lines[:end], marks[:end], strict=True):
        if mark in (QUOTED, REPLY_HEADER):
            pieces.append([])
        else:
            pieces[-1].append((line, mark))
    return [piece for piece in pieces if piece]


def _history_start(marks: str) -> int:
    """Where everything after is old: a reply header that no quoted line follows has the old mail
    below it without any sign."""
    for old in _OLD_MAIL.finditer(marks):
        if old[0][0] != REPLY_HEADER or marks[old.end() : old.end() + 1] != QUOTED:
            return old.start()
    return len(marks)


def _has_word(pieces: list[list[Line]]) -> bool:
    return any(_WORD.search(line) for piece in pieces for line, _ in piece)


def _has_words(lines: list[str]) -> bool:
    return any(map(_WORD.search, lines))


def _without_signatures(pieces: list[list[Line]], writer: str) -> tuple[str, str]:
    written: list[list[str]] = []
    signatures: list[str] = []
    for piece in pieces:
        kept, taken = take_signature(
            [line for line, mark in piece if mark != SIGNATURE],
            below_quote=any(map(_has_words, written)),
            writer=writer,
        )
        written.append(kept)
        signatures += [*taken, *(line for line, mark in piece if mark == SIGNATURE)]
    return _joined(written), "\n".join(line for line in signatures if line.strip())


def _joined(pieces: Iterable[list[str]]) -> str:
    text = "\n".join("\n".join(piece).strip("\n") for piece in pieces)
    return _BLANKS.sub("\n\n", "\n".join(line.rstrip() for line in text.split("\n"))).strip()


def _is_signature(written: str) -> bool:
    return is_signature_only([line for line in written.split("\n") if line.strip()])


def _needs_old_mail(written: str, lines: list[str], marks: str, subject: str) -> bool:
    if only_points_below(written) or (QUOTED not in marks and tells_of_answers_inside(written)):
        return True
    return needs_what_it_passes_on(written) and _passes_on(lines, marks, subject)


def _passes_on(lines: list[str], marks: str, subject: str) -> bool:
    """Whether the first old mail was forwarded; our own mail says nothing new to us."""
    if MARKER in marks:
        return False
    old = (QUOTED, REPLY_HEADER, HISTORY)
    first = next(index for index, mark in enumerate(marks) if mark in old)
    return is_passed_on(subject, lines[first], in_block=marks[first] == HISTORY)
