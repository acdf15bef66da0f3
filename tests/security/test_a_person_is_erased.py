"""A person who spoke on every channel is erased: nothing of him is left in any file of the house.

The database is searched as a dump; everything under DATA_DIR, models and logs too, and every key of
Redis byte by byte.
"""

import base64
import logging
import os
import quopri
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formataddr
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import delete, func, make_url, select

from models import erasure_replay
from models.base import db, now, transaction
from models.calendar import business_day
from models.client import Client
from models.contact import Contact
from models.daily_figure import DailyFigure
from models.draft import Draft, DraftKind
from models.erasure import Cause, Erasure, ErasureState
from models.event import record
from models.flag import Flag
from models.info_reading import InfoSearch
from models.intake import Adapter
from models.lesson import Lesson
from models.mailbox import Mailbox
from models.mailing import Mailing, MailingPurpose, MailingRecipient
from models.model_version import ModelVersion
from models.notice import FileEvent, Notice, NoticeKind
from models.problem import Problem
from models.ticket import Disposition, Ticket
from models.topic import Topic
from tests.chain import first_broken
from tests.conftest import Servers, psycopg_url
from tests.people import House, Person, joris, letter
from triage import exporting, logs
from triage.config import Settings
from triage.embedded import postgres_programs
from triage.exporting import writing
from triage.foundation import bare_app
from triage.intake import receive_mail

WHO = Person("Séraphine Vandenbroucke", "seraphine.vdb@atelier-lys.example", "+32478654321", "fr")
NISS = "85.07.30-033.28"
STREET = "Rue des Mésanges 1478"
SECRETS = (
    WHO.name,
    "Vandenbroucke",
    "seraphine.vdb",
    "atelier-lys",
    "32478654321",
    "0478654321",
    "0478/65.43.21",
    "0478 65 43 21",
    NISS,
    "85073003328",
    STREET,
    "zwaluwkoning",
)
"""Name, mail, telephone, register number, street, and a word that only this person has used."""
STORY = (
    f"Bonjour, je suis {WHO.name}, {STREET}, mon numéro est le 0478/65.43.21, registre {NISS}. "
    "Où en est mon droit passerelle, zwaluwkoning ?"
)


@dataclass
class Lived:
    """What the house knows once the person has lived with it."""

    house: House
    client_id: int
    contacts: int


@pytest.fixture
def logged(settings: Settings) -> Iterator[Path]:
    """Everything that the processes would write down, in a file under DATA_DIR."""
    path = settings.data_dir / "logs" / "all.log"
    path.parent.mkdir()
    handler = logging.FileHandler(path)
    handler.setFormatter(logs.AsJson())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield path
    root.removeHandler(handler)
    root.setLevel(level)
    handler.close()


@pytest.fixture
def lived(logged: Path, house: House, client: Any) -> Lived:
    """Fifty contacts by mail, telephone and form, and all that people of the house add to them."""
    first = house.receive(mail_with_file(), WHO.email)
    ticket = house.ticket(first)
    for number in range(20):
        mail = letter(WHO, f"{STORY} C'est ma question {number}.", f"Question de {WHO.name}")
        receive_mail(mail, adapter=Adapter.SMTP, mail_from=WHO.email, mailbox=Mailbox.first())
    house.work()
    for number in range(19):
        house.call(WHO, f"{WHO.name} rappelle ({number}): {STORY}", by=house.nadia)
    for number in range(10):
        house.fill_form(WHO, f"{STORY} Formulaire {number}")
    people_add(house, ticket, first)
    other = house.ticket(house.write(joris, "Mijn overbruggingsrecht?", "Vraag"))
    with transaction():
        other.note(f"Zie ook {WHO.name}, {WHO.email}, 0478 65 43 21.", by=house.nadia, at=now())
    house.work()
    look_at_pages(house, client)
    found = Client.by_address(WHO.email)
    kept = db.session.scalars(found).one()
    contacts = db.session.scalar(
        select(func.count()).select_from(Contact).where(Contact.client_id == kept.id)
    )
    return Lived(house, kept.id, contacts or 0)


def look_at_pages(house: House, client: Any) -> None:
    """Sessions, looks and lines in the log come of pages that are read."""
    client.sign_in(house.nadia)
    for page in (f"/search/?q={WHO.name}", "/desk/", f"/search/?q={WHO.email}"):
        assert client.get(page, follow_redirects=True).status_code == 200


