"""Mail as it really arrives: every letter is read, none raises, nothing unsafe comes out."""

import base64
import email
import json
import random
import re
import time
import tracemalloc
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from triage.intake.letter import Letter

CONTRACT_KEYS = (
    "from_email from_name to cc reply_to subject date message_id in_reply_to references text "
    "new_text html_present language_hint attachments automatic defects"
)
PDF = b"%PDF-1.4 \x00\xff\r\n" * 20


def letter(text: str | bytes) -> Letter:
    return Letter.parse(text if isinstance(text, bytes) else text.encode())


def mixed(*parts: str, kind: str = "mixed", head: str = "From: amelie@example.be\n") -> Letter:
    body = "".join(f"--b\n{part}\n" for part in parts)
    return letter(f"{head}Content-Type: multipart/{kind}; boundary=b\n\n{body}--b--\n")


class TestAnOrdinaryMail:
    raw = (
        b"From: =?utf-8?Q?Am=C3=A9lie?= Dupont <Amelie@Example.be>\r\n"
        b'To: "Support" <support@fund.example>, koen@fund.example\r\n'
        b"Cc: comptable@example.be\r\nReply-To: boulangerie@example.be\r\n"
        b"Subject: =?utf-8?B?RHJvaXQgcGFzc2VyZWxsZQ==?=\r\n"
        b"Date: Fri, 3 Apr 2020 10:12:00 +0200\r\nMessage-ID: <a.1@example.be>\r\n"
        b"In-Reply-To: <m.2@fund.example>\r\nReferences: <m.1@fund.example> <m.2@fund.example>\r\n"
        b"Content-Language: fr-BE\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        b"Bonjour,\r\n\r\nO\xc3\xb9 en est ma demande ?\r\n\r\nAm\xc3\xa9lie\r\n"
    )

    def test_it_says_who_wrote_what_to_whom_and_when(self) -> None:
        read = letter(self.raw)
        assert (read.from_email, read.from_name) == ("amelie@example.be", "Amélie Dupont")
        assert read.to == ("support@fund.example", "koen@fund.example")
        assert read.cc == ("comptable@example.be",)
        assert read.reply_to == ("boulangerie@example.be",)
        assert read.subject == "Droit passerelle"
        assert read.date == datetime(2020, 4, 3, 8, 12, tzinfo=UTC)
        assert read.message_id == "<a.1@example.be>"
        assert read.in_reply_to == "<m.2@fund.example>"
        assert read.references == ("<m.1@fund.example>", "<m.2@fund.example>")
        assert read.text == "Bonjour,\n\nOù en est ma demande ?\n\nAmélie"
        assert read.language_hint == "fr"
        assert (read.defects, read.fully_read, read.automatic) == ((), True, None)

    def test_as_json_has_exactly_the_keys_that_scripts_rely_on(self) -> None:
        described = letter(self.raw).as_json()
        assert " ".join(described) == CONTRACT_KEYS
        assert described["date"] == "2020-04-03T08:12:00+00:00"
        assert json.loads(json.dumps(described)) == described

    def test_copies_that_took_different_ways_have_one_content_hash(self) -> None:
        other_way = b"Received: from x\r\nDelivered-To: y@fund.example\r\n" + self.raw
        with_newlines = self.raw.replace(b"\r\n", b"\n")
        changed = self.raw.replace(b"demande", b"dossier")
        first = letter(self.raw).content_hash
        assert letter(other_way).content_hash == first
        assert letter(with_newlines).content_hash == first
        assert letter(changed).content_hash != first


