"""A mail as it was written: clean, masked, bounded, its own pictures good for five minutes."""

import re
import time
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from html import unescape

import pytest
from sqlalchemy import select

from models.audit import Audit
from models.base import db, now, transaction
from models.contact import Contact
from models.event import Event
from models.files import Attachment
from models.keys import ring
from models.topic import Topic
from models.user import User
from tests.people import Browser, House, amelie
from triage.desk import original
from triage.desk.harmless import DEPTH, SIGNS, bearable, harmless

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
NUMBER = "93.05.18-223.61"
PAGE = """<html><head><title>Sans titre</title><style>p { color: red }</style></head><body>
<p style="color: #333; position: fixed">Bonjour, je suis <b>Amélie</b>.</p>
<img src="cid:Photo@Phone"><img src="https://evil.example/pixel.gif">
<p>Voir <a href="https://evil.example/login?x=1">https://fund.example</a>.</p></body></html>"""


def written(
    html: str = PAGE, picture: bytes = PNG, kind: str = "png", text: str = "Bonjour."
) -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = f"{amelie.name} <{amelie.email}>"
    mail["To"] = "contact@fund.example"
    mail["Subject"] = "Photo"
    mail.set_content(text)
    mail.add_alternative(html, subtype="html")
    page = mail.get_payload()[1]
    assert isinstance(page, EmailMessage)
    page.add_related(picture, "image", kind, cid="<photo@phone>", filename="photo")
    return mail.as_bytes()


def address(house: House, contact: Contact, what: str = "mail") -> str:
    return f"/desk/tickets/{house.ticket(contact).number}/contacts/{contact.id}/{what}"


@pytest.fixture
def shown(client: Browser, house: House, koen: User) -> str:
    """The frame of Amélie's mail, before Koen."""
    contact = house.receive(written(), amelie.email)
    client.sign_in(koen)
    answer = client.get(address(house, contact))
    assert answer.status_code == 200
    return answer.text


# --- the frame ------------------------------------------------------------------------------


def test_the_frame_may_do_nothing_but_show(client: Browser, house: House, koen: User) -> None:
    contact = house.receive(written(), amelie.email)
    client.sign_in(koen)
    answer = client.get(address(house, contact))
    assert answer.headers["Content-Security-Policy"] == (
        "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; "
        "frame-ancestors 'self'"
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_ticket_holds_a_frame_without_rights_that_waits_to_be_opened(
    client: Browser, house: House, koen: User
) -> None:
    contact = house.receive(written(), amelie.email)
    client.sign_in(koen)
    page = client.get(f"/desk/tickets/{house.ticket(contact).number}").text
    (frame,) = re.findall(r"<iframe[^>]*>", page)
    assert ' sandbox loading="lazy" ' in frame
    assert address(house, contact) in frame


def test_what_was_written_stays_and_what_could_act_goes(shown: str) -> None:
    assert '<p style="color:#333">Bonjour, je suis <b>Amélie</b>.</p>' in shown
    for gone in ("position", "Sans titre", "color: red", "<body style", "pixel.gif", "cid:"):
        assert gone not in shown, gone


def test_a_link_says_where_it_leads_and_takes_nothing_along(shown: str) -> None:
    assert 'rel="noopener noreferrer nofollow"' in shown
    assert 'target="_blank"' in shown
    assert '</a><small class="host"> (evil.example)</small>' in shown


def test_pictures_of_other_houses_are_counted_and_not_fetched(shown: str) -> None:
    assert "1 picture from elsewhere is not shown." in shown
    assert "evil.example/pixel" not in shown


def test_who_may_not_see_the_ticket_may_not_see_its_mail(
    client: Browser, house: House, stranger: User, ada: User
) -> None:
    contact = house.receive(written(), amelie.email)
    ticket = house.ticket(contact)
    incapacity = Topic.named("incapacity")
    assert incapacity is not None
    with transaction():
        ticket.topic_id, ticket.team_id = incapacity.id, incapacity.team_id
        ticket.needs_choice = False
    for person, status in ((stranger, 404), (house.koen, 404), (ada, 403), (house.ingrid, 200)):
        client.sign_in(person)
        for what in ("mail", "original"):
            assert client.get(address(house, contact, what)).status_code == status


def test_a_contact_of_another_ticket_is_not_there(
    client: Browser, house: House, koen: User
) -> None:
    one, other = house.receive(written(), amelie.email), house.write(amelie, "Autre", "Autre")
    client.sign_in(koen)
    number = house.ticket(other).number
    assert client.get(f"/desk/tickets/{number}/contacts/{one.id}/mail").status_code == 404


# --- when it is only text -------------------------------------------------------------------


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * (DEPTH + 1) + "Bonjour",
        "<b></b>" * (SIGNS // 2 + 1) + "Bonjour",
        f"<p>Mon numéro : 93.05.18<b>-223</b>.61 et {'x' * 400}</p>",
        "<p>" + "é" * 260_000,
    ],
    ids=["too deep", "too many tags", "a number broken up by tags", "too long"],
)
def test_what_cannot_be_shown_safely_is_shown_as_text(
    client: Browser, house: House, koen: User, html: str
) -> None:
    contact = house.receive(written(html, text="Bonjour, mon texte " + "x" * 400), amelie.email)
    client.sign_in(koen)
    page = client.get(address(house, contact)).text
    assert "cannot be shown safely as it was written" in page
    assert "<pre>Bonjour, mon texte" in page
    assert "<div><div>" not in page


