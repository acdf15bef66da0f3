"""Files of a ticket leave it safely, are looked at without being obeyed, and are found by name."""

import re
from base64 import b64encode
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from models.base import transaction
from models.contact import Contact
from models.ticket import Ticket
from models.user import User
from tests.people import Browser, House, amelie, joris
from triage.desk import files
from triage.desk.files import HARMLESS, plain_name

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


def test_what_was_not_fully_read_can_be_had_as_it_came_by_who_works_on_it(
    client: Browser, house: House, nadia: User
) -> None:
    contact = house.write(amelie, "Bonjour, où en est mon droit passerelle ?")
    ticket = house.ticket(contact)
    url = f"/desk/tickets/{ticket.number}/contacts/{contact.id}/original"
    client.sign_in(nadia)
    assert client.get(url).status_code == 404
    with transaction():
        contact.fully_read, contact.defects = False, ["text_cut", "charset_undeclared"]
    answer = client.get(url)
    assert answer.status_code == 200
    assert b"From:" in answer.data
    assert answer.headers["Content-Disposition"].startswith("attachment")
    page = client.get(f"/desk/tickets/{ticket.number}").text
    assert "could not be read in full" in page
    assert "its text is too long and was cut" in page
    assert "its characters were guessed" not in page, "that changes nothing for Nadia"


# --- forty names and types ------------------------------------------------------------------

NAMES = (
    ("report.pdf", "application/pdf"),
    ("photo.png", "image/png"),
    ("photo.jpg", "image/jpeg"),
    ("moving.gif", "image/gif"),
    ("notes.txt", "text/plain"),
    ("page.html", "text/html"),
    ("page.xhtml", "application/xhtml+xml"),
    ("drawing.svg", "image/svg+xml"),
    ("drawing.svgz", "image/svg+xml"),
    ("feed.xml", "text/xml"),
    ("sheet.xsl", "application/xslt+xml"),
    ("program.js", "text/javascript"),
    ("program.mjs", "application/javascript"),
    ("style.css", "text/css"),
    ("film.swf", "application/x-shockwave-flash"),
    ("setup.exe", "application/x-msdownload"),
    ("setup.bat", "application/x-bat"),
    ("macro.docm", "application/vnd.ms-word.document.macroEnabled.12"),
    ("archive.zip", "application/zip"),
    ("page.mht", "message/rfc822"),
    ("forwarded.eml", "message/rfc822"),
    ("meeting.ics", "text/calendar"),
    ("card.vcf", "text/vcard"),
    ("pretends.png", "text/html"),
    ("pretends.html", "image/png"),
    ("unknown", "application/octet-stream"),
    ("odd", "x/y"),
    ("../../etc/passwd", "text/plain"),
    ("..\\..\\boot.ini", "text/plain"),
    (".htaccess", "text/plain"),
    (".htaccess\u200b", "text/plain"),
    ("fac\u202etxt.exe", "text/plain"),
    ("null\x00byte.pdf", "application/pdf"),
    ('quo"te.pdf', "application/pdf"),
    ("semi;colon.pdf", "application/pdf"),
    ("percent%0d%0aX: y.pdf", "application/pdf"),
    ("relevé du mois.pdf", "application/pdf"),
    ("家族.pdf", "application/pdf"),
    ("x" * 300 + ".pdf", "application/pdf"),
    ("CON.txt", "text/plain"),
    ("-rf.txt", "text/plain"),
    ("{{ 7*7 }}.txt", "text/plain"),
)
CONTENT = b"<script>alert(document.domain)</script>"


@pytest.fixture
def forty(house: House) -> Contact:
    """A form with all of them."""
    files = [[name, kind, b64encode(CONTENT).decode()] for name, kind in NAMES]
    return house.fill_form(amelie, "Voici mes documents.", files=files)


def test_forty_kinds_of_files_leave_only_to_be_saved(
    client: Browser, house: House, forty: Contact, koen: User, stranger: User
) -> None:
    number = house.ticket(forty).number
    assert len(forty.attachments) == len(NAMES)
    client.sign_in(koen)
    for attachment in forty.attachments:
        answer = client.get(f"/desk/tickets/{number}/attachments/{attachment.id}")
        disposition = answer.headers["Content-Disposition"]
        assert answer.data == CONTENT
        assert disposition.startswith("attachment; filename")
        assert not set(disposition) & set("\r\n\0\u202e\u200b")
        assert "/" not in disposition.partition("filename=")[2].partition(";")[0]
        assert len(disposition) < 1_200
        assert answer.mimetype in HARMLESS | {"application/octet-stream"}
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_forty_kinds_of_files_are_looked_at_without_being_obeyed(
    client: Browser, house: House, forty: Contact, koen: User
) -> None:
    number = house.ticket(forty).number
    client.sign_in(koen)
    assert client.get(f"/desk/tickets/{number}").text.count('hx-target="#look"') == len(NAMES)
    for attachment in forty.attachments:
        page = client.get(f"/desk/tickets/{number}/attachments/{attachment.id}/look")
        assert page.status_code == 200
        assert "default-src 'none'; script-src 'self'" in page.headers["Content-Security-Policy"]
        assert CONTENT.decode() not in page.text
        assert "49.txt" not in page.text
        drawn = client.get(f"/desk/tickets/{number}/attachments/{attachment.id}/drawing")
        assert drawn.status_code == 422