class TestTheSender:
    @pytest.mark.parametrize(
        ("headers", "sender", "defect"),
        [
            ("Subject: x", None, "no_sender"),
            ("From: undisclosed-recipients:;", None, "no_sender"),
            ("From: <>", None, "no_sender"),
            ("From: \nReply-To: a@x.example", "a@x.example", "sender_from_reply_to"),
            ("Return-Path: <a@x.example>", "a@x.example", "sender_from_return_path"),
            ("Sender: a@x.example", "a@x.example", "sender_from_sender"),
            (
                "Sender: c@x.example\nReturn-Path: <b@x.example>\nReply-To: a@x.example",
                "a@x.example",
                "sender_from_reply_to",
            ),
            ("From: =?utf-8?Q?Jean_=3Cj=40d.example=3E?=", "j@d.example", "sender_encoded"),
        ],
    )
    def test_without_a_usable_from_others_stand_in(
        self, headers: str, sender: str | None, defect: str
    ) -> None:
        read = letter(f"{headers}\n\nBonjour")
        assert read.from_email == sender
        assert defect in read.defects
        assert (read.text, read.fully_read) == ("Bonjour", True)

    def test_an_unquoted_comma_in_a_name_is_no_second_sender(self) -> None:
        read = letter("From: Dupont, Jean <j@d.example>\n\nx")
        assert (read.from_email, read.from_name) == ("j@d.example", "Dupont, Jean")
        assert not read.senders_flagged

    def test_of_several_from_headers_the_first_with_an_address_counts(self) -> None:
        read = letter("From: <>\nFrom: Jean\nFrom: j@d.example\n\nx")
        assert (read.from_email, read.senders_flagged) == ("j@d.example", False)

    def test_two_senders_are_flagged(self) -> None:
        read = letter("From: j@d.example\nFrom: k@d.example\n\nx")
        assert (read.from_email, read.senders_flagged) == ("j@d.example", True)
        assert "several_senders" in read.defects

    def test_a_name_that_shows_another_address_is_flagged(self) -> None:
        read = letter('From: "boss@fund.example" <x@evil.example>\n\nx')
        assert (read.from_email, read.senders_flagged) == ("x@evil.example", True)

    def test_more_recipients_than_five_hundred_make_it_not_fully_read(self) -> None:
        many = ", ".join(f"p{number}@x.example" for number in range(600))
        read = letter(f"From: a@x.example\nTo: {many}\n\nx")
        assert (len(read.to), read.fully_read) == (500, False)
        assert "too_many_recipients" in read.defects


class TestHeaderValues:
    @pytest.mark.parametrize(
        "subject",
        [
            b"=?utf-8?Q?x=0D=0ABcc:_evil?=",
            b"=?utf-8?Q?x=E2=80=A8Bcc:_evil?=",
            b"=?utf-8?Q?x=E2=80=A9Bcc:_evil?=",
            b"x\rBcc: evil",
            b"x\x00\x0bBcc: evil",
        ],
    )
    def test_a_subject_is_one_line(self, subject: bytes) -> None:
        read = letter(b"From: a@x.example\nSubject: " + subject + b"\n\nx")
        assert " ".join(read.subject.split()) == "x Bcc: evil"
        assert_safe(read)

    @pytest.mark.parametrize("date", ["", "yesterday", "Fri, 3 Apr 99999 10:12:00 +0000"])
    def test_an_impossible_date_stays_as_text(self, date: str) -> None:
        read = letter(f"From: a@x.example\nDate: {date}\n\nx")
        assert (read.date, read.date_text) == (None, date)

    def test_eight_bit_headers_are_read_by_the_charset_rule(self) -> None:
        latin = "From: Amélie <a@x.example>\nSubject: Décision\n\nx".encode("cp1252")
        assert letter(latin).subject == letter(latin.decode("cp1252")).subject == "Décision"

    def test_twenty_thousand_encoded_words_are_capped(self) -> None:
        words = "\n ".join(["=?utf-8?Q?=C3=A9t=C3=A9?="] * 20_000)
        started = time.process_time()
        read = letter(f"From: a@x.example\nSubject: {words}\n\nx")
        assert time.process_time() - started < 1
        assert read.subject.startswith("étéété")
        assert (len(read.subject), read.fully_read) == (1_000, False)

    def test_a_hundred_thousand_headers_are_capped(self) -> None:
        read = letter("From: a@x.example\n" + "X-A: b\n" * 100_000 + "\nBonjour")
        assert (read.from_email, read.text, read.fully_read) == ("a@x.example", "Bonjour", False)

    def test_control_headers_are_only_kept_apart(self) -> None:
        read = letter("From: a@x.example\nX-Triage-Topic: deferral\n\nx")
        assert read.controls == (("x-triage-topic", "deferral"),)
        assert read.as_json().keys().isdisjoint({"controls"})

    def test_broken_message_ids_do_not_stop_the_reading(self) -> None:
        read = letter("From: a@x.example\nMessage-ID: <[abc@def\n\nx")
        assert read.message_id == "<[abc@def>"

    def test_a_header_block_broken_by_another_line_keeps_its_sender(self) -> None:
        read = letter("Received: x\nQUJDREVGR0g=\nFrom: a@x.example\nSubject: s\n\nBonjour")
        assert (read.from_email, read.subject, read.text) == ("a@x.example", "s", "Bonjour")
        assert "broken_headers" in read.defects


