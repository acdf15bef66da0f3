"""The demo's mails are what programs write, and still say exactly what their authors wrote."""

import io
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache

import pypdfium2
import pytest
from PIL import Image
from stdnum.be import vat

from models.intake import Channel
from triage.demo import contacts, papers, scenes, telephone
from triage.demo.contacts import Days, Posted, Told
from triage.demo.programs import Program, Quoted, Sheet, mail_of
from triage.intake.letter import Letter

NOON = datetime(2026, 6, 18, 11, 0, tzinfo=UTC)
EVENING = datetime(2026, 6, 18, 20, 0, tzinfo=UTC)
MAILBOX = "contact@fund.example"
KNOWN = ["+32470000001", "+32470000002", "+32470000003", "+32470000004"]


@cache
def said() -> list[Told]:
    return contacts.written(Days(NOON))


def by_mail() -> Iterator[tuple[Told, Posted]]:
    for one in said():
        if one.post is not None:
            posted = one.post(MAILBOX)
            assert posted is not None
            yield one, posted


def bare(one: Told) -> str:
    """What is new in the text when nothing at all surrounds it."""
    sheet = Sheet(one.id, one.at, one.name, one.address, MAILBOX, one.subject, one.text)
    return Letter.parse(mail_of(sheet, Program.PLAIN)).new_text


def test_every_mail_says_what_its_author_wrote_whatever_the_program_puts_around_it():
    changed = {}
    for one, posted in by_mail():
        letter = Letter.parse(posted.raw)
        if (letter.new_text, letter.subject, letter.fully_read) != (bare(one), one.subject, True):
            changed[one.id] = letter.new_text
    assert changed == {}


@pytest.mark.parametrize("program", [p for p in Program if p is not Program.PLAIN])
def test_a_quoted_answer_of_ours_never_becomes_new_text(program: Program):
    ours = Quoted(
        NOON, "Passerelle", MAILBOX, "Re: dossier", "Bonjour,\n\nC'est en route.\n\nNadia"
    )
    for one in said()[:200:5]:
        sheet = Sheet(
            one.id,
            one.at,
            one.name,
            one.address,
            MAILBOX,
            one.subject,
            one.text,
            one.spoken,
            signature=(one.name, "0470 12 34 56"),
            quoted=ours,
        )
        letter = Letter.parse(mail_of(sheet, program))
        assert letter.new_text == bare(one)
        assert "C'est en route." in letter.text


def test_about_a_third_of_the_mails_is_written_with_a_program_and_each_kind_occurs():
    forms = Counter(contacts.program_of(one.client) for one, _ in by_mail())
    assert set(forms) == set(Program)
    assert 0.3 < 1 - forms[Program.PLAIN] / forms.total() < 0.45


def test_logos_are_inline_and_files_are_attached():
    kinds: Counter[bool] = Counter()
    mails = 0
    for _, posted in by_mail():
        files = Letter.parse(posted.raw).attachments
        kinds.update(file.inline for file in files)
        mails += any(not file.inline for file in files)
    assert mails >= 25
    assert kinds[True] >= 25


def test_every_enclosed_file_is_what_its_type_says():
    pages = []
    for one in said():
        for paper in contacts.enclosed_by(one.id):
            if paper.content_type == "application/pdf":
                with pypdfium2.PdfDocument(paper.content) as document:
                    pages.append(len(document))
                    assert document[0].get_textpage().get_text_bounded().strip()
            elif paper.content_type.startswith("image/"):
                with Image.open(io.BytesIO(paper.content)) as picture:
                    picture.load()
            else:
                assert paper.content.startswith(b"PK")
    assert {1, 2, 3} <= set(pages)


def test_one_photo_is_as_large_as_photos_are():
    photo = papers.drawn("photo", "IMG_2041.JPG", ["Municipal notice"])
    assert 1_500_000 < len(photo.content) < 2_500_000


def test_the_same_is_written_twice_the_same():
    again = contacts.written(Days(NOON))
    for one, other in zip(said()[::7], again[::7], strict=True):
        assert (one.id, one.at, one.address) == (other.id, other.at, other.address)
        if one.post and other.post:
            assert one.post(MAILBOX) == other.post(MAILBOX)


def test_no_two_clients_share_an_address():
    addresses: dict[str, set[str]] = {}
    for one in said():
        addresses.setdefault(one.address, set()).add(one.client)
    shared = [clients for clients in addresses.values() if len(clients) > 1]
    assert shared == []


@pytest.mark.parametrize("hour", [0, 4, 6, 11, 17, 20])
def test_nothing_happens_in_the_future(hour: int):
    days = Days(NOON.replace(hour=hour, minute=20))
    events = [*contacts.written(days), *scenes.web_shop(days), *scenes.damaged(days)]
    assert max(one.at for one in events) <= days.at
    assert max(call.at for call in telephone.unnoted(days, KNOWN)) <= days.at
    assert len(set(days.all)) == contacts.DAYS


def test_the_accountant_names_twelve_clients_with_valid_numbers():
    mails = list(scenes.accountant(Days(NOON)))
    numbers = {scenes.enterprise_number(position) for position in range(len(mails))}
    assert len(mails) == len(numbers) == 12
    assert all(vat.is_valid(number) for number in numbers)
    assert all(any(number in mail.text for number in numbers) for mail in mails)
    assert max(m.at for m in mails) - min(m.at for m in mails) < timedelta(hours=4)


def test_the_web_shop_writes_its_mails_within_twenty_minutes():
    mails = list(scenes.web_shop(Days(EVENING)))
    assert len(mails) == 140
    assert mails[-1].at - mails[0].at < timedelta(minutes=20)
    assert {mail.channel for mail in mails} == {Channel.EMAIL}
