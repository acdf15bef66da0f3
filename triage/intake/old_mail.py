"""The lines with which a quoted mail begins: separators, header blocks, and `On … wrote:`.

In FR, NL, DE and EN by their words; in any other language by their form. `bare` are lines with
single spaces, `marks` one sign for each.
"""

import re
from functools import lru_cache

TEXT, QUOTED, REPLY_HEADER, HISTORY, SIGNATURE, EMPTY, MARKER = "t", "q", "m", "s", "g", "e", "k"
LINE_CHARACTERS = 400
REPLY_HEADER_LINES = 3
BLOCK_LINES = 10
_DIGIT = re.compile(r"\d")
_CLOCK_OR_ADDRESS = re.compile(r"\d ?[:hu] ?\d\d|\d ?Uhr|\d ?[AaPp]\.?[Mm]\b|@")
# A sentence about somebody who wrote to somebody is no header: a header has no pronouns.
_SPEAKER = re.compile(
    r"\b(?:[mtl]['’]a|[mtl]['’]avez|nous a|vous a|j['’]ai|ik|mij|me|ons|ich|mir|uns|Ihnen|"
    r"you|us|we)\b|\bI (?!\.)"
)
_REPLY_HEADERS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"le\b.*\ba [ée]crit ?:",
        r"op\b.*\b(?:schreef\b.*|geschreven ?):",
        r"am\b.*\b(?:schrieb\b.*|geschrieben ?):",
        r"on\b.*\bwrote ?:",
        r".*\b(?:schrieb am|schreef op|wrote on|a [ée]crit le)\b.*\d.*:",
        r"\d{4}-\d\d-\d\d\b.*<[^<>\s]+@[^<>\s]+> ?:",
    )
)
_TOLD_TO_US = re.compile(
    r"\b(?:you wrote|vous (?:[ée]criviez|avez [ée]crit)|schreef (?:u|je)|schrieben sie) ?:$",
    re.IGNORECASE,
)
# The same in any language: an address between angle brackets, and the day and time.
_ANGLED = re.compile(r"<[^<>\s]+@[^<>\s]+>|\[mailto:")
_CLOCK = re.compile(r"\d ?[:hu.] ?\d\d\b|\d ?Uhr|\d ?[AaPp]\.?[Mm]\b")
_WROTE_ENDS = (":", "---")
# Somebody tells in a sentence what somebody wrote.
_CITATION = ('"', "«", "“", "„", "'", "‘")
_REPLY_HEADER_START = re.compile(r"(?:le|op|am|on)\b|\d{4}-\d\d-\d\d\b", re.IGNORECASE)
_SEPARATOR_WORDS = (
    r"(?:(?:d[ée]but du )?message (?:d['’]origine|original|transf[ée]r[ée]|r[ée]exp[ée]di[ée])|"
    r"(?:mail|courriel|e-mail) original|(?:begin )?(?:van )?doorgestuurde? (?:bericht|e-?mail)|"
    r"(?:oorspronkelijke?|origineel|originele) (?:bericht|e-?mail)|"
    r"(?:ursprüngliche|urspruengliche|original)[- ]?(?:nachricht|e-?mail|mail)|"
    r"(?:anfang der )?weitergeleiteten? (?:nachricht|e-?mail|mail)|"
    r"original (?:message|e-?mail|appointment)|(?:begin )?forwarded (?:message|e-?mail)|"
    r"messaggio originale|mensaje original|mensagem original|"
    r"message du \d{1,2}/\d{1,2}/\d{2,4}(?: [\dh:]{2,8})?)"
)
SEPARATOR = re.compile(
    rf"(?P<rule>[-_–—*]{{2,60}})? ?{_SEPARATOR_WORDS} ?(?P<colon>:)? ?[-_–—*]{{0,60}}",
    re.IGNORECASE,
)
_LABELS = {
    "from": re.compile(r"[*_]{0,2}(?:de|van|von|from|expéditeur|afzender|da) ?:", re.IGNORECASE),
    "sent": re.compile(
        r"[*_]{0,2}(?:envoy[ée](?: le)?|verzonden(?: op)?|verstuurd|gesendet(?: am)?|sent|date|"
        r"datum|data|fecha|enviado(?: el)?|enviada em|inviato) ?:",
        re.IGNORECASE,
    ),
    "subject": re.compile(
        r"[*_]{0,2}(?:objet|sujet|onderwerp|betreff|subject|asunto|assunto|oggetto) ?:",
        re.IGNORECASE,
    ),
    "other": re.compile(
        r"[*_]{0,2}(?:à|a|aan|an|to|cc|cci|bcc|kopie|destinataires?|ontvangers?|empfänger|"
        r"copie(?: à)?|para|r[ée]pondre à|reply-to|"
        r"antwort an|importance|"
        r"priorit[éy]|belang|wichtigkeit) ?:",
        re.IGNORECASE,
    ),
}