class TestBodies:
    @pytest.mark.parametrize(
        ("declared", "encoded_as"),
        [
            ("; charset=utf-8", "utf-8"),
            ("; charset=utf-8", "cp1252"),
            ("", "latin-1"),
            ("", "utf-8"),
            ("; charset=foo-8", "utf-8"),
            ("; charset=us-ascii", "cp1252"),
            ('; charset="iso-8859-1"', "cp1252"),
        ],
    )
    def test_accents_survive_every_declaration(self, declared: str, encoded_as: str) -> None:
        head = f"From: a@x.example\nContent-Type: text/plain{declared}\n\n".encode()
        assert letter(head + "décision reçue à l'été".encode(encoded_as)).text == (
            "décision reçue à l'été"
        )

    def test_text_encodings_are_undone(self) -> None:
        head = "From: a@x.example\nContent-Type: text/plain; charset=utf-8\n"
        encoded = base64.b64encode("été".encode()).decode()
        assert letter(f"{head}Content-Transfer-Encoding: base64\n\n{encoded}").text == "été"
        assert letter(f"{head}Content-Transfer-Encoding: BASE64\n\n{encoded}=").text == "été"
        wrong = f"{head}Content-Transfer-Encoding: base64\n\nBonjour, où en est-on ?"
        assert letter(wrong).text == "Bonjour, où en est-on ?"
        quoted = "=C3=A9t=\n=C3=A9"
        assert (
            letter(f"{head}Content-Transfer-Encoding: quoted-printable\n\n{quoted}").text == "été"
        )

    def test_quoted_printable_without_a_word_about_it_is_recognised(self) -> None:
        read = letter("From: a@x.example\nContent-Type: text/plain; charset=utf-8\n\n=C3=A9t=C3=A9")
        assert read.text == "été"
        assert "transfer_encoding_undeclared" in read.defects
        assert letter("From: a@x.example\n\n1+1=2 et x=AB").text == "1+1=2 et x=AB"

    def test_a_uuencoded_file_in_the_text_becomes_an_attachment(self) -> None:
        read = letter("From: a@x.example\n\nVoici\nbegin 644 a.txt\n#86)C\n`\nend\nMerci")
        assert read.text == "Voici\nMerci"
        assert [(file.name, file.content) for file in read.attachments] == [("a.txt", b"abc")]

    def test_html_alone_is_read_as_text(self) -> None:
        read = letter("From: a@x.example\nContent-Type: text/html\n\n<p>Bonjour</p><p>Merci</p>")
        assert (read.text, read.html_present) == ("Bonjour\n\nMerci", True)
        assert read.html == "<p>Bonjour</p><p>Merci</p>"

    def test_the_charset_may_stand_in_the_html(self) -> None:
        html = "<meta charset=iso-8859-2><p>Łódź</p>".encode("iso-8859-2")
        assert letter(b"From: a@x.example\nContent-Type: text/html\n\n" + html).text == "Łódź"

    def test_html_that_is_one_picture_has_no_visible_text(self) -> None:
        read = mixed(
            "Content-Type: text/html\n\n<img src='cid:p1'>",
            "Content-Type: image/png\nContent-ID: <p1>\n\nx",
            kind="related",
        )
        assert (read.text, read.new_text) == ("", "")
        assert "no_visible_text" in read.defects
        assert [(file.content_id, file.inline) for file in read.attachments] == [("p1", True)]

    def test_of_two_forms_the_plain_one_is_read(self) -> None:
        read = mixed(
            "Content-Type: text/plain\n\nBonjour",
            "Content-Type: text/html\n\n<p>Bonjour <b>vous</b></p>",
            kind="alternative",
        )
        assert (read.text, read.html_present) == ("Bonjour", True)

    @pytest.mark.parametrize("stub", ["", " \n", "HTML only"])
    def test_a_plain_form_that_says_nothing_gives_way_to_the_html(self, stub: str) -> None:
        read = mixed(
            f"Content-Type: text/plain\n\n{stub}",
            "Content-Type: text/html\n\n<p>Je voudrais demander un report de mes cotisations.</p>",
            kind="alternative",
        )
        assert read.text == "Je voudrais demander un report de mes cotisations."

    def test_texts_around_a_picture_are_all_read(self) -> None:
        read = mixed(
            "Content-Type: text/plain\n\nVoici",
            "Content-Type: image/png\n\nx",
            "Content-Type: text/plain\n\nMerci",
        )
        assert read.text == "Voici\n\nMerci"

    def test_flowed_paragraphs_are_joined_and_quotes_are_not(self) -> None:
        read = letter(
            "From: a@x.example\nContent-Type: text/plain; format=flowed\n\n"
            "Je voudrais \nun report.\n> Bonjour, \n> que faire ?\n-- \nAmélie\n"
        )
        assert read.text == "Je voudrais un report.\n> Bonjour, que faire ?\n-- \nAmélie"

    @pytest.mark.parametrize(
        "type_",
        ["multipart/mixed", "multipart/mixed; boundary=never", 'multipart/mixed; boundary=""'],
    )
    def test_a_multipart_without_its_boundary_is_shown_as_text(self, type_: str) -> None:
        read = letter(f"From: a@x.example\nContent-Type: {type_}\n\nBonjour\n--b\n")
        assert read.text.startswith("Bonjour")
        assert any(defect.startswith("boundary") for defect in read.defects)

    def test_a_part_without_an_empty_line_ends_at_its_boundary(self) -> None:
        read = mixed("Content-Type: text/plain", "Content-Type: text/plain\n\nBonjour")
        assert read.text == "Bonjour"

    def test_more_than_five_thousand_links_leave_the_text_only(self) -> None:
        links = "<a href=x>y</a>" * 5_001
        read = letter(f"From: a@x.example\nContent-Type: text/html\n\n{links}")
        assert (read.html, read.html_present) == (None, True)
        assert "too_many_links" in read.defects

    def test_html_and_text_above_their_caps_are_cut_and_say_so(self) -> None:
        head = "From: a@x.example\nContent-Type: text/plain\n\n"
        read = letter(head + "mot " * 600_000)
        assert (read.fully_read, "text_cut" in read.defects) == (False, True)


