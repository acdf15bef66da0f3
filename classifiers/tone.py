"""Harm of waiting and dissatisfaction, read from wordings in four languages.

Both only order or propose a person's work: neither ever decides, and politeness is never held
against anyone. Anger and threats are no urgency: who shouts does not wait less than who whispers.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

DATA = Path(__file__).parent / "data" / "tone.json"
THIRD = 3
THIRD_CONTACT_ODDS = 2.0
"""Chosen, not learned: single texts cannot tell what coming back does."""
SHOUTED_LETTERS = 20
MOST_OF_A_CUE = 2
URGENCY_REASONS = (
    "window_closes",
    "deadline_named",
    "bailiff",
    "no_income",
    "evicted_or_cut_off",
    "vulnerable",
    "despair",
    "third_contact",
    "asked_today",
)
DISSATISFIED_REASONS = (
    "says_so",
    "again_and_again",
    "let_down",
    "nobody_answers",
    "threatens_to_leave",
    "ombudsman_or_court",
    "shouting",
    "insult",
)


@dataclass(frozen=True, slots=True)
class Heard:
    """A calibrated probability and the codes of what spoke for it, the strongest first."""

    probability: float
    reasons: tuple[str, ...]


def urgency(written: str, form: str, language: str, intents: Mapping[str, float]) -> Heard:
    """How likely waiting two or three working days does harm.

    `written` is the opening as it was typed, `form` its `text.vocabulary_form`, `intents` the
    classifier's probabilities.
    """
    scale = _scale("urgency")
    found = {cue: min(count, 1) for cue, count in scale.cues(form, language).items()}
    return scale.weigh(found, intents)


def dissatisfaction(written: str, form: str, language: str, intents: Mapping[str, float]) -> Heard:
    """How likely the writer is clearly dissatisfied; arguments as for `urgency`."""
    scale = _scale("dissatisfaction")
    found: dict[str, float] = dict(scale.cues(form, language))
    found["shouting"] = shouting(written)
    return scale.weigh(found, intents)


def after_contacts(harm: Heard, earlier: int) -> Heard:
    """Harm when the same client has come about the same matter before, within seven days."""
    if earlier < THIRD - 1 or not 0 < harm.probability < 1:
        return harm
    odds = harm.probability / (1 - harm.probability) * THIRD_CONTACT_ODDS
    reasons = harm.reasons if "third_contact" in harm.reasons else (*harm.reasons, "third_contact")
    return Heard(round(odds / (1 + odds), 3), reasons)


def shouting(written: str) -> float:
    """From 0 to 2: capitals throughout, and marks in a row."""
    letters = sum(map(str.isalpha, written))
    loud = letters > SHOUTED_LETTERS and sum(map(str.isupper, written)) > 0.6 * letters
    marks = written.count("!!") + written.count("??") + 0.5 * ("!" in written)
    return min(MOST_OF_A_CUE, marks + loud)


@dataclass(frozen=True, slots=True)
class Scale:
    """A logistic regression over few cues and intents; fitted apart, kept in `tone.json`."""

    bias: float
    cut: float
    weights: Mapping[str, float]
    intents: Mapping[str, float]
    wordings: Mapping[str, Mapping[str, re.Pattern[str]]]
    """By language, then by cue."""

    @classmethod
    def restore(cls, known: Mapping[str, Any]) -> Self:
        wordings: dict[str, dict[str, re.Pattern[str]]] = {}
        for cue, by_language in known["wordings"].items():
            for language, forms in by_language.items():
                pattern = re.compile(rf"(?<!\w)(?:{'|'.join(forms)})(?!\w)")
                wordings.setdefault(language, {})[cue] = pattern
        return cls(known["bias"], known["cut"], known["weights"], known["intents"], wordings)

    def cues(self, form: str, language: str) -> dict[str, int]:
        """How many different wordings of each cue the form holds, two at most."""
        return {
            cue: min(MOST_OF_A_CUE, len(set(pattern.findall(form))))
            for cue, pattern in self.wordings.get(language, {}).items()
        }

    def weigh(self, found: Mapping[str, float], intents: Mapping[str, float]) -> Heard:
        parts = {cue: self.weights.get(cue, 0.0) * count for cue, count in found.items() if count}
        asked = sum(weight * intents.get(name, 0.0) for name, weight in self.intents.items())
        score = self.bias + sum(parts.values()) + asked
        reasons = sorted((cue for cue in parts if parts[cue] > 0), key=lambda cue: -parts[cue])
        return Heard(round(1 / (1 + math.exp(-score)), 3), tuple(reasons))


@cache
def _known() -> dict[str, Any]:
    known: dict[str, Any] = json.loads(DATA.read_text("utf-8"))
    return known


@cache
def _scale(name: str) -> Scale:
    return Scale.restore(_known()[name])


def figures(name: str) -> dict[str, Any]:
    """What was measured of `urgency` or `dissatisfaction` when its weights were fitted."""
    measured: dict[str, Any] = _known()[name]["figures"]
    return measured


URGENT_FROM: float = _scale("urgency").cut
"""The probability of harm from which a ticket is marked."""
UNHAPPY_FROM: float = _scale("dissatisfaction").cut
"""The probability of dissatisfaction from which a call-back is proposed."""
