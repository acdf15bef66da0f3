"""Reply to all affected as a mailing: who is told, who is not any more, closed and opened again."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from models.base import db, now, transaction
from models.mailing import Mailing, MailingState
from models.mailing_recipient import MailingRecipient, RecipientState, Why
from models.message import Kind, Message, Sending
from models.outbox import Outbox
from models.prepared import PreparedAnswer, Readiness, ReplyToAll
from models.prepared_seen import tally_of
from models.problem import Problem
from models.ticket import Ticket
from models.user import User
from tests.people import Browser, amelie, frieda, joris
from tests.screening.conftest import Morning
from tests.screening.test_replying import prepared
from triage import mailings, outgoing

TEXTS = dict.fromkeys(("fr", "nl", "de"), "{opening}\n\nPayé vendredi.\n\n{closing}")


@pytest.fixture
def reply(client: Browser, koen: User, morning: Morning) -> ReplyToAll:
    client.sign_in(koen)
    return prepared(client, morning, TEXTS)


@pytest.fixture
def send_all(client: Browser, morning: Morning, reply: ReplyToAll) -> Callable[..., Mailing]:
    """Call it for the counted mailing; `close_as` closes the tickets with it."""

    def send(close_as: str = "") -> Mailing:
        answer = client.post(
            morning.url("replies", reply.id, "mailing"), data={"close_as": close_as}
        )
        assert answer.status_code == 303
        work(morning)
        mailing = the_mailing()
        assert mailing.state == MailingState.COUNTED, mailing.last_error
        return mailing

    return send


def the_mailing() -> Mailing:
    return db.session.scalars(select(Mailing)).one()


def start(mailing: Mailing, by: User) -> None:
    with transaction():
        mailing.working_days = False
        mailing.start(by=by, at=now() - timedelta(seconds=11))


def work(morning: Morning, *, write: bool = True, leave: bool = True) -> None:
    """A worker's turns: mails are written, and leave."""
    for _ in range(4):
        with transaction():
            db.session.execute(update(Outbox).values(not_before=None))
        settings = morning.house.app.extensions["settings"]
        if write:
            mailings.work_waiting("test", settings)
        if leave:
            outgoing.send_waiting("test", settings)
        db.session.expire_all()


def ticket_of(morning: Morning, place: int) -> Ticket:
    return morning.house.ticket(morning.contacts[place])


def answers_to(ticket: Ticket) -> list[Message]:
    mine = select(Message).where(
        Message.ticket_id == ticket.id,
        Message.kind.in_([Kind.REPLY.value, Kind.MAILING.value]),
        Message.state.in_([Sending.SENT.value, Sending.WAITING.value]),
    )
    return list(db.session.scalars(mine))


def states(mailing: Mailing) -> dict[str, int]:
    rows = db.session.execute(
        select(MailingRecipient.state, func.count())
        .where(MailingRecipient.mailing_id == mailing.id)
        .group_by(MailingRecipient.state)
    )
    return {state: count for state, count in rows}  # noqa: C416


def test_each_ticket_gets_its_prepared_text_on_its_thread(
    morning: Morning, koen: User, reply: ReplyToAll, send_all: Callable[..., Mailing]
) -> None:
    mailing = send_all()
    start(mailing, koen)
    work(morning)
    assert states(mailing) == {RecipientState.SENT: 3}
    for place, who in enumerate((amelie, joris, frieda)):
        (message,) = answers_to(ticket_of(morning, place))
        assert message.recipient == who.email and "Payé vendredi." in message.text
        assert not ticket_of(morning, place).closed
    sent = db.session.scalars(select(PreparedAnswer.state)).all()
    assert set(sent) == {Readiness.SENT} and tally_of(reply).sent == 3


def test_an_agent_who_answers_while_it_is_sent_gives_the_only_answer(
    morning: Morning, koen: User, reply: ReplyToAll, send_all: Callable[..., Mailing]
) -> None:
    mailing = send_all()
    start(mailing, koen)
    with transaction():
        reply.at = now() - timedelta(hours=1)
    morning.house.answer(ticket_of(morning, 0))
    work(morning)
    assert len(answers_to(ticket_of(morning, 0))) == 1
    assert states(mailing) == {RecipientState.SENT: 2, RecipientState.LEFT_OUT: 1}


def test_a_mail_that_is_written_gives_way_to_an_agents_answer(
    morning: Morning, koen: User, send_all: Callable[..., Mailing]
) -> None:
    mailing = send_all()
    start(mailing, koen)
    work(morning, leave=False)
    assert states(mailing) == {RecipientState.PROMISED: 3}
    morning.house.answer(ticket_of(morning, 0))
    work(morning)
    (only,) = answers_to(ticket_of(morning, 0))
    assert only.kind == Kind.REPLY
    out = MailingRecipient.state == RecipientState.LEFT_OUT.value
    assert db.session.scalars(select(MailingRecipient.why).where(out)).all() == [Why.ANSWERED]


