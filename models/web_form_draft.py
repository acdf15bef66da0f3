"""A form that somebody is filling in: sealed, for an hour, with the files that came so far."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from sqlalchemy import ForeignKey, LargeBinary, Select, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, db
from models.keys import ring
from models.web_form import WebForm

KEPT_FOR = timedelta(hours=1)


class FormDraft(Base):
    """What was typed so far; who has not its key, which only the browser holds, finds nothing."""

    __tablename__ = "form_draft"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    form_id: Mapped[int] = mapped_column(ForeignKey("web_form.id"))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    begun_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)

    @classmethod
    def begin(cls, form: WebForm, key: str, begun_at: datetime, at: datetime) -> Self:
        """The draft of that key: a second click finds the first one's."""
        db.session.execute(
            insert(cls)
            .values(
                key=key,
                form_id=form.id,
                sealed=_sealed({}, key),
                begun_at=begun_at,
                expires_at=at + KEPT_FOR,
            )
            .on_conflict_do_nothing(index_elements=["key"])
        )
        return db.session.scalars(select(cls).where(cls.key == key).with_for_update()).one()

    @classmethod
    def keyed(cls, key: str, at: datetime, *, alone: bool = False) -> Self | None:
        """The draft of that key, while it is kept; `alone` with it until the transaction ends."""
        found = select(cls).where(cls.key == key, cls.expires_at > at)
        return db.session.scalar(found.with_for_update() if alone else found)

    @property
    def answers(self) -> dict[str, Any]:
        """What was typed, by field."""
        found: dict[str, Any] = json.loads(ring().open(self.sealed, f"form_draft|{self.key}"))
        return found

    def write(self, answers: dict[str, Any], at: datetime) -> None:
        """Keep what was typed for another hour."""
        self.sealed = _sealed(answers, self.key)
        self.expires_at = at + KEPT_FOR

    @property
    def files(self) -> Sequence["FormDraftFile"]:
        return db.session.scalars(FormDraftFile.of_draft(self.id)).all()

    def add_file(self, document: str, name: str, content_type: str, content: bytes) -> None:
        """Keep a file; `document` is the code of what was asked for, or empty. A second click
        brings the same one again: it is kept once."""
        twins = (one for one in self.files if (one.name, one.size) == (name, len(content)))
        if any(one.document == document and one.content == content for one in twins):
            return
        place = secrets.token_hex(8)
        db.session.add(
            FormDraftFile(
                draft_id=self.id,
                document=document,
                name=name,
                content_type=content_type,
                size=len(content),
                place=place,
                sealed=ring().seal(content, f"form_draft_file|{place}"),
            )
        )
        db.session.flush()

    def drop_file(self, file_id: int) -> None:
        db.session.execute(
            delete(FormDraftFile).where(
                FormDraftFile.draft_id == self.id, FormDraftFile.id == file_id
            )
        )

    @classmethod
    def sweep(cls, at: datetime) -> None:
        """Forget what nobody has sent within the hour, and what was sent long enough ago; one on
        which somebody works at this moment is left alone."""
        over = select(cls.id).where(cls.expires_at <= at).with_for_update(skip_locked=True)
        gone = list(db.session.scalars(over))
        db.session.execute(delete(FormDraftFile).where(FormDraftFile.draft_id.in_(gone)))
        db.session.execute(delete(cls).where(cls.id.in_(gone)))


def _sealed(answers: dict[str, Any], key: str) -> bytes:
    plain = json.dumps(answers, ensure_ascii=False).encode("utf-8", "replace")
    return ring().seal(plain, f"form_draft|{key}")


class FormDraftFile(Base):
    """A file of a draft, sealed."""

    __tablename__ = "form_draft_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("form_draft.id"), index=True)
    document: Mapped[str] = mapped_column(default="")
    name: Mapped[str]
    content_type: Mapped[str]
    size: Mapped[int]
    place: Mapped[str]
    sealed: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)

    @classmethod
    def of_draft(cls, draft_id: int) -> Select[Self]:
        return select(cls).where(cls.draft_id == draft_id).order_by(cls.id)

    @property
    def content(self) -> bytes:
        return ring().open(self.sealed, f"form_draft_file|{self.place}")


@dataclass(frozen=True)
class SentFile:
    """A file as it goes with a submission."""

    name: str
    content_type: str
    content: bytes
    document: str = ""
