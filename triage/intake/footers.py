"""Mobile footers, virus scanners' lines and notices of confidentiality in FR, NL, DE and EN.

Programs and servers put them below what people write, and below what it quotes.
"""

import re

LAST_LINES = 60
FOOTER_WIDTH = 120
FOOTER_WORDS = 11
NOTICE_CHARACTERS = 80
NOTICE_WIDTH = 220
POSTSCRIPT = re.compile(
    r"(?:p\.?\s?s\.?|n\.?b\.?|post-?scriptum|nachtrag ?:|edit ?:|update ?:)\s?[:.\-–]?\s",
    re.IGNORECASE,
)
_FOOTER = re.compile(
    r"(?:envoy[ée]e? (?:de mon|depuis|à partir|via|avec)|t[ée]l[ée]charge[zr]? \w+ pour|"
    r"(?:obtenez|obtenir) \w+ pour|provenance ?: courrier|excusez (?:ma|la) bri[èe]vet|"
    r"(?:verzonden|verstuurd) (?:vanaf|vanuit|met|via|van mijn|door)|"
    r"(?:outlook|\w+mail) voor .{1,30}(?:downloaden|ophalen)|(?:download|haal) \w+ voor|"
    r"(?:von|mit) .{1,50} gesendet\W*$|von mein\w* .{1,30} gesendet\b|"
    r"gesendet (?:von|mit|ü?ber|aus|via)|"
    r"diese nachricht wurde (?:von|mit) |"
    r"(?:holen sie sich|laden sie) \w+ für|\w+ für .{1,30} (?:beziehen|herunterladen)|"
    r"sent (?:from|with|via|using) (?:my|mail|outlook|proton|yahoo|gmail|samsung|the|blue|"
    r"k-9|zoho|nine|a)|sent (?:from|with|via|using) (?-i:[A-Z])[\w .-]{1,30}$|yahoo mail ?:|"
    r"get \w+ for (?:ios|android|windows|mac)|please excuse (?:my|the) brevity|"
    r"(?:garanti sans virus|sans virus|virusvrij|virenfrei|virus-free)\b.{0,40}$)",
    re.IGNORECASE,
)
_NOTICE_WORD = re.compile(
    r"confidentiel|confidentialit|vertrouwelijk|vertraulich|confidential|privileged|"
    r"destinataire|geadresseerde|empfänger|intended recipient|disclaimer|avant d['’]imprimer|"
    r"virus|interdite?s?\b|verboden|untersagt|nicht gestattet|prohibited|unauthori[sz]ed|"
    r"uniquement (?:à|au|aux)\b|uitsluitend|ausschlie(?:ß|ss)lich|solely",
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
_PRINTING_OR_VIRUS = re.compile(
    r"environment before (?:you )?print|avant d['’]imprimer.{0,60}(?:pens|environ)|"
    r"pensez à l['’]environnement|"
    r"milieu (?:voor(?:dat)?|alvorens)\b.*\b(?:afdruk|print)|an die umwelt|umwelt zuliebe|"
    r"geen rechten (?:\w+ )?ontle|(?:gecontroleerd|gescand|gepr[üu]ft|überpr[üu]ft|v[ée]rifi[ée]|"
    r"analys[ée]|checked|scanned)\b.{0,40}\bvir|\banti-?virus|\bavast\b|"
    r"^(?:garanti )?(?:sans virus|virusvrij|virenfrei|virus-free)\b",
    re.IGNORECASE,
)
_LINK = re.compile(r"<?(?:https?://|www\.|#[0-9A-F]{8}-)\S{1,200}>?")
_TARGET = re.compile(r"<(?:https?|mailto|tel):[^<>\s]{1,300}>")
RULE = re.compile(r"[-_=*~–—·]{2,120}")


def without_footers(lines: list[str]) -> list[str]:
    """Lines of a text without what a telephone or a program added below it."""
    return take_footers(lines)[0]


def take_footers(lines: list[str]) -> tuple[list[str], list[str]]:
    kept: list[str] = []
    footers: list[str] = []
    last = next((at for at in range(len(lines) - 1, -1, -1) if lines[at].strip()), 0)
    for index, line in enumerate(lines):
        ends_here = not "".join(lines[index + 1 : index + 2]).strip()
        shown = _TARGET.sub("", line) if len(line) <= 4 * FOOTER_WIDTH else line
        is_short = len(shown) <= FOOTER_WIDTH and "?" not in shown
        # In the middle of a text, many words are a sentence that begins like one.
        is_short = is_short and (index == last or len(shown.split()) <= FOOTER_WORDS)
        is_footer = is_short and _FOOTER.match(shown.strip(" \t-–—*_[]"))
        (footers if is_footer and ends_here else kept).append(line)
    return kept, footers


def take_notices(lines: list[str], *, whole: bool) -> tuple[list[str], list[str]]:
    """Notices stand last, as paragraphs or single lines; unless the `whole` may be some, what
    stands first is never one."""
    first = next((index for index, line in enumerate(lines) if line.strip()), 0) - whole
    end = len(lines)
    while True:
        last = end - 1
        while last > max(first, 0) and not lines[last].strip():
            last -= 1
        start = last
        while start > max(first, last - LAST_LINES) and lines[start - 1].strip():
            start -= 1
        if end <= 0:
            return lines[:0], lines
        if first < start and _is_notice(" ".join(lines[start : last + 1])):
            end = start
        elif first < last and _is_notice_line(lines, last):
            end = last - (last > first + 1 and _LINK.fullmatch(lines[last - 1].strip()) is not None)
        else:
            return lines[:end], lines[end:]


def _is_notice(text: str) -> bool:
    if len(text) < NOTICE_CHARACTERS or "?" in text:
        return False
    return bool(_NOTICE_START.match(text) and _NOTICE_WORD.search(text))


def _is_notice_line(lines: list[str], index: int) -> bool:
    text = lines[index].strip()
    if POSTSCRIPT.match(text):
        return False
    if RULE.fullmatch(text) or _PRINTING_OR_VIRUS.search(text[:NOTICE_WIDTH]):
        return True
    if _LINK.fullmatch(text):
        before = next((line for line in reversed(lines[max(index - 3, 0) : index]) if line), "")
        return _PRINTING_OR_VIRUS.search(before[:NOTICE_WIDTH]) is not None
    return bool(_NOTICE_START.match(text) and _NOTICE_WORD.search(text))
