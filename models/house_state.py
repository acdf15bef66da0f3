"""How the house stands, in counts: what an administrator reads before opening any page."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Select, func, or_, select

from models.api_token import ApiToken
from models.base import db
from models.exchange import Exchange
from models.mailbox import Mailbox
from models.second_factor import SecondFactor
from models.team import Membership, Team
from models.topic import Topic
from models.user import User, UserSession
from models.webhook import Webhook

SOON = timedelta(days=14)
"""So long before a key ends somebody should make another."""


class PeopleState(NamedTuple):
    """Who can sign in."""

    active: int
    never_here: int
    second_factor: int


class StructureState(NamedTuple):
    """Who takes what."""

    teams: int
    teams_of_nobody: int
    topics: int
    topics_of_nobody: int


class DoorState(NamedTuple):
    """Through what others reach us, and we them."""

    mailboxes: int
    exchanges: int
    keys: int
    keys_ending: int
    webhooks: int
    webhooks_off: int


def people() -> PeopleState:
    active = User.disabled_at.is_(None)
    never = ~select(UserSession.user_id).where(UserSession.user_id == User.id).exists()
    sure = (
        select(SecondFactor.user_id)
        .where(SecondFactor.user_id == User.id, SecondFactor.confirmed_at.is_not(None))
        .exists()
    )
    row = db.session.execute(
        select(func.count(), func.count().filter(never), func.count().filter(sure)).where(active)
    ).one()
    return PeopleState(*row)


def structure() -> StructureState:
    somebody = (
        select(Membership.user_id)
        .join(User, User.id == Membership.user_id)
        .where(
            Membership.team_id == Team.id, Membership.until.is_(None), User.disabled_at.is_(None)
        )
        .exists()
    )
    teams, of_nobody = db.session.execute(
        select(func.count(), func.count().filter(~somebody)).select_from(Team)
    ).one()
    topics, unowned = db.session.execute(
        select(func.count(), func.count().filter(Topic.team_id.is_(None))).where(
            Topic.parent_id.is_(None), Topic.active
        )
    ).one()
    return StructureState(teams, of_nobody, topics, unowned)


def doors(at: datetime) -> DoorState:
    mailboxes = _count(select(func.count()).select_from(Mailbox))
    exchanges = _count(select(func.count()).select_from(Exchange).where(Exchange.active))
    alive = ApiToken.revoked_at.is_(None) & or_(
        ApiToken.expires_at.is_(None), ApiToken.expires_at > at
    )
    keys, ending = db.session.execute(
        select(func.count(), func.count().filter(ApiToken.expires_at < at + SOON)).where(alive)
    ).one()
    hooks, off = db.session.execute(
        select(func.count(), func.count().filter(Webhook.disabled_at.is_not(None))).where(
            Webhook.archived_at.is_(None)
        )
    ).one()
    return DoorState(mailboxes, exchanges, keys, ending, hooks, off)


def database_bytes() -> int:
    return int(db.session.scalar(select(func.pg_database_size(func.current_database()))) or 0)


def _count(query: Select[int]) -> int:
    return int(db.session.scalar(query) or 0)
