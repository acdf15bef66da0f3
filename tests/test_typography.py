"""French never breaks before ? ! ; : nor inside « »: in our words, on pages and in mails."""

import re

import pytest

from tests.people import Browser, House, amelie
from triage import typography
from triage.composing import as_mail
from triage.translations import __main__ as catalogs
from triage.typography import NARROW, WIDE, french

LOOSE = re.compile(r"\S [?!;:»](?![\w/=\-])|« |[«][^\s]|[^\s]»")


@pytest.mark.parametrize(
    ("written", "set_"),
    [
        ("Où en est-il ?", f"Où en est-il{NARROW}?"),
        ("Attention ! Ceci ; cela", f"Attention{NARROW}! Ceci{NARROW}; cela"),
        ("Le numéro : 12", f"Le numéro{WIDE}: 12"),
        ("« Envoyer » ?", f"«{WIDE}Envoyer{WIDE}»{NARROW}?"),
        ("https://fund.example/a?b=1 à 12:30", "https://fund.example/a?b=1 à 12:30"),
        ("| :--- |", "| :--- |"),
        ("- :", "-\u00a0:"),
        ("à la ligne\n: ici", "à la ligne\n: ici"),
    ],
)
def test_spaces_are_held_and_none_is_added(written: str, set_: str) -> None:
    assert french(written) == set_
    assert french(set_) == set_


def test_a_page_is_set_only_where_people_read() -> None:
    typed = '<textarea name="a">Où ?</textarea><a href="/x ?" title="b : c">'
    html = f'<!doctype html>\n<html lang="fr"><b>Où</b> ?{typed}</a>'
    assert typography.page(html) == html.replace("</b> ?", f"</b>{NARROW}?")
    assert typography.page(html.replace('"fr"', '"nl"')) == html.replace('"fr"', '"nl"')


def test_every_french_word_of_the_pages_is_set() -> None:
    loose = [
        text
        for message in catalogs.standing("fr")
        if message.id
        for text in (message.string if isinstance(message.string, tuple) else (message.string,))
        if LOOSE.search(text)
    ]
    assert not loose, "run python -m triage.translations"


def test_pages_for_clients_and_mails_are_set_whoever_wrote_the_words(
    client: Browser, house: House
) -> None:
    page = client.get("/contact/bridging-right?lang=fr&whole=1").text
    assert f"Pour quels mois{NARROW}?" in page and not re.search(r"\w [?!;:](?=[\s<])", page)
    message = house.answer(house.ticket(house.write(amelie, "Et maintenant ?")))
    message.text, message.quotes = "Bonjour, que faut-il ?\nhttps://fund.example/a?b", None
    mail = as_mail(message, house.app.extensions["settings"])
    plain, html = (part.get_content() for part in mail.iter_parts())
    assert f"faut-il{NARROW}?" in plain and f"faut-il{NARROW}?" in html
    assert "https://fund.example/a?b" in plain
