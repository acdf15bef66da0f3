"""The same against Dovecot 2.3, which keeps much of the world's mail; skipped where it is missing.

Debian: `apt install dovecot-imapd dovecot-lmtpd`, and tests run as root.
"""

import os
import pwd
import shutil
import signal
import smtplib
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from models.base import db
from models.contact import Contact
from models.intake import Intake
from models.mailbox import MailAccount
from tests.mail_servers import PASSWORD, USER, Server, account, free_port, wait_for
from tests.people import Person, amelie, joris, letter
from triage.intake.fetching.watch import Fetchers, fetch_once

PROGRAM = "/usr/sbin/dovecot"
PATIENCE = 20.0


def missing() -> str | None:
    """Why these tests cannot run here."""
    if not os.access(PROGRAM, os.X_OK):
        return "Dovecot is not installed (Debian: apt install dovecot-imapd dovecot-lmtpd)"
    version = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True).stdout
    if not version.startswith("2.3"):
        return f"this Dovecot ({version.strip()}) reads another configuration than 2.3"
    return None if os.geteuid() == 0 else "Dovecot is started by root only"


pytestmark = pytest.mark.skipif(missing() is not None, reason=missing() or "")

CONFIGURATION = """
protocols = imap lmtp
listen = 127.0.0.1
base_dir = {folder}/run
log_path = {folder}/dovecot.log
ssl = no
disable_plaintext_auth = no
default_internal_user = dovecot
default_login_user = dovenull
mail_location = maildir:{folder}/mail/%u
mail_uid = mail
mail_gid = mail
first_valid_uid = 8
first_valid_gid = 8
auth_mechanisms = plain login
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={folder}/mail/%u allow_all_users=yes
}}
service imap-login {{
  inet_listener imap {{
    address = 127.0.0.1
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
protocol lmtp {{
  postmaster_address = postmaster@localhost
}}
namespace inbox {{
  inbox = yes
}}
"""


class Dovecot(Server):
    """One that runs for the tests of this file."""

    def __init__(self, folder: Path) -> None:
        super().__init__(free_port())
        self.folder = folder
        self.lmtp = free_port()

    def start(self) -> subprocess.Popen[bytes]:
        mail = pwd.getpwnam("mail")
        self.folder.chmod(0o755)
        for name in ("run", "mail"):
            (self.folder / name).mkdir()
        os.chown(self.folder / "mail", mail.pw_uid, mail.pw_gid)
        (self.folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
        written = self.folder / "dovecot.conf"
        written.write_text(CONFIGURATION.format(folder=self.folder, imap=self.port, lmtp=self.lmtp))
        process = subprocess.Popen([PROGRAM, "-F", "-c", str(written)])
        wait_for(self.port)
        wait_for(self.lmtp)
        return process

    def deliver(self, *mails: bytes, folder: str = "INBOX") -> None:
        with smtplib.LMTP("127.0.0.1", self.lmtp) as server:
            for mail in mails:
                server.sendmail("relay@home.example", [USER], mail)

    def forget_everything(self) -> None:
        """As after a restore on an empty disk."""
        shutil.rmtree(self.folder / "mail" / USER)


@pytest.fixture
def server(app) -> Iterator[Dovecot]:
    folder = Path(tempfile.mkdtemp(prefix="dc-"))
    dovecot = Dovecot(folder)
    process = dovecot.start()
    account(dovecot.port)
    yield dovecot
    process.send_signal(signal.SIGTERM)
    process.wait(PATIENCE)
    shutil.rmtree(folder)


def clients(number: int) -> list[bytes]:
    people = [Person(f"Client {n}", f"client{n}@home.example", "", "fr") for n in range(number)]
    return [letter(who, f"Bonjour, où en est mon dossier, {who.name} ?") for who in people]


def count(table: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def fetched(settings) -> int:
    found = db.session.scalars(MailAccount.everything()).one()
    return fetch_once(found.mailbox_id, settings, until_empty=True).kept


def test_many_mails_are_fetched_and_moved(server, settings):
    server.deliver(*clients(120))
    began = time.monotonic()
    assert fetched(settings) == 120
    assert time.monotonic() - began < PATIENCE
    assert (server.count(), server.count("Processed")) == (0, 120)
    kept = db.session.scalars(select(Intake)).first()
    assert kept is not None
    assert kept.envelope["mail_from"] == "relay@home.example"


def test_a_new_mail_is_announced(app, server):
    watching = Fetchers(app)
    watching.look()
    server.deliver(letter(amelie, "Bonjour"))
    deadline = time.monotonic() + PATIENCE
    for expected in (1, 2):
        while count(Intake) < expected:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        if expected == 1:
            time.sleep(0.5)
            server.deliver(letter(joris, "Dag"))
    watching.stop(PATIENCE)


def test_a_mailbox_that_was_emptied_and_refilled_is_taken_again_and_nothing_twice(
    server, settings, house
):
    first, second, third = clients(3)
    server.deliver(first, second)
    fetched(settings)
    before = db.session.scalars(select(MailAccount.uidvalidity)).one()
    server.forget_everything()
    time.sleep(1.1)  # its UIDVALIDITY is a time in seconds
    server.deliver(second, third)
    assert fetched(settings) == 2
    assert db.session.scalars(select(MailAccount.uidvalidity)).one() != before
    house.work()
    assert count(Contact) == 3
