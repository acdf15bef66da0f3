"""What people note of the world outside, and how it is taken back."""

from datetime import timedelta

from models import calendar
from models.base import db, now
from models.external_event import ExternalEvent
from models.user import User
from tests.people import Browser


def note(client: Browser, **said: str) -> int:
    today = calendar.business_day(now())
    form = {"kind": "mailing", "text": "12,000 letters", "first_on": today.isoformat()} | said
    return client.post("/screening/events", data=form).status_code


def test_a_mailing_is_noted_with_its_topic_and_how_large_it_will_be(
    client: Browser, koen: User
) -> None:
    client.sign_in(koen)
    assert note(client, topic="deferral", factor="2,5") == 303
    page = client.get("/screening/events").get_data(as_text=True)
    assert "12,000 letters" in page and "× 2.5" in page
    (event,) = db.session.scalars(ExternalEvent.everything()).all()
    assert (event.topic_id, event.factor, event.by_id) == ("deferral", 2.5, koen.id)


def test_an_end_before_the_beginning_is_said_to_be_wrong_and_nothing_typed_is_lost(
    client: Browser, koen: User
) -> None:
    client.sign_in(koen)
    yesterday = calendar.business_day(now()) - timedelta(days=1)
    today = calendar.business_day(now())
    form = {
        "kind": "press",
        "text": "Front page",
        "first_on": str(today),
        "last_on": str(yesterday),
    }
    answer = client.post("/screening/events", data=form)
    assert answer.status_code == 400
    assert 'value="Front page"' in answer.get_data(as_text=True)
    assert db.session.scalars(ExternalEvent.everything()).all() == []


def test_what_is_withdrawn_comes_back_with_one_key(client: Browser, koen: User) -> None:
    client.sign_in(koen)
    note(client)
    (event,) = db.session.scalars(ExternalEvent.everything()).all()
    answer = client.post(f"/screening/events/{event.id}/withdrawal")
    page = client.get(answer.location).get_data(as_text=True)
    assert "Withdrawn: 12,000 letters" in page and 'data-key="z"' in page
    assert db.session.scalars(ExternalEvent.everything()).all() == []
    client.post(f"/screening/events/{event.id}/return")
    assert db.session.scalars(ExternalEvent.everything()).all() == [event]


def test_an_agent_reads_what_is_known_and_notes_nothing(client: Browser, nadia: User) -> None:
    client.sign_in(nadia)
    page = client.get("/screening/events").get_data(as_text=True)
    assert "In the calendar" in page and "Note it" not in page
    assert note(client) == 403
