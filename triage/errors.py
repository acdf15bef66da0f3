"""When something goes wrong: what happened, what was kept, what to do. Never a trace."""

import logging
from http import HTTPStatus

from flask import Flask, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, NotFound

from models.base import db
from models.ticket import Stale

log = logging.getLogger("triage.errors")


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, refused)
    app.register_error_handler(Stale, changed_meanwhile)
    app.register_error_handler(StaleDataError, changed_meanwhile)
    app.register_error_handler(DataError, beyond_measure)
    app.register_error_handler(OperationalError, no_database)
    app.register_error_handler(PoolTimeout, no_database)
    app.register_error_handler(Exception, broken)


def refused(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    if code < 400:
        return error
    if code == 401:
        return to_the_door()
    if request.path.startswith("/api/"):
        return to_a_program(code, dict(error.get_headers()).get("Allow"))
    words = {
        400: (
            _("This request was incomplete or too old."),
            _("Go back, reload the page, try again."),
        ),
        403: (_("You may not do this."), _("Ask your manager if you need it.")),
        404: (_("There is nothing here."), _("It may have moved, or it is not visible to you.")),
        409: (
            _("Somebody else has changed this meanwhile."),
            _("Reload to see the present state."),
        ),
        413: (_("This is too large."), _("Nothing was kept. Send smaller files.")),
        429: (_("Too many requests."), _("Wait a little and try again.")),
        503: (_("Not available for a moment."), _("Nothing was lost. Try again shortly.")),
    }
    what, then = words.get(code, (_("This did not work."), _("Nothing was changed.")))
    return page(code, what, then)


def to_a_program(code: int, allow: str | None = None) -> ResponseReturnValue:
    """What asks for no page gets none: a problem as RFC 9457 writes it."""
    told = {"type": "about:blank", "title": HTTPStatus(code).phrase, "status": code}
    answer = jsonify(told | {"request_id": g.get("request_id", "")})
    answer.status_code, answer.mimetype = code, "application/problem+json"
    if allow:
        answer.headers["Allow"] = allow
    return answer


def to_the_door() -> ResponseReturnValue:
    """A stranger, or somebody whose session has ended, signs in and comes back here."""
    back = request.full_path.rstrip("?") if request.method == "GET" else ""
    door = url_for("accounts.login", next=back) if back else url_for("accounts.login")
    if request.headers.get("HX-Request"):
        return "", 401, {"HX-Redirect": url_for("accounts.login")}
    return redirect(door)


def changed_meanwhile(_error: Exception) -> ResponseReturnValue:
    return page(
        409,
        _("Somebody else has changed this meanwhile."),
        _("Nothing of yours was kept. Reload to see the present state, then do it again."),
    )


def beyond_measure(_error: DataError) -> ResponseReturnValue:
    """A number in an address that no row can have."""
    return refused(NotFound())


def no_database(error: Exception) -> ResponseReturnValue:
    log.warning("database not reachable: %s", type(error).__name__)
    g.no_database = True
    answer = page(503, _("Not available for a moment."), _("Nothing was lost. Try again shortly."))
    return answer[0], answer[1], {"Retry-After": "5"}


def broken(error: Exception) -> ResponseReturnValue:
    log.exception("request failed: %s %s", request.method, request.endpoint)
    return page(500, _("Something broke on our side."), _("Nothing was changed. We have noted it."))


def page(code: int, what: str, then: str) -> tuple[str, int]:
    """An error as people should meet it; a fragment where htmx asked for one."""
    db.session.rollback()
    name = "_error.html" if request.headers.get("HX-Request") else "error.html"
    return render_template(name, code=code, what=what, then=then), code
