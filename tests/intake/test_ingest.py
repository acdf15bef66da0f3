"""`triage ingest`: the pipe of a mail server. Exit 0 only once the mail is kept."""

import io
import json
import mailbox
from pathlib import Path
from threading import Event as Signal
from threading import Thread
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from models.base import db, transaction
from models.intake import Adapter, Intake
from models.mailbox import Mailbox
from tests.people import amelie, joris, letter
from triage import background
from triage.commands import ingest
from triage.intake import NoRoom

QUESTION = "Bonjour, où en est ma demande de droit passerelle ? Quand serai-je payée ?"


@pytest.fixture
def pipe(app, settings, monkeypatch):
    """The command on the test's own application."""
    monkeypatch.setattr(ingest, "bare_app", lambda _settings: app)
    environment = {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "DATA_DIR": str(settings.data_dir),
        "MAIL_DOMAIN": settings.mail_domain,
    }

    def run(raw: bytes, *arguments: str, **wrong: str) -> Result:
        return CliRunner().invoke(
            ingest.command, arguments, input=io.BytesIO(raw), env=environment | wrong
        )

    return run


@pytest.fixture
def working(app, settings):
    """A worker beside the command."""
    stop = Signal()

    def work() -> None:
        while not stop.wait(0.05):
            with app.app_context():
                background.keep_promises(settings, 1)

    thread = Thread(target=work)
    thread.start()
    yield
    stop.set()
    thread.join()


