"""Which version is in use: put to use, gone back from, promoted by itself, cleared away.

The pointer on disk is what all processes follow, within seconds; the rows say who moved it.
"""

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from math import comb, sqrt
from pathlib import Path
from typing import Any

from flask import current_app

from classifiers import store
from classifiers.curves import ENOUGH_OWN
from classifiers.engine import Engine, Text
from classifiers.store import Unusable
from models.base import one_at_a_time
from models.model_version import Answer, ModelVersion, Promotion, answers_of
from models.user import User
from triage import cuts
from triage.config import Settings

log = logging.getLogger("triage.promotion")

KEPT_TRAINED = 5
KEPT_PROMOTED = 5
LUCK = 0.05
"""A loss that chance alone would bring more rarely than this is a loss."""
MARGIN = 0.005
"""By so much the out-of-fold accuracy may always fall; noise may add to it."""


def models_directory() -> Path:
    settings: Settings = current_app.extensions["settings"]
    return settings.data_dir / "models"


def in_use() -> str | None:
    """The version to which the pointer leads."""
    found = store.newest(models_directory())
    return found.name if found else None


def files() -> list[str]:
    """The versions whose files still lie here."""
    return store.kept(models_directory())


def put_to_use() -> str | None:
    """The version that was last put to use, be its files there or not."""
    return store.pointed_at(models_directory())


def damage(version: str) -> Unusable | None:
    """Why a version cannot be used; None when it can. It is loaded, and asked a question."""
    try:
        Engine.load(models_directory() / Path(version).name).classify([Text("Bonjour")])
    except Unusable as reason:
        return reason
    except Exception as trouble:  # whatever lies on the disk: it is not put to use
        return Unusable(f"{type(trouble).__name__}: {trouble}")
    return None


def in_trouble() -> Unusable | None:
    """Why the version that was put to use cannot be used; None when it can, or none ever was."""
    named = put_to_use()
    return damage(named) if named else None


def promote(version: str, *, by: User | None, at: datetime, back: bool = False) -> str | None:
    """Put a version to use; returns the one in use before. Raises `Unusable` when it is damaged."""
    if trouble := damage(version):
        raise trouble
    take_turn()
    before = in_use()
    if before is not None and before != version and not Promotion.ever(before):
        if ModelVersion.of(before) is None and damage(before) is None:
            adopt(before, at=at)
        if not Promotion.ever(before):
            Promotion.log(before, by=None, at=at)
    Promotion.log(version, by=by, at=at, back=back)
    row = ModelVersion.of(version)
    cuts.carry_over(version, row.figures if row else {})
    store.use(models_directory(), version)
    return before


def take_turn() -> None:
    """Whoever judges or moves the pointer does it alone until its transaction ends: the last row
    names the version to which the pointer leads."""
    one_at_a_time("promotion", "pointer")


def adopt(version: str, *, at: datetime) -> None:
    """Write down a model in use where rows and pointer do not know it: it was trained elsewhere."""
    if ModelVersion.of(version) is None:
        engine = Engine.load(models_directory() / version)
        ModelVersion.adopt(version, {"measured": engine.measured}, at)
    if Promotion.last() is None:
        Promotion.log(version, by=None, at=at)
    if put_to_use() is None:
        store.use(models_directory(), version)


def fall_back(*, at: datetime) -> str | None:
    """Where the version in use cannot be used, take the last one before it that can; which."""
    if in_trouble() is None:
        return None
    take_turn()
    damaged = put_to_use()
    if in_trouble() is None:  # another process that starts has seen to it
        return None
    for version in dict.fromkeys(one.version for one in Promotion.shown(200)):
        if version != damaged and version in files() and damage(version) is None:
            promote(version, by=None, at=at, back=True)
            log.error("the model %s cannot be used: %s is used again", damaged, version)
            return version
    return None


def clear_away() -> list[str]:
    """Remove the files of versions that nobody goes back to; their rows stay.

    Kept are the one in use, the last five that were put to use and the last five trained.
    """
    models = models_directory()
    promoted = dict.fromkeys(one.version for one in Promotion.shown(200))
    trained = [row.version for row in ModelVersion.shown(200) if row.ready and row.version]
    known = {*promoted, *trained}
    keep = {in_use(), *list(promoted)[:KEPT_PROMOTED], *list(dict.fromkeys(trained))[:KEPT_TRAINED]}
    gone = [version for version in store.kept(models) if version in known - keep]
    for version in gone:
        store.remove(models, version)
    return gone


