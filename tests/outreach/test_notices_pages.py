"""The pages of the notices: what needs a person, files of the back office, and the texts."""

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models.base import db, now, transaction
from models.notice import Notice, NoticeState, Why
from models.notice_batch import NoticeBatch
from models.notice_text import NoticeText
from models.topic import Topic
from tests.people import Browser, House, amelie, joris
from triage import notice_file, notices
from triage.notice_reading import Reading

PAGE = "/outreach/notices"
DAY = (now() + timedelta(days=3)).date()
TABLE = (
    "Dossier;Type;Date;Courriel;Langue;Date de paiement;Montant\r\n"
    f"F-1;paiement annoncé;{now():%d/%m/%Y};{amelie.email};FR;{DAY:%d/%m/%Y};1 614,10\r\n"
    f"F-2;payé;{now():%d/%m/%Y};nobody@else.example;NL;;5\r\n"
    f"=F-3;perdu;{now():%d/%m/%Y};{joris.email};NL;;7\r\n"
)


@pytest.fixture
def koen(house: House, client: Browser) -> Browser:
    client.sign_in(house.koen)
    return client


def happened(key: str, kind: str = "approved", **more: Any) -> Notice:
    event = {"id": key, "kind": kind, "occurred_at": now().isoformat(), **more}
    with transaction():
        notice_id, _kept = Notice.keep(Reading(now()).read(event), "back office")
    found = Notice.named(notice_id)
    assert found is not None
    return found


def work(house: House) -> None:
    """The worker tells; twice, since a file is read first."""
    for _turn in range(3):
        notices.tell_waiting("test", house.app.extensions["settings"])
    db.session.expire_all()


def send(browser: Browser, table: str | bytes = TABLE, name: str = "mai.csv") -> NoticeBatch:
    content = table.encode("cp1252") if isinstance(table, str) else table
    answer = browser.post(f"{PAGE}/files", data={"file": (io.BytesIO(content), name)})
    assert answer.status_code == 303, answer.text
    found = db.session.scalars(NoticeBatch.latest()).first()
    assert found is not None
    return found


def test_a_file_is_shown_before_anything_happens_then_told_and_its_faults_given_back(house, koen):
    house.write(amelie, "Bonjour")
    batch = send(koen)
    page = koen.get(f"{PAGE}/files/{batch.id}").text
    assert "These columns are not read: Montant" in page
    assert re.search(r"faulty lines</dt><dd>1<", page)
    assert re.search(r"client found</dt><dd>1<", page)
    assert db.session.scalars(select(Notice)).all() == []
    koen.post(f"{PAGE}/files/{batch.id}/start")
    work(house)
    states = [one.state for one in db.session.scalars(select(Notice).order_by(Notice.line))]
    assert states == [NoticeState.TOLD, NoticeState.UNMATCHED]
    told = db.session.scalars(select(Notice).order_by(Notice.line)).first()
    assert told is not None
    assert told.message is not None
    assert told.message.not_before is not None
    assert told.pays_on == DAY
    faults = koen.get(f"{PAGE}/files/{batch.id}/faults.csv").text
    assert "'=F-3" in faults
    assert "This must be one of received" in faults
    assert amelie.email not in faults


def test_a_file_can_be_taken_back_before_anything_has_left(house, koen):
    house.write(amelie, "Bonjour")
    batch = send(koen)
    koen.post(f"{PAGE}/files/{batch.id}/start")
    work(house)
    assert "It is let go" in koen.get(f"{PAGE}/files/{batch.id}").text
    koen.post(f"{PAGE}/files/{batch.id}/withdrawal")
    db.session.expire_all()
    kept = db.session.scalars(select(Notice).order_by(Notice.id)).all()
    assert {(one.state, one.why) for one in kept} == {(NoticeState.DISMISSED, Why.WITHDRAWN)}


def test_a_file_that_was_taken_back_is_told_when_it_is_sent_again(house, koen):
    house.write(amelie, "Bonjour")
    for last in (False, True):
        batch = send(koen)
        koen.post(f"{PAGE}/files/{batch.id}/start")
        work(house)
        if not last:
            koen.post(f"{PAGE}/files/{batch.id}/withdrawal")
    db.session.expire_all()
    states = {
        one.state
        for one in db.session.scalars(
            select(Notice).where(Notice.batch_id == batch.id).order_by(Notice.id)
        )
    }
    assert states == {NoticeState.TOLD, NoticeState.UNMATCHED}


def test_the_same_file_again_is_said_and_tells_nobody_twice(house, koen):
    house.write(amelie, "Bonjour")
    for _time in range(2):
        batch = send(koen)
        page = koen.get(f"{PAGE}/files/{batch.id}").text
        koen.post(f"{PAGE}/files/{batch.id}/start")
        work(house)
    assert "The very same file was let go before" in page
    assert len(db.session.scalars(select(Notice)).all()) == 2


