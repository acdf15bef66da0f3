"""Signing in and out, one's own language and theme."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Flask,
    abort,
    current_app,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy
from flask_babel import ngettext
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from flask_login import logout_user as forget_user
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from models import presence
from models.base import db, now
from models.entry_link import EntryLink
from models.event import record
from models.login_try import LoginTry
from models.password_rules import Weak, Weakness
from models.policy import Verb, may
from models.second_factor import RecoveryCode, SecondFactor, wanted_of
from models.sign_in import sign_ins_of
from models.sign_in_refusal import Refused, refused
from models.topic import LANGUAGES
from models.user import User, UserSession
from triage.config import Settings

pages = Blueprint("accounts", __name__)

FIRST_STEP = "first_step"
FIRST_STEP_LASTS = timedelta(minutes=5)

HOMES = {
    "agent": "desk.index",
    "manager": "screening.board",
    "supervisor": "dashboards.index",
    "administrator": "admin.index",
}


WEAKNESS = {
    Weakness.LENGTH: lazy("A password has 12 to 128 characters. Nothing was changed."),
    Weakness.COMMON: lazy(
        "Very many people use this password, so it is guessed first. Nothing was changed:"
        " take several words that do not belong together."
    ),
    Weakness.PATTERN: lazy(
        "This repeats itself or goes along the keyboard. Nothing was changed:"
        " take several words that do not belong together."
    ),
    Weakness.KNOWN: lazy(
        "This is made of your name, your login or the name of the house. Nothing was changed:"
        " take several words that do not belong together."
    ),
}
"""Why a password is refused."""


class SignedIn(UserMixin):  # type: ignore[misc]
    """The person behind this browser, reached by the session's secret; reads like a `User`."""

    def __init__(self, user: User, secret: str) -> None:
        self.user = user
        self.secret = secret

    def __getattr__(self, name: str) -> object:
        return getattr(self.user, name)

    def get_id(self) -> str:
        return self.secret


def init_app(app: Flask) -> None:
    manager = LoginManager(app)
    manager.login_view = "accounts.login"
    manager.login_message = ""
    manager.session_protection = None  # the session row in the database decides

    @manager.user_loader  # type: ignore[untyped-decorator]
    def load(secret: str) -> SignedIn | None:
        if g.get("no_database"):  # the page that says so is shown without asking again
            return None
        try:
            alive = UserSession.alive(secret, now())
        except SQLAlchemyError:
            g.no_database = True
            raise
        return SignedIn(alive.user, secret) if alive else None


def me() -> User:
    """The person who asks; 401 for a stranger."""
    if not current_user.is_authenticated:
        abort(401)
    user = current_user.user
    assert isinstance(user, User)
    return user


def demand(verb: Verb) -> User:
    """The person who asks, if he or she may do `verb`; 403 otherwise."""
    user = me()
    if not may(user, verb):
        abort(403)
    return user


def streamed(parts: Iterator[str], reader: User) -> Iterator[str]:
    """What is written while it leaves. Its request is over by then and its session closed: the
    reader joins that of the stream, which is given back at the end."""
    own = reader not in db.session
    if own:
        db.session.add(reader)
    try:
        yield from parts
    finally:
        if own:
            db.session.remove()


@pages.get("/")
def home() -> ResponseReturnValue:
    if not current_user.is_authenticated:
        return redirect(url_for("accounts.login"))
    return redirect(url_for(HOMES[me().role]))


@pages.get("/login")
def login() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect(url_for("accounts.home"))
    return render_template("accounts/login.html", after=request.args.get("next", ""))


@pages.post("/login")
def sign_in() -> ResponseReturnValue:
    name, password = request.form.get("login", ""), request.form.get("password", "")
    address, at = request.remote_addr or "", now()
    after = request.form.get("next", "")
    if guessed_too_often(name, at):
        refusal = make_response(
            render_template(
                "accounts/login.html",
                error=_("Too many attempts. Wait a quarter of an hour and try again."),
                after=after,
            ),
            429,
        )
        refusal.headers["Retry-After"] = "900"
        return refusal
    user = User.with_password(name, password[:200])
    if user is None:
        refused(Refused.PASSWORD, name, address, at)
        return render_template(
            "accounts/login.html",
            error=_("Wrong name or password."),
            login_name=name,
            after=after,
        )
    session.clear()
    if wanted_of(user, second_factor_roles()):
        return redirect(second_step(user, inside(after) or "", at))
    return enter(user, inside(after) or "")


def guessed_too_often(login: str, at: datetime) -> bool:
    """Whether nothing more is looked at for now; that this was tried is remembered all the same."""
    address = request.remote_addr or ""
    if not LoginTry.too_many(login, address, at):
        return False
    refused(Refused.LOCKED, login, address, at)
    g.remembered = True
    return True


def enter(user: User, after: str) -> ResponseReturnValue:
    """All is proven: begin the session, and go where the person wanted to."""
    at = now()
    session.clear()
    secret = UserSession.begin(
        user, at, request.remote_addr or "", request.headers.get("User-Agent", "")
    )
    login_user(SignedIn(user, secret))
    presence.come_in(user, at)
    record("user.signed_in", by=user)
    return redirect(inside(after) or url_for(HOMES[user.role]))


def second_step(user: User, after: str, at: datetime) -> str:
    """The password was right and opens nothing by itself; where the second proof is asked for."""
    session[FIRST_STEP] = [user.id, user.password_mark, at.timestamp(), after]
    if SecondFactor.confirmed(user) is not None:
        return url_for("second_step.ask")
    SecondFactor.begin(user, at)
    return url_for("second_step.enrol")


