"""The things that a figure counted, for somebody's eyes; how many they are, for everybody's."""

from typing import Any

from sqlalchemy import Select, false, func, select, true

from models import call_log, callback_list, history_behind, policy
from models.base import db
from models.call import Call
from models.callback import Callback
from models.kpi_kinds import Item
from models.user import User

Ids = Select[Any]


def rows(item: Item, ids: Ids, user: User) -> Select[Any]:
    """Of these things, those that `user` may see, the newest first."""
    if item is Item.CONTACT:
        return history_behind.contacts(ids, user)
    if item is Item.TICKET:
        return history_behind.tickets(ids, user)
    if item is Item.CALL:
        works = true() if policy.may(user, policy.Verb.WORK) else false()
        seen = select(Call).where(call_log.seen_by(user), works, Call.id.in_(ids))
        return seen.order_by(Call.initialised_at.desc(), Call.id.desc())
    owed = callback_list.visible_to(user).where(Callback.id.in_(ids))
    return owed.order_by(None).order_by(Callback.due_at, Callback.id)


def how_many(ids: Ids) -> int:
    return db.session.scalar(select(func.count()).select_from(ids.subquery())) or 0