def test_none_of_forty_files_is_there_for_a_stranger_or_under_another_ticket(
    client: Browser, house: House, forty: Contact, koen: User, stranger: User
) -> None:
    ticket = house.ticket(forty)
    other = house.ticket(house.write(joris, "Een vraag over mijn bijdragen van dit kwartaal."))
    with transaction():
        ticket.needs_choice, ticket.team_id = False, house.nadia.team_ids[0]
    for person, number in ((stranger, ticket.number), (koen, other.number)):
        client.sign_in(person)
        for attachment in forty.attachments:
            for what in ("", "/look", "/drawing", "/pages/1"):
                url = f"/desk/tickets/{number}/attachments/{attachment.id}{what}"
                assert client.get(url).status_code == 404, url


# --- lost and found -------------------------------------------------------------------------


def path_of(house: House, contact: Contact) -> Path:
    settings = house.app.extensions["settings"]
    (path,) = settings.files_dir.glob(f"*/*/{contact.attachments[0].sha256}")
    assert isinstance(path, Path)
    return path


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_bytes(b"k1|damaged")])
def test_a_lost_file_is_taken_out_of_the_mail_again(
    client: Browser, house: House, koen: User, harm: Callable[[Path], object]
) -> None:
    contact = received(house, "attestation.png", PNG, "image", "png")
    harm(path_of(house, contact))
    client.sign_in(koen)
    assert client.get(address(house, contact)).data == PNG
    assert "files" not in client.get("/readyz").get_json()["faults"]


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_bytes(b"k1|damaged")])
def test_a_file_that_is_lost_for_good_is_said_to_be(
    client: Browser,
    house: House,
    koen: User,
    monkeypatch: pytest.MonkeyPatch,
    harm: Callable[[Path], object],
) -> None:
    contact = received(house, "attestation.png", PNG, "image", "png")
    harm(path_of(house, contact))
    monkeypatch.setattr(files, "draft_of", lambda *_: 1 / 0)
    client.sign_in(koen)
    for what in ("", "/look"):
        answer = client.get(address(house, contact) + what)
        assert answer.status_code == 404
        assert "The file is missing: attestation.png" in answer.text
    assert client.get(address(house, contact) + "/drawing").status_code == 404
    assert "1 missing or damaged" in client.get("/readyz").get_json()["faults"]["files"]


# --- a look ---------------------------------------------------------------------------------


def enclosed(house: House, *files: tuple[str, str, bytes]) -> Contact:
    typed = [[name, kind, b64encode(content).decode()] for name, kind, content in files]
    return house.fill_form(amelie, "Voici mes documents.", files=typed)


def picture(size: tuple[int, int] = (1600, 900), kind: str = "PNG") -> bytes:
    drawn = BytesIO()
    Image.new("RGB", size, "teal").save(drawn, kind)
    return drawn.getvalue()


def document(pages: int) -> bytes:
    drawn = BytesIO()
    sheets = [Image.new("RGB", (210, 297), "white") for _ in range(pages)]
    sheets[0].save(drawn, "PDF", save_all=True, append_images=sheets[1:])
    return drawn.getvalue()


def looked(client: Browser, house: House, contact: Contact, position: int = 0) -> str:
    number, file = house.ticket(contact).number, contact.attachments[position]
    answer = client.get(
        f"/desk/tickets/{number}/attachments/{file.id}/look", headers={"HX-Request": "true"}
    )
    assert answer.status_code == 200
    assert "<html" not in answer.text
    return answer.text


def test_a_picture_is_drawn_anew(client: Browser, house: House, koen: User) -> None:
    contact = enclosed(house, ("photo.png", "image/png", picture()))
    client.sign_in(koen)
    assert 'width="1200" height="675"' in looked(client, house, contact)
    answer = client.get(address(house, contact) + "/drawing")
    assert answer.mimetype == "image/jpeg"
    assert Image.open(BytesIO(answer.data)).size == (1200, 675)
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_first_twenty_pages_of_a_document_are_drawn(
    client: Browser, house: House, koen: User
) -> None:
    contact = enclosed(house, ("attestation.pdf", "application/pdf", document(23)))
    client.sign_in(koen)
    page = looked(client, house, contact)
    assert page.count('class="sheet"') == 20
    assert "3 more pages are in the file." in page
    answer = client.get(address(house, contact) + "/pages/20")
    assert answer.mimetype == "image/png"
    assert Image.open(BytesIO(answer.data)).height > Image.open(BytesIO(answer.data)).width
    assert client.get(address(house, contact) + "/pages/21").status_code == 422


