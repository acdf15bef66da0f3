"""A mailing from its draft to its last mail, as people and the worker do it."""

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import select, update

from models import mailing_promising, outbox
from models.base import db, now, transaction
from models.calendar import BRUSSELS
from models.client import Client
from models.mail_text import MailText
from models.mailing import (
    Mailing,
    MailingPurpose,
    MailingRecipient,
    MailingState,
    NotNow,
    Outdated,
    RecipientState,
    Why,
)
from models.mailing_row import PRIORITY
from models.message import Kind, Message, Sending, bounce_address
from models.opt_out import How, OptOut
from models.outbox import Job, Outbox
from models.user import User
from tests.people import House, Person, amelie, bounce_of
from triage import mailing_sending, mailings, outgoing
from triage.composing import as_mail
from triage.config import Settings

TEXTS = {
    "fr": "{opening}\n\nVotre prime est prolongée.\n\n{closing}",
    "nl": "{opening}\n\nUw premie is verlengd.\n\n{closing}",
    "de": "{opening}\n\nIhre Prämie ist verlängert.\n\n{closing}",
    "en": "{opening}\n\nYour bridging right goes on.\n\n{closing}",
}
SUBJECTS = dict.fromkeys(TEXTS, "News about {house}")


def drafted(
    house: House,
    rows: list[dict[str, object]],
    purpose: MailingPurpose = MailingPurpose.INFORMATION,
    **values: object,
) -> Mailing:
    with transaction():
        mailing = Mailing.draft(
            "June",
            purpose,
            by=house.koen,
            at=now(),
            **{
                "texts": TEXTS,
                "subjects": SUBJECTS,
                "per_minute": 6_000,
                "working_days": False,
                **values,
            },
        )
        mailing.keep_rows(rows, by=house.koen, at=now())
    return mailing


def counted(house: House, mailing: Mailing) -> Mailing:
    with transaction():
        mailing.count(by=house.koen, at=now())
    for _ in range(2):
        worker(house)
    assert mailing.state == MailingState.COUNTED, mailing.last_error
    return mailing


def started(house: House, mailing: Mailing, by: User | None = None) -> Mailing:
    """Started more than ten seconds ago."""
    with transaction():
        mailing.start(by=by or house.koen, at=now() - timedelta(seconds=11), above=1_000)
    return mailing


def finish(house: House) -> None:
    """Let the worker write and send all there is, whatever it would have waited for."""
    for _ in range(4):
        worker(house)


def worker(house: House) -> None:
    with transaction():
        db.session.execute(update(Outbox).values(not_before=None))
    mailings.work_waiting("test", settings_of(house))
    outgoing.send_waiting("test", settings_of(house))
    db.session.expire_all()


def people(many: int = 4) -> list[dict[str, object]]:
    languages = list(TEXTS)
    return [
        {
            "address": f"client{number}@example.com",
            "name": f"Client {number}",
            "language": languages[number % 4],
            "fields": {},
        }
        for number in range(many)
    ]


def recipients(mailing: Mailing) -> dict[str, MailingRecipient]:
    db.session.expire_all()
    rows = db.session.scalars(MailingRecipient.of_mailing(mailing.id))
    return {str(one.address): one for one in rows}


def messages(mailing: Mailing) -> list[Message]:
    db.session.expire_all()
    return list(db.session.scalars(select(Message).where(Message.mailing_id == mailing.id)))


def test_everybody_gets_one_mail_in_the_own_language(house):
    mailing = counted(house, drafted(house, people(8)))
    assert mailing.tally().languages == {"fr": 2, "nl": 2, "de": 2, "en": 2}
    started(house, mailing)
    finish(house)
    assert mailing.state == MailingState.DONE
    assert mailing.first_sent_at is not None
    assert mailing.tally().states == {RecipientState.SENT: 8}
    sent = messages(mailing)
    assert {one.recipient for one in sent} == {f"client{number}@example.com" for number in range(8)}
    assert all(one.kind == Kind.MAILING and one.state == Sending.SENT for one in sent)
    french = next(one for one in sent if one.language == "fr")
    assert "Votre prime est prolongée." in french.words
    assert "/unsubscribe/" in french.signature


