"""Who was asked who he or she is, by whom, and how; the file is shown only after that."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class IdentityCheck(Base):
    """An agent's word that the caller is this client."""

    __tablename__ = "identity_check"
    __table_args__ = (Index("ix_identity_check_client", "client_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    call_id: Mapped[int | None] = mapped_column(ForeignKey("call.id"))
    once: Mapped[str] = mapped_column(default="")
    how: Mapped[str]
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