def told(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    db.session.rollback()
    return [json.loads(line) for line in result.stdout.splitlines()]


def intakes() -> list[Intake]:
    db.session.rollback()
    return list(db.session.scalars(select(Intake).order_by(Intake.id)))


def test_a_mail_is_kept_as_it_came(pipe):
    raw = letter(amelie, QUESTION)
    (said,) = told(pipe(raw))
    (kept,) = intakes()
    assert said == {"intake": kept.id, "outcome": "stored"}
    assert (kept.raw, kept.adapter) == (raw, Adapter.STDIN)


def test_any_bytes_are_kept(pipe):
    raw = bytes(range(256))
    told(pipe(raw))
    assert intakes()[0].raw == raw


def test_the_envelope_is_kept(pipe):
    told(
        pipe(
            letter(amelie, QUESTION),
            *("--envelope-from", amelie.email),
            *("--envelope-to", "contact+t1.x@fund.example", "--envelope-to", "b@c.example"),
        )
    )
    (kept,) = intakes()
    assert kept.envelope["mail_from"] == amelie.email
    assert kept.envelope["rcpt_to"] == ["contact+t1.x@fund.example", "b@c.example"]


def test_the_mailbox_is_the_one_that_was_named(pipe):
    with transaction():
        db.session.add(Mailbox(name="payment", address="payment@fund.example"))
    told(pipe(letter(amelie, QUESTION), "--mailbox", "payment"))
    told(pipe(letter(amelie, QUESTION), "--envelope-to", "payment+x@fund.example"))
    told(pipe(letter(amelie, QUESTION)))
    assert [kept.mailbox.name for kept in intakes() if kept.mailbox] == [
        "payment",
        "payment",
        "contact",
    ]


def test_an_unknown_mailbox_is_bad_input(pipe):
    result = pipe(letter(amelie, QUESTION), "--mailbox", "nothing")
    assert result.exit_code == 2
    assert "contact" in result.stderr
    assert intakes() == []


def test_an_unknown_option_is_bad_input(pipe):
    assert pipe(b"", "--nonsense").exit_code == 2


def test_without_the_database_the_mail_server_tries_again(settings):
    result = CliRunner().invoke(
        ingest.command,
        input=io.BytesIO(letter(amelie, QUESTION)),
        env={
            "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
            "REDIS_URL": settings.redis_url,
            "DATA_DIR": str(settings.data_dir),
        },
    )
    assert result.exit_code == 75
    assert "try again" in result.stderr
    assert "Traceback" not in result.stderr


def test_where_nothing_runs_the_mail_server_tries_again(tmp_path):
    result = CliRunner().invoke(
        ingest.command,
        input=io.BytesIO(letter(amelie, QUESTION)),
        env={"DATABASE_URL": "", "REDIS_URL": "", "DATA_DIR": str(tmp_path)},
    )
    assert result.exit_code == 75


def test_with_too_little_room_the_mail_server_tries_again(pipe, monkeypatch):
    def full(_settings: object) -> None:
        raise NoRoom

    monkeypatch.setattr(ingest, "refuse_when_full", full)
    assert pipe(letter(amelie, QUESTION)).exit_code == 75
    assert intakes() == []


# --- what became of it ----------------------------------------------------------------------


def test_who_waits_is_told_what_became_of_it(pipe, working):
    (said,) = told(pipe(letter(amelie, QUESTION), "--wait"))
    assert said["outcome"] == "created"
    assert (said["topic"], said["team"]) == ("bridging_right", "bridging")
    assert said["number"].isdigit()
    assert set(said) == {
        *("intake", "contact", "ticket", "number", "outcome", "topic", "intent", "team"),
    }


def test_the_same_again_is_a_duplicate_of_the_first(pipe, working):
    raw = letter(amelie, QUESTION)
    (first,) = told(pipe(raw, "--wait"))
    (again,) = told(pipe(raw, "--wait"))
    assert again["outcome"] == "duplicate"
    assert (again["contact"], again["ticket"]) == (first["contact"], first["ticket"])
    assert again["intake"] != first["intake"]


def test_a_reply_is_a_follow_up(pipe, working):
    raw = letter(amelie, QUESTION, message_id="<one@bakery.example>")
    (first,) = told(pipe(raw, "--wait"))
    reply = letter(amelie, "Et alors ?", in_reply_to="<one@bakery.example>")
    (second,) = told(pipe(reply, "--wait"))
    assert (second["outcome"], second["ticket"]) == ("follow_up", first["ticket"])


def test_a_machines_mail_is_automatic(pipe, working):
    raw = letter(amelie, "Je suis absente.", headers={"Auto-Submitted": "auto-replied"})
    assert told(pipe(raw, "--wait"))[0]["outcome"] == "automatic"


def test_our_own_mail_is_automatic_and_has_no_ticket(pipe, working):
    raw = letter(amelie, "Bonjour", headers={"X-Triage-Loop": "fund.example"})
    (said,) = told(pipe(raw, "--wait"))
    assert (said["outcome"], said["ticket"], said["number"]) == ("automatic", None, None)


def test_who_does_not_wait_for_ever_is_told_that_it_is_kept(pipe, monkeypatch):
    monkeypatch.setattr(ingest, "PATIENCE", 0.1)
    assert told(pipe(letter(amelie, QUESTION), "--wait"))[0]["outcome"] == "stored"


# --- many -----------------------------------------------------------------------------------


def test_an_mbox_is_taken_in_with_totals(pipe, tmp_path):
    box = mailbox.mbox(tmp_path / "old.mbox")
    for who in (amelie, joris):
        box.add(letter(who, QUESTION))
    box.close()
    result = pipe(b"", "--mbox", str(tmp_path / "old.mbox"))
    said = told(result)
    assert [one["outcome"] for one in said] == ["stored", "stored"]
    assert "2 mails: 2 stored" in result.stderr
    assert len(intakes()) == 2


def test_a_directory_is_taken_in_with_what_became_of_each(pipe, working, tmp_path):
    raw = letter(amelie, QUESTION)
    for name in ("a.eml", "b.eml"):
        (tmp_path / name).write_bytes(raw)
    result = pipe(b"", "--dir", str(tmp_path), "--wait")
    assert [(Path(one["source"]).name, one["outcome"]) for one in told(result)] == [
        ("a.eml", "created"),
        ("b.eml", "duplicate"),
    ]
    assert "2 mails: 1 created, 1 duplicate" in result.stderr


def test_an_empty_directory_says_so(pipe, tmp_path):
    result = pipe(b"", "--dir", str(tmp_path))
    assert told(result) == []
    assert "0 mails: nothing found" in result.stderr


# --- many at once, and trouble on the way ---------------------------------------------------


def folder_of(tmp_path: Path, number: int) -> Path:
    for n in range(number):
        (tmp_path / f"{n:03}.eml").write_bytes(letter(amelie, f"Bonjour, question {n} ?"))
    return tmp_path


def test_a_folder_is_kept_in_few_transactions_and_in_its_order(pipe, tmp_path, monkeypatch):
    monkeypatch.setattr(ingest, "BATCH", 4)
    commits: list[object] = []

    def noted(session: object) -> None:
        commits.append(session)

    event.listen(db.session, "after_commit", noted)
    said = told(pipe(b"", "--dir", str(folder_of(tmp_path, 10))))
    event.remove(db.session, "after_commit", noted)
    assert len(commits) == 3
    assert [Path(one["source"]).name for one in said] == [f"{n:03}.eml" for n in range(10)]
    assert [kept.id for kept in intakes()] == [one["intake"] for one in said]


def test_only_what_was_committed_is_told(pipe, tmp_path, monkeypatch):
    monkeypatch.setattr(ingest, "BATCH", 4)
    keep, calls = ingest.receive_mail, []

    def sometimes(raw: bytes, **how: Any) -> int:
        calls.append(raw)
        if len(calls) == 7:
            raise OperationalError("INSERT", {}, ConnectionResetError())
        return keep(raw, **how)

    monkeypatch.setattr(ingest, "receive_mail", sometimes)
    result = pipe(b"", "--dir", str(folder_of(tmp_path, 10)))
    assert result.exit_code == 75
    said = [json.loads(line) for line in result.stdout.splitlines()]
    assert [one["intake"] for one in said] == [kept.id for kept in intakes()]
    assert len(said) == 4


@pytest.mark.parametrize("trouble", [RuntimeError("x"), MemoryError(), OSError(28, "No space")])
def test_whatever_goes_wrong_the_mail_server_tries_again(pipe, monkeypatch, trouble):
    def broken(*_: object, **__: object) -> int:
        raise trouble

    monkeypatch.setattr(ingest, "receive_mail", broken)
    result = pipe(letter(amelie, QUESTION))
    assert result.exit_code == 75
    assert "try again" in result.stderr


def test_with_settings_that_cannot_be_worked_with_the_mail_server_tries_again(pipe):
    assert pipe(letter(amelie, QUESTION), PORT="abc").exit_code == 75
    assert intakes() == []
