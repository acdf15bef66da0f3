"""IMAP servers for tests: pymap in a process of its own, and one that misbehaves on request."""

import base64
import json
import re
import socketserver
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from socket import create_connection, socket
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs

from imap_tools.mailbox import MailBoxUnencrypted

from models.base import db, transaction
from models.mailbox import Login, MailAccount, Mailbox, Security

USER, PASSWORD = "support", "secret"
READY = 20.0


def free_port() -> int:
    with closing(socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        assert isinstance(port, int)
        return port


def account(at: int, **changes: Any) -> MailAccount:
    """The account of the first mailbox, at a server on this machine."""
    mailbox = Mailbox.first()
    assert mailbox is not None
    secret = changes.pop("secret", PASSWORD)
    with transaction():
        made = MailAccount.of(mailbox.id)
        if made is None:
            made = MailAccount(mailbox_id=mailbox.id)
            db.session.add(made)
        wanted = {
            "host": "127.0.0.1",
            "port": at,
            "security": Security.NONE.value,
            "username": USER,
            "login": Login.PASSWORD.value,
        }
        for name, value in (wanted | changes).items():
            setattr(made, name, value)
        db.session.flush()
        made.keep_secret(secret)
    return made


class Server:
    """A real server, as a mail program sees it."""

    def __init__(self, port: int) -> None:
        self.port = port

    @contextmanager
    def opened(self) -> Iterator[MailBoxUnencrypted]:
        with MailBoxUnencrypted("127.0.0.1", self.port, timeout=20) as box:
            yield box.login(USER, PASSWORD)

    def deliver(self, *mails: bytes, folder: str = "INBOX") -> None:
        with self.opened() as box:
            for mail in mails:
                box.append(mail, folder)

    def count(self, folder: str = "INBOX") -> int:
        with self.opened() as box:
            return box.folder.status(folder)["MESSAGES"] if box.folder.exists(folder) else 0

    def begin_anew(self) -> None:
        """Another folder under the same name, as after a restore: its UIDs mean nothing now."""
        with self.opened() as box:
            box.folder.create("Other")
            box.folder.set("INBOX")
            if uids := box.uids():
                box.move(uids, "Other")


@contextmanager
def pymap() -> Iterator[Server]:
    """An IMAP server that keeps everything in memory."""
    port = free_port()
    command = [
        str(Path(sys.executable).parent / "pymap"),
        *("--host", "127.0.0.1", "--port", str(port), "--no-tls"),
        *("--no-service", "admin", "--no-service", "managesieve"),
        *("dict", "--demo-user", USER, "--demo-password", PASSWORD),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield Server(port)
    finally:
        process.kill()
        process.wait()


def wait_for(port: int) -> None:
    deadline = time.monotonic() + READY
    while True:
        with suppress(OSError):
            create_connection(("127.0.0.1", port), timeout=1).close()
            return
        assert time.monotonic() < deadline, "the mail server does not start"
        time.sleep(0.05)


class Odd:
    """A small IMAP server of one folder and one user that does wrong what it is told to."""

    def __init__(self) -> None:
        self.folders: dict[str, dict[int, bytes]] = {"INBOX": {}}
        self.validity = 1
        self.capabilities = "IMAP4rev1 AUTH=XOAUTH2 IDLE UIDPLUS"
        self.tokens = {"good-token"}
        self.next_uid = 1
        self.deleted: set[int] = set()
        self.refused: set[int] = set()
        """UIDs that it does not hand over."""
        self.cut_at: int | None = None
        """The UID in whose middle the connection breaks, once."""
        self.read_only = False
        self.makes_folders = True
        self.expunges = 0
        self.commands: list[str] = []
        self.news = Event()
        self.port = 0

    def deliver(self, *mails: bytes) -> list[int]:
        made = []
        for mail in mails:
            self.folders["INBOX"][self.next_uid] = mail
            made.append(self.next_uid)
            self.next_uid += 1
        self.news.set()
        return made

    @contextmanager
    def running(self) -> Iterator["Odd"]:
        odd = self

        class Session(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                with suppress(OSError, ValueError):
                    _Talk(odd, self.rfile, self.wfile).go()

        socketserver.ThreadingTCPServer.allow_reuse_address = True
        with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as server:
            server.daemon_threads = True
            server.block_on_close = False
            self.port = server.server_address[1]
            thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
            thread.start()
            yield self
            self.news.set()
            server.shutdown()
            thread.join()


class _Talk:
    """One connection to it."""

    def __init__(self, odd: Odd, rfile: Any, wfile: Any) -> None:
        self.odd, self.rfile, self.wfile = odd, rfile, wfile
        self.folder = "INBOX"

    def say(self, *lines: str | bytes) -> None:
        for line in lines:
            self.wfile.write((line.encode() if isinstance(line, str) else line) + b"\r\n")

    def go(self) -> None:
        self.say("* OK ready")
        while line := self.rfile.readline().decode().strip():
            tag, _, rest = line.partition(" ")
            self.odd.commands.append(rest)
            verb, _, arguments = rest.partition(" ")
            if verb == "UID":
                verb, _, arguments = arguments.partition(" ")
                verb = f"uid_{verb}"
            answer = getattr(self, f"on_{verb.lower()}", lambda _: "OK")(arguments)
            if answer is None:
                return
            self.say(f"{tag} {answer} done")

    def on_capability(self, _: str) -> str:
        self.say(f"* CAPABILITY {self.odd.capabilities}")
        return "OK"

    def on_login(self, arguments: str) -> str:
        return "OK" if arguments == f'"{USER}" "{PASSWORD}"' else "NO [AUTHENTICATIONFAILED]"

    def on_authenticate(self, mechanism: str) -> str:
        self.say("+ ")
        given = base64.b64decode(self.rfile.readline()).decode()
        if mechanism != "XOAUTH2":
            return "NO [AUTHENTICATIONFAILED]"
        if any(f"auth=Bearer {token}\1\1" in given for token in self.odd.tokens):
            return "OK"
        self.say("+ " + base64.b64encode(b'{"status":"401"}').decode())
        assert self.rfile.readline() == b"\r\n"
        return "NO [AUTHENTICATIONFAILED]"

    def on_select(self, name: str) -> str:
        self.folder = name.strip('"')
        if self.folder not in self.odd.folders:
            return "NO [NONEXISTENT]"
        self.say(f"* {len(self.mails)} EXISTS", f"* OK [UIDVALIDITY {self.odd.validity}] ok")
        return "OK [READ-ONLY]" if self.odd.read_only else "OK [READ-WRITE]"

    on_examine = on_select

    @property
    def mails(self) -> dict[int, bytes]:
        return self.odd.folders[self.folder]

    def on_list(self, arguments: str) -> str:
        wanted = arguments.split()[-1].strip('"')
        if wanted in self.odd.folders:
            self.say(f'* LIST () "/" "{wanted}"')
        return "OK"

    def on_create(self, name: str) -> str:
        if not self.odd.makes_folders:
            return "NO [CANNOT]"
        self.odd.folders[name.strip('"')] = {}
        return "OK"

    def chosen(self, words: str) -> list[int]:
        found = []
        for run in words.split(","):
            first, _, last = run.partition(":")
            end = max(self.mails, default=0) if last == "*" else int(last or first)
            found += [uid for uid in self.mails if int(first) <= uid <= max(end, int(first))]
        return found

    def on_uid_search(self, criteria: str) -> str:
        found = list(self.mails)
        if criteria.startswith("UID "):
            found = self.chosen(criteria.split()[1])
            if criteria.endswith("UNDELETED"):
                found = [uid for uid in found if uid not in self.odd.deleted]
        elif criteria == "DELETED":
            found = [uid for uid in found if uid in self.odd.deleted]
        self.say("* SEARCH " + " ".join(map(str, found)))
        return "OK"

    def on_uid_fetch(self, arguments: str) -> str | None:
        uids, _, items = arguments.partition(" ")
        for uid in self.chosen(uids):
            mail = self.mails[uid]
            if "SIZE" in items:
                self.say(f"* {uid} FETCH (UID {uid} RFC822.SIZE {len(mail)})")
                continue
            if uid in self.odd.refused:
                return "NO [SERVERBUG]"
            head, _, text = mail.partition(b"\r\n\r\n")
            if "HEADER" in items:
                mail = head + b"\r\n\r\n"
            if part := re.search(r"TEXT\]<0\.(\d+)>", items):
                mail = text[: int(part[1])]
            self.wfile.write(f"* {uid} FETCH (UID {uid} BODY[] {{{len(mail)}}}\r\n".encode())
            if self.odd.cut_at == uid:
                self.odd.cut_at = None
                self.wfile.write(mail[: len(mail) // 2])
                return None
            self.say(mail + b")")
        return "OK"

    def on_uid_copy(self, arguments: str) -> str:
        uids, _, folder = arguments.partition(" ")
        copied = {uid: self.mails[uid] for uid in self.chosen(uids)}
        self.odd.folders[folder.strip('"')].update(copied)
        return "OK"

    def on_uid_store(self, arguments: str) -> str:
        self.odd.deleted |= set(self.chosen(arguments.split()[0]))
        return "OK"

    def on_uid_expunge(self, uids: str) -> str:
        for uid in set(self.chosen(uids)) & self.odd.deleted:
            del self.mails[uid]
        return "OK"

    def on_expunge(self, _: str) -> str:
        self.odd.expunges += 1
        return self.on_uid_expunge(f"1:{max(self.mails, default=1)}")

    def on_uid_move(self, _: str) -> str:
        return "BAD"

    def on_idle(self, _: str) -> str:
        self.odd.news.clear()
        self.say("+ idling")
        if self.odd.news.wait(30):
            self.say(f"* {len(self.mails)} EXISTS")
        self.rfile.readline()
        return "OK"

    def on_logout(self, _: str) -> str:
        self.say("* BYE")
        return "OK"


class TokenShop:
    """A token endpoint: it sells access tokens for the refresh token that it knows."""

    def __init__(self) -> None:
        self.refresh = "refresh-1"
        self.next_refresh: str | None = None
        self.access = "good-token"
        self.asked: list[dict[str, str]] = []
        self.url = ""
        self.moved_to: str | None = None

    @contextmanager
    def running(self) -> Iterator["TokenShop"]:
        shop = self

        class Counter(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {name: values[0] for name, values in parse_qs(body).items()}
                shop.asked.append(form)
                code, said = shop.answer(form)
                self.send_response(code)
                if shop.moved_to:
                    self.send_header("Location", shop.moved_to)
                self.end_headers()
                self.wfile.write(json.dumps(said).encode())

            def log_message(self, *_: Any) -> None:
                pass

        with HTTPServer(("127.0.0.1", 0), Counter) as server:
            self.url = f"http://127.0.0.1:{server.server_port}/token"
            thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
            thread.start()
            yield self
            server.shutdown()
            thread.join()

    def answer(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if self.moved_to:
            return 302, {}
        if form.get("refresh_token") != self.refresh:
            return 400, {"error": "invalid_grant", "error_description": "it has been revoked"}
        said: dict[str, Any] = {"access_token": self.access, "expires_in": 3600}
        if self.next_refresh:
            self.refresh = said["refresh_token"] = self.next_refresh
        return 200, said
