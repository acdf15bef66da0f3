"""Refused sign-ins in the audit chain: the first of a minute one by one, the others together.

Neither what was typed nor a whole address is kept: a password is often typed for a name.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address, ip_network

from sqlalchemy import ForeignKey, Index, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from models.audit import Audit
from models.base import Base, db
from models.login_try import LoginTry
from models.user import User

TOLD_ALONE = 3
"""So many of a minute and account have a row each."""
KEPT = timedelta(days=1)


class Refused(StrEnum):
    """What was refused; its value is the deed in the chain."""

    PASSWORD = "sign_in.refused"
    CODE = "sign_in.code_refused"
    LOCKED = "sign_in.locked"
    """Too many before it: what was given now was not even looked at."""


class SignInRefusal(Base):
    """How many of one kind there were in one minute for one account; the unknown ones are one."""

    __tablename__ = "sign_in_refusal"
    __table_args__ = (
        Index(
            "uq_sign_in_refusal_minute",
            "minute",
            "kind",
            "user_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    minute: Mapped[datetime]
    kind: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    count: Mapped[int]
    told: Mapped[int]
    """So many of them stand in the chain."""

    @classmethod
    def sweep(cls, at: datetime) -> None:
        """The chain knows of them: what is counted here is needed for its minute only."""
        old = (cls.minute < at - KEPT) & (cls.told >= cls.count)
        db.session.execute(delete(cls).where(old))


def refused(kind: Refused, login: str, remote_address: str, at: datetime) -> None:
    """Count one, and tell the chain of it while it is among the first of its minute.

    What was looked at counts towards the limit of tries; what was refused by that limit does not.
    """
    if kind is not Refused.LOCKED:
        LoginTry.failed(login, remote_address, at)
    user_id = db.session.scalar(User.by_login(login).with_only_columns(User.id))
    alone = 1 if kind is Refused.LOCKED else TOLD_ALONE
    written = insert(SignInRefusal).values(
        minute=at.replace(second=0, microsecond=0),
        kind=kind.value,
        user_id=user_id,
        count=1,
        told=1,
    )
    count = SignInRefusal.count + 1
    # One that comes late, when its minute was told already, takes nothing back of what was told.
    told = func.greatest(SignInRefusal.told, func.least(count, alone))
    again = written.on_conflict_do_update(
        index_elements=["minute", "kind", "user_id"], set_={"count": count, "told": told}
    )
    counted = db.session.scalar(again.returning(SignInRefusal.count))
    if counted is not None and counted <= alone:
        _tell(kind.value, user_id, {"from": masked(remote_address)})


def tell_the_rest(at: datetime) -> int:
    """One row for what a minute that is over had beyond its first ones; returns how many rows."""
    minute = at.replace(second=0, microsecond=0)
    waiting = select(SignInRefusal).where(
        SignInRefusal.minute < minute, SignInRefusal.told < SignInRefusal.count
    )
    rest = db.session.scalars(waiting.order_by(SignInRefusal.id).with_for_update()).all()
    for one in rest:
        facts = {"further": one.count - one.told, "minute": one.minute.isoformat()}
        _tell(one.kind, one.user_id, facts)
        one.told = one.count
    return len(rest)


def masked(remote_address: str) -> str:
    """The network that an address is of: enough to see where it comes from, not who it was."""
    try:
        address = ip_address(remote_address)
    except ValueError:
        return ""
    return str(ip_network(f"{address}/{24 if address.version == 4 else 48}", strict=False))


def _tell(kind: str, user_id: int | None, facts: dict[str, object]) -> None:
    known = {} if user_id is None else {"user": user_id}
    Audit.append(None, kind, {}, known | facts)
