"""Finding our people, bringing several into a team, and ending what is open."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from models import releasing
from models.base import db, now, transaction
from models.calendar import business_day
from models.event import Event
from models.people_list import PeopleFilter, cover, work_of
from models.second_factor import SecondFactor
from models.team import Team
from models.user import Role, User, UserSession
from tests.people import Browser, House, amelie


@pytest.fixture
def as_ada(client: Browser, ada: User) -> Browser:
    client.sign_in(ada)
    return client


def found(**by) -> set[str]:
    return {one.login for one in db.session.scalars(PeopleFilter(**by).people())}


def team(slug: str) -> Team:
    return db.session.scalars(Team.by_slug(slug)).one()


def last_facts(kind: str):
    db.session.expire_all()
    rows = select(Event.facts).where(Event.kind == kind).order_by(Event.id.desc())
    return db.session.scalars(rows.limit(1)).one()


def test_people_are_found_by_what_they_are(house: House, nadia, koen, ingrid, ada, stranger):
    assert found(words="benali") == {"nadia"}
    assert found(words="100%") == set()
    assert found(role="supervisor") == {"ingrid"}
    assert found(team_id=team("bridging").id) == {"nadia", "koen"}
    assert found(language="nl") == {"nadia", "koen"}
    with transaction():
        stranger.disabled_at = now()
        UserSession.begin(koen, now(), "127.0.0.1", "test")
    assert found(state="disabled") == {"stranger"}
    assert found(state="never") == {"nadia", "ingrid", "ada"}
    assert "stranger" not in found(state="unproven")


def test_the_page_shows_only_who_was_looked_for(as_ada, nadia, koen):
    page = as_ada.get("/admin/people?role=manager").text
    assert "Koen Wouters" in page
    assert "Nadia Benali" not in page
    assert "Nobody is found" in as_ada.get("/admin/people?q=zzz").text
    assert as_ada.get("/admin/people?role=x&team=x&language=xx&state=x").status_code == 200


def test_several_join_a_team_in_one_deed_and_leave_it_by_one(as_ada, nadia, koen, ingrid):
    care = team("care")
    answer = as_ada.post(
        "/admin/people/together",
        data={"team": care.id, "user": [nadia.id, koen.id], "writes": ["fr"]},
    )
    db.session.expire_all()
    assert {m.team_id: m.languages for m in nadia.memberships}[care.id] == ["fr"]
    assert care.id in koen.team_ids
    assert "2 people are in the team now." in as_ada.get(answer.location).text
    change = last_facts("team.joined_together")["change"]
    as_ada.post(f"/admin/people/together/{change}/undo")
    db.session.expire_all()
    assert care.id not in nadia.team_ids
    assert nadia.team_ids == [team("bridging").id]


def test_who_is_in_the_team_already_stays_as_he_is(as_ada, nadia):
    bridging = team("bridging")
    as_ada.post("/admin/people/together", data={"team": bridging.id, "user": [nadia.id]})
    db.session.expire_all()
    assert nadia.memberships[0].languages == ["fr", "nl"]


def test_another_role_signs_the_person_out(app, as_ada, nadia):
    hers = app.test_client()
    hers.sign_in(nadia)
    data = {"name": nadia.name, "role": "agent", "language": "fr"}
    as_ada.post(f"/admin/people/{nadia.id}", data=data)
    assert hers.get("/me").status_code == 200
    as_ada.post(f"/admin/people/{nadia.id}", data=data | {"role": "manager"})
    assert hers.get("/me").status_code == 302


def test_an_administrator_ends_the_sessions_of_others(app, as_ada, nadia):
    one, two = app.test_client(), app.test_client()
    one.sign_in(nadia)
    row = db.session.scalars(select(UserSession).where(UserSession.user_id == nadia.id)).one()
    two.sign_in(nadia)
    as_ada.post(f"/admin/people/{nadia.id}/sessions/{row.id_hash}/end")
    assert one.get("/me").status_code == 302
    assert two.get("/me").status_code == 200
    as_ada.post(f"/admin/people/{nadia.id}/sessions/end")
    assert two.get("/me").status_code == 302


def test_a_lost_phone_is_forgotten_and_that_is_known(app, as_ada, nadia):
    hers = app.test_client()
    hers.sign_in(nadia)
    with transaction():
        SecondFactor.begin(nadia, now()).confirmed_at = now()
    as_ada.post(f"/admin/people/{nadia.id}/second-factor/reset")
    assert SecondFactor.of(nadia) is None
    assert hers.get("/me").status_code == 302
    assert last_facts("user.second_factor_reset")["user"] == nadia.id


def test_a_person_who_leaves_is_shown_with_what_waits(house: House, as_ada, nadia):
    ticket = house.ticket(house.write(amelie, "Où en est mon droit passerelle ?"))
    with transaction():
        ticket.assign(nadia, by=nadia)
    assert work_of(nadia).tickets == 1
    assert "1 open ticket goes back" in as_ada.get(f"/admin/people/{nadia.id}").text


def test_the_cover_of_a_team_counts_who_is_there(house: House, as_ada, nadia, koen, ingrid):
    today = business_day(now())
    with transaction():
        releasing.mark(nadia, today + timedelta(days=1), None, "", by=koen, at=now())
    there = cover(today, 3)[team("bridging").id]
    assert [one.there for one in there] == [2, 1, 1]
    assert {one.members for one in there} == {2}
    assert "Nadia Benali" in as_ada.get("/admin/absences").text


def test_the_last_administrator_keeps_the_role(as_ada, ada):
    refused = as_ada.post(f"/admin/people/{ada.id}", data={"name": "Ada", "role": "agent"})
    assert refused.status_code == 422
    assert Role(ada.role) is Role.ADMINISTRATOR
