"""How fast a table of file events becomes mails: kept, told, and one event posted fifty times.

Everything is invented. Half of the events name a ticket, half an e-mail address; every tenth says
what its client knows already. Told is what is written and promised to leave.
"""

import csv
import io
import json
import os
import threading
import time
import urllib.request
from typing import Any

from sqlalchemy import func, insert, select
from werkzeug.serving import make_server

from benchmarks._work import paced
from benchmarks.board import house, in_process
from models.api_token import ApiToken, Scope
from models.base import db, now, transaction
from models.client import Client, ClientAddress
from models.intake import Channel
from models.message import Kind, Message
from models.notice import Notice, NoticeState
from models.notice_batch import NoticeBatch
from models.outbox import Job, Outbox
from models.ticket import Ticket
from models.topic import LANGUAGES
from models.user import Role, User
from triage import notices

EVENTS = int(os.environ.get("NOTICES", "5000"))
POSTS = 50
KINDS = ("approved", "complete", "sent_to_authority", "paid")


def run() -> dict[str, Any]:
    with house() as settings:
        return in_process(settings, measured)


def measured(app: Any) -> dict[str, Any]:
    settings = app.extensions["settings"]
    known()
    take(table())
    kept = paced(EVENTS, lambda: work(settings, Outbox.cause.startswith("file")))
    told = paced(EVENTS, lambda: work(settings, Outbox.cause == "tell"))
    return {
        "events": EVENTS,
        "kept": kept,
        "told": told,
        "states": dict(
            db.session.execute(select(Notice.state, func.count()).group_by("state")).all()
        ),
        "mails": db.session.scalar(select(func.count(Message.id))),
        "fifty equal posts at once": posted_at_once(app, settings),
    }


def work(settings: Any, wanted: Any) -> None:
    """A worker's turns, until none of these promises is left."""
    left = select(Outbox.id).where(
        Outbox.kind == Job.NOTICE.value, Outbox.done_at.is_(None), wanted
    )
    while db.session.scalar(left.limit(1)) is not None:
        db.session.rollback()
        notices.tell_waiting("benchmark", settings)


# --- the events -----------------------------------------------------------------------------


def known() -> None:
    """A client for each event, and an open ticket for every second one."""
    at = now()
    with transaction():
        people = [{"name": f"Client {one}", "language": LANGUAGES[one % 4]} for one in numbers()]
        ids = db.session.scalars(insert(Client).returning(Client.id), people).all()
        db.session.execute(
            insert(ClientAddress),
            [
                {"client_id": client_id, "address": address_of(one), "source": "desk"}
                for one, client_id in zip(numbers(), ids, strict=True)
            ],
        )
        tickets = [
            {
                "number": 500_000 + one,
                "client_id": client_id,
                "channel": Channel.EMAIL.value,
                "language": LANGUAGES[one % 4],
                "topic_id": "bridging_right",
                "opened_at": at,
                "last_contact_at": at,
            }
            for one, client_id in zip(numbers(), ids, strict=True)
            if one % 2
        ]
        db.session.execute(insert(Ticket), tickets)


def table() -> bytes:
    out = io.StringIO()
    lines = csv.writer(out, delimiter=";")
    lines.writerow(["id", "kind", "occurred_at", "topic", "ticket", "email"])
    for one in numbers():
        again = one % 10 == 9
        about = one - 2 if again else one
        ticket, email = ("", address_of(about)) if one % 2 == 0 else (500_000 + about, "")
        kind = KINDS[about // 2 % len(KINDS)]
        lines.writerow([f"BO-{one}", kind, "2020-05-04", "bridging_right", ticket, email])
    return out.getvalue().encode()


def take(content: bytes) -> None:
    with transaction():
        by = User(login="koen", name="Koen", role=Role.MANAGER.value, language="en")
        db.session.add(by)
        db.session.flush()
        batch = NoticeBatch.take("May", content, EVENTS, [], by=by, at=now())
        batch.start(by=by, at=now())


def numbers() -> range:
    return range(1, EVENTS + 1)


def address_of(number: int) -> str:
    return f"client{number}@example.com"


# --- at once --------------------------------------------------------------------------------


def posted_at_once(app: Any, settings: Any) -> dict[str, object]:
    """The same event by fifty connections at the same moment."""
    with transaction():
        by = db.session.scalars(select(User)).first()
        assert by is not None
        _made, token = ApiToken.issue(by, "back office", [Scope.NOTICES], None)
    before = mails()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    body = {
        "id": "BO-at-once",
        "kind": "refused",
        "occurred_at": "2020-05-05T09:30:00+02:00",
        "client": {"email": address_of(EVENTS)},
    }
    answers: list[int] = []

    def post() -> None:
        asked = urllib.request.Request(
            f"http://127.0.0.1:{server.server_port}/api/v1/notices",
            json.dumps(body).encode(),
            {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(asked, timeout=60) as answer:
            answers.append(answer.status)

    threads = [threading.Thread(target=post) for _ in range(POSTS)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    server.shutdown()
    work(settings, Outbox.cause == "tell")
    told = select(func.count()).where(Notice.state == NoticeState.TOLD.value)
    return {
        "answered 202": answers.count(202),
        "seconds": round(seconds, 2),
        "rows": db.session.scalar(told.where(Notice.key == "BO-at-once")),
        "messages": mails() - before,
    }


def mails() -> int:
    written = select(func.count(Message.id)).where(Message.kind == Kind.NOTICE.value)
    return db.session.scalar(written) or 0
