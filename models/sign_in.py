"""When and from where somebody signed in, or tried to: by this a person notices a stranger."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, literal, select, union_all

from models.base import db
from models.login_try import LoginTry
from models.user import User, UserSession

SHOWN = 20


class SignIn(NamedTuple):
    """One of them."""

    at: datetime
    remote_address: str
    browser: str
    came_in: bool


def sign_ins_of(user: User) -> list[SignIn]:
    """The last twenty, the latest first; failed ones by the name that was typed."""
    came = select(
        UserSession.created_at.label("at"),
        UserSession.remote_address,
        UserSession.browser,
        literal(True).label("came_in"),
    ).where(UserSession.user_id == user.id)
    failed = select(LoginTry.at, LoginTry.remote_address, literal(""), literal(False)).where(
        LoginTry.login == func.lower(user.login)
    )
    both = union_all(came, failed).subquery()
    rows = db.session.execute(select(both).order_by(both.c.at.desc()).limit(SHOWN))
    return [SignIn(*row) for row in rows]
