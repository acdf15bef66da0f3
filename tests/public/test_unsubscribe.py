"""No more news: by the page's button or a mail program's own, never by looking; and back again."""

import pytest
from sqlalchemy import func, select

from models.base import db, now, transaction
from models.mailing import Mailing, MailingPurpose, MailingRecipient
from models.opt_out import How, OptOut
from tests.people import Browser, House, amelie
from triage.mailing_sending import unsubscribe_token

ADDRESS = "client@example.com"


@pytest.fixture
def token(house: House) -> str:
    with transaction():
        mailing = Mailing.draft("June", MailingPurpose.INFORMATION, by=house.koen, at=now())
        one = MailingRecipient(mailing_id=mailing.id, address=ADDRESS, language="nl")
        db.session.add(one)
        db.session.flush()
        return unsubscribe_token(one.id)


def declined() -> list[OptOut]:
    db.session.expire_all()
    return list(db.session.scalars(select(OptOut).order_by(OptOut.id)))


def test_looking_changes_nothing(client: Browser, token: str) -> None:
    page = client.get(f"/unsubscribe/{token}")
    assert page.status_code == 200
    assert b"<form" in page.data and ADDRESS.encode() not in page.data
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert not declined()


def test_the_button_ends_it_and_another_brings_it_back(client: Browser, token: str) -> None:
    assert client.post(f"/unsubscribe/{token}").status_code == 303
    assert [one.how for one in declined()] == [How.PAGE]
    assert f"/unsubscribe/{token}/withdrawal" in client.get(f"/unsubscribe/{token}").text
    client.post(f"/unsubscribe/{token}/withdrawal")
    assert OptOut.standing_at(ADDRESS) is None
    assert declined()[0].withdrawn_at is not None


def test_a_mail_program_needs_no_cookie_and_twice_is_once(client: Browser, token: str) -> None:
    for _ in range(2):
        answer = client.post(f"/unsubscribe/{token}", data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
    assert [one.how for one in declined()] == [How.ONE_CLICK]


def test_a_guessed_link_says_nothing_of_anybody(client: Browser, token: str) -> None:
    number, _, _ = token.partition("-")
    guesses = (f"{number}-{'a' * 26}", "nobody", "9-bbb")
    pages = {guess: client.get(f"/unsubscribe/{guess}") for guess in guesses}
    assert {page.status_code for page in pages.values()} == {404}
    assert len({page.text.replace(guess, "") for guess, page in pages.items()}) == 1


def test_a_withdrawn_word_can_be_given_again(house: House) -> None:
    house.write(amelie, "Bonjour")
    with transaction():
        for _ in range(2):
            assert OptOut.enter(amelie.email, How.AGENT, at=now(), by=house.nadia)
            assert OptOut.withdraw(amelie.email, at=now(), by=house.nadia)
        assert OptOut.enter(amelie.email.upper(), How.AGENT, at=now(), by=house.nadia)
    assert db.session.scalar(select(func.count()).select_from(OptOut)) == 3
    assert OptOut.among([amelie.email, "other@example.com"]) == {amelie.email}