def test_service_mail_is_not_declined_and_news_is_by_one_click(house, settings):
    news = started(house, counted(house, drafted(house, people(1))))
    service = drafted(house, people(2)[1:], MailingPurpose.SERVICE)
    started(house, counted(house, service))
    finish(house)
    mails = {one.mailing_id: as_mail(one, settings) for one in messages(news) + messages(service)}
    assert "/unsubscribe/" in mails[news.id]["List-Unsubscribe"]
    assert mails[service.id]["List-Unsubscribe"] is None
    for mail in mails.values():
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["X-Auto-Response-Suppress"] == "All"
    secure = replace(settings, base_url="https://triage.example.be")
    mail = as_mail(messages(news)[0], secure)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_more_than_a_few_need_a_second_person_and_never_one_of_the_first(house):
    mailing = counted(house, drafted(house, people(3)))
    with transaction(), pytest.raises(NotNow, match="second_person"):
        mailing.start(by=house.koen, at=now(), above=2)
    with transaction():
        mailing.ask(by=house.koen, at=now())
    with transaction(), pytest.raises(NotNow, match="own"):
        mailing.approve(by=house.koen, at=now())
    with transaction():
        mailing.approve(by=house.ingrid, at=now())
        mailing.start(by=house.koen, at=now(), above=2)
    assert mailing.state == MailingState.RUNNING


def test_other_words_void_the_second_persons_word(house):
    mailing = counted(house, drafted(house, people(3)))
    with transaction():
        mailing.ask(by=house.koen, at=now())
        mailing.approve(by=house.ingrid, at=now())
        mailing.change(by=house.koen, at=now(), per_minute=30)
    assert mailing.approved_at is not None
    with transaction():
        mailing.change(by=house.koen, at=now(), texts={**TEXTS, "fr": "Bonjour"})
    assert (mailing.state, mailing.approved_at) == (MailingState.DRAFT, None)


def test_who_saves_over_something_newer_hears_of_it(house):
    mailing = drafted(house, people(1))
    seen = mailing.version
    with transaction():
        mailing.change(by=house.ingrid, at=now(), name="July")
    with transaction(), pytest.raises(Outdated) as trouble:
        mailing.change(by=house.koen, at=now(), expected=seen, name="August")
    assert trouble.value.standing.name == "July"


def test_what_was_decided_by_hand_outlives_a_recount(house):
    mailing = counted(house, drafted(house, people(2)))
    with transaction():
        mailing.leave_out(recipients(mailing)["client0@example.com"], by=house.koen, at=now())
    counted(house, mailing)
    one = recipients(mailing)["client0@example.com"]
    assert (one.state, one.why, one.by_hand) == (RecipientState.LEFT_OUT, Why.BY_HAND, True)
    with transaction():
        mailing.put_back(one, by=house.koen, at=now())
    counted(house, mailing)
    assert recipients(mailing)["client0@example.com"].state == RecipientState.QUEUED


def test_who_wants_no_news_gets_none_though_queued_already(house):
    mailing = started(house, counted(house, drafted(house, people(2))))
    with transaction():
        OptOut.enter("client0@example.com", How.PAGE, at=now())
    finish(house)
    one = recipients(mailing)["client0@example.com"]
    assert (one.state, one.why) == (RecipientState.LEFT_OUT, Why.OPTED_OUT)
    assert [message.recipient for message in messages(mailing)] == ["client1@example.com"]


def test_paused_nothing_leaves_and_resumed_the_rest_does(house):
    mailing = started(house, counted(house, drafted(house, people(2))))
    with transaction():
        written = mailing_sending.write_next(mailing, 1, settings_of(house), now())
        mailing.pause(by=house.koen, at=now())
    assert written == 1
    finish(house)
    assert mailing.tally().states == {RecipientState.QUEUED: 1, RecipientState.PROMISED: 1}
    with transaction():
        mailing.resume(by=house.koen, at=now())
    finish(house)
    assert mailing.tally().states == {RecipientState.SENT: 2}


def test_cancelled_what_has_not_left_never_does(house):
    mailing = started(house, counted(house, drafted(house, people(3))))
    with transaction():
        mailing_sending.write_next(mailing, 1, settings_of(house), now())
        mailing.cancel(by=house.koen, at=now())
    finish(house)
    assert mailing.tally().states == {RecipientState.CANCELLED: 3}
    assert [message.state for message in messages(mailing)] == [Sending.WITHDRAWN]


def test_a_start_can_be_taken_back_before_anything_is_written(house):
    mailing = counted(house, drafted(house, people(1)))
    with transaction():
        mailing.start(by=house.koen, at=now())
        assert mailing.external_event_id is not None
        mailing.take_back(by=house.koen, at=now())
    finish(house)
    assert mailing.state == MailingState.COUNTED
    assert not messages(mailing)


