"""Who wrote, to whom, about what and when, read from headers that follow no standard."""

import time
from datetime import UTC, datetime

import pytest

from triage.intake.addresses import (
    display_name,
    normalised_address,
    read_mailboxes,
    shows_another_address,
)
from triage.intake.encoded_words import decode_words
from triage.intake.headers import (
    Headers,
    parameter_text,
    read_block,
    read_date,
    read_language,
    read_message_ids,
    read_value,
)


def read(text: str | bytes) -> list[tuple[str, str]]:
    value = text.encode() if isinstance(text, str) else text
    return [(one.address, display_name(one.name)) for one in read_mailboxes(value)]


class TestAddresses:
    @pytest.mark.parametrize(
        ("written", "expected"),
        [
            ("amelie@example.be", [("amelie@example.be", "")]),
            ("<amelie@example.be>", [("amelie@example.be", "")]),
            ("Amélie <Amelie@Example.BE>", [("amelie@example.be", "Amélie")]),
            ("Dupont, Jean <j@d.example>", [("j@d.example", "Dupont, Jean")]),
            ('"Dupont, Jean" <j@d.example>', [("j@d.example", "Dupont, Jean")]),
            (
                "j@d.example (Jean (le boulanger) Dupont)",
                [("j@d.example", "Jean (le boulanger) Dupont")],
            ),
            ("undisclosed-recipients:;", []),
            ("Team: a@x.example, b@x.example;", [("a@x.example", ""), ("b@x.example", "")]),
            ("a@x.example; b@x.example", [("a@x.example", ""), ("b@x.example", "")]),
            ('"boss@fund.example" <x@evil.example>', [("x@evil.example", "boss@fund.example")]),
            ("boss@fund.example <x@evil.example>", [("x@evil.example", "boss@fund.example")]),
            ("<mailto:j@d.example>", [("j@d.example", "")]),
            ("<@relay.example:j@d.example>", [("j@d.example", "")]),
            ("<<j@d.example>>", [("j@d.example", "")]),
            ("Jean <j@d.example", [("j@d.example", "Jean")]),
            ("Jean < j@d.example >", [("j@d.example", "Jean")]),
            ('"j.d"@d.example', [("j.d@d.example", "")]),
            ("j@straße.example", [("j@xn--strae-oqa.example", "")]),
            ("root@localhost", [("root@localhost", "")]),
            ("<>", []),
            ("", []),
            ("Jean Dupont", []),
            ('"unclosed <j@d.example>', [("j@d.example", "unclosed")]),
            ("(unclosed <j@d.example>", [("j@d.example", "(unclosed")]),
        ],
    )
    def test_people_write_addresses_in_every_way(
        self, written: str, expected: list[tuple[str, str]]
    ) -> None:
        found = read(written)
        assert [address for address, _ in found] == [address for address, _ in expected]
        if "unclosed" not in written:
            assert found == expected

    def test_a_name_in_encoded_words_cannot_become_an_address(self) -> None:
        written = b"=?utf-8?Q?=3Cboss=40fund.example=3E?= <x@evil.example>"
        assert read(written)[0][0] == "x@evil.example"

    def test_a_nul_in_an_address_does_not_reach_the_database(self) -> None:
        assert read("a\0b@x.example") == [("ab@x.example", "")]

    def test_comments_nest_to_any_depth(self) -> None:
        assert read("(" * 2_000 + ")" * 2_000 + " j@d.example")[0][0] == "j@d.example"

    def test_at_most_five_hundred_are_read(self) -> None:
        assert len(read(", ".join(f"p{n}@x.example" for n in range(600)))) == 500

    def test_a_name_that_shows_another_address_is_noticed(self) -> None:
        assert shows_another_address("boss@fund.example", "x@evil.example")
        assert not shows_another_address("x@evil.example", "x@evil.example")
        assert not shows_another_address("Jean @ home", "x@evil.example")

    def test_marks_that_turn_text_around_leave_the_name(self) -> None:
        assert display_name("Je\u202ean\u200b".encode()) == "Jean"

    @pytest.mark.parametrize(
        "text", ["", "@", "a@", "@b", "a b@c", "a@b c", "a@b@c", "x" * 400 + "@b"]
    )
    def test_what_is_no_address_is_none(self, text: str) -> None:
        assert normalised_address(text) == ""


