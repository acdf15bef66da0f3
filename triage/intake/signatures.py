"""Signatures, closing formulas, mobile footers and confidentiality notices in FR, NL, DE and EN.

They say nothing about the matter, so they leave the new text; they are kept apart because phone
and enterprise numbers in them tell who wrote.
"""

import re
from itertools import pairwise

SIGNATURE_LINES = 8
LAST_LINES = 60
SIGNATURE_WIDTH = 80
DELIMITED_LINES = 12
FOOTER_WIDTH = 120
PROSE_WIDTH = 40
WRAPPED_WIDTH = 60
NOTICE_CHARACTERS = 80

_CLOSING = re.compile(
    r"(?:bien |tr[eè]s )?cordialement|"
    r"(?:(?:avec )?(?:mes |nos ))?(?:meilleures |sinc[èe]res |cordiales )?"
    r"salutations(?: distingu[ée]es| cordiales| les meilleures)?|"
    r"bien (?:à|a) (?:vous|toi)|b[àa]v\b|respectueusement|"
    r"sinc[èe]rement|amicalement|bonne (?:journ[ée]e|soir[ée]e|fin de journ[ée]e|r[ée]ception)|"
    r"(?:veuillez|je vous prie|nous vous prions|recevez)\b.{0,40}"
    r"(?:agr[ée]er|recevoir|croire|salutations|assurance)|"
    r"(?:met )?(?:vriendelijke|hartelijke|beleefde|oprechte|warme|beste|de beste)"
    r" groet(?:en|jes)?|groet(?:en|jes)?|mvg|m\.v\.g\.?|vr\.? ?gr\.?|hoogachtend|"
    r"mit (?:freundlichen|besten|herzlichen|vielen|lieben) gr(?:ü|ue|u)(?:ß|ss)en|"
    r"mit (?:freundlichem|bestem) gru(?:ß|ss)|"
    r"(?:freundliche|beste|viele|liebe|herzliche|sch[öo]ne) gr(?:ü|ue)(?:ß|ss)e|mfg|"
    r"hochachtungsvoll|"
    r"(?:with )?(?:kind|best|warm|kindest|warmest)(?: and best)? regards|regards|"
    r"(?:yours )?(?:sincerely|faithfully|truly)(?: yours)?|best wishes|all the best",
    re.IGNORECASE,
)
_CLOSING_REST = re.compile(
    r"^,? (?:à (?:vous|toi|tous)|et (?:merci|à bientôt)|uit|van|aus|from|de|to you|to all|voor u)\b"
)
_FORMAL = re.compile(r"(?:veuillez|je vous prie|nous vous prions|recevez)\b", re.IGNORECASE)
_POSTSCRIPT = re.compile(r"(?:p\.?\s?s\.?|n\.?b\.?|post-?scriptum)\s?[:.\-–]?\s", re.IGNORECASE)
_FOOTER = re.compile(
    r"(?:envoy[ée] (?:de mon|depuis|à partir)|t[ée]l[ée]charge[zr]? outlook|obtenez outlook|"
    r"obtenir outlook|provenance : courrier|"
    r"(?:verzonden|verstuurd) (?:vanaf|vanuit|met|via|van mijn)|outlook voor .{1,30}downloaden|"
    r"download outlook voor|"
    r"von meine[mnr] .{1,40} gesendet|gesendet (?:von|mit|ü?ber|aus)|"
    r"diese nachricht wurde von meine|"
    r"holen sie sich outlook|outlook für .{1,30} beziehen|"
    r"sent (?:from|with|via) (?:my|mail|outlook|proton|yahoo|gmail|samsung|the)|get outlook for)",
    re.IGNORECASE,
)
_NOTICE_WORD = re.compile(
    r"confidentiel|confidentialit|vertrouwelijk|vertraulich|confidential|privileged|"
    r"destinataire|geadresseerde|empfänger|intended recipient|disclaimer|avant d['’]imprimer|"
    r"virus",
    re.IGNORECASE,
)
_NOTICE_START = re.compile(
    r"[*_\s]*(?:ce (?:message|mail|courriel|courrier|e-mail)|cet e-?mail|le pr[ée]sent|"
    r"l['’]information|les informations|avis|confidenti|disclaimer|dit (?:bericht|e-?mail)|"
    r"deze (?:e-?mail|mail|boodschap)|de (?:informatie|inhoud)|vertrouwelijk|"
    r"diese (?:e-?mail|nachricht|mail)|der inhalt|die(?:se)? information|vertraulich|hinweis|"
    r"this (?:e-?mail|message|communication)|the (?:information|content)|think before|pensez|"
    r"privileged)",
    re.IGNORECASE,
)


