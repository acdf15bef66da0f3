"""Answering at the desk: signature, files, the preview that is what leaves, and sending again."""

import email
import io
import re
from dataclasses import replace
from email.message import EmailMessage
from email.policy import default
from threading import Barrier, Thread

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from models import correspondence
from models.base import db, transaction
from models.event import Event
from models.files import Blob
from models.message import Message, Sending
from models.outbox import Outbox
from models.signature import Signature
from models.ticket import Status, Ticket
from models.user import User
from tests.people import Browser, House, amelie
from triage import composing
from triage.composing import Piece
from triage.desk.advice import advice, greets_nobody
from triage.intake.quotes import REPLY_MARKER_ID

QUESTION = "Bonjour, où en est ma demande de droit passerelle ?"
NUMBER = "85.07.30-033.28"


@pytest.fixture
def ticket(house: House, nadia: User) -> Ticket:
    """Amélie's question, in Nadia's team."""
    made = house.ticket(house.write(amelie, QUESTION, "Droit passerelle"))
    with transaction():
        made.team_id, made.needs_choice = nadia.team_ids[0], False
    return made


def post(client: Browser, ticket: Ticket, noun: str = "replies", **fields: object):
    """What the dock sends; `files` are (name, content)."""
    form: dict[str, object] = {"version": ticket.version, "language": "fr", **fields}
    if "files" in form:
        form["files"] = [(io.BytesIO(content), name) for name, content in fields["files"]]
    address = f"/desk/tickets/{ticket.number}/{noun}"
    headers = {"HX-Request": "true"} if form.pop("htmx", False) else {}
    response = client.post(address, data=form, content_type="multipart/form-data", headers=headers)
    response.request.environ["wsgi.input"].close()  # a large form lies in a file of the client's
    db.session.expire_all()
    return response


def answers(ticket: Ticket) -> list[Message]:
    return [m for m in db.session.scalars(Message.of_ticket(ticket.id)) if m.kind == "reply"]


def kinds(ticket: Ticket) -> list[str]:
    return [event.kind for event in db.session.scalars(Event.of_ticket(ticket.id))]


def leave(house: House, message: Message) -> EmailMessage:
    """The mail as it left."""
    with transaction():
        db.session.execute(update(Outbox).values(not_before=None))
    house.work()
    file = house.app.extensions["settings"].outbox_dir / f"{message.id:07d}.eml"
    mail = email.message_from_bytes(file.read_bytes(), policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


def plain(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


# --- the signature --------------------------------------------------------------------------


def test_the_teams_signature_stands_below_and_is_kept_as_it_left(client, house, ticket, nadia):
    with transaction():
        Signature.write(None, "fr", "La maison")
        Signature.write(ticket.team_id, "fr", "Bien à vous,\n{agent}\n{team}")
    client.sign_in(nadia)
    assert post(client, ticket, text="Votre demande est en ordre.").status_code == 302
    (message,) = answers(ticket)
    assert message.words == "Votre demande est en ordre."
    assert message.signature == "Bien à vous,\nNadia Benali\nDroit passerelle"
    assert plain(leave(house, message)).startswith(message.text)


def test_without_any_signature_the_names_stand_there(client, ticket, nadia):
    client.sign_in(nadia)
    post(client, ticket, text="Bonjour", language="nl")
    (message,) = answers(ticket)
    assert message.signature == "Nadia Benali\nPasserelle"


def test_a_taken_back_text_comes_back_without_its_signature(client, ticket, nadia):
    client.sign_in(nadia)
    post(client, ticket, text="Trop vite.")
    (message,) = answers(ticket)
    back = client.post(f"/desk/tickets/{ticket.number}/replies/{message.id}/withdrawal")
    page = client.get(back.location).text
    box = re.search(r"<textarea[^>]*id=\"reply-text\"[^>]*>([^<]*)<", page)
    assert box is not None
    assert box[1] == "Trop vite."


# --- files ----------------------------------------------------------------------------------


def test_files_leave_with_the_answer_and_stand_in_the_thread(client, house, ticket, nadia):
    client.sign_in(nadia)
    files = [("attestation é.pdf", b"%PDF-1.4 ..."), ("../../etc/passwd", b"no secret")]
    assert post(client, ticket, text="Ci-joint.", files=files).status_code == 302
    (message,) = answers(ticket)
    mail = leave(house, message)
    sent = [(a.get_filename(), a.get_content_type()) for a in mail.iter_attachments()]
    assert sent == [
        ("attestation é.pdf", "application/pdf"),
        ("passwd", "application/octet-stream"),
    ]
    assert [a.get_content() for a in mail.iter_attachments()] == [b"%PDF-1.4 ...", b"no secret"]
    page = client.get(f"/desk/tickets/{ticket.number}").text
    assert "attestation é.pdf" in page
    address = f"/desk/tickets/{ticket.number}/replies/{message.id}/files/{message.files[0].id}"
    assert client.get(address).data == b"%PDF-1.4 ..."
    assert client.get(address.replace(str(message.files[0].id), "99")).status_code == 404


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([(f"{number}.txt", b"x") for number in range(11)], "at most ten files"),
        ([("large.zip", b"x" * 8_000_000), ("other.zip", b"x" * 7_000_001)], "larger than 15 MB"),
    ],
)
def test_too_many_or_too_large_keeps_the_text_and_says_why(client, ticket, nadia, files, words):
    client.sign_in(nadia)
    refused = post(client, ticket, text="Voici tout.", files=files)
    assert refused.status_code == 409
    assert words in refused.text
    assert "Voici tout." in refused.text
    assert "Attach these files again" in refused.text
    assert answers(ticket) == []


