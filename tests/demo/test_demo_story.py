"""A part of the ten days, played through the real intake: what became of the mail."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from models import kpi
from models.base import db, now
from models.call import Call
from models.client import Client
from models.contact import Contact
from models.correspondence import GRACE
from models.decision import Decided
from models.mailbox import Mailbox
from models.message import Message, Sending
from models.screening import Screening
from models.ticket import Status, Ticket
from models.user import User
from tests.conftest import NUMBERS, Servers, furnish_model, open_directory, settings_for
from triage.application import Passerelle, create_app
from triage.demo import people, scenes, story
from triage.demo.story import Story

ORDERS = 30
"""Of the web shop's; enough for a burst."""
ANSWER = "Re: "
"""Whoever is among the first that the demo's mailing reaches answers it, in the ticket he has."""
WITH_FILES = {"d1-0151", "d2-0209"}


@pytest.fixture(scope="module")
def app(servers: Servers, furnished: str, models_dir: Path) -> Iterator[Passerelle]:
    """An application on a database of this module's own."""
    with open_directory() as directory:
        data_dir = directory / "var"
        furnish_model(data_dir, models_dir)
        name = f"demo_{next(NUMBERS)}"
        made = create_app(settings_for(servers.clone(name, furnished), servers.redis_url, data_dir))
        with made.app_context():
            yield made
            db.session.remove()
            db.engine.dispose()
        servers.drop(name)


@pytest.fixture(scope="module")
def lived(app: Passerelle) -> Story:
    """The days with only those contacts that were answered, and with fewer orders."""
    people.make_accounts()
    whole = story.begun(app, now())
    answered = {one.answers for one in whole.said}
    written = {one.id for one in whole.said if one.id.startswith(("d1-", "d2-"))}
    orders = {f"shop-{position + 1:03d}" for position in range(ORDERS, scenes.ORDERS)}
    left_out = orders | written - answered - WITH_FILES
    some = [one for one in whole.said if one.id not in left_out]
    lived = replace(whole, said=some)
    story.play(lived, lambda count: None)
    return lived


@pytest.fixture
def contact(lived: Story) -> Callable[[str], Contact]:
    """The contact that a mail of the demo became, by the id that the demo gives it."""

    def find(said_id: str) -> Contact:
        found = Contact.from_intake(lived.letters.taken[said_id])
        assert found is not None
        return found

    return find


def ticket_of(contact: Contact) -> Ticket:
    ticket = Ticket.named(contact.ticket_id)
    assert ticket is not None
    return ticket


def machine_mails(lived: Story, contact: Callable[[str], Contact]) -> dict[str, list[Contact]]:
    found: dict[str, list[Contact]] = {}
    for one in lived.said:
        if one.id.startswith("machine-"):
            came = contact(one.id)
            found.setdefault(came.automatic or "", []).append(came)
    return found


def test_about_120_answers_are_planned_ten_of_them_with_a_file(lived: Story):
    assert 115 <= len(lived.letters.planned) <= 125
    assert sum(one.encloses for one in lived.letters.planned) == 10


def test_answers_left_when_they_were_written_and_only_the_last_are_files(
    app: Passerelle, lived: Story
):
    sent = {key: Message.named(one) for key, one in lived.letters.sent.items()}
    late = {one.said.id for one in lived.letters.planned if one.day >= 9}
    assert len(sent) >= 25
    for said_id, message in sent.items():
        assert message is not None
        assert message.state in (Sending.SENT, Sending.FAILED)
        assert message.sent_at is not None
        assert message.sent_at - message.written_at == GRACE
        file = app.extensions["settings"].outbox_dir / f"{message.id:07d}.eml"
        assert file.exists() == (said_id in late)


def test_nobody_answers_while_the_house_is_closed(lived: Story):
    first, last = lived.days.all[0], lived.days.all[-2]
    ingrid = db.session.scalars(User.by_login("ingrid")).one()
    middle = kpi.measure("mail_median", first, last, user=ingrid, at=lived.days.at).value
    assert middle is not None and middle > 1


def test_clients_answer_back_into_their_tickets(lived: Story, contact: Callable[[str], Contact]):
    followed = [one for one in lived.said if one.answers and one.text and one.id != "stranger"]
    assert len(followed) >= 22
    for said in followed:
        came = contact(said.id)
        assert came.new_text == said.text
        assert ticket_of(came).contacts_count >= 2


