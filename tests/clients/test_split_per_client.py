import pytest
from sqlalchemy import select, update

from models.base import db, now, transaction
from models.client import Client, Level
from models.client_split import ClientSplit
from models.contact import Contact
from models.correspondence import answer_address
from models.draft import Draft, DraftKind
from models.mandate import Mandate, Represented, Speaks
from models.outbox import Job
from models.representing import speaking_in
from models.ticket import Ticket
from tests.people import Browser, House, Person, amelie, letter
from triage.clients import splitting
from triage.clients.naming import named_in

lambert = Person("Fiduciaire Lambert", "info@lambert.example", "+3242223344", "fr")
NISS, KBO, OTHER_KBO = "93.05.18-223.61", "0403.019.261", "0417.497.106"
MAIL = f"""Bonjour,

Voici nos demandes de ce matin :

Amélie Dujardin, NISS {NISS} : le paiement du droit passerelle de mars n'est pas arrivé.

Garage Petitjean | {KBO} | report des cotisations du premier trimestre
Menuiserie Thiry | {OTHER_KBO} | dispense du deuxième trimestre

Merci,
Fiduciaire Lambert
"""


@pytest.fixture
def baker(house: House) -> Client:
    """Amélie, known by her national number and an address of her own."""
    with transaction():
        made = Client.writing_from(amelie.email, amelie.name, "fr", "email")
        made.learn_identifier("niss", NISS, "••.••.••-•••.61", now())
    return made


@pytest.fixture
def mail(house: House, baker: Client, client: Browser) -> Contact:
    contact = house.write(lambert, MAIL, "Demandes de nos clients")
    with transaction():
        contact.client.representative = True
        ticket = house.ticket(contact)
        ticket.team_id, ticket.needs_choice = house.nadia.team_ids[0], False
    client.sign_in(house.nadia)
    return contact


def propose(client: Browser, mail: Contact) -> str:
    answer = client.get(f"/clients/contacts/{mail.id}/split")
    assert answer.status_code == 200
    return answer.text


def confirm(client: Browser, mail: Contact, **form: str) -> list[Represented]:
    keys = [one.key for one in splitting.proposals(mail)]
    answer = client.post(f"/clients/contacts/{mail.id}/split", data={"take": keys, **form})
    assert answer.status_code == 302
    return list(db.session.scalars(Represented.of_contact(mail.id)))


def test_the_clients_are_found_with_their_words(client, mail, baker):
    found = splitting.proposals(mail)
    assert [one.part.name for one in found] == [amelie.name, "Garage Petitjean", "Menuiserie Thiry"]
    assert [one.part.client_id for one in found] == [baker.id, None, None]
    assert "paiement du droit passerelle" in found[0].part.words and NISS not in found[0].part.words
    assert "report" in found[1].part.words and "dispense" not in found[1].part.words
    shown = propose(client, mail)
    assert NISS not in shown and "Garage Petitjean" in shown and "no mandate is known" in shown


def test_one_confirmation_makes_a_ticket_for_each(client, mail, baker, house):
    rows = confirm(client, mail)
    tickets = [Ticket.named(row.ticket_id) for row in rows]
    assert [ticket.client.called for ticket in tickets] == [
        amelie.name,
        "Garage Petitjean",
        "Menuiserie Thiry",
    ]
    umbrella = house.ticket(mail)
    assert mail.ticket_id == umbrella.id and {t.id for t in umbrella.linked()} == {
        t.id for t in tickets
    }
    garage = tickets[1].client
    assert db.session.scalars(Client.by_identifier("kbo", KBO)).first() is not None
    assert garage.identifiers[0].kind == "kbo"
    assert len({ticket.number for ticket in [*tickets, umbrella]}) == 4


def test_what_a_person_puts_right_counts_more(client, mail):
    key = splitting.proposals(mail)[1].key
    rows = confirm(
        client, mail, **{f"name-{key}": "Garage Petitjean SRL", f"topic-{key}": "exemption"}
    )
    own = Ticket.named(rows[1].ticket_id)
    assert (own.client.name, own.topic_id, own.needs_choice) == (
        "Garage Petitjean SRL",
        "exemption",
        False,
    )


def test_a_second_confirmation_makes_nothing_more(client, mail):
    confirm(client, mail)
    client.post(f"/clients/contacts/{mail.id}/split", data={"take": ["c1"]})
    assert len(db.session.scalars(select(Ticket)).all()) == 4


def test_undone_all_is_as_before_but_for_what_was_worked_on(client, mail, house):
    rows = confirm(client, mail)
    worked = Ticket.named(rows[2].ticket_id)
    with transaction():
        worked.assign(house.nadia, by=house.nadia)
    client.post("/clients/splits/1/withdrawal")
    left = db.session.scalars(Represented.of_contact(mail.id)).all()
    assert [row.ticket_id for row in left] == [worked.id]
    assert Ticket.named(rows[0].ticket_id).merged_into_id == mail.ticket_id
    assert "Make a ticket for each" in propose(client, mail)


def test_a_ticket_in_which_somebody_is_writing_stays_after_an_undoing(client, mail, house):
    row = confirm(client, mail)[0]
    with transaction():
        Draft.save(
            house.nadia,
            row.ticket_id,
            DraftKind.REPLY,
            "Chère Madame,",
            page="p",
            revision=1,
            at=now(),
        )
    client.post("/clients/splits/1/withdrawal")
    assert Ticket.named(row.ticket_id).merged_into_id is None


