"""A promise is tried on what is open before it is given."""

import pytest
from sqlalchemy import select

from models import calendar, promise_trial
from models.base import db, now, transaction
from models.service_level import ServiceLevel
from models.team import Team
from tests.people import House, amelie, joris


@pytest.fixture
def bridging(house: House):
    """Two tickets of a team: one of today, one of three working days ago."""
    found = db.session.scalars(Team.by_slug("bridging")).one()
    old = calendar.start_of(calendar.working_day_before(calendar.business_day(now()), 3))
    for who, opened in ((amelie, now()), (joris, old)):
        ticket = house.ticket(house.write(who, "Où en est mon dossier ?"))
        with transaction():
            ticket.team_id, ticket.topic_id, ticket.opened_at = found.id, "bridging_right", opened
    return found


def test_it_says_how_many_would_be_late(bridging):
    trial = promise_trial.tried(bridging.id, None, 60 * 12, now())
    assert trial == (2, 1, True)
    assert promise_trial.tried(bridging.id, None, 60 * 100, now()).late == 0
    assert promise_trial.tried(None, "deferral", 1, now()).tickets == 0


def test_where_a_nearer_promise_counts_this_one_would_not(bridging, ada):
    with transaction():
        ServiceLevel.give(None, "bridging_right", 60, 10, by=ada)
    assert promise_trial.tried(bridging.id, None, 60, now()).tickets == 0
    assert promise_trial.tried(bridging.id, "bridging_right", 60, now()).tickets == 2


def test_trying_promises_nothing(client, ada, bridging):
    client.sign_in(ada)
    data = {"team": bridging.id, "answer": "12:00", "warn": "1:00"}
    page = client.post("/admin/promises/trial", data=data)
    assert "2 open tickets" in page.text
    assert "1 would be late today." in page.text
    assert 'value="12:00"' in page.text
    assert db.session.scalars(select(ServiceLevel)).all() == []
    assert client.post("/admin/promises/trial", data={"answer": "x"}).status_code == 422
