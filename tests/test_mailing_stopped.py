"""A mailing that people stop while its mails are being handed over, and what is tried again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from aiosmtpd.controller import Controller

from models import mailing_promising
from models.base import db, now, transaction
from models.mailing import Mailing, MailingRecipient, MailingState, RecipientState
from models.message import Message
from tests.mail_servers import free_port
from tests.people import House
from tests.test_mailings import (
    counted,
    drafted,
    finish,
    messages,
    people,
    recipients,
    settings_of,
    started,
)
from triage import mailing_sending, mailings, outgoing
from triage.config import Settings


class Meanwhile:
    """A mail server; while it thinks about the second recipient somebody does something."""

    def __init__(self, deed: Callable[[], None]) -> None:
        self.deed, self.seen = deed, 0
        self.accepted: list[str] = []

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:
        self.seen += 1
        if self.seen == 2:
            self.deed()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:
        self.accepted += envelope.rcpt_tos
        return "250 OK"


@contextmanager
def stopped_meanwhile(
    house: House, mailing: Mailing, deed: str
) -> Iterator[tuple[Meanwhile, Settings]]:
    """A server during whose talk Koen pauses or calls off the mailing."""
    mailing_id, koen_id = mailing.id, house.koen.id

    def stop() -> None:
        with house.app.app_context():
            with transaction():
                by = db.session.get_one(type(house.koen), koen_id)
                getattr(db.session.get_one(Mailing, mailing_id), deed)(by=by, at=now())
            db.session.remove()

    made, port = Meanwhile(stop), free_port()
    controller = Controller(made, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield made, replace(settings_of(house), smtp_url=f"smtp://127.0.0.1:{port}")
    finally:
        controller.stop()


def on_its_way(house: House, many: int) -> Mailing:
    """All its mails are written, and none has left."""
    mailing = started(house, counted(house, drafted(house, people(many))))
    with transaction():
        assert mailing_sending.write_next(mailing, many, settings_of(house), now()) == many
    return mailing


def test_paused_while_a_mail_is_handed_over_not_even_that_one_leaves(house):
    mailing = on_its_way(house, 4)
    with stopped_meanwhile(house, mailing, "pause") as (server, settings):
        outgoing.send_waiting("test", settings)
        assert server.accepted == ["client0@example.com"]
        db.session.expire_all()
        with transaction():
            mailing.resume(by=house.koen, at=now())
        outgoing.send_waiting("test", settings)
        assert sorted(server.accepted) == [f"client{number}@example.com" for number in range(4)]
    assert mailing.tally().states == {RecipientState.SENT: 4}


def test_called_off_while_a_mail_is_handed_over_the_rest_never_leaves(house):
    mailing = on_its_way(house, 4)
    with stopped_meanwhile(house, mailing, "cancel") as (server, settings):
        outgoing.send_waiting("test", settings)
        outgoing.send_waiting("test", settings)
        assert server.accepted == ["client0@example.com"]
    db.session.expire_all()
    assert mailing.state == MailingState.CANCELLED
    assert mailing.tally().states == {RecipientState.SENT: 1, RecipientState.CANCELLED: 3}


def refused(house: House, **values: object) -> Mailing:
    """No server took any of its twenty mails."""
    mailing = started(house, counted(house, drafted(house, people(20), **values)))
    with transaction():
        mailing_sending.write_next(mailing, 20, settings_of(house), now())
        for message in messages(mailing):
            outgoing.give_up(message, "554 refused for now")
    return mailing


def test_what_is_tried_again_leaves_in_the_pace_of_its_mailing(house):
    mailing = refused(house, per_minute=12)
    with transaction():
        assert mailing_sending.try_again(mailing, 100, by=house.koen, at=now()) == 20
        at = now() + timedelta(minutes=2)
        promised = []
        for step in range(7):
            moment = at + timedelta(seconds=10 * step)
            many = mailing_promising.allowance(mailing, moment)
            promised.append(mailing_sending.write_next(mailing, many, settings_of(house), moment))
    assert promised == [2] * 7
    written: list[Message] = messages(mailing)
    assert len(written) == len({message.message_id for message in written}) == 20


def test_what_is_tried_again_waits_for_the_hours_of_its_mailing(house):
    mailing = refused(house)
    with transaction():
        mailing_sending.try_again(mailing, 100, by=house.koen, at=now())
        mailing.start_at = now() + timedelta(hours=2)
    mailings.work_waiting("test", settings_of(house))
    assert mailing.tally().states == {RecipientState.QUEUED: 20}


@pytest.mark.parametrize("part", [20, 7])
def test_called_off_before_its_second_turn_a_refused_mail_stays_refused(house, part):
    mailing = refused(house)
    with transaction():
        mailing_sending.try_again(mailing, part, by=house.koen, at=now())
        mailing.cancel(by=house.koen, at=now())
    finish(house)
    rows: list[MailingRecipient] = list(recipients(mailing).values())
    assert {(one.state, one.why) for one in rows} == {("failed", "554 refused for now")}