def test_a_killed_worker_goes_on_where_the_file_was_left(house, koen, monkeypatch):
    monkeypatch.setattr(notice_file, "AT_ONCE", 1)
    batch = send(koen)
    with transaction():
        batch.start(by=house.koen, at=now())
        assert notice_file.read_on(batch, now())
    assert batch.done == 1
    with transaction():
        while notice_file.read_on(batch, now()):
            pass
    assert (batch.done, len(batch.faults)) == (3, 1)
    assert len(db.session.scalars(select(Notice)).all()) == 2


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", b"kind;email\r\n", b"colour;shape\r\nred;round\r\n"],
    ids=["empty", "words", "header", "unknown"],
)
def test_what_is_no_table_is_said_in_words(koen, content):
    answer = koen.post(f"{PAGE}/files", data={"file": (io.BytesIO(content), "x.csv")})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_table_is_read_however_it_was_saved(app, encoding):
    comma = TABLE.replace("1 614,10", "1").replace(";", ",")
    for table in (TABLE, comma):
        shown = notice_file.preview(table.encode(encoding), now())
        assert [event.kind for _place, event in shown.events] == ["payment_announced", "paid"]


def test_who_leads_says_whose_it_is_and_can_undo(house, koen):
    ticket = house.ticket(house.write(amelie, "Bonjour"))
    notice = happened("e1", client={"email": "nobody@else.example"})
    work(house)
    page = koen.get(f"{PAGE}?state=unmatched").text
    assert "n•••@else.example" in page
    assert "nobody@else" not in page
    answer = koen.post(f"{PAGE}/{notice.id}/client", data={"ticket": f"#{ticket.number}"})
    assert "Matched" in koen.get(answer.headers["Location"]).text
    koen.post(f"{PAGE}/{notice.id}/client/undo")
    db.session.refresh(notice)
    assert notice.state == NoticeState.UNMATCHED


def test_setting_aside_needs_a_reason_and_can_be_undone(house, koen):
    notice = happened("e1", client={"email": "nobody@else.example"})
    work(house)
    assert koen.post(f"{PAGE}/{notice.id}/dismissal", data={"why": " "}).status_code == 422
    koen.post(f"{PAGE}/{notice.id}/dismissal", data={"why": "a test of theirs"})
    db.session.refresh(notice)
    assert (notice.state, notice.why) == (NoticeState.DISMISSED, "a test of theirs")
    koen.post(f"{PAGE}/{notice.id}/dismissal/undo")
    db.session.refresh(notice)
    assert notice.state == NoticeState.UNMATCHED


def test_whom_no_mail_reaches_is_called_by_an_agent(house, client):
    contact = house.call(amelie, "demande où en est son dossier", by=house.nadia)
    notice = happened("e1", client={"id": contact.client_id})
    work(house)
    client.sign_in(house.nadia)
    assert "tel:+32475123456" in client.get(f"{PAGE}?state=no_address").text
    assert client.post(f"{PAGE}/{notice.id}/callback").status_code == 303
    assert client.post(f"{PAGE}/{notice.id}/telephone").status_code == 303
    db.session.refresh(notice)
    assert notice.why == Why.BY_PHONE
    client.sign_in(house.koen)
    page = client.get(f"/desk/tickets/{house.ticket(contact).number}").text
    assert "What we told of the file" in page
    assert "told by telephone" in page


def test_an_agent_may_not_match_nor_send_files_nor_write_texts(house, client):
    client.sign_in(house.nadia)
    assert client.post(f"{PAGE}/files").status_code == 403
    assert client.get(f"{PAGE}/files/new").status_code == 403
    assert client.post(f"{PAGE}/texts/paid").status_code == 403


def test_of_a_restricted_topic_a_stranger_learns_nothing(house, client):
    restricted = db.session.scalars(select(Topic.id).where(Topic.restricted)).first()
    notice = happened("e1", client={"email": "x@else.example"}, topic=restricted)
    work(house)
    client.sign_in(house.stranger)
    assert "x•••@else.example" not in client.get(PAGE).text
    assert client.post(f"{PAGE}/{notice.id}/telephone").status_code == 404


def test_a_text_is_tried_saved_compared_and_taken_back(house, koen):
    standing = NoticeText.standing("paid")
    assert standing is not None
    form = {f"subject-{code}": words for code, words in standing.subjects.items()}
    form |= {f"text-{code}": f"{words}\n\nPS." for code, words in standing.texts.items()}
    looked = koen.post(f"{PAGE}/texts/paid", data={**form, "told": "1", "seen": "1", "look": "1"})
    assert "PS." in looked.text
    assert NoticeText.standing("paid").number == 1
    koen.post(f"{PAGE}/texts/paid", data={**form, "told": "1", "seen": "1"})
    assert NoticeText.standing("paid").number == 2
    assert "What changed" in koen.get(f"{PAGE}/texts/paid").text
    late = koen.post(f"{PAGE}/texts/paid", data={**form, "seen": "1"})
    assert late.status_code == 409
    koen.post(f"{PAGE}/texts/paid/versions/1/restoration")
    assert NoticeText.standing("paid").texts == standing.texts


def test_a_slip_of_the_pen_is_named(koen):
    form = {f"{part}-{code}": "Bon {jour}" for part in ("subject", "text") for code in
            ("fr", "nl", "de", "en")}  # fmt: skip
    answer = koen.post(f"{PAGE}/texts/paid", data={**form, "seen": "1"})
    assert answer.status_code == 422
    assert "Nobody knows what {jour} is." in answer.text