def test_files_of_a_taken_back_answer_come_back(client, house, ticket, nadia):
    client.sign_in(nadia)
    post(client, ticket, text="Ci-joint.", files=[("a.pdf", b"%PDF-")])
    (first,) = answers(ticket)
    back = client.post(f"/desk/tickets/{ticket.number}/replies/{first.id}/withdrawal")
    page = client.get(back.location).text
    kept = re.search(r'name="kept" value="([^"]+)"', page)
    assert kept is not None
    db.session.expire_all()
    post(client, ticket, text="Ci-joint, enfin.", kept=kept[1])
    second = answers(ticket)[-1]
    assert [(file.name, file.blob.content) for file in second.files] == [("a.pdf", b"%PDF-")]


def test_nobody_encloses_what_lies_in_the_store(client, house, ticket, nadia, koen):
    client.sign_in(koen)
    with transaction():
        digest = Blob.keep(b"somebody else's")
    page = post(client, ticket, "replies/preview", text="Ci-joint.", files=[("a.pdf", b"%PDF-")])
    kept = re.search(r'name="kept" value="([^"]+)"', page.text)
    assert kept is not None
    client.sign_in(nadia)
    for word in (digest, kept[1], kept[1][:-2] + "xx"):
        post(client, ticket, text="Ci-joint.", kept=word)
    assert [message.files for message in answers(ticket)] == [[], [], []]


# --- the preview ----------------------------------------------------------------------------


def test_the_preview_shows_what_will_leave_and_sends_nothing(client, house, ticket, nadia):
    with transaction():
        Signature.write(None, "fr", "Bien à vous,\n{agent}")
    client.sign_in(nadia)
    words = {"text": "Bonjour <b>,\n\nvendredi."}
    files = [("attestation.pdf", b"%PDF-1.4")]
    part = post(client, ticket, "replies/preview", htmx=True, files=files, **words).text
    assert "<html" not in part
    for shown in (
        "Passerelle &lt;contact@fund.example&gt;",
        amelie.email,
        "Re: Droit passerelle [#Passerelle-",
        "Bonjour &lt;b&gt;,\n\nvendredi.",
        "Bien à vous,\nNadia Benali",
        QUESTION,
        "attestation.pdf",
    ):
        assert shown in part
    assert answers(ticket) == []
    assert ticket.status != Status.WAITING
    post(client, ticket, files=files, **words)
    mail = leave(house, answers(ticket)[0])
    assert plain(mail).startswith("Bonjour <b>,\n\nvendredi.\n\n-- \nBien à vous,\nNadia Benali\n")


def test_without_javascript_the_preview_is_a_page_that_keeps_text_and_files(client, ticket, nadia):
    client.sign_in(nadia)
    page = post(
        client,
        ticket,
        "replies/preview",
        text="Ci-joint.",
        files=[("a.pdf", b"%PDF-")],
        disposition="answered",
    ).text
    assert "<html" in page
    form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    db.session.expire_all()
    del form["version"]
    assert post(client, ticket, text="Ci-joint.", **form).status_code == 302
    (message,) = answers(ticket)
    assert [file.name for file in message.files] == ["a.pdf"]
    assert ticket.closed


