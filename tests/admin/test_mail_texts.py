"""The texts of automatic mails: changed on a page, checked, tried, and put back."""

import pytest
from sqlalchemy import select

from models.base import db, now, transaction
from models.mail_text import MailText
from models.message import Kind, Message
from models.topic import LANGUAGES
from models.user import User
from tests.people import Browser, House, amelie
from triage import letters, mail_texts
from triage.mail_samples import samples
from triage.mail_texts import MAILS

PAGE = "/admin/mail-texts/acknowledgement"
OWN = "Merci ! Numéro {number}.\n\n{missing}\n\n{delay}\n\nSuivez-le : {status_url}\n"
CASES = [(key, language) for key in sorted(MAILS) for language in LANGUAGES]


@pytest.fixture
def as_ada(client: Browser, ada: User) -> Browser:
    client.sign_in(ada)
    return client


def say(browser: Browser, text: str = OWN, subject: str = "Bien reçu"):
    return browser.post(f"{PAGE}/fr", data={"subject": subject, "text": text})


def receipt(house: House) -> letters.Letter:
    contact = house.write(amelie, "Où en est mon droit passerelle ?")
    return letters.acknowledgement(house.ticket(contact), house.app.extensions["settings"], now())


def test_the_shipped_text_in_braces_says_what_is_shipped(house: House):
    settings = house.app.extensions["settings"]
    for key, language in CASES:
        begun = mail_texts.as_shipped(key, language)
        assert mail_texts.mistakes(key, *begun) == {}
        with house.app.test_request_context():
            for case in samples(key, language, settings, now()):
                shipped = mail_texts.shipped(key, language, **case.values)
                changed = mail_texts.filled(key, language, *begun, **case.values)
                assert changed.subject.split() == shipped.subject.split()
                assert changed.text.split() == shipped.text.split()


def test_a_changed_text_is_what_clients_get_in_that_language_only(house: House, as_ada):
    assert say(as_ada).status_code == 303
    letter = receipt(house)
    assert letter.subject.startswith("Bien reçu [")
    assert letter.text.startswith("Merci ! Numéro 100")
    assert "jours ouvrables" in letter.text
    assert "{" not in letter.text
    assert "\n\n\n" not in letter.text
    assert MailText.changed() == {("acknowledgement", "fr")}


def test_a_name_nobody_knows_and_one_that_is_missing_are_refused(as_ada):
    answer = say(as_ada, "Bonjour {prenom}, numéro {number}, {delay}{missing}")
    assert answer.status_code == 422
    assert "Nothing is known for {prenom}." in answer.text
    assert "Without {status_url} the mail is useless." in answer.text
    assert "Bonjour {prenom}" in answer.text
    assert say(as_ada, subject=" ").status_code == 422
    assert db.session.scalar(select(MailText.id)) is None


def test_values_bring_no_field_and_no_markup_with_them(house: House):
    with house.app.test_request_context():
        words = mail_texts.filled(
            "owner",
            "en",
            "{kind}",
            "{owner} {{ 7*7 }} {task} {url}",
            owner="{url}",
            kind="<b>",
            url="x",
        )
    assert words.text == "{url} {{ 7*7 }} <b> x\n"


def test_it_is_taken_back_and_the_shipped_text_put_back(as_ada):
    page = as_ada.get(say(as_ada).location).text
    assert "From now on the mail says this." in page
    first = db.session.scalars(select(MailText)).one()
    say(as_ada, OWN + "Au revoir.\n")
    page = as_ada.get(f"{PAGE}?language=fr").text
    assert "Au revoir." in page and "Use it again" in page
    as_ada.post(f"{PAGE}/fr/versions/{first.id}")
    assert MailText.newest("acknowledgement", "fr").text == OWN
    as_ada.post(f"{PAGE}/fr/shipped")
    assert MailText.changed() == set()
    assert len(MailText.history("acknowledgement", "fr")) == 4
    assert as_ada.post(f"/admin/mail-texts/links/fr/versions/{first.id}").status_code == 404


def test_saying_what_is_said_already_is_no_change(as_ada):
    begun = mail_texts.as_shipped("acknowledgement", "fr")
    say(as_ada, begun.text, begun.subject)
    assert MailText.history("acknowledgement", "fr") == []
    say(as_ada), say(as_ada)
    assert len(MailText.history("acknowledgement", "fr")) == 1


def test_a_preview_keeps_nothing_and_shows_the_fullest_case(as_ada):
    shown = as_ada.post(f"{PAGE}/fr/preview", data={"subject": "S", "text": OWN + "{x}"}).text
    assert "100123" in shown and "45 demandes" in shown
    assert "Nothing is known for {x}." in shown
    assert db.session.scalar(select(MailText.id)) is None


def test_a_trial_goes_to_whoever_asks_for_it(as_ada, ada):
    page = as_ada.post(f"{PAGE}/fr/trial", data={"subject": "Bien reçu", "text": OWN}).text
    sent = db.session.scalars(select(Message).where(Message.kind == Kind.HOUSE.value)).one()
    assert sent.recipient.startswith("ada@")
    assert sent.subject.endswith("Bien reçu")
    assert "Numéro 100123" in sent.text
    assert "This text is not kept yet." in page
    assert sent.recipient in page


def test_every_mail_has_its_page(as_ada):
    assert "as shipped" in as_ada.get("/admin/mail-texts/").text
    for key in MAILS:
        assert as_ada.get(f"/admin/mail-texts/{key}?language=de").status_code == 200
    assert as_ada.get("/admin/mail-texts/nothing").status_code == 404
    assert as_ada.get(f"{PAGE}?language=xx").status_code == 404


def test_two_cannot_write_the_same_version_twice(ada):
    with transaction():
        assert MailText.write("links", "nl", "S", "{links}", by=ada) is not None
        assert MailText.write("links", "nl", "S", "{links}", by=ada) is None
