"""Files of a ticket leave it safely; what could not be read can be had as it came."""

from email.message import EmailMessage
from email.policy import SMTP

import pytest

from models.base import transaction
from models.contact import Contact
from models.ticket import Ticket
from models.user import User
from tests.people import Browser, House, amelie, joris
from triage.desk.files import plain_name

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


def mail_with(name: str, content: bytes, maintype: str, subtype: str) -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = f"{amelie.name} <{amelie.email}>"
    mail["To"] = "contact@fund.example"
    mail["Subject"] = "Document"
    mail["Message-ID"] = "<document@bakery.example>"
    mail.set_content("Voici le document pour mon droit passerelle du mois de mai.")
    mail.add_attachment(content, maintype=maintype, subtype=subtype, filename=name)
    return mail.as_bytes()


def received(house: House, name: str, content: bytes, maintype: str, subtype: str) -> Contact:
    return house.receive(mail_with(name, content, maintype, subtype), amelie.email)


def address(house: House, contact: Contact) -> str:
    ticket = house.ticket(contact)
    return f"/desk/tickets/{ticket.number}/attachments/{contact.attachments[0].id}"


def test_a_file_is_saved_and_never_shown(client: Browser, house: House, koen: User) -> None:
    contact = received(house, "attestation.png", PNG, "image", "png")
    client.sign_in(koen)
    answer = client.get(address(house, contact))
    assert answer.data == PNG
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.mimetype == "image/png"


@pytest.mark.parametrize(("maintype", "subtype"), [("text", "html"), ("image", "svg+xml")])
def test_what_a_browser_could_run_leaves_as_plain_bytes(
    client: Browser, house: House, koen: User, maintype: str, subtype: str
) -> None:
    contact = received(house, "page.html", b"<script>alert(1)</script>", maintype, subtype)
    client.sign_in(koen)
    answer = client.get(address(house, contact))
    assert answer.mimetype == "application/octet-stream"


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\boot.ini", "boot.ini"),
        ("fac\u202etxt.exe", "factxt.exe"),
        (".htaccess\u200b", "htaccess"),
        ('a"b\r\nX: y.pdf', "abX y.pdf"),
        ("\x00", "file"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_a_file_name_is_only_a_name(written: str, plain: str) -> None:
    assert plain_name(written) == plain


def test_a_file_of_another_ticket_is_not_there(
    client: Browser, house: House, koen: User, stranger: User
) -> None:
    contact = received(house, "attestation.png", PNG, "image", "png")
    other = house.ticket(house.write(joris, "Een vraag over mijn bijdragen van dit kwartaal."))
    file = contact.attachments[0].id
    client.sign_in(koen)
    assert client.get(f"/desk/tickets/{other.number}/attachments/{file}").status_code == 404
    assert client.get(f"/desk/tickets/{other.number}/attachments/99999").status_code == 404
    with transaction():
        ticket = house.ticket(contact)
        ticket.needs_choice, ticket.team_id = False, house.nadia.team_ids[0]
    client.sign_in(stranger)
    assert client.get(address(house, contact)).status_code == 404


def test_only_what_was_not_fully_read_can_be_had_as_it_came(
    client: Browser, house: House, koen: User
) -> None:
    contact = house.write(amelie, "Bonjour, où en est mon droit passerelle ?")
    ticket = house.ticket(contact)
    url = f"/desk/tickets/{ticket.number}/contacts/{contact.id}/original"
    client.sign_in(koen)
    assert client.get(url).status_code == 404
    with transaction():
        contact.fully_read = False
    answer = client.get(url)
    assert answer.status_code == 200
    assert b"From:" in answer.data
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "could not be read in full" in client.get(f"/desk/tickets/{ticket.number}").text


def test_our_own_mails_are_listed_for_those_who_see_the_ticket(
    client: Browser, house: House, koen: User, stranger: User
) -> None:
    ticket: Ticket = house.ticket(house.write(amelie, "Mon droit passerelle du mois de mai ?"))
    client.sign_in(koen)
    page = client.get("/desk/outgoing").text
    assert amelie.email in page
    assert f"#{ticket.number}" in page
    with transaction():
        ticket.needs_choice, ticket.team_id = False, house.nadia.team_ids[0]
    client.sign_in(stranger)
    assert amelie.email not in client.get("/desk/outgoing").text