def test_a_worker_makes_no_ticket_of_a_split_that_was_undone(client, mail, house, monkeypatch):
    monkeypatch.setattr(splitting, "AT_ONCE", 0)
    assert confirm(client, mail) == []
    split = db.session.get(ClientSplit, 1)
    with transaction():
        db.session.connection().execute(
            update(ClientSplit).where(ClientSplit.id == 1).values(undone_at=now())
        )
        assert splitting.go_on(split, 25)
    assert db.session.scalars(Represented.of_contact(mail.id)).all() == []


def test_answers_go_to_who_wrote_unless_the_client_is_meant(client, mail, baker):
    row = confirm(client, mail)[0]
    own = Ticket.named(row.ticket_id)
    assert answer_address(own) == lambert.email
    client.post(f"/clients/represented/{row.id}/addressee", data={"to": "client"})
    db.session.expire_all()
    assert answer_address(own) == amelie.email


def test_the_representatives_reply_finds_the_clients_ticket(client, mail, house):
    own = Ticket.named(confirm(client, mail)[0].ticket_id)
    sent = house.answer(own)
    assert sent.recipient == lambert.email
    reply = letter(
        lambert, "Merci, et pour avril ?", "Re", in_reply_to=sent.message_id, to=sent.reply_to
    )
    assert house.receive(reply, lambert.email, sent.reply_to).ticket_id == own.id


def test_the_ticket_says_whether_he_may_speak(client, mail, baker, house):
    own = Ticket.named(confirm(client, mail)[0].ticket_id)
    shown = client.get(f"/desk/tickets/{own.number}").text
    assert "no mandate is known" in shown and "Tell only the client" in shown
    with transaction():
        Mandate.give(
            mail.client,
            baker,
            topics=[],
            first_day=now().date(),
            last_day=None,
            proof="",
            by=house.koen,
            at=now(),
        )
    assert "may speak for this client" in client.get(f"/desk/tickets/{own.number}").text
    assert speaking_in(own, [], now()).standings[0].speaks is Speaks.MAY


def test_a_long_list_is_made_by_a_worker(client, mail, house, monkeypatch):
    monkeypatch.setattr(splitting, "AT_ONCE", 2)
    assert confirm(client, mail) == []
    assert "of 3" in client.get("/clients/splits/1/progress").text
    assert splitting.split_waiting("worker", house.app.extensions["settings"]) == 1
    assert len(db.session.scalars(Represented.of_contact(mail.id)).all()) == 3
    assert "3 clients told apart" in client.get("/clients/splits/1/progress").text
    assert Job.SPLIT in list(Job)


def test_who_may_not_see_the_ticket_splits_nothing(client, mail, stranger):
    client.sign_in(stranger)
    assert client.get(f"/clients/contacts/{mail.id}/split").status_code == 404


# --- names and lines ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (f"Garage Petitjean;{KBO};uitstel", "Garage Petitjean"),
        (f"{KBO}\tGarage Petitjean\tuitstel", "Garage Petitjean"),
        (f"1. Garage Petitjean (BCE {KBO}) : report", "Garage Petitjean"),
        (
            f"Voor Garage Petitjean, ondernemingsnummer {KBO}, vragen wij uitstel.",
            "Garage Petitjean",
        ),
        (
            f"Notre client, la boulangerie Henrard (BCE {KBO}), souhaite reporter.",
            "boulangerie Henrard",
        ),
    ],
)
def test_the_name_stands_before_the_number(line, name):
    assert [one.name for one in named_in(line, {})] == [name]


def test_three_hundred_rows_are_three_hundred_clients():
    rows = "\n".join(f"Client {n} | 0{400000000 + n} | report" for n in range(4000))
    valid = named_in(rows, {})
    assert len(valid) > 30 and all(len(one.lines) >= 1 for one in valid)


def test_sentences_of_one_line_are_told_apart():
    text = f"Garage Petit (BCE {KBO}) attend mars. Menuiserie Thiry (BCE {OTHER_KBO}) attend avril."
    assert ["mars" in one.words for one in named_in(text, {})] == [True, False]


def test_a_known_name_is_enough():
    found = named_in("Pour Toitures Gillet : rien reçu.\nMerci.", {"toitures gillet": 7, "gil": 8})
    assert [(one.client_id, one.words) for one in found] == [
        (7, "Pour Toitures Gillet : rien reçu.\nMerci.")
    ]


# --- several addresses ----------------------------------------------------------------------


def test_a_new_address_that_was_only_claimed_gets_no_answer(house, baker, client):
    told = house.write(amelie, "Bonjour,\nMa nouvelle adresse mail : amelie@new.example\nMerci")
    claimed = next(a for a in baker.addresses if a.address == "amelie@new.example")
    assert claimed.level == Level.MAYBE
    assert answer_address(house.ticket(told)) == amelie.email
    client.sign_in(house.ingrid)
    client.post(f"/clients/{baker.id}/ways/address/{claimed.id}/confirmation")
    elsewhere = Person(amelie.name, "amelie@new.example", amelie.number, "fr")
    assert (
        answer_address(house.ticket(house.write(elsewhere, "Une autre question.", "Autre")))
        == elsewhere.email
    )
