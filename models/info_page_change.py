"""What people do with the pages of the dossier, and what the clock does: each leaves an event.

Readers see a page change at once or not at all; what they were told can be read again afterwards.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm.exc import StaleDataError

from models import info_page_action
from models.base import db, one_at_a_time
from models.event import record
from models.info_page import OPEN, InfoPage, InfoPageVersion, PageState
from models.info_page_slug import slug_for, usable_slug
from models.topic import LANGUAGES
from models.unusable import Unusable
from models.user import User

FIELDS = ("titles", "summaries", "bodies", "changes", "source", "review_by")
"""All that a version says; the rest tells how it came about."""
REGRET = timedelta(minutes=10)
"""For how long what was published can be taken back as if it had never been."""


class Outdated(Exception):
    """Somebody else has saved since the page was opened; `newest` is theirs."""

    def __init__(self, newest: InfoPageVersion) -> None:
        super().__init__(f"version {newest.number} was saved meanwhile")
        self.newest = newest


def begin(
    said: Mapping[str, Any],
    *,
    slug: str = "",
    topic_id: str | None = None,
    subtopic_id: str | None = None,
    measure_id: int | None = None,
    by: User | None,
    at: datetime,
) -> InfoPageVersion:
    """A new page with its first draft; without a slug its title gives one."""
    check(said)
    wanted = slug or slug_for(said["titles"])
    if not usable_slug(wanted):
        raise Unusable("slug")
    one_at_a_time("info_page", wanted)
    if InfoPage.at(wanted) is not None:
        raise Unusable("taken")
    page = InfoPage(
        slug=wanted,
        topic_id=topic_id,
        subtopic_id=subtopic_id,
        measure_id=measure_id,
        created_by_id=by.id if by else None,
        created_at=at,
    )
    db.session.add(page)
    db.session.flush()
    made = _new(page, said, by=by, at=at)
    record("info_page.begun", by=by, at=at, page=page.id, slug=wanted)
    return made


def place(
    page: InfoPage,
    *,
    slug: str,
    topic_id: str | None,
    subtopic_id: str | None,
    measure_id: int | None,
    position: int,
    by: User,
    at: datetime,
) -> None:
    """Where the page stands; its address changes only while it was never published."""
    before = _standing(page)
    if slug != page.slug and was_published(page):
        raise Unusable("address")
    if not usable_slug(slug):
        raise Unusable("slug")
    if slug != page.slug and InfoPage.at(slug) is not None:
        raise Unusable("taken")
    page.slug, page.topic_id, page.subtopic_id = slug, topic_id, subtopic_id
    page.measure_id, page.position = measure_id, position
    after = _standing(page)
    if after != before:
        record("info_page.placed", by=by, at=at, page=page.id, before=before, after=after)


def draft(page: InfoPage, *, by: User | None, at: datetime) -> InfoPageVersion:
    """What is being written of the page; one that is published gets a draft of its text."""
    one_at_a_time("info_page", str(page.id))
    present = InfoPageVersion.being_written(page)
    if present is not None:
        return present
    newest = db.session.scalars(InfoPageVersion.of_page(page).limit(1)).one()
    shown = InfoPageVersion.current(page) or newest
    return _new(page, content(shown) | {"changes": {}}, by=by, at=at)


def save(
    page: InfoPage, said: Mapping[str, Any], *, seen: tuple[int, int], by: User, at: datetime
) -> InfoPageVersion:
    """Keep what was written; `seen` is (number, row version) that the writer began with.

    Raises Outdated when somebody has saved since. What is published is never changed: it gets a
    draft beside it.
    """
    check(said)
    one_at_a_time("info_page", str(page.id))
    newest = db.session.scalars(
        InfoPageVersion.of_page(page).limit(1).execution_options(populate_existing=True)
    ).one()
    if (newest.number, newest.version) != seen:
        raise Outdated(newest)
    if newest.state not in OPEN:
        return _new(page, said, by=by, at=at)
    changed = [name for name in FIELDS if name in said and getattr(newest, name) != said[name]]
    for name in changed:
        setattr(newest, name, said[name])
    newest.author_id = by.id
    try:
        db.session.flush()
    except StaleDataError:
        raise Outdated(newest) from None
    if changed:
        record("info_page.saved", by=by, at=at, page=page.id, number=newest.number, changed=changed)
    return newest


def schedule(
    version: InfoPageVersion,
    publish_at: datetime,
    *,
    by: User,
    at: datetime,
    seen: int | None = None,
) -> None:
    """It appears by itself at `publish_at`; `seen` as for publishing."""
    _locked(version, seen)
    if version.state not in OPEN:
        raise Unusable("state")
    if publish_at <= at:
        raise Unusable("past")
    if not version.languages:
        raise Unusable("empty")
    version.state, version.publish_at = PageState.SCHEDULED.value, publish_at
    version.published_by_id = by.id
    _tell(version, "scheduled", by=by, at=at, publish_at=publish_at.isoformat())


def unschedule(version: InfoPageVersion, *, by: User, at: datetime) -> None:
    """It waits for no day any more: a draft again."""
    _locked(version)
    if version.state != PageState.SCHEDULED:
        raise Unusable("state")
    version.state, version.publish_at, version.published_by_id = PageState.DRAFT.value, None, None
    _tell(version, "unscheduled", by=by, at=at)


def publish(
    version: InfoPageVersion, *, by: User | None, at: datetime, seen: int | None = None
) -> None:
    """Readers see it from now on; what they saw before is kept. Actions that it is become live.

    `seen` is the row version that was read before: nothing goes out that nobody has read.
    """
    _locked(version, seen)
    if version.state not in OPEN:
        raise Unusable("state")
    if not version.languages:
        raise Unusable("empty")
    before = InfoPageVersion.current(version.page)
    if before is not None:
        before.state, before.ended_at = PageState.REPLACED.value, at
        db.session.flush()
    version.state, version.published_at = PageState.PUBLISHED.value, at
    version.published_by_id = by.id if by else version.published_by_id
    version.ended_at, version.publish_at = None, None
    version.page.archived_at = None
    db.session.flush()
    live = info_page_action.go_live(version.page, by=by, at=at)
    replaced = before.id if before else None
    _tell(version, "published", by=by, at=at, replaced=replaced, actions=live)


def publish_due(at: datetime) -> int:
    """Publish what waits for a moment that has come; each once, however many clocks there are."""
    due = db.session.scalars(
        select(InfoPageVersion)
        .where(InfoPageVersion.state == PageState.SCHEDULED.value, InfoPageVersion.publish_at <= at)
        .order_by(InfoPageVersion.publish_at, InfoPageVersion.id)
    ).all()
    return sum(_publish_waiting(version, at) for version in due)


def _publish_waiting(version: InfoPageVersion, at: datetime) -> bool:
    _locked(version)
    due = version.publish_at is not None and version.publish_at <= at
    if version.state != PageState.SCHEDULED or not due:  # another clock, or a person, was first
        return False
    if not version.languages:  # emptied since it was scheduled
        version.state, version.publish_at = PageState.DRAFT.value, None
        return False
    publish(version, by=None, at=at)
    return True


def regrettable(version: InfoPageVersion, at: datetime) -> bool:
    """Whether it can still be taken back."""
    return (
        version.state == PageState.PUBLISHED
        and version.published_at is not None
        and version.published_at > at - REGRET
    )


def take_back(version: InfoPageVersion, *, by: User, at: datetime) -> None:
    """It was published by mistake a moment ago: a draft again, and what stood before stands."""
    _locked(version)
    if not regrettable(version, at):
        raise Unusable("late")
    since = version.published_at
    if InfoPageVersion.being_written(version.page) is not None:
        raise Unusable("draft")
    version.state, version.published_at = PageState.DRAFT.value, None
    version.published_by_id = None
    db.session.flush()
    before = db.session.scalar(
        InfoPageVersion.of_page(version.page)
        .where(
            InfoPageVersion.state == PageState.REPLACED.value,
            InfoPageVersion.published_at.is_not(None),
            InfoPageVersion.ended_at == since,
        )
        .limit(1)
    )
    if before is not None:
        before.state, before.ended_at = PageState.PUBLISHED.value, None
        db.session.flush()
    resumed = info_page_action.take_back(version.page, since, by=by, at=at)
    _tell(version, "taken_back", by=by, at=at, actions=resumed)


def restore(old: InfoPageVersion, *, by: User, at: datetime) -> InfoPageVersion:
    """What an earlier version said, as a new draft; one that is being written is laid aside."""
    page = old.page
    one_at_a_time("info_page", str(page.id))
    present = InfoPageVersion.being_written(page)
    if present is not None:
        throw_away(present, by=by, at=at)
    made = _new(page, content(old) | {"changes": {}}, by=by, at=at)
    made.restored_from_id = old.id
    _tell(made, "restored", by=by, at=at, old=old.number)
    return made


def throw_away(version: InfoPageVersion, *, by: User, at: datetime) -> None:
    """A draft that is not wanted; it can be restored from the history."""
    _locked(version)
    if version.state not in OPEN:
        raise Unusable("state")
    version.state, version.ended_at, version.publish_at = PageState.REPLACED.value, at, None
    db.session.flush()
    _tell(version, "thrown_away", by=by, at=at)


def content(version: InfoPageVersion) -> dict[str, Any]:
    return {name: getattr(version, name) for name in FIELDS}


def check(said: Mapping[str, Any]) -> None:
    """Raises Unusable without a title in any language."""
    if not any(str(said["titles"].get(code) or "").strip() for code in LANGUAGES):
        raise Unusable("title")


def was_published(page: InfoPage) -> bool:
    found = InfoPageVersion.of_page(page).where(InfoPageVersion.published_at.is_not(None))
    return db.session.scalars(found.limit(1)).first() is not None


def _new(
    page: InfoPage, said: Mapping[str, Any], *, by: User | None, at: datetime
) -> InfoPageVersion:
    last = db.session.scalar(
        select(func.max(InfoPageVersion.number)).where(InfoPageVersion.page_id == page.id)
    )
    made = InfoPageVersion(
        page=page,
        number=(last or 0) + 1,
        author_id=by.id if by else None,
        created_at=at,
        **{name: said[name] for name in FIELDS if name in said},
    )
    db.session.add(made)
    db.session.flush()
    _tell(made, "drafted", by=by, at=at)
    return made


def _locked(version: InfoPageVersion, seen: int | None = None) -> None:
    """One at a time, and the row as it is now; raises Unusable where that is not what was seen."""
    one_at_a_time("info_page", str(version.page_id))
    db.session.refresh(version)
    if seen is not None and version.version != seen:
        raise Unusable("state")


def _standing(page: InfoPage) -> dict[str, Any]:
    return {
        name: getattr(page, name)
        for name in ("slug", "topic_id", "subtopic_id", "measure_id", "position")
    }


def _tell(
    version: InfoPageVersion, what: str, *, by: User | None, at: datetime, **facts: Any
) -> None:
    record(f"info_page.{what}", by=by, at=at, page=version.page_id, number=version.number, **facts)
