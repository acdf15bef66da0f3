"""Signatures and closing formulas in FR, NL, DE and EN.

They say nothing about the matter, so they leave the new text; they are kept apart because phone
and enterprise numbers in them tell who wrote.
"""

import re
from itertools import pairwise

from triage.intake.footers import (
    LAST_LINES,
    NOTICE_WIDTH,
    POSTSCRIPT,
    RULE,
    take_footers,
    take_notices,
)

SIGNATURE_LINES = 8
SIGNATURE_WIDTH = 80
DELIMITED_LINES = 12
PROSE_WIDTH = 40
WRAPPED_WIDTH = 60
NAME_WORDS = 7
CLOSING_WORDS = 5
CITED_CHARACTERS = 2_000
SENTENCE_WORDS = 6
PARAGRAPH_LINES = 6

_FORMULAS = (
    r"(?:bien |tr[eè]s )?(?:cordialement|courtoisement|amicalement|sinc[èe]rement)|"
    r"cr?dlt|cdt|b\.?[àa]\.?[vt]\b\.?|"
    r"(?:(?:avec )?(?:mes |nos |toutes mes )?)?"
    r"(?:meilleures |sinc[èe]res |cordiales |respectueuses )?"
    r"salutations(?: (?:tr[eè]s |les plus )?(?:distingu[ée]es|cordiales|sinc[èe]res|meilleures|"
    r"respectueuses))?|"
    r"bien (?:à|a) (?:vous|toi)|respectueusement|(?:mes )?amiti[ée]s|[àa] (?:tr[eè]s )?bient[ôo]t|"
    r"avec (?:mes|nos) (?:sinc[èe]res |vifs )?remerciements|mille mercis|"
    r"au plaisir(?: de vous (?:lire|entendre|revoir))?|votre d[ée]vou[ée]e?|"
    r"(?:bon )?courage(?: à (?:vous|tous))?|prenez (?:bien )?soin de vous|"
    r"(?:bonne|belle|excellente|agr[ée]able) (?:journ[ée]e|soir[ée]e|fin de (?:journ[ée]e|semaine)|"
    r"r[ée]ception|semaine|apr[èe]s-midi)(?: à (?:vous|tous))?|bon week-?end|"
    r"(?:veuillez|je vous prie|nous vous prions|recevez)\b.{0,40}"
    r"(?:agr[ée]er|recevoir|croire|salutations|assurance)|"
    r"(?:met )?(?:de )?(?:meeste |oprechte |beleefde )?(?:hoogachting|achting)|hoogachtend|"
    r"(?:met )?(?:[\w-]{3,15} ){0,2}groet(?:en|jes)?|met vr\. groet|mvg|m\.v\.g\.?|vr\.? ?gr\.?|"
    r"(?:gr|grtz|grtjs|groetn)\b\.?|tot (?:snel|binnenkort|gauw)|"
    r"(?:nog )?(?:een )?(?:fijne?|prettige?|goede?|mooie?) (?:dag|avond|week|namiddag|weekend)"
    r"(?: nog| verder)?|(?:zorg|draag) (?:goed |zorg )?voor (?:uzelf|jezelf|elkaar)|"
    r"(?:blijf|hou (?:het|je|u)) (?:gezond|veilig|goed)|"
    r"(?:(?:ich verbleibe|wir verbleiben) )?(?:mit )?(?:(?:und )?[\w-]{3,15} ){0,3}"
    r"gr(?:ü|ue|u)(?:ß|ss)en?|(?:ich verbleibe|wir verbleiben)\b.{0,40}|"
    r"mit (?:freundlichem|bestem|lieben?) gru(?:ß|ss)|liebe[nr]? gru(?:ß|ss)|"
    r"(?:gru(?:ß|ss)|mfg|lg|vg)\b|freundlichst|herzlichst|hochachtungsvoll|bis (?:bald|dann)|"
    r"mit vorzüglicher hochachtung|(?:bleiben|bleibt|bleib) (?:sie )?gesund|"
    r"(?:einen )?schöne[sn] (?:tag|abend|nachmittag|woche(?:nende)?)(?: noch)?|"
    r"(?:with )?(?:many thanks and )?(?:kind|best|warm|kindest|warmest|friendly)"
    r"(?: and best)? (?:regards|wishes)|(?:thanks (?:and|&) )?(?:best |kind )?(?:regards|rgds)|"
    r"(?:yours )?(?:sincerely|faithfully|truly)(?: yours)?|all the best|take care|stay safe|"
    r"have a (?:nice|great|good|lovely) (?:day|evening|weekend|one)|(?:talk|speak) soon|"
    r"(?:best|cheers|greetings|yours|kr|br|respectfully(?: yours)?)\b"
)
_CLOSING = re.compile(_FORMULAS, re.IGNORECASE)
_CLOSING_END = re.compile(rf"(?:[,.!]|\b(?:en|et|und|and)) (?:{_FORMULAS})[ ,.!]*$", re.IGNORECASE)
_FORMAL_END = re.compile(
    r"(?:vous prie|vous prions|veuillez|recevez)\b.{0,40}\b(?:agr[ée]er|recevoir|croire|accepter)\b"
    r".{0,80}\b(?:salutations?|sentiments?|consid[ée]ration|assurance)\b[^.]{0,60}\.?$",
    re.IGNORECASE,
)
# Thanks belong to what was written; only the names after them do not.
_THANKS = re.compile(
    r"(?:(?:un )?(?:tout )?(?:grand )?merci|alvast|bedankt|dank\b|danke|vielen dank|besten dank|"
    r"herzlichen dank|mit (?:bestem )?dank|met (?:veel )?dank|many thanks|thanks|thank you|thx|"
    r"d['’]avance|en vous remerciant|je vous remercie|nous vous remercions|dans l['’]attente|"
    r"in afwachting|in erwartung|looking forward|hopend op|wij danken u|ik dank u|wir danken|"
    r"ich danke)\b",
    re.IGNORECASE,
)
_CLOSING_REST = re.compile(
    r"^,? (?:à (?:vous|toi|tous)|aus (?:dem|der)|uit (?:het|de)|de la|du|"
    r"et (?:merci|à bientôt)|uit|van|aus|from|de|to you|to all|voor u)\b"
)
_FORMAL = re.compile(r"(?:veuillez|je vous prie|nous vous prions|recevez)\b", re.IGNORECASE)
_PARTICLES = frozenset(
    [
        *("van", "de", "der", "den", "het", "'t", "von", "du", "le", "la", "des", "el", "ten"),
        *("ter", "zu", "zur", "und", "et", "en", "and", "&", "-"),
    ]
)
# A telephone or enterprise number, an address on the net, or a label of one of them.
_REACHED = re.compile(
    r"(?:\d[ ./()-]{0,2}){9,}|\S@\S|\bwww\.|https?://|"
    r"\b(?:t[ée]l|gsm|mobiel|mobile|fax|btw|tva|mwst|ust|kbo|bce|ondernemingsnr|vat)\b",
    re.IGNORECASE,
)
_NAME_WORD = re.compile(r"[\w'’-]+")
_NAME_END = re.compile(r" [|–—-] |[|,]|\d")
_HOUSE = re.compile(
    r"(?-i:\b[1-9]\d{3,4} [A-ZÀ-Þ]|\b(?:SRL|SPRL|SA|SCRL|BV|BVBA|NV|VOF|GmbH|AG|Ltd|ASBL|VZW)\b)|"
    r"\b(?:authori[sz]ed and regulated|regulated by|registered (?:office|in)|fsma|itaa|rpm|rpr|"
    r"si[èe]ge social|maatschappelijke zetel|handelsregister|amtsgericht|gesch[äa]ftsf[üu]hrer|"
    r"sitz der|heures d['’]ouverture|openingsuren|(?:öffnungs|büro|sprech)zeiten)\b",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"(?:bonjour|bonsoir|madame|monsieur|ch[eè]re?s?|salut|beste|geachte|dag|hallo|goede|goeie|"
    r"hi|hello|dear|sehr|liebe[rs]?|guten)\b",
    re.IGNORECASE,
)
_SPEAKER = re.compile(
    r"(?i:\b(?:je|j['’]ai|nous|vous|mon|ma|mes|notre|votre|ik|wij|mijn|onze|uw|ich|wir|mein\w*|"
    r"unser\w*|ihr\w*|sie|my|our|your|we|you|is|est|sont|zijn|ist|sind|are|was)\b(?!-))|\bI\b"
)
_WRITER = re.compile(
    r"(?i:\b(?:je|j['’]\w+|moi|mon|ma|mes|ik|mij|mijn|ich|mir|mich|mein\w*|my|me)\b(?!-))|\bI\b"
)
# The one thing that people say of themselves in signatures.
_WORKING_HOURS = re.compile(
    r"\b(?:i (?:do not |don['’]t )?work|working (?:hours|days?)|je (?:ne )?travaille|"
    r"(?:mes )?(?:jours|heures) de (?:travail|pr[ée]sence)|ik werk|werkdagen|werkuren|"
    r"ich arbeite|arbeits(?:tage|zeiten))\b",
    re.IGNORECASE,
)
_CITATION_MARK = re.compile('[«»“”„"]')
_CLOSED_BY = {"«": "»", "»": "«", "“": "”", "„": '“”"', '"': '"'}
_ACCOUNT = re.compile(r"\b[A-Z]{2}\d\d(?: ?[\dA-Z]{4}){3}")


