"""A change of the topics is shown before it is made, and can be taken back."""

import pytest
from sqlalchemy import select

from models.base import db, now, transaction
from models.event import Event
from models.saved_view import SavedView
from models.team import Team
from models.ticket_choice import Kept
from models.ticket_list import TicketFilter
from models.topic import Intent, Topic
from models.topic_touch import touched
from models.user import Role, User
from tests.people import Browser, House, amelie

FIVE = {"name-fr": "Passerelle", "name-nl": "Brug", "name-de": "Brücke", "name-en": "Bridge"}


@pytest.fixture
def as_ada(client: Browser, ada: User) -> Browser:
    client.sign_in(ada)
    return client


@pytest.fixture
def ticket(house: House, nadia: User):
    made = house.ticket(house.write(amelie, "Où en est mon droit passerelle ?"))
    with transaction():
        made.topic_id, made.subtopic_id, made.needs_choice = "bridging_right", None, False
        made.team_id, made.assignee_id = team("bridging").id, nadia.id
    return made


def topic(topic_id: str) -> Topic:
    db.session.expire_all()
    return db.session.get_one(Topic, topic_id)


def team(slug: str) -> Team:
    return db.session.scalars(Team.by_slug(slug)).one()


def rules(**others):
    shared = {"team": team("bridging").id, "answer_days": "3", "do": "change"}
    return FIVE | shared | others


def undo(browser: Browser, answer) -> None:
    browser.post(f"/admin/taxonomy/{answer.location.partition('changed=')[2]}/undo")


def test_the_preview_says_what_a_move_touches_and_changes_nothing(as_ada, ticket):
    care = team("care")
    page = as_ada.post("/admin/taxonomy/preview/bridging_right", data=rules(team=care.id)).text
    assert "1 open ticket" in page
    assert "you choose below" in page
    assert topic("bridging_right").team_id == team("bridging").id


def test_a_topic_moves_with_its_open_tickets_and_comes_back_by_one_key(as_ada, ticket, nadia):
    care, stood = team("care"), topic("bridging_right").names
    answer = as_ada.post(
        "/admin/taxonomy/change/bridging_right", data=rules(team=care.id, with_tickets="1")
    )
    db.session.expire_all()
    assert (topic("bridging_right").team_id, topic("bridging_right").names["nl"]) == (
        care.id,
        "Brug",
    )
    assert (ticket.team_id, ticket.assignee_id) == (care.id, None)
    assert "Undo" in as_ada.get(answer.location).text
    undo(as_ada, answer)
    db.session.expire_all()
    assert topic("bridging_right").names == stood
    assert (ticket.team_id, ticket.assignee_id) == (team("bridging").id, nadia.id)


def test_a_ticket_that_somebody_has_gone_on_with_stays(as_ada, ticket, stranger):
    answer = as_ada.post(
        "/admin/taxonomy/change/bridging_right",
        data=rules(team=team("care").id, with_tickets="1"),
    )
    db.session.expire_all()
    with transaction():
        ticket.assign(stranger, by=stranger)
    undo(as_ada, answer)
    db.session.expire_all()
    assert (ticket.team_id, ticket.assignee_id) == (team("care").id, stranger.id)


def test_a_topic_becomes_part_of_another(as_ada, ticket, nadia, house):
    with transaction():
        view = SavedView.keep(
            "mine", TicketFilter.read(Kept({"topic": ["bridging_right"]})), by=nadia
        )
        nadia.memberships[0].topics = ["bridging_right"]
    contacts = touched(topic("bridging_right")).contacts
    page = as_ada.post(
        "/admin/taxonomy/preview/bridging_right", data={"do": "merge", "into": "deferral"}
    )
    assert "saved list" in page.text
    answer = as_ada.post("/admin/taxonomy/merge/bridging_right", data={"into": "deferral"})
    db.session.expire_all()
    assert ticket.topic_id == "deferral"
    assert view.query["topic"] == ["deferral"]
    assert nadia.memberships[0].topics == ["deferral"]
    assert not topic("bridging_right").active
    assert touched(topic("bridging_right")).contacts == contacts
    undo(as_ada, answer)
    db.session.expire_all()
    assert ticket.topic_id == "bridging_right"
    assert view.query["topic"] == ["bridging_right"]
    assert nadia.memberships[0].topics == ["bridging_right"]
    assert topic("bridging_right").active