def test_the_preview_says_why_there_is_none(client, ticket, nadia):
    client.sign_in(nadia)
    files = [(f"{number}.txt", b"x") for number in range(11)]
    part = post(client, ticket, "replies/preview", htmx=True, text="x", files=files)
    assert part.status_code == 200
    assert "at most ten files" in part.text


def test_a_national_number_leaves_masked_unless_it_is_wanted_in_full(client, ticket, nadia):
    client.sign_in(nadia)
    text = f"Votre numéro {NUMBER} est connu."
    part = post(client, ticket, "replies/preview", htmx=True, text=text).text
    assert "national number" in part
    assert NUMBER not in part
    post(client, ticket, text=text)
    post(client, ticket, text=text, numbers="full")
    masked, full = answers(ticket)
    assert NUMBER not in masked.text
    assert NUMBER in full.text
    assert kinds(ticket).count("message.unmasked") == 1


FINE = {
    "written_in": "fr",
    "client_speaks": "fr",
    "has_signature": True,
    "has_files": False,
    "has_number": False,
}


@pytest.mark.parametrize(
    ("text", "changed", "warnings"),
    [
        ("Bonjour,\nVotre demande est en ordre, vous serez payée vendredi.", {}, []),
        ("Bonjour", {"client_speaks": "nl"}, ["other_language"]),
        ("Bonjour", {"client_speaks": None}, []),
        ("Uw aanvraag is in orde, u wordt vrijdag betaald.", {}, ["text_language"]),
        ("Bonjour", {"has_number": True}, ["number"]),
        ("Vous trouverez ci-joint l'attestation.", {}, ["no_file"]),
        ("Vous trouverez ci-joint l'attestation.", {"has_files": True}, []),
        (
            "U vindt het attest in bijlage.",
            {"written_in": "nl", "client_speaks": "nl"},
            ["no_file"],
        ),
        ("Im Anhang: der Nachweis.", {"written_in": "de", "client_speaks": "de"}, ["no_file"]),
        ("Please find it attached.", {"written_in": "en", "client_speaks": "en"}, ["no_file"]),
        ("Le droit s'y attache.", {}, []),
        ("Chère ,\nVotre demande est en ordre.", {}, ["greeting"]),
        ("Bonjour", {"has_signature": False}, ["no_signature"]),
    ],
)
def test_what_to_look_at_before_it_leaves(text, changed, warnings):
    assert [str(one) for one in advice(text, **(FINE | changed))] == warnings


@pytest.mark.parametrize(
    "greeting", ["Dear ,", "Geachte,", "Beste", "Liebe ,", "Sehr geehrter Herr ,"]
)
def test_a_greeting_to_nobody_is_seen(greeting):
    assert greets_nobody(f"{greeting}\n\nText")


@pytest.mark.parametrize(
    "greeting",
    ["Bonjour,", "Chère Amélie,", "Geachte heer,", "Cher Monsieur,", "Beste Joris", "Guten Tag,"],
)
def test_a_usual_greeting_is_left_alone(greeting):
    assert not greets_nobody(f"{greeting}\n\nText")


# --- undone, and sent again -----------------------------------------------------------------


def test_for_ten_seconds_the_page_offers_to_undo_also_after_closing(client, ticket, nadia):
    client.sign_in(nadia)
    sent = post(client, ticket, text="Voilà.", disposition="answered")
    page = client.get(sent.location).text
    assert 'data-seconds="10"' in page
    assert 'data-key="z"' in page


def failed(ticket: Ticket, why: str = "550 5.1.1 no such user") -> Message:
    with transaction():
        message = answers(ticket)[-1]
        db.session.execute(update(Outbox).values(not_before=None))
        correspondence.take_bounce(ticket, message, why, message.written_at)
    return message


def test_what_was_not_delivered_says_why_in_words_and_leaves_again(client, house, ticket, nadia):
    client.sign_in(nadia)
    post(client, ticket, text="Voilà.")
    message = failed(ticket)
    page = client.get(f"/desk/tickets/{ticket.number}").text
    assert "This address does not exist." in page
    assert (ticket.status, ticket.attention) == (Status.OPEN, "undeliverable")
    first_id = message.message_id
    form = {"recipient": "amelie@new.example"}
    noun = f"replies/{message.id}/repetition"
    assert post(client, ticket, noun, recipient="a@b.example, c@d.example").status_code == 409
    assert post(client, ticket, noun, **form).status_code == 302
    assert (ticket.status, ticket.attention) == (Status.WAITING, None)
    mail = leave(house, message)
    assert (mail["To"], mail["Message-ID"]) == ("amelie@new.example", first_id)
    assert message.state == Sending.SENT
    assert "message.sent_again" in kinds(ticket)
    assert post(client, ticket, noun, **form).status_code == 409


