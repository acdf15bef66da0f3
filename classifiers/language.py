"""The language of a contact among fr, nl, de and en, also when it is three words long."""

import math
import re
from pathlib import Path

import py3langid  # type: ignore[import-untyped]
from py3langid.langid import MODEL_FILE, LanguageIdentifier  # type: ignore[import-untyped]

LANGUAGES = ("fr", "nl", "de", "en")
HINT_WEIGHT = 1.5
WORD_WEIGHT = 2.0
ENOUGH = 400
"""Characters that tell the language; a quoted letter in another language often follows."""

# Short words and greetings of one language only; agents' notes are made of little else.
_COMMON = {
    "fr": "je vous nous pas une des les est ai suis mon ma mes votre vos pour avec mais que qui "
    "bonjour bonsoir merci cl client cliente rien reçu recu toujours svp tjs tjrs pr pq "
    "depuis aux du au ce cette ça ca c'est j'ai n'ai n'est d'un quand comment pourquoi "
    "combien caisse cotisation cotisations trimestre monsieur madame rappeler sans été "
    "sont dois dit encore jamais où le la il elle et demande droit dossier paiement faire "
    "peut veut",
    "nl": "ik het een niet van mijn geen maar voor met zijn heb hebben wij jullie uw aub "
    "alsjeblieft goedemorgen goeiemorgen goedendag goeiedag dag beste bedankt dank "
    "groeten nog steeds niks klant belt vraagt wil kan wat waarom wanneer hoe hoeveel kas "
    "bijdrage bijdragen kwartaal ontvangen gekregen mijnheer mevrouw ook naar moet bij "
    "jaar dit deze dat er te zonder altijd terug terugbellen wordt werd zou welke de en",
    "de": "ich nicht und der das ist ein eine mein meine ihr ihre sie wir mit für fuer auf kein "
    "keine guten tag morgen hallo danke bitte grüße gruesse gruß kunde kundin noch immer "
    "nichts warum wann wie wieviel kasse beitrag beiträge quartal erhalten bekommen herr "
    "frau auch nach muss bei jahr dieser diese dass zu ohne zurück wurde wird möchte "
    "moechte habe hat haben sehr den dem von zum zur",
    "en": "i the and not my your you have has was are please hello thanks thank dear still "
    "nothing received caller client calls asks wants can what why when how much fund "
    "contribution contributions quarter sir madam also must at year this that there with "
    "without always back would which i'm i've don't haven't it is of to for been",
}
_LANGUAGE_OF = {
    word: tuple(code for code in LANGUAGES if word in _COMMON[code].split())
    for words in _COMMON.values()
    for word in words.split()
}
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_ADDRESS = re.compile(r"\S*(?:@|://|www\.)\S*|\S*\d\S*|\[\w+\]")

_identifier = LanguageIdentifier.from_model_file(Path(py3langid.__file__).parent / MODEL_FILE)
_identifier.set_languages(list(LANGUAGES))


def detect(text: str, hint: str | None = None) -> str:
    """The likeliest language; `hint` (of the form, the line, the client) tips a short text."""
    return max(scores(text, hint).items(), key=lambda item: item[1])[0]


def scores(text: str, hint: str | None = None) -> dict[str, float]:
    """Log-scores: letters by naive Bayes, common words of one language, and the hint."""
    written = _ADDRESS.sub(" ", text[:ENOUGH].replace("’", "'"))
    words = [word.lower() for word in _WORD.findall(written)]
    total = dict.fromkeys(LANGUAGES, 0.0)
    if words:
        spoken = " ".join(words)
        length = math.sqrt(len(spoken.encode()))
        for code, score in _identifier.rank(spoken):
            total[code] += score / length
    for word in words[:60]:
        owners = _LANGUAGE_OF.get(word, ())
        for code in owners:
            total[code] += WORD_WEIGHT / len(owners) / math.sqrt(len(words))
    if hint in total:
        total[hint] += HINT_WEIGHT if words else math.inf
    return total
