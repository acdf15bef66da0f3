"""Mails to the house alone: they leave like letters, once for each cause, and about no ticket."""

from dataclasses import replace

from models.base import db, now, transaction
from models.house_mail import address_of, of_causes, write_to_house
from models.message import Message, Sending, bounce_address
from models.user import User
from tests.intake.test_outgoing import plain, serving
from tests.intake.test_returned import BOX, report
from tests.people import Browser, House
from triage import outgoing


def minutes(koen: User, cause: str = "minutes:1:koen") -> Message:
    with transaction():
        return write_to_house(
            address_of(koen, "fund.example"),
            "Notulen van\nde screening",
            "Eén besluit.\n\nhttps://fund.example/screening/minutes",
            cause=cause,
            language="nl",
            domain="fund.example",
            at=now(),
        )


def test_it_leaves_by_the_mail_server_and_says_that_a_machine_wrote_it(house: House, koen: User):
    written = minutes(koen)
    with serving("smtp") as server:
        outgoing.send_waiting(
            "a worker", replace(house.app.extensions["settings"], smtp_url=server.url)
        )
    db.session.expire_all()
    ((sender, recipients, mail),) = server.accepted
    assert recipients == ["koen@fund.example"]
    assert sender == bounce_address(BOX, written.id)
    assert mail["Subject"] == "Notulen van de screening"
    assert mail["Auto-Submitted"] == "auto-generated" and mail["Reply-To"] == BOX
    assert "Eén besluit." in plain(mail)
    assert written.state == Sending.SENT


def test_one_cause_writes_once(koen: User):
    first = minutes(koen)
    assert minutes(koen) is first
    other = minutes(koen, "minutes:1:koen:2")
    assert of_causes("minutes:1:") == [first, other]
    assert of_causes("minutes:2:") == []


def test_a_login_that_is_an_address_is_the_address(koen: User):
    koen.login = "koen.wouters@desk.example"
    assert address_of(koen, "fund.example") == "koen.wouters@desk.example"


def test_one_that_comes_back_is_known_as_not_delivered(house: House, koen: User):
    written = minutes(koen)
    with transaction():
        written.went(now())
    house.receive(report(), to=bounce_address(BOX, written.id))
    db.session.expire_all()
    assert written.state == Sending.FAILED
    assert "no such user" in (written.last_error or "")


def test_it_is_no_letter_of_anybodys_desk(client: Browser, nadia: User, koen: User):
    written = minutes(koen)
    client.sign_in(nadia)
    assert "Notulen" not in client.get("/desk/outgoing").text
    assert client.post(f"/desk/outgoing/{written.id}/attempt").status_code == 404