class TestBrokenForms:
    """What programs and servers do to mails that once were well-formed."""

    def test_behind_a_line_that_breaks_the_headers_the_form_of_the_body_is_found(self) -> None:
        read = letter(
            "From: a@x.example\nSubject: s\nTo: b@x.example\nno header at all\n"
            "Content-Type: text/plain; charset=utf-8\n"
            "Content-Transfer-Encoding: quoted-printable\n\nd=C3=A9j=C3=A0"
        )
        assert (read.subject, read.text) == ("s", "déjà")
        assert "broken_headers" in read.defects

    @pytest.mark.parametrize("blank", ["", "\n"])
    def test_base64_that_begins_in_the_headers_is_opened(self, blank: str) -> None:
        encoded = base64.encodebytes("Où en est ma demande de droit passerelle ?".encode()).decode()
        head = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n"
        assert letter(f"From: a@x.example\nSubject: s\n{head}{blank}{encoded}").text.startswith(
            "Où"
        )
        assert mixed(f"{head}{blank}{encoded}").text.startswith("Où")

    def test_the_first_subject_that_says_something_counts(self) -> None:
        assert letter("Subject:\nSubject: Report\nSubject: Autre\n\nx").subject == "Report"

    @pytest.mark.parametrize("codec", ["utf-16", "utf-8-sig"])
    def test_a_byte_order_mark_is_a_declaration(self, codec: str) -> None:
        raw = b"From: a@x.example\nContent-Type: text/plain\n\n" + "Où ça ?".encode(codec)
        assert letter(raw).text == "Où ça ?"

    @pytest.mark.parametrize("name", ["x-uuencode", "uuencode", "X-UUE"])
    def test_a_uuencoded_part_is_decoded(self, name: str) -> None:
        head = f"Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: {name}\n\n"
        read = mixed(f"{head}begin 644 a.pdf\n#86)C\n`\nend")
        assert [(file.name, file.content) for file in read.attachments] == [("a.pdf", b"abc")]

    def test_of_thousands_of_uuencoded_files_some_hundreds_are_taken(self) -> None:
        read = letter("From: a@x.example\n\n" + "begin 644 a.pdf\n#86)C\n`\nend\n" * 5_000)
        assert len(read.attachments) == 500
        assert read.attachments[0].content_type == "application/pdf"

    def test_a_named_text_is_read_when_there_is_no_other(self) -> None:
        part = "Content-Type: text/plain; name=message.txt\n\nOù en est ma demande ?"
        read = mixed(part, "Content-Type: image/png\n\nx")
        assert read.text == "Où en est ma demande ?"
        assert [file.name for file in read.attachments] == ["message.txt", "part-2.png"]

    def test_one_text_in_two_forms_that_are_not_called_so_is_read_once(self) -> None:
        read = mixed("Content-Type: text/plain\n\nBonjour", "Content-Type: text/html\n\n<p>Bonjour")
        assert read.text == "Bonjour"

    def test_a_text_that_only_asks_to_read_the_html_gives_way(self) -> None:
        read = mixed(
            "Content-Type: text/plain\n\nDit bericht is opgemaakt in HTML.",
            "Content-Type: text/html\n\n<p>Kan ik uitstel krijgen voor april?",
            kind="alternative",
        )
        assert read.text == "Kan ik uitstel krijgen voor april?"


