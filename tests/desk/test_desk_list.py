"""The list of the desk: whose tickets it shows, in which order, and how they are found."""

import pytest

from models.base import db, now, transaction
from models.client import Client
from models.ticket import Disposition, Ticket
from models.user import User
from tests.people import Browser, House, amelie, emily, joris

BRIDGING_FR = (
    "Bonjour, je n'ai toujours rien reçu pour mon droit passerelle du mois de mai, "
    "le paiement du droit passerelle devait arriver la semaine passée."
)
BRIDGING_NL = (
    "Dag, ik heb nog altijd niets ontvangen van mijn overbruggingsrecht voor de maand mei, "
    "de uitbetaling van het overbruggingsrecht is te laat."
)


def test_a_stranger_to_the_house_is_sent_away(client: Browser) -> None:
    assert client.get("/desk/").status_code in (302, 401)


def test_an_administrator_reads_no_clients_matter(client: Browser, ada: User) -> None:
    client.sign_in(ada)
    assert client.get("/desk/").status_code == 403


def test_the_list_shows_the_first_line_of_what_the_client_newly_wrote(
    client: Browser, house: House, nadia: User
) -> None:
    ticket = house.ticket(house.write(amelie, BRIDGING_FR, "Mon paiement"))
    client.sign_in(nadia)
    page = client.get("/desk/?view=all").text
    assert "toujours rien reçu pour mon droit passerelle" in page
    assert amelie.name in page
    assert f"/desk/tickets/{ticket.number}" in page


def test_an_empty_list_says_so(client: Browser, nadia: User) -> None:
    client.sign_in(nadia)
    assert "No ticket waits." in client.get("/desk/").text
    assert "Nothing is assigned to you." in client.get("/desk/?view=mine").text


def test_the_list_can_be_filtered_by_language(client: Browser, house: House, nadia: User) -> None:
    house.write(amelie, BRIDGING_FR)
    house.write(joris, BRIDGING_NL)
    client.sign_in(nadia)
    page = client.get("/desk/?view=all&language=nl").text
    assert joris.name in page
    assert amelie.name not in page


def test_words_number_and_client_find_a_ticket(client: Browser, house: House, nadia: User) -> None:
    ticket = house.ticket(house.write(amelie, BRIDGING_FR))
    house.write(joris, BRIDGING_NL)
    client.sign_in(nadia)
    for words in ("passerelle", "Dujardin", amelie.email):
        page = client.get("/desk/", query_string={"view": "all", "q": words}).text
        assert amelie.name in page, words
        assert joris.name not in page, words
    found = client.get("/desk/", query_string={"q": f"#{ticket.number}"})
    assert found.status_code == 302
    assert f"/desk/tickets/{ticket.number}" in found.location


@pytest.mark.parametrize("digits", ["32475123456", "85073003328", "9" * 25])
def test_a_longer_number_is_no_tickets(client: Browser, nadia: User, digits: str) -> None:
    client.sign_in(nadia)
    assert client.get("/desk/", query_string={"q": digits}).status_code == 200
    assert client.get(f"/desk/tickets/{digits}").status_code == 404
    assert client.get(f"/status/{digits}-aaaa").status_code == 404


def test_percent_and_underscore_are_letters_like_others(
    client: Browser, house: House, nadia: User
) -> None:
    house.write(amelie, BRIDGING_FR)
    client.sign_in(nadia)
    for words in ("%", "_", "100%_", "'; DROP TABLE ticket; --", "\x00", "(((", ":*"):
        page = client.get("/desk/", query_string={"view": "all", "q": words})
        assert page.status_code == 200, words


def test_what_is_closed_is_found_under_closed(client: Browser, house: House, nadia: User) -> None:
    ticket = house.ticket(house.write(amelie, BRIDGING_FR))
    with transaction():
        ticket.close(Disposition.ANSWERED, by=nadia, at=now())
    client.sign_in(nadia)
    assert amelie.name not in client.get("/desk/?view=all").text
    assert amelie.name in client.get("/desk/?view=closed").text


def test_what_waits_for_the_client_comes_after_what_waits_for_us(
    client: Browser, house: House, nadia: User
) -> None:
    first = house.ticket(house.write(amelie, BRIDGING_FR))
    house.write(emily, "I still have not received any bridging right payment for May.")
    with transaction():
        first.status = "waiting"
    client.sign_in(nadia)
    page = client.get("/desk/list?view=all").text
    assert page.index(emily.name) < page.index(amelie.name)


def test_fifty_tickets_fill_a_page_and_the_rest_follows(
    client: Browser, house: House, nadia: User
) -> None:
    with transaction():
        for number in range(53):
            someone = Client.unknown(f"Client {number:02d}", "fr")
            db.session.add(
                Ticket(
                    client_id=someone.id,
                    subject="…",
                    preview=f"line {number}",
                    channel="email",
                    language="fr",
                    opened_at=now(),
                    last_contact_at=now(),
                )
            )
    client.sign_in(nadia)
    first, second = (client.get(f"/desk/list?view=all&page={page}").text for page in (1, 2))
    assert first.count("data-row") == 50
    assert second.count("data-row") == 3


def test_the_counts_follow_by_themselves(client: Browser, house: House, nadia: User) -> None:
    house.write(amelie, BRIDGING_FR)
    client.sign_in(nadia)
    counts = client.get("/desk/waiting").text
    assert 'id="count-view-all" hx-swap-oob="true">1<' in counts


def test_markup_of_a_client_stays_text(client: Browser, house: House, nadia: User) -> None:
    ticket = house.ticket(
        house.write(amelie, "<script>alert(1)</script> mon droit passerelle", "<b>Sujet</b>")
    )
    client.sign_in(nadia)
    page = client.get(f"/desk/tickets/{ticket.number}?view=all").text
    assert "<script>alert" not in page
    assert "<b>Sujet" not in page
