"""What is about to make clients write stands on the dashboard, with what was seen of it so far."""

import re
from datetime import datetime, timedelta

import pytest

from models import calendar, past_waves, wave
from models.base import db, now, transaction
from models.mailing import Mailing, MailingRecipient, MailingState
from models.message import Kind, Message, Sending
from models.notice import Notice, NoticeKind, NoticeState
from models.settings import Setting
from models.wave import expected_wave
from tests.people import Browser, House, amelie
from triage.dashboards import coming


@pytest.fixture
def koen(house: House, client: Browser) -> Browser:
    client.sign_in(house.koen)
    return client


def panel(client: Browser) -> str:
    found = re.search(
        r'<section class="panel broad coming".*?</section>', client.get("/dashboard/").text, re.S
    )
    assert found is not None
    return re.sub(r"\s+", " ", found[0])


def mailing(house: House, state: MailingState, recipients: int, **said: object) -> Mailing:
    with transaction():
        made = Mailing(
            name="May is paid on Friday",
            topic_id="bridging_right",
            state=state.value,
            created_by_id=house.koen.id,
            **said,
        )
        db.session.add(made)
        db.session.flush()
        db.session.add_all(
            MailingRecipient(
                mailing_id=made.id, address=f"client{number}@example.be", language="fr"
            )
            for number in range(recipients)
        )
    return made


def payment(topic: str, clients: int) -> None:
    day = calendar.working_day_after(calendar.business_day(now()), 2)
    with transaction():
        db.session.add_all(
            Notice(
                source="csv",
                key=f"{topic}{number}",
                digest=b"",
                kind=NoticeKind.PAYMENT_ANNOUNCED.value,
                state=NoticeState.TOLD.value,
                topic_id=topic,
                occurred_at=now(),
                pays_on=day,
            )
            for number in range(clients)
        )


def test_without_a_mailing_and_a_payment_day_it_says_so(koen: Browser) -> None:
    assert "No mailing and no payment day" in panel(koen)


def test_a_running_mailing_says_what_is_expected_and_that_it_is_assumed(
    house: House, koen: Browser
) -> None:
    made = mailing(house, MailingState.RUNNING, 100, started_at=now())
    with transaction():
        wave.announce(made, now(), house.koen)
    shown = panel(koen)
    assert "May is paid on Friday" in shown and "assumed" in shown
    assert 'data-label="People">100</td> <td class="end" data-label="Expected in all">8 ' in shown


def test_what_a_mailing_has_drawn_so_far_is_counted_by_the_clock(
    house: House, koen: Browser
) -> None:
    contact = house.write(amelie, "Bonjour")
    made = mailing(house, MailingState.RUNNING, 100, started_at=now())
    earlier = now() - timedelta(hours=1)
    with transaction():
        contact.topic_id = "bridging_right"
        wave.announce(made, now(), house.koen)
        message = mail_of(made, earlier)
        hers = db.session.scalars(MailingRecipient.of_mailing(made.id)).first()
        assert hers is not None
        hers.client_id, hers.message_id, hers.state = contact.client_id, message.id, "sent"
    assert past_waves.so_far() == {}
    with transaction():
        past_waves.watch(now())
    assert past_waves.so_far() == {made.id: 1.0}
    assert 'data-label="Seen so far">1</td>' in panel(koen)


def mail_of(made: Mailing, at: datetime) -> Message:
    """A mail of a mailing that has left."""
    message = Message(
        kind=Kind.MAILING.value,
        cause="mailing:1",
        recipient=amelie.email,
        subject="May",
        text="Friday",
        language="fr",
        message_id="<m1@example.be>",
        reply_to="contact@example.be",
        mailing_id=made.id,
        written_at=at,
        sent_at=at,
        state=Sending.SENT.value,
    )
    db.session.add(message)
    db.session.flush()
    return message


def test_one_that_is_planned_for_later_is_forecast_from_those_who_get_it(
    house: House, koen: Browser
) -> None:
    start = calendar.start_of(calendar.working_day_after(calendar.business_day(now()), 2))
    mailing(house, MailingState.COUNTED, 50, start_at=start + timedelta(hours=9))
    assert "May is paid on Friday" in panel(koen)


def test_a_draft_without_a_day_is_not_coming(house: House, koen: Browser) -> None:
    mailing(house, MailingState.DRAFT, 5)
    assert "No mailing" in panel(koen)


def test_a_payment_that_was_announced_is_a_wave_of_its_day(house: House, koen: Browser) -> None:
    payment("bridging_right", 40)
    shown = panel(koen)
    assert "Payment day" in shown and 'data-label="People">40</td>' in shown


def test_few_people_of_a_restricted_topic_are_not_shown_to_others(
    house: House, koen: Browser, client: Browser
) -> None:
    payment("incapacity", 2)
    assert "No mailing and no payment day" in panel(koen)
    client.sign_in(house.ingrid)
    assert "Payment day" in panel(client)


def test_earlier_forecasts_stand_beside_what_came(house: House, koen: Browser) -> None:
    made = mailing(house, MailingState.DONE, 0, started_at=now() - timedelta(days=30))
    with transaction():
        made.wave = expected_wave(100, "bridging_right", now() - timedelta(days=30)).figures()
        Setting.write(wave.KEPT, {"waves": {}, "usual": {}, "seen": {str(made.id): 9.0}})
    shown = panel(koen)
    assert "Of 1 earlier forecast, 1 held." in shown and "9 came" in shown


def test_waves_of_one_day_are_added_and_their_doubts_are_not(house: House) -> None:
    one = expected_wave(100, None, now())
    both = coming.together(
        one.days[0].day, [coming.Coming(one, one.days[0].day), coming.Coming(one, one.days[0].day)]
    )
    assert both.expected == pytest.approx(2 * one.days[0].expected)
    assert both.high < 2 * one.days[0].high