class TestSealedMail:
    """Signed and encrypted mail shows what lies open; the rest is files, and no seal is trusted."""

    def test_the_text_of_a_signed_mail_is_read_and_its_seal_is_a_file(self) -> None:
        inner = (
            "Content-Type: multipart/alternative; boundary=c\n\n--c\n\nBonjour\n"
            "--c\nContent-Type: text/html\n\n<p>Bonjour</p>\n--c--"
        )
        seal = "Content-Type: application/pkcs7-signature; name=smime.p7s\n\nx"
        read = mixed(inner, seal, kind="signed")
        assert (read.text, [file.name for file in read.attachments]) == ("Bonjour", ["smime.p7s"])

    def test_an_encrypted_mail_is_its_files(self) -> None:
        read = mixed(
            "Content-Type: application/pgp-encrypted\n\nVersion: 1",
            "Content-Type: application/octet-stream; name=encrypted.asc\n\nx",
            kind="encrypted",
        )
        assert (read.text, len(read.attachments)) == ("", 2)
        assert "no_visible_text" in read.defects

    def test_a_sealed_envelope_is_one_file(self) -> None:
        head = "From: a@x.example\nContent-Type: application/pkcs7-mime; name=smime.p7m\n"
        read = letter(f"{head}Content-Transfer-Encoding: base64\n\nMIAG")
        assert [file.name for file in read.attachments] == ["smime.p7m"]

    def test_nothing_is_joined_with_an_encrypted_part(self) -> None:
        read = mixed(
            "Content-Type: text/html\n\n<img src='https://evil.example/?",
            "Content-Type: application/pkcs7-mime; name=smime.p7m\n\nsecret",
            "Content-Type: text/html\n\n'>",
        )
        assert "secret" not in read.text and "secret" not in (read.html or "")