def after_first_step(at: datetime) -> tuple[User, str] | None:
    """Whose password was right in this browser a moment ago, and where that person wanted to."""
    user_id, mark, proven_at, after = session.get(FIRST_STEP, [None, "", 0.0, ""])
    user = User.named(user_id)
    fresh = 0 <= at.timestamp() - proven_at <= FIRST_STEP_LASTS.total_seconds()
    if user is None or not user.active or not fresh or mark != user.password_mark:
        return None
    return user, after


def second_factor_roles() -> tuple[str, ...]:
    """Who may not come in by a password alone."""
    settings: Settings = current_app.extensions["settings"]
    return settings.second_factor_roles


def house_name() -> str:
    settings: Settings = current_app.extensions["settings"]
    return settings.triage_name


@pages.post("/logout")
@login_required  # type: ignore[untyped-decorator]
def logout() -> ResponseReturnValue:
    user = me()
    UserSession.end(current_user.secret, now())
    presence.leave(user, now())
    record("user.signed_out", by=user)
    forget_user()
    session.clear()
    return redirect(url_for("accounts.login"))


@pages.post("/me/preferences")
@login_required  # type: ignore[untyped-decorator]
def prefer() -> ResponseReturnValue:
    """Language, theme and density, each kept with the person."""
    user = me()
    wishes = request.form
    if wishes.get("language") in LANGUAGES:
        user.language = wishes["language"]
    if wishes.get("theme") in ("auto", "light", "dark"):
        user.theme = wishes["theme"]
    if wishes.get("density") in ("comfortable", "compact"):
        user.density = wishes["density"]
    return redirect(back())


@pages.get("/me")
@login_required  # type: ignore[untyped-decorator]
def myself() -> ResponseReturnValue:
    return my_page()


def my_page(error: str = "", said: str = "") -> str:
    user = me()
    return render_template(
        "accounts/me.html",
        sessions=db.session.scalars(UserSession.of(user, now())).all(),
        here=UserSession.named(current_user.secret),
        tries=sign_ins_of(user),
        second=SecondFactor.confirmed(user),
        codes_left=RecoveryCode.left(user),
        must=user.role in second_factor_roles(),
        error=error,
        said=said,
    )


@pages.post("/me/password")
@login_required  # type: ignore[untyped-decorator]
def change_password() -> ResponseReturnValue:
    """A new password, for who knows the old one; every other browser is signed out."""
    user, at = me(), now()
    old, new = request.form.get("old", ""), request.form.get("new", "")
    address = request.remote_addr or ""
    if guessed_too_often(user.login, at):
        return my_page(error=_("Too many attempts. Wait a quarter of an hour and try again."))
    if User.with_password(user.login, old[:200]) is None:
        refused(Refused.PASSWORD, user.login, address, at)
        return my_page(error=_("The old password is not right. Nothing was changed."))
    try:
        user.set_password(new, house=house_name())
    except Weak as weak:
        return my_page(error=str(WEAKNESS[weak.why]))
    EntryLink.end_all(user, at)
    record("user.password_changed", by=user)
    secret = UserSession.begin(user, at, address, request.headers.get("User-Agent", ""))
    login_user(SignedIn(user, secret))
    return my_page(said=_("The password is changed. Your other browsers are signed out."))


@pages.post("/me/sessions/<id_hash>/end")
@login_required  # type: ignore[untyped-decorator]
def end_session(id_hash: str) -> ResponseReturnValue:
    UserSession.revoke(me(), id_hash, now())
    record("user.session_ended", by=me())
    return redirect(url_for("accounts.myself"))


@pages.post("/me/sessions/others/end")
@login_required  # type: ignore[untyped-decorator]
def end_other_sessions() -> ResponseReturnValue:
    """Every browser but this one is signed out."""
    count = UserSession.end_others(me(), current_user.secret, now())
    record("user.sessions_ended", by=me(), count=count)
    flash(
        ngettext(
            "%(num)s other browser is signed out.", "%(num)s other browsers are signed out.", count
        )
    )
    return redirect(url_for("accounts.myself"), 303)


@pages.post("/language")
def speak() -> ResponseReturnValue:
    """The language of a visitor without an account, in a cookie."""
    response: Response = redirect(back())
    if request.form.get("language") in LANGUAGES:
        response.set_cookie(
            "lang",
            request.form["language"],
            max_age=365 * 86_400,
            httponly=True,
            samesite="Lax",
            secure=request.is_secure,
        )
    return response


def inside(target: str) -> str | None:
    """`target` if it is a path of this house, else None: nobody is sent elsewhere from here."""
    parts = urlsplit(target)
    safe = (
        target.startswith("/")
        and target[1:2] not in ("/", "\\")
        and len(target) < 2000
        and not any(ord(sign) < 33 or sign == "\\" for sign in target)
        and not parts.scheme
        and not parts.netloc
        and "%5c" not in target.lower()[:8]
        and "%2f" not in target.lower()[:8]
        and "%09" not in target.lower()[:8]
    )
    return target if safe else None


def by_htmx() -> bool:
    """Whether only a part of the page is asked for."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers


def back() -> str:
    """The page from which a form was sent, or the start page."""
    came_from = urlsplit(request.referrer or "")
    path = came_from.path + (f"?{came_from.query}" if came_from.query else "")
    here = came_from.netloc == request.host
    return (inside(path) if here else None) or url_for("accounts.home")
