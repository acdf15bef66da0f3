"""The classifier's figures as Markdown: every share in per cent, with the texts behind it."""

from collections.abc import Iterable, Sequence
from typing import Any

Figures = dict[str, Any]
QUALITY = (
    "", "texts", "topic", "macro-F1", "ECE", "covered: share, right", "first three",
    "intent", "sub-topic", "thing", "symptom",
    "auto", "preselect", "suggest", "human", "rule: topic, intent", "words known, half shared",
)  # fmt: skip


def markdown(results: dict[str, Any]) -> str:
    chapters = []
    if "bars" in results:
        chapters += ["## Bars", bars(results["bars"])]
    for name, title in (("frozen", "Frozen sets"), ("disjoint", "Each author by the others")):
        if name in results:
            chapters += [f"## {title}", *quality(results[name])]
    if "frozen" in results:
        hard = (line(name, found) for name, found in results["frozen"]["demo"].items())
        chapters += ["## The demo's days", table(QUALITY[:-2], hard)]
        chapters += ["## The cut of 95 % chosen elsewhere", promises(results["frozen"]["promise"])]
    if "foreign" in results:
        rows = (line(code, found) for code, found in results["foreign"].items())
        chapters += ["## Learned without the language", table(QUALITY[:-2], rows)]
    if "public" in results:
        chapters += ["## Public sets", public(results["public"])]
    if "pace" in results:
        chapters += ["## Pace", pace(results["pace"])]
    return "\n\n".join(chapters) + "\n"


def quality(measured: dict[str, Any]) -> list[str]:
    """One table a model; the rule and the words known stand beside each figure."""
    models = dict(measured["models"])
    rule = models.pop("keyword rule")
    found = []
    for model, slices in models.items():
        rows = [
            [*line(name, figures), beside(rule[name]), known(measured["overlap"].get(name))]
            for name, figures in slices.items()
        ]
        found += [f"### {model[0].upper()}{model[1:]}", table(QUALITY, rows)]
    confused = (f"{true} told as {told} {count}" for true, told, count in measured["confused"])
    return [*found, f"Most often confused: {'; '.join(confused)}."]


def line(name: str, figures: Figures) -> list[str]:
    decided = figures["decisions"]
    return [
        name,
        str(figures["texts"]),
        f"{per_cent(figures['topic'])} ±{100 * figures['topic_margin']:.1f}",
        per_cent(figures["topic_f1"]),
        per_cent(figures["topic_ece"]),
        both(figures["covered"]),
        per_cent(figures["first_three"]),
        *(per_cent(figures[axis]) for axis in ("intent", "subtopic", "thing", "symptom")),
        *(both(decided[decision]) for decision in ("auto", "preselect", "suggest", "human")),
    ]


def both(found: Figures) -> str:
    return f"{per_cent(found['share'])}, {per_cent(found['right'])}"


def beside(rule: Figures) -> str:
    return f"{per_cent(rule['topic'])}, {per_cent(rule['intent'])}"


def known(overlap: Figures | None) -> str:
    if overlap is None:
        return ""
    return f"{per_cent(overlap['tokens'])}, {per_cent(overlap['half_shared'])}"


def bars(found: Sequence[Figures]) -> str:
    rows = (
        [
            bar["name"],
            f"{'≤' if bar['at_most'] else '≥'} {number(bar['asked'])}",
            number(bar["reached"]),
            "yes" if bar["met"] else "**missed**",
        ]
        for bar in found
    )
    return table(("bar", "asked", "reached", "met"), rows)


def promises(found: dict[str, Figures]) -> str:
    rows = ([name, f"{one['cut']:.3f}", both(one)] for name, one in found.items())
    return table(("", "cut", "covered: share, right"), rows)


def public(found: dict[str, Figures]) -> str:
    rows = (
        [
            name,
            f"{round(one['train'])} / {round(one['test'])}",
            *(per_cent(one[key]) for key in ("accuracy", "macro_f1", "ece", "covered_best_cut")),
            f"{per_cent(one['covered_share'])}, {per_cent(one['covered_right'])}",
            f"{one['auroc']:.3f}" if "auroc" in one else "",
            per_cent(one.get("recall_keeping_95")),
            both_shares(one, "out_of_scope_recall", "in_scope_kept"),
        ]
        for name, one in found.items()
    )
    return table(
        (
            "", "learned from / judged on", "accuracy", "macro-F1", "ECE", "covered, best cut",
            "covered, cut of the training: share, right", "AUROC", "refused, keeping 95 %",
            "refused, kept at the cut of the training",
        ),
        rows,
    )  # fmt: skip


def both_shares(one: Figures, first: str, second: str) -> str:
    return f"{per_cent(one[first])}, {per_cent(one[second])}" if first in one else ""


def pace(found: dict[str, Any]) -> str:
    models = {name: some for name, some in found.items() if isinstance(some, dict)}
    measures = next(iter(models.values()))
    rows = ([name, *(f"{some[name]:g}" for some in models.values())] for name in measures)
    return table((f"texts of {found['words a text']:g} words", *models), rows)


def per_cent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f}"


def number(value: float) -> str:
    return f"{100 * value:.1f} %" if value <= 1 else f"{value:g}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