def forget_stale() -> list[str]:
    """Remove the files of versions that may have learned from somebody who is erased, but of the
    one in use: it works until another one is trained without him."""
    models, used = models_directory(), {in_use(), put_to_use()}
    gone = sorted((set(store.kept(models)) & ModelVersion.stale_versions()) - used)
    for version in gone:
        with suppress(FileNotFoundError):  # another process was faster
            store.remove(models, version)
    store.finish_removals(models)
    return gone


# --- compared -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Changed:
    """One contact of which two versions say different things, and what a person said."""

    answer: Answer
    says: str

    @property
    def gained(self) -> bool:
        return self.says == self.answer.truth

    @property
    def lost(self) -> bool:
        return self.answer.told == self.answer.truth


@dataclass(frozen=True, slots=True)
class Comparison:
    """A candidate beside the version in use, on contacts that neither had learned from: what the
    one in use said before a person spoke, what the candidate said out of fold."""

    rows: int
    right_before: int
    right_after: int
    changed: Sequence[Changed]
    topics: Mapping[str, tuple[int, int, int]]
    """Of each topic: contacts, right before, right after."""

    @property
    def enough(self) -> bool:
        return self.rows >= ENOUGH_OWN

    @property
    def gains(self) -> int:
        return sum(one.gained for one in self.changed)

    @property
    def losses(self) -> int:
        return sum(one.lost for one in self.changed)


def compare(candidate: ModelVersion, version: str) -> Comparison:
    """`candidate` beside `version`, which is in use."""
    said: Mapping[str, str] = candidate.figures.get("answers", {})
    both = [one for one in answers_of(version) if str(one.correction_id) in said]
    topics: dict[str, tuple[int, int, int]] = {}
    changed = []
    right_after = 0
    for one in both:
        says = said[str(one.correction_id)]
        rows, before, after = topics.get(one.truth, (0, 0, 0))
        was, now_is = one.told == one.truth, says == one.truth
        topics[one.truth] = rows + 1, before + was, after + now_is
        right_after += now_is
        if says != one.told:
            changed.append(Changed(one, says))
    right_before = sum(one.told == one.truth for one in both)
    return Comparison(len(both), right_before, right_after, changed, topics)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a candidate may be promoted without anybody, and what decided it."""

    no_worse: bool
    reason: str
    """A code: `first`, `gone_back`, `own_worse`, `own`, `accuracy_worse`, `accuracy`,
    `unmeasured`."""
    facts: Mapping[str, Any]


def judge(candidate: ModelVersion, version: str | None) -> Verdict:
    """No worse means: on own contacts since, not more losses than chance explains beside the
    gains; and out of fold, an accuracy that has not fallen by more than a margin and its noise.

    Where somebody has gone back to a version, only a person leaves it again.
    """
    if version is None:
        return Verdict(True, "first", {})
    last = Promotion.last()
    if last is not None and last.back and last.by_id is not None:
        return Verdict(False, "gone_back", {})
    own = compare(candidate, version)
    facts: dict[str, Any] = {"rows": own.rows, "gains": own.gains, "losses": own.losses}
    if own.enough and _chance(own.losses, own.gains + own.losses) < LUCK:
        return Verdict(False, "own_worse", facts)
    row = ModelVersion.of(version)
    before = (row.figures if row else {}).get("all")
    after = candidate.figures.get("all")
    if not before or not after:
        return Verdict(own.enough, "own" if own.enough else "unmeasured", facts)
    was, now_is = float(before["accuracy"]), float(after["accuracy"])
    facts |= {"before": was, "after": now_is}
    noise = 1.64 * sqrt(was * (1 - was) * (1 / before["rows"] + 1 / after["rows"]))
    if now_is < was - max(MARGIN, noise):
        return Verdict(False, "accuracy_worse", facts)
    return Verdict(True, "own" if own.enough else "accuracy", facts)


def _chance(losses: int, differences: int) -> float:
    """The chance of so many losses or more, were gains and losses equally likely (sign test)."""
    if not differences:
        return 1.0
    ways = sum(comb(differences, count) for count in range(losses, differences + 1))
    return float(ways / 2**differences)
