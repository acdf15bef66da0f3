"""A text without whoever it names, before anything is learned from it or shown beside another's.

Identifiers become their kind, `[iban]`; names, street addresses, licence plates and dates of birth
become `•••`. Names have no checksum: this is thorough, not certain. Words of the trade, months,
towns and the names of measures and institutions stay.
"""

import re
from collections.abc import Iterable, Iterator

from classifiers.identifiers import LONGEST, Kind, scan
from classifiers.ordinary import frequent_names, never_names, noun_openers, ordinary, plain

HIDDEN = "•••"
Span = tuple[int, int]

_UPPER = "A-ZÀ-ÖØ-ÞĀ-ſ"
_NAME = rf"(?<![^\W_])[{_UPPER}][^\W\d_]{{0,30}}(?:['’\-][^\W\d_]{{1,30}}){{0,3}}"
_PARTICLE = (
    r"(?:d[eu]|d'|des|la|le|el|al|ben|bin|van|von|der|den|ter|ten|te|zu|vande[rn]?|di|da|dos|of)"
)
_FULL_NAME = (
    rf"(?P<name>(?:{_PARTICLE}\s){{0,3}}{_NAME}(?:[ \t]+(?:{_PARTICLE}[ \t]){{0,3}}{_NAME}){{0,3}})"
)
_TITLES = (
    "Monsieur|Madame|Mademoiselle|Mr|Mrs|Ms|Mme|Mlle|Melle|Mijnheer|Meneer|Mevrouw|Mevr|Mw|Mvr|Dhr"
    "|Heer|Juffrouw|Herrn?|Frau|Fräulein|Hr|Fr|Dr|Docteur|Dokter|Doctor|Doktor|Prof|Maître|Miss|Sir"
)
_ADDRESSED = re.compile(
    rf"(?<![^\W_])(?i:{_TITLES})\.?(?:[ \t]+(?i:{_TITLES})(?![^\W_])\.?){{0,2}}[ \t]+{_FULL_NAME}"
)
_INITIALED = re.compile(rf"(?<![^\W_])(?:M\.|Me)[ \t]+{_FULL_NAME}")
_ABBREVIATED = re.compile(rf"(?<![^\W_.])(?:[{_UPPER}]\.[ \-]?){{1,2}}[ ]?(?P<name>{_NAME})")
_GREETED = re.compile(
    r"(?<![^\W_])(?i:bonjour|bonsoir|salut|coucou|cher|chère|hello|hi|hey|dear|hallo|hoi|dag|beste"
    r"|geachte|goedemorgen|goedemiddag|goedenavond|goeiemorgen|goeiedag|goedendag|guten tag"
    r"|guten morgen|liebe[r]?|sehr geehrter?|good morning|good afternoon)[ \t,]+" + _FULL_NAME
)
_INTRODUCED = re.compile(
    r"(?<![^\W_])(?i:je m'appelle|mon nom est|je suis|au nom de|de la part de|ici|c'est|signé"
    r"|ik ben|mijn naam is|ik heet|namens|in naam van|hier is|u spreekt met|met"
    r"|mein name ist|ich heiße|ich heisse|ich bin|im namen von|hier spricht|hier ist"
    r"|my name is|i am|i'm|this is|on behalf of|speaking with"
    r"|(?:nom|prénom|naam|voornaam|name|vorname|first name|last name|contact)[ \t]*:)"
    r"[ \t]*,?[ \t]*" + _FULL_NAME
)
_INTRODUCED_SMALL = re.compile(
    r"(?<![^\W_])(?i:je m'appelle|mon nom est|mijn naam is|ik heet|mein name ist|ich heiße"
    r"|ich heisse|my name is)[ \t]+(?P<name>[^\W\d_]{2,}(?:[ \t]+[^\W\d_]{2,}){0,2})"
)
_ADDRESSED_SMALL = re.compile(
    rf"(?<![^\W_])(?i:{_TITLES})\.?[ \t]+(?P<name>[^\W\d_]{{3,}}(?:[ \t]+[^\W\d_]{{3,}})?)"
)
_PERHAPS_INTRODUCED = re.compile(
    r"(?<![^\W_])(?i:c'est|ici|je suis|ik ben|hier is|met|ich bin|hier ist|i am|i'm|this is)[ \t]+"
    r"(?P<name>[^\W\d_]{3,}(?:[ \t]+[^\W\d_]{3,})?)"
)
_SIGNED = re.compile(
    r"(?<![^\W_])(?i:cordialement|cdlt|bien à (?:vous|toi)|salutations?(?: distinguées)?"
    r"|merci(?: d'avance| beaucoup)?|respectueusement|groet(?:en|jes)?|mvg|bedankt|dank(?: ?u| je)?"
    r"|grüßen?|grüssen?|mfg|danke(?: im voraus)?|hochachtungsvoll|regards|sincerely|faithfully"
    r"|thanks|thank you|cheers|lg|vg|bàv|bav)[ \t]*[,.!:;\-–]*\s{1,6}" + _FULL_NAME
)
_LAST_WORDS = re.compile(
    rf"(?:[.!?,;:…][ \t]*|\n[ \t]*|[\-–][ \t]*)(?P<name>{_NAME}(?:[ \t]+(?:{_PARTICLE}[ \t]){{0,3}}"
    rf"{_NAME}){{0,2}})[ \t]*[.,]?\s*\Z"
)
_NAME_LINE = re.compile(
    rf"^[ \t>]*(?P<name>{_NAME}(?:[ \t]+(?:{_PARTICLE}[ \t]){{0,3}}{_NAME}){{1,3}})[ \t]*[,.]?"
    r"[ \t]*$",
    re.MULTILINE,
)
_WROTE = re.compile(r"(?i:a écrit|schreef|schrieb|wrote)(?![^\W_])")
_ANY_NAME = re.compile(_FULL_NAME)
BEFORE_WROTE = 80
_HEADER = re.compile(
    r"^[ \t>]*(?i:de|from|van|von|à|aan|an|to|cc)[ \t]*:[ \t]*" + _FULL_NAME, re.MULTILINE
)
_STREETS = (
    re.compile(
        r"(?:\d{1,4}[ ,]{1,2})?(?<![^\W_])(?i:rue|avenue|av\.|chaussée|boulevard|bd|place|chemin"
        r"|allée|impasse|quai|clos|drève|sentier|square|venelle|faubourg)[ \t]+"
        rf"(?:(?:de|du|des|la|le|les|l'|d'|aux?|saint|sainte)[ \t]?){{0,3}}{_NAME}"
        rf"(?:[ \-](?:de|du|des|la|le|les|{_NAME})){{0,4}}(?P<number>[ ,]{{1,2}}(?:n[°r]\.? ?)?"
        r"\d{1,4}(?:[ ]?[a-zA-Z](?!\w))?)?"
    ),
    re.compile(
        rf"(?:{_NAME}[ \t])?[{_UPPER}][^\W\d_]{{2,30}}(?:straat|laan|steenweg|plein|dreef|lei|kaai"
        r"|straße|strasse|gasse|allee)(?![^\W_])(?P<number>[ ,]{1,2}(?:n[°r]\.? ?)?\d{1,4}"
        r"(?:[ ]?[a-zA-Z](?!\w))?)?"
    ),
    re.compile(
        rf"(?:{_NAME}[ \t])?(?:[{_UPPER}][^\W\d_]{{1,30}}(?:weg|baan|dijk|hof|pad|singel|gracht"
        r"|markt|berg|veld|str\.|platz|ring|damm|ufer)|(?:Straße|Strasse|Straat|Str\.|Weg|Platz))"
        r"[ ,]{1,2}(?P<number>\d{1,4}(?:[ ]?[a-zA-Z](?!\w))?)(?![^\W_]|[.,]\d| ?[€%])"
    ),
    re.compile(
        rf"\d{{1,4}},? (?:{_NAME} ){{1,3}}(?:Street|St\.?|Road|Rd\.?|Lane|Square|Close|Drive)"
        r"(?![^\W_])(?P<number>)"
    ),
)
_REST_OF_ADDRESS = re.compile(
    r"(?:[ ,]{1,3}(?i:bte|boîte|boite|bus|box|b)\.?[ ]?\w{1,4}(?![^\W_]))?"
    rf"(?:[ ,\n\-]{{1,4}}(?:B[ \-]?)?\d{{4,5}}[ ]{_NAME}(?:-{_NAME})?)?"
)
_PLATES = re.compile(
    r"(?<![^\W_\-])(?<!-)(?:[1-9]-[A-Z]{3}-\d{3}|[1-9] [A-Z]{3} \d{3}|[A-Z]{3}-\d{3}|\d{3}-[A-Z]{3}"
    r"|[A-Z]{2}-\d{3}-[A-Z]{1,2}|\d{1,2}-[A-Z]{2,3}-\d{1,2})(?![^\W_]|-\w)"
)
_CALLED_PLATE = re.compile(
    r"(?i:plaque|nummerplaat|kenteken|kennzeichen|nummernschild|licen[cs]e plate|number plate"
    r"|immatricul\w+)[^\n\d]{0,25}?(?P<name>[A-Z0-9]{1,3}[ \-][A-Z0-9]{1,3}(?:[ \-][A-Z0-9]{1,4})?)"
    r"(?![^\W_])"
)
_BORN = re.compile(
    r"(?:n[ée](?:\(?e\)?)? (?:le|en)|naissance|geboren|geboortedat\w+|geboorte|geburts?\w*|born"
    r"|birth|dob|d\.o\.b\.)[^.\n]{0,20}$",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]{2,}")
