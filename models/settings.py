"""Small facts about this installation that live in the database: demo mark, counters, banners."""

from typing import Any, Self

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, SafeJSON, db


class Setting(Base):
    """One named fact."""

    __tablename__ = "setting"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(SafeJSON)

    @classmethod
    def read(cls, key: str, default: Any = None) -> Any:
        found = db.session.scalar(select(cls.value).where(cls.key == key))
        return default if found is None else found

    @classmethod
    def write(cls, key: str, value: Any) -> None:
        statement = insert(cls).values(key=key, value=value)
        db.session.execute(
            statement.on_conflict_do_update(index_elements=["key"], set_={"value": value})
        )

    @classmethod
    def named(cls, key: str) -> Self | None:
        return db.session.get(cls, key)
