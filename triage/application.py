"""The application, put together by `create_app`; importing does nothing else."""

from pathlib import Path

from flask import Flask, Response, current_app, g, request
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
    assets,
    calls,
    clients,
    dashboards,
    desk,
    discretion,
    display,
    errors,
    health,
    outreach,
    preparing,
    public,
    routing,
    screening,
    searching,
    teaching,
    texts,
)
from triage.calls import blocked, exchange
from triage.config import Settings
from triage.foundation import lay
from triage.intake import phone

HERE = Path(__file__).resolve().parent
TEMPLATES = next(p for p in (HERE / "templates", HERE.parent / "templates") if p.is_dir())

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-src 'self'; frame-ancestors 'none'; report-uri /csp-report"
)


class Passerelle(Flask):
    """Flask, with one transaction around each request: 2xx and 3xx keep, all else undoes."""

    def dispatch_request(self) -> ResponseReturnValue:
        if request.endpoint in (None, "static", "assets.file"):
            return super().dispatch_request()
        with transaction() as session:
            response = self.make_response(super().dispatch_request())
            if response.status_code >= 400:
                session.rollback()
            return response


def create_app(settings: Settings | None = None, *, worker: bool = False) -> Passerelle:
    """The whole application, ready to serve or to work; opens no connection by itself."""
    settings = settings or Settings.from_environment()
    app = Passerelle("triage", template_folder=str(TEMPLATES), static_folder=str(HERE / "static"))
    lay(app, settings, worker=worker)
    routing.init_app(settings)
    phone.live_in(settings.phone_region)
    Babel(app, default_locale="en", locale_selector=locale, default_timezone=settings.time_zone)
    CSRFProtect(app)
    accounts.init_app(app)
    display.init_app(app)
    discretion.init_app(app)
    errors.init_app(app)
    preparing.init_app(app)
    for activity in (accounts, assets, desk, calls, screening, dashboards, admin, public, health):
        app.register_blueprint(activity.pages)
    app.register_blueprint(teaching.pages)
    app.register_blueprint(outreach.pages)
    app.register_blueprint(clients.pages)
    app.register_blueprint(searching.pages)
    app.register_blueprint(texts.pages)
    app.register_blueprint(exchange.pages)
    app.register_blueprint(blocked.pages)
    for own_check in (health, exchange, public):
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