def people_add(house: House, ticket: Ticket, first: Contact) -> None:
    at = now()
    with transaction():
        ticket.note(f"{WHO.name} habite {STREET}, {NISS}.", by=house.nadia, at=at)
        Flag.raise_on(ticket, f"encore {WHO.name} zwaluwkoning", by=house.nadia, at=at)
        client = Client.named(ticket.client_id)
        assert client is not None
        client.remark = f"{WHO.name}, {STREET}"
        topic = db.session.get(Topic, "bridging_right")
        assert topic is not None
        db.session.add(
            Lesson(
                text=f"{STORY}",
                language="fr",
                topic_id=topic.id,
                contact_id=first.id,
                by_id=house.nadia.id,
                at=at,
            )
        )
        Draft.save(
            house.nadia,
            ticket.id,
            DraftKind.NOTE,
            f"brouillon pour {WHO.name}",
            page="one",
            revision=1,
            at=at,
        )
        first_problem(house, first)
        event = FileEvent("n1", NoticeKind.APPROVED, at, {"email": WHO.email}, {"note": WHO.name})
        notice_id, _kept = Notice.keep(event, "back office")
        notice = db.session.get_one(Notice, notice_id)
        notice.client_id = client.id
        mailing = Mailing.draft("June", MailingPurpose.SERVICE, by=house.koen, at=at)
        db.session.add(
            MailingRecipient(
                mailing_id=mailing.id,
                client_id=client.id,
                address=WHO.email,
                name=WHO.name,
                language="fr",
            )
        )
        record("client.described", by=house.nadia, client_id=client.id, words=STORY)
    house.answer(ticket)
    house.work()
    with transaction():
        exporting.ask("tickets", {"view": "all"}, "csv", by=house.koen, at=now())
    writing.write_waiting("worker", house.app.extensions["settings"])


def first_problem(house: House, contact: Contact) -> None:
    """What the meeting wrote about it, in the client's words."""
    found = db.session.scalars(select(Problem)).first()
    if found is not None:
        found.titles = {"fr": f"{WHO.name} attend"}
        found.sentence = {"fr": f"{WHO.email} attend"}
    db.session.add(
        InfoSearch(day=business_day(now()), language="fr", words=WHO.email, found=0, times=1)
    )


def mail_with_file() -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = formataddr((WHO.name, WHO.email))
    mail["To"] = "contact@fund.example"
    mail["Subject"] = f"Dossier {WHO.name}"
    mail["Message-ID"] = "<first@atelier-lys.example>"
    mail.set_content(STORY)
    mail.add_alternative(f"<p>{STORY}</p><b>{WHO.email}</b>", subtype="html")
    mail.add_attachment(
        f"facture de {WHO.name}, {STREET}, {NISS}".encode(),
        maintype="text",
        subtype="plain",
        filename=f"{WHO.name}.txt",
    )
    return mail.as_bytes()


# --- the search -----------------------------------------------------------------------------


def forms(secret: str) -> set[bytes]:
    """As written, in small letters, and as a mail would have packed it."""
    found = set()
    for words in (secret, secret.lower(), secret.upper()):
        raw = words.encode()
        found |= {raw, words.encode("latin-1", "replace"), quopri.encodestring(raw)}
        for shift in range(3):  # base64 of it at any place of a longer text
            packed = base64.b64encode(b"\0" * shift + raw)
            found.add(packed[(0, 2, 3)[shift] : len(packed) - 4])
    return {form for form in found if len(form) >= 6}


FORMS = {form.lower(): secret for secret in SECRETS for form in forms(secret)}


def found_in(content: bytes) -> set[str]:
    lowered = content.lower()
    return {secret for form, secret in FORMS.items() if form in lowered}


def dump(database_url: str) -> bytes:
    url = psycopg_url(database_url)
    return subprocess.run(
        [str(postgres_programs() / "pg_dump"), "--dbname", url],
        capture_output=True,
        check=True,
        timeout=60,
    ).stdout


