"""What the search finds, and for whom."""

import pytest

from models.base import db, now, transaction
from models.contact import Contact
from models.files import Attachment, Blob
from models.search import Found, search
from models.user import User
from tests.people import Browser, House, amelie, emily, frieda, joris
from triage.searching.reading import Words, read

FRENCH = (
    "Bonjour, le paiement de mon droit passerelle de mai n'est toujours pas arrivé, rappelez-moi "
    "au 0486/99.88.77. Mon entreprise est le 0403.019.261, communication +++010/8068/17183+++."
)
DUTCH = "Dag, mijn aanvraag voor het overbruggingsrecht werd geweigerd, ik begrijp het niet."
GERMAN = "Guten Tag, ich habe mein Überbrückungsrecht für Mai noch nicht erhalten."


def found(user: User, typed: str, number: int = 1) -> Found:
    question = read(typed, Words(), user.id, now().date())
    return search(user, question.sought, now(), number)


def numbers(user: User, typed: str) -> list[int]:
    return [hit.ticket.number for hit in found(user, typed).hits]


@pytest.mark.parametrize(
    "typed",
    ["paiements", "PAIEMENT", "arrive", "arrivé", "passer", '"droit passerelle"', "le paiement",
     "rappeler", "dujardin paiement", "paiement -geweigerd", "droit-passerelle"],
)  # fmt: skip
def test_a_mail_is_found_by_its_words(house: House, nadia: User, typed: str) -> None:
    ticket = house.ticket(house.write(amelie, FRENCH))
    house.write(joris, DUTCH)
    assert numbers(nadia, typed) == [ticket.number]


@pytest.mark.parametrize("typed", ["aanvragen", "overbruggings", "geweigerd recht", "Peeters"])
def test_words_of_dutch_and_parts_of_long_ones(house: House, nadia: User, typed: str) -> None:
    ticket = house.ticket(house.write(joris, DUTCH))
    house.write(amelie, FRENCH)
    if typed == "geweigerd recht":
        assert numbers(nadia, typed) == []
        return
    assert numbers(nadia, typed) == [ticket.number]


@pytest.mark.parametrize("typed", ["Überbrückungsrecht", "Ueberbrueckungsrecht", "uberbruckung"])
def test_german_with_and_without_its_dots(house: House, nadia: User, typed: str) -> None:
    ticket = house.ticket(house.write(frieda, GERMAN))
    assert numbers(nadia, typed) == [ticket.number]


@pytest.mark.parametrize(
    "typed",
    ["0486 99 88 77", "+32486998877", "0403019261", "BE0403.019.261", "***010/8068/17183***",
     amelie.email, "AMELIE@bakery.example"],
)  # fmt: skip
def test_every_number_finds_what_was_said_with_it(house: House, nadia: User, typed: str) -> None:
    ticket = house.ticket(house.write(amelie, FRENCH))
    house.write(joris, DUTCH)
    assert numbers(nadia, typed) == [ticket.number]


def test_a_national_number_is_found_by_its_digest_and_shown_nowhere(
    house: House, client: Browser, nadia: User
) -> None:
    ticket = house.ticket(house.write(amelie, f"{FRENCH} Numéro national 85.07.30-033.28."))
    assert numbers(nadia, "85073003328") == [ticket.number]
    client.sign_in(nadia)
    page = client.get("/search/", query_string={"q": "paiement"}).text
    assert f"#{ticket.number}" in page
    assert "85.07.30" not in page


def test_notes_answers_and_names_of_files_are_searched(house: House, nadia: User) -> None:
    ticket = house.ticket(house.write(amelie, FRENCH))
    house.write(joris, DUTCH)
    with transaction() as session:
        ticket.note("Rappelée, elle enverra l'attestation", by=nadia, at=now())
        contact = ticket_contact(ticket.id)
        digest = Blob.keep(b"%PDF-1.4")
        session.add(
            Attachment(
                contact_id=contact,
                name="Attestation-mutuelle_mai.pdf",
                content_type="application/pdf",
                size=8,
                sha256=digest,
            )
        )
    spots = found(nadia, "attestation").hits[0].spots
    assert {spot.kind for spot in spots} == {"note", "file"}
    assert numbers(nadia, "mutuelle") == [ticket.number]


def ticket_contact(ticket_id: int) -> int:
    contact = db.session.scalars(Contact.of_ticket(ticket_id)).first()
    assert contact is not None
    return contact.id


