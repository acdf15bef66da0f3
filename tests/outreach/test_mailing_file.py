"""A list of recipients is read as people have it; each faulty line is said, the others stay."""

import pytest

from triage.outreach.mailing_file import FaultKind, Unreadable, read


@pytest.mark.parametrize(
    "heading",
    ["e-mail;nom;langue", "E-Mail;Name;Sprache", "emailadres,naam,taal", "Email\tName\tLanguage"],
)
def test_columns_are_known_in_four_languages_and_with_three_marks(heading):
    mark = next(sign for sign in ";,\t" if sign in heading)
    found = read(f"{heading}\nAmelie@Bakery.example{mark}Amélie{mark}français\n".encode())
    assert [meaning for _heading, meaning in found.columns] == ["address", "name", "language"]
    assert found.lines[0].row() == {
        "address": "amelie@bakery.example",
        "name": "Amélie",
        "language": "fr",
        "fields": {},
    }


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_an_old_spreadsheet_is_read_as_well(coding):
    found = read("e-mail;name\namelie@bakery.example;Amélie\n".encode(coding))
    assert found.lines[0].name == "Amélie"


def test_further_columns_become_placeholders_and_never_one_that_means_something_else():
    found = read(b"e-mail;Amount due;number;Amount due\na@example.com;12;7;13\n")
    assert found.fields == ["amount_due", "number_in_file", "amount_due_4"]
    assert found.lines[0].fields["amount_due"] == "12"


def test_every_faulty_line_is_named_with_its_number_and_nothing_else_is_lost():
    text = (
        "e-mail;name;language\n"
        "amelie@bakery.example;Amélie;fr\n"
        "\n"
        ";Nobody;nl\n"
        "not an address;X;nl\n"
        "AMELIE@bakery.example;Again;fr\n"
        "joris@plumbing.example;Joris;Klingon\n"
    )
    found = read(text.encode())
    assert [(one.number, one.kind) for one in found.faults] == [
        (4, FaultKind.NO_ADDRESS),
        (5, FaultKind.BAD_ADDRESS),
        (6, FaultKind.TWICE),
        (7, FaultKind.LANGUAGE),
    ]
    assert [one.address for one in found.lines] == [
        "amelie@bakery.example",
        "joris@plumbing.example",
    ]


def test_a_name_brings_no_line_of_its_own():
    found = read(b'e-mail;name\na@example.com;"Eve\r\nBcc: all@example.org"\n')
    assert found.lines[0].name == "Eve Bcc: all@example.org"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"name;town\nAm;Namur\n", "no_address"),
        (b"x" * 2_000_001, "large"),
        (b"e-mail" + b";a" * 40, "wide"),
    ],
    ids=["empty", "no address", "large", "wide"],
)
def test_a_file_that_says_nothing_is_refused_as_a_whole(content, reason):
    with pytest.raises(Unreadable) as refused:
        read(content)
    assert refused.value.reason == reason
