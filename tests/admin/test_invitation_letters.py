"""Invitations and new passwords by mail: in the person's language, once, and nowhere kept."""

from email import message_from_bytes, policy
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select, text

from models.base import db, now, transaction
from models.entry_link import EntryLink
from models.message import Message, Sending
from models.user import User
from tests.people import Browser, House

NEW = {"login": "marieke", "name": "Marieke Baert", "role": "agent", "language": "nl"}


@pytest.fixture
def as_ada(client: Browser, ada: User) -> Browser:
    client.sign_in(ada)
    return client


def person() -> User:
    db.session.expire_all()
    return db.session.scalars(User.by_login("marieke")).one()


def mails() -> list[Message]:
    db.session.expire_all()
    return list(db.session.scalars(select(Message).order_by(Message.id)))


def invite(browser: Browser, **more: str):
    return browser.post("/admin/people", data=NEW | {"email": "marieke@example.be"} | more)


def delivered(house: House) -> list[str]:
    """The words of the mails that have left, in their order."""
    house.work()
    folder = house.app.extensions["settings"].outbox_dir
    found = [
        message_from_bytes(p.read_bytes(), policy=policy.default)
        for p in sorted(folder.glob("*.eml"))
    ]
    return [mail.get_body(("plain",)).get_content() for mail in found]


def test_an_invitation_is_mailed_in_the_language_of_the_invited(house: House, as_ada):
    page = invite(as_ada).text
    assert "A mail with it leaves for marieke@example.be." in page
    (letter,) = delivered(house)
    assert "Dag Marieke Baert" in letter
    link = next(word for word in letter.split() if "/enter/invite/" in word)
    assert link in page
    assert as_ada.get(urlsplit(link).path).status_code == 200
    shown = as_ada.get(f"/admin/people/{person().id}").text
    assert "Mailed to marieke@example.be." in shown


def test_whoever_reads_the_database_finds_no_link(house: House, as_ada):
    secret = invite(as_ada).text.partition("/enter/invite/")[2][:43]
    kept = db.session.scalars(text("SELECT m::text FROM message m")).all()
    kept += db.session.scalars(text("SELECT e::text FROM entry_link e")).all()
    assert not [row for row in kept if secret in row or secret.encode().hex() in row]
    assert "{link}" in mails()[0].text
    delivered(house)
    assert mails()[0].state == Sending.SENT
    assert "{link}" in mails()[0].text
    assert db.session.scalars(select(EntryLink.sealed_secret)).all() == [None]


def test_it_is_sent_again_and_the_one_before_never_leaves(house: House, as_ada):
    invite(as_ada)
    page = as_ada.post(f"/admin/people/{person().id}/invitation").text
    assert [mail.state for mail in mails()] == [Sending.WITHDRAWN, Sending.WAITING]
    (letter,) = delivered(house)
    assert next(word for word in letter.split() if "/enter/" in word) in page


def test_what_is_withdrawn_leads_nowhere_and_the_list_says_so(house: House, as_ada):
    link = invite(as_ada).text.partition("/enter/invite/")[2][:43]
    as_ada.post(f"/admin/people/{person().id}/links/end")
    assert delivered(house) == []
    assert as_ada.get(f"/enter/invite/{link}").status_code == 404
    assert "invitation withdrawn" in as_ada.get("/admin/people").text


def test_a_mail_that_waited_too_long_does_not_leave(house: House, as_ada):
    invite(as_ada)
    with transaction():
        db.session.scalars(select(EntryLink)).one().expires_at = now()
    assert delivered(house) == []
    assert mails()[0].state == Sending.FAILED
    assert "invitation is over" in as_ada.get("/admin/people").text


def test_a_forgotten_password_goes_by_mail_too(house: House, as_ada, nadia):
    with transaction():
        nadia.set_password("a dozen of pralines")
    page = as_ada.post(f"/admin/people/{nadia.id}/reset").text
    (letter,) = delivered(house)
    assert "/enter/reset/" in letter
    assert "nadia@" in page


def test_an_address_must_be_one(as_ada):
    assert invite(as_ada, email="marieke at home").status_code == 422
    assert db.session.scalar(User.by_login("marieke")) is None
    invite(as_ada)
    where = f"/admin/people/{person().id}"
    assert as_ada.post(where, data=NEW | {"email": "x@y"}).status_code == 422
    as_ada.post(where, data=NEW | {"email": ""})
    assert person().email is None
    assert User.writing_from("marieke@example.be", []) is None
