"""What a client filled in, as an agent reads it: in the agent's language, hidden numbers hidden."""

import re
from html import unescape

from sqlalchemy import select

from models.base import db, now, transaction
from models.contact import Contact
from models.event import Event
from models.revealing import REVEALED
from models.user import User
from models.web_form import WebForm, WebFormVersion
from tests.people import Browser, House, amelie
from triage.forms import sending

ANSWERS = {
    "name": amelie.name,
    "email": amelie.email,
    "months": ["2026-04"],
    "reason": "economic",
    "family": "yes",
    "iban": "BE71 0961 2345 6769",
    "text": "Je n'ai plus de clients depuis mars.",
}
MISSING = [{"code": "annex", "names": {"fr": "Annexe", "en": "Annex of the health fund"}}]


def sent(house: House) -> Contact:
    form = WebForm.coded("bridging-right")
    assert form is not None
    filled = sending.Filled(
        version=WebFormVersion.current(form),
        language="fr",
        answers=ANSWERS,
        files=[],
        missing=MISSING,
        key="panel-key-of-a-test",
    )
    with transaction():
        sending.keep(filled, now())
    house.work()
    return db.session.scalars(select(Contact)).one()


def words(page: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def test_an_agent_reads_the_fields_in_her_own_language(
    client: Browser, house: House, nadia: User
) -> None:
    ticket = house.ticket(sent(house))
    client.sign_in(nadia)
    said = words(client.get(f"/desk/tickets/{ticket.number}").text)
    assert "Ask for the bridging right" in said
    assert "Why is your activity interrupted? Economic difficulty" in said
    assert "April 2026" in said
    assert ANSWERS["text"] in said
    assert "Annex of the health fund" in said
    assert "6769" in said and "0961" not in said


def test_a_hidden_number_is_shown_for_a_reason_that_is_kept(
    client: Browser, house: House, nadia: User, stranger: User
) -> None:
    contact = sent(house)
    door = f"/desk/tickets/{house.ticket(contact).number}/contacts/{contact.id}/answers"
    client.sign_in(nadia)
    assert client.post(f"{door}/iban/revelation", data={"reason": ""}).status_code == 400
    assert client.post(f"{door}/name/revelation", data={"reason": "file"}).status_code == 404
    shown = client.post(f"{door}/iban/revelation", data={"reason": "file"})
    assert "BE71 0961 2345 6769" in shown.text
    assert shown.headers["Cache-Control"] == "no-store, private"
    (event,) = db.session.scalars(select(Event).where(Event.kind == REVEALED)).all()
    assert (event.actor_id, event.facts["what"], event.facts["reason"]) == (
        nadia.id,
        "iban",
        "file",
    )
    client.sign_in(stranger)
    assert client.post(f"{door}/iban/revelation", data={"reason": "file"}).status_code == 404
