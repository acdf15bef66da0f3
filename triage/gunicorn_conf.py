"""How gunicorn serves the pages: threads for event streams, the application loaded before the fork.

A connection opened before the fork must never be used by two processes: `post_fork` drops them.
"""

import gc
import logging
import threading
from typing import Any

from classifiers import encoder
from triage import logs, measuring, routing
from triage.config import Settings

_settings = Settings.from_environment()

bind = (
    f"[{_settings.host}]:{_settings.port}"
    if ":" in _settings.host
    else (f"{_settings.host}:{_settings.port}")
)
worker_class = "gthread"
workers = _settings.web_processes
threads = _settings.web_threads
preload_app = True
graceful_timeout = max(1, int(_settings.stop_timeout) - 1)
timeout = 60
keepalive = 5
loglevel = _settings.log_level
proc_name = "triage-web"


def on_starting(server: Any) -> None:
    """The server's own lines look like ours."""
    logs.set_up(_settings)
    for name in ("gunicorn.error", "gunicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True


def when_ready(server: Any) -> None:
    """What is loaded stays shared between the processes, and none of them tidies it up to end."""
    gc.collect()
    gc.freeze()


def post_fork(server: Any, worker: Any) -> None:
    """Each process opens its own database connections."""
    application = server.app.wsgi()
    database = application.extensions.get("sqlalchemy")
    if database is None:
        return
    with application.app_context():
        for engine in database.engines.values():
            engine.dispose(close=False)


def post_worker_init(worker: Any) -> None:
    """Warm the classifier beside the first requests: the pages open first, and the first agent who
    types a note does not wait for it."""
    threading.Thread(target=warm_up, name="warm-up", daemon=True).start()


def warm_up() -> None:
    """The encoder too where there is no model yet: the first page after it came would wait."""
    if routing.engine() is None:
        encoder.encode(["Bonjour"])


def child_exit(server: Any, worker: Any) -> None:
    """What a process that ended had measured stays; that it lives does not."""
    measuring.forget_process(worker.pid)