class TestEncodedWords:
    @pytest.mark.parametrize(
        ("written", "expected"),
        [
            (b"plain", "plain"),
            (b"=?utf-8?Q?d=C3=A9cision?=", "décision"),
            (b"=?UTF-8?B?ZMOpY2lzaW9u?= : suite", "décision : suite"),
            (b"=?iso-8859-1?q?d=E9cision_tardive?=", "décision tardive"),
            (b"=?utf-8?Q?=C3?= =?utf-8?Q?=A9t=C3=A9?=", "été"),
            (b"=?utf-8?B?w6l0?=  =?utf-8?B?w6k=?=", "été"),
            (b"=?utf-8?B?w6l0w?= =?utf-8?B?6k=?=", "été"),
            (b"=?utf-8*fr?Q?=C3=A9t=C3=A9?=", "été"),
            ("été".encode(), "été"),
            ("été".encode("cp1252"), "été"),
            (b"=?foo-8?Q?=E9t=E9?=", "été"),
            (b"=?utf-8?Q?=E9t=E9?=", "été"),
            (b"=?utf-8?Q?O=C3=B9?_oui?=", "Où? oui"),
            (b"=?utf-8?Q?=E9", "=?utf-8?Q?=E9"),
            (b"=?utf-8?B?!!!?=", "!!!"),
            (b"a =?utf-8?Q?b?= c", "a b c"),
            (b"=?utf-8?Q?x=0D=0ABcc:_evil?=", "x Bcc: evil"),
            (b"=?utf-8?B?AAECAEE=?=", "A"),
            (b"=?utf-7?Q?+2AA-?=", "\ufffd"),
        ],
    )
    def test_words_of_real_and_broken_mailers(self, written: bytes, expected: str) -> None:
        assert decode_words(written) == expected


class TestParameters:
    @pytest.mark.parametrize(
        ("written", "expected"),
        [
            (b"attachment; filename=a.pdf", "a.pdf"),
            (b'attachment; filename="a; b.pdf"', "a; b.pdf"),
            (b"attachment; filename*=utf-8''%C3%A9t%C3%A9.pdf", "été.pdf"),
            (b"attachment; filename*=iso-8859-1'fr'%E9t%E9.pdf", "été.pdf"),
            (b"attachment; filename*0=lo; filename*1=ng.pdf", "long.pdf"),
            (b"attachment; filename*0*=utf-8''%C3; filename*1*=%A9t.pdf", "ét.pdf"),
            (b'attachment; filename="=?utf-8?Q?=C3=A9t=C3=A9.pdf?="', "été.pdf"),
            ('attachment; filename="été.pdf"'.encode(), "été.pdf"),
            ('attachment; filename="été.pdf"'.encode("latin-1"), "été.pdf"),
            (b"attachment; filename=old.pdf; filename*=utf-8''new.pdf", "new.pdf"),
            (b'attachment; filename="never closed.pdf', "never closed.pdf"),
            (b'attachment; filename="a \\"b\\".pdf"', 'a "b".pdf'),
            (b"attachment; filename=two words.pdf", "two words.pdf"),
            (b"attachment", None),
        ],
    )
    def test_file_names_in_every_dialect(self, written: bytes, expected: str | None) -> None:
        assert parameter_text(read_value(written).parameters, "filename") == expected

    def test_at_most_a_hundred_are_read(self) -> None:
        written = b"a/b" + b"".join(b"; p%d=x" % number for number in range(5_000))
        assert len(read_value(written).parameters) == 100


class TestMessageIds:
    @pytest.mark.parametrize(
        ("written", "expected"),
        [
            (b"<a@b>", ["<a@b>"]),
            (b"<a@b> <c@d>\t<a@b>", ["<a@b>", "<c@d>"]),
            (b"<[abc@def", ["<[abc@def>"]),
            (b"abc@def", ["<abc@def>"]),
            (b"<a\r\n b@c>", ["<ab@c>"]),
            (b"Message of Friday <a@b>", ["<a@b>"]),
            (b"Your message of Friday", []),
            (b"<no-at-sign>", ["<no-at-sign>"]),
            (b"", []),
            (b"<>", []),
            (b"<" + b"x" * 2_000 + b"@y>", []),
        ],
    )
    def test_ids_are_found_in_broken_headers(self, written: bytes, expected: list[str]) -> None:
        assert read_message_ids(written) == expected

    def test_of_many_the_first_and_the_newest_stay(self) -> None:
        ids = read_message_ids(b" ".join(b"<%d@x>" % number for number in range(300)))
        assert (ids[0], ids[1], ids[-1], len(ids)) == ("<0@x>", "<201@x>", "<299@x>", 100)