def take_signature(
    lines: list[str], *, below_quote: bool = False, writer: str = ""
) -> tuple[list[str], list[str]]:
    """Lines of a text as what was written and what was only its signature, both in order.

    Below a quoted mail a text may be nothing but what a server or a program put there."""
    end = _delimiter(lines)
    kept, taken = lines[:end], lines[end:]
    kept, footers = take_footers(kept)
    kept, notices = take_notices(kept, whole=below_quote)
    kept, signature = _without_closing(kept)
    kept, names = _without_names(kept, _name_words(writer))
    return kept, [*names, *signature, *footers, *notices, *taken]


def is_signature_only(lines: list[str]) -> bool:
    """Whether lines are nothing but a name with what stands below names."""
    return (
        0 < len(lines) <= DELIMITED_LINES
        and (len(lines) > 1 or len(lines[0].split()) <= NAME_WORDS)
        and all(map(_may_stand_in_signature, lines))
        and _is_name(_NAME_END.split(lines[0], maxsplit=1)[0])
        and (any(map(_REACHED.search, lines)) or _hard_lines(lines) > 1)
    )


def _hard_lines(lines: list[str]) -> int:
    """How many lines can hardly stand anywhere but in a signature."""
    return sum(1 for line in lines if _REACHED.search(line) or _HOUSE.search(line))


