"""What a few words above an old mail say of it: that the matter stands below, or answers inside.

In FR, NL, DE and EN, by the words that courtesy leaves.
"""

import re

POINTING_CHARACTERS = 400
POINTING_WORDS = 25
OTHER_WORDS = 5
PASSING_ON_WORDS = 8

_WORDS = re.compile(r"[\w'’@.-]+")
_POINTING = re.compile(
    r"ci-?dessous|plus bas|ci-?apr[èe]s|hieronder|zie onder|onderstaande?|siehe unten|s\. ?u\.|"
    r"unten ?stehende?|weiter unten|below|fyi|pour info\w*|ter info\w*|zur info\w*|"
    r"zur kenntnis\w*|doorgestuurd|transf[ée]r\w*|weitergeleitet|forwarded",
    re.IGNORECASE,
)
_INSIDE = re.compile(
    r"(?:r[ée]pon[sd]\w*|remarques?|commentaires?|antwoord\w*|opmerking\w*|antwort\w*|"
    r"anmerkung\w*|answer\w*|comment\w*|repl(?:y|ies)|respon\w*)\b[^.?!\n]{0,60}"
    r"\b(?:en (?:rouge|bleu|vert|gras|couleur)|entre les lignes|dans (?:le texte|(?:votre|ton) "
    r"(?:mail|e-mail|message|texte))|in (?:het )?(?:rood|blauw|groen|vet|kleur)|"
    r"tussen de (?:lijnen|regels)|in (?:de tekst|(?:uw|je) (?:mail|e-mail|bericht|tekst))|"
    r"in (?:rot|blau|grün|fett)|"
    r"zwischen den zeilen|im text|in ihrer? (?:mail|e-mail|nachricht|text)|in (?:red|blue|green|"
    r"bold)|between the lines|inline|in (?:the|your) (?:text|mail|e-mail|message))\b",
    re.IGNORECASE,
)
_COURTESY = frozenset(
    [
        *("bonjour", "bonsoir", "madame", "monsieur", "mesdames", "messieurs", "cher", "chère"),
        *("merci", "d'avance", "cordialement", "bien", "à", "vous", "salutations", "voir", "cf"),
        *("mail", "mails", "e-mail", "email", "message", "courriel", "le", "la", "les", "l"),
        *("mon", "votre", "beste", "geachte", "mevrouw", "heer", "hallo", "goedendag", "goeiedag"),
        *("dag", "dank", "bedankt", "alvast", "met", "vriendelijke", "groet", "groeten", "mvg"),
        *("zie", "bericht", "de", "het", "mijn", "uw", "sehr", "geehrte", "geehrter", "damen"),
        *("und", "herren", "frau", "herr", "guten", "tag", "vielen", "danke", "mit"),
        *("freundlichen", "grüßen", "grüssen", "mfg", "siehe", "nachricht", "die", "das", "der"),
        *("meine", "dear", "sir", "madam", "hello", "hi", "thanks", "thank", "you", "regards"),
        *("kind", "see", "please", "the", "my", "your", "and", "of", "on", "to", "this"),
        *("pouvez-vous", "pourriez-vous", "svp", "répondre", "question", "traiter", "une", "un"),
        *("kunt", "kan", "kunnen", "graag", "antwoorden", "vraag", "op", "van", "een", "svp"),
        *("bitte", "können", "könnten", "sie", "frage", "antworten", "auf", "eine", "es"),
        *("could", "can", "answer", "reply", "look", "at"),
    ]
)


def only_points_below(written: str) -> bool:
    if len(written) > POINTING_CHARACTERS or not _POINTING.search(written):
        return False
    if len(_WORDS.findall(_POINTING.sub(" ", written))) > POINTING_WORDS:
        return False
    return len(_telling_words(written)) <= OTHER_WORDS


def needs_what_it_passes_on(written: str) -> bool:
    """Few words above a forwarded mail ("must I pay this?") say nothing without it."""
    return len(written) <= POINTING_CHARACTERS and len(_telling_words(written)) <= PASSING_ON_WORDS


def tells_of_answers_inside(written: str) -> bool:
    """Whether somebody says that the answers stand, in a colour or between the lines, in an old
    mail that nothing tells apart from them."""
    return _INSIDE.search(written) is not None


def _telling_words(written: str) -> list[str]:
    words = _WORDS.findall(_POINTING.sub(" ", written))
    return [word for word in words if word.lower().strip(".-'") not in _COURTESY]
