"""How the dossier is read: a view counted, a search noted, a reader's word on whether it helped.

Nobody is known by name here; what somebody typed comes masked.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    Integer,
    String,
    Text,
    case,
    cast,
    column,
    func,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import REGCONFIG, insert
from sqlalchemy.exc import OperationalError

from models import wording
from models.base import db
from models.info_reading import InfoFeedback, InfoSearch, InfoView

SHORTEST, LONGEST = 3, 80
MOST_SEARCHES = 2_000
"""Different searches kept of a day: machines that try words out fill no disk."""
LONGEST_MISSING = 1_000
EXPLAINED_WITHIN = timedelta(hours=6)
MOST_FOUND = 20
MOST_TERMS = 12


# --- views ----------------------------------------------------------------------------------


def count_view(page_id: int, day: date, language: str, times: int = 1) -> bool:
    """One more view; False where that would have kept the reader waiting."""
    counted = insert(InfoView).values(page_id=page_id, day=day, language=language, views=times)
    try:
        with db.session.begin_nested():
            db.session.execute(text("SET LOCAL lock_timeout = '60ms'"))
            db.session.execute(
                counted.on_conflict_do_update(
                    index_elements=["page_id", "day", "language"],
                    set_={"views": InfoView.views + times},
                )
            )
            db.session.execute(text("SET LOCAL lock_timeout = 0"))
    except OperationalError:
        return False
    return True


@dataclass(frozen=True)
class Read:
    """How a page was read since a day."""

    views: int = 0
    useful: int = 0
    useless: int = 0
    unread: int = 0
    """Words of readers that nobody has looked at."""

    @property
    def share(self) -> float | None:
        """Of those who said something, how many it helped; None while too few have."""
        said = self.useful + self.useless
        return self.useful / said if said >= FEWEST_VOICES else None


FEWEST_VOICES = 3


def read_since(page_ids: Collection[int], first: date, since: datetime) -> dict[int, Read]:
    """By page: views from the day `first` on, voices from the moment `since` on."""
    views: dict[int, int] = dict(
        db.session.execute(
            select(InfoView.page_id, func.sum(InfoView.views))
            .where(InfoView.page_id.in_(page_ids), InfoView.day >= first)
            .group_by(InfoView.page_id)
        ).all()
    )
    unread = case(((InfoFeedback.missing != "") & InfoFeedback.read_at.is_(None), 1), else_=0)
    voices = {
        row[0]: row[1:]
        for row in db.session.execute(
            select(
                InfoFeedback.page_id,
                func.sum(cast(InfoFeedback.useful, Integer)),
                func.sum(1 - cast(InfoFeedback.useful, Integer)),
                func.sum(unread),
            )
            .where(InfoFeedback.page_id.in_(page_ids), InfoFeedback.at >= since)
            .group_by(InfoFeedback.page_id)
        )
    }
    return {one: Read(views.get(one, 0), *voices.get(one, (0, 0, 0))) for one in page_ids}


# --- searches -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Searchable:
    """A page in one language, as it can be found."""

    key: int
    language: str
    title: str
    summary: str
    body: str


def search(words: str, pages: Sequence[Searchable]) -> list[int]:
    """The keys of the pages that have all of these words, the best first."""
    terms = wording.terms_of(words)[:MOST_TERMS]
    return _matching(wording.query_of(terms), pages) if terms and pages else []


def search_any(words: str, pages: Sequence[Searchable]) -> list[int]:
    """The same with those that have some of them."""
    terms = wording.terms_of(words)[:MOST_TERMS]
    each = [query for term in terms if (query := wording.query_of([term]))]
    return _matching(" | ".join(each), pages) if pages else []


def _matching(query: str, pages: Sequence[Searchable]) -> list[int]:
    if not query:
        return []
    rows = (
        func.unnest(
            cast([one.key for one in pages], ARRAY(Integer)),
            cast([wording.configuration(one.language) for one in pages], ARRAY(String)),
            cast([one.title for one in pages], ARRAY(Text)),
            cast([one.summary for one in pages], ARRAY(Text)),
            cast([one.body for one in pages], ARRAY(Text)),
        )
        .table_valued(
            column("key", Integer),
            column("rules", String),
            column("title", Text),
            column("summary", Text),
            column("body", Text),
            name="page",
        )
        .render_derived()
    )
    rules, plainly = cast(rows.c.rules, REGCONFIG), cast(wording.PLAIN, REGCONFIG)
    weighed: Any = None
    for name, weight in (("title", "A"), ("summary", "B"), ("body", "D")):
        for how in (rules, plainly):
            part = func.setweight(
                func.to_tsvector(how, rows.c[name]), literal_column(f"'{weight}'")
            )
            weighed = part if weighed is None else weighed.op("||")(part)
    vector = select(rows.c.key, weighed.label("words")).subquery()
    wanted = wording.as_query(query)
    rank = func.ts_rank(vector.c.words, wanted)
    return list(
        db.session.scalars(
            select(vector.c.key)
            .where(vector.c.words.op("@@")(wanted))
            .order_by(rank.desc(), vector.c.key)
            .limit(MOST_FOUND)
        )
    )


def note_search(words: str, language: str, found: int, day: date, times: int = 1) -> None:
    """Keep what was looked for; `words` come masked. Too short or too many are not kept."""
    wanted = wording.plain(words)[:LONGEST].strip()
    if len(wanted) < SHORTEST:
        return
    known = select(InfoSearch.id).where(
        InfoSearch.day == day, InfoSearch.language == language, InfoSearch.words == wanted
    )
    if db.session.scalar(known) is None and _searches_of(day) >= MOST_SEARCHES:
        return
    noted = insert(InfoSearch).values(
        day=day, language=language, words=wanted, found=found, times=times
    )
    db.session.execute(
        noted.on_conflict_do_update(
            index_elements=["day", "language", "words"],
            set_={"times": InfoSearch.times + times, "found": noted.excluded.found},
        )
    )


def _searches_of(day: date) -> int:
    rows = select(func.count()).select_from(InfoSearch).where(InfoSearch.day == day)
    return db.session.scalar(rows) or 0


# --- voices ---------------------------------------------------------------------------------


def voice(
    *, page_id: int, version_id: int, language: str, useful: bool, once: str, at: datetime
) -> int:
    """A reader's yes or no; the same reader's next click changes it. Returns its id."""
    values = {
        "page_id": page_id,
        "version_id": version_id,
        "language": language,
        "useful": useful,
        "once": once,
        "at": at,
        "missing": "",
    }
    said = (
        insert(InfoFeedback)
        .values(**values)
        .on_conflict_do_update(index_elements=["once"], set_={"useful": useful})
        .returning(InfoFeedback.id)
    )
    return int(db.session.execute(said).scalar_one())


def explain(feedback_id: int, missing: str, at: datetime) -> bool:
    """What is missing, in the reader's own words, masked; said once, and soon after the no."""
    said = db.session.get(InfoFeedback, feedback_id)
    missing = missing.strip()[:LONGEST_MISSING]
    if said is None or not missing or said.missing or said.at < at - EXPLAINED_WITHIN:
        return False
    said.missing = missing
    return True


def voiced(feedback_id: int) -> InfoFeedback | None:
    return db.session.get(InfoFeedback, feedback_id)
