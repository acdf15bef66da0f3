"""Answering with a text from the list: filled for the client, remembered, never half-filled."""

from datetime import date, timedelta

import pytest

from models.base import db, now, transaction
from models.event import Event
from models.message import Message
from models.reply_template import ReplyTemplate, TemplateKind
from models.team import Team
from models.ticket import Ticket
from tests.people import House, amelie, joris
from triage import placeholders
from triage.placeholders import Facts


@pytest.fixture
def ticket(house: House, nadia) -> Ticket:
    """Joris asks in Dutch where his payment is."""
    made = house.ticket(house.write(joris, "Waar blijft mijn betaling voor mei?", "Betaling"))
    with transaction():
        made.team_id, made.needs_choice, made.language = nadia.team_ids[0], False, "nl"
        made.topic_id, made.subtopic_id = "bridging_right", "bridging_right/payment"
        made.due_at = now() + timedelta(days=3)
    return made


@pytest.fixture
def hours(app, koen) -> ReplyTemplate:
    with transaction():
        made = ReplyTemplate.begin("hours", TemplateKind.REPLY, "bridging_right/payment")
        made.write(
            {"en": "Hours"}, {"fr": "Nous sommes là jusqu'à 17 h."}, {}, "", by=koen, at=now()
        )
    return made


def post(client, ticket: Ticket, **fields):
    form = {"version": ticket.version, "language": "nl", **fields}
    response = client.post(f"/desk/tickets/{ticket.number}/replies", data=form)
    db.session.expire_all()
    return response


def newest(ticket: Ticket) -> Message:
    return db.session.scalars(Message.of_ticket(ticket.id)).all()[-1]


def test_the_text_of_the_topic_is_offered_first_in_the_clients_language(client, ticket, nadia):
    client.sign_in(nadia)
    page = client.get(f"/desk/tickets/{ticket.number}").text
    first = page.partition('data-pick data-insert="')[2].partition('"')[0]
    assert first.startswith(("Beste Joris Peeters,", "Geachte Joris Peeters,"))
    assert f"#{ticket.number}" in first
    assert "{" not in first


def test_a_text_that_misses_the_language_says_so_before_it_is_put_in(client, ticket, nadia, hours):
    client.sign_in(nadia)
    page = client.get(f"/desk/tickets/{ticket.number}/phrases?language=nl").text
    entry = page.partition("Nous sommes")[2].partition("</button>")[0]
    assert "missing in Dutch" in entry
    page = client.get(f"/desk/tickets/{ticket.number}/phrases?language=fr").text
    entry = page.partition("Nous sommes")[2].partition("</button>")[0]
    assert "missing in" not in entry


def test_which_version_was_sent_stays_with_the_answer(client, ticket, nadia, hours):
    client.sign_in(nadia)
    version = hours.current.id
    assert post(client, ticket, text="Tot 17 uur.", template_version=version).status_code == 302
    assert newest(ticket).template_version_id == version
    post(client, ticket, text="Nog iets.", template_version=999_999, answer_version="x")
    assert newest(ticket).template_version_id is None
    assert newest(ticket).answer_version_id is None


@pytest.mark.parametrize("braced", ["{document}", "{deadline}", "{cleint}"])
def test_what_is_not_filled_in_holds_the_answer_back_and_is_named(client, ticket, nadia, braced):
    client.sign_in(nadia)
    response = post(client, ticket, text=f"Wij missen: {braced}")
    assert response.status_code == 409
    assert f"Fill this in first, or take it out: {braced}" in response.text
    assert f"Wij missen: {braced}" in response.text
    assert db.session.scalars(Message.of_ticket(ticket.id)).all()[-1].kind != "reply"


def test_send_and_close_is_one_button(client, ticket, nadia):
    client.sign_in(nadia)
    assert post(client, ticket, text="In orde.", close="1", disposition="").status_code == 302
    assert (ticket.closed, ticket.disposition) == (True, "answered")


def test_a_redirect_closes_and_keeps_in_mind_to_whom_and_one_undo_takes_all_back(
    client, ticket, nadia
):
    client.sign_in(nadia)
    offers = ReplyTemplate.offered(None, None, "redirect", "nl")
    fund = next(offer for offer in offers if offer.template.code == "redirect-region")
    post(
        client,
        ticket,
        text="Daarvoor is het gewest bevoegd.",
        template_version=fund.version.id,
        disposition="redirected",
    )
    assert (ticket.closed, ticket.disposition) == (True, "redirected")
    events = {e.kind: e.facts for e in db.session.scalars(Event.of_ticket(ticket.id))}
    assert events["ticket.redirected"] == {"body": "redirect-region"}
    client.post(f"/desk/tickets/{ticket.number}/replies/{newest(ticket).id}/withdrawal")
    db.session.expire_all()
    assert not ticket.closed
    assert newest(ticket).state == "withdrawn"


def test_every_body_is_offered_on_the_ticket(client, ticket, nadia):
    client.sign_in(nadia)
    page = client.get(f"/desk/tickets/{ticket.number}").text
    bodies = page.partition('id="redirects"')[2]
    assert "RSVZ" in bodies
    assert 'data-closes-as="redirected"' in bodies


def test_a_day_that_has_passed_promises_nothing(app, house, nadia):
    with app.test_request_context():
        words = "{promise} {deadline} {name} {opening}"
        facts = Facts(name="", promise=date(2020, 6, 5))
        filled = placeholders.answered(words, facts, "en")
    assert filled == "5 June 2020 {deadline} {name} Dear Sir or Madam,"


def test_a_name_brings_no_field_with_it(app):
    with app.test_request_context():
        facts = Facts(name="{house}", house="Passerelle")
        assert placeholders.answered("{name} of {house}", facts, "en") == "{house} of Passerelle"


def test_all_that_comes_with_the_product_names_known_fields_only(app):
    known = placeholders.ANSWER_FIELDS
    for template in db.session.scalars(ReplyTemplate.in_order()):
        for text in template.current.texts.values():
            assert placeholders.unknown(text, known) == [], template.code
            assert text.startswith("{opening}")
            assert text.endswith("{closing}")


def test_the_teams_name_stands_in_the_answers_language(app, ticket, nadia):
    team = db.session.get(Team, nadia.team_ids[0])
    assert team is not None
    with app.test_request_context():
        facts = Facts(team=team.name("de"), topic="X")
        assert placeholders.answered("{team}", facts, "de") == "Überbrückungsrecht"


def test_a_stranger_is_offered_nothing(client, ticket, stranger):
    client.sign_in(stranger)
    assert client.get(f"/desk/tickets/{ticket.number}/phrases").status_code == 404
    assert amelie.name
