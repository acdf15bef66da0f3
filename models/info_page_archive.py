"""A page of the dossier laid aside, and brought back as it stood: nothing that it said is lost."""

from datetime import datetime

from models import info_page_action, info_page_change
from models.base import db, one_at_a_time
from models.event import Event, record
from models.info_page import InfoPage, InfoPageVersion, PageState
from models.unusable import Unusable
from models.user import User


def archive(page: InfoPage, *, by: User, at: datetime) -> None:
    """Readers see it no more; all that it said is kept. An action that it was is live no more.

    What waited for its day waits no more; `bring_back` puts both as they were.
    """
    one_at_a_time("info_page", str(page.id))
    if page.archived_at is not None:
        raise Unusable("state")
    shown, waiting = InfoPageVersion.current(page), InfoPageVersion.being_written(page)
    if shown is not None:
        shown.state, shown.ended_at = PageState.ARCHIVED.value, at
    due = waiting.publish_at if waiting is not None else None
    if waiting is not None and waiting.state == PageState.SCHEDULED:
        info_page_change.unschedule(waiting, by=by, at=at)
    page.archived_at = at
    live = info_page_action.live_since(page) if shown else {}
    resumed = info_page_action.take_back(page, None, by=by, at=at) if shown else []
    record(
        "info_page.archived",
        by=by,
        at=at,
        page=page.id,
        actions=resumed,
        live=live,
        due=due.isoformat() if due else None,
    )


def bring_back(page: InfoPage, *, by: User, at: datetime) -> None:
    """An archived page as it stood when it was archived."""
    one_at_a_time("info_page", str(page.id))
    if page.archived_at is None:
        raise Unusable("state")
    last = db.session.scalar(
        InfoPageVersion.of_page(page)
        .where(
            InfoPageVersion.state == PageState.ARCHIVED.value,
            InfoPageVersion.ended_at == page.archived_at,
        )
        .limit(1)
    )
    facts = Event.last_facts("info_page.archived", page.archived_at, page=page.id)
    page.archived_at = None
    if last is not None:
        last.state, last.ended_at = PageState.PUBLISHED.value, None
        db.session.flush()
        info_page_action.go_live(page, by=by, at=at, since=facts.get("live") or {})
    waiting, due = InfoPageVersion.being_written(page), facts.get("due")
    if waiting is not None and waiting.languages and due and datetime.fromisoformat(due) > at:
        info_page_change.schedule(waiting, datetime.fromisoformat(due), by=by, at=at)
    record("info_page.brought_back", by=by, at=at, page=page.id)