def is_separator(bare: list[str], index: int) -> bool:
    match = SEPARATOR.fullmatch(bare[index])
    if match is None:
        return False
    following = next((line for line in bare[index + 1 : index + 4] if line), "")
    return bool(match["rule"] or match["colon"] or label_of(following))


def is_header_block(bare: list[str], marks: list[str], index: int) -> bool:
    """Whether the lines `From: Sent: To: Subject:`, in any of the languages, begin here."""
    if label_of(bare[index]) not in ("from", "sent"):
        return False
    end = block_end(bare, index)
    block = bare[index:end]
    found = {label_of(line) for line in block} - {""}
    addressed = any("@" in line for line in block)
    if not addressed:
        # Somebody may write "From: 14 March" and "To: 7 June" of a period, "Date: today" in a
        # dialogue, or a letter with its own head.
        dated = any(label_of(line) == "sent" and _DIGIT.search(line) for line in block)
        is_top = next((at for at, line in enumerate(bare) if line), index) == index
        if not dated or (is_top and _next_mark(marks, end) != QUOTED):
            return False
    return "from" in found and len(found & {"sent", "subject", "other"}) >= 2


def block_end(bare: list[str], index: int) -> int:
    """Behind the labelled lines, with empty ones and the rest of a long one between them; a
    second sender begins another block."""
    end = last = index
    named = False
    while end < min(len(bare), index + BLOCK_LINES):
        label = label_of(bare[end])
        if label == "from" and named:
            break
        named = named or label == "from"
        if label:
            last = end
        elif bare[end] and (end - last > 1 or label_of(bare[end - 1]) != "other"):
            break
        end += 1
    return last + 1


def reply_header_length(bare: list[str], marks: list[str], index: int) -> int:
    """How many lines the `On … wrote:` that begins here takes; 0 when none does.

    A sentence may begin like a header: the last lines count only when they are no header by
    themselves.
    """
    for length in range(1, REPLY_HEADER_LINES + 1):
        last = index + length - 1
        if last >= len(bare) or marks[last] != TEXT:
            return 0
        if not bare[last].endswith(_WROTE_ENDS):
            continue
        quote_follows = _next_mark(marks, last + 1) == QUOTED
        following = next((line for line in bare[last + 1 : last + 4] if line), "")
        text = " ".join(bare[index : last + 1])
        if following.startswith(_CITATION) and not _ANGLED.search(text):
            return 0
        if _is_reply_header(text, quote_follows, wrapped=length > 1):
            # A line that begins with the address is never the first of a header.
            shorter = (
                " ".join(bare[start : last + 1])
                for start in range(index + 1, last + 1)
                if not bare[start].startswith("<") and not bare[start - 1].endswith("<")
            )
            alone = any(_is_reply_header(text, quote_follows, wrapped=False) for text in shorter)
            return 0 if alone else length
        return 0
    return 0


def _is_reply_header(text: str, quote_follows: bool, *, wrapped: bool) -> bool:
    if len(text) > LINE_CHARACTERS:
        return False
    addressed = _ANGLED.search(text.replace("< ", "<")) is not None
    if addressed and (quote_follows or _says_when(text)):
        return True
    if _says_when(text) and _TOLD_TO_US.search(text[-40:]):
        return True
    if not _DIGIT.search(text):
        return False
    if wrapped and not _REPLY_HEADER_START.match(text) and "@" not in text:
        return False
    if not quote_follows and (not _CLOCK_OR_ADDRESS.search(text) or _SPEAKER.search(text)):
        return False
    return any(pattern.fullmatch(text) for pattern in _REPLY_HEADERS)


def _says_when(text: str) -> bool:
    """A clock and, beside it, the numbers of a day."""
    clock = _CLOCK.search(text)
    return clock is not None and _DIGIT.search(_CLOCK.sub(" ", text)) is not None


def _next_mark(marks: list[str], index: int) -> str:
    return next((mark for mark in marks[index : index + 4] if mark != EMPTY), EMPTY)


def label_of(line: str) -> str:
    return _label_at_head(line[:24]) if ":" in line[:24] else ""


# Each line is asked about as part of every block that it may belong to.
@lru_cache(maxsize=1_024)
def _label_at_head(head: str) -> str:
    return next((name for name, pattern in _LABELS.items() if pattern.match(head)), "")
