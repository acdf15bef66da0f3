"""The second proof at the door: a code from the phone, and the first use of a link or of a code.

No session begins before both proofs are given; wrong codes count as wrong passwords do.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps

import segno
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from models.base import now, one_at_a_time
from models.entry_link import EntryLink, Purpose
from models.event import record
from models.password_rules import Weak
from models.second_factor import RecoveryCode, SecondFactor
from models.sign_in_refusal import Refused, refused
from models.user import User
from triage.accounts import (
    WEAKNESS,
    after_first_step,
    enter,
    guessed_too_often,
    house_name,
    me,
    second_factor_roles,
)

pages = Blueprint("second_step", __name__)


# --- at the door ----------------------------------------------------------------------------

AtTheDoor = Callable[[User, str, datetime], ResponseReturnValue]
"""A view for whose password was right a moment ago: the person, where to after this, and when."""


def after_the_password(view: AtTheDoor) -> Callable[[], ResponseReturnValue]:
    """Who has shown none goes back to the first page; who has guessed too often waits."""

    @wraps(view)
    def shown() -> ResponseReturnValue:
        at = now()
        first = after_first_step(at)
        if first is None:
            return redirect(url_for("accounts.login"))
        if request.method == "POST" and (refusal := too_many(first[0])):
            return refusal
        return view(*first, at)

    return shown


@pages.get("/login/code")
@after_the_password
def ask(user: User, after: str, at: datetime) -> ResponseReturnValue:
    return render_template("accounts/code.html")


@pages.post("/login/code")
@after_the_password
def answer(user: User, after: str, at: datetime) -> ResponseReturnValue:
    """A code from the phone, or one from paper."""
    given = request.form.get("code", "")[:40]
    factor = SecondFactor.confirmed(user)
    if factor is not None and factor.takes(given, at):
        return enter(user, after)
    if RecoveryCode.use(user, given, at):
        record("user.recovery_code_used", by=user, left=RecoveryCode.left(user))
        return enter(user, after)
    refused(Refused.CODE, user.login, request.remote_addr or "", at)
    return render_template(
        "accounts/code.html", error=_("This code is not good. Type a fresh one.")
    )


@pages.get("/login/phone")
@after_the_password
def enrol(user: User, after: str, at: datetime) -> ResponseReturnValue:
    """For whom a second proof is asked and has none yet: connect a phone first."""
    return connecting(user)


@pages.post("/login/phone")
@after_the_password
def enrolled(user: User, after: str, at: datetime) -> ResponseReturnValue:
    factor = SecondFactor.of(user)
    if factor is None or factor.confirmed_at is not None:
        return redirect(url_for("accounts.login"))
    codes = factor.confirm(request.form.get("code", ""), at)
    if not codes:
        refused(Refused.CODE, user.login, request.remote_addr or "", at)
        return connecting(user, _("This code is not good. Type a fresh one."))
    record("user.second_factor_made", by=user)
    enter(user, after)
    return render_template("accounts/codes.html", codes=codes, then=after)


def too_many(user: User) -> ResponseReturnValue | None:
    """A refusal for who has guessed too often; guesses sent at once are counted one by one."""
    one_at_a_time("second_step", str(user.id))
    if not guessed_too_often(user.login, now()):
        return None
    words = _("Too many attempts. Wait a quarter of an hour and try again.")
    return render_template("accounts/code.html", error=words), 429, {"Retry-After": "900"}


def connecting(user: User, error: str = "") -> ResponseReturnValue:
    factor = SecondFactor.of(user)
    if factor is None or factor.confirmed_at is not None:
        return redirect(url_for("accounts.login"))
    return render_template(
        "accounts/connect.html",
        picture=picture_of(factor, user),
        secret=in_fours(factor.secret),
        error=error,
        action=url_for("second_step.enrolled"),
        at_the_door=True,
    )


def picture_of(factor: SecondFactor, user: User) -> str:
    """The code that a phone photographs, as the address of an image that is its own content."""
    drawn = segno.make(factor.address(user.login, house_name()), micro=False, error="m")
    return drawn.svg_data_uri(border=4, scale=4, dark="#000", light="#fff")


def in_fours(secret: str) -> str:
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


# --- one's own account ----------------------------------------------------------------------


@pages.post("/me/second-factor")
@login_required  # type: ignore[untyped-decorator]
def begin() -> ResponseReturnValue:
    SecondFactor.begin(me(), now())
    return redirect(url_for("second_step.show"), 303)


@pages.get("/me/second-factor")
@login_required  # type: ignore[untyped-decorator]
def show() -> ResponseReturnValue:
    return connecting_own()


def connecting_own(error: str = "") -> ResponseReturnValue:
    user = me()
    factor = SecondFactor.of(user)
    if factor is None or factor.confirmed_at is not None:
        return redirect(url_for("accounts.myself"))
    return render_template(
        "accounts/connect.html",
        picture=picture_of(factor, user),
        secret=in_fours(factor.secret),
        error=error,
        action=url_for("second_step.confirm"),
        at_the_door=False,
    )


@pages.post("/me/second-factor/confirmation")
@login_required  # type: ignore[untyped-decorator]
def confirm() -> ResponseReturnValue:
    user, at = me(), now()
    factor = SecondFactor.of(user)
    codes = factor.confirm(request.form.get("code", ""), at) if factor else []
    if not codes:
        return connecting_own(_("This code is not good. Type a fresh one."))
    record("user.second_factor_made", by=user)
    return render_template("accounts/codes.html", codes=codes, then="")


@pages.post("/me/second-factor/codes")
@login_required  # type: ignore[untyped-decorator]
def fresh_codes() -> ResponseReturnValue:
    """Ten other codes on paper, for who shows a code of now."""
    user = me()
    if not proven(user):
        return not_proven()
    record("user.recovery_codes_made", by=user)
    return render_template("accounts/codes.html", codes=RecoveryCode.make(user.id), then="")


@pages.post("/me/second-factor/end")
@login_required  # type: ignore[untyped-decorator]
def end() -> ResponseReturnValue:
    """Another phone, or none any more where the role allows it; every browser is signed out."""
    user = me()
    if not proven(user):
        return not_proven()
    SecondFactor.forget(user)
    record("user.second_factor_ended", by=user)
    if user.role in second_factor_roles():
        flash(_("Sign in again: you connect the other phone at the door."))
    return redirect(url_for("accounts.login"), 303)


def proven(user: User) -> bool:
    at, address = now(), request.remote_addr or ""
    one_at_a_time("second_step", str(user.id))
    factor = SecondFactor.confirmed(user)
    if factor is None or guessed_too_often(user.login, at):
        return False
    given = request.form.get("code", "")[:40]
    if factor.takes(given, at) or RecoveryCode.use(user, given, at):
        return True
    refused(Refused.CODE, user.login, address, at)
    return False


def not_proven() -> ResponseReturnValue:
    flash(_("This code is not good. Nothing was changed."), "warning")
    return redirect(url_for("accounts.myself"), 303)


# --- by a link ------------------------------------------------------------------------------


@pages.get("/enter/<purpose>/<secret>")
def by_link(purpose: str, secret: str) -> ResponseReturnValue:
    """Choose a password; a link that is used, over or made for something else leads nowhere."""
    link = link_of(purpose, secret)
    return render_template("accounts/enter.html", person=link.user)


@pages.post("/enter/<purpose>/<secret>")
def choose_password(purpose: str, secret: str) -> ResponseReturnValue:
    link, at = link_of(purpose, secret), now()
    password, again = request.form.get("new", ""), request.form.get("again", "")
    if password != again:
        words = _("The two are not the same. Type it twice.")
        return render_template("accounts/enter.html", person=link.user, error=words), 422
    try:
        link.use(password, at, house=house_name())
    except Weak as weak:
        words = str(WEAKNESS[weak.why])
        return render_template("accounts/enter.html", person=link.user, error=words), 422
    record("user.entered_by_link", by=link.user, purpose=link.purpose)
    return render_template("accounts/login.html", after="", login_name=link.user.login)


def link_of(purpose: str, secret: str) -> EntryLink:
    known = Purpose(purpose) if purpose in list(Purpose) else abort(404)
    return EntryLink.good(secret[:100], known, now()) or abort(404)
