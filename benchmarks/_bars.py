"""What is asked of the classifier, and what it reached; a missed bar is shown like the others."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from classifiers.language import LANGUAGES

WORDS_AND_ENCODER, WORDS_ONLY = "words and encoder", "words only"


@dataclass(frozen=True, slots=True)
class Bar:
    """`asked` is the least that is wanted, or the most where `at_most`."""

    name: str
    asked: float
    reached: float
    at_most: bool = False

    @property
    def met(self) -> bool:
        return self.reached <= self.asked if self.at_most else self.reached >= self.asked


def bars(results: dict[str, Any]) -> list[dict[str, Any]]:
    """The bars whose figures were measured this time."""
    measured: dict[str, Callable[[dict[str, Any]], Iterator[Bar]]] = {
        "frozen": of_the_frozen_sets,
        "foreign": of_the_languages,
        "public": of_the_public_sets,
        "pace": of_the_pace,
    }
    found = [
        bar for name, some in measured.items() if name in results for bar in some(results[name])
    ]
    return [{**asdict(bar), "met": bar.met} for bar in found]


def of_the_frozen_sets(frozen: dict[str, Any]) -> Iterator[Bar]:
    slices = frozen["models"][WORDS_AND_ENCODER]
    yield Bar("frozen sets, topic", 0.85, slices["all"]["topic"])
    for code in LANGUAGES:
        yield Bar(f"frozen sets, topic, {code}", 0.80, slices[code]["topic"])
    for measure, reached in slices["all"]["measures_f1"].items():
        yield Bar(f"frozen sets, F1 of {measure}", 0.90, reached)
    yield Bar("frozen sets, intent", 0.75, slices["all"]["intent"])
    yield Bar("frozen sets, calibration error", 0.03, slices["all"]["topic_ece"], at_most=True)
    promised = {"cut of the training": slices["all"]["covered"], **frozen["promise"]}
    for name, promise in promised.items():
        yield Bar(f"covered at 95 %: {name}", 0.60, promise["share"])
        yield Bar(f"right among these: {name}", 0.95, promise["right"])


def of_the_languages(foreign: dict[str, Any]) -> Iterator[Bar]:
    for code, figures in foreign.items():
        yield Bar(f"topic in {code}, learned without it", 0.70, figures["topic"])


def of_the_public_sets(public: dict[str, Any]) -> Iterator[Bar]:
    for name, asked in (
        ("banking77, all", 0.93),
        ("banking77, 10 a class", 0.80),
        ("clinc150, all", 0.945),
        ("home_assistant_intents, all", 0.97),
    ):
        if name in public:
            yield Bar(f"{name}, accuracy", asked, public[name]["accuracy"])
    for name, figures in public.items():
        yield Bar(f"{name}, calibration error", 0.03, figures["ece"], at_most=True)
        if "auroc" in figures:
            yield Bar(f"{name}, AUROC of out of scope", 0.95, figures["auroc"])


def of_the_pace(pace: dict[str, Any]) -> Iterator[Bar]:
    full, words = pace[WORDS_AND_ENCODER], pace[WORDS_ONLY]
    rate, single = "classify, texts a processor second", "one text, processor ms, median"
    yield Bar("texts a second on one core, with the encoder", 300, full[rate])
    yield Bar("texts a second on one core, words only", 700, words[rate])
    yield Bar("one text (ms)", 30, full[single], at_most=True)
    yield Bar("training (s)", 120, full["training, processor seconds"], at_most=True)
    yield Bar("training, memory (MB)", 2048, full["training, peak memory (MB)"], at_most=True)
