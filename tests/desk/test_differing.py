"""Two people change one ticket: one wins, the other sees field by field what differs."""

import json
from threading import Barrier, Thread
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from models.base import db, transaction
from models.event import Event
from models.merge import TicketMerge, merge, unmerge
from models.thread import TicketContact
from models.ticket import Disposition, Stale, Ticket
from models.topic import Topic
from models.user import User
from tests.people import Browser, House, amelie
from triage.desk.differing import values_of


@pytest.fixture
def ticket(house: House) -> Ticket:
    made = house.ticket(house.write(amelie, "Rien reçu pour mai.", "Paiement de mai"))
    topic = Topic.named("bridging_right")
    assert topic is not None
    with transaction():
        made.topic_id, made.team_id, made.needs_choice = topic.id, topic.team_id, False
    return made


@pytest.fixture
def desk(client: Browser, house: House) -> Browser:
    client.sign_in(house.nadia)
    return client


def shown(ticket: Ticket) -> dict[str, Any]:
    """What the forms of a page bring back."""
    return {"version": ticket.version, "seen": json.dumps(values_of(ticket))}


def at(ticket: Ticket, noun: str) -> str:
    return f"/desk/tickets/{ticket.number}/{noun}"


def kinds(ticket: Ticket) -> list[str]:
    return [event.kind for event in db.session.scalars(Event.of_ticket(ticket.id))]


def test_the_page_brings_back_what_it_showed(desk, ticket):
    page = desk.get(f"/desk/tickets/{ticket.number}").text
    assert 'name="seen" value="{&#34;topic&#34;:&#34;bridging_right' in page


def test_the_second_sees_who_changed_what_and_chooses(desk, ticket, koen):
    page = shown(ticket)
    with transaction():
        ticket.assign(koen, by=koen)
    refused = desk.post(at(ticket, "assignment"), data=page | {"to": "1"})
    assert refused.status_code == 409
    for words in ("Assigned to", "Koen Wouters", "leave it so", "take mine", "Nadia Benali"):
        assert words in refused.text
    assert f'name="to" value="{koen.id}" required' in refused.text
    assert ticket.assignee_id == koen.id


def test_mine_is_taken_when_i_say_so(desk, ticket, nadia, koen):
    page = shown(ticket)
    with transaction():
        ticket.assign(koen, by=koen)
    decided = shown(ticket) | {"decided": "1", "to": nadia.id}
    assert desk.post(at(ticket, "assignment"), data=decided).status_code == 302
    db.session.expire_all()
    assert ticket.assignee_id == nadia.id and page["version"] < ticket.version


def test_theirs_leaves_everything_as_it_stands(desk, ticket, koen):
    with transaction():
        ticket.close(Disposition.REDIRECTED, by=koen, at=ticket.opened_at)
    before = kinds(ticket)
    decided = shown(ticket) | {"decided": "1", "disposition": "redirected"}
    assert desk.post(at(ticket, "closure"), data=decided).status_code == 302
    db.session.expire_all()
    assert (kinds(ticket), ticket.closed_at) == (before, ticket.opened_at)


def test_what_nobody_else_touched_needs_no_choice(desk, ticket, koen):
    page = shown(ticket)
    with transaction():
        ticket.assign(koen, by=koen)
    refused = desk.post(at(ticket, "topic"), data=page | {"topic": "deferral/request"})
    assert "leave it so" not in refused.text
    assert '<input type="hidden" name="topic" value="deferral/request">' in refused.text
    assert "unchanged" in refused.text and "Koen Wouters" in refused.text
    decided = shown(ticket) | {"decided": "1", "topic": "deferral/request"}
    assert desk.post(at(ticket, "topic"), data=decided).status_code == 302
    db.session.expire_all()
    assert (ticket.topic_id, ticket.assignee_id) == ("deferral", koen.id)


def test_a_text_stands_beside_what_others_wrote_meanwhile(desk, house, ticket, koen):
    page = desk.get(f"/desk/tickets/{ticket.number}").text
    seen = page.split('name="seen" value="')[1].split('"')[0].replace("&#34;", '"')
    version = ticket.version
    message = house.answer(ticket)
    with transaction():
        message.by_id = koen.id
        message.written_at = message.created_at
        ticket.note("J'ai répondu.", by=koen, at=message.created_at)
    form = {"version": version, "seen": seen, "language": "fr", "text": "Ma réponse à moi."}
    refused = desk.post(at(ticket, "replies"), data=form)
    assert refused.status_code == 409
    for words in ("Ma réponse à moi.", "Answer of Koen Wouters", "Votre demande", "J&#39;ai rép"):
        assert words in refused.text


