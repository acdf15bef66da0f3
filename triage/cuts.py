"""From which confidence the machine routes alone, where people have said from which precision.

What they chose is a precision; the confidences for it are taken from the figures of the version in
use, anew whenever another one is put to use.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from classifiers.curves import ENOUGH_OWN, NEVER
from classifiers.engine import Engine, Thresholds
from models.event import record
from models.settings import Setting
from models.user import User

KEY = "classifier.cuts"
SLACK = 0.0001
"""Shares are kept with four decimals."""


def chosen() -> dict[str, Any]:
    """What people chose: precision, version and its confidences; empty when nobody did."""
    found: dict[str, Any] = Setting.read(KEY) or {}
    return found


def thresholds(engine: Engine, own: Thresholds) -> Thresholds:
    """The model's own thresholds, or those that people chose for this very version."""
    cut = chosen()
    return _cut(engine, own, cut) if cut.get("version") == engine.version else own


def foreseen(engine: Engine, figures: Mapping[str, Any]) -> Thresholds:
    """Those that would hold if a version that was just trained, with its figures, were in use."""
    cut = chosen()
    found = offer(figures, cut["precision"]) if cut else None
    return engine.thresholds if found is None else _cut(engine, engine.thresholds, found)


def basis(figures: Mapping[str, Any]) -> str:
    """Whether a version is judged on own contacts or, while they are few, on everything."""
    own = figures.get("own") or {}
    return "own" if own.get("rows", 0) >= ENOUGH_OWN else "all"


def offer(figures: Mapping[str, Any], precision: float) -> dict[str, Any] | None:
    """What routing alone from that precision would mean for a version, with its confidences.

    What is promised held on texts that did not choose the confidences; where none keeps the
    promise, nothing is routed alone.
    """
    judged = _keeping(figures.get(basis(figures)), precision)
    everything = _keeping(figures.get("all"), precision)
    if judged is None or everything is None:
        return None
    auto = judged["auto"]
    rare = {topic: max(auto, cut) for topic, cut in everything["of_topic"].items()}
    return {**judged, "basis": basis(figures), "of_topic": {**rare, **judged["of_topic"]}}


def choose(version: str, figures: Mapping[str, Any], precision: float, *, by: User) -> bool:
    """Route alone from this precision on; False when the version has no figures for it."""
    found = offer(figures, precision)
    if found is None:
        return False
    before = chosen().get("precision")
    _keep(version, found)
    record("classifier.cuts_chosen", by=by, before=before, after=found["precision"])
    return True


def let_go(*, by: User) -> None:
    """Back to the model's own thresholds."""
    before = chosen().get("precision")
    Setting.write(KEY, {})
    record("classifier.cuts_let_go", by=by, before=before)


def carry_over(version: str, figures: Mapping[str, Any]) -> None:
    """Keep the precision that people chose, with the confidences of another version for it."""
    cut = chosen()
    found = offer(figures, cut["precision"]) if cut else None
    if found is not None:
        _keep(version, found)


def _cut(engine: Engine, own: Thresholds, cut: Mapping[str, Any]) -> Thresholds:
    topics = engine.labels["topic"]
    # What was never said often enough to be judged is left to people.
    of_topic = {topic: float(cut["of_topic"].get(topic, NEVER)) for topic in topics}
    return replace(own, auto=float(cut["auto"]), auto_of_topic=of_topic)


def _keep(version: str, found: Mapping[str, Any]) -> None:
    names = ("precision", "auto", "of_topic", "basis")
    Setting.write(KEY, {"version": version, **{name: found[name] for name in names}})


def _keeping(figures: Mapping[str, Any] | None, precision: float) -> dict[str, Any] | None:
    """The widest offer with no more errors than asked for, be it by confidences for a higher
    precision: chosen on few texts, they keep less than they promise."""
    offers: list[dict[str, Any]] = (figures or {}).get("offers", [])
    if not offers:
        return None
    kept = [one for one in offers if _as_strict(one, precision) and _holds(one, precision)]
    widest = max(kept, key=lambda one: one["share"], default=None)
    if widest is None:
        halves = offers[-1]["halves"]
        widest = {"share": 0.0, "wrong": 0.0, "halves": halves, "auto": NEVER, "of_topic": {}}
    return {**widest, "precision": precision}


def _as_strict(offer: Mapping[str, Any], precision: float) -> bool:
    return float(offer["precision"]) >= precision - SLACK


def _holds(offer: Mapping[str, Any], precision: float) -> bool:
    return float(offer["share"]) > 0 and float(offer["wrong"]) <= 1 - precision + SLACK