class TestDates:
    @pytest.mark.parametrize(
        ("written", "expected"),
        [
            (b"Fri, 3 Apr 2020 10:12:00 +0200", datetime(2020, 4, 3, 8, 12, tzinfo=UTC)),
            (b"3 Apr 2020 10:12 -0000", datetime(2020, 4, 3, 10, 12, tzinfo=UTC)),
            (b"Fri, 3 Apr 2020 10:12:00", datetime(2020, 4, 3, 10, 12, tzinfo=UTC)),
            (b"Fri, 3 Apr 99999 10:12:00 +0000", None),
            (b"Fri, 99 Apr 2020 99:99:99 +0000", None),
            (b"Fri, 3 Apr 2020 10:12:00 +9999999999", None),
            (b"vendredi 3 avril", None),
            (b"\xff\0", None),
            (b"", None),
        ],
    )
    def test_a_date_is_utc_or_none(self, written: bytes, expected: datetime | None) -> None:
        assert read_date(written) == expected


class TestLanguage:
    @pytest.mark.parametrize(
        ("name", "value", "expected"),
        [
            ("content-language", b"fr-BE", "fr"),
            ("content-language", b"NL", "nl"),
            ("accept-language", b"de-DE, en-US", "de"),
            ("content-language", b"es, en", "en"),
            ("content-language", b"es", None),
            ("content-language", b"french", None),
            ("x-nothing", b"fr", None),
        ],
    )
    def test_the_header_hints_at_one_of_the_four(
        self, name: str, value: bytes, expected: str | None
    ) -> None:
        assert read_language([Headers(((name, value),))]) == expected


class TestBlocks:
    def test_folded_lines_belong_to_their_header(self) -> None:
        raw = b"Subject: a\r\n b\r\n\tc\r\nFrom: x@y\r\n\r\nbody"
        headers, body = read_block(raw, 0, len(raw))
        assert headers.first("subject") == b"a b c"
        assert raw[body:] == b"body"

    def test_a_broken_line_does_not_hide_from_and_subject(self) -> None:
        raw = b"Received: x\nbroken line\nFrom: a@b\nSubject: s\n\nbody"
        headers, body = read_block(raw, 0, len(raw), repair=True)
        assert (headers.first("from"), headers.first("subject")) == (b"a@b", b"s")
        assert "broken_headers" in headers.defects
        assert raw[body:] == b"body"

    def test_text_without_headers_is_all_body(self) -> None:
        raw = b"Bonjour,\nje voudrais savoir\n\nmerci"
        headers, body = read_block(raw, 0, len(raw), repair=True)
        assert (headers.fields, body) == ((), 0)

    def test_the_line_that_an_mbox_puts_first_is_no_header(self) -> None:
        raw = b"From amelie@example.be Fri Apr  3 10:12:00 2020\nSubject: s\n\nbody"
        headers, _ = read_block(raw, 0, len(raw))
        assert [name for name, _ in headers.fields] == ["subject"]

    def test_too_many_or_too_long_headers_are_capped_and_named(self) -> None:
        many = b"X-A: b\n" * 2_000 + b"\nbody"
        headers, body = read_block(many, 0, len(many))
        assert (len(headers.fields), many[body:]) == (1_000, b"body")
        assert headers.defects == {"too_many_headers"}
        long = b"Subject: " + b"x" * 150_000 + b"\n\nbody"
        headers, body = read_block(long, 0, len(long))
        assert (len(headers.first("subject")), long[body:]) == (102_400, b"body")
        assert headers.defects == {"header_too_long"}


@pytest.mark.parametrize(
    "worst", ["(", '"', '"\\', ",", "<", "a.", "a@b,", ";", ":", "((a)", "=?a?q?x ", "=?"]
)
def test_the_worst_hundred_kilobytes_take_no_noticeable_time(worst: str) -> None:
    value = (worst * (100_000 // len(worst))).encode()
    started = time.process_time()
    found = (read_mailboxes(value), decode_words(value), read_message_ids(value), read_value(value))
    assert len(found) == 4
    assert time.process_time() - started < 1.0