def test_what_a_page_says_of_itself_is_not_believed(desk, ticket, koen):
    version = ticket.version
    with transaction():
        ticket.assign(koen, by=koen)
    for seen in ("nonsense", "[1]", '{"to": null, "at": "2026-01-01T00:00:00"}', "<script>"):
        refused = desk.post(
            at(ticket, "assignment"), data={"version": version, "seen": seen, "to": "1"}
        )
        assert refused.status_code == 409 and "<script>alert" not in refused.text


# --- at once --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("noun", "first", "second"),
    [
        ("topic", {"topic": "deferral"}, {"topic": "exemption"}),
        ("assignment", {"to": "1"}, {"to": "2"}),
        ("urgency", {"on": "1"}, {"on": "1"}),
        ("closure", {"disposition": "answered"}, {"disposition": "redirected"}),
    ],
)
def test_of_two_at_once_one_wins_and_the_other_is_shown_why(
    app, house, ticket, koen, noun, first, second
):
    page, where = shown(ticket), at(ticket, noun)
    pages = at_once(app, [(house.ingrid, where, page | first), (koen, where, page | second)])
    assert sorted(status for status, _ in pages) == [302, 409]
    lost = next(text for status, text in pages if status == 409)
    assert "Somebody else has changed this ticket meanwhile." in lost


def test_two_merges_at_once_leave_no_circle(app, house, ticket, nadia, koen):
    other = house.ticket(house.write(amelie, "Toujours rien !", "Mon argent"))
    with transaction():
        other.team_id, other.needs_choice = ticket.team_id, False
    pages = at_once(
        app,
        [
            (nadia, at(ticket, "merges"), {"other": other.number}),
            (koen, at(other, "merges"), {"other": ticket.number}),
        ],
    )
    assert {status for status, _ in pages} == {302}
    made = db.session.scalars(select(TicketMerge)).one()
    assert (made.target.merged_into_id, made.target.contacts_count) == (None, 2)


def test_a_contact_that_is_read_during_a_merge_is_not_lost(app, house, ticket, nadia):
    """The reader had found the ticket before it was merged: its write is refused, and repeated."""
    other = house.ticket(house.write(amelie, "Toujours rien !", "Mon argent"))
    with transaction():
        late = house.write(amelie, "Encore moi.", "Autre chose")
    number, other_id, late_id = ticket.id, other.id, late.id
    before = Ticket.named(number)
    assert before is not None
    version = before.version
    merged = Thread(target=merged_elsewhere, args=(app, number, other_id, nadia.id))
    merged.start()
    merged.join(30)
    with pytest.raises(Stale):
        before_expects(number, version)
    db.session.expire_all()
    with transaction():
        again = Ticket.named(number)
        assert again is not None
        again.continue_with(late, "in_reply_to", again)
    place = db.session.scalars(
        select(TicketContact).where(
            TicketContact.contact_id == late_id, TicketContact.until.is_(None)
        )
    ).one()
    assert (place.ticket_id, place.meant_id) == (other_id, number)
    made = db.session.scalars(select(TicketMerge)).one()
    with transaction():
        unmerge(made, by=nadia, at=ticket.opened_at)
    db.session.expire_all()
    assert late.ticket_id == number


def before_expects(ticket_id: int, version: int) -> None:
    db.session.expire_all()
    found = Ticket.named(ticket_id)
    assert found is not None
    found.expect(version)


def merged_elsewhere(app: Any, source_id: int, target_id: int, user_id: int) -> None:
    with app.app_context():
        with transaction():
            source, target = Ticket.named(source_id), Ticket.named(target_id)
            user = User.named(user_id)
            assert source is not None and target is not None and user is not None
            merge(source, target, by=user, at=source.opened_at)
        db.session.remove()


def at_once(app: Any, deeds: list[tuple[User, str, dict[str, Any]]]) -> list[tuple[int, str]]:
    """What each gets of several who press at the same moment, on connections of their own."""
    browsers = []
    for person, _, _ in deeds:
        browser = Browser(app, app.response_class)
        browser.sign_in(person)
        browsers.append(browser)
    db.session.remove()
    met = Barrier(len(deeds))
    pages: list[tuple[int, str]] = []

    def press(browser: Browser, where: str, form: dict[str, Any]) -> None:
        met.wait(20)
        page = FlaskClient.open(browser, where, method="POST", data=form)
        pages.append((page.status_code, page.text))

    pressed = [
        Thread(target=press, args=(browser, where, form))
        for browser, (_, where, form) in zip(browsers, deeds, strict=True)
    ]
    for one in pressed:
        one.start()
    for one in pressed:
        one.join(30)
    return pages
