"""Macros: said before what they would do, done in one piece, undone in one piece."""

from datetime import timedelta

import pytest

from models.base import db, now, transaction
from models.callback import Callback
from models.event import Event
from models.macro import Macro, MacroRun, StepKind
from models.message import Message, Sending
from models.note import Note
from models.second_reader import Newcomer
from models.ticket import Ticket
from models.topic import LANGUAGES
from tests.people import House, joris
from triage import macros

CHASED = [
    (StepKind.TOPIC, "bridging_right/payment"),
    (StepKind.ASSIGN, ""),
    (StepKind.NOTE, "Paid twice? 85.07.30-033.28"),
    (StepKind.FLAG, ""),
    (StepKind.CALL_BACK, "2"),
    (StepKind.ANSWER, "bridging-payment"),
    (StepKind.CLOSE, "answered"),
]


@pytest.fixture
def ticket(house: House, nadia) -> Ticket:
    made = house.ticket(house.write(joris, "Waar blijft mijn betaling voor mei?", "Betaling"))
    with transaction():
        made.team_id, made.needs_choice, made.language = nadia.team_ids[0], False, "nl"
        made.topic_id, made.subtopic_id = "deferral", None
        made.due_at = now() + timedelta(days=3)
        assert made.client is not None
        made.client.add_number(joris.number, "call")
    return made


def macro(steps, by, **for_whom) -> Macro:
    with transaction():
        names = dict.fromkeys(LANGUAGES, "Chased")
        for_whom = {"topic_id": None, "team_id": None, **for_whom}
        return Macro.write(None, names, steps, **for_whom, by=by)


def run(client, ticket: Ticket, made: Macro):
    address = f"/desk/tickets/{ticket.number}/macros/{made.id}"
    response = client.post(address, data={"version": ticket.version})
    db.session.expire_all()
    return response


def replies(ticket: Ticket) -> list[Message]:
    return [m for m in db.session.scalars(Message.of_ticket(ticket.id)) if m.kind == "reply"]


def stands(ticket: Ticket) -> dict:
    names = (
        "topic_id",
        "subtopic_id",
        "team_id",
        "assignee_id",
        "status",
        "disposition",
        "flagged",
    )
    return {name: getattr(ticket, name) for name in names}


def test_every_step_is_done_and_one_undo_takes_all_of_it_back(client, ticket, nadia):
    client.sign_in(nadia)
    before = stands(ticket)
    assert run(client, ticket, macro(CHASED, nadia)).status_code == 302
    assert stands(ticket) == before | {
        "topic_id": "bridging_right",
        "subtopic_id": "bridging_right/payment",
        "assignee_id": nadia.id,
        "status": "closed",
        "disposition": "answered",
        "flagged": True,
    }
    (message,) = replies(ticket)
    assert (message.state, message.language) == (Sending.WAITING, "nl")
    (note,) = db.session.scalars(Note.of_ticket(ticket.id)).all()
    assert "85.07.30" not in note.text
    (owed,) = db.session.scalars(Callback.of_ticket(ticket.id)).all()
    assert not owed.closed
    done = MacroRun.fresh(ticket, nadia, now() - timedelta(minutes=1))
    page = client.get(f"/desk/tickets/{ticket.number}").text
    assert f"/macro-runs/{done.id}/withdrawal" in page
    client.post(f"/desk/tickets/{ticket.number}/macro-runs/{done.id}/withdrawal")
    db.session.expire_all()
    assert stands(ticket) == before
    assert message.state == Sending.WITHDRAWN
    assert db.session.scalars(Note.of_ticket(ticket.id)).all() == []
    assert owed.closed
    kinds = [event.kind for event in db.session.scalars(Event.of_ticket(ticket.id))]
    assert kinds.count("ticket.macro_run") == kinds.count("ticket.macro_undone") == 1


def test_a_step_that_cannot_be_done_is_named_and_nothing_is_done(client, ticket, nadia):
    client.sign_in(nadia)
    before = stands(ticket)
    steps = [(StepKind.ASSIGN, ""), (StepKind.ANSWER, "document-missing")]
    response = run(client, ticket, macro(steps, nadia))
    assert response.status_code == 409
    assert "{document}" in response.text
    assert stands(ticket) == before
    assert replies(ticket) == []


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ((StepKind.TOPIC, "astrology"), "no such topic"),
        ((StepKind.TEAM, "night"), "no such team"),
        ((StepKind.ANSWER, "nothing"), "no such text"),
        ((StepKind.CLOSE, "shrugged"), "no longer in use"),
    ],
)
def test_what_a_macro_would_do_here_is_said_before(client, ticket, nadia, step, words):
    client.sign_in(nadia)
    made = macro([(StepKind.ASSIGN, ""), step], nadia)
    menu = client.get(f"/desk/tickets/{ticket.number}/macros").text
    assert "Assign to me" in menu
    assert words in menu
    assert f"/macros/{made.id}" in menu
    assert " disabled" in menu


