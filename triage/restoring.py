"""The house as a backup has it: proven first, loaded beside what is there, put in its place last.

What was erased since the backup was made is erased again, nobody stays signed in, and nothing
leaves until a person has looked.
"""

import os
import re
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import replace as with_other
from datetime import datetime
from pathlib import Path

from models import aside, backup, holding, left_already, schema
from models.base import db, transaction
from models.erasure_outside import outside
from models.user import UserSession
from triage import audit_heads
from triage.backing_up import (
    DUMP,
    BackupTrouble,
    Copy,
    Progress,
    keys_fit,
    load,
    refuse_difference,
    sources,
)
from triage.config import Settings
from triage.foundation import bare_app

Replay = Callable[[datetime], int]
_MESSAGE_ID = re.compile(r"<[^<>\s]{3,400}>")


@dataclass(frozen=True)
class Restored:
    """What came of it."""

    rows: int
    files: int
    kept_as: str
    """What the database that was there before is called now; empty where there was none."""
    outgoing: "Outgoing"
    erased_again: int


@dataclass(frozen=True)
class Outgoing:
    """What became of that which stood to leave."""

    known: int
    """Had left, by the word of the database that was replaced or of the mail server's log."""
    set_aside: int
    standing_still: int


def prove(copy: Copy, *, without_keys: bool) -> None:
    """Raises `BackupTrouble` when the copy is damaged or sealed with other keys."""
    if damaged := copy.damaged():
        raise BackupTrouble(
            f"Nothing was changed: {len(damaged)} files of the backup are damaged, the first: "
            f"{damaged[0]}"
        )
    if not without_keys and not keys_fit(copy):
        raise BackupTrouble(
            "Nothing was changed: the key ring here is not the one of this backup. Put the right "
            "keys.json in place first, or say --without-keys to give up what was sealed."
        )


def restore(
    copy: Copy,
    settings: Settings,
    at: datetime,
    *,
    replace: bool,
    replay: Replay,
    progress: Progress,
    logged: frozenset[str] = frozenset(),
) -> Restored:
    """Put a proven copy in place of what is there; raises `BackupTrouble` and changes nothing.

    `logged` are Message-IDs that the mail server has handed on.
    """
    url = settings.database_url or ""
    there = backup.exists(url)
    if there and not backup.is_empty(url) and not replace:
        raise BackupTrouble(
            f"“{backup.database_of(url)}” holds data already. Say --replace to put the backup in "
            "its place; the present database is kept under another name."
        )
    if there:
        refuse_company(url)
    fresh = backup.beside(url, f"{backup.database_of(url)}_restoring_{secrets.token_hex(3)}")
    progress("database", 0, 1)
    backup.create(fresh)
    try:
        load(fresh, copy.folder / DUMP)
        refuse_difference(copy, fresh)
        schema.upgrade(fresh)
        files = bring_files(copy, settings, progress)
        replaced = url if there and not backup.is_empty(url) else None
        outgoing, erased = look_after(copy, settings, fresh, at, replay, replaced, logged)
        kept_as = change_places(url, fresh, at) if there else change_name(fresh, url)
    except BaseException:
        backup.drop(fresh)
        raise
    progress("database", 1, 1)
    return Restored(sum(copy.counts.values()), files, kept_as, outgoing, erased)


def message_ids(mail_log: Path) -> frozenset[str]:
    """Every Message-ID in a mail server's log."""
    with mail_log.open(encoding="utf-8", errors="replace") as lines:
        return frozenset(found for line in lines for found in _MESSAGE_ID.findall(line))


def change_places(url: str, fresh: str, at: datetime) -> str:
    """Call the present database otherwise, and give its name to the fresh one; returns what it is
    called now. It has its name back where the fresh one cannot take it."""
    refuse_company(url)
    if backup.is_empty(url):
        backup.drop(url)
        return change_name(fresh, url)
    name = backup.database_of(url)
    kept_as = f"{name}_before_{at:%Y%m%d%H%M%S}"
    backup.rename(url, kept_as)
    try:
        change_name(fresh, url)
    except BaseException:
        backup.rename(backup.beside(url, kept_as), name)
        raise
    return kept_as


def change_name(fresh: str, url: str) -> str:
    """The fresh database takes the name of the house's; nothing was there before."""
    backup.rename(fresh, backup.database_of(url))
    return ""


def refuse_company(url: str) -> None:
    """Raises `BackupTrouble` while somebody works with the database."""
    if backup.users_of(url):
        raise BackupTrouble(
            f"Somebody is connected to “{backup.database_of(url)}”: stop every process of "
            "Passerelle first. Nothing was changed."
        )


def bring_files(copy: Copy, settings: Settings, progress: Progress) -> int:
    """Put back files and models that are not here; returns how many. What is here stays: files bear
    the digest of their content, and a model that is newer does no harm."""
    places = sources(settings)
    brought = 0
    for done, path in enumerate(copy.paths):
        part, _, rest = path.partition("/")
        if part not in places:
            continue
        progress(part, done, len(copy.paths))
        target = places[part] / rest
        if target.exists():
            continue
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
        shutil.copyfile(copy.folder / path, draft)
        os.replace(draft, target)
        brought += 1
    return brought


def look_after(
    copy: Copy,
    settings: Settings,
    fresh: str,
    at: datetime,
    replay: Replay,
    replaced: str | None,
    logged: frozenset[str],
) -> tuple[Outgoing, int]:
    """What must happen before anybody works in a restored house: so it is done to the fresh
    database, and whoever finds the house's name on one finds it done."""
    with bare_app(with_other(settings, database_url=fresh)).app_context():
        try:
            with transaction():
                known = left_already.settle_logged(logged, at) if logged else 0
                known += left_already.settle(replaced, at) if replaced else 0
                outgoing = Outgoing(known, *aside.set_aside(at))
                holding.hold(holding.Cause.RESTORED, at, backup_at=copy.made_at)
                UserSession.end_everybody()
            for log in copy.erasure_logs():
                outside().learn(log)
            erased = replay(at)
            audit_heads.restored(settings, at)
        finally:
            db.session.remove()
            db.engine.dispose()
    return outgoing, erased