def _delimiter(lines: list[str]) -> int:
    for index, line in enumerate(lines):
        if line == "-- ":
            return index
        if line.rstrip() == "--":
            # Without its space it may also be a line drawn through a letter.
            following, _ = take_footers([other for other in lines[index + 1 :] if other.strip()])
            if len(following) <= DELIMITED_LINES and not _is_prose(following):
                return index
    return len(lines)


def _without_closing(lines: list[str]) -> tuple[list[str], list[str]]:
    first = max(0, len(lines) - LAST_LINES)
    cited = _cited(lines[first:])
    goes_on = [at for at in range(first, len(lines)) if _goes_on(lines, at)]
    for index in range(first, len(lines)):
        closing = _is_closing(lines[index])
        if cited[index - first] or not (closing or _ends_with_closing(lines[index])):
            continue
        start = index if closing else index + 1
        end = next((at for at in goes_on if at > index), len(lines))
        is_above_all = end < len(lines) and not any(map(_is_written, lines[:start]))
        if not is_above_all and _looks_like_names(lines[index + 1 : end]):
            return [*lines[:start], *lines[end:]], lines[start:end]
    return lines, []


def _cited(lines: list[str]) -> list[bool]:
    """Which lines stand inside a quotation that closes further down: what ends there is the
    letter of somebody else."""
    cited = [False] * len(lines)
    closing, since = "", 0
    for index, line in enumerate(lines):
        for mark in _CITATION_MARK.findall(line[:CITED_CHARACTERS]):
            if closing and mark in closing:
                cited[since + 1 : index + 1] = [True] * (index - since)
                closing = ""
            elif not closing:
                closing, since = _CLOSED_BY.get(mark, ""), index
    return cited


def _goes_on(lines: list[str], index: int) -> bool:
    """Whether the letter goes on here below its end: with a postscript, or a paragraph in which
    the writer says I."""
    if POSTSCRIPT.match(lines[index].strip()):
        return True
    if lines[index - 1].strip() or not lines[index].strip():
        return False
    rest = lines[index : index + PARAGRAPH_LINES]
    end = next((at for at, line in enumerate(rest) if not line.strip()), len(rest))
    paragraph = " ".join(line[:NOTICE_WIDTH] for line in rest[:end])
    if len(paragraph.split()) < SENTENCE_WORDS or _WORKING_HOURS.search(paragraph):
        return False
    return _WRITER.search(paragraph) is not None


def _is_closing(line: str) -> bool:
    # The formula in several of the languages of the country.
    in_languages = line.split(" / ") if len(line) <= SIGNATURE_WIDTH else []
    if len(in_languages) > 1 and all(map(_is_closing, in_languages)):
        return True
    text = line.strip(" \t*_-–—,.!")
    formal = _FORMAL.match(text) is not None
    match = _CLOSING.match(text)
    if not match or "?" in text or len(text) > (2 if formal else 1) * SIGNATURE_WIDTH:
        return False
    # "Sincèrement, je suis perdu" is a sentence; "Sincèrement, Amélie" is a closing.
    rest = _CLOSING_REST.sub("", text[match.end() :])
    return formal or not any(word[0].islower() for word in rest.replace(",", " ").split())


