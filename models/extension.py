"""Whom a telephone exchange means when it names a telephone."""

from collections.abc import Collection

from sqlalchemy import func, or_

from models.base import db
from models.user import User

LARGEST_ID = 2**31 - 1


def people_at(names: Collection[str]) -> list[User]:
    """The active people at these telephones, each once: by extension, then by login (which may be
    an e-mail address, whole or before the @)."""
    plain = _plain(names)
    if not plain:
        return []
    found = db.session.scalars(
        User.everybody().where(
            or_(func.lower(User.phone_extension).in_(plain), func.lower(User.login).in_(plain))
        )
    ).all()
    by_extension = [one for one in found if (one.phone_extension or "").lower() in plain]
    taken = {(one.phone_extension or "").lower() for one in by_extension}
    by_login = [one for one in found if one.login.lower() in plain - taken]
    return list({one.id: one for one in by_extension + by_login}.values())


def person_at(names: Collection[str], *, or_id: bool = False) -> User | None:
    """The first of them; with `or_id` a bare number that is nobody's telephone may be the id of
    a person."""
    found = people_at(names)
    if found or not or_id:
        return found[0] if found else None
    ids = [int(name) for name in _plain(names) if name.isascii() and name.isdigit()]
    known = User.everybody().where(User.id.in_([one for one in ids if one <= LARGEST_ID]))
    return db.session.scalar(known.limit(1))


def _plain(names: Collection[str]) -> set[str]:
    plain = {name.strip().lower() for name in names if name.strip()}
    return plain | {name.partition("@")[0] for name in plain if not name.startswith("@")}
