"""What a program was answered: the same key with the same question gets the same answer again."""

from datetime import datetime
from typing import Any, Self

from sqlalchemy import ForeignKey, LargeBinary, delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, SafeJSON, db
from models.keys import ring


class ApiAnswer(Base):
    """One answered request of one token, by the key that it brought; the body is sealed."""

    __tablename__ = "api_answer"

    token_id: Mapped[int] = mapped_column(ForeignKey("api_token.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    question: Mapped[str]
    """Digest of method, path and body."""
    status: Mapped[int | None]
    """None: it is being answered at this moment."""
    headers: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp(), index=True)

    @classmethod
    def begin(cls, token_id: int, key: str, question: str) -> tuple[Self, bool]:
        """(the answer under that key, whether it is still to be given).

        Who comes with the same key at the same moment waits here for the first one's end; when
        that came to nothing, this one is the first.
        """
        values = {"token_id": token_id, "key": key, "question": question, "headers": {}}
        made = db.session.scalar(
            insert(cls).values(**values).on_conflict_do_nothing().returning(cls.key)
        )
        standing = db.session.get(cls, (token_id, key), populate_existing=True)
        assert standing is not None
        return standing, made is not None

    def give(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status, self.headers = status, headers
        self.sealed = ring().seal(body, self._place)

    @property
    def body(self) -> bytes:
        return ring().open(self.sealed, self._place) if self.sealed is not None else b""

    @property
    def _place(self) -> str:
        return f"api_answer|sealed|{self.token_id}|{self.key}"

    @classmethod
    def sweep(cls, before: datetime) -> None:
        db.session.execute(delete(cls).where(cls.created_at < before))
