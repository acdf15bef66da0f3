"""What happens to a file is told to its client: once, in the right words, and only as news."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from models import notice_deeds, notice_mail, outbox
from models.base import db, now, transaction
from models.client import Client
from models.document_request import DocumentRequest
from models.message import Kind, Message, Sending, bounce_address
from models.notice import Kept, Notice, NoticeState, Why
from models.notice_batch import NoticeBatch
from models.notice_text import NoticeText
from models.outbox import Job, Outbox
from models.ticket import Ticket
from models.topic import Topic
from tests.people import House, Person, amelie, bounce_of, frieda, joris
from triage import catalog, notices
from triage.notice_reading import Reading, Unreadable
from triage.notice_words import unknown

WHEN = datetime(2026, 5, 4, 10, tzinfo=UTC)
TOMORROW = (now() + timedelta(days=2)).date().isoformat()


@pytest.fixture
def told(house: House) -> Any:
    """Let an event come in and the worker do its part; returns what became of it."""

    def tell(key: str, kind: str, *, work: bool = True, **more: Any) -> Notice:
        event = {"id": key, "kind": kind, "occurred_at": now().isoformat(), **more}
        if "client" not in event and "file_reference" not in event:
            event["client"] = {"email": amelie.email}
        with transaction():
            notice_id, _kept = Notice.keep(Reading(now()).read(event), "back office")
        if work:
            do_its_part(house)
        found = Notice.named(notice_id)
        assert found is not None
        db.session.refresh(found)
        return found

    return tell


def do_its_part(house: House) -> None:
    notices.tell_waiting("test", house.app.extensions["settings"])
    db.session.expire_all()


def mails(kind: Kind = Kind.NOTICE) -> list[Message]:
    found = select(Message).where(Message.kind == kind.value).order_by(Message.id)
    return list(db.session.scalars(found))


def opened(house: House, who: Person = amelie, topic: str = "bridging_right") -> Ticket:
    ticket = house.ticket(house.write(who, "Où en est ma demande ?"))
    with transaction():
        ticket.topic_id = topic
    return ticket


@pytest.mark.parametrize(
    ("who", "words"),
    [(amelie, "Votre paiement part le"), (joris, "Uw betaling vertrekt op"), (frieda, "geht am")],
    ids=["fr", "nl", "de"],
)
def test_a_payment_is_announced_in_the_clients_language(house, told, who, words):
    ticket = opened(house, who)
    with transaction():
        ticket.language = who.language
    told("e1", "payment_announced", client={"ticket": ticket.number}, pays_on=TOMORROW)
    (mail,) = mails()
    assert words in mail.text
    assert "{" not in mail.text
    assert f"/status/{ticket.number}-" in mail.text
    assert f"#{ticket.number}" in mail.text
    assert mail.ticket_id == ticket.id


def test_of_nothing_open_the_mail_is_on_no_ticket_and_leaves_out_what_is_not_known(house, told):
    house.write(amelie, "Bonjour")
    notice = told("e1", "approved", topic="deferral")
    (mail,) = mails()
    assert (notice.state, mail.ticket_id) == (NoticeState.TOLD, None)
    assert "/status/" not in mail.text
    assert "La décision elle-même indique" in mail.text
    assert "+n" in mail.reply_to


def test_the_answer_to_it_opens_a_ticket_that_knows_the_topic_and_further_ones_join(house, told):
    house.write(amelie, "Bonjour")
    notice = told("e1", "approved", topic="deferral")
    reply_to = mails()[0].reply_to
    first = house.write(amelie, "Merci, et maintenant ?", "Re: Bonne nouvelle", to=reply_to)
    db.session.refresh(notice)
    assert notice.ticket_id == first.ticket_id
    assert house.ticket(first).topic_id is not None
    second = house.write(amelie, "Encore une chose", "Autre chose", to=reply_to)
    assert second.ticket_id == first.ticket_id


def test_a_forged_address_names_no_event(house, told):
    notice = told("e1", "approved", work=False)
    good = notice_mail.notice_address("contact@fund.example", notice.id)
    assert notice_mail.notice_of_address(good) is not None
    forged = re.sub(r"\+n\d+", f"+n{notice.id + 1}", good)
    assert notice_mail.notice_of_address(forged) is None


def test_what_was_told_lately_is_not_told_again_but_another_day_is(house, told):
    house.write(amelie, "Bonjour")
    other = (date.fromisoformat(TOMORROW) + timedelta(days=3)).isoformat()
    told("e1", "payment_announced", file_reference="F1", client={"email": amelie.email},
         pays_on=TOMORROW)  # fmt: skip
    again = told("e2", "payment_announced", file_reference="F1", pays_on=TOMORROW)
    moved = told("e3", "payment_announced", file_reference="F1", pays_on=other)
    assert (again.state, again.why) == (NoticeState.SUPPRESSED, Why.TOLD_BEFORE)
    assert moved.state == NoticeState.TOLD
    assert moved.matched_by == "file"


def test_an_earlier_stage_that_comes_late_is_no_news(house, told):
    house.write(amelie, "Bonjour")
    before = (now() - timedelta(days=1)).isoformat()
    told("e1", "paid", file_reference="F1", client={"email": amelie.email})
    late = told("e2", "sent_to_authority", file_reference="F1", occurred_at=before)
    assert (late.state, late.why) == (NoticeState.SUPPRESSED, Why.OVERTAKEN)
    assert len(mails()) == 1


def test_of_two_stages_that_come_together_only_the_later_is_told(house, told):
    house.write(amelie, "Bonjour")
    who = {"email": amelie.email}
    first = told("e1", "sent_to_authority", client=who, file_reference="F1", work=False)
    told("e2", "approved", client=who, file_reference="F1")
    db.session.refresh(first)
    assert (first.state, first.why) == (NoticeState.SUPPRESSED, Why.OVERTAKEN)
    assert len(mails()) == 1


def test_a_receipt_that_went_needs_no_second_one(house, told):
    ticket = opened(house)
    assert mails(Kind.ACKNOWLEDGEMENT)
    notice = told("e1", "received", client={"ticket": ticket.number})
    assert (notice.state, notice.why) == (NoticeState.SUPPRESSED, Why.ACKNOWLEDGED)


def test_a_payment_day_that_is_over_is_not_announced(house, told):
    house.write(amelie, "Bonjour")
    notice = told("e1", "payment_announced", pays_on="2020-05-08")
    assert (notice.state, notice.why) == (NoticeState.SUPPRESSED, Why.DAY_PASSED)


def test_a_payment_day_that_is_over_before_the_mail_leaves_is_not_announced(
    house, told, monkeypatch
):
    house.write(amelie, "Bonjour")
    monkeypatch.setattr(notices, "leaves_at", lambda *_given: now() + timedelta(days=3))
    notice = told("e1", "payment_announced", pays_on=TOMORROW)
    assert (notice.state, notice.why) == (NoticeState.SUPPRESSED, Why.DAY_PASSED)


def test_a_kind_that_is_switched_off_is_told_to_nobody(house, told):
    house.write(amelie, "Bonjour")
    with transaction():
        text = NoticeText.standing("complete")
        assert text is not None
        NoticeText.write(
            "complete", None, text.subjects, text.texts, told=False, by=house.koen, at=now()
        )
    notice = told("e1", "complete")
    assert (notice.state, notice.why) == (NoticeState.SUPPRESSED, Why.SWITCHED_OFF)
    assert Notice.shown_of(notice.ticket_id or 0) == []


@pytest.mark.parametrize("sensitive", ["topic", "health", "complaint"])
def test_of_a_sensitive_matter_the_mail_says_only_that_there_is_news(house, told, sensitive):
    ticket = opened(house)
    with transaction():
        if sensitive == "topic":
            ticket.topic_id = db.session.scalars(select(Topic.id).where(Topic.restricted)).first()
        elif sensitive == "health":
            ticket.health = True
        else:
            ticket.intent_id = "complain"
    told("e1", "refused", client={"ticket": ticket.number})
    (mail,) = mails()
    assert mail.subject.startswith("Du nouveau dans votre dossier")
    assert "pas accepté" not in mail.text
    assert "/status/" in mail.text


def test_missing_documents_are_asked_for_once_and_a_complete_file_lacks_none(house, told):
    ticket = opened(house)
    who = {"ticket": ticket.number}
    told("e1", "documents_missing", client=who, documents=["family_annex", "Extrait de rôle"])
    (mail,) = mails()
    missing = DocumentRequest.open_of(ticket.id)
    assert "- Annexe de la mutuelle" in mail.text
    assert [one.message_id for one in missing] == [mail.id, mail.id]
    told("e2", "complete", client=who, occurred_at=now().isoformat())
    assert DocumentRequest.open_of(ticket.id) == []


def test_a_file_that_is_taken_back_asks_for_no_document(house, told):
    ticket = opened(house)
    with transaction():
        batch = NoticeBatch.take("may.csv", b"kind;ticket", 1, [], by=house.koen, at=now())
        batch.start(by=house.koen, at=now())
    notice = told(
        "e1",
        "documents_missing",
        client={"ticket": ticket.number},
        work=False,
        documents=["id_card"],
    )
    with transaction():
        notice.batch_id = batch.id
    do_its_part(house)
    assert DocumentRequest.open_of(ticket.id)
    with transaction():
        batch.withdraw(by=house.koen, at=now())
    assert not DocumentRequest.open_of(ticket.id)


def test_whom_no_mail_reaches_is_called(house, told):
    contact = house.call(amelie, "demande où en est son dossier", by=house.nadia)
    notice = told("e1", "approved", client={"id": contact.client_id})
    assert (notice.state, notice.why) == (NoticeState.NO_ADDRESS, Why.ADDRESS_MISSING)
    with transaction():
        notice_deeds.tell_by_phone(notice, by=house.nadia, at=now())
    assert (notice.state, notice.why) == (NoticeState.SUPPRESSED, Why.BY_PHONE)
    with transaction():
        notice_deeds.untell(notice, by=house.nadia, at=now())
    assert notice.state == NoticeState.WAITING


def test_a_mail_that_came_back_puts_the_client_on_that_list(house, told):
    house.write(amelie, "Bonjour")
    notice = told("e1", "approved")
    with transaction():
        mails()[0].bounced("550 5.1.1 no such user")
        notices.mind(now())
    db.session.refresh(notice)
    assert (notice.state, notice.why) == (NoticeState.NO_ADDRESS, Why.BOUNCED)


def test_what_a_machine_says_to_a_notice_of_no_ticket_opens_none(house, told):
    house.write(amelie, "Bonjour")
    told("e1", "approved")
    before = db.session.scalar(select(func.count(Ticket.id)))
    away = house.write(
        amelie,
        "Je suis absente.",
        "Absence",
        to=mails()[0].reply_to,
        headers={"Auto-Submitted": "auto-replied"},
    )
    assert away.ticket_id is None
    assert db.session.scalar(select(func.count(Ticket.id))) == before


def test_a_bounce_of_a_notice_of_no_ticket_opens_none_and_the_client_is_called(house, told):
    house.write(amelie, "Bonjour")
    notice = told("e1", "approved")
    mail = mails()[0]
    with transaction():
        mail.went(now())
    report = bounce_of(mail.recipient, "550 5.1.1 no such user", mail.message_id)
    came_back = house.receive(report, "", bounce_address("contact@fund.example", mail.id))
    with transaction():
        notices.mind(now())
    db.session.refresh(notice)
    assert came_back.ticket_id is None
    assert (notice.state, notice.why) == (NoticeState.NO_ADDRESS, Why.BOUNCED)
    assert notice.client is not None and notice.client.email is None


def test_what_came_back_and_was_told_by_telephone_is_owed_again_once_that_is_undone(house, told):
    house.write(amelie, "Bonjour")
    notice = told("e1", "approved")
    with transaction():
        mails()[0].bounced("550 5.1.1 no such user")
        notices.mind(now())
    db.session.refresh(notice)
    with transaction():
        notice_deeds.tell_by_phone(notice, by=house.nadia, at=now())
        notice_deeds.untell(notice, by=house.nadia, at=now())
    assert (notice.state, notice.why) == (NoticeState.NO_ADDRESS, Why.BOUNCED)
    assert len(mails()) == 1


def test_nobody_is_matched_by_guessing(house, told):
    house.write(amelie, "Bonjour")
    house.write(joris, "Goedendag")
    with transaction():
        found = db.session.scalars(Client.by_address(joris.email)).one()
        found.add_address(amelie.email, "desk")
    several = told("e1", "approved")
    nobody = told("e2", "approved", client={"email": "nobody@else.example"})
    assert (several.state, several.why) == (NoticeState.UNMATCHED, Why.SEVERAL)
    assert (nobody.state, nobody.why) == (NoticeState.UNMATCHED, Why.NOBODY)
    assert nobody.who == {"email": "nobody@else.example"}
    assert mails() == []


def test_two_identifiers_of_two_people_are_a_contradiction(house, told):
    ticket = opened(house, joris)
    house.write(amelie, "Bonjour")
    who = {"ticket": ticket.number, "email": amelie.email}
    notice = told("e1", "approved", client=who)
    assert (notice.state, notice.why) == (NoticeState.UNMATCHED, Why.CONTRADICTION)


def test_a_person_says_whose_it_is_and_can_take_that_back(house, told):
    client = house.write(amelie, "Bonjour").client
    notice = told("e1", "approved", client={"email": "nobody@else.example"})
    assert client is not None
    with transaction():
        notice_deeds.match_by_hand(notice, client, None, by=house.koen, at=now())
    with transaction():
        notice_deeds.unmatch(notice, by=house.koen, at=now())
    assert (notice.state, notice.client_id) == (NoticeState.UNMATCHED, None)
    with transaction():
        notice_deeds.match_by_hand(
            notice, client, None, by=house.koen, at=now() - timedelta(minutes=1)
        )
    do_its_part(house)
    assert (notice.state, notice.sealed) == (NoticeState.TOLD, None)


def test_a_worker_that_does_it_twice_writes_one_mail(house, told):
    house.write(amelie, "Bonjour")
    notice = told("e1", "approved")
    with transaction():
        notices.find_and_tell([notice], house.app.extensions["settings"], now())
    assert len(mails()) == 1


@pytest.mark.parametrize(
    ("hour", "leaves"), [(3, "07:00"), (12, "12:00"), (21, "07:00"), (23, "07:00")]
)
def test_nothing_leaves_at_night(hour, leaves):
    at = datetime(2026, 1, 14, hour, tzinfo=notices.BRUSSELS)
    after = notices.after_the_night(at, (21, 7)).astimezone(notices.BRUSSELS)
    assert f"{after:%H:%M}" == leaves
    assert after >= at


def test_a_mail_that_waits_for_morning_is_taken_back_when_a_later_event_comes(house, told):
    house.write(amelie, "Bonjour")
    first = told("e1", "sent_to_authority")
    with transaction():
        mails()[0].state, mails()[0].sent_at = Sending.WAITING.value, None
    told("e2", "approved")
    db.session.refresh(first)
    assert first.why == Why.OVERTAKEN
    assert mails()[0].state == Sending.WITHDRAWN


def test_an_answer_of_a_person_leaves_before_the_notices_that_wait(house, told):
    ticket = opened(house)
    told("e1", "approved")
    answer = house.answer(ticket)
    with transaction():
        db.session.execute(update(Outbox).values(not_before=None))
    with transaction():
        claims = outbox.claim(Job.SEND, "test", 20, timedelta(seconds=1))
    waiting = [claimed.ref_id for claimed in claims]
    assert waiting.index(answer.id) < waiting.index(mails()[0].id)


def test_payments_ahead_count_each_client_once(house, told):
    house.write(amelie, "Bonjour")
    told("e1", "payment_announced", pays_on=TOMORROW, topic="bridging_right")
    told("e2", "payment_announced", pays_on=TOMORROW, topic="bridging_right")
    day = date.fromisoformat(TOMORROW)
    assert Notice.payments_ahead(day, day) == [(day, "bridging_right", 1)]


def test_the_same_key_is_the_same_event_whatever_its_order(house):
    one = {"id": "k", "kind": "paid", "occurred_at": "2026-05-04T10:00:00+02:00"}
    whom = {"client": {"email": amelie.email, "id": "7"}}
    swapped = {"client": {"id": "7", "email": amelie.email}}
    with transaction():
        first, _new = Notice.keep(Reading(now()).read(one | whom), "x")
        again, kept = Notice.keep(Reading(now()).read(one | swapped), "x")
    assert (again, kept) == (first, Kept.SAME)


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"kind": "lost"}, "/kind"),
        ({"occurred_at": "yesterday"}, "/occurred_at"),
        ({"occurred_at": "2999-01-01T00:00:00Z"}, "/occurred_at"),
        ({"client": {"national_number": "85.07.30-033.29"}}, "/client/national_number"),
        ({"client": {"iban": "BE71096123456769"}}, "/client/iban"),
        ({"client": {}}, "/client"),
        ({"topic": "weather"}, "/topic"),
        ({"language": "it"}, "/language"),
        ({"kind": "documents_missing"}, "/documents"),
        ({"amount": 5}, "/amount"),
    ],
    ids=lambda value: value if isinstance(value, str) else next(iter(value)),
)
def test_what_is_wrong_is_named_with_its_place(app, wrong, pointer):
    event = {
        "id": "e",
        "kind": "paid",
        "occurred_at": WHEN.isoformat(),
        "client": {"email": amelie.email},
    }
    with pytest.raises(Unreadable) as trouble:
        Reading(now()).read(event | wrong)
    assert pointer in [one.pointer for one in trouble.value.faults]


def test_every_text_that_ships_is_whole_and_names_no_unknown_field():
    for entry in catalog.read("notices")["texts"]:
        for code in ("fr", "nl", "de", "en"):
            assert unknown(entry["texts"][code] + entry["subjects"][code]) == []
            assert "{closing}" in entry["texts"][code]