class TestAttachments:
    @pytest.mark.parametrize(
        ("disposition", "name"),
        [
            ('filename="a.pdf"', "a.pdf"),
            ("filename*=utf-8''d%C3%A9cision.pdf", "décision.pdf"),
            ('filename="=?utf-8?Q?d=C3=A9cision.pdf?="', "décision.pdf"),
            ('filename="décision.pdf"', "décision.pdf"),
            ('filename="../../etc/passwd"', "passwd"),
            ('filename="C:\\\\temp\\\\a.pdf"', "a.pdf"),
            ('filename=".htaccess\u200b"', "htaccess"),
            ('filename="fdp\u202e.exe"', "fdp.exe"),
            ('filename="a\0b.pdf"', "ab.pdf"),
            ('filename=".."', "part-2.pdf"),
            ("", "part-2.pdf"),
        ],
    )
    def test_names_are_cleaned_and_never_a_path(self, disposition: str, name: str) -> None:
        read = mixed(
            "Content-Type: text/plain\n\nx",
            f"Content-Type: application/pdf\nContent-Disposition: attachment; {disposition}\n\nx",
        )
        assert [file.name for file in read.attachments] == [name]
        assert_safe(read)

    def test_a_name_of_three_hundred_letters_keeps_its_ending(self) -> None:
        read = mixed(
            f"Content-Type: application/pdf\nContent-Disposition: attachment; "
            f"filename={'a' * 300}.pdf\n\nx"
        )
        assert (len(read.attachments[0].name), read.attachments[0].name[-4:]) == (200, ".pdf")

    @pytest.mark.parametrize("kind", ["mixed", "related", "alternative"])
    def test_a_file_is_found_under_every_kind_of_multipart(self, kind: str) -> None:
        encoded = base64.encodebytes(PDF).decode()
        read = mixed(
            "Content-Type: text/plain\n\nVoici",
            "Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\n"
            + encoded,
            kind=kind,
        )
        assert [(file.content, file.size) for file in read.attachments] == [(PDF, len(PDF))]
        assert read.text == "Voici"

    def test_an_attached_mail_is_the_exact_slice_of_the_raw_bytes(self) -> None:
        inner = (
            b"From:  x@evil.example\r\nSubject:   odd   spaces\r\nX-A: 1\r\n\tfolded\r\n"
            b"Content-Type: text/html\r\n\r\n<p>not the body</p>\r\n  \r\nend"
        )
        raw = (
            b"From: amelie@example.be\r\n"
            b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n"
            b"Voici le mail\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
            + inner
            + b"\r\n--b--\r\n"
        )
        read = letter(raw)
        assert (read.from_email, read.text) == ("amelie@example.be", "Voici le mail")
        assert not read.html_present
        assert [(file.name, file.content) for file in read.attachments] == [("part-2.eml", inner)]

    def test_parts_of_an_attached_mail_are_not_ours(self) -> None:
        inner = "Content-Type: multipart/mixed; boundary=c\n\n--c\n\nnot the body\n--c--\n"
        read = mixed("\nVoici", f"Content-Type: message/rfc822\n\n{inner}")
        assert (read.text, len(read.attachments)) == ("Voici", 1)

    def test_damaged_base64_gives_what_can_be_saved(self) -> None:
        head = "Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n"
        for body in ("YWJj!ZGVm", "YWJjZGVm==\nQ", "YWI=Y2RlZg=="):
            read = mixed(head + body)
            assert read.attachments[0].content[:2] == b"ab"
            assert_safe(read)

    def test_a_part_that_cannot_be_opened_is_kept_as_it_came(self) -> None:
        read = mixed("Content-Type: a/b\nContent-Transfer-Encoding: base64\n\n!!!!")
        assert read.attachments[0].content == b"!!!!"
        assert (read.fully_read, "part_unreadable" in read.defects) == (False, True)

    def test_winmail_and_signatures_are_kept_as_files(self) -> None:
        read = mixed(
            "Content-Type: application/ms-tnef; name=winmail.dat\n\nx",
            "Content-Type: application/pkcs7-signature; name=smime.p7s\n\ny",
        )
        assert [file.name for file in read.attachments] == ["winmail.dat", "smime.p7s"]

    def test_what_the_html_shows_by_its_id_is_inline(self) -> None:
        read = mixed(
            "Content-Type: text/html\n\nx<img src='cid:logo@x'>",
            "Content-Type: image/png\nContent-ID: <logo@x>\nContent-Disposition: attachment\n\nx",
            "Content-Type: image/png\nContent-Disposition: attachment; filename=b.png\n\nx",
        )
        assert [file.inline for file in read.attachments] == [True, False]


