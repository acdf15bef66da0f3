"""Letters with accents arrive as letters with accents, whatever the declaration says."""

import pytest

from triage.intake.charset import codec_of, db_safe, decode, one_line

SENTENCE = "Décision tardive : où est l’été ? 5 € à verser"


@pytest.mark.parametrize(
    ("declared", "encoded_as"),
    [
        ("utf-8", "utf-8"),
        ("UTF8", "utf-8"),
        ("utf-8mb4", "utf-8"),
        ("iso-8859-1", "cp1252"),
        ("latin1", "cp1252"),
        ("windows-1252", "cp1252"),
        ("ansi", "cp1252"),
        ("", "utf-8"),
        ("", "cp1252"),
        ("utf-8", "cp1252"),
        ("us-ascii", "cp1252"),
        ("foo-8", "utf-8"),
        ("foo-8", "cp1252"),
        ("x-unknown", "cp1252"),
        ("unknown-8bit", "utf-8"),
        ("default", "cp1252"),
        ('"utf-8"', "utf-8"),
        ("utf-16", "utf-16"),
    ],
)
def test_the_rule_reads_what_mailers_declare_and_send(declared: str, encoded_as: str) -> None:
    assert decode(SENTENCE.encode(encoded_as), declared).text == SENTENCE


def test_latin_nine_and_macintosh_are_themselves() -> None:
    assert decode("5 € à Œuvre".encode("iso-8859-15"), "iso-8859-15").text == "5 € à Œuvre"
    assert decode("été".encode("mac_roman"), "macintosh").text == "été"
    assert decode("été".encode("utf-7"), "unicode-1-1-utf-7").text == "été"
    assert decode("你好".encode("gb18030"), "iso-gb2312").text == "你好"


def test_a_charset_declared_elsewhere_in_the_mail_comes_before_cp1252() -> None:
    assert decode("Łódź".encode("iso-8859-2"), "", ["iso-8859-2"]).text == "Łódź"


def test_the_five_bytes_that_cp1252_lacks_do_not_raise() -> None:
    text, defect = decode(b"caf\xe9 \x81\x8d\x8f\x90\x9d", "utf-8")
    assert text.startswith("café ")
    assert defect == "charset_wrong"


@pytest.mark.parametrize("name", ["rot13", "zlib", "hex", "punycode", "idna", "unicode_escape"])
def test_codecs_that_are_no_charset_never_read_a_mail(name: str) -> None:
    assert codec_of(name) == ""
    assert decode("été".encode(), name) == ("été", "charset_unknown")


@pytest.mark.parametrize("name", ["", " ", "\0", "é", "x" * 500, "../../os", "utf\n8", "%s"])
def test_no_name_of_a_charset_raises(name: str) -> None:
    assert decode("été".encode(), name).text == "été"


def test_the_declaration_that_fails_is_named() -> None:
    assert decode(b"abc", "foo-8").defect == ""
    assert decode(b"\xe9", "foo-8").defect == "charset_unknown"
    assert decode(b"\xe9", "").defect == "charset_undeclared"
    assert decode(b"\xe9", "utf-8").defect == "charset_wrong"
    assert decode("é".encode(), "utf-8").defect == ""


def test_db_safe_keeps_lines_and_drops_what_a_database_refuses() -> None:
    assert db_safe("a\0b\x01c\td\r\ne\rf\x7f") == "abc\td\ne\nf"
    assert db_safe("lone \ud800 and \udfff") == "lone \ufffd and \ufffd"
    assert db_safe("a pair \ud83d\ude00") == "a pair 😀"


def test_a_header_value_is_one_line() -> None:
    broken = "evil\r\nBcc: a\u2028b\u2029c\x85d\v\fe\0"
    assert one_line(broken) == "evil Bcc: a b c d e"
