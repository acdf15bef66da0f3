"""What rings, told to the browsers it concerns: one listener in each process, many streams.

A stream says only that something has changed; the page then asks for its part as anybody would.
The bell in Redis carries nothing, the database says what is; without Redis it is looked at more
often. A stream holds a thread: past `most` of them a browser asks every few seconds instead.
"""

import logging
import threading
import time
from collections.abc import Iterator

from flask import Flask, Response, current_app, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from redis.client import PubSub
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from models import ringing
from models.base import db, now
from models.policy import Verb
from models.ringing import Concern
from models.user import UserSession
from triage.accounts import demand
from triage.bell import Bell
from triage.calls.pages import pages
from triage.calls.ringing_bell import CHANNEL

log = logging.getLogger("triage.stream")

PULSE = 15.0
"""Seconds between two signs of life; a signed-out browser hears no more after the next."""
LONGEST = 300.0
"""Seconds of one stream: whoever is still there asks for the next."""
LOOK = 15.0
LOOK_WITHOUT_BELL = 2.0
"""Seconds after which the database is looked at although nobody has rung."""
IDLE = 30.0
"""Seconds without any stream after which the listener goes home."""


@pages.get("/stream")
def stream_() -> ResponseReturnValue:
    """Events of my calls; 204 tells a browser to ask now and then instead."""
    user = demand(Verb.WORK)
    board = switchboard()
    place = board.sit_down()
    if place is None:
        return "", 204
    seen = request.headers.get("Last-Event-ID", "")
    secret: str = current_user.secret
    response = Response(board.events(place, user.id, secret, seen), mimetype="text/event-stream")
    response.headers["X-Accel-Buffering"] = "no"
    response.call_on_close(lambda: board.stand_up(place))
    return response


class Switchboard:
    """The calls as this process last saw them, and the streams that wait for a change."""

    def __init__(self, app: Flask, most: int) -> None:
        self.app, self.most = app, most
        self._changed = threading.Condition()
        self._places: set[object] = set()
        self._left_at = 0.0
        self._closed = False
        self._listener: threading.Thread | None = None
        self._turn = 0
        self._concerns: list[Concern] = []

    def sit_down(self) -> object | None:
        """A place for one more stream; None when all are taken."""
        with self._changed:
            if self._closed or len(self._places) >= self.most:
                return None
            if not self._places:
                self._turn = 0  # what was seen before is no longer looked after
            place = object()
            self._places.add(place)
            if self._listener is None:
                self._listener = threading.Thread(target=self._listen, name="calls", daemon=True)
                self._listener.start()
            return place

    def stand_up(self, place: object) -> None:
        with self._changed:
            self._places.discard(place)
            self._left_at = time.monotonic()

    def close(self) -> None:
        """Let every stream end and the listener go home; nothing is looked at afterwards."""
        with self._changed:
            self._closed = True
            self._places.clear()
            self._changed.notify_all()
            listener = self._listener
        if listener is not None:
            listener.join(PULSE)

    def events(self, place: object, user_id: int, secret: str, seen: str) -> Iterator[str]:
        """The stream of one browser: an event whenever what concerns its person has changed."""
        try:
            yield "retry: 3000\n\n"
            turn, until, last = -1, time.monotonic() + LONGEST, seen or None
            while time.monotonic() < until and not self._closed:
                turn, found, fresh = self._wait(turn)
                mark = ringing.mark(found, user_id) or "-"
                if fresh and mark != last:
                    last = mark
                    yield f"event: calls\nid: {mark}\ndata: {mark}\n\n"
                elif not fresh:
                    if self._closed or not self._stands(secret):
                        break
                    yield ": \n\n"
            yield "event: over\ndata: -\n\n"
        finally:
            self.stand_up(place)

    def _wait(self, turn: int) -> tuple[int, list[Concern], bool]:
        """The next look at the calls, or the last one once a pulse has passed."""
        with self._changed:
            fresh = self._changed.wait_for(lambda: self._closed or self._turn > max(turn, 0), PULSE)
            return self._turn, self._concerns, fresh

    def _stands(self, secret: str) -> bool:
        """Whether the session still lives; looking must not keep it alive."""
        with self.app.app_context():
            try:
                return UserSession.alive(secret, now()) is not None
            except SQLAlchemyError:
                return True
            finally:
                db.session.rollback()

    # --- one thread -------------------------------------------------------------------------

    def _listen(self) -> None:
        ears: PubSub | None = None
        while self._wanted():
            self._look()
            try:
                ears = ears or self._subscribe()
                if ears is None:
                    time.sleep(LOOK_WITHOUT_BELL)
                else:
                    self._until_rung(ears)
            except (RedisError, OSError):
                ears = None
                time.sleep(LOOK_WITHOUT_BELL)
        if ears is not None:
            ears.close()

    def _wanted(self) -> bool:
        with self._changed:
            resting = time.monotonic() - self._left_at < IDLE
            if not self._closed and (self._places or resting):
                return True
            self._listener = None
            return False

    def _subscribe(self) -> PubSub | None:
        """Ears whose first ring is that they hear: what rang before is looked for then."""
        bell: Bell = self.app.extensions["bell"]
        if bell.connection is None:
            return None
        ears: PubSub = bell.connection.pubsub()  # type: ignore[no-untyped-call]
        ears.subscribe(CHANNEL)
        return ears

    def _until_rung(self, ears: PubSub) -> None:
        """Return at a ring, or after a while; rings that came together are one."""
        until = time.monotonic() + LOOK
        while time.monotonic() < until and not self._closed:
            if self._places and not self._turn:
                return
            if ears.get_message(timeout=0.5) is not None:
                while ears.get_message(timeout=0) is not None:
                    continue
                return

    def _look(self) -> None:
        with self._changed:
            if not self._places:
                return
        with self.app.app_context():
            try:
                found = ringing.concerns(now())
            except SQLAlchemyError:
                log.warning("the calls could not be read")
                time.sleep(LOOK_WITHOUT_BELL)
                return
            finally:
                db.session.rollback()
        with self._changed:
            if found != self._concerns or self._turn == 0:
                self._concerns = found
                self._turn += 1
                self._changed.notify_all()


def switchboard() -> Switchboard:
    """The one of this process, made when the first browser asks."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    with _making:
        standing = app.extensions.get("switchboard")
        if standing is None:
            standing = app.extensions["switchboard"] = Switchboard(
                app, app.extensions["settings"].web_threads // 2
            )
    made: Switchboard = standing
    return made


_making = threading.Lock()
