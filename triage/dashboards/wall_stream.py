"""That a figure may have changed, told to the browsers that look: one looker in each process.

A stream says no figure, only that there is something new; the page then asks for its part as
anybody would. A stream holds a thread: past `most` of them a browser asks now and then instead.
"""

import logging
import threading
import time
from collections.abc import Iterator

from flask import Flask, Response, current_app
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError

from models import kpi_now
from models.base import db, now
from models.policy import Verb
from models.user import UserSession
from triage.accounts import demand
from triage.dashboards.pages import pages

log = logging.getLogger("triage.stream")

LOOK = 5.0
"""Seconds between two looks at the database, for all browsers of a process together."""
PULSE = 15.0
"""Seconds between two signs of life; a signed-out browser hears no more after the next."""
LONGEST = 300.0
"""Seconds of one stream: whoever is still there asks for the next."""


@pages.get("/stream")
def stream() -> ResponseReturnValue:
    """Events `figures`; 204 tells a browser to ask now and then instead."""
    demand(Verb.SEE_FIGURES)
    looker = standing()
    if not looker.sit_down():
        return "", 204
    secret: str = current_user.secret
    response = Response(looker.events(secret), mimetype="text/event-stream")
    response.headers["X-Accel-Buffering"] = "no"
    response.call_on_close(looker.stand_up)
    return response


class Looker:
    """Looks at what is newest, for all streams of one process."""

    def __init__(self, app: Flask, most: int) -> None:
        self.app, self.most = app, most
        self._lock = threading.Lock()
        self._seats = 0
        self._looked_at = 0.0
        self._mark = ""

    def sit_down(self) -> bool:
        """Whether there is a place for one more stream."""
        with self._lock:
            if self._seats >= self.most:
                return False
            self._seats += 1
            return True

    def stand_up(self) -> None:
        with self._lock:
            self._seats = max(0, self._seats - 1)

    def events(self, secret: str) -> Iterator[str]:
        """An event whenever something is new, and a sign of life in between."""
        yield "retry: 5000\n\n"
        began = told = time.monotonic()
        mark = self.newest()
        while time.monotonic() - began < LONGEST:
            time.sleep(LOOK / 2)
            newest = self.newest()
            if newest != mark:
                mark, told = newest, time.monotonic()
                yield f"event: figures\ndata: {mark}\n\n"
            elif time.monotonic() - told > PULSE:
                if not self._stands(secret):
                    return
                told = time.monotonic()
                yield "event: pulse\ndata: -\n\n"
        yield "event: over\ndata: -\n\n"

    def newest(self) -> str:
        """What is newest, looked at by whoever asks first after a while."""
        with self._lock:
            if time.monotonic() - self._looked_at < LOOK:
                return self._mark
            self._looked_at = time.monotonic()
        with self.app.app_context():
            try:
                self._mark = kpi_now.mark()
            except SQLAlchemyError:
                log.warning("the newest figures could not be looked at")
            finally:
                db.session.rollback()
        return self._mark

    def _stands(self, secret: str) -> bool:
        """Whether the session still lives; looking must not keep it alive."""
        with self.app.app_context():
            try:
                return UserSession.alive(secret, now()) is not None
            except SQLAlchemyError:
                return True
            finally:
                db.session.rollback()


def standing() -> Looker:
    """The one of this process, made when the first browser asks."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    with _making:
        if "figures_looker" not in app.extensions:
            most = max(1, app.extensions["settings"].web_threads // 4)
            app.extensions["figures_looker"] = Looker(app, most)
    made: Looker = app.extensions["figures_looker"]
    return made


_making = threading.Lock()