class TestHostileMail:
    def test_fifty_levels_are_read_and_a_thousand_do_not_hurt(self) -> None:
        assert letter(nested(49, "Bonjour")).text == "Bonjour"
        for depth in (100, 1_000, 20_000):
            read = letter(nested(depth, "Bonjour"))
            assert (read.from_email, read.fully_read) == ("a@x.example", False)

    def test_twenty_thousand_parts_are_capped(self) -> None:
        started = time.process_time()
        read = mixed(*["Content-Type: image/png\n\nx"] * 20_000)
        assert time.process_time() - started < 2
        assert (len(read.attachments), read.fully_read) == (500, False)

    def test_five_thousand_parameters_do_not_hurt(self) -> None:
        parameters = "".join(f"; p{number}=x" for number in range(5_000))
        assert letter(f"From: a@x.example\nContent-Type: text/plain{parameters}\n\nx").text == "x"

    def test_nested_comments_in_the_sender_do_not_hurt(self) -> None:
        assert letter(f"From: {'(' * 5_000}{')' * 5_000} a@x.example\n\nx").from_email == (
            "a@x.example"
        )

    @pytest.mark.parametrize(
        "raw", [b"", b"\0", b"\n", b"\r\n\r\n", b"\xff" * 1_000, b"--", b":\n\n"]
    )
    def test_bytes_that_are_no_mail_still_make_a_letter(self, raw: bytes) -> None:
        read = letter(raw)
        assert read.from_email is None
        assert_safe(read)

    def test_a_mail_above_the_size_cap_is_read_to_the_cap(self) -> None:
        read = letter(b"From: a@x.example\nContent-Type: image/png\n\n" + b"x" * 35_000_001)
        assert (read.from_email, read.fully_read) == ("a@x.example", False)
        assert "too_large" in read.defects

    def test_old_line_ends_are_understood(self) -> None:
        read = letter("From: a@x.example\rSubject: s\r\rBonjour\rMerci")
        assert (read.subject, read.text) == ("s", "Bonjour\nMerci")

    def test_empty_lines_before_the_mail_do_not_hide_its_headers(self) -> None:
        assert letter("\r\n\nFrom: a@x.example\n\nBonjour").from_email == "a@x.example"

    def test_a_large_attachment_needs_a_small_multiple_of_its_size(self) -> None:
        encoded = base64.encodebytes(bytes(6_000_000))
        raw = (
            b"From: a@x.example\nContent-Type: a/b\nContent-Transfer-Encoding: base64\n\n" + encoded
        )
        tracemalloc.start()
        read = letter(raw)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert read.attachments[0].size == 6_000_000
        assert peak < 5 * len(raw)

    def test_when_reading_fails_the_headers_are_searched_plainly(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(raw: bytes) -> None:
            raise RecursionError

        monkeypatch.setattr("triage.intake.letter.outline", fail)
        read = letter("From: Amélie <a@x.example>\nSubject: s\nMessage-ID: <a@b>\n\nBonjour")
        assert (read.from_email, read.subject, read.message_id) == ("a@x.example", "s", "<a@b>")
        assert (read.fully_read, read.defects) == (False, ("unreadable",))


def test_well_formed_mail_has_the_parts_that_the_standard_library_finds() -> None:
    chance = random.Random(20)
    for _ in range(60):
        message = EmailMessage()
        message["From"] = "amelie@example.be"
        message.set_content("Bonjour, où en est-on ?\n" * chance.randint(1, 5))
        if chance.random() < 0.5:
            message.add_alternative("<p>Bonjour</p>", subtype="html")
        for number in range(chance.randint(0, 4)):
            content = chance.randbytes(chance.randint(1, 3_000))
            message.add_attachment(
                content, maintype="image", subtype="png", filename=f"é{number}.png"
            )
        raw = message.as_bytes()
        expected = [
            (part.get_filename(), part.get_payload(decode=True))
            for part in email.message_from_bytes(raw, policy=message.policy).walk()
            if part.get_content_maintype() == "image"
        ]
        assert [(file.name, file.content) for file in letter(raw).attachments] == expected


def test_three_hundred_mutilated_mails_never_raise_and_are_always_safe() -> None:
    chance = random.Random(2020)
    for _ in range(300):
        raw = mutilated(chance.choice(SPECIMENS), chance)
        read = Letter.parse(raw)
        assert "unreadable" not in read.defects, raw
        assert_safe(read)
        json.dumps(read.as_json()).encode("ascii")


SPECIMENS = [
    TestAnOrdinaryMail.raw,
    b'From: "A, B" <a@x.example>\r\nContent-Type: multipart/mixed; boundary="b c"\r\n\r\n--b c\r\n'
    b"Content-Type: text/html; charset=iso-8859-1\r\n\r\n<p>\xe9t\xe9 <b>x</b></p>\r\n--b c\r\n"
    b"Content-Type: image/png; name*0*=utf-8''%C3%A9; name*1=.png\r\nContent-ID: <i>\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n--b c--\r\n",
    b"From: a@x.example\r\nSubject: =?utf-8?B?w6l0?= =?utf-8?B?w6k=?=\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n"
    b"Content-Type: text/plain; charset=utf-8; format=flowed\r\n\r\n=C3=A9t=\r\n"
    b"=C3=A9 \r\n> a \r\n> b\r\n-- \r\nx\r\n",
    b"Return-Path: <>\nFrom: MAILER-DAEMON@x.example\nContent-Type: multipart/report; boundary=b; "
    b"report-type=delivery-status\n\n--b\n\nfailed\n--b\nContent-Type: message/delivery-status\n\n"
    b"Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@b.example\nStatus: 5.1.1\n--b\n"
    b"Content-Type: message/rfc822\n\nMessage-ID: <a@b>\n\nx\n--b--\n",
    b"From: a@x.example\nContent-Type: multipart/alternative; boundary=o\n\n--o\n\nOui.\n\n"
    b"Le 3 avr. 2020 \xc3\xa0 10:12, B <b@x.example> a \xc3\xa9crit :\n> Alt\n--o\n"
    b"Content-Type: multipart/related; boundary=i\n\n--i\nContent-Type: text/html\n\n"
    b"<div>Oui.</div><div class=gmail_quote><div class=gmail_attr>x</div>"
    b"<blockquote>Alt</blockquote></div>\n--i\nContent-Type: image/gif\n"
    b"Content-ID: <x>\n\ng\n--i--\n--o--\n",
    b"From: a@x.example\n\nbegin 644 a.txt\n#86)C\n`\nend\n"
    b"De : x\nEnvoy\xe9 : y\nObjet : z\n\nAlt\n",
]
INSERTED = [
    *(b"\0", b"\r", b"\n", b"\r\n\r\n", b"\xff\xfe", b"=?utf-8?B?", b"?=", b'"', b"<", b">", b"("),
    *(b"--b\n", b"--b--\n", b"; ", b"\xed\xa0\x80", b"&#xD800;", b"<!--", b"<style>", b"%00"),
    *(b"+2AA-", b"=0A=0D", b"\x85", b"\xe2\x80\xa8", b"From: \n", b":", b",", b"\\"),
    *(b"charset=utf-7", b"begin 644 \n", b"Content-Transfer-Encoding: base64\n"),
    b"Content-Type: multipart/mixed; boundary=b\n",
]


def mutilated(specimen: bytes, chance: random.Random) -> bytes:
    raw = bytearray(specimen)
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(raw) + 1)
        kind = chance.randrange(5)
        if kind == 0:
            raw[at:at] = chance.choice(INSERTED) * chance.choice([1, 1, 1, 50])
        elif kind == 1:
            del raw[at : at + chance.randint(1, 30)]
        elif kind == 2 and at < len(raw):
            raw[at] = chance.randrange(256)
        elif kind == 3:
            piece = bytes(raw[at : at + chance.randint(1, 200)])
            raw[chance.randrange(len(raw) + 1) : 0] = piece
        else:
            raw[at:at] = chance.randbytes(chance.randint(1, 8))
    return bytes(raw)


