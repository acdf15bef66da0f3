"""The language of a contact among fr, nl, de and en, also when it is three words long.

Where somebody quotes a letter or greets in another language, the language of the matter counts.
"""

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import py3langid  # type: ignore[import-untyped]
from py3langid.langid import MODEL_FILE, LanguageIdentifier  # type: ignore[import-untyped]

DATA = Path(__file__).parent / "data"
LANGUAGES = ("fr", "nl", "de", "en")
HINT_WEIGHT = 1.5
WORD_WEIGHT = 2.0
ENOUGH = 400
"""Characters that tell the language."""
SURE = 2.0
"""A lead of the words from which a sentence is taken to be in one language."""
CLEAR = 12.0
"""A lead of the words from which letters need not be asked."""

Lexicon = Mapping[str, tuple[float, ...]]
"""What a word says for each of `LANGUAGES`: log-odds against their mean."""

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
    word: tuple(place for place, code in enumerate(LANGUAGES) if word in _COMMON[code].split())
    for words in _COMMON.values()
    for word in words.split()
}
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_ADDRESS = re.compile(r"\S*(?:@|://|www\.)\S*|\S*\d\S*|\[\w+\]")
_QUOTED_LINE = re.compile(r"^\s*>.*$", re.MULTILINE)
_QUOTED = re.compile(r"„[^“”\"]{20,}[“”\"]|«[^»]{20,}»|“[^”]{20,}”|\"[^\"]{20,}\"")
_SENTENCE = re.compile(r"[.!:\n]+|(?<=\?)")
_OWN_VOICE = (
    frozenset(("je", "j'ai", "mon", "ma", "mes", "moi", "me", "m'a", "m'avez", "n'ai")),
    frozenset(("ik", "mijn", "mij", "m'n", "kunnen", "kunt", "jullie")),
    frozenset(("ich", "mein", "meine", "meinen", "mir", "mich", "habe", "können")),
    frozenset(("i", "my", "me", "i'm", "i've", "could")),
)
OWN_VOICE_WEIGHT = 2.0
"""Who writes says I, and asks; the letter that is quoted says we and you."""
OWN_WORDS = 3
FEWEST_AUTHORS = 2
FEWEST_TIMES = 3
LONGEST_WORD = 24

_identifier = LanguageIdentifier.from_model_file(Path(py3langid.__file__).parent / MODEL_FILE)
_identifier.set_languages(list(LANGUAGES))


def detect(text: str, hint: str | None = None, lexicon: Lexicon | None = None) -> str:
    """The likeliest language; `hint` (of the form, the line, the client) tips a short text.

    Where there is no word the hint alone decides: the caller gives the house's first language when
    nothing is known of the client. Without a hint it is the first of `LANGUAGES`.
    """
    return max(scores(text, hint, lexicon).items(), key=lambda item: item[1])[0]


def scores(text: str, hint: str | None = None, lexicon: Lexicon | None = None) -> dict[str, float]:
    """How much speaks for each: the words, their letters by naive Bayes, and the hint."""
    sentences = _SENTENCE.split(_own(text[:ENOUGH]))
    words, total = _matter(sentences, lexicon or _shipped())
    ranked = sorted(total)
    if words and ranked[-1] - ranked[-2] < CLEAR:
        spoken = " ".join(words)
        length = math.sqrt(len(words) / len(spoken.encode()))
        for code, score in _identifier.rank(spoken):
            total[LANGUAGES.index(code)] += score * length
    found = {
        code: value / math.sqrt(len(words) or 1)
        for code, value in zip(LANGUAGES, total, strict=True)
    }
    if hint in found:
        found[hint] += HINT_WEIGHT if words else math.inf
    return found


def words_of(text: str) -> list[str]:
    """The words in lower case, without addresses, numbers and what was redacted."""
    written = _ADDRESS.sub(" ", text.replace("’", "'"))
    return [word.lower() for word in _WORD.findall(written)]


def learn(texts: Iterable[tuple[str, str, str]]) -> dict[str, tuple[float, ...]]:
    """A lexicon from (language, text, author): words that two authors use, three times in all."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    authors: defaultdict[str, set[str]] = defaultdict(set)
    totals: Counter[str] = Counter()
    for code, text, author in texts:
        for word in words_of(text):
            counts[word][code] += 1
            totals[code] += 1
            authors[word].add(author)
    lexicon = {}
    for word, seen in sorted(counts.items()):
        known = sum(seen.values()) >= FEWEST_TIMES and len(authors[word]) >= FEWEST_AUTHORS
        if not known or len(word) > LONGEST_WORD:
            continue
        logs = [math.log((seen[code] + 0.5) / (totals[code] + 10_000)) for code in LANGUAGES]
        mean = sum(logs) / len(logs)
        if max(logs) - min(logs) >= 1:
            lexicon[word] = tuple(round(log - mean, 1) for log in logs)
    return lexicon


@cache
def _shipped() -> dict[str, tuple[float, ...]]:
    """What `learn` made of the starter texts, with the common words of each language."""
    learned = json.loads((DATA / "language_words.json").read_text("utf-8"))
    return {word: tuple(odds) for word, odds in learned.items()}


def _own(text: str) -> str:
    """Without what is quoted, where own words are left."""
    if '"' not in text and "„" not in text and "«" not in text and "“" not in text:
        kept = _QUOTED_LINE.sub(" ", text) if ">" in text else text
    else:
        kept = _QUOTED.sub(" ", _QUOTED_LINE.sub(" ", text))
    return kept if len(_WORD.findall(kept)) >= OWN_WORDS else text


def _matter(sentences: list[str], lexicon: Lexicon) -> tuple[list[str], list[float]]:
    """The words in the language that the person speaks, and what they say for each."""
    spoken = [words_of(sentence) for sentence in sentences]
    told = [_votes(words, lexicon) for words in spoken]
    voices = [_voice(votes) for votes in told]
    if len({voice for voice in voices if voice is not None}) < 2:
        kept = list(range(len(sentences)))
    else:
        weights: defaultdict[int, float] = defaultdict(float)
        for sentence, words, voice in zip(sentences, spoken, voices, strict=True):
            if voice is not None:
                own = "?" in sentence or not _OWN_VOICE[voice].isdisjoint(words)
                weights[voice] += math.sqrt(len(words)) * (OWN_VOICE_WEIGHT if own else 1.0)
        matter = max(weights, key=weights.__getitem__)
        kept = [place for place, voice in enumerate(voices) if voice in (matter, None)]
    words = [word for place in kept for word in spoken[place]]
    return words, [sum(told[place][code] for place in kept) for code in range(len(LANGUAGES))]


def _votes(words: list[str], lexicon: Lexicon) -> list[float]:
    total = [0.0] * len(LANGUAGES)
    for word in words:
        owners = _LANGUAGE_OF.get(word, ())
        for code in owners:
            total[code] += WORD_WEIGHT / len(owners)
        for place, odds in enumerate(lexicon.get(word, ())):
            total[place] += odds
    return total


def _voice(votes: list[float]) -> int | None:
    """The language of a sentence, where its words leave no doubt."""
    ranked = sorted(votes)
    return votes.index(ranked[-1]) if ranked[-1] - ranked[-2] >= SURE else None
