"""The brake: nothing leaves, nothing is lost, and everybody who looks is told."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from models import aside, holding, outbox
from models.base import db, now, transaction
from models.callback import AttemptResult, Callback, CallbackReason
from models.callback_work import tried
from models.event import Event
from models.intake import Adapter
from models.mailbox import Mailbox
from models.message import Kind, Message, Sending
from models.notice import FileEvent, Notice, NoticeKind, NoticeState
from tests.people import Browser, House, amelie, joris, letter
from triage import callback_letters, notices
from triage.intake import receive_mail


def answered(house: House) -> Message:
    ticket = house.ticket(house.write(amelie, "Je demande le droit passerelle pour mai."))
    with transaction():
        message = house.answer(ticket)
        message.promise()
    return message


def test_while_it_is_held_nothing_leaves_and_afterwards_it_does(house: House):
    message = answered(house)
    with transaction():
        holding.hold(holding.Cause.ASKED, now(), reason="wrong text", by=house.ada)
    house.work()
    assert Message.named(message.id).state == Sending.WAITING
    assert not outbox.work_waits()
    with transaction():
        holding.release(now(), by=house.ada)
    house.work()
    assert Message.named(message.id).state == Sending.SENT


def test_mail_that_comes_in_is_read_all_the_same(house: House):
    with transaction():
        holding.hold(holding.Cause.ASKED, now(), reason="wrong text", by=house.ada)
    contact = house.write(amelie, "Toujours rien reçu pour le mois de mai.")
    assert house.ticket(contact).topic_id is not None


def test_an_administrator_pulls_the_brake_and_lets_go(client: Browser, house: House):
    client.sign_in(house.ada)
    assert client.post("/admin/outgoing/hold", data={"reason": " "}).status_code == 422
    assert holding.held() is None
    client.post("/admin/outgoing/hold", data={"reason": "Wrong date in the letter"})
    page = client.get("/admin/outgoing").text
    assert "Wrong date in the letter" in page
    assert "outgoing" in client.get("/readyz").json["faults"]
    client.post("/admin/outgoing/release")
    assert holding.held() is None
    kinds = db.session.scalars(
        select(Event.kind).where(Event.kind.startswith("outgoing")).order_by(Event.id)
    )
    assert sorted(kinds) == ["outgoing.held", "outgoing.released"]


@pytest.fixture
def restored(house: House) -> Message:
    """A copy was restored in which an answer was about to leave and an event was not told yet."""
    message = answered(house)
    with transaction():
        event = FileEvent("n1", NoticeKind.APPROVED, now(), {"email": amelie.email}, {})
        Notice.keep(event, "back office")
        assert aside.set_aside(now()) == (2, 0)
        earlier = now() - timedelta(minutes=1)  # what is said from here on is new
        holding.hold(holding.Cause.RESTORED, earlier, backup_at=earlier)
    return message


def notice() -> Notice:
    return db.session.scalars(select(Notice)).one()


def test_what_may_have_left_does_not_leave_when_only_what_is_new_may(
    client: Browser, house: House, restored: Message
):
    late = house.write(joris, "Waar blijft mijn overbruggingsrecht voor mei?")
    client.sign_in(house.ada)
    client.post("/admin/outgoing/release", data={"mail.reply": "new", "notice": "new"})
    assert holding.held() is None
    house.work()
    standing = Message.named(restored.id)
    assert (standing.state, standing.last_error) == (Sending.FAILED, aside.SET_ASIDE)
    assert notice().state == NoticeState.WAITING
    receipt = db.session.scalars(select(Message).where(Message.ticket_id == late.ticket_id)).one()
    assert receipt.state == Sending.SENT
    assert aside.still_aside() == {"mail.reply": 1, "notice": 1}


def test_each_kind_that_may_have_left_wants_a_word(
    client: Browser, house: House, restored: Message
):
    client.sign_in(house.ada)
    answer = client.post("/admin/outgoing/release", data={"mail.reply": "all"})
    assert (answer.status_code, holding.held() is None) == (422, False)
    client.post("/admin/outgoing/release", data={"mail.reply": "all", "notice": "all"})
    house.work()
    assert Message.named(restored.id).state == Sending.SENT
    assert notice().state == NoticeState.TOLD


def test_what_was_set_aside_leaves_after_all_and_once(
    client: Browser, house: House, restored: Message
):
    client.sign_in(house.ada)
    client.post("/admin/outgoing/release", data={"mail.reply": "new", "notice": "new"})
    for _twice in range(2):
        client.post("/admin/outgoing/aside/notice")
        house.work()
    assert notice().state == NoticeState.TOLD
    told = select(func.count()).select_from(Message).where(Message.kind == Kind.NOTICE.value)
    assert db.session.scalar(told) == 1
    assert client.post("/admin/outgoing/aside/nothing").status_code == 404


def test_a_receipt_for_what_was_written_before_the_restore_may_have_left(house: House):
    said = letter(amelie, "Je demande le droit passerelle pour mai.")
    receive_mail(said, adapter=Adapter.SMTP, mail_from=amelie.email, mailbox=Mailbox.first())
    with transaction():
        holding.hold(holding.Cause.RESTORED, now(), backup_at=now())
    house.work()
    held = holding.held()
    assert held is not None
    counted = {one.kind: (one.earlier, one.fresh) for one in aside.standing(held.since)}
    assert counted["mail.acknowledgement"] == (1, 0)
    with transaction():
        aside.decide({}, held.since, now(), by=house.ada)
        holding.release(now(), by=house.ada)
    house.work()
    assert aside.still_aside() == {"mail.acknowledgement": 1}


def test_an_event_of_nobody_that_the_copy_knew_is_not_told_by_night(house: House):
    with transaction():
        event = FileEvent("n1", NoticeKind.APPROVED, now(), {"email": "new@other.example"}, {})
        Notice.keep(event, "back office")
    house.work()
    assert notice().state == NoticeState.UNMATCHED
    with transaction():
        holding.hold(holding.Cause.RESTORED, now(), backup_at=now())
        notices.by_night(now())
    assert outbox.waiting().get("notice", 0) == 0


def test_a_letter_after_calls_before_the_restore_may_have_left(house: House):
    ticket = house.ticket(house.write(amelie, "Bonjour, une question."))
    with transaction():
        owed = Callback.ask(
            ticket=ticket, number=amelie.number, reason=CallbackReason.REQUESTED, at=now()
        )
        for _ in range(3):
            tried(owed, AttemptResult.NO_ANSWER, by=house.nadia, at=now() - timedelta(minutes=5))
        holding.hold(holding.Cause.RESTORED, now(), backup_at=now())
    assert callback_letters.write_waiting(house.app.extensions["settings"]) == 1
    held = holding.held()
    counted = {one.kind: (one.earlier, one.fresh) for one in aside.standing(held.since)}
    assert counted["mail.notice"] == (1, 0)
    with transaction():
        aside.decide({}, held.since, now(), by=house.ada)
    assert aside.still_aside().get("mail.notice") == 1