def test_found_words_are_marked_and_the_rest_is_only_text(
    house: House, client: Browser, nadia: User
) -> None:
    house.write(emily, "Where is my <b>bridging</b> right payment? I wait for the payment.", "Shop")
    client.sign_in(nadia)
    assert "<mark>Shop</mark>" in client.get("/search/?q=shops").text
    page = client.get("/search/", query_string={"q": "payments"}).text
    assert "<mark>payment</mark>" in page
    assert "<b>bridging</b>" not in page


def test_only_what_one_may_see_is_found(house: House, nadia: User, stranger: User) -> None:
    ticket = house.ticket(house.write(amelie, FRENCH))
    with transaction():
        ticket.team_id, ticket.needs_choice = nadia.team_ids[0], False
    assert numbers(nadia, "paiement") == [ticket.number]
    for typed in ("paiement", "dujardin", "0486 99 88 77", f"#{ticket.number}", amelie.email):
        seen = found(stranger, typed)
        assert seen.hits == [], typed
        assert seen.clients == [], typed


def test_what_tells_of_health_is_found_by_its_words_only_by_who_reads_it(
    house: House, nadia: User, stranger: User
) -> None:
    ticket = house.ticket(house.write(amelie, FRENCH))
    with transaction():
        ticket.health, ticket.team_id = True, nadia.team_ids[0]
        ticket.needs_choice = True  # everybody sees that it is there
    assert numbers(nadia, "passerelle") == [ticket.number]
    assert numbers(stranger, "passerelle") == []
    assert numbers(stranger, f"#{ticket.number}") == [ticket.number]


def test_no_name_of_a_file_tells_of_health(house: House, nadia: User, stranger: User) -> None:
    ticket = house.ticket(house.write(amelie, FRENCH))
    with transaction() as session:
        contact, digest = ticket_contact(ticket.id), Blob.keep(b"%PDF-1.4")
        session.add(
            Attachment(
                contact_id=contact,
                name="burn-out.pdf",
                content_type="application/pdf",
                size=8,
                sha256=digest,
            )
        )
        ticket.health, ticket.needs_choice, ticket.team_id = True, True, nadia.team_ids[0]
    assert numbers(nadia, "file:burn") == [ticket.number]
    assert numbers(stranger, "file:burn") == []


def test_only_what_must_be_absent_is_no_question(house: House, nadia: User) -> None:
    house.write(amelie, FRENCH)
    assert numbers(nadia, "-geweigerd") == []


def test_clients_stand_above_with_the_way_to_them(
    house: House, client: Browser, nadia: User
) -> None:
    house.write(amelie, FRENCH)
    client.sign_in(nadia)
    for typed in ("dujardin", "amélie", "Amelie Duj", amelie.email):
        page = client.get("/search/", query_string={"q": typed}).text
        assert "Amélie Dujardin" in page, typed
        assert "/clients/" in page, typed


def test_a_tickets_number_goes_straight_to_it(house: House, client: Browser, nadia: User) -> None:
    ticket = house.ticket(house.write(amelie, FRENCH))
    client.sign_in(nadia)
    answer = client.get("/search/", query_string={"q": f"#{ticket.number}"})
    assert answer.status_code == 302
    assert f"/desk/tickets/{ticket.number}" in answer.location


def test_conditions_narrow(house: House, client: Browser, nadia: User) -> None:
    house.write(amelie, FRENCH)
    house.write(joris, DUTCH)
    client.sign_in(nadia)
    for narrowed in ({"q": "taal:nl"}, {"q": "", "language": "nl"}, {"q": "mai is:new langue:nl"}):
        page = client.get("/search/", query_string=narrowed).text
        assert amelie.name not in page, narrowed
    assert joris.name in client.get("/search/", query_string={"q": "taal:nl is:new"}).text


def test_an_empty_question_explains_what_can_be_asked(client: Browser, nadia: User) -> None:
    client.sign_in(nadia)
    page = client.get("/search/").text
    assert "0475 12 34 56" in page
    assert "Nothing was found." in client.get("/search/?q=zzzzqqq").text


@pytest.mark.parametrize(
    "typed",
    ["%", "_", "100%_", "'; DROP TABLE ticket; --", "\x00", "(((", ":*", "a" * 400, "\\", "!"],
)
def test_signs_are_only_signs(client: Browser, house: House, nadia: User, typed: str) -> None:
    house.write(amelie, FRENCH)
    client.sign_in(nadia)
    assert client.get("/search/", query_string={"q": typed}).status_code == 200


def test_who_reads_no_clients_matter_searches_nothing(client: Browser, ada: User) -> None:
    client.sign_in(ada)
    assert client.get("/search/?q=paiement").status_code == 403
