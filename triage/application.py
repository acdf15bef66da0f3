"""The application, put together by `create_app`; importing does nothing else."""

from pathlib import Path

from flask import Response, current_app, g, request
from flask.typing import ResponseReturnValue
from flask_babel import Babel
from flask_login import current_user
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from models.base import transaction
from models.topic import LANGUAGES
from triage import (
    accounts,
    admin,
    api,
    assets,
    calls,
    clients,
    dashboards,
    desk,
    discretion,
    display,
    errors,
    health,
    logs,
    measuring,
    notice_labels,
    outreach,
    preparing,
    public,
    routing,
    screening,
    searching,
    second_step,
    teaching,
    texts,
)
from triage.api.description import Described
from triage.calls import blocked, exchange
from triage.config import Settings
from triage.exporting import pages as exports
from triage.foundation import lay
from triage.intake import phone

HERE = Path(__file__).resolve().parent
TEMPLATES = next(p for p in (HERE / "templates", HERE.parent / "templates") if p.is_dir())

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-src 'self'; frame-ancestors 'none'; report-uri /csp-report"
)


class Passerelle(Described):
    """APIFlask, with one transaction around each request: 2xx and 3xx keep, all else undoes, but
    for a refusal that undid its own deeds already and wants to be remembered (`g.remembered`).

    Its own pages and errors are off: `api.description` says what is described, and where.
    """

    def dispatch_request(self) -> ResponseReturnValue:
        if request.endpoint in (None, "static", "assets.file"):
            return super().dispatch_request()
        with transaction() as session:
            response = self.make_response(super().dispatch_request())
            if response.status_code >= 400 and not g.get("remembered"):
                session.rollback()
            return response


def create_app(settings: Settings | None = None, *, worker: bool = False) -> Passerelle:
    """The whole application, ready to serve or to work; opens no connection by itself."""
    settings = settings or Settings.from_environment()
    app = Passerelle(
        "triage",
        template_folder=str(TEMPLATES),
        static_folder=str(HERE / "static"),
        enable_openapi=False,
        json_errors=False,
    )
    lay(app, settings, worker=worker)
    routing.init_app(settings)
    phone.live_in(settings.phone_region)
    Babel(app, default_locale="en", locale_selector=locale, default_timezone=settings.time_zone)
    CSRFProtect(app)
    logs.init_app(app)
    measuring.init_app(app)
    accounts.init_app(app)
    display.init_app(app)
    discretion.init_app(app)
    notice_labels.init_app(app)
    errors.init_app(app)
    preparing.init_app(app)
    for activity in (accounts, assets, desk, calls, screening, dashboards, admin, public, health):
        app.register_blueprint(activity.pages)
    app.register_blueprint(teaching.pages)
    app.register_blueprint(outreach.pages)
    app.register_blueprint(clients.pages)
    app.register_blueprint(searching.pages)
    app.register_blueprint(texts.pages)
    app.register_blueprint(exports.pages)
    app.register_blueprint(exchange.pages)
    app.register_blueprint(blocked.pages)
    app.register_blueprint(api.pages)
    app.register_blueprint(second_step.pages)
    for own_check in (health, exchange, public, api):
        own_check.exempt(app)
    app.after_request(protect)
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app, root=str(HERE / "static"), prefix="static/", max_age=3600
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def locale() -> str:
    """The reader's language: the person's own, then the cookie's, then the browser's."""
    if not g.get("no_database") and current_user and current_user.is_authenticated:
        return str(current_user.language)
    chosen = request.args.get("lang") or request.cookies.get("lang", "")
    if chosen in LANGUAGES:
        return chosen
    settings: Settings = current_app.extensions["settings"]
    return request.accept_languages.best_match(LANGUAGES) or settings.default_language


def protect(response: Response) -> Response:
    """The same strict headers on every answer."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    if "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store"
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    return response
