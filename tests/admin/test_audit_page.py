"""The audit log as people read it: sentences, filters, and a chain that can be checked."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import text

from models import audit, audit_check, audit_reading
from models.audit import Audit
from models.audit_check import AuditCheck
from models.audit_reading import AuditFilter
from models.base import db, now, transaction
from models.calendar import business_day
from models.event import record
from models.house_mail import of_causes
from models.user import User
from tests.chain import first_broken
from tests.people import Browser, House, amelie
from triage import audit_checking as checking
from triage import audit_heads, signs
from triage.admin.deed_words import DEEDS, deed, detail
from triage.signs import Light


@pytest.fixture
def as_ada(client: Browser, ada: User) -> Browser:
    client.sign_in(ada)
    return client


def rewrite(statement: str) -> None:
    with transaction():
        db.session.execute(text("ALTER TABLE audit DISABLE TRIGGER USER"))
        db.session.execute(text(statement))
        db.session.execute(text("ALTER TABLE audit ENABLE TRIGGER USER"))
    db.session.expire_all()


def actions(**by) -> list[str]:
    return [row.action for row in AuditFilter(**by).rows()[0]]


def test_a_row_reads_like_a_sentence(as_ada, ada, nadia):
    with transaction():
        record("user.changed", by=ada, user=nadia.id, before={"role": "agent"})
    page = as_ada.get("/admin/audit").text
    assert "Ada Lemaire</strong> changed a person" in page
    assert f'/admin/people/{nadia.id}">Nadia Benali' in page
    assert "role: agent" in page


def test_rows_are_found_by_person_deed_thing_and_day(house: House, ada, nadia, koen):
    ticket = house.ticket(house.write(amelie, "Où en est mon droit passerelle ?"))
    today = business_day(now())
    with transaction():
        record("user.changed", by=ada, user=nadia.id)
        record("user.added", by=ada, user=koen.id)
        record("userland.added", by=ada)
        record("ticket.noted", by=nadia, ticket_id=ticket.id)
    assert actions(actor_id=nadia.id) == ["ticket.noted"]
    assert actions(action="user") == ["user.added", "user.changed"]
    assert actions(action="user.added") == ["user.added"]
    assert actions(about_id=nadia.id) == ["user.changed"]
    assert actions(ticket_number=ticket.number) == ["ticket.noted"]
    assert actions(ticket_number=1) == []
    assert len(actions(since=today, until=today)) == 4
    assert actions(until=today - timedelta(days=1)) == []


def test_a_long_log_is_read_page_by_page(ada, monkeypatch):
    monkeypatch.setattr(audit_reading, "PAGE", 2)
    with transaction():
        for _ in range(3):
            record("user.added", by=ada)
    first, more = AuditFilter().rows()
    last, none = AuditFilter().rows(before=first[-1].seq)
    assert ([row.seq for row in first], more) == ([3, 2], True)
    assert ([row.seq for row in last], none) == ([1], False)


def test_the_administrator_learns_of_a_ticket_no_more_than_its_number(house, as_ada, nadia):
    ticket = house.ticket(house.write(amelie, "Où en est mon droit passerelle ?"))
    with transaction():
        record("ticket.noted", by=nadia, ticket_id=ticket.id)
    page = as_ada.get("/admin/audit").text
    assert f"#{ticket.number}" in page
    assert f"/desk/tickets/{ticket.number}" not in page


def verified(house: House, browser: Browser) -> str:
    """The page once a worker has done what is asked for there."""
    page = browser.get(browser.post("/admin/audit/verification").location).text
    assert "deeds verified" in page or "deed verified" in page
    while checking.check_waiting("a worker", house.app.extensions["settings"]):
        db.session.expire_all()
    return browser.get("/admin/audit").text


def test_verifying_says_that_the_chain_is_whole_and_where_it_is_not(house: House, as_ada, ada):
    with transaction():
        for _ in range(3):
            record("user.added", by=ada)
    assert "the chain is whole" in verified(house, as_ada)
    rewrite("UPDATE audit SET action = 'user.removed' WHERE seq = 2")
    assert "row 2 was changed" in verified(house, as_ada)
    with transaction():  # one that cannot be done has not found it whole
        AuditCheck.ask(by=ada, at=now()).end(now(), trouble="OSError")
    (sign,) = [
        one for one in signs.signs(house.app.extensions["settings"], now()) if one.key == "audit"
    ]
    assert sign.light is Light.ILL


def test_a_verification_goes_on_where_it_was_interrupted(settings, ada, monkeypatch):
    monkeypatch.setattr(audit, "AT_ONCE", 2)
    monkeypatch.setattr(audit_check, "TURN", 1)
    with transaction():
        for _ in range(5):
            record("user.added", by=ada)
        check = AuditCheck.ask(by=None, at=now())
        assert AuditCheck.ask(by=ada, at=now()) is check
    checking.check_waiting("one that is killed then", settings)
    assert (AuditCheck.last().reached, AuditCheck.last().running) == (2, True)
    rewrite("UPDATE audit SET action = 'user.removed' WHERE seq = 1")  # it does not begin anew
    while checking.check_waiting("another", settings):
        db.session.expire_all()
    assert (AuditCheck.last().reached, AuditCheck.last().whole) == (5, True)


def test_a_verification_that_cannot_be_done_ends_and_says_why(settings, ada, monkeypatch):
    def fall(*_args: object) -> None:
        raise OSError("the folder is gone")

    monkeypatch.setattr(audit_heads, "disagreement", fall)
    monkeypatch.setattr(checking, "PAUSE", timedelta(0))
    with transaction():
        AuditCheck.ask(by=ada, at=now())
    while checking.check_waiting("a worker", settings):
        db.session.expire_all()
    last = AuditCheck.last()
    assert (last.running, last.whole, last.trouble) == (False, False, "OSError")


def test_each_day_the_last_digest_leaves_the_database(settings, ada, nadia):
    with transaction():
        record("user.added", by=ada)
        audit_heads.keep(now())
        audit_heads.keep(now())
    head = audit_reading.head()
    kept = audit_heads.heads(settings)
    assert [(one["seq"], one["digest"]) for one in kept] == [(head.seq, head.digest.hex())]
    mails = of_causes("audit_head:")
    assert [mail.recipient.partition("@")[0] for mail in mails] == ["ada"]
    assert head.digest.hex() in mails[0].text


def test_a_chain_that_was_written_anew_does_not_fit_the_kept_digest(house, as_ada, ada, settings):
    with transaction():
        record("user.added", by=ada, login="a")
        audit_heads.keep(now())
    assert audit_heads.disagreement(settings) is None
    forged = db.session.get_one(Audit, 1)
    forged.facts = {"login": "b"}
    digest = forged.computed_digest().hex()
    db.session.rollback()
    rewrite(
        f"UPDATE audit SET facts = '{json.dumps({'login': 'b'})}', digest = '\\x{digest}'"
        " WHERE seq = 1"
    )
    assert first_broken() is None
    assert audit_heads.disagreement(settings) == business_day(now()).isoformat()
    assert "written anew" in verified(house, as_ada)


def test_what_went_with_a_restored_copy_is_no_forgery(settings, ada):
    with transaction():
        record("user.added", by=ada, login="a")
        audit_heads.keep(now())
    audit_heads.note(settings, {"day": "2026-01-02", "seq": 99, "digest": "gone"})
    assert audit_heads.disagreement(settings) == "2026-01-02"
    audit_heads.restored(settings, now())
    assert audit_heads.disagreement(settings) is None
    audit_heads.note(settings, {"day": "2026-01-03", "seq": 1, "digest": "forged"})
    assert audit_heads.disagreement(settings) == "2026-01-03"


def test_a_kept_line_that_cannot_be_read_is_passed_over(settings):
    place = audit_heads.place(settings)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("half a li\n[]\n")
    assert audit_heads.heads(settings) == []


def test_a_deed_without_words_is_still_told():
    assert deed("ticket.laid_aside") == "tickets: laid aside"
    assert deed("user.added") == str(DEEDS["user.added"])
    assert detail({"a": [1, None], "b": "x" * 300}).startswith("a: 1, —, b: xxx")


def test_what_cannot_be_meant_filters_nothing(as_ada):
    page = as_ada.get("/admin/audit?actor=x&ticket=zz&since=never&before=-1&about=99999999999999")
    assert page.status_code == 200
