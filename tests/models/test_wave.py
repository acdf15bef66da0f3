"""How many will write because of a mailing: assumed at first, learned from those that went out."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from models import calendar, past_waves, wave
from models.base import db, now, transaction
from models.client import Client
from models.daily_figure import DailyFigure
from models.external_event import ExternalEvent
from models.mailing import Mailing, MailingRecipient, MailingState, RecipientState
from models.message import Kind, Message, Sending
from models.notice import Notice, NoticeKind, NoticeState
from models.settings import Setting
from models.wave import Learned, Wave, expected_wave
from tests.people import House, amelie

TUESDAY = datetime(2026, 6, 9, 8, 0, tzinfo=UTC)
DAY = date(2026, 6, 9)
TOPIC = "bridging_right"


def mailing(house: House, recipients: int = 0, **said: object) -> Mailing:
    with transaction():
        made = Mailing(
            **{
                "name": "May is paid on Friday",
                "topic_id": TOPIC,
                "created_by_id": house.koen.id,
                "per_minute": 60,
                "working_days": True,
                **said,
            }
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


def usual(contacts: int) -> None:
    """So many contacts about the topic on each of the last working days."""
    with transaction():
        for back in range(1, 21):
            day = calendar.working_day_before(DAY, back)
            db.session.add(
                DailyFigure(
                    kpi="inflow",
                    day=day,
                    channel="email",
                    topic_id=TOPIC,
                    language="fr",
                    part=contacts,
                )
            )
        db.session.flush()
        past_waves.learn(TUESDAY)


# --- expected -------------------------------------------------------------------------------


def test_without_a_past_a_wave_is_assumed_and_says_so(house: House) -> None:
    found = expected_wave(1000, TOPIC, TUESDAY)
    assert found.assumed and found.waves == 0
    assert found.expected == pytest.approx(80)
    assert sum(day.expected for day in found.days) == pytest.approx(80)
    assert found.low < 40 < 160 < found.high


def test_it_falls_on_working_days_only(house: House) -> None:
    friday = TUESDAY + timedelta(days=3)
    days = [day.day for day in expected_wave(100, TOPIC, friday).days]
    assert days == [date(2026, 6, day) for day in (12, 15, 16, 17, 18)]


def test_a_wave_of_two_days_begins_twice(house: House) -> None:
    one = expected_wave(100, TOPIC, TUESDAY)
    two = expected_wave(100, TOPIC, TUESDAY, sent_on=[DAY, DAY + timedelta(days=1)])
    assert len(two.days) == len(one.days) + 1
    assert two.days[0].expected == pytest.approx(one.days[0].expected / 2)


def test_it_is_told_apart_by_language(house: House) -> None:
    found = expected_wave({"fr": 300, "nl": 100}, TOPIC, TUESDAY)
    assert found.recipients == 400
    assert found.languages["fr"] == pytest.approx(3 * found.languages["nl"])


def test_nobody_is_no_wave(house: House) -> None:
    found = expected_wave(0, TOPIC, TUESDAY)
    assert (found.expected, found.low, found.high) == (0, 0, 0)


def test_a_kept_forecast_is_read_as_it_was(house: House) -> None:
    found = expected_wave({"fr": 300}, TOPIC, TUESDAY)
    assert Wave.kept(found.figures()) == found
    assert Wave.kept({}) is None


def test_what_was_seen_outweighs_the_assumption_as_it_grows(house: House) -> None:
    few = Learned(recipients=30, contacts=15.0, waves=1)
    many = Learned(recipients=6000, contacts=3000.0, waves=4, spread=0.3)
    assert wave.rate_of(few, "service") < 0.15
    assert wave.rate_of(many, "service") == pytest.approx(0.48, abs=0.01)
    assert wave.doubt_of(many) < wave.doubt_of(few)


@pytest.mark.parametrize(
    ("window", "count", "expected"),
    [
        ((None, None), 5000, [9]),
        ((time(8), time(18)), 28_800, [9]),
        ((time(8), time(12)), 20_000, [9, 10]),
        ((time(7), time(9)), 60, [10]),
    ],
)
def test_the_days_of_sending_follow_pace_and_hours(
    house: House, window: tuple[time | None, time | None], count: int, expected: list[int]
) -> None:
    made = mailing(house, window_from=window[0], window_to=window[1])
    days = wave.sending_days(made, count, TUESDAY)
    assert [day.day for day in days] == expected


# --- announced ------------------------------------------------------------------------------


def test_a_started_mailing_is_an_event_of_the_board_once(house: House) -> None:
    usual(20)
    made = mailing(house, recipients=500)
    with transaction():
        wave.announce(made, TUESDAY, house.koen)
        wave.announce(made, TUESDAY, house.koen)
    [event] = db.session.scalars(ExternalEvent.everything())
    assert (event.kind, event.first_on, event.last_on) == ("mailing", DAY, DAY)
    assert (event.topic_id, event.id) == (TOPIC, made.external_event_id)
    assert event.factor is not None and 1 < event.factor <= wave.MOST_ASSUMED
    kept = Wave.kept(made.wave)
    assert kept is not None and kept.recipients == 500


def test_where_nobody_knows_what_is_usual_no_factor_is_given(house: House) -> None:
    made = mailing(house, recipients=500)
    with transaction():
        wave.announce(made, TUESDAY, house.koen)
    [event] = db.session.scalars(ExternalEvent.everything())
    assert event.factor is None


def test_one_that_was_cancelled_before_its_first_mail_never_was(house: House) -> None:
    made = mailing(house, recipients=5)
    with transaction():
        wave.announce(made, TUESDAY, house.koen)
        wave.withdraw(made, TUESDAY, house.koen)
    assert db.session.scalars(ExternalEvent.everything()).all() == []
    assert made.wave == {}
    with transaction():
        wave.announce(made, TUESDAY, house.koen)
    assert len(db.session.scalars(ExternalEvent.everything()).all()) == 1


def test_one_that_was_cancelled_halfway_is_as_large_as_what_has_left(house: House) -> None:
    made = mailing(house, recipients=10)
    with transaction():
        wave.announce(made, TUESDAY, house.koen)
        for one in db.session.query(MailingRecipient).limit(4):
            one.state = RecipientState.SENT.value
        db.session.flush()
        wave.withdraw(made, TUESDAY, house.koen)
    assert len(db.session.scalars(ExternalEvent.everything()).all()) == 1
    kept = Wave.kept(made.wave)
    assert kept is not None and kept.recipients == 4


def test_withdrawing_what_was_never_announced_does_nothing(house: House) -> None:
    made = mailing(house)
    with transaction():
        wave.withdraw(made, TUESDAY, house.koen)
    assert made.external_event_id is None


# --- learned --------------------------------------------------------------------------------


def test_it_learns_from_what_the_recipients_of_a_past_mailing_wrote(house: House) -> None:
    """Amélie wrote once before the mail and twice after it; a day off counts for the next day."""
    sent_at = datetime(2026, 5, 22, 8, 0, tzinfo=UTC)  # the Friday before a long weekend
    for at in (sent_at - timedelta(days=8), sent_at + timedelta(hours=1)):
        house.write(amelie, "Droit passerelle : rien reçu pour mai", at=at)
    last = house.write(amelie, "Toujours rien", at=sent_at + timedelta(days=2))
    with transaction():
        client = db.session.get(Client, last.client_id)
        assert client is not None
        made = Mailing(
            name="May",
            topic_id=None,
            created_by_id=house.koen.id,
            state=MailingState.DONE.value,
            started_at=sent_at,
        )
        message = Message(
            kind=Kind.MAILING.value,
            cause="mailing:1:1",
            recipient=amelie.email,
            subject="Mai",
            text="Mai",
            language="fr",
            message_id="<one@fund.example>",
            reply_to="",
            written_at=sent_at,
            state=Sending.SENT.value,
            sent_at=sent_at,
        )
        db.session.add_all([made, message])
        db.session.flush()
        db.session.add(
            MailingRecipient(
                mailing_id=made.id,
                client_id=client.id,
                address=amelie.email,
                language="fr",
                state=RecipientState.SENT.value,
                message_id=message.id,
            )
        )
        db.session.flush()
        [found] = past_waves.mailings(TUESDAY + timedelta(days=30))
        past_waves.learn(TUESDAY + timedelta(days=30))
    assert found.recipients == 1
    assert found.by_day == [1, 1, 0, 0, 0]
    assert 0 < found.before < 0.1
    learned = wave.learned("service", TOPIC)
    assert (learned.recipients, learned.waves) == (1, 1)
    assert expected_wave(100, TOPIC, now()).assumed


def test_it_learns_from_the_days_on_which_clients_were_to_be_paid(house: House) -> None:
    pays_on = date(2026, 5, 8)
    morning = calendar.start_of(pays_on) + timedelta(hours=9)
    last = house.fill_form(amelie, "Toujours rien reçu", at=morning + timedelta(days=3))
    with transaction():
        last.topic_id = TOPIC
        db.session.add(
            Notice(
                source="csv",
                key="1",
                digest=b"",
                kind=NoticeKind.PAYMENT_ANNOUNCED.value,
                state=NoticeState.TOLD.value,
                client_id=last.client_id,
                topic_id=TOPIC,
                occurred_at=morning,
                pays_on=pays_on,
            )
        )
        db.session.flush()
        [found] = past_waves.payment_days(TUESDAY)
        past_waves.learn(TUESDAY)
    assert (found.recipients, found.first_on) == (1, pays_on)
    assert found.by_day == [0, 1, 0, 0, 0]
    assert wave.learned(wave.PAYMENT, TOPIC).waves == 1


def test_without_a_past_learning_keeps_nothing_that_could_mislead(house: House) -> None:
    with transaction():
        past_waves.learn(TUESDAY)
    assert Setting.read(wave.KEPT) == {"waves": {}, "usual": {}, "seen": {}}
    assert wave.usual_of(TOPIC) == 0.0
