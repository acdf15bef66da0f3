"""The dashboard: numbers that can be opened, compared, and left out where they are not known."""

from collections.abc import Callable
from datetime import date, timedelta
from html import unescape

import pytest
from flask import g

from models import calendar, call, figures, kpi_behind, kpi_now
from models.base import db, now, transaction
from models.call import Call, Exchange
from models.contact import Contact
from models.kpi import KPIS, Cut
from models.team import Team
from models.ticket import Disposition, Ticket
from models.topic import Topic
from models.user import User
from tests.people import Browser, House, Person, amelie, emily, frieda, joris
from triage.dashboards import wall
from triage.dashboards.wall_figures import Wall


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
    days = f"first={today}&last={today}"
    assert f"/dashboard/list?figure=failures&{days}" in dashboard
    assert f"/dashboard/list?figure=inflow&{days}&topic=deferral" in dashboard
    listed = page(client, f"/dashboard/list?figure=failures&{days}")
    assert "Amélie Dujardin" in listed and "Joris Peeters" not in listed
    asked = f"/dashboard/list?figure=inflow&{days}&topic=deferral&channel=form"
    deferrals = page(client, asked)
    assert "Joris Peeters" in deferrals and "Amélie Dujardin" not in deferrals
    assert '<b class="total">1</b>' in deferrals


def test_an_agent_reads_only_what_is_his_and_sees_the_whole_number(
    client: Browser, nadia: User, stranger: User, asks: Callable[..., Contact]
) -> None:
    asks(amelie)
    client.sign_in(nadia)
    listed = page(client, "/dashboard/list?figure=inflow")
    assert '<b class="total">1</b>' in listed and "Amélie Dujardin" not in listed
    client.sign_in(stranger)
    assert "Amélie Dujardin" in page(client, "/dashboard/list?figure=inflow")


def test_an_administrator_reads_no_contact(
    client: Browser, ada: User, asks: Callable[..., Contact]
) -> None:
    asks(amelie)
    client.sign_in(ada)
    for figure in ("inflow", "backlog"):
        assert "Amélie Dujardin" not in page(client, f"/dashboard/list?figure={figure}")


def test_one_contact_about_health_is_no_number_for_other_teams(
    client: Browser, nadia: User, ingrid: User, asks: Callable[..., Contact]
) -> None:
    asks(emily, topic="incapacity")
    asks(amelie), asks(joris, topic="deferral"), asks(frieda, topic="deferral")
    told = "&topic=deferral"
    client.sign_in(nadia)
    wall = page(client, "/dashboard/")
    assert "fewer than 3" in wall and "give away a small number" in wall and told in wall
    client.sign_in(ingrid)
    wall = page(client, "/dashboard/")
    assert "fewer than 3" not in wall and "give away a small number" not in wall


def test_the_list_beside_a_hidden_number_has_its_rows_and_no_number(
    client: Browser, koen: User, asks: Callable[..., Contact]
) -> None:
    asks(emily, topic="incapacity")
    asks(amelie), asks(joris, topic="deferral"), asks(frieda, topic="deferral")
    client.sign_in(koen)
    listed = page(client, "/dashboard/list?figure=inflow&topic=bridging_right")
    assert "Amélie Dujardin" in listed and 'class="total"' not in listed
    assert "give away a small number" in listed


def test_the_list_of_a_hidden_number_says_nothing(
    client: Browser, nadia: User, asks: Callable[..., Contact]
) -> None:
    asks(emily, topic="incapacity")
    client.sign_in(nadia)
    listed = page(client, "/dashboard/list?figure=inflow&topic=incapacity")
    assert "too few to be shown" in listed and "Emily" not in listed
    assert 'class="total"' not in listed


def test_a_few_of_a_restricted_topic_are_told_nowhere_on_the_page(
    client: Browser, nadia: User, asks: Callable[..., Contact], house: House
) -> None:
    ticket = house.ticket(asks(emily, topic="incapacity", intent="complain"))
    with transaction():
        topic = Topic.named("incapacity")
        assert topic is not None
        ticket.team_id = topic.team_id
    client.sign_in(nadia)
    narrowed = page(client, "/dashboard/?topic=incapacity")
    assert 'id="why-failure"' not in narrowed and "topics ages" not in narrowed
    listed = page(client, "/dashboard/list?figure=backlog&age=0&topic=incapacity")
    assert "too few to be shown" in listed and 'class="total"' not in listed


def test_no_age_of_a_restricted_team_gives_away_the_few_of_another(
    client: Browser, nadia: User, ingrid: User, asks: Callable[..., Contact], house: House
) -> None:
    """Three of today, one of long ago: the team's whole backlog is told, so neither of these is."""
    health = Topic.everything()["incapacity"].team_id
    with transaction():
        for who in (emily, amelie, joris, frieda):
            ticket = house.ticket(asks(who, topic="incapacity"))
            ticket.team_id = health
        ticket.opened_at = now() - timedelta(days=90)
    listed = f"/dashboard/list?figure=backlog&team={health}"
    client.sign_in(nadia)
    assert '<b class="total">4</b>' in page(client, listed)
    assert "give away a small number" in page(client, f"{listed}&age=0")
    assert "fewer than 3" in page(client, f"{listed}&age=4")
    assert wall.ages(Wall(nadia, calendar.business_day(now()), now(), Cut())) == []
    client.sign_in(ingrid)
    assert '<b class="total">3</b>' in page(client, f"{listed}&age=0")