def nested(depth: int, text: str) -> str:
    opened = "".join(
        f"Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n"
        for level in range(depth)
    )
    return f"From: a@x.example\n{opened}\n{text}\n" + "".join(
        f"--b{level}--\n" for level in reversed(range(depth))
    )


UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
LINE_BREAK = re.compile("[\n\r\u2028\u2029\x85]")


def assert_safe(read: Letter) -> None:
    """No NUL, control or surrogate anywhere; header values are single lines."""
    values = [
        *(read.from_email, read.from_name, *read.to, *read.cc, *read.reply_to, *read.delivered_to),
        *(read.subject, read.date_text, read.message_id, read.in_reply_to, *read.references),
        *(file.name for file in read.attachments),
        *(file.content_id for file in read.attachments),
        *(file.content_type for file in read.attachments),
        *(text for pair in read.controls for text in pair),
        *read.loop_ids,
    ]
    if read.bounce:
        values += [read.bounce.original_subject, read.bounce.original_message_id]
        values += [read.bounce.original_envelope_id, read.bounce.original_sender]
        for failure in read.bounce.failures:
            values += [failure.recipient, failure.action, failure.status, failure.diagnostic]
    for value in values:
        assert not LINE_BREAK.search(value or ""), value
        assert "\t" not in (value or ""), value
    for value in [*values, read.text, read.new_text, read.signature, read.html]:
        assert not UNSAFE.search(value or ""), value


def test_a_mail_of_nothing_but_a_file_has_no_text() -> None:
    raw = (
        b"From: amelie@bakery.example\nSubject: Documents\n"
        b'Content-Type: multipart/mixed; boundary="b"\n\n'
        b"--b\nContent-Type: application/pdf\n"
        b'Content-Disposition: attachment; filename="a.pdf"\n\n%PDF-1.4\n--b--\n'
    )
    letter = Letter.parse(raw)
    assert (letter.text, letter.new_text) == ("", "")
    assert [file.name for file in letter.attachments] == ["a.pdf"]
