"""How fast a mailing is counted, written and sent, and how often it asks the database for each.

Everything is invented: one recipient in four languages each, known as a client or not. Sent is what
is composed and put into a folder: a mail server adds its own time.
"""

import os
from typing import Any

from sqlalchemy import insert

from benchmarks._work import paced
from benchmarks.board import house, in_process
from models import mailing_freezing, mailing_promising
from models.base import db, now, transaction
from models.client import Client, ClientAddress
from models.mailing import Mailing, MailingPurpose
from models.topic import LANGUAGES
from models.user import Role, User
from triage import mailing_sending, outgoing

RECIPIENTS = int(os.environ.get("MAILING_SIZE", "5000"))


def run() -> dict[str, Any]:
    with house() as settings:
        return in_process(settings, measured)


def measured(app: Any) -> dict[str, Any]:
    settings = app.extensions["settings"]
    mailing_id = drafted()
    return {
        "recipients": RECIPIENTS,
        "counted": paced(RECIPIENTS, lambda: count(mailing_id)),
        "written": paced(RECIPIENTS, lambda: write(mailing_id, settings)),
        "sent": paced(RECIPIENTS, lambda: send(settings)),
    }


def drafted() -> int:
    """Half of the recipients are known as clients."""
    with transaction():
        by = User(login="koen", name="Koen", role=Role.MANAGER.value, language="en")
        db.session.add(by)
        db.session.flush()
        known = range(1, RECIPIENTS // 2 + 1)
        db.session.execute(insert(Client), [{"name": f"Client {one}"} for one in known])
        ids = [client.id for client in db.session.query(Client).order_by(Client.id)]
        db.session.execute(
            insert(ClientAddress),
            [
                {"client_id": client_id, "address": address_of(one), "source": "desk"}
                for one, client_id in zip(known, ids, strict=True)
            ],
        )
        words = dict.fromkeys(LANGUAGES, "{opening}\n\nNews.\n\n{closing}")
        mailing = Mailing.draft(
            "June",
            MailingPurpose.INFORMATION,
            by=by,
            at=now(),
            texts=words,
            subjects=dict.fromkeys(LANGUAGES, "News"),
            working_days=False,
        )
        mailing.keep_rows(
            [
                {
                    "address": address_of(number),
                    "name": f"Client {number}",
                    "language": LANGUAGES[number % 4],
                }
                for number in range(1, RECIPIENTS + 1)
            ],
            by=by,
            at=now(),
        )
        return mailing.id


def address_of(number: int) -> str:
    return f"client{number}@example.com"


def count(mailing_id: int) -> None:
    with transaction():
        mailing = db.session.get_one(Mailing, mailing_id)
        ready = mailing_freezing.freeze(mailing, "fr", now())
        mailing_promising.counted(mailing, ready, now())
        mailing.start(by=mailing.created_by, at=now(), above=RECIPIENTS)
        mailing.start_at = now()


def write(mailing_id: int, settings: Any) -> None:
    taken = mailing_promising.BATCH
    while taken == mailing_promising.BATCH:
        with transaction():
            mailing = db.session.get_one(Mailing, mailing_id)
            taken = mailing_sending.write_next(mailing, taken, settings, now())


def send(settings: Any) -> None:
    while outgoing.send_waiting("benchmark", settings):
        pass
