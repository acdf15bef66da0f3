"""Failed sign-ins: the counters that slow down guessing."""

from datetime import datetime, timedelta

from sqlalchemy import Index, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, db

WINDOW = timedelta(minutes=15)
TRIES_PER_LOGIN = 5
TRIES_PER_ADDRESS = 20


class LoginTry(Base):
    """A failed sign-in. Counted in the database, so that the limit holds without Redis."""

    __tablename__ = "login_try"
    __table_args__ = (
        Index("ix_login_try_login", "login", "at"),
        Index("ix_login_try_address", "remote_address", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str]
    remote_address: Mapped[str]
    at: Mapped[datetime]

    @classmethod
    def failed(cls, login: str, remote_address: str, at: datetime) -> None:
        db.session.add(cls(login=login.strip().lower()[:200], remote_address=remote_address, at=at))

    @classmethod
    def too_many(cls, login: str, remote_address: str, at: datetime) -> bool:
        name = login.strip().lower()[:200]
        recent = (
            select(
                func.count().filter(cls.login == name),
                func.count().filter(cls.remote_address == remote_address),
            )
            .select_from(cls)
            .where(
                cls.at > at - WINDOW, or_(cls.login == name, cls.remote_address == remote_address)
            )
        )
        by_login, by_address = db.session.execute(recent).one()
        return bool(by_login >= TRIES_PER_LOGIN or by_address >= TRIES_PER_ADDRESS)