_PIECE = re.compile(r"[^\W\d_]+")
_PARTICLES_BEFORE = re.compile(
    r"(?<![^\W_])(?:Van|De|Den|Der|Vande[nr]?|Ter|Ten|Von|Zu|La|Le|El|Ben|Di|Da|Dos|D['’])"
    rf"(?:[ ](?:de[nr]?|la|le|het))?[ ]?(?={HIDDEN})"
)
_INITIALS_BEHIND = re.compile(rf"(?<={HIDDEN})(?:[ ]?[{_UPPER}]\.?(?![^\W_]))+")
_SEVERAL = re.compile(rf"{HIDDEN}(?:[ \t,.\-'’]{{0,3}}{HIDDEN})+")
_GERMAN = re.compile(
    r"\b(?:und|nicht|ich|ist|sie|habe|hat|für|eine|einen|bitte|kein|keine|nix|wurde|wird|wieder|zu"
    r"|beim|zur|zum|im|mit|auf|seit|Frau|Herr|nach|vom)\b|ß"
)
"""Every noun takes a capital there, so a capital tells nothing."""
READ_FOR_LANGUAGE = 1_000
_BEGINS = frozenset(".!?:;\n\"'“”«»(*-–—>/•…")


def redacted(text: str, names: Iterable[str] = ()) -> str:
    """Without identifiers, names, street addresses, plates and dates of birth.

    `names` are the full names that the caller knows to occur: the client's, the sender's,
    colleagues'. A part of one that is an ordinary word goes only where it is written as a name.
    """
    text = _without_identifiers(text[:LONGEST])
    text = _hidden(text, _places(text))
    given = {plain(part) for name in names for part in _PIECE.findall(name) if len(part) > 1}
    text = _hidden(text, [*_named(text), *_known(text, given)])
    text = _PARTICLES_BEFORE.sub(HIDDEN + " ", _INITIALS_BEHIND.sub("", text))
    return _SEVERAL.sub(HIDDEN, text)