def test_a_text_is_read_by_the_charset_rule_and_masked(
    client: Browser, house: House, koen: User
) -> None:
    text = "Numéro;93.05.18-223.61\nReçu;<b>oui</b>\n".encode("cp1252")
    long = "é ".encode() + b"a" * 99_980 + " fin 93.05.18-223.61 éèêë never seen".encode()
    contact = enclosed(house, ("relevé.csv", "text/csv", text), ("log.txt", "text/plain", long))
    client.sign_in(koen)
    page = looked(client, house, contact)
    assert "Numéro;••.••.••-•••.61" in page
    assert "&lt;b&gt;oui" in page
    page = looked(client, house, contact, 1)
    assert "Only its beginning is shown." in page
    assert "é aaa" in page and "aaa fin" in page
    assert "never seen" not in page and "93.05" not in page


@pytest.mark.parametrize(
    ("name", "kind"), [("scan.png", "image/png"), ("scan.pdf", "application/pdf")]
)
@pytest.mark.parametrize("content", [b"", b"%PDF-1.4 ", PNG, picture()[:900]])
def test_a_broken_file_says_so(
    client: Browser, house: House, koen: User, name: str, kind: str, content: bytes
) -> None:
    contact = enclosed(house, (name, kind, content))
    client.sign_in(koen)
    assert "broken or locked" in looked(client, house, contact)


def test_other_kinds_are_named_and_can_be_saved(client: Browser, house: House, koen: User) -> None:
    contact = enclosed(house, ("budget.ods", "application/octet-stream", b"PK"), ("b", "x/y", b"1"))
    client.sign_in(koen)
    page = looked(client, house, contact)
    assert "is not shown here" in page
    assert "Other file · 2\xa0B" in page
    assert address(house, contact) in page


def test_files_of_a_ticket_follow_each_other(client: Browser, house: House, koen: User) -> None:
    names = ("one.txt", "two.txt", "three.txt")
    contact = enclosed(house, *((name, "text/plain", name.encode()) for name in names))
    client.sign_in(koen)
    ids = [file.id for file in contact.attachments]
    for position, (before, after) in enumerate(((None, 1), (0, 2), (1, None))):
        page = looked(client, house, contact, position)
        assert f"{position + 1} / 3" in page
        for rel, other in (("prev", before), ("next", after)):
            found = re.findall(rf'rel="{rel}" href="[^"]*/attachments/(\d+)/look"', page)
            assert found == ([str(ids[other])] if other is not None else [])


def test_a_file_has_a_page_of_its_own_too(client: Browser, house: House, koen: User) -> None:
    contact = enclosed(house, ("one.txt", "text/plain", b"Bonjour"))
    client.sign_in(koen)
    page = client.get(address(house, contact) + "/look").text
    assert "<html" in page and "<pre>Bonjour</pre>" in page


def test_logos_of_signatures_stay_out_of_the_way_and_photos_do_not(
    client: Browser, house: House, koen: User
) -> None:
    contact = enclosed(
        house,
        ("logo.png", "image/png", b"x" * 19_999),
        ("photo.png", "image/png", b"y" * 20_000),
        ("letter.pdf", "application/pdf", b"z"),
    )
    with transaction():
        for file in contact.attachments:
            file.inline = True
    client.sign_in(koen)
    page = client.get(f"/desk/tickets/{house.ticket(contact).number}").text
    assert "photo.png" in page and "letter.pdf" in page and "logo.png" not in page
    assert "1 / 2" in looked(client, house, contact, 1)


# --- found by name --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("attestation", True),
        ("ATTESTATION-MAI.pdf", True),
        ("station-m", True),
        ("attestation%mai", False),
        ("attestation_mai", False),
        ("mai", True),
        ("ma", False),
        ("attestation-juin", False),
    ],
)
def test_a_ticket_is_found_by_the_name_of_a_file(
    client: Browser, house: House, koen: User, words: str, found: bool
) -> None:
    contact = enclosed(house, ("Attestation-Mai.pdf", "application/pdf", b"%PDF"))
    number = house.ticket(contact).number
    client.sign_in(koen)
    page = client.get("/desk/", query_string={"view": "all", "q": words}).text
    assert (f'id="row-{number}"' in page) == found
    assert ("Attestation-Mai.pdf" in page) == found, "the hit says which file it is"


def test_the_name_of_a_file_finds_nothing_for_who_may_not_see_it(
    client: Browser, house: House, stranger: User
) -> None:
    contact = enclosed(house, ("Attestation-Mai.pdf", "application/pdf", b"%PDF"))
    ticket = house.ticket(contact)
    with transaction():
        ticket.needs_choice, ticket.team_id = False, house.nadia.team_ids[0]
    client.sign_in(stranger)
    page = client.get("/desk/", query_string={"view": "all", "q": "attestation-mai"}).text
    assert "Attestation-Mai.pdf" not in page


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