def test_what_is_closed_or_a_complaint_by_now_is_left_out(
    morning: Morning, koen: User, send_all: Callable[..., Mailing]
) -> None:
    mailing = send_all()
    with transaction():
        ticket_of(morning, 0).close("answered", by=koen, at=now())
        ticket_of(morning, 1).intent_id = "complain"
    start(mailing, koen)
    work(morning)
    rows = db.session.execute(select(MailingRecipient.state, MailingRecipient.why))
    assert {why for state, why in rows if state == RecipientState.LEFT_OUT} == {
        Why.CLOSED,
        Why.COMPLAINT,
    }
    assert not ticket_of(morning, 1).closed


def test_two_who_send_all_send_it_once(
    client: Browser, morning: Morning, reply: ReplyToAll, send_all: Callable[..., Mailing]
) -> None:
    first = send_all()
    again = client.post(morning.url("replies", reply.id, "mailing"))
    assert again.location.endswith(f"/outreach/mailings/{first.id}")
    assert the_mailing().id == first.id


def test_other_words_for_a_ticket_void_the_second_persons_word_and_are_refused_under_way(
    client: Browser, morning: Morning, koen: User, ingrid: User, send_all: Callable[..., Mailing]
) -> None:
    mailing = send_all()
    answer = db.session.scalars(
        select(PreparedAnswer).where(PreparedAnswer.state == Readiness.PREPARED.value)
    ).first()
    assert answer is not None
    address = morning.url("replies", answer.reply_id, "answers", answer.id, "text")
    with transaction():
        mailing.ask(by=koen, at=now())
        mailing.approve(by=ingrid, at=now())
    client.post(address, data={"text": "Other words."})
    db.session.expire_all()
    assert (answer.text, mailing.approved_at) == ("Other words.", None)
    start(mailing, koen)
    client.post(address, data={"text": "Words that nobody read."})
    db.session.expire_all()
    assert answer.text == "Other words."


def test_what_it_closed_is_opened_again_by_one_deed(
    client: Browser,
    morning: Morning,
    koen: User,
    reply: ReplyToAll,
    send_all: Callable[..., Mailing],
) -> None:
    before = ticket_of(morning, 0).status
    mailing = send_all(close_as="answered")
    start(mailing, koen)
    work(morning)
    assert [ticket_of(morning, place).closed for place in range(3)] == [True] * 3
    with transaction():
        ticket_of(morning, 2).reopen(by=koen)
    page = client.get(morning.url("replies")).text
    assert "3 told" in page and "Open again the 3 tickets that it closed" in page
    address = morning.url("replies", reply.id, "closings", "withdrawal")
    page = client.post(address, follow_redirects=True).text
    assert "2 tickets are open again. 1 was worked on since and stays." in page
    assert (ticket_of(morning, 0).status, ticket_of(morning, 0).closed_at) == (before, None)
    assert "Open again" not in page


def test_unsure_cases_are_told_once_somebody_has_looked(
    client: Browser, morning: Morning, koen: User
) -> None:
    client.sign_in(koen)
    reply = prepared(client, morning, TEXTS)
    with transaction():
        for contact in morning.contacts[:2]:
            morning.case(contact).score = 0.6
    client.post(morning.url("replies"), data=TEXTS)
    db.session.expire_all()
    reply = ReplyToAll.last_of(morning.problem) or reply
    assert (tally_of(reply).ready.total(), tally_of(reply).left_out) == (1, {"unsure": 2})
    page = client.get(morning.url("replies") + "?show=unsure").text
    assert "Nog altijd niets op mijn rekening ontvangen." in page
    out = PreparedAnswer.state == Readiness.LEFT_OUT.value
    ids = db.session.scalars(select(PreparedAnswer.id).where(out)).all()
    address = morning.url("replies", reply.id, "unsure")
    page = client.post(address, data={"answer": ids}, follow_redirects=True).text
    assert "2 unsure cases are told with the others." in page
    assert tally_of(reply).ready.total() == 3
    client.post(f"{address}/withdrawal")
    db.session.expire_all()
    assert tally_of(reply).left_out == {"unsure": 2}


def test_answers_are_not_prepared_anew_under_a_running_mailing(
    client: Browser, morning: Morning, koen: User, send_all: Callable[..., Mailing]
) -> None:
    mailing = send_all()
    start(mailing, koen)
    answer = client.post(morning.url("replies"), data=TEXTS)
    assert answer.status_code == 422
    assert "These answers are being sent." in answer.text


def test_new_answers_call_off_a_mailing_that_has_not_begun(
    client: Browser, morning: Morning, send_all: Callable[..., Mailing]
) -> None:
    mailing = send_all()
    assert client.post(morning.url("replies"), data=TEXTS).status_code == 303
    db.session.expire_all()
    assert mailing.state == MailingState.CANCELLED


def test_the_card_says_who_was_told(
    client: Browser, morning: Morning, koen: User, send_all: Callable[..., Mailing]
) -> None:
    start(send_all(), koen)
    work(morning)
    assert "3 told" in client.get(morning.url()).text
    assert "3 told" in client.get("/screening/").text
    assert db.session.get_one(Problem, morning.problem.id).number == morning.problem.number