def test_an_address_given_up_is_used_again_on_a_persons_word(client, house, ticket, nadia):
    client.sign_in(nadia)
    post(client, ticket, text="Voilà.")
    failed(ticket)
    assert correspondence.answer_address(ticket) is None
    assert post(client, ticket, text="Encore.", recipient=amelie.email).status_code == 302
    assert answers(ticket)[-1].recipient == correspondence.answer_address(ticket) == amelie.email


def test_of_two_who_answer_at_once_the_second_keeps_his_text(app, house, ticket, nadia, koen):
    number, version, met = ticket.number, ticket.version, Barrier(2)
    browsers = [Browser(app, app.response_class) for _ in range(2)]
    for browser, person in zip(browsers, (nadia, koen), strict=True):
        browser.sign_in(person)
    db.session.remove()
    pages: dict[int, str] = {}

    def answer(browser: Browser) -> None:
        form = {"version": version, "language": "fr", "text": "Ma réponse."}
        met.wait(20)
        page = FlaskClient.open(
            browser, f"/desk/tickets/{number}/replies", method="POST", data=form
        )
        pages[page.status_code] = page.text

    both = [Thread(target=answer, args=(browser,)) for browser in browsers]
    for one in both:
        one.start()
    for one in both:
        one.join(30)
    assert sorted(pages) == [302, 409]
    assert "Ma réponse." in pages[409]


def test_the_page_of_outgoing_mail_shows_what_failed_and_tries_again(client, ticket, nadia):
    client.sign_in(nadia)
    post(client, ticket, text="Une réponse perdue.")
    assert "Une réponse perdue." in client.get("/desk/outgoing?state=waiting").text
    message = failed(ticket, "552 5.2.2 mailbox full")
    page = client.get("/desk/outgoing?state=failed").text
    assert "The mailbox is full." in page
    assert "552 5.2.2" in page
    assert "Une réponse perdue." not in client.get("/desk/outgoing?state=waiting").text
    assert client.post(f"/desk/outgoing/{message.id}/attempt").status_code == 303
    db.session.expire_all()
    assert message.state == Sending.WAITING
    assert client.post(f"/desk/outgoing/{message.id}/cancellation").status_code == 303
    db.session.expire_all()
    assert message.state == Sending.WITHDRAWN
    assert client.post(f"/desk/outgoing/{message.id}/attempt").status_code == 303
    db.session.expire_all()
    assert message.state == Sending.WITHDRAWN


def test_a_stranger_neither_sees_nor_moves_our_mail(client, ticket, nadia, stranger):
    client.sign_in(nadia)
    post(client, ticket, text="Voilà.")
    message = failed(ticket)
    client.sign_in(stranger)
    assert client.post(f"/desk/outgoing/{message.id}/attempt").status_code == 404
    assert client.post(f"/desk/outgoing/{message.id}/cancellation").status_code == 404
    noun = f"replies/{message.id}/repetition"
    assert post(client, ticket, noun).status_code == 404
    assert post(client, ticket, "replies/preview", text="x").status_code == 404


def test_the_line_to_answer_above_stands_in_both_forms(client, house, ticket, nadia):
    client.sign_in(nadia)
    post(client, ticket, text="Voilà. https://example.be/aide?a=1&b=2.")
    mail = leave(house, answers(ticket)[0])
    page = mail.get_body(("html",))
    assert page is not None
    html = page.get_content()
    assert f'<div id="{REPLY_MARKER_ID}"' in html
    assert '<a href="https://example.be/aide?a=1&amp;b=2">' in html
    assert not re.search(r"<img|<script|src=|url\(", html)


def test_a_text_falls_into_paragraphs_lines_and_links():
    a, b, c, link = (Piece(text) for text in ("a", "b <i>", "c ", "https://example.be/x?y=1"))
    found = composing.paragraphs("a\n \n\nb <i>\nc https://example.be/x?y=1.")
    assert found == [[[a]], [[b], [c, replace(link, is_link=True), Piece(".")]]]