def test_a_mail_of_plain_text_says_so(client: Browser, house: House, koen: User) -> None:
    contact = house.write(amelie, "Bonjour <script>alert(1)</script>")
    client.sign_in(koen)
    page = client.get(address(house, contact)).text
    assert "no layout of its own" in page
    assert "&lt;script&gt;" in page


def test_national_numbers_are_masked_as_everywhere(
    client: Browser, house: House, koen: User
) -> None:
    html = (
        f'<p>Mon numéro est {NUMBER}.</p><img alt="{NUMBER}" src="cid:x">'
        f'<a href="https://x.example/?n={NUMBER}">lien</a><span title="{NUMBER}">93051822361</span>'
    )
    contact = house.receive(written(html), amelie.email)
    client.sign_in(koen)
    page = client.get(address(house, contact)).text
    assert "223.61" not in page and "93051822361" not in page
    assert "••.••.••-•••.61" in page
    assert "lien" in page and "x.example" not in page


# --- its own pictures -----------------------------------------------------------------------


def picture_in(page: str) -> str:
    (found,) = re.findall(r'<img src="([^"]+)"', page)
    return unescape(found)


def test_its_own_picture_needs_no_session(client: Browser, shown: str) -> None:
    client.delete_cookie("triage")
    answer = client.get(picture_in(shown))
    assert answer.data == PNG
    assert answer.mimetype == "image/png"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_the_address_of_a_picture_is_good_for_five_minutes_and_for_one_picture(
    client: Browser, house: House, shown: str
) -> None:
    url = picture_in(shown)
    _, _, _, picture, until, signature = url.split("/")
    assert 290 <= int(until) - now().timestamp() <= 300
    other = house.receive(written(picture=PNG + b"1"), amelie.email).attachments[0].id
    late = int((now() - timedelta(seconds=1)).timestamp())
    for forged in (
        f"/desk/pictures/{other}/{until}/{signature}",
        f"/desk/pictures/{picture}/{int(until) + 1}/{signature}",
        f"/desk/pictures/{picture}/{until}/{signature[::-1]}",
        f"/desk/pictures/{picture}/{late}/{ring().sign('picture', int(picture), late)}",
        f"/desk/pictures/{picture}/{until}/{ring().sign('reply', picture, until)}",
    ):
        assert client.get(forged).status_code == 404, forged


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"<svg onload=alert(1)>", "svg+xml"), (b"<script>alert(1)</script>", "png"), (b"", "png")],
)
def test_only_pictures_that_cannot_act_are_shown_inside(
    client: Browser, house: House, koen: User, content: bytes, kind: str
) -> None:
    contact = house.receive(written(picture=content, kind=kind), amelie.email)
    client.sign_in(koen)
    assert not re.findall(r'<img src="', client.get(address(house, contact)).text)
    attachment = contact.attachments[0]
    until = int(now().timestamp()) + 60
    with client.application.test_request_context():
        url = original.address_of_picture(attachment, until)
    assert client.get(url).status_code == 404


