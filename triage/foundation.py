"""What every process stands on: settings, key ring, database and doorbell; no page, no classifier.

`triage ingest`, `mail`, `relay` and `migrate` need no more, and start in half a second.
"""

from typing import Any
from urllib.parse import urlsplit

from flask import Flask

from models import calendar, erasure_outside, filestore, keys, webhook_telling
from models import tables as _every_table  # noqa: F401  (a row's references need their tables)
from models.base import after_commit, db
from models.closing_day import said_by_the_house
from models.event import recorded
from triage import file_places
from triage.bell import Bell
from triage.config import Settings


def bare_app(settings: Settings) -> Flask:
    """An application without pages, for commands and for the processes behind them."""
    app = Flask("triage")
    lay(app, settings, worker=True)
    return app


def lay(app: Flask, settings: Settings, *, worker: bool) -> None:
    """Put the foundation under `app`; opens no connection by itself."""
    app.config.update(configuration(settings, worker))
    app.extensions["settings"] = settings
    keys.install(keys.KeyRing.load(settings.key_ring))
    filestore.install(file_places.chosen(settings))
    calendar.consult(said_by_the_house)
    erasure_outside.install(
        erasure_outside.Outside(
            log=settings.erasure_log,
            letters=settings.outbox_dir,
            exports=settings.data_dir / "exports",
        )
    )
    db.init_app(app)
    bell = Bell(settings.redis_url, settings.redis_timeout)
    app.extensions["bell"] = bell
    after_commit[:] = [bell.ring]
    recorded[:] = [webhook_telling.promise]


def configuration(settings: Settings, worker: bool) -> dict[str, Any]:
    """What Flask and its extensions need to know, made of our own settings."""
    https = settings.base_url.startswith("https://")
    return {
        "SECRET_KEY": settings.secret_key,
        "SECRET_KEY_FALLBACKS": list(settings.secret_key_fallbacks),
        "SESSION_COOKIE_NAME": "__Host-triage" if https else "triage",
        "SESSION_COOKIE_SECURE": https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "MAX_CONTENT_LENGTH": 17 * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 500_000,
        "MAX_FORM_PARTS": 1_000,
        "WTF_CSRF_TIME_LIMIT": None,
        "TRUSTED_HOSTS": trusted_hosts(settings),
        "BOOTSTRAP_SERVE_LOCAL": True,
        "BABEL_TRANSLATION_DIRECTORIES": "translations",
        "SQLALCHEMY_DATABASE_URI": settings.database_url or "postgresql+psycopg:///triage",
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(settings, worker),
    }


def trusted_hosts(settings: Settings) -> list[str] | None:
    """The names under which pages are served: all of them, unless somebody said or it matters."""
    if not settings.trusted_hosts and not settings.in_production:
        return None
    return [urlsplit(settings.base_url).hostname or "localhost", *settings.trusted_hosts]


def engine_options(settings: Settings, worker: bool) -> dict[str, Any]:
    """Bounded waiting everywhere: a page answers or says that it cannot, it never hangs."""
    statement = settings.worker_statement_timeout if worker else settings.web_statement_timeout
    lock = settings.worker_lock_timeout if worker else settings.web_lock_timeout
    limits = (
        f"-c statement_timeout={int(statement * 1000)} -c lock_timeout={int(lock * 1000)} "
        f"-c idle_in_transaction_session_timeout={int(max(30.0, statement) * 1000)} "
        "-c timezone=UTC"
    )
    return {
        "hide_parameters": True,  # an error in a log never repeats what a client wrote
        "pool_pre_ping": True,
        "pool_size": 8,
        "max_overflow": 24,
        "pool_timeout": settings.pool_timeout,
        "connect_args": {"options": limits, "connect_timeout": 5},
    }