def test_tried_again_is_what_failed_behind_all_else_but_for_whoever_wants_no_news(house):
    mailing = started(house, counted(house, drafted(house, people(2))))
    finish(house)
    with transaction():
        for message in messages(mailing):
            outgoing.give_up(message, "554 refused for now")
        OptOut.enter("client0@example.com", How.PAGE, at=now())
    with transaction():
        assert mailing_sending.try_again(mailing, 10, by=house.koen, at=now()) == 1
    mailings.work_waiting("test", settings_of(house))
    open_ = select(Outbox.priority).where(Outbox.kind == Job.SEND.value, Outbox.done_at.is_(None))
    assert db.session.scalars(open_).all() == [PRIORITY]
    finish(house)
    states = {address: one.state for address, one in recipients(mailing).items()}
    assert states == {
        "client0@example.com": RecipientState.FAILED,
        "client1@example.com": RecipientState.SENT,
    }


def test_who_wants_no_news_gets_none_at_another_address_either(house):
    contact = house.write(amelie, "Bonjour")
    with transaction():
        OptOut.enter("old@example.com", How.PAGE, at=now(), client_id=contact.client_id)
    rows = [{"address": amelie.email, "name": "", "language": "fr", "fields": {}}]
    assert counted(house, drafted(house, rows)).tally().why == {Why.OPTED_OUT: 1}
    service = counted(house, drafted(house, rows, MailingPurpose.SERVICE))
    assert service.tally().ready == 1


def test_a_start_that_is_taken_back_leaves_the_chosen_hour(house):
    monday = now() + timedelta(days=3)
    mailing = counted(house, drafted(house, people(1), start_at=monday))
    with transaction():
        mailing.start(by=house.koen, at=now())
        mailing.take_back(by=house.koen, at=now())
    assert mailing.start_at == monday


def test_a_good_turn_forgets_the_failing_ones_before_it(house, monkeypatch):
    mailing = started(house, counted(house, drafted(house, people(12))))
    with transaction():
        db.session.execute(update(Mailing).values(per_minute=1))
    write_next = mailing_sending.write_next

    def fails(*_given: object) -> int:
        raise RuntimeError("no room")

    for _ in range(2):
        monkeypatch.setattr(mailing_sending, "write_next", fails)
        for _ in range(outbox.MAX_TRIES - 1):
            worker(house)
        monkeypatch.setattr(mailing_sending, "write_next", write_next)
        with transaction():  # a minute has passed
            db.session.execute(update(Message).values(created_at=now() - timedelta(minutes=2)))
        worker(house)
    assert (mailing.state, len(messages(mailing))) == (MailingState.RUNNING, 2)


def test_a_reply_written_during_a_mailing_leaves_next(house, settings):
    ticket = house.ticket(house.write(amelie, "Où en est ma demande de droit passerelle ?"))
    mailing = started(house, counted(house, drafted(house, people(60))))
    with transaction():
        mailing_sending.write_next(mailing, 60, settings, now())
    answer = house.answer(ticket)
    with transaction():
        db.session.execute(update(Outbox).values(not_before=None))
    with transaction():
        claims = outbox.claim(Job.SEND, "test", 20, timedelta(seconds=1))
    assert claims[0].ref_id == answer.id


def test_the_words_of_the_foot_are_looked_up_once_for_many(house, monkeypatch):
    mailing = started(house, counted(house, drafted(house, people(6))))
    newest, asked = MailText.newest, []

    def look_up(kind: str, language: str) -> MailText | None:
        asked.append((kind, language))
        return newest(kind, language)

    monkeypatch.setattr(MailText, "newest", look_up)
    with transaction():
        assert mailing_sending.write_next(mailing, 6, settings_of(house), now()) == 6
    assert sorted(asked) == sorted({("mailing_foot", one.language) for one in messages(mailing)})


def test_outside_its_hours_and_on_free_days_it_waits(house):
    mailing = drafted(house, people(1), working_days=True, window_from=time(8), window_to=time(18))
    friday_night = datetime(2026, 5, 22, 19, tzinfo=BRUSSELS)
    opens = mailing_promising.opens_at(mailing, friday_night).astimezone(BRUSSELS)
    assert opens == datetime(2026, 5, 26, 8, tzinfo=BRUSSELS)  # Monday is Whit Monday