def take_signature(lines: list[str]) -> tuple[list[str], list[str]]:
    """Lines of a text as what was written and what was only its signature, both in order."""
    end = _delimiter(lines)
    kept, taken = lines[:end], lines[end:]
    kept, footers = _without_footers(kept)
    kept, notices = _without_notices(kept)
    kept, signature = _without_closing(kept)
    return kept, [*signature, *footers, *notices, *taken]


def _delimiter(lines: list[str]) -> int:
    for index, line in enumerate(lines):
        if line == "-- ":
            return index
        if line.rstrip() == "--":
            # Without its space it may also be a line drawn through a letter.
            following = [other for other in lines[index + 1 :] if other.strip()]
            is_signature = len(following) <= DELIMITED_LINES and not _is_prose(following)
            return index if is_signature else len(lines)
    return len(lines)


def _without_footers(lines: list[str]) -> tuple[list[str], list[str]]:
    kept: list[str] = []
    footers: list[str] = []
    for index, line in enumerate(lines):
        ends_here = not "".join(lines[index + 1 : index + 2]).strip()
        is_footer = len(line) <= FOOTER_WIDTH and _FOOTER.match(line.strip(" \t-–—*_[]"))
        (footers if is_footer and ends_here else kept).append(line)
    return kept, footers


def _without_notices(lines: list[str]) -> tuple[list[str], list[str]]:
    """Notices stand last, each a paragraph; the first paragraph is never one."""
    kept = list(lines)
    notices: list[str] = []
    while True:
        end = len(kept)
        while end and not kept[end - 1].strip():
            end -= 1
        start = end
        while start and kept[start - 1].strip():
            start -= 1
        if not any(line.strip() for line in kept[:start]) or not _is_notice(kept[start:end]):
            return kept, notices
        notices = [*kept[start:end], *notices]
        kept = kept[:start]


def _is_notice(paragraph: list[str]) -> bool:
    text = " ".join(paragraph)
    if len(text) < NOTICE_CHARACTERS or "?" in text:
        return False
    return bool(_NOTICE_START.match(text) and _NOTICE_WORD.search(text))


def _without_closing(lines: list[str]) -> tuple[list[str], list[str]]:
    for index in range(max(0, len(lines) - LAST_LINES), len(lines)):
        if not _is_closing(lines[index]):
            continue
        end = next(
            (at for at in range(index + 1, len(lines)) if _POSTSCRIPT.match(lines[at].strip())),
            len(lines),
        )
        if _looks_like_names(lines[index + 1 : end]):
            return [*lines[:index], *lines[end:]], lines[index:end]
    return lines, []


def _is_closing(line: str) -> bool:
    text = line.strip(" \t*_-–—,.!")
    formal = _FORMAL.match(text) is not None
    match = _CLOSING.match(text)
    if not match or "?" in text or len(text) > (2 if formal else 1) * SIGNATURE_WIDTH:
        return False
    # "Sincèrement, je suis perdu" is a sentence; "Sincèrement, Amélie" is a closing.
    rest = _CLOSING_REST.sub("", text[match.end() :])
    return formal or not any(word[0].islower() for word in rest.replace(",", " ").split())


def _looks_like_names(lines: list[str]) -> bool:
    written = [line.strip() for line in lines if line.strip()]
    return len(written) <= SIGNATURE_LINES and not _is_prose(written)


def _is_prose(lines: list[str]) -> bool:
    """Whether lines hold sentences: a question, a long line, a full stop at some distance, or
    two wrapped lines in a row."""
    if any("?" in line or len(line) > SIGNATURE_WIDTH for line in lines):
        return True
    if any(len(line) > PROSE_WIDTH and line.endswith((".", "!")) for line in lines):
        return True
    return any(min(len(one), len(next_)) > WRAPPED_WIDTH for one, next_ in pairwise(lines))
