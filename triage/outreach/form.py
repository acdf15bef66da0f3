"""A version of a measure as a form: what stands in its fields, and what was typed into them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from werkzeug.datastructures import MultiDict

from models.deadline import FIRST_YEAR, LAST_YEAR, Due, Start, Unnamed
from models.topic import LANGUAGES
from models.unusable import Unusable

TEXTS = ("names", "conditions", "answers", "scripts", "holding")
DAYS = ("valid_from", "valid_to", "request_by", "pay_by", "review_by")
MOST_RULES = 12
LONGEST = 8000
BLANK_RULE: dict[str, Any] = {
    "names": {},
    "due": Due.REQUEST.value,
    "start": "",
    "on": "",
    "quarters": 0,
    "months": 0,
    "days": 0,
    "working_days": 0,
    "before": False,
    "unnamed": Unnamed.NONE.value,
}
COUNTS = ("quarters", "months", "days", "working_days")


def fields(content: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in the fields; papers and links are one a line."""
    shown: dict[str, Any] = {name: dict(content.get(name) or {}) for name in TEXTS}
    shown |= {name: content.get(name) for name in DAYS}
    shown |= {
        "decided_by": content.get("decided_by") or "",
        "source": content.get("source") or "",
        "promise_days": content.get("promise_days") or "",
        "confirmed": bool(content.get("confirmed")),
        "quarters": ", ".join(str(one) for one in content.get("quarters") or ()),
        "applies_to": list(content.get("applies_to") or ()),
        "documents": {code: document_lines(content, code) for code in LANGUAGES},
        "links": {code: link_lines(content, code) for code in LANGUAGES},
        "rules": [BLANK_RULE | dict(rule) for rule in content.get("rules") or ()],
    }
    return shown


def document_lines(content: Mapping[str, Any], code: str) -> str:
    return "\n".join(
        str(one.get(code) or "") if isinstance(one, Mapping) else str(one)
        for one in content.get("documents") or ()
    ).rstrip("\n")


def link_lines(content: Mapping[str, Any], code: str) -> str:
    lines = []
    for one in content.get("links") or ():
        if isinstance(one, Mapping):
            name = str((one.get("names") or {}).get(code) or "")
            url = str((one.get("urls") or {}).get(code) or "")
            lines.append(f"{name} | {url}" if name or url else "")
    return "\n".join(lines).rstrip("\n")


def typed(form: MultiDict[str, str]) -> dict[str, Any]:
    """What a version says; raises Unusable for what no version can say."""
    said: dict[str, Any] = {name: texts(form, name) for name in TEXTS}
    said |= {name: day(form, name) for name in DAYS}
    promise = form.get("promise_days", "").strip()
    if promise and not (promise.isascii() and promise.isdigit() and 1 <= int(promise) <= 60):
        raise Unusable("promise")
    return said | {
        "decided_by": form.get("decided_by", "").strip()[:200],
        "source": form.get("source", "").strip()[:1000],
        "promise_days": int(promise) if promise else None,
        "confirmed": form.get("confirmed") == "1",
        "quarters": form.get("quarters", "").replace(",", " ").split()[:40],
        "applies_to": form.getlist("applies_to")[:40],
        "documents": documents(form),
        "links": links(form),
        "rules": rules(form),
    }


def texts(form: Mapping[str, str], name: str) -> dict[str, str]:
    written = {
        code: form.get(f"{name}-{code}", "").replace("\r\n", "\n").strip()[:LONGEST]
        for code in LANGUAGES
    }
    return {code: text for code, text in written.items() if text}


def day(form: Mapping[str, str], name: str) -> date | None:
    written = form.get(name, "").strip()
    try:
        found = date.fromisoformat(written) if written else None
    except ValueError:
        raise Unusable("day") from None
    if found is not None and not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise Unusable("day")
    return found


def lines(form: Mapping[str, str], name: str) -> list[dict[str, str]]:
    """The lines of four fields side by side: the first line of each belongs together."""
    columns = {
        code: form.get(f"{name}-{code}", "").replace("\r\n", "\n").split("\n") for code in LANGUAGES
    }
    count = max(len(column) for column in columns.values())
    rows = [
        {
            code: column[row].strip()
            for code, column in columns.items()
            if row < len(column) and column[row].strip()
        }
        for row in range(min(count, 40))
    ]
    return [row for row in rows if row]


def documents(form: Mapping[str, str]) -> list[dict[str, str]]:
    return lines(form, "documents")


def links(form: Mapping[str, str]) -> list[dict[str, dict[str, str]]]:
    """`Name | address` on each line; raises Unusable for an address that is not https."""
    found = []
    for row in lines(form, "links"):
        parts = {code: line.rpartition("|") for code, line in row.items()}
        urls = {code: part[2].strip() for code, part in parts.items()}
        if not all(url.startswith("https://") for url in urls.values()):
            raise Unusable("link")
        names = {code: part[0].strip() for code, part in parts.items() if part[0].strip()}
        found.append({"names": names, "urls": urls})
    return found


def rules(form: Mapping[str, str]) -> list[dict[str, Any]]:
    """Each row with a start; the shortest form of each, as `models.deadline` reads it."""
    found = []
    for row in range(MOST_RULES):
        start = form.get(f"rule-{row}-start", "")
        if not start:
            continue
        rule: dict[str, Any] = {
            "names": texts(form, f"rule-{row}-names"),
            "due": form.get(f"rule-{row}-due", Due.REQUEST.value),
            "start": start,
        }
        if start in (Start.FIXED, Start.YEARLY):
            rule["on"] = form.get(f"rule-{row}-on", "").strip()
        for name in COUNTS:
            if number := whole(form.get(f"rule-{row}-{name}", "")):
                rule[name] = number
        if form.get(f"rule-{row}-before") == "1":
            rule["before"] = True
        if form.get(f"rule-{row}-unnamed") and start in (Start.QUARTER_START, Start.QUARTER_END):
            rule["unnamed"] = form[f"rule-{row}-unnamed"]
        found.append(rule)
    return found


def whole(written: str) -> int:
    try:
        return int(written or 0)
    except ValueError:
        raise Unusable("number") from None
