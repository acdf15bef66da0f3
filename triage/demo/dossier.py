"""The dossier of the demo: pages in four languages, one to come, one unfinished, one that is over."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from models import info_page_action, info_page_archive, info_page_change
from models.base import db
from models.calendar import business_day
from models.info_page import InfoPageVersion
from models.info_page_reading import count_view, explain, note_search, voice
from models.measure import Measure
from models.problem import Problem
from models.topic import Topic
from models.user import User
from triage.demo.contacts import chance

HOURS = timedelta(hours=3)
REVIEWED = timedelta(days=60)
SEARCHED = (
    ("fr", "quand est-ce payé", 1, 14),
    ("fr", "paiement juin", 0, 9),
    ("nl", "betaaldatum", 1, 11),
    ("nl", "student zelfstandige", 0, 6),
    ("nl", "attest btw", 0, 5),
    ("de", "rückzahlung", 0, 3),
    ("en", "limited company", 0, 2),
)
"""(language, words, pages found, times)"""


def furnish(at: datetime, koen: User, ingrid: User) -> None:
    """As the dossier stands at `at`, the last moment of the story."""
    for told in pages():
        _page(told, at, koen, ingrid)
    for language, words, found, times in SEARCHED:
        note_search(words, language, found, business_day(at) - timedelta(days=1), times)


def pages() -> Iterator[dict[str, Any]]:
    source = Path(__file__).with_name("dossier.jsonl")
    yield from (json.loads(line) for line in source.read_text("utf-8").splitlines())


def _page(told: dict[str, Any], at: datetime, koen: User, ingrid: User) -> None:
    measure = Measure.coded(told["measure"]) if told["measure"] else None
    part = Topic.named(told["subtopic"])
    days = [at - timedelta(days=back) + HOURS * -1 for back in told.get("days", [1])]
    draft = info_page_change.begin(
        _texts(told, "before" if len(days) > 1 else "bodies", business_day(at)),
        slug=told["slug"],
        topic_id=told["topic"],
        subtopic_id=part.id if part else None,
        measure_id=measure.id if measure else None,
        by=koen,
        at=days[0],
    )
    if told.get("problem"):
        problem = db.session.scalars(Problem.about(told["problem"]).limit(1)).first()
        if problem is not None:
            info_page_action.link(draft.page, problem.id, None, by=koen, at=days[0])
    if told.get("state") == "draft":
        return
    if told.get("state") == "scheduled":
        info_page_change.schedule(draft, at + timedelta(days=2), by=koen, at=at)
        return
    info_page_change.publish(draft, by=koen, at=days[0])
    for later in days[1:]:
        draft = _followed(draft, _texts(told, "bodies", business_day(at)), ingrid, later)
    _read(told, draft, days[0], at)
    if told.get("state") == "archived":
        info_page_archive.archive(draft.page, by=ingrid, at=at - timedelta(days=7))


def _followed(
    draft: InfoPageVersion, said: dict[str, Any], ingrid: User, at: datetime
) -> InfoPageVersion:
    seen = (draft.number, draft.version)
    made = info_page_change.save(draft.page, said, seen=seen, by=ingrid, at=at)
    info_page_change.publish(made, by=ingrid, at=at)
    return made


def _texts(told: dict[str, Any], bodies: str, day: date) -> dict[str, Any]:
    review = timedelta(days=told["review"]) if "review" in told else REVIEWED
    return {
        "titles": told["titles"],
        "summaries": told["summaries"],
        "bodies": told[bodies],
        "changes": told["changes"] if bodies == "bodies" else {},
        "source": "",
        "review_by": day + review,
    }


def _read(told: dict[str, Any], version: InfoPageVersion, since: datetime, at: datetime) -> None:
    """Readers of the days since it was published, and what some of them said."""
    drawn = chance(told["slug"], "readers")
    span = max(1, (at - since).days)
    readers = Counter(
        (drawn.randrange(span), drawn.choices(("fr", "nl", "de", "en"), (50, 40, 4, 6))[0])
        for _ in range(told["views"])
    )
    for (later, language), times in sorted(readers.items()):
        count_view(version.page_id, business_day(since) + timedelta(later), language, times)
    missing = list(told["missing"])
    for number in range(told["yes"] + told["no"]):
        useful = number < told["yes"]
        language = missing[0][0] if missing and not useful else drawn.choice(("fr", "nl"))
        moment = max(since, at - timedelta(hours=drawn.randrange(1, 60)))
        made = voice(
            page_id=version.page_id,
            version_id=version.id,
            language=language,
            useful=useful,
            once=f"demo|{told['slug']}|{number}",
            at=moment,
        )
        if missing and not useful:
            explain(made, missing.pop(0)[1], moment)
