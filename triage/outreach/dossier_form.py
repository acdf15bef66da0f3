"""A page of the dossier as a form: what stands in its fields, and how a new one begins."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from models.base import db
from models.info_page import InfoPage
from models.measure import Measure, MeasureVersion
from models.problem import Problem
from models.topic import LANGUAGES, Topic
from models.unusable import Unusable
from triage.display import title as problem_title

TEXTS = ("titles", "summaries", "bodies", "changes")
LONGEST = {"titles": 160, "summaries": 300, "bodies": 40_000, "changes": 500}
SOURCE = 1_000


def typed(form: Mapping[str, str]) -> dict[str, Any]:
    """What a version says, as it was typed; raises Unusable where a day cannot be read."""
    said: dict[str, Any] = {
        part: {
            code: text
            for code in LANGUAGES
            if (text := form.get(f"{part}-{code}", "").replace("\r\n", "\n").strip()[:longest])
        }
        for part, longest in LONGEST.items()
    }
    for part in ("titles", "summaries"):
        said[part] = {code: " ".join(text.split()) for code, text in said[part].items()}
    said["source"] = " ".join(form.get("source", "").split())[:SOURCE]
    said["review_by"] = _day(form.get("review_by", ""))
    return said


def as_typed(form: Mapping[str, str]) -> dict[str, Any]:
    """The same for showing it again, also what cannot be kept."""
    return {
        part: {code: form.get(f"{part}-{code}", "") for code in LANGUAGES} for part in TEXTS
    } | {name: form.get(name, "") for name in ("source", "review_by")}


def place_typed(form: Mapping[str, str]) -> dict[str, Any]:
    """Where the page stands: topic or part of one, its measure, its turn."""
    topic = Topic.named(form.get("topic") or None)
    part = topic is not None and topic.parent_id is not None
    measure = Measure.coded(form.get("measure", ""))
    turn = form.get("position", "").strip()
    return {
        "topic_id": topic.parent_id if topic and part else topic.id if topic else None,
        "subtopic_id": topic.id if topic and part else None,
        "measure_id": measure.id if measure else None,
        "position": int(turn) if turn.isascii() and turn.isdigit() and len(turn) < 5 else 0,
    }


def placed(page: InfoPage) -> dict[str, Any]:
    """What the fields of `place_typed` show for a page."""
    return {
        "slug": page.slug,
        "topic": page.subtopic_id or page.topic_id or "",
        "measure": page.measure.code if page.measure else "",
        "position": page.position,
    }


# --- how a new one begins -------------------------------------------------------------------


def beginning(asked: Mapping[str, str], day: date) -> tuple[dict[str, Any], dict[str, Any]]:
    """(texts, place) of a page begun from a measure, a problem, a matter, or from nothing."""
    texts: dict[str, Any] = {part: {} for part in TEXTS} | {"source": "", "review_by": ""}
    topic = Topic.named(asked.get("subtopic") or asked.get("topic") or None)
    place = {"slug": "", "topic": topic.id if topic else "", "measure": "", "position": 0}
    place["problem"] = asked.get("problem", "")
    problem = problem_asked(asked)
    measure = Measure.coded(asked.get("measure", ""))
    if problem is not None:
        place["topic"] = place["topic"] or problem.topic_id or ""
        for code in LANGUAGES:
            with force_locale(code):
                texts["titles"][code] = problem_title(problem)
    if measure is not None:
        return of_measure(measure, texts, place, day)
    if problem is None and asked.get("title", "").strip():
        language = asked.get("language", "")
        wanted = language if language in LANGUAGES else LANGUAGES[0]
        texts["titles"][wanted] = asked["title"].strip()[: LONGEST["titles"]]
    return texts, place


def of_measure(
    measure: Measure, texts: dict[str, Any], place: dict[str, Any], day: date
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The page that says what a measure says: its parts under headings, put in where they stand."""
    version = db.session.scalar(
        MeasureVersion.holding_on(day).where(MeasureVersion.measure_id == measure.id)
    )
    for code in LANGUAGES:
        if version is not None:
            texts["titles"].setdefault(code, version.name(code))
        with force_locale(code):
            texts["bodies"][code] = "\n\n".join(
                (
                    "{answer}",
                    "## " + _("Who can ask for it"),
                    "{conditions}",
                    "## " + _("Questions and answers"),
                    "{questions}",
                    "## " + _("More about it"),
                    "{links}",
                )
            )
    place |= {"topic": place["topic"] or measure.topic_id, "measure": measure.code}
    return texts, place


def problem_asked(asked: Mapping[str, str]) -> Problem | None:
    number = asked.get("problem", "")
    known = number.isascii() and number.isdigit() and len(number) < 9
    return Problem.numbered(int(number)) if known else None


def _day(written: str) -> date | None:
    if not written.strip():
        return None
    try:
        return date.fromisoformat(written.strip())
    except ValueError:
        raise Unusable("day") from None