@pytest.mark.parametrize("code", sorted(KPIS))
def test_every_figure_has_its_page_and_its_list(
    client: Browser, ingrid: User, asks: Callable[..., Contact], code: str
) -> None:
    asks(amelie, intent="complain")
    client.sign_in(ingrid)
    assert "Formula" in page(client, f"/dashboard/figure/{code}")
    assert "Dashboard" in page(client, f"/dashboard/list?figure={code}&all=1")


def test_a_figure_is_narrowed_to_a_part_of_the_house(
    client: Browser, ingrid: User, asks: Callable[..., Contact]
) -> None:
    asks(amelie, intent="complain")
    asks(joris, topic="deferral")
    client.sign_in(ingrid)
    narrowed = page(client, "/dashboard/?topic=deferral")
    assert "&topic=deferral" in narrowed and "not measurable yet" in narrowed
    assert "fragment" not in narrowed and "<html" not in page(client, "/dashboard/live")


def test_the_ages_of_the_backlog_add_up_and_open(
    client: Browser, ingrid: User, asks: Callable[..., Contact], house: House, today: date
) -> None:
    for who, days in ((amelie, 0), (joris, 3), (frieda, 10), (emily, 90)):
        ticket = house.ticket(asks(who))
        with transaction():
            opened_on = calendar.working_day_before(today, days) if days else today
            ticket.opened_at = calendar.start_of(opened_on) + timedelta(minutes=1)
    counts = kpi_now.ages(today, now(), Cut(), "channel")["form"]
    assert sum(counts) == 4
    for place, count in enumerate(counts):
        behind = kpi_now.of_age(place, today, now(), Cut())
        assert kpi_behind.how_many(behind) == count, place
    client.sign_in(ingrid)
    assert "Emily Stone" in page(client, "/dashboard/list?figure=backlog&age=4")
    assert client.get("/dashboard/list?figure=backlog&age=5").status_code == 404


def test_what_was_closed_today_no_longer_waits(
    client: Browser, ingrid: User, asks: Callable[..., Contact], house: House
) -> None:
    ticket = house.ticket(asks(amelie))
    with transaction():
        ticket.close(Disposition.ANSWERED, by=ingrid, at=now())
    client.sign_in(ingrid)
    assert f"#{ticket.number}" in page(client, "/dashboard/list?figure=closed")
    assert f"#{ticket.number}" not in page(client, "/dashboard/list?figure=backlog")


def test_an_answer_that_is_late_is_said_to_be_late(
    client: Browser, ingrid: User, asks: Callable[..., Contact], house: House
) -> None:
    ticket = house.ticket(asks(amelie))
    with transaction():
        ticket.due_at = now() - timedelta(days=2)
    client.sign_in(ingrid)
    dashboard = page(client, "/dashboard/")
    assert "1 late" in dashboard and "past the date" in dashboard
    assert f"#{ticket.number}" in page(client, "/dashboard/list?figure=overdue")


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
    assert 'hx-trigger="every 20s"' in wall
    assert "<button" not in wall and "<a " not in wall
    assert "Failure demand" in page(client, "/dashboard/wall/numbers")
    assert "Promised within three days" in page(client, "/dashboard/wall/numbers?screen=1")
    assert "Settled at the first contact" in page(client, "/dashboard/wall/numbers?screen=2")
    assert 'data-bs-theme="dark"' in page(client, "/dashboard/wall?theme=dark")


def test_figures_are_for_people_of_the_house(client: Browser) -> None:
    for url in ("/dashboard/", "/dashboard/wall", "/dashboard/list", "/dashboard/figure/inflow"):
        assert client.get(url).status_code in (302, 401)


def test_an_address_that_means_nothing_is_not_found(client: Browser, ingrid: User) -> None:
    client.sign_in(ingrid)
    for asked in (
        "list?figure=inflow&first=2026-13-01",
        "list?figure=gossip",
        "list?figure=inflow&first=2020-01-02&last=2020-01-01",
        "figure/gossip",
    ):
        assert client.get(f"/dashboard/{asked}").status_code == 404
    assert db.session.scalars(Ticket.visible_to(ingrid)).first() is None


def test_what_is_too_few_to_be_told_is_not_said_to_be_on_time_or_old(
    client: Browser, house: House, asks: Callable[..., Contact]
) -> None:
    with transaction():
        house.ticket(asks(emily, "incapacity")).due_at = now() - timedelta(days=2)
    client.sign_in(house.koen)
    wall = page(client, "/dashboard/live?topic=incapacity")
    assert "none late" not in wall
    assert "past the date" not in wall
    assert "has waited since" not in wall
    client.sign_in(house.ingrid)
    assert "past the date" in page(client, "/dashboard/live?topic=incapacity")


def test_what_has_no_language_or_team_opens_and_says_so(client: Browser, ingrid: User) -> None:
    client.sign_in(ingrid)
    assert "not known" in page(client, "/dashboard/list?figure=inflow&language=-")
    assert "no team yet" in page(client, "/dashboard/list?figure=backlog&team=0")