def _without_identifiers(text: str) -> str:
    parts: list[str] = []
    position = 0
    for found in scan(text):
        if found.kind is Kind.DATE and _BORN.search(text, max(0, found.start - 40), found.start):
            mark = HIDDEN
        elif found.kind in (Kind.AMOUNT, Kind.DATE, Kind.QUARTER):
            continue
        else:
            mark = f"[{found.kind}]"
        parts += text[position : found.start], mark
        position = found.end
    return "".join(parts) + text[position:]


def _places(text: str) -> Iterator[Span]:
    for pattern in _STREETS:
        for street in pattern.finditer(text):
            rest = _REST_OF_ADDRESS.match(text, street.end())
            yield street.start(), rest.end() if rest else street.end()
    for plate in _PLATES.finditer(text):
        yield plate.span()
    for plate in _CALLED_PLATE.finditer(text):
        yield plate.span("name")


def _named(text: str) -> Iterator[Span]:
    """Where a name is announced: by a form of address, a greeting, an introduction, a closing."""
    for pattern in (_ADDRESSED, _INITIALED):
        for match in pattern.finditer(text):
            yield from _parts(text, match, sure=True)
    for pattern in (_ABBREVIATED, _GREETED, _INTRODUCED, _SIGNED, _LAST_WORDS, _NAME_LINE, _HEADER):
        for match in pattern.finditer(text):
            yield from _parts(text, match, sure=False)
    for wrote in _WROTE.finditer(text):
        for match in _ANY_NAME.finditer(text, max(0, wrote.start() - BEFORE_WROTE), wrote.start()):
            yield from _parts(text, match, sure=False)
    for pattern in (_INTRODUCED_SMALL, _ADDRESSED_SMALL):
        for match in pattern.finditer(text):
            yield from _unheard_of(text, match)
    for match in _PERHAPS_INTRODUCED.finditer(text):
        if plain(match["name"].split()[0]) in frequent_names():
            yield from _unheard_of(text, match)


