"""How good and how fast the classifier is: on the starter texts, and on public sets if given.

    python benchmarks/classify.py [--public DIRECTORY] [--per-class 10] [--output FILE]

Author-disjoint: learned from all authors but one, judged on that one, who knew nothing of the
others. Five-fold: a random fifth left out each time. The rule is what a keyword list would do.
"""

import csv
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click
import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from classifiers import encoder, notions
from classifiers.engine import Decision, Engine, Example, Opinion, Text
from classifiers.evaluate import (
    calibration_error,
    coverage,
    experiment,
    label_names,
    macro_f1,
    sample,
)
from classifiers.starter import NAME_WEIGHT, names, starter
from classifiers.text import opening, vocabulary_form
from triage.commands.train import topics

# The first notion that a text names decides: named measures before matters before services.
RULE = {
    "bridging_right": "bridging_right", "deferral": "deferral", "exemption": "exemption",
    "waiver": "payment_difficulty", "surcharge": "payment_difficulty",
    "instalments": "payment_difficulty", "recovery": "payment_difficulty",
    "cannot_pay": "payment_difficulty", "privacy": "privacy", "national_number": "privacy",
    "breach": "privacy", "supplementary_pension": "pension", "survivor": "pension",
    "pension": "pension", "foreign_scheme": "out_of_scope", "unemployment": "out_of_scope",
    "staff": "out_of_scope", "disability": "out_of_scope", "tax_certificate": "contributions",
    "assimilation": "incapacity", "mutuality": "incapacity", "sick": "incapacity",
    "vouchers": "family", "maternity": "family", "birth_leave": "family", "carer": "family",
    "child_benefit": "family", "parental": "family", "quarantine": "bridging_right",
    "bankruptcy": "cessation", "cessation": "cessation", "provisional": "contribution_adjustment",
    "increase": "contribution_adjustment", "starter": "affiliation", "affiliate": "affiliation",
    "side_activity": "affiliation", "student": "affiliation", "abroad": "affiliation",
    "address": "file_admin", "bank_account": "file_admin", "portal": "file_admin",
    "mandate": "file_admin", "certificate": "file_admin", "vat": "business_counter",
    "counter": "business_counter", "unreachable": "complaint", "complaint": "complaint",
    "wrong_information": "complaint", "regional": "other_support", "opening": "other_support",
    "support": "other_support", "turnover": "bridging_right", "tax": "out_of_scope",
    "contribution": "contributions", "statement": "contributions", "refund": "contributions",
    "due_date": "contributions", "direct_debit": "contributions", "pay": "contributions",
}  # fmt: skip
INTENT_RULE = {
    "complaint": "complain", "contest": "contest_decision", "not_received": "chase_status",
    "call_back": "call_back", "already_paid": "pay_or_report_payment",
    "change_data": "correct_or_update_data", "attached": "supply_document",
    "question": "ask_information", "request": "submit_request",
}  # fmt: skip


@click.command()
@click.option("--public", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--per-class", type=int, multiple=True, default=(10,), show_default=True)
@click.option("--full", is_flag=True, help="The public sets whole: minutes.")
@click.option(
    "--output", type=click.Path(path_type=Path), default=Path("var/benchmarks/classify.json")
)
def main(public: Path | None, per_class: tuple[int, ...], full: bool, output: Path) -> None:
    """Measure the classifier, print a table and write JSON."""
    results = run()
    if public:
        sizes: list[int | None] = [*per_class, *([None] if full else [])]
        results["public"] = [
            public_result(public / name, size, none)
            for name, none in (("banking77.csv", None), ("clinc150.csv", "oos"))
            for size in sizes
        ]
        for result in results["public"]:
            print(json.dumps({key: value for key, value in result.items() if key != "classes"}))
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(results, indent=1), "utf-8")


def run() -> dict[str, Any]:
    """What `make bench` asks: the starter texts and the speed, without public sets."""
    rows, weak = list(starter()), names(topics())
    by_model = {
        f"{one['split']}, {one['model']}": {
            key: value for key, value in one.items() if key not in ("split", "model")
        }
        for one in starter_results(rows, weak)
    }
    return {"starter": by_model, "speed": speed(rows, weak)}


def starter_results(rows: list[Example], weak: list[Example]) -> list[dict[str, Any]]:
    authors = np.array([row.source for row in rows], dtype=object)
    fifths = np.random.default_rng(0).permutation(len(rows)) % 5
    models: dict[str, Callable[[Sequence[Example], Sequence[Example]], list[Answer]]] = {
        "keyword rule": lambda _, test: [by_rule(row) for row in test],
        "words only": lambda train, test: by_engine([*train, *weak], test, use_encoder=False),
        "words and encoder": lambda train, test: by_engine([*train, *weak], test),
    }
    results = []
    print(f"{'':18} {'':14} {'topic':>7} {'F1':>7} {'ECE':>6} {'cov95':>6} {'top3':>6}"
          f" {'intent':>7} {'F1':>7} {'ECE':>6}  auto (right)")  # fmt: skip
    for split, parts in (("author-disjoint", authors), ("five-fold", fifths)):
        for name, model in models.items():
            answers: dict[int, Answer] = {}
            for part in sorted(set(parts)):
                test = np.flatnonzero(parts == part)
                # Out-of-fold calibration inside: by author where authors are disjoint.
                train = [rows[place] for place in np.flatnonzero(parts != part)]
                told = model(train, [rows[place] for place in test])
                answers.update(zip(test.tolist(), told, strict=True))
            result = {"split": split, "model": name, **figures(rows, answers)}
            results.append(result)
            print(line(result))
    return results


