"""The dashboard: numbers that can be opened, compared, and left out where they are not known."""

from collections.abc import Callable
from datetime import date, timedelta
from html import unescape

import pytest
from flask import g

from models import calendar, call, figures
from models.base import db, now, transaction
from models.call import Call, Exchange
from models.contact import Contact
from models.team import Team
from models.ticket import Disposition, Ticket
from models.user import User
from tests.people import Browser, House, Person, amelie, emily, frieda, joris


def page(client: Browser, url: str) -> str:
    """A page as a browser gets it: nothing of an earlier request is remembered."""
    for name in list(g):
        g.pop(name)
    answer = client.get(url)
    assert answer.status_code == 200, answer.status_code
    return unescape(answer.get_data(as_text=True))


@pytest.fixture
def today() -> date:
    return calendar.business_day(now())


@pytest.fixture
def asks(house: House) -> Callable[..., Contact]:
    """Call it for a contact of today about a topic."""

    def ask(who: Person, topic: str = "bridging_right", intent: str = "ask_information") -> Contact:
        contact = house.fill_form(who, f"Une question de {who.name}")
        with transaction():
            contact.topic_id, contact.intent_id, contact.language = topic, intent, who.language
            contact.repeated = False
            ticket = house.ticket(contact)
            ticket.topic_id, ticket.needs_choice = topic, False
            team = db.session.scalars(Team.by_slug("affiliation")).one()
            ticket.team_id = team.id
        return contact

    return ask


def test_without_anything_to_measure_no_zero_is_claimed(client: Browser, ingrid: User) -> None:
    client.sign_in(ingrid)
    dashboard = page(client, "/dashboard/")
    assert dashboard.count("not measurable yet") >= 5
    assert ">0 %<" not in dashboard


def test_every_number_of_the_top_row_has_its_definition(client: Browser, ingrid: User) -> None:
    client.sign_in(ingrid)
    row = page(client, "/dashboard/").partition('<ul class="numbers">')[2].partition("</ul>")[0]
    assert row.count('<li class="number') == 5
    assert row.count("<summary>") == 5


def test_a_number_opens_to_its_contacts(
    client: Browser, ingrid: User, asks: Callable[..., Contact], today: date
) -> None:
    asks(amelie, intent="complain")
    asks(joris, topic="deferral")
    client.sign_in(ingrid)
    dashboard = page(client, "/dashboard/")
    assert f"/dashboard/contacts?day={today}&about=failure" in dashboard
    assert f"/dashboard/contacts?day={today}&topic=deferral&channel=form" in dashboard
    failures = page(client, f"/dashboard/contacts?day={today}&about=failure")
    assert "Amélie Dujardin" in failures and "Joris Peeters" not in failures
    deferrals = page(client, f"/dashboard/contacts?day={today}&topic=deferral&channel=form")
    assert "Joris Peeters" in deferrals and "Amélie Dujardin" not in deferrals
    assert "<h1>1 contact</h1>" in deferrals


def test_an_agent_reads_only_what_is_his_and_sees_the_whole_number(
    client: Browser, nadia: User, stranger: User, asks: Callable[..., Contact]
) -> None:
    asks(amelie)
    client.sign_in(nadia)
    listed = page(client, "/dashboard/contacts")
    assert "<h1>1 contact</h1>" in listed and "Amélie Dujardin" not in listed
    client.sign_in(stranger)
    assert "Amélie Dujardin" in page(client, "/dashboard/contacts")


def test_an_administrator_reads_no_contact(
    client: Browser, ada: User, asks: Callable[..., Contact]
) -> None:
    asks(amelie)
    client.sign_in(ada)
    assert "Amélie Dujardin" not in page(client, "/dashboard/contacts")
    assert "Amélie Dujardin" not in page(client, "/dashboard/tickets?figure=waiting")


def test_one_contact_about_health_is_no_number_for_other_teams(
    client: Browser, nadia: User, ingrid: User, asks: Callable[..., Contact]
) -> None:
    asks(emily, topic="incapacity")
    client.sign_in(nadia)
    assert "fewer than 3" in page(client, "/dashboard/")
    client.sign_in(ingrid)
    assert "fewer than 3" not in page(client, "/dashboard/")


