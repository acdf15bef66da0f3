"""A page that is a decided action: it works from the moment on which readers see the page."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from models.action import Action, ActionKind
from models.base import db
from models.event import record
from models.info_page import InfoPage, InfoPageProblem
from models.user import User


def link(
    page: InfoPage, problem_id: int, action: Action | None, *, by: User | None, at: datetime
) -> None:
    """The page answers this problem, and is this action of it; a second time changes the action."""
    values = {
        "page_id": page.id,
        "problem_id": problem_id,
        "action_id": action.id if action else None,
        "by_id": by.id if by else None,
        "at": at,
    }
    db.session.execute(
        insert(InfoPageProblem)
        .values(**values)
        .on_conflict_do_update(
            index_elements=["page_id", "problem_id"], set_={"action_id": values["action_id"]}
        )
    )
    record(
        "info_page.linked",
        by=by,
        at=at,
        problem_id=problem_id,
        page=page.id,
        action=values["action_id"],
    )


def unlink(page: InfoPage, problem_id: int, *, by: User, at: datetime) -> None:
    db.session.execute(
        delete(InfoPageProblem).where(
            InfoPageProblem.page_id == page.id, InfoPageProblem.problem_id == problem_id
        )
    )
    record("info_page.unlinked", by=by, at=at, problem_id=problem_id, page=page.id)


def offered(problem_id: int) -> list[Action]:
    """What was decided about a problem that a page can be."""
    texts = Action.of_problem(problem_id).where(Action.kind == ActionKind.WEB_TEXT.value)
    return [one for one in db.session.scalars(texts) if one.cancelled_at is None]


def go_live(
    page: InfoPage, *, by: User | None, at: datetime, since: Mapping[str, str] | None = None
) -> list[int]:
    """What is still to be done and is this page, is done; returns which actions.

    `since`: by the action's id, from when on it was live before it was taken back.
    """
    before = since or {}
    done = [one for one in _actions(page) if one.to_do and one.kind == ActionKind.WEB_TEXT.value]
    for action in done:
        earlier = before.get(str(action.id))
        action.finish(by=by, at=at, effective_at=datetime.fromisoformat(earlier) if earlier else at)
    return [action.id for action in done]


def live_since(page: InfoPage) -> dict[str, str]:
    """What is live and has no verdict yet, by the action's id as it is kept in JSON."""
    return {
        str(one.id): one.effective_at.isoformat()
        for one in _actions(page)
        if one.waits_for_verdict and one.effective_at
    }


def take_back(page: InfoPage, since: datetime | None, *, by: User, at: datetime) -> list[int]:
    """What became live by this page (at `since`, if given) and has no verdict is to do again."""
    undone = [
        one
        for one in _actions(page)
        if one.waits_for_verdict and (since is None or one.effective_at == since)
    ]
    for action in undone:
        action.resume(by=by, at=at)
    return [action.id for action in undone]


def _actions(page: InfoPage) -> list[Action]:
    linked = select(InfoPageProblem.action_id).where(
        InfoPageProblem.page_id == page.id, InfoPageProblem.action_id.is_not(None)
    )
    return list(db.session.scalars(select(Action).where(Action.id.in_(linked)).order_by(Action.id)))
