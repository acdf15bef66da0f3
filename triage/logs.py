"""What the processes write down: one line each, as JSON for machines or plain for people.

A line names the request or the turn of work that it belongs to. What looks like an address, a
telephone number or a register number is masked before it is written, and no line breaks out of its
own.
"""

import json
import logging
import re
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, current_app, g, request

from triage.config import Settings

SLOW = 2.0
"""Seconds above which a request is worth a line by itself."""
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_ADDRESS = re.compile(r"[^\s<>\"'@,;()]{1,64}@[A-Za-z0-9.-]{1,200}")
_NUMBER = re.compile(r"\+?\d(?:[ ./-]?\d){8,}")
_DAY = re.compile(r"(?:19|20)\d\d-[01]\d-[0-3]\d")
_BREAKS = {code: f"\\x{code:02x}" for code in (*range(32), 127, 0x85, 0x2028, 0x2029)}

_request: ContextVar[str] = ContextVar("request", default="")
_job: ContextVar[str] = ContextVar("job", default="")
log = logging.getLogger("triage.request")


def set_up(settings: Settings, level: str = "") -> None:
    """From now on this process writes its lines this way, to its standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(AsJson() if settings.logs_are_json else Plain())
    logging.basicConfig(level=(level or settings.log_level).upper(), handlers=[handler], force=True)
    logging.getLogger("alembic").setLevel("WARNING")


def init_app(app: Flask) -> None:
    """Number every request, answer with the number, and write down how it went."""
    app.before_request(begin)
    app.after_request(end)
    app.teardown_request(over)


def begin() -> None:
    asked = request.headers.get("X-Request-Id", "")
    g.request_id = asked if _REQUEST_ID.fullmatch(asked) else secrets.token_hex(8)
    g.began = time.monotonic()
    _request.set(g.request_id)


def end(response: Response) -> Response:
    response.headers.setdefault("X-Request-Id", g.get("request_id", ""))
    took = seconds()
    rule = request.url_rule.rule if request.url_rule else "-"
    broken = response.status_code >= 500 and response.status_code != 503
    streams = response.is_streamed and response.mimetype == "text/event-stream"
    level = logging.WARNING if broken or (took > SLOW and not streams) else _everyday()
    log.log(
        level,
        "%s %s %s",
        request.method,
        rule,
        response.status_code,
        extra={
            "facts": {
                "method": request.method,
                "route": rule,
                "status": response.status_code,
                "ms": round(took * 1000, 1),
            }
        },
    )
    return response


def seconds() -> float:
    """How long the present request has been answered; 0 for one that never began."""
    moment = time.monotonic()
    return moment - float(g.get("began", moment))


def over(error: BaseException | None) -> None:
    """What this thread writes next is of no request."""
    _request.set("")


def _everyday() -> int:
    """Every request has its line where machines read; people see what was slow or broke."""
    settings: Settings = current_app.extensions["settings"]
    return logging.INFO if settings.logs_are_json else logging.DEBUG


def request_id() -> str:
    """The number of the request that is being answered; empty outside of one."""
    return _request.get()


@contextmanager
def of_work(name: str) -> Iterator[None]:
    """Lines written meanwhile name this turn of work."""
    token = _job.set(name)
    try:
        yield
    finally:
        _job.reset(token)


class AsJson(logging.Formatter):
    """One object a line."""

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "message": masked(record.getMessage()),
        }
        said |= {"request": _request.get()} if _request.get() else {}
        said |= {"job": _job.get()} if _job.get() else {}
        said |= getattr(record, "facts", {})
        if record.exc_info:
            said["trace"] = masked(self.formatException(record.exc_info))
        return json.dumps(said, ensure_ascii=False, default=str)


class Plain(logging.Formatter):
    """What the supervisor shows behind a process's name."""

    def format(self, record: logging.LogRecord) -> str:
        where = " ".join(name for name in (_request.get(), _job.get()) if name)
        words = masked(record.getMessage()).translate(_BREAKS)
        facts = getattr(record, "facts", {})
        words += f" {facts['ms']} ms" if "ms" in facts else ""
        line = f"{record.levelname} {record.name}: {words}" + (f" [{where}]" if where else "")
        if record.exc_info:
            line += "\n" + masked(self.formatException(record.exc_info))
        return line


def masked(text: str) -> str:
    """`text` without e-mail addresses and without rows of digits that could be somebody's."""
    return _NUMBER.sub(_hidden, _ADDRESS.sub("•••@•••", text))


def _hidden(found: re.Match[str]) -> str:
    return found[0] if _DAY.match(found[0]) else "•••"
