"""What readers say is missing in the dossier, as the house reads it: unread, to do, done."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from models.base import db
from models.event import record
from models.info_page import InfoPage
from models.info_reading import InfoFeedback
from models.user import User

MOST = 50
"""Words of readers on one page of the inbox."""


class Box(StrEnum):
    UNREAD = "unread"
    TO_DO = "to_do"
    READ = "read"


@dataclass(frozen=True)
class Said:
    """One reader's words, and the page that they are about."""

    feedback: InfoFeedback
    page: InfoPage


def said_in(box: Box, page_id: int | None, number: int = 1) -> Sequence[Said]:
    """The newest first, one more than a page holds."""
    rows = db.session.execute(
        select(InfoFeedback, InfoPage)
        .join(InfoPage, InfoPage.id == InfoFeedback.page_id)
        .where(InfoFeedback.missing != "", lies_in(box), *of_page(page_id))
        .order_by(InfoFeedback.at.desc(), InfoFeedback.id.desc())
        .offset((number - 1) * MOST)
        .limit(MOST + 1)
    )
    return [Said(row[0], row[1]) for row in rows]


def counted(page_id: int | None = None) -> dict[Box, int]:
    """How many lie in each box."""
    columns = [func.count().filter(lies_in(box)) for box in Box]
    row = db.session.execute(
        select(*columns).where(InfoFeedback.missing != "", *of_page(page_id))
    ).one()
    return dict(zip(Box, (int(count) for count in row), strict=True))


@dataclass(frozen=True)
class Missed:
    """What readers of one page say is missing: how many said so, and the latest words."""

    page: InfoPage
    times: int
    words: str
    language: str


def missed_between(start: datetime, end: datetime) -> list[Missed]:
    """By page, the most often first; what was done about it already is left out."""
    one = InfoFeedback
    rows = db.session.execute(
        select(InfoPage, one.missing, one.language, func.count().over(partition_by=one.page_id))
        .join(one, one.page_id == InfoPage.id)
        .where(one.missing != "", one.at >= start, one.at < end, one.done_at.is_(None))
        .ext(distinct_on(one.page_id))
        .order_by(one.page_id, one.at.desc(), one.id.desc())
    )
    found = [Missed(page, int(times), words, language) for page, words, language, times in rows]
    return sorted(found, key=lambda missed: -missed.times)


def pages_spoken_of() -> list[InfoPage]:
    """The pages about which readers have said what is missing."""
    spoken = select(InfoFeedback.page_id).where(InfoFeedback.missing != "")
    return list(db.session.scalars(select(InfoPage).where(InfoPage.id.in_(spoken))))


def tasks_of(page: InfoPage) -> Sequence[InfoFeedback]:
    """What is to be done on a page, the oldest first."""
    return db.session.scalars(
        select(InfoFeedback)
        .where(InfoFeedback.page_id == page.id, lies_in(Box.TO_DO))
        .order_by(InfoFeedback.task_at, InfoFeedback.id)
    ).all()


def lies_in(box: Box) -> ColumnElement[bool]:
    open_task = InfoFeedback.task_at.is_not(None) & InfoFeedback.done_at.is_(None)
    if box == Box.TO_DO:
        return open_task
    if box == Box.UNREAD:
        return InfoFeedback.read_at.is_(None) & InfoFeedback.task_at.is_(None)
    return InfoFeedback.read_at.is_not(None) & ~open_task


def of_page(page_id: int | None) -> list[ColumnElement[bool]]:
    return [InfoFeedback.page_id == page_id] if page_id else []


# --- deeds ----------------------------------------------------------------------------------


def mark_read(ids: Collection[int], *, by: User, at: datetime) -> list[int]:
    """Somebody has read these; returns those that nobody had."""
    changed = [one for one in chosen(ids) if one.read_at is None]
    for one in changed:
        one.read_at, one.read_by_id = at, by.id
    return told("info_feedback.read", changed, by=by, at=at)


def mark_unread(ids: Collection[int], *, by: User, at: datetime) -> list[int]:
    changed = [one for one in chosen(ids) if one.read_at is not None and one.task_at is None]
    for one in changed:
        one.read_at = one.read_by_id = None
    return told("info_feedback.unread", changed, by=by, at=at)


def make_task(ids: Collection[int], *, by: User, at: datetime) -> list[int]:
    """Something to do on the page; it counts as read."""
    changed = [one for one in chosen(ids) if one.task_at is None]
    for one in changed:
        one.task_at, one.task_by_id, one.done_at = at, by.id, None
        one.read_at, one.read_by_id = one.read_at or at, one.read_by_id or by.id
    return told("info_feedback.task", changed, by=by, at=at)


def drop_task(ids: Collection[int], *, by: User, at: datetime) -> list[int]:
    changed = [one for one in chosen(ids) if one.task_at is not None]
    for one in changed:
        one.task_at = one.task_by_id = one.done_at = None
    return told("info_feedback.task_dropped", changed, by=by, at=at)


def settle(ids: Collection[int], *, by: User, at: datetime) -> list[int]:
    """What was to be done on the page is done."""
    changed = [one for one in chosen(ids) if one.task_at is not None and one.done_at is None]
    for one in changed:
        one.done_at = at
    return told("info_feedback.done", changed, by=by, at=at)


def reopen(ids: Collection[int], *, by: User, at: datetime) -> list[int]:
    changed = [one for one in chosen(ids) if one.done_at is not None]
    for one in changed:
        one.done_at = None
    return told("info_feedback.reopened", changed, by=by, at=at)


def chosen(ids: Collection[int]) -> Sequence[InfoFeedback]:
    return db.session.scalars(
        select(InfoFeedback)
        .where(InfoFeedback.id.in_(ids), InfoFeedback.missing != "")
        .order_by(InfoFeedback.id)
        .with_for_update()
    ).all()


def told(kind: str, changed: Sequence[InfoFeedback], *, by: User, at: datetime) -> list[int]:
    ids = [one.id for one in changed]
    if ids:
        record(kind, by=by, at=at, feedback=ids, pages=sorted({one.page_id for one in changed}))
    return ids