def test_one_client_reopens_a_closed_ticket(contact: Callable[[str], Contact]):
    assert ticket_of(contact("a08")).status != Status.CLOSED


def test_another_address_is_threaded_and_does_not_become_the_client(
    contact: Callable[[str], Contact],
):
    came = contact("a09")
    client = ticket_of(came).client
    assert client is not None
    assert "famille" in came.sender
    assert not any("famille" in known.address for known in client.addresses)


def test_a_stranger_with_a_ticket_number_gets_a_linked_ticket(contact: Callable[[str], Contact]):
    ticket = ticket_of(contact("stranger"))
    assert ticket.contacts_count == 1
    assert len(ticket.linked()) == 1


def test_machines_answer_bring_back_and_are_not_answered(
    lived: Story, contact: Callable[[str], Contact]
):
    came = machine_mails(lived, contact)
    kinds = {kind: len(mails) for kind, mails in came.items()}
    assert kinds == {"auto_reply": 3, "bounce": 2, "read_receipt": 1, "own_loop": 1}
    attentions = {ticket_of(mail).attention for mail in came["bounce"]}
    assert attentions == {"undeliverable", "refused"}
    assert contact("newsletter").automatic == "list"


def test_the_web_shop_is_one_burst(lived: Story):
    client = db.session.scalars(Client.by_address(scenes.SHOP)).one()
    said = db.session.scalars(Contact.of_client(client.id)).all()
    tickets = {one.ticket_id for one in said}
    assert len(said) == ORDERS
    burst = [ticket for one in tickets if (ticket := Ticket.named(one)) and ticket.burst_of]
    assert [ticket.attention for ticket in burst] == ["burst"]
    assert burst[0].contacts_count == ORDERS - len(tickets) + 1


def test_the_accountant_has_a_ticket_for_each_mail_and_is_known_as_one(lived: Story):
    client = db.session.scalars(Client.by_address(scenes.ACCOUNTANT[1])).one()
    said = db.session.scalars(Contact.of_client(client.id)).all()
    asked = [one for one in said if not one.subject.startswith(ANSWER)]
    assert client.representative
    assert len({one.ticket_id for one in asked}) == len(asked) == 13
    assert len({known.digest for known in client.identifiers if known.kind == "kbo"}) == 12


@pytest.mark.parametrize("name", ["deep", "head", "scan", "oversize"])
def test_what_cannot_be_read_in_full_says_so(name: str, contact: Callable[[str], Contact]):
    assert not contact(name).fully_read


def test_a_container_of_outlook_that_is_broken_stays_a_file(contact: Callable[[str], Contact]):
    came = contact("winmail")
    assert came.defects
    assert [file.name for file in came.attachments] == ["winmail.dat"]


def test_the_telephone_has_rung(lived: Story):
    calls = list(db.session.scalars(Call.log()))
    numbers = [call.caller_e164 for call in calls if call.missed]
    assert len(calls) >= 16
    assert sum(numbers.count(number) == 3 for number in set(numbers)) == 2
    assert {call.state for call in calls} == {"newCall", "answer", "hangup"}
    assert any(call.answered_at for call in calls)


def test_answers_quote_what_the_client_wrote_and_leave_from_the_mailbox(lived: Story):
    mailbox = Mailbox.first()
    sent = [message for one in lived.letters.sent.values() if (message := Message.named(one))]
    assert mailbox is not None
    assert {message.mailbox_id for message in sent} == {mailbox.id}
    assert all(message.quotes for message in sent)


def test_files_that_clients_sent_are_kept(contact: Callable[[str], Contact]):
    kept = {file.name: file.size for said_id in WITH_FILES for file in contact(said_id).attachments}
    assert kept["procuration signée.jpg"] > 10_000
    assert kept["IMG_2241.jpeg"] > 1_500_000


def test_the_house_met_every_morning_but_one(lived: Story):
    days = lived.days.all
    held = db.session.scalars(Screening.opened_between(days[0], days[-1])).all()
    assert {one.day for one in held} == {*days[1:-1]} - {days[4]}
    for one in held:
        assert one.closed_at is not None and not one.running
        decisions = db.session.scalars(Decided.of(one.id)).all()
        assert not any(one.corrected(decided) for decided in decisions)