def test_the_ages_of_the_backlog_add_up_and_open(
    client: Browser, ingrid: User, asks: Callable[..., Contact], house: House, today: date
) -> None:
    for who, days in ((amelie, 0), (joris, 3), (frieda, 10), (emily, 90)):
        ticket = house.ticket(asks(who))
        with transaction():
            opened_on = calendar.working_day_before(today, days) if days else today
            ticket.opened_at = calendar.start_of(opened_on) + timedelta(minutes=1)
    counts = figures.backlog_ages(today)
    assert sum(count for _bucket, count in counts) == 4
    for (first, last), count in counts:
        behind = figures.waiting_since(first, last, today)
        assert figures.how_many(behind) == count, (first, last)
    client.sign_in(ingrid)
    assert "Emily Stone" in page(client, "/dashboard/tickets?age=15-")
    assert client.get("/dashboard/tickets?age=1-2").status_code == 404


def test_what_was_closed_today_no_longer_waits(
    client: Browser, ingrid: User, asks: Callable[..., Contact], house: House
) -> None:
    ticket = house.ticket(asks(amelie))
    with transaction():
        ticket.close(Disposition.ANSWERED, by=ingrid, at=now())
    client.sign_in(ingrid)
    assert f"#{ticket.number}" in page(client, "/dashboard/tickets?figure=closed")
    assert f"#{ticket.number}" not in page(client, "/dashboard/tickets?figure=waiting")


def test_an_answer_that_is_late_is_said_to_be_late(
    client: Browser, ingrid: User, asks: Callable[..., Contact], house: House
) -> None:
    ticket = house.ticket(asks(amelie))
    with transaction():
        ticket.due_at = now() - timedelta(days=2)
    client.sign_in(ingrid)
    dashboard = page(client, "/dashboard/")
    assert "1 late" in dashboard and "past the date" in dashboard
    assert f"#{ticket.number}" in page(client, "/dashboard/tickets?figure=overdue")


def test_today_is_compared_with_the_same_weekdays_up_to_this_hour(
    asks: Callable[..., Contact], today: date
) -> None:
    at = calendar.start_of(today) + timedelta(hours=12)
    for who, weeks, hour in ((amelie, 1, 9), (joris, 1, 18), (frieda, 2, 10), (emily, 2, 11)):
        contact = asks(who)
        with transaction():
            day = today - timedelta(weeks=weeks)
            contact.said_at = calendar.start_of(day) + timedelta(hours=hour)
    usual = figures.usual(today, at)
    assert usual is not None
    assert (usual.contacts, usual.days, usual.same_weekday) == (1.5, 2, True)


def test_without_a_past_there_is_nothing_to_compare_with(app: object, today: date) -> None:
    assert figures.usual(today, now()) is None


def test_calls_answered_in_time_leave_out_who_hung_up_at_once(app: object, today: date) -> None:
    start = calendar.start_of(today) + timedelta(hours=9)
    with transaction():
        exchange = Exchange(name="main", token_digest="x")
        db.session.add(exchange)
        db.session.flush()
        for key, answered, ended in (
            ("soon", 12, 200),
            ("late", 45, 300),
            ("gave up", None, 60),
            ("at once", None, 2),
        ):
            db.session.add(
                Call(
                    exchange_id=exchange.id,
                    call_id=key,
                    state="hangup",
                    initialised_at=start,
                    answered_at=start + timedelta(seconds=answered) if answered else None,
                    ended_at=start + timedelta(seconds=ended),
                )
            )
    service = call.service(*calendar.bounds(today))
    assert (service.offered, service.in_time, service.abandoned) == (3, 1, 1)


def test_the_wall_shows_the_same_numbers_and_nothing_to_press(
    client: Browser, ingrid: User, asks: Callable[..., Contact]
) -> None:
    asks(amelie)
    client.sign_in(ingrid)
    wall = page(client, "/dashboard/wall")
    assert 'hx-trigger="every 30s"' in wall
    assert "<button" not in wall and "<a " not in wall
    assert "Failure demand" in page(client, "/dashboard/wall/numbers")


def test_figures_are_for_people_of_the_house(client: Browser) -> None:
    for url in ("/dashboard/", "/dashboard/wall", "/dashboard/contacts", "/dashboard/tickets"):
        assert client.get(url).status_code in (302, 401)


def test_an_address_that_means_nothing_is_not_found(client: Browser, ingrid: User) -> None:
    client.sign_in(ingrid)
    for asked in ("contacts?about=gossip", "contacts?day=2026-13-01", "tickets?figure=lost"):
        assert client.get(f"/dashboard/{asked}").status_code == 404
    assert db.session.scalars(Ticket.visible_to(ingrid)).first() is None