def _ends_with_closing(line: str) -> bool:
    """Whether a sentence runs into a closing formula; the sentence was written all the same."""
    text = line.strip(" \t*_")
    if not text or len(text) > NOTICE_WIDTH:
        return False
    return _CLOSING_END.search(text) is not None or _FORMAL_END.search(text) is not None


def _looks_like_names(lines: list[str]) -> bool:
    """Below a closing: few short lines, and, after a ruled line or the one that says where to
    reach the writer, whatever houses add."""
    written = [line.strip() for line in lines if line.strip()]
    written = [line for line in written if not _WORKING_HOURS.search(line[:NOTICE_WIDTH])]
    if len(written) > 2 * DELIMITED_LINES or any("?" in line for line in written):
        return False
    ends = (
        at for at, line in enumerate(written) if at and (RULE.fullmatch(line) or _is_reached(line))
    )
    names = written[: next(ends, len(written))]
    return len(names) <= DELIMITED_LINES and not _is_prose(names)


def _is_reached(line: str) -> bool:
    if len(line) > NOTICE_WIDTH:
        return False
    return _HOUSE.search(line) is not None or (
        len(line) <= SIGNATURE_WIDTH and _REACHED.search(line) is not None
    )


def _without_names(lines: list[str], writer: list[str]) -> tuple[list[str], list[str]]:
    """A signature without a known closing formula: after an empty line, thanks or a few words
    that stand alone, a name, and below it where the person works or can be reached; below the
    writer's own name, anything that may stand in a signature."""
    first = max(len(lines) - LAST_LINES, 0)
    last = [line.strip() for line in lines[first:]]
    found = len(last)
    for start in range(len(last) - 1, 0, -1):
        if last[start] and not _may_stand_in_signature(last[start]):
            break
        block = [line for line in last[start:] if line]
        if len(block) > DELIMITED_LINES:
            break
        before = next((line for line in reversed(last[:start]) if line), "")
        if not last[start] or before.endswith(":"):
            continue
        apart = (
            not last[start - 1]
            or _THANKS.match(before) is not None
            or (_stands_alone(last, start - 1) and _hard_lines(block) > 1)
        )
        named = bool(writer) and _name_words(_NAME_END.split(block[0], maxsplit=1)[0]) == writer
        if (apart and (named or is_signature_only(block))) or (named and _hard_lines(block)):
            found = start
    if not any(map(_is_written, lines[: first + found])):
        return lines, []
    return lines[: first + found], lines[first + found :]


def _is_written(line: str) -> bool:
    text = line.strip()
    return bool(text) and not (_GREETING.match(text) and len(text.split()) <= CLOSING_WORDS)


def _stands_alone(lines: list[str], index: int) -> bool:
    few = len(lines[index].split()) <= CLOSING_WORDS and not lines[index].endswith("?")
    above = next((line for line in reversed(lines[:index]) if line), ":")
    return few and index > 0 and not lines[index - 1] and not above.endswith(":")


def _name_words(name: str) -> list[str]:
    """A name to compare, whichever part of it comes first; empty for a single word."""
    words = sorted(_NAME_WORD.findall(name.casefold()))
    return words if len(words) > 1 else []


def _is_name(text: str) -> bool:
    words = text.replace(",", " ").strip("*_ ").split()
    return (
        0 < len(words) <= NAME_WORDS
        and words[0][0].isupper()
        and not text.rstrip().endswith(":")
        and all(
            word[0].isupper() or word[:2].lower() in ("d'", "d’", "l'", "l’") or word in _PARTICLES
            for word in words
        )
    )


def _may_stand_in_signature(line: str) -> bool:
    if len(line) > SIGNATURE_WIDTH or line.endswith(("?", "!", ":", ";", "…")):
        return False
    if line.startswith(("- ", "* ", "• ", "> ")) or _THANKS.match(line) or _GREETING.match(line):
        return False
    if _SPEAKER.search(line) or _ACCOUNT.search(line):
        return False
    words = len(line.split())
    return words <= NAME_WORDS or _REACHED.search(line) is not None or "|" in line


def _is_prose(lines: list[str]) -> bool:
    """Whether lines hold sentences: a question, a long line, a full stop at some distance, or
    two wrapped lines in a row."""
    if any("?" in line or len(line) > SIGNATURE_WIDTH for line in lines):
        return True
    if any(len(line) > PROSE_WIDTH and line.endswith((".", "!")) for line in lines):
        return True
    return any(min(len(one), len(next_)) > WRAPPED_WIDTH for one, next_ in pairwise(lines))
