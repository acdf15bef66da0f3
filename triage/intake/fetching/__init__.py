"""One run over an IMAP folder: fetch, keep, commit, and only then move.

What is kept and how far we have come are one transaction, so a crash before the move costs
nothing: the next run finds the mail behind our position and moves it. Where nothing can be moved,
the position alone is enough. One mail is in memory at a time.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event

from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from models.base import now, transaction
from models.intake import Adapter
from models.mailbox import MailAccount, Mailbox, alone_with
from triage.config import Settings
from triage.intake import NoRoom, refuse_when_full
from triage.intake.envelope import crash, keep, told_on_delivery
from triage.intake.fetching.connection import Connection, Fault, NotHandedOver, Trouble
from triage.intake.fetching.oversize import BEGINNING, keep_beginning

log = logging.getLogger("triage.fetching")

MOST = 5_000
"""Mails in one run; the lock is let go between two runs."""
BATCH = 50
MOVED_AT_ONCE = 500


@dataclass
class Totals:
    """What a run did."""

    kept: int = 0
    too_large: int = 0
    moved: int = 0
    left: int = 0
    """Mails that the server would not hand over."""
    more: bool = False
    """The run ended before the folder did."""
    busy: bool = False
    """Somebody else was fetching: nothing was done."""

    def add(self, other: "Totals") -> None:
        self.kept += other.kept
        self.too_large += other.too_large
        self.moved += other.moved
        self.left = other.left
        self.more, self.busy = other.more, other.busy


def fetch(
    mailbox_id: int, connection: Connection, settings: Settings, stop: Event | None = None
) -> Totals:
    """Take what is new in the folder; raises `Trouble`, which moves nothing, after noting it."""
    with alone_with(mailbox_id) as ours:
        if not ours:
            return Totals(busy=True)
        run = _Run(mailbox_id, connection, settings, stop or Event())
        run.work()
    left = f"{Fault.LEFT_BEHIND} ({run.totals.left})" if run.totals.left else None
    note(mailbox_id, left, moves=run.moves)
    return run.totals


def note(mailbox_id: int, error: str | None, *, moves: bool | None = None) -> None:
    """Write down how a run ended, where the administrator sees it."""
    with transaction():
        account = MailAccount.held(mailbox_id)
        if account is not None:
            account.tried(now(), error, moves=moves)


class _Run:
    """One run and where it stands."""

    def __init__(
        self, mailbox_id: int, connection: Connection, settings: Settings, stop: Event
    ) -> None:
        self.mailbox_id = mailbox_id
        self.connection = connection
        self.settings = settings
        self.stop = stop
        self.totals = Totals()
        self.validity = 0
        self.moves = False
        self.ours: frozenset[str] = frozenset()
        self.failed_folder: str | None = None

    def work(self) -> None:
        connection, access = self.connection, self.connection.access
        self.validity = connection.open_folder()
        last, behind = self._begin()
        self.moves = connection.can_move_to(access.processed_folder)
        self._move_what_stayed(last, behind)
        waiting = [uid for uid in connection.uids(f"UID {last + 1}:*") if uid > last]
        self.totals.more = len(waiting) > MOST
        for batch in batches(waiting[:MOST], BATCH):
            self._take_all(batch)
        self._ask_again(behind)

    def _begin(self) -> tuple[int, list[int]]:
        with transaction():
            account = MailAccount.held(self.mailbox_id)
            if account is None:
                raise Trouble(Fault.NOT_KEPT, "the account was removed")
            known = account.uidvalidity is not None
            self.ours = Mailbox.addresses()
            if account.begin_at(self.validity) and known:
                log.warning("mailbox %s is another one now: all is taken again", self.mailbox_id)
            return account.last_uid, list(account.left_behind)

    def _move_what_stayed(self, last: int, behind: list[int]) -> None:
        """What a run had kept and could not move."""
        if not self.moves or not last:
            return
        stayed = self.connection.uids(f"UID 1:{last} UNDELETED")
        for batch in batches([uid for uid in stayed if uid not in set(behind)], MOVED_AT_ONCE):
            if not self.stop.is_set():
                self._move(batch)

    def _ask_again(self, behind: list[int]) -> None:
        """The server may have changed its mind; last, so that nobody waits for these."""
        if behind and not self.stop.is_set():
            there = set(self.connection.uids("ALL"))
            if gone := set(behind) - there:
                with transaction():
                    account = MailAccount.held(self.mailbox_id)
                    if account is not None:
                        account.forget(gone, self.validity)
            self._take_all([uid for uid in behind if uid in there])

    def _take_all(self, uids: list[int]) -> None:
        sizes = self.connection.sizes(uids)
        kept: list[int] = []
        too_large: list[int] = []
        try:
            for uid in uids:
                if self.stop.is_set():
                    self.totals.more = True
                    break
                outcome = self._take(uid, sizes.get(uid, 0))
                if outcome is not None:
                    (kept if outcome else too_large).append(uid)
        finally:
            self.totals.kept += len(kept)
            self.totals.too_large += len(too_large)
        if self.moves:
            self._move(kept)
        if too_large and self._folder_of_failed() != self.connection.access.folder:
            self.connection.move(too_large, self._folder_of_failed())

    def _take(self, uid: int, size: int) -> bool | None:
        """True when it was kept whole, False when only its beginning was; None for neither."""
        limit = self.settings.mail_limit
        try:
            refuse_when_full(self.settings)
            raw = self._bytes(uid, size)
            if raw is None:
                return None  # somebody took it away meanwhile
            cut_from = max(size, len(raw)) if max(size, len(raw)) > limit else None
            if cut_from:
                raw = raw[: _end_of_headers(raw) + BEGINNING]
            ours = self._keep(uid, raw, cut_from)
        except NoRoom as full:
            raise Trouble(Fault.NOT_KEPT, full) from None
        except (NotHandedOver, DataError, IntegrityError) as refusal:
            log.warning("mail %s of mailbox %s is left behind: %r", uid, self.mailbox_id, refusal)
            self._leave_behind(uid)
            return None
        except SQLAlchemyError as trouble:
            raise Trouble(Fault.NOT_KEPT, type(trouble).__name__) from trouble
        crash("after_commit", self.settings)
        return (cut_from is None) if ours else None

    def _bytes(self, uid: int, size: int) -> bytes | None:
        if size > self.settings.mail_limit:
            return self.connection.beginning(uid, BEGINNING)
        return self.connection.raw(uid)

    def _keep(self, uid: int, raw: bytes, cut_from: int | None) -> bool:
        """False when another fetcher has kept it already."""
        told = told_on_delivery(
            raw, self.ours, uid=uid, uidvalidity=self.validity, cut_from=cut_from
        )
        with transaction():
            account = MailAccount.held(self.mailbox_id)
            if account is None or not account.take(uid, self.validity):
                return False
            if cut_from:
                keep_beginning(raw, told, account.mailbox, folder=self._folder_of_failed())
            else:
                keep(raw, told, adapter=Adapter.IMAP, mailbox=account.mailbox)
            crash("before_commit", self.settings)
        return True

    def _leave_behind(self, uid: int) -> None:
        self.totals.left += 1
        with transaction():
            account = MailAccount.held(self.mailbox_id)
            if account is not None:
                account.leave_behind(uid, self.validity)

    def _folder_of_failed(self) -> str:
        """Where a mail goes that can never be taken: where it is, when there is no other place."""
        if self.failed_folder is None:
            access = self.connection.access
            can = self.connection.can_move_to(access.failed_folder)
            self.failed_folder = access.failed_folder if can else access.folder
        return self.failed_folder

    def _move(self, uids: list[int]) -> None:
        self.moves = self.connection.move(uids, self.connection.access.processed_folder)
        if self.moves:
            self.totals.moved += len(uids)


def batches(uids: list[int], size: int) -> Iterator[list[int]]:
    for start in range(0, len(uids), size):
        yield uids[start : start + size]


def _end_of_headers(raw: bytes) -> int:
    ends = [at for at in (raw.find(b"\r\n\r\n"), raw.find(b"\n\n")) if at >= 0]
    return min(ends, default=0)
