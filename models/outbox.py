"""Promises: what must still be done, written in the same transaction as the reason for it.

RQ only rings; the work itself is claimed here in batches under a lease, so a lost bell costs delay
and never a contact. Times are the database's own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from psycopg.errors import DeadlockDetected, LockNotAvailable, SerializationFailure
from sqlalchemy import (
    ColumnElement,
    Float,
    Index,
    UniqueConstraint,
    and_,
    delete,
    func,
    literal,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.dialects.postgresql import array, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm.exc import StaleDataError

from models.base import Base, db, one_at_a_time
from models.settings import Setting

MAX_TRIES = 5
FREE_TURNS = 10
"""So many open promises of one cause take their place in the line as they come."""
TURN = timedelta(seconds=2)
"""By so much later each further one stands: it lets others pass, and waits for nobody else."""


class Job(StrEnum):
    """What can be promised. The order is the order in which a worker takes them."""

    READ = "read"
    SEND = "send"
    CLASSIFY = "classify"
    NOTICE = "notice"
    MAILING = "mailing"
    GROUP = "group"
    BULK = "bulk"
    SPLIT = "split"
    CALL_BACK = "call_back"
    ERASE = "erase"
    AUDIT = "audit"
    REPORT = "report"
    EXPORT = "export"
    LONG_EXPORT = "long_export"
    """A process of its own writes it: in a worker it would keep mail waiting."""
    IMPORT = "import"
    WEBHOOK = "webhook"
    """Kept by couriers of its own: a slow receiver must hold up no worker."""


LEAVING = (Job.SEND, Job.NOTICE, Job.MAILING, Job.REPORT, Job.WEBHOOK)
"""What tells somebody something: it stands still while everything is held back."""
HELD = "outgoing.held"
"""The setting that holds it back, see `holding`."""


ALONE = (Job.LONG_EXPORT.value, Job.IMPORT.value)
"""What no worker takes: in its way mail would wait."""


class Outbox(Base):
    """One promise: do `kind` for the row `ref_id`."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("kind", "ref_id", "cause"),
        Index(
            "ix_outbox_claimable",
            "kind",
            "priority",
            "turn_at",
            postgresql_where="done_at IS NULL AND gave_up_at IS NULL",
        ),
        Index(
            "ix_outbox_fair",
            "fair_key",
            postgresql_where="done_at IS NULL AND gave_up_at IS NULL AND fair_key IS NOT NULL",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    ref_id: Mapped[int]
    cause: Mapped[str] = mapped_column(default="")
    priority: Mapped[int] = mapped_column(default=5)
    fair_key: Mapped[str | None]
    """Who caused it: the many of one sender let the few of others pass."""
    turn_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    """Its place in the line: when it came, or later for one of many of the same sender."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    not_before: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    lease_owner: Mapped[str | None]
    tries: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None]
    done_at: Mapped[datetime | None]
    gave_up_at: Mapped[datetime | None]


@dataclass(frozen=True)
class Claim:
    """A promise taken under a lease."""

    id: int
    ref_id: int
    cause: str
    tries: int

    @property
    def last_try(self) -> bool:
        return self.tries >= MAX_TRIES


def later(
    kind: Job,
    ref_id: int,
    cause: str = "",
    *,
    not_before: datetime | None = None,
    priority: int = 5,
    fair_key: str | None = None,
) -> None:
    """Promise `kind` for `ref_id`, in the transaction of the caller; promised twice is once."""
    statement = insert(Outbox).values(
        kind=kind.value,
        ref_id=ref_id,
        cause=cause,
        not_before=not_before,
        priority=priority,
        fair_key=fair_key,
        turn_at=_turn(fair_key) if fair_key else func.clock_timestamp(),
    )
    db.session.execute(statement.on_conflict_do_nothing())
    db.session().info["promised"] = True


def later_each(
    kind: Job, wanted: Iterable[tuple[int, str, datetime | None]], *, priority: int = 5
) -> None:
    """Many promises of (row, cause, not before) in one statement."""
    rows = [
        {
            "kind": kind.value,
            "ref_id": ref_id,
            "cause": cause,
            "not_before": not_before,
            "priority": priority,
        }
        for ref_id, cause, not_before in wanted
    ]
    if rows:
        db.session.execute(insert(Outbox).values(rows).on_conflict_do_nothing())
        db.session().info["promised"] = True


def _turn(fair_key: str) -> ColumnElement[datetime]:
    """Where the next promise of this cause stands, by how many of its promises are open."""
    open_ = select(func.count()).where(Outbox.fair_key == fair_key, *_open()).scalar_subquery()
    behind = func.greatest(open_ + 1 - FREE_TURNS, 0)
    return func.clock_timestamp() + type_coerce(behind, Float) * literal(TURN)


def claim(
    kind: Job, owner: str, limit: int, lease: timedelta, *, one_each: bool = False
) -> list[Claim]:
    """Up to `limit` open promises of `kind`, leased to `owner`: by priority, each in its turn.

    With `one_each` a thing has at most one of its promises leased at a time, by whomever.
    """
    if kind in LEAVING and Setting.read(HELD):
        return []
    chosen = (
        select(Outbox.id)
        .where(Outbox.kind == kind.value, *_claimable(), *(_firsts(kind) if one_each else ()))
        .order_by(Outbox.priority, Outbox.turn_at, Outbox.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("chosen")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    rows = db.session.execute(
        update(Outbox)
        .where(Outbox.id == chosen.c.id)
        .values(
            lease_until=func.clock_timestamp() + lease,
            lease_owner=owner,
            tries=Outbox.tries + 1,
        )
        .returning(
            Outbox.id,
            Outbox.ref_id,
            Outbox.cause,
            Outbox.tries,
            Outbox.priority,
            Outbox.turn_at,
        )
        .execution_options(synchronize_session=False)
    ).all()
    ordered = sorted(rows, key=lambda row: (row.priority, row.turn_at, row.id))
    return [Claim(row.id, row.ref_id, row.cause, row.tries) for row in ordered]


def due() -> frozenset[str]:
    """The kinds of which something can be claimed now: the others need not be asked for."""
    kind = func.unnest(array([one.value for one in Job])).column_valued("asked")
    claimable = select(Outbox.id).where(Outbox.kind == kind, *_claimable()).exists()
    return frozenset(db.session.scalars(select(kind).where(claimable)))


def _firsts(kind: Job) -> tuple[ColumnElement[bool], ...]:
    """The oldest promise of each thing of which none is leased; asked by one at a time."""
    one_at_a_time("claim", kind.value)
    leased = select(Outbox.ref_id).where(
        Outbox.kind == kind.value, *_open(), Outbox.lease_until >= func.clock_timestamp()
    )
    oldest = (
        select(func.min(Outbox.id))
        .where(Outbox.kind == kind.value, *_claimable(), Outbox.ref_id.not_in(leased))
        .group_by(Outbox.ref_id)
    )
    return (Outbox.id.in_(oldest),)


def _open() -> tuple[ColumnElement[bool], ...]:
    return Outbox.done_at.is_(None), Outbox.gave_up_at.is_(None)


def _claimable() -> tuple[ColumnElement[bool], ...]:
    clock = func.clock_timestamp()
    return (
        *_open(),
        or_(Outbox.not_before.is_(None), Outbox.not_before <= clock),
        or_(Outbox.lease_until.is_(None), Outbox.lease_until < clock),
    )


class LeaseLost(Exception):
    """Somebody else holds the promise by now: whatever was done for it must be undone."""


def finish(claimed: Claim, owner: str) -> None:
    """Mark as done in the caller's transaction; raises `LeaseLost` when it is no longer ours."""
    if not _settle(claimed, owner, done_at=func.clock_timestamp()):
        raise LeaseLost(claimed.id)


def finish_all(claims: Sequence[Claim], owner: str) -> list[Claim]:
    """Mark as done those that are still ours, in the caller's transaction; returns them."""
    done = db.session.scalars(
        update(Outbox)
        .where(
            Outbox.id.in_([claimed.id for claimed in claims]),
            Outbox.lease_owner == owner,
            Outbox.done_at.is_(None),
        )
        .values(done_at=func.clock_timestamp())
        .returning(Outbox.id)
        .execution_options(synchronize_session=False)
    ).all()
    return [claimed for claimed in claims if claimed.id in done]


def give_back(claims: Sequence[Claim], owner: str) -> None:
    """Return untouched promises to everybody."""
    if claims:
        db.session.execute(
            update(Outbox)
            .where(Outbox.id.in_([c.id for c in claims]), Outbox.lease_owner == owner)
            .values(lease_until=None, lease_owner=None, tries=Outbox.tries - 1)
        )


def settled_here(kind: Job, ref_id: int) -> None:
    """Mark a promise as kept by the transaction that also made it or found it open.

    Raises `LeaseLost` when a worker is at it: its own result will stand.
    """
    mine = db.session.execute(
        update(Outbox)
        .where(
            Outbox.kind == kind.value,
            Outbox.ref_id == ref_id,
            Outbox.done_at.is_(None),
            or_(Outbox.lease_until.is_(None), Outbox.lease_until < func.clock_timestamp()),
        )
        .values(done_at=func.clock_timestamp())
        .returning(Outbox.id)
    )
    if mine.first() is None:
        raise LeaseLost(ref_id)


def fail(claimed: Claim, owner: str, error: str, again_in: timedelta) -> None:
    """Remember the error and leave the promise to a later try."""
    _leave(claimed, owner, error, again_in)


def put_off(claimed: Claim, owner: str, error: str, again_in: timedelta) -> None:
    """Leave the promise to a later try; this one does not count, since it is not to blame."""
    _leave(claimed, owner, error, again_in, tries=Outbox.tries - 1)


def go_on(claimed: Claim, owner: str, again_in: timedelta) -> None:
    """Its turn has done what it should and another one follows: earlier failures are over."""
    _leave(claimed, owner, "", again_in, tries=0)


def in_the_way(error: BaseException) -> bool:
    """Whether nothing is wrong but that somebody else was at the same rows."""
    if isinstance(error, StaleDataError):
        return True
    cause = error.orig if isinstance(error, DBAPIError) else None
    return isinstance(cause, LockNotAvailable | DeadlockDetected | SerializationFailure)


def give_up(claimed: Claim, owner: str, error: str) -> None:
    """Stop trying; the thing itself must have become visible as quarantined."""
    if not _settle(claimed, owner, last_error=error[:2000], gave_up_at=func.clock_timestamp()):
        raise LeaseLost(claimed.id)


def hurry(kind: Job, ref_id: int) -> bool:
    """Let what waits for its next try be taken up at once; False when nothing of it waits."""
    hurried = db.session.scalars(
        update(Outbox)
        .where(Outbox.kind == kind.value, Outbox.ref_id == ref_id, *_open())
        .values(not_before=None)
        .returning(Outbox.id)
        .execution_options(synchronize_session=False)
    ).first()
    if hurried is not None:
        db.session().info["promised"] = True
    return hurried is not None


def next_tries(kind: Job, ref_ids: Sequence[int]) -> dict[int, datetime]:
    """When what has been tried in vain is tried next, by the thing it is for."""
    rows = db.session.execute(
        select(Outbox.ref_id, Outbox.not_before).where(
            Outbox.kind == kind.value,
            Outbox.ref_id.in_(ref_ids),
            Outbox.done_at.is_(None),
            Outbox.tries > 0,
            Outbox.not_before > func.clock_timestamp(),
        )
    )
    return {row.ref_id: row.not_before for row in rows}


def hold(kind: Job, pause: timedelta, *, ref_id: int | None = None) -> None:
    """Let everything of `kind` that could be taken up now wait a little; it counts as no try.

    With `ref_id`, only what is promised for that thing.
    """
    of_it = () if ref_id is None else (Outbox.ref_id == ref_id,)
    db.session.execute(
        update(Outbox)
        .where(Outbox.kind == kind.value, *of_it, *_claimable())
        .values(not_before=func.clock_timestamp() + pause)
        .execution_options(synchronize_session=False)
    )


def renew(claims: Sequence[Claim], owner: str, lease: timedelta) -> list[Claim]:
    """Extend the lease of what is still to be done; returns what is still ours."""
    if not claims:
        return []
    ours = db.session.scalars(
        update(Outbox)
        .where(
            Outbox.id.in_([c.id for c in claims]),
            Outbox.lease_owner == owner,
            Outbox.done_at.is_(None),
        )
        .values(lease_until=func.clock_timestamp() + lease)
        .returning(Outbox.id)
        .execution_options(synchronize_session=False)
    ).all()
    return [claimed for claimed in claims if claimed.id in ours]


def renew_apart(claimed: Claim, owner: str, lease: timedelta) -> bool:
    """The same, on a connection of its own: for work that is one long transaction."""
    still = (
        update(Outbox)
        .where(Outbox.id == claimed.id, Outbox.lease_owner == owner, Outbox.done_at.is_(None))
        .values(lease_until=func.clock_timestamp() + lease)
        .returning(Outbox.id)
    )
    with db.engine.begin() as connection:
        return connection.scalar(still) is not None


def _leave(claimed: Claim, owner: str, error: str, again_in: timedelta, **values: object) -> None:
    _settle(
        claimed,
        owner,
        last_error=error[:2000],
        lease_until=None,
        lease_owner=None,
        not_before=func.clock_timestamp() + again_in,
        **values,
    )


def _settle(claimed: Claim, owner: str, **values: object) -> bool:
    result = db.session.execute(
        update(Outbox)
        .where(
            and_(
                Outbox.id == claimed.id,
                Outbox.lease_owner == owner,
                Outbox.done_at.is_(None),
            )
        )
        .values(**values)
        .returning(Outbox.id)
    )
    return result.first() is not None


def work_waits() -> bool:
    """Whether a worker could claim anything at this moment."""
    elsewhere = Outbox.kind.in_([Job.WEBHOOK.value, *ALONE])
    first = select(Outbox.id).where(~elsewhere, *_claimable()).limit(1)
    if Setting.read(HELD):
        first = first.where(Outbox.kind.not_in([kind.value for kind in LEAVING]))
    return db.session.scalar(first) is not None


def waits_alone() -> bool:
    """Whether something can be begun at this moment that has a process of its own."""
    first = select(Outbox.id).where(Outbox.kind.in_(ALONE), *_claimable()).limit(1)
    return db.session.scalar(first) is not None


def crowded(kind: Job, most: int) -> bool:
    """Whether more than `most` promises of `kind` are open; looks at no more than that many."""
    beyond = select(Outbox.id).where(Outbox.kind == kind.value, *_open()).offset(most).limit(1)
    return db.session.scalar(beyond) is not None


def waiting() -> dict[str, int]:
    """How many promises of each kind are open."""
    rows = db.session.execute(
        select(Outbox.kind, func.count().label("open")).where(*_open()).group_by(Outbox.kind)
    )
    return {row.kind: row.open for row in rows}


def oldest_waiting_seconds() -> float:
    """Age in seconds of the oldest promise that could be kept now; 0 when there is none."""
    clock, oldest = db.session.execute(
        select(func.clock_timestamp(), func.min(Outbox.created_at)).where(*_claimable())
    ).one()
    return (clock - oldest).total_seconds() if oldest else 0.0


def oldest_by_kind() -> dict[str, float]:
    """Age in seconds of the oldest promise of each kind that could be kept now."""
    rows = db.session.execute(
        select(Outbox.kind, func.clock_timestamp() - func.min(Outbox.created_at))
        .where(*_claimable())
        .group_by(Outbox.kind)
    )
    return {kind: age.total_seconds() for kind, age in rows}


def sweep(keep: timedelta = timedelta(days=7)) -> int:
    """Delete promises kept longer ago than `keep`; returns how many."""
    gone = db.session.execute(
        delete(Outbox).where(Outbox.done_at < func.clock_timestamp() - keep).returning(Outbox.id)
    )
    return len(gone.all())