def files(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Everything under DATA_DIR, through links too; what is packed also as it is inside."""
    for directory, _folders, names in os.walk(folder, followlinks=True):
        for path in sorted(Path(directory) / name for name in names):
            content = path.read_bytes()
            yield path, str(path.relative_to(folder)).encode() + content
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as archive:
                    for member in archive.namelist():
                        yield path / member, member.encode() + archive.read(member)


def keys(redis_url: str) -> Iterator[tuple[str, bytes]]:
    """Every key of Redis with all that is in it; a text stands in a dump as it is or packed, so
    values are read as what they are."""
    reader = Redis.from_url(redis_url)
    read = {
        b"string": reader.get,
        b"hash": reader.hgetall,
        b"list": lambda key: reader.lrange(key, 0, -1),
        b"set": reader.smembers,
        b"zset": lambda key: reader.zrange(key, 0, -1, withscores=True),
        b"stream": reader.xrange,
    }
    for key in reader.scan_iter():
        kind = bytes(reader.type(key))
        yield key.decode(), key + repr(read[kind](key)).encode()
    reader.close()


def left(app: Flask, servers: Servers) -> dict[str, set[str]]:
    """Where anything of the person still stands."""
    db.session.rollback()
    with psycopg.connect(
        psycopg_url(app.extensions["settings"].database_url), autocommit=True
    ) as connection:
        connection.execute("VACUUM FULL")
    places = {}
    for line in dump(app.extensions["settings"].database_url).split(b"\nCOPY "):
        name = line.split(b" ", 1)[0].decode("utf-8", "replace")[:60]
        if secrets := found_in(line):
            places[name] = secrets
    for path, content in files(app.extensions["settings"].data_dir):
        if secrets := found_in(content):
            places[str(path)] = secrets
    for key, content in keys(app.extensions["settings"].redis_url):
        if secrets := found_in(content):
            places[f"redis {key}"] = secrets
    return places


# --- the proof ------------------------------------------------------------------------------


def erased(lived: Lived) -> Erasure:
    house = lived.house
    at = now()
    with transaction():
        person = Client.named(lived.client_id)
        assert person is not None
        for ticket in db.session.scalars(select(Ticket).where(Ticket.client_id == person.id)):
            ticket.close(by=house.ingrid, at=at, disposition=Disposition.ANSWERED)
    with transaction():
        asked = Erasure.ask(
            Client.named(lived.client_id), [], Cause.REQUEST, WHO.name, by=house.ingrid, at=at
        )
        asked_id = asked.id
    with transaction():
        db.session.get_one(Erasure, asked_id).agree(by=house.ada, at=at, grace=timedelta(0))
    house.work()
    db.session.expire_all()
    done = Erasure.named(asked_id)
    assert done is not None
    return done


def counters() -> list[tuple[Any, ...]]:
    """What was said today, counted anew as if the day were over."""
    with transaction():
        db.session.execute(delete(DailyFigure))
        DailyFigure.close(now() + timedelta(days=1))
    counted = DailyFigure.__table__
    asked = select(counted).where(DailyFigure.kpi.in_(["inflow", "repeats", "failures", "other"]))
    rows = db.session.execute(asked.order_by(*counted.primary_key)).all()
    return [tuple(row) for row in rows]


def test_nothing_of_the_person_is_left(
    app: Flask, lived: Lived, servers: Servers, fresh_database: Callable[[], str]
) -> None:
    """One long story, because making fifty contacts takes longer than all the rest."""
    settings = app.extensions["settings"]
    assert lived.contacts >= 50
    before = left(app, servers)
    assert {secret for secrets in before.values() for secret in secrets} >= set(SECRETS[:4])
    told = {Path(place).parent.name for place in before if "/" in place}
    assert {"exports", "outbox"} <= told, "what was taken along and what left lie on the disk"
    assert not any("log" in place or "redis" in place for place in before)
    backup = dump(settings.database_url)
    shutil.copytree(settings.files_dir, settings.data_dir.parent / "kept")
    counted = counters()
    done = erased(lived)
    assert (done.state, done.error) == (ErasureState.DONE, "")
    assert left(app, servers) == {}
    assert counters() == counted
    assert first_broken() is None
    thread_says_so(lived)
    log_names_nobody(settings.data_dir)
    restored_and_replayed(app, servers, fresh_database(), backup)


def thread_says_so(lived: Lived) -> None:
    contacts = select(Contact).where(Contact.client_id == lived.client_id)
    for contact in db.session.scalars(contacts):
        assert contact.erased_at is not None
        assert (contact.text, contact.intake.raw, contact.attachments) == ("", b"", [])
        assert contact.topic_id is not None
    versions = db.session.scalars(select(ModelVersion.stale_at)).all()
    assert all(versions)


def log_names_nobody(data_dir: Path) -> None:
    log = (data_dir / "erasures.jsonl").read_bytes()
    assert b"pseudonym" in log
    assert found_in(log) == set()


def restored_and_replayed(app: Flask, servers: Servers, url: str, backup: bytes) -> None:
    """An older backup brings the person back, in rows and in files; the log takes him out again."""
    settings = app.extensions["settings"]
    servers.drop(str(make_url(url).database))
    servers.administer(f'CREATE DATABASE "{make_url(url).database}"')
    subprocess.run(
        [str(postgres_programs() / "psql"), "--quiet", "--dbname", psycopg_url(url)],
        input=backup,
        capture_output=True,
        check=True,
        timeout=120,
    )
    shutil.copytree(settings.data_dir.parent / "kept", settings.files_dir, dirs_exist_ok=True)
    older = bare_app(replace(settings, database_url=url))
    with older.app_context():
        assert left(older, servers) != {}
        assert erasure_replay.replay(now()) == 1
        assert left(older, servers) == {}
        assert erasure_replay.replay(now()) == 0
        db.session.remove()
        db.engine.dispose()