def test_a_picture_that_got_lost_is_taken_out_of_the_mail_again(
    client: Browser, house: House, shown: str, caplog: pytest.LogCaptureFixture
) -> None:
    attachment = db.session.scalars(select(Attachment)).one()
    settings = house.app.extensions["settings"]
    (lost,) = settings.files_dir.glob(f"*/*/{attachment.sha256}")
    lost.unlink()
    assert client.get(picture_in(shown)).data == PNG
    assert lost.exists()


# --- what a person asked for in the raw -----------------------------------------------------


def test_whoever_takes_a_mail_as_it_came_is_written_down(
    client: Browser, house: House, koen: User, nadia: User
) -> None:
    contact = house.receive(written(), amelie.email)
    client.sign_in(nadia)
    assert client.get(address(house, contact, "original")).status_code == 404
    client.sign_in(koen)
    answer = client.get(address(house, contact, "original"))
    assert b"From: " in answer.data
    assert answer.headers["Content-Disposition"].startswith("attachment")
    act = db.session.scalars(select(Audit)).one()
    assert (act.action, act.actor_id) == ("contact.raw_downloaded", koen.id)
    assert act.thing["contact"] == contact.id
    event = db.session.scalars(select(Event).where(Event.kind == "contact.raw_downloaded")).one()
    assert event.ticket_id == contact.ticket_id


def test_looking_at_a_mail_masked_is_no_act(client: Browser, shown: str) -> None:
    assert shown
    assert db.session.scalars(select(Audit)).all() == []


# --- the bounds of the cleaner --------------------------------------------------------------

STYLES = "".join(f"<b title={number}>" for number in range(200))


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 60_000,
        "<a " + "b " * 100_000 + ">",
        "<a " + 'b="x" ' * 30_000 + ">",
        "<!-->" + "<div>" * 1_000 + "-->",
        "<div><!-- </div> -->" * 2_000,
        "<div><style></div></style>" * 2_000,
        '<div><i title="</div>">' * 2_000,
        "<div></b>" * 2_000,
        "<svg>" + "<td>" * 19_000,
        "<math>" + "<input>" * 19_000,
        f"<p>{STYLES}</p>" + "<p>x</p>" * 9_000,
        "<title>" * 20_000,
        '<a b="' * 60_000,
    ],
)
def test_what_would_keep_the_cleaner_busy_is_not_given_to_it(html: str) -> None:
    begun = time.process_time()
    assert not bearable(html)
    assert time.process_time() - begun < 0.5


@pytest.mark.parametrize(
    "html",
    [
        "<!-- " * 100_000,
        "<" * 400_000,
        "<a" * 150_000,
        "<style></style>" * 9_000,
        ("<div>" * 250 + "</div>" * 250) * 39,
        "<a " + "=" * 400_000,
        "<p>mot 93 " * 15_000,
        f"<p>{STYLES[: STYLES.index('<b title=100>')]}</p>" + "<p>x" * 850,
    ],
)
def test_what_the_cleaner_is_given_it_cleans_in_seconds(html: str) -> None:
    begun = time.process_time()
    assert harmless(html, {}) is not None
    assert time.process_time() - begun < 5


def test_ordinary_mails_pass() -> None:
    table = "<table><tbody><tr><td><p><font color=red>Bonjour</font>" * 50
    assert bearable(table)
    assert bearable("<ul>" + "<li>point" * 3_000 + "</ul>")
    assert bearable("<br>" * 10_000 + "<img src=cid:x>" * 1_000)
    assert bearable("<p>paragraphe" * 5_000)


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("http://fund.example@evil.example/", "evil.example"),
        ("https:\\\\evil.example\\x", "evil.example"),
        ("HTTPS://EVIL.example:8443/x", "evil.example"),
        ("https://fünd.example/", "xn--fnd-hoa.example"),
        ("mailto:amelie@bakery.example?subject=x", "amelie@bakery.example"),
        ("tel:+32475123456", "+32475123456"),
    ],
)
def test_where_a_link_leads_is_told_plainly(address: str, told: str) -> None:
    clean = harmless(f"<a href='{address}'>x</a>", {})
    assert clean is not None
    assert f'</a><small class="host"> ({told})</small>' in clean.html


@pytest.mark.parametrize(
    "address", ["/desk/", "//", "https://", "https:///x", "javascript:1", "http://[x", "ftp://x.y/"]
)
def test_a_link_that_leads_nowhere_is_none(address: str) -> None:
    clean = harmless(f"<a href='{address}'>x</a>", {})
    assert clean is not None
    assert "href" not in clean.html