Answer = tuple[str, float, str, float, tuple[str, ...], Decision]


def by_engine(
    train: Sequence[Example], test: Sequence[Example], use_encoder: bool = True
) -> list[Answer]:
    engine = Engine.train(train, use_encoder)
    return [answer(opinion) for opinion in engine.classify([text(row) for row in test])]


def by_rule(row: Example) -> Answer:
    form = vocabulary_form(opening(row.text, row.subject))
    named = {notions.names()[place] for place in np.flatnonzero(notions.found([form])[0])}
    topic = next((topic for notion, topic in RULE.items() if notion in named), "other")
    intent = next((told for notion, told in INTENT_RULE.items() if notion in named), "other")
    return topic, 1.0, intent, 1.0, (topic,), Decision.AUTO


def answer(opinion: Opinion) -> Answer:
    offered = opinion.topic, *(other.topic for other in opinion.alternatives[:2])
    return (
        opinion.topic, opinion.topic_confidence, opinion.intent, opinion.intent_confidence,
        offered, opinion.decision,
    )  # fmt: skip


def figures(rows: Sequence[Example], answers: dict[int, Answer]) -> dict[str, Any]:
    told = [answers[place] for place in range(len(rows))]
    topic_right = np.array([said[0] == row.topic for said, row in zip(told, rows, strict=True)])
    intent_right = np.array([said[2] == row.intent for said, row in zip(told, rows, strict=True)])
    topic_sure, intent_sure = (np.array([said[at] for said in told], dtype=float) for at in (1, 3))
    alone = np.array([said[5] is Decision.AUTO for said in told])
    languages = np.array([row.language for row in rows], dtype=object)
    return {
        "topic": round(float(topic_right.mean()), 4),
        "topic_f1": macro_f1([row.topic for row in rows], [said[0] for said in told]),
        "topic_ece": calibration_error(topic_sure, topic_right),
        "topic_cov95": coverage(topic_sure, topic_right, 0.95),
        "topic_top3": round(
            float(np.mean([row.topic in said[4] for said, row in zip(told, rows, strict=True)])), 4
        ),
        "intent": round(float(intent_right.mean()), 4),
        "intent_f1": macro_f1([row.intent or "" for row in rows], [said[2] for said in told]),
        "intent_ece": calibration_error(intent_sure, intent_right),
        "auto_share": round(float(alone.mean()), 4),
        "auto_right": round(float(topic_right[alone].mean()), 4) if alone.any() else None,
        "languages": {
            code: {
                "topic": round(float(topic_right[languages == code].mean()), 4),
                "intent": round(float(intent_right[languages == code].mean()), 4),
                "topic_ece": calibration_error(
                    topic_sure[languages == code], topic_right[languages == code]
                ),
                "topic_cov95": coverage(
                    topic_sure[languages == code], topic_right[languages == code], 0.95
                ),
            }
            for code in sorted(set(languages))
        },
    }


def line(result: dict[str, Any]) -> str:
    auto = f"{result['auto_share']:.1%} ({result['auto_right'] or 0:.1%})"
    by_language = " ".join(
        f"{code} {found['topic']:.3f}/{found['intent']:.3f}"
        for code, found in result["languages"].items()
    )
    return (
        f"{result['model']:18} {result['split']:14}"
        f" {result['topic']:7.3f} {result['topic_f1']:7.3f}"
        f" {result['topic_ece']:6.3f} {result['topic_cov95']:6.3f} {result['topic_top3']:6.3f}"
        f" {result['intent']:7.3f} {result['intent_f1']:7.3f} {result['intent_ece']:6.3f}"
        f"  {auto}\n{'':18} {by_language}"
    )


def speed(rows: list[Example], weak: list[Example]) -> dict[str, float]:
    """Whole opinions a second in batches on one thread; wall clock and processor time."""
    texts = [text(row) for row in rows]
    measured: dict[str, float] = {
        "words": round(float(np.mean([len(f"{t.subject} {t.text}".split()) for t in texts])), 1)
    }
    for name, use_encoder in (("encoder", encoder.available()), ("words", False)):
        began = time.perf_counter()
        engine = Engine.train([*rows, *weak], use_encoder)
        measured[f"train_seconds_{name}"] = round(time.perf_counter() - began, 2)
        with threadpool_limits(1):
            engine.classify(texts[:50])
            wall, processor = time.perf_counter(), time.process_time()
            engine.classify(texts)
        measured[f"texts_per_second_{name}"] = round(len(texts) / (time.perf_counter() - wall), 1)
        measured[f"texts_per_cpu_second_{name}"] = round(
            len(texts) / (time.process_time() - processor), 1
        )
    print(json.dumps(measured))
    return measured


def public_result(path: Path, per_class: int | None, none: str | None) -> dict[str, Any]:
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    parts = {
        split: [
            Example(row["text"], "" if row["label"] == none else row["label"], language=row["lang"])
            for row in rows
            if row["split"] == split
        ]
        for split in ("train", "test")
    }
    learned = sample(parts["train"], per_class, 0) if per_class else parts["train"]
    learned += label_names(sorted({row.topic for row in learned if row.topic}), NAME_WEIGHT)
    report = replace(experiment(learned, parts["test"]), classes=[])
    return {"set": path.stem, "per_class": per_class, **asdict(report)}


def text(row: Example) -> Text:
    return Text(row.text, row.subject, row.channel, row.language)


if __name__ == "__main__":
    main()