def test_no_more_than_its_pace_is_promised_within_a_minute(house):
    mailing = started(house, counted(house, drafted(house, people(20), per_minute=12)))
    with transaction():
        at = now()
        promised = []
        for step in range(9):
            moment = at + timedelta(seconds=10 * step)
            many = mailing_promising.allowance(mailing, moment)
            promised.append(mailing_sending.write_next(mailing, many, settings_of(house), moment))
    assert promised[:6] == [2] * 6
    assert sum(promised) == 18


def test_an_answer_opens_a_ticket_that_knows_what_it_answers(house):
    mailing = started(house, counted(house, drafted(house, people(1), topic_id="deferral")))
    finish(house)
    sent = messages(mailing)[0]
    client = Person("Client 0", "client0@example.com", "", "fr")
    first = house.write(client, "xyz", "Re: news", to=sent.reply_to)
    ticket = house.ticket(first)
    one = recipients(mailing)["client0@example.com"]
    assert (ticket.mailing_id, one.reply_ticket_id) == (mailing.id, ticket.id)
    assert one.replied_at is not None
    again = house.write(client, "Encore une chose", "Re: news", in_reply_to=sent.message_id)
    assert house.ticket(again) is ticket


def test_a_machines_answer_opens_no_ticket(house):
    mailing = started(house, counted(house, drafted(house, people(1))))
    finish(house)
    sent = messages(mailing)[0]
    contact = house.write(
        Person("Client 0", "client0@example.com", "", "fr"),
        "Je suis absent.",
        "Absence",
        to=sent.reply_to,
        headers={"Auto-Submitted": "auto-replied"},
    )
    assert contact.ticket_id is None
    assert recipients(mailing)["client0@example.com"].replied_at is None


def test_a_bounce_is_told_at_its_recipient_and_opens_no_ticket(house):
    mailing = started(house, counted(house, drafted(house, people(1))))
    finish(house)
    sent = messages(mailing)[0]
    report = bounce_of("client0@example.com", "550 5.1.1 no such user", sent.message_id)
    contact = house.receive(report, "", bounce_address("contact@fund.example", sent.id))
    one = recipients(mailing)["client0@example.com"]
    assert contact.ticket_id is None
    assert (one.state, "5.1.1" in one.why) == (RecipientState.BOUNCED, True)


def test_one_at_an_address_that_two_clients_share(house):
    with transaction():
        for name in ("Bakery", "Plumbing"):
            client = Client(name=name, language="fr")
            db.session.add(client)
            client.add_address("office@accounts.example", "desk")
    rows = [
        {"address": "office@accounts.example", "name": "", "language": "", "fields": {}}
        for _ in range(2)
    ]
    mailing = counted(house, drafted(house, rows))
    assert mailing.tally().states == {RecipientState.QUEUED: 1}


def test_who_is_told_in_another_language_is_counted(house):
    rows = [{"address": "g@example.com", "name": "G", "language": "de", "fields": {}}]
    mailing = drafted(house, rows, texts={"fr": TEXTS["fr"]})
    assert counted(house, mailing).tally().why == {Why.NO_TEXT: 1}
    with transaction():
        mailing.change(by=house.koen, at=now(), audience={**mailing.audience, "fallback": True})
    tally = counted(house, mailing).tally()
    assert (tally.ready, tally.other_language) == (1, {"fr": 1})


def test_a_text_that_names_what_is_not_known_leaves_that_client_out(house):
    rows = people(2)
    rows[0]["fields"] = {"office": "Liège"}
    texts = {code: f"{text} {{office}}" for code, text in TEXTS.items()}
    mailing = counted(house, drafted(house, rows, texts=texts))
    assert mailing.tally().why == {Why.NO_FIELD: 1}
    letter = mailing_sending.written(
        mailing, recipients(mailing)["client0@example.com"], settings_of(house)
    )
    assert letter is not None and "Liège" in letter.text


def test_a_name_brings_no_placeholder_with_it(house):
    rows = [{"address": "x@example.com", "name": "{number} X", "language": "en", "fields": {}}]
    mailing = counted(house, drafted(house, rows))
    letter = mailing_sending.written(
        mailing, recipients(mailing)["x@example.com"], settings_of(house)
    )
    assert letter is not None and "Dear {number} X," in letter.text


def settings_of(house: House) -> Settings:
    found: Settings = house.app.extensions["settings"]
    return found