def _unheard_of(text: str, match: re.Match[str]) -> Iterator[Span]:
    """Announced words up to the first ordinary one, however they are written."""
    for word in _WORD.finditer(text, *match.span("name")):
        if plain(word[0]) in ordinary() or plain(word[0]) in never_names():
            return
        yield word.span()


def _parts(text: str, match: re.Match[str], *, sure: bool) -> Iterator[Span]:
    """The announced words that are no ordinary ones; after "Madame" the first one goes anyhow."""
    for number, word in enumerate(re.finditer(_NAME, match["name"])):
        key = plain(word[0])
        pieces = {plain(piece) for piece in _PIECE.findall(word[0])}
        if key in never_names():
            return
        if (sure and number == 0) or not pieces <= ordinary():
            start = match.start("name") + (0 if number == 0 else word.start())
            yield start, match.start("name") + word.end()


def _known(text: str, given: set[str]) -> Iterator[Span]:
    """Names that the caller knows, names that many bear, and capitalised words inside a sentence
    that nobody else writes."""
    german = _GERMAN.search(text[:READ_FOR_LANGUAGE]) is not None
    usual, frequent, never, openers = ordinary(), frequent_names(), never_names(), noun_openers()
    before, before_hidden = "", False
    for match in _WORD.finditer(text):
        word = match[0]
        key = plain(word)
        capital = word[0].isupper()
        if key in given:
            hide = key not in usual or (capital and (before_hidden or _inside(text, match.start())))
        elif not capital or key in usual or key in never:
            hide = False
        elif key in frequent or before_hidden:
            hide = True
        else:
            hide = (
                not german
                and not word.isupper()
                and before not in openers
                and _inside(text, match.start())
            )
        if hide:
            yield match.span()
        before, before_hidden = word.lower(), hide


def _inside(text: str, start: int) -> bool:
    """Whether a word stands inside a sentence, where only names take a capital."""
    place = start - 1
    while place >= 0 and text[place] in " \t":
        place -= 1
    if place > 0 and text[place] in "'’" and text[place - 1].isupper():  # O'Hara
        return True
    return place >= 0 and text[place] not in _BEGINS and text[place] != "]"


def _hidden(text: str, spans: Iterable[Span]) -> str:
    parts: list[str] = []
    position = 0
    for start, end in sorted(spans):
        if end <= position:
            continue
        parts += text[position : max(start, position)], HIDDEN
        position = end
    return "".join(parts) + text[position:]
