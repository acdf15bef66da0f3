"""The language of a contact that holds no word."""

import pytest

from classifiers.engine import Text
from tests.people import House
from triage import routing


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        (Text(""), "nl"),
        (Text("1234 !!"), "nl"),
        (Text("", language="de"), "de"),
        (Text("Bonjour, où en est mon dossier ?"), "fr"),
        (Text("", "Question about my contribution"), "en"),
    ],
)
def test_without_a_word_it_is_the_clients_or_else_the_houses(
    house: House, monkeypatch: pytest.MonkeyPatch, text: Text, spoken: str
) -> None:
    monkeypatch.setattr(routing, "_house_language", ["nl"])
    opinion = routing.opine([text])[0]
    assert opinion is not None
    assert opinion.language == spoken