def test_a_text_that_misses_the_clients_language_is_not_sent_by_a_macro(app, ticket, nadia):
    with transaction():
        ticket.language = "xx"
    made = macro([(StepKind.ANSWER, "bridging-payment")], nadia)
    with app.test_request_context():
        assert macros.plan(made, ticket, nadia, now())[0].why_not == ""
    with transaction():
        ticket.language = "de"
        template = macros.ReplyTemplate.coded("bridging-payment")
        said = dict(template.current.texts)
        said.pop("de")
        template.write(template.current.names, said, {}, "", by=nadia, at=now())
    with app.test_request_context():
        assert macros.plan(made, ticket, nadia, now())[0].why_not


def test_it_is_offered_for_its_topic_and_team_only(client, ticket, nadia, stranger):
    client.sign_in(nadia)
    fits = macro([(StepKind.WAIT, "")], nadia, topic_id="deferral")
    other = macro([(StepKind.WAIT, "")], nadia, topic_id="exemption")
    theirs = macro([(StepKind.WAIT, "")], nadia, team_id=stranger.team_ids[0])
    assert db.session.scalars(Macro.for_ticket(ticket)).all() == [fits]
    assert run(client, ticket, other).status_code == 404
    assert run(client, ticket, theirs).status_code == 404
    assert run(client, ticket, fits).status_code == 302
    assert ticket.status == "waiting"


def test_once_somebody_has_changed_the_ticket_it_is_too_late(client, ticket, nadia, koen):
    client.sign_in(nadia)
    run(client, ticket, macro([(StepKind.ASSIGN, "")], nadia))
    with transaction():
        ticket.assign(koen, by=koen)
    done = MacroRun.fresh(ticket, nadia, now() - timedelta(minutes=1))
    back = client.post(f"/desk/tickets/{ticket.number}/macro-runs/{done.id}/withdrawal")
    db.session.expire_all()
    assert "too late" in client.get(back.location).text
    assert ticket.assignee_id == koen.id


def test_an_answer_that_has_left_cannot_be_undone(client, house, ticket, nadia):
    client.sign_in(nadia)
    run(client, ticket, macro([(StepKind.ANSWER, "bridging-payment")], nadia))
    with transaction():
        replies(ticket)[0].went(now())
    done = MacroRun.fresh(ticket, nadia, now() - timedelta(minutes=1))
    client.post(f"/desk/tickets/{ticket.number}/macro-runs/{done.id}/withdrawal")
    db.session.expire_all()
    assert done.undone_at is None
    assert ticket.status == "waiting"


def test_a_newcomers_macro_holds_the_answer_and_leaves_the_ticket_open(client, ticket, nadia, koen):
    with transaction():
        Newcomer.welcome(nadia, by=koen, at=now())
    client.sign_in(nadia)
    steps = [(StepKind.ANSWER, "bridging-payment"), (StepKind.CLOSE, "answered")]
    run(client, ticket, macro(steps, nadia))
    (message,) = replies(ticket)
    assert (message.state, message.closes_as) == (Sending.HELD, "answered")
    assert not ticket.closed


def test_another_persons_run_is_not_mine_to_undo(client, ticket, nadia, koen):
    client.sign_in(nadia)
    run(client, ticket, macro([(StepKind.FLAG, "")], nadia))
    done = MacroRun.fresh(ticket, nadia, now() - timedelta(minutes=1))
    client.sign_in(koen)
    address = f"/desk/tickets/{ticket.number}/macro-runs/{done.id}/withdrawal"
    assert client.post(address).status_code == 404


def test_given_to_another_team_and_taken_back(client, house, ticket, nadia, koen):
    with transaction():
        ticket.assign(koen, by=koen)
    before = stands(ticket)
    client.sign_in(koen)
    run(client, ticket, macro([(StepKind.TEAM, "affiliation")], koen))
    assert ticket.team is not None
    assert (ticket.team.slug, ticket.assignee_id) == ("affiliation", None)
    done = MacroRun.fresh(ticket, koen, now() - timedelta(minutes=1))
    client.post(f"/desk/tickets/{ticket.number}/macro-runs/{done.id}/withdrawal")
    db.session.expire_all()
    assert stands(ticket) == before