def test_an_end_that_is_sent_twice_leaves_one_change_to_undo(as_ada, ticket):
    first = as_ada.post("/admin/taxonomy/merge/bridging_right", data={"into": "deferral"})
    again = as_ada.post("/admin/taxonomy/merge/bridging_right", data={"into": "deferral"})
    assert "changed=" in first.location
    assert "changed=" not in again.location
    assert "changed=" not in as_ada.post("/admin/taxonomy/retire/bridging_right").location


def test_what_is_secret_does_not_become_part_of_what_is_not(as_ada):
    with transaction():
        topic("deferral").restricted = True
    refused = as_ada.post("/admin/taxonomy/merge/deferral", data={"into": "bridging_right"})
    assert refused.status_code == 400
    itself = as_ada.post("/admin/taxonomy/merge/deferral", data={"into": "deferral"})
    assert itself.status_code == 400


def test_a_topic_ends_with_its_parts_and_begins_again(as_ada):
    parts = {one.id for one in db.session.scalars(Topic.below("bridging_right"))}
    answer = as_ada.post("/admin/taxonomy/retire/bridging_right")
    assert not topic("bridging_right").active
    assert db.session.scalars(Topic.below("bridging_right")).all() == []
    undo(as_ada, answer)
    assert {one.id for one in db.session.scalars(Topic.below("bridging_right"))} == parts
    as_ada.post("/admin/taxonomy/retire/bridging_right")
    as_ada.post("/admin/taxonomy/resume/bridging_right")
    assert topic("bridging_right").active


def test_a_part_is_added_under_the_rules_of_its_topic(as_ada):
    with transaction():
        topic("bridging_right").answer_days = 7
    as_ada.post("/admin/taxonomy/parts/bridging_right", data=FIVE | {"slug": "second_wave"})
    made = topic("bridging_right/second_wave")
    assert (made.parent_id, made.answer_days, made.name("nl")) == ("bridging_right", 7, "Brug")
    again = as_ada.post("/admin/taxonomy/parts/bridging_right", data=FIVE | {"slug": "second_wave"})
    assert "taken" in as_ada.get(again.location).text


def test_nobody_else_undoes_a_change(app, as_ada, house):
    answer = as_ada.post("/admin/taxonomy/retire/bridging_right")
    other = house.person("otto", "Otto Lenz", Role.ADMINISTRATOR, None, [])
    browser = app.test_client()
    browser.sign_in(other)
    undo(browser, answer)
    assert not topic("bridging_right").active


def test_an_intent_says_what_it_counts_for_before_that_changes(as_ada):
    was = db.session.get_one(Intent, "complain").failure
    data = FIVE | ({} if was else {"failure": "1"})
    asked = as_ada.post("/admin/intents/complain", data=data)
    assert "days already counted keep" in asked.text
    db.session.expire_all()
    assert db.session.get_one(Intent, "complain").failure is was
    as_ada.post("/admin/intents/complain", data=data | {"known": "1"})
    db.session.expire_all()
    changed = db.session.get_one(Intent, "complain")
    assert (changed.failure, changed.name("nl")) == (not was, "Brug")
    assert "intent.changed" in db.session.scalars(select(Event.kind)).all()


def test_the_machine_finds_every_ticket_of_a_part(as_ada, ticket):
    part = db.session.scalars(Topic.below("bridging_right")).first()
    with transaction():
        ticket.subtopic_id = part.id
    assert touched(part).open_tickets == 1
    assert now() > ticket.opened_at
