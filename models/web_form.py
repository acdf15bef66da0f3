"""Web forms: what is asked of a client, as data, and what each one sent."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Self

from sqlalchemy import ForeignKey, Select, UniqueConstraint, func, select, update
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, SafeJSON, db
from models.event import record
from models.measure import Measure
from models.topic import LANGUAGES
from models.user import User

FORM_CLOSED, FORM_OPENED, FORM_CHANGED = "form.closed", "form.opened", "form.changed"


class Outdated(Exception):
    """Somebody has saved a newer version meanwhile."""


class WebForm(Base):
    """A form by name; what it asks stands in its versions."""

    __tablename__ = "web_form"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    topic_id: Mapped[str | None] = mapped_column(ForeignKey("topic.id"))
    """The topic, or the part of one, that each submission is about; empty: the client chooses."""
    intent_id: Mapped[str | None] = mapped_column(ForeignKey("intent.id"))
    measure_id: Mapped[int | None] = mapped_column(ForeignKey("measure.id"), index=True)
    """Whose documents and last days it shows; empty: those of the topic's nearest measure."""
    position: Mapped[int] = mapped_column(default=0)
    closed_at: Mapped[datetime | None]
    """Offered no more; what is sent all the same is kept."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    measure: Mapped[Measure | None] = relationship()

    @property
    def topic(self) -> str | None:
        """The topic of the first level."""
        return self.topic_id.partition("/")[0] if self.topic_id else None

    @property
    def subtopic(self) -> str | None:
        return self.topic_id if self.topic_id and "/" in self.topic_id else None

    @classmethod
    def coded(cls, code: str) -> Self | None:
        return db.session.scalar(select(cls).where(cls.code == code))

    @classmethod
    def in_order(cls) -> Select[Self]:
        return select(cls).order_by(cls.position, cls.id)

    @classmethod
    def offered(cls) -> Select[Self]:
        """The forms that are open, in their order."""
        return cls.in_order().where(cls.closed_at.is_(None))

    @classmethod
    def open_for(cls, topic_id: str | None) -> Self | None:
        """The open form of a topic or of a part of it; None where there is none of its own."""
        if not topic_id:
            return None
        wanted = topic_id.partition("/")[0]
        return db.session.scalar(
            cls.offered().where(func.split_part(cls.topic_id, "/", 1) == wanted)
        )

    def close(self, *, by: User, at: datetime) -> None:
        if self.closed_at is None:
            self.closed_at = at
            record(FORM_CLOSED, by=by, at=at, form=self.code)

    def open_again(self, *, by: User, at: datetime) -> None:
        if self.closed_at is not None:
            self.closed_at = None
            record(FORM_OPENED, by=by, at=at, form=self.code)


class WebFormVersion(Base):
    """What a form asked from one moment on."""

    __tablename__ = "web_form_version"
    __table_args__ = (UniqueConstraint("form_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    form_id: Mapped[int] = mapped_column(ForeignKey("web_form.id"))
    number: Mapped[int]
    names: Mapped[dict[str, Any]] = mapped_column(SafeJSON)
    introductions: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    fields: Mapped[list[Any]] = mapped_column(SafeJSON, default=list)
    change: Mapped[str] = mapped_column(default="")
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())

    form: Mapped[WebForm] = relationship(lazy="joined", innerjoin=True)
    author: Mapped[User | None] = relationship()

    @classmethod
    def of_form(cls, form_id: int) -> Select[Self]:
        """Every version, the newest first."""
        return select(cls).where(cls.form_id == form_id).order_by(cls.number.desc())

    @classmethod
    def numbered(cls, form_id: int, number: int) -> Self | None:
        return db.session.scalar(cls.of_form(form_id).where(cls.number == number))

    @classmethod
    def current(cls, form: WebForm) -> Self:
        """What the form asks now."""
        return db.session.scalars(cls.of_form(form.id).limit(1)).one()

    @classmethod
    def newest(cls) -> dict[int, Self]:
        """What each form asks now, by form."""
        found = db.session.scalars(
            select(cls).ext(distinct_on(cls.form_id)).order_by(cls.form_id, cls.number.desc())
        )
        return {version.form_id: version for version in found}

    @classmethod
    def begin(
        cls,
        form: WebForm,
        names: Mapping[str, str],
        introductions: Mapping[str, str],
        fields: Sequence[Mapping[str, Any]],
    ) -> Self:
        """The first version, as it comes with the product."""
        made = cls(
            form=form,
            number=1,
            names=dict(names),
            introductions=dict(introductions),
            fields=[dict(field) for field in fields],
        )
        db.session.add(made)
        return made

    def revise(
        self,
        names: Mapping[str, str],
        introductions: Mapping[str, str],
        fields: Sequence[Mapping[str, Any]],
        *,
        change: str,
        by: User,
        at: datetime,
        action_id: int | None = None,
    ) -> Self:
        """The next version, asked from now on; raises `Outdated` when this is not the newest."""
        db.session.execute(select(WebForm.id).where(WebForm.id == self.form_id).with_for_update())
        if self.current(self.form).id != self.id:
            raise Outdated
        made = type(self)(
            form=self.form,
            number=self.number + 1,
            names=dict(names),
            introductions=dict(introductions),
            fields=[dict(field) for field in fields],
            change=change.strip()[:500],
            author_id=by.id,
            created_at=at,
        )
        db.session.add(made)
        db.session.flush()
        record(
            FORM_CHANGED,
            by=by,
            at=at,
            form=self.form.code,
            version=made.number,
            before=self.number,
            action=action_id,
        )
        return made

    def name(self, language: str) -> str:
        return in_some_language(self.names, language)

    def introduction(self, language: str) -> str:
        return in_some_language(self.introductions, language)


def in_some_language(texts: Mapping[str, Any] | None, language: str) -> str:
    """The text in that language, else in the first one that has it."""
    known = texts or {}
    found = (str(known.get(code) or "").strip() for code in (language, *LANGUAGES))
    return next((text for text in found if text), "")


class FormSubmission(Base):
    """One form as it was filled in: typed values, identifiers masked. The raw is in its intake."""

    __tablename__ = "form_submission"

    id: Mapped[int] = mapped_column(primary_key=True)
    form_id: Mapped[int] = mapped_column(ForeignKey("web_form.id"), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("web_form_version.id"))
    intake_id: Mapped[int] = mapped_column(ForeignKey("intake.id"), unique=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"), index=True)
    language: Mapped[str]
    answers: Mapped[dict[str, Any]] = mapped_column(SafeJSON, default=dict)
    missing: Mapped[list[Any]] = mapped_column(SafeJSON, default=list)
    """The documents that the measure asks for and that were not sent with it: `code`, `names`."""
    at: Mapped[datetime]

    form: Mapped[WebForm] = relationship()
    version: Mapped[WebFormVersion] = relationship()

    @classmethod
    def keep(
        cls,
        version: WebFormVersion,
        intake_id: int,
        *,
        language: str,
        answers: Mapping[str, Any],
        missing: Sequence[Mapping[str, Any]],
        at: datetime,
    ) -> None:
        """Beside its intake, in the same transaction; the same intake is the same submission."""
        db.session.execute(
            insert(cls)
            .values(
                form_id=version.form_id,
                version_id=version.id,
                intake_id=intake_id,
                language=language,
                answers=dict(answers),
                missing=[dict(one) for one in missing],
                at=at,
            )
            .on_conflict_do_nothing(index_elements=["intake_id"])
        )

    @classmethod
    def of_intake(cls, intake_id: int) -> Self | None:
        return db.session.scalar(select(cls).where(cls.intake_id == intake_id))

    @classmethod
    def of_contact(cls, contact_id: int) -> Self | None:
        return db.session.scalar(select(cls).where(cls.contact_id == contact_id))

    @classmethod
    def counts(cls, since: datetime) -> dict[int, int]:
        """How many of each form came in since then."""
        rows = db.session.execute(
            select(cls.form_id, func.count()).where(cls.at >= since).group_by(cls.form_id)
        )
        return {row[0]: row[1] for row in rows}

    @classmethod
    def belongs(cls, intake_id: int, contact_id: int) -> Self | None:
        """It was read: that is its contact."""
        db.session.execute(
            update(cls).where(cls.intake_id == intake_id).values(contact_id=contact_id)
        )
        return cls.of_intake(intake_id)
