"""Every date, amount and span that comes with the product says where it is from, from when it
holds, and that somebody still has to confirm it: or who has, and when."""

import json
import re
from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from typing import Any

import pytest

from models.base import db, transaction
from models.measure import MeasureVersion
from triage import catalog, demo
from triage.application import Passerelle
from triage.catalog.measures import load_measures

CATALOGS = sorted(
    one.name.removesuffix(".json") for one in files(catalog).iterdir() if one.name.endswith(".json")
)
MONTHS = (
    "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre|januari"
    "|februari|maart|april|juni|juli|augustus|oktober|december|januar|februar|märz|mai|juni|juli"
    "|august|dezember|january|february|march|may|june|july|october|november"
)
COUNTED = (
    r"\d+|deux|trois|quatre|cinq|six|douze|quinze|trente|twee|drie|vier|vijf|zes|twaalf|vijftien"
    r"|dertig|zwei|drei|fünf|sechs|zwölf|fünfzehn|dreißig|two|three|four|five|twelve|fifteen|thirty"
)
SPANS = (
    r"mois|jours?|ans|années|trimestres?|semaines?|maanden|dagen|jaar|kwartalen|weken|monate?n?"
    r"|tagen?|jahren?|quartalen?|wochen|months?|days?|years?|quarters?|weeks?"
)
FACT = re.compile(
    rf"\d{{1,2}}[./]\d{{1,2}}[./]\d{{2,4}}|\d{{4}}-\d{{2}}-\d{{2}}"
    rf"|\b\d{{1,2}}(?:er|\.)? (?:{MONTHS})\b|\d ?%|€|\d+ ?euros?\b"
    rf"|\b(?:{COUNTED}) (?:\w+ )?(?:{SPANS})\b",
    re.IGNORECASE,
)
TELLS = ("source", "valid_from", "valid_to", "last_verified", "review_by")
"""What says where a fact comes from is none itself."""
LABELS = {"taxonomy": ("counts", "not_this", "names")}
"""What a label covers, and what it is called, is written for those who label: no client reads it as
a rule."""


def facts(thing: Any, within: tuple[dict[str, Any], ...] = ()) -> Iterator[tuple[str, Any]]:
    """(text, the nearest thing around it that names a source) of each fact."""
    if isinstance(thing, dict):
        for name, value in thing.items():
            if name not in TELLS:
                yield from facts(value, (*within, thing))
    elif isinstance(thing, list):
        for one in thing:
            yield from facts(one, within)
    elif isinstance(thing, str) and FACT.search(thing):
        yield thing, next((one for one in reversed(within) if "source" in one), None)


def unfounded(told: Any) -> str:
    """What a thing with facts in it lacks; empty for one that can be relied upon."""
    if told is None or not str(told["source"]).strip():
        return "source"
    if not told.get("valid_from"):
        return "valid from"
    first, last = told["valid_from"], told.get("valid_to")
    if last and date.fromisoformat(last) < date.fromisoformat(first):
        return "valid to"
    confirmed = told.get("confirmed") and told.get("verified_by") and told.get("last_verified")
    return "" if confirmed or "to be confirmed" in told["source"] else "to be confirmed"


def without_labels(name: str, content: Any) -> Any:
    hidden = LABELS.get(name, ())
    if isinstance(content, dict):
        return {k: without_labels(name, v) for k, v in content.items() if k not in hidden}
    if isinstance(content, list):
        return [without_labels(name, one) for one in content]
    return content


@pytest.mark.parametrize("name", CATALOGS)
def test_every_fact_of_the_catalog_has_its_source_and_its_days(name: str) -> None:
    content = without_labels(name, catalog.read(name))
    lacking = {(text[:80], lack) for text, told in facts(content) if (lack := unfounded(told))}
    assert lacking == set()


def test_facts_are_found_where_they_are() -> None:
    """Else the test above would hold of anything."""
    found = [text for text, _ in facts(catalog.read("measures"))]
    assert len(found) > 100
    for text in ("3 % per quarter", "avant le 15 juin", "binnen twaalf maanden", "fünfzehn Tage"):
        assert FACT.search(text), text
    assert not FACT.search("Send us the form with your name.")


def test_every_rule_that_counts_days_belongs_to_a_dated_version() -> None:
    undated = [
        entry["code"]
        for entry in catalog.read("measures")
        for version in entry["versions"]
        if version.get("rules") and unfounded(version)
    ]
    assert undated == []


def test_a_rule_that_an_earlier_edition_had_left_undated_is_dated(app: Passerelle) -> None:
    said = {"names": {"en": "Carers"}, "source": "to be confirmed"}
    for edition in (said, said | {"valid_from": "2017-01-01"}):
        with transaction():
            load_measures([{"code": "carers", "topic": "family", "versions": [edition]}])
    standing = [
        one for one in db.session.scalars(MeasureVersion.standing()) if one.measure.code == "carers"
    ]
    assert [(one.version, one.valid_from) for one in standing] == [(2, date(2017, 1, 1))]


def test_every_known_occasion_says_from_when_it_is_known() -> None:
    lacking = [entry["names"]["en"] for entry in catalog.read("occasions") if unfounded(entry)]
    assert lacking == []


def test_the_pages_of_the_demo_name_measures_and_copy_no_fact() -> None:
    lines = (files(demo) / "dossier.jsonl").read_text("utf-8").splitlines()
    copied = [
        found[0]
        for line in filter(None, lines)
        for page in [json.loads(line)]
        if "to be confirmed" not in str(page.get("source", ""))
        for part in ("titles", "summaries", "bodies")
        for text in (page.get(part) or {}).values()
        if (found := FACT.search(str(text)))
    ]
    assert copied == []
