"""One connection to an IMAP account: raw bytes out, kept mails moved away, troubles in words.

imap-tools carries the commands; what it would make of a mail is never asked for.
"""

import contextlib
import imaplib
import re
import select
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError
from imap_tools.mailbox import BaseMailBox, MailBox, MailBoxUnencrypted
from imap_tools.utils import encode_folder

from models.mailbox import Login, MailAccount, Security

TIMEOUT = 30.0
LONGEST_IDLE = 28 * 60.0
"""RFC 2177 asks for a new IDLE before 29 minutes have passed."""
_DETAIL = 160
_BUSY = ("[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "[SERVERBUG]")
_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")


class Fault(StrEnum):
    """What may be wrong with an account, as the health page says it."""

    UNKNOWN_HOST = "unknown host"
    REFUSED = "connection refused"
    SILENT = "no answer in time"
    UNREACHABLE = "not reachable"
    UNTRUSTED = "certificate not trusted"
    NO_TLS = "no protected connection at this port"
    PASSWORD = "wrong user name or password"
    TOKEN = "no access token"
    BUSY = "the server is busy"
    NO_FOLDER = "no such folder"
    CUT = "the connection was lost"
    UNEXPECTED = "unexpected answer"
    NOT_KEPT = "mails could not be kept"
    LEFT_BEHIND = "the server does not hand over some mails"


class Trouble(Exception):
    """A fault with what the server said about it."""

    def __init__(self, fault: Fault, detail: object = "") -> None:
        self.fault = fault
        self.detail = " ".join(str(detail).split())[:_DETAIL]
        super().__init__(f"{fault} ({self.detail})" if self.detail else str(fault))


@dataclass(frozen=True, kw_only=True)
class Access:
    """What a connection needs to know, as plain values."""

    host: str
    port: int
    security: Security
    username: str
    login: Login = Login.PASSWORD
    secret: str = ""
    token_url: str = ""
    client_id: str = ""
    client_secret: str = ""
    scope: str = ""
    folder: str = "INBOX"
    processed_folder: str = "Processed"
    failed_folder: str = "Failed"

    def __repr__(self) -> str:
        return f"<Access {self.username} at {self.host}:{self.port}>"

    @classmethod
    def to(cls, account: MailAccount) -> "Access":
        return cls(
            host=account.host,
            port=account.port,
            security=Security(account.security),
            username=account.username,
            login=Login(account.login),
            secret=account.plain_secret,
            token_url=account.token_url,
            client_id=account.client_id,
            client_secret=account.plain_client_secret,
            scope=account.scope,
            folder=account.folder,
            processed_folder=account.processed_folder,
            failed_folder=account.failed_folder,
        )


@contextlib.contextmanager
def signed_in(access: Access, token: str = "", timeout: float = TIMEOUT) -> Iterator["Connection"]:
    """A connection that has shown who we are; every trouble in it is a `Trouble`."""
    with in_words():
        connection = Connection(dial(access, timeout), access)
        try:
            connection.sign_in(token)
            yield connection
        finally:
            connection.close()


def dial(access: Access, timeout: float) -> BaseMailBox:
    """Connected and protected, nobody yet."""
    if access.security is Security.TLS:
        trust = ssl.create_default_context()
        return MailBox(access.host, access.port, timeout, ssl_context=trust)
    box = MailBoxUnencrypted(access.host, access.port, timeout)
    try:
        if access.security is Security.STARTTLS:
            if "STARTTLS" not in box.client.capabilities:
                raise Trouble(Fault.NO_TLS, "the server does not offer STARTTLS")
            box.client.starttls(ssl.create_default_context())
    except Exception:
        box.client.shutdown()
        raise
    return box


class Connection:
    """An account that is open, and the folder in it."""

    def __init__(self, box: BaseMailBox, access: Access) -> None:
        self.box = box
        self.access = access
        self.writable = True
        self._left = False

    @property
    def capabilities(self) -> frozenset[str]:
        return frozenset(self.box.client.capabilities)

    def sign_in(self, token: str = "") -> None:
        access, client = self.access, self.box.client
        try:
            if access.login is Login.XOAUTH2:
                answers = iter([f"user={access.username}\1auth=Bearer {token}\1\1".encode()])
                # A server that refuses sends its reason and wants an empty line before its NO.
                client.authenticate("XOAUTH2", lambda _: next(answers, b""))
            elif (access.username + access.secret).isascii():
                self.box.login(access.username, access.secret, initial_folder=None)
            else:
                self.box.login_utf8(access.username, access.secret, initial_folder=None)
        except (MailboxLoginError, imaplib.IMAP4.error) as refusal:
            if isinstance(refusal, imaplib.IMAP4.abort):
                raise
            said = words_of(refusal)
            raise Trouble(
                Fault.BUSY if said.upper().startswith(_BUSY) else Fault.PASSWORD, said
            ) from None
        # Servers keep most of what they can do for those who have signed in.
        _, offered = client.capability()
        told = b" ".join(one for one in offered if one).decode("ascii", "replace")
        client.capabilities = tuple(told.upper().split())

    def open_folder(self) -> int:
        """Select the folder; returns its UIDVALIDITY."""
        self.writable = True
        try:
            self.box.folder.set(self.access.folder)
        except imaplib.IMAP4.readonly:
            self.writable = False
            self.box.folder.set(self.access.folder, readonly=True)
        except MailboxFolderSelectError as refusal:
            raise Trouble(Fault.NO_FOLDER, f"{self.access.folder}: {words_of(refusal)}") from None
        _, validity = self.box.client.response("UIDVALIDITY")
        if not validity or not validity[0]:
            raise Trouble(Fault.UNEXPECTED, "the folder has no UIDVALIDITY")
        return int(validity[0])

    def uids(self, criteria: str) -> list[int]:
        """What is in the folder now and meets the criteria, in the order of arrival."""
        self.box.client.noop()  # some servers search only what they have announced
        return sorted({int(uid) for uid in self.box.uids(criteria, charset=None)})

    def sizes(self, uids: list[int]) -> dict[int, int]:
        """How large mails are, as far as the server says."""
        if not uids:
            return {}
        _, told = self.box.client.uid("FETCH", as_set(uids), "(UID RFC822.SIZE)")
        found: dict[int, int] = {}
        for item in told:
            line = b" ".join(item) if isinstance(item, tuple) else item or b""
            uid, size = _UID.search(line), _SIZE.search(line)
            if uid and size:
                found[int(uid[1])] = int(size[1])
        return found

    def raw(self, uid: int) -> bytes | None:
        """The mail's bytes, its flags untouched; None when it is no longer there."""
        return self._literal(uid, "BODY.PEEK[]")

    def beginning(self, uid: int, limit: int) -> bytes | None:
        """The header block and the first `limit` bytes of what follows."""
        headers = self._literal(uid, f"BODY.PEEK[HEADER]<0.{4 * limit}>")
        text = self._literal(uid, f"BODY.PEEK[TEXT]<0.{limit}>")
        return None if headers is None else headers + (text or b"")

    def _literal(self, uid: int, part: str) -> bytes | None:
        status, told = self.box.client.uid("FETCH", str(uid), f"(UID {part})")
        if status != "OK":
            raise NotHandedOver(b" ".join(one for one in told if isinstance(one, bytes)))
        for item in told:
            if isinstance(item, tuple) and b"BODY[" in item[0].upper():
                return bytes(item[1])
        there = any(isinstance(item, bytes) and b"BODY[" in item.upper() for item in told)
        return b"" if there else None

    # --- what is done with it ---------------------------------------------------------------

    def can_move_to(self, folder: str) -> bool:
        """Whether mails can be moved there; makes the folder where it is missing."""
        if not self.writable or not folder or folder == self.access.folder:
            return False
        try:
            if not self.box.folder.exists(folder):
                self.box.folder.create(folder)
        except (ImapToolsError, imaplib.IMAP4.error) as refusal:
            if isinstance(refusal, imaplib.IMAP4.abort):
                raise
            return False
        return True

    def move(self, uids: list[int], folder: str) -> bool:
        """Move exactly these mails; False when the server will not."""
        if not uids:
            return True
        client, chosen = self.box.client, as_set(uids)
        target = encode_folder(folder).decode("ascii")
        if "MOVE" in self.capabilities:
            return bool(client.uid("MOVE", chosen, target)[0] == "OK")
        others = set(self.uids("DELETED")) - set(uids)
        if client.uid("COPY", chosen, target)[0] != "OK":
            return False
        if client.uid("STORE", chosen, "+FLAGS.SILENT", r"(\Deleted)")[0] != "OK":
            return False
        if "UIDPLUS" in self.capabilities:
            client.uid("EXPUNGE", chosen)
        elif not others:  # a plain EXPUNGE would take what somebody else has marked
            client.expunge()
        return True

    def wait(self, seconds: float, woken: socket.socket) -> bool:
        """Until something happens in the folder or `seconds` are over; False when `woken` was."""
        seconds = min(seconds, LONGEST_IDLE)
        if "IDLE" not in self.capabilities:
            return not readable([woken], seconds)
        client: Any = self.box.client
        tag = client._command("IDLE")
        announced = False
        while client._get_response() is not None:  # what came before the server was ready
            if client.tagged_commands[tag]:
                raise Trouble(Fault.UNEXPECTED, "IDLE was refused")
            announced = True
        if not announced and not self._buffered():
            self._left = woken in readable([client.sock, woken], seconds)
        if not self._left:
            client.send(b"DONE\r\n")
            self.box.consume_until_tagged_response(tag)
        return not self._left

    def _buffered(self) -> bool:
        """What came together with the answer to IDLE lies in a buffer that nobody can wait for."""
        client: Any = self.box.client
        before = client.sock.gettimeout()
        client.sock.settimeout(0)
        try:
            return bool((getattr(client, "_file", None) or client.file).peek(1))
        except (OSError, ValueError):
            return False
        finally:
            client.sock.settimeout(before)

    def close(self) -> None:
        """Say goodbye, unless somebody waits for us to be gone."""
        if not self._left:
            with contextlib.suppress(Exception):  # a bad goodbye changes nothing
                self.box.client.sock.settimeout(3)
                self.box.logout()
        with contextlib.suppress(Exception):
            self.box.client.shutdown()


class NotHandedOver(Exception):
    """The server refuses one mail; the others may be fine."""


def readable(sockets: list[socket.socket], seconds: float) -> list[socket.socket]:
    """Those with something to read, after at most `seconds`."""
    poller = select.poll()
    by_number = {one.fileno(): one for one in sockets}
    for number in by_number:
        poller.register(number, select.POLLIN)
    return [by_number[number] for number, _ in poller.poll(max(0.0, seconds) * 1000)]


def as_set(uids: list[int]) -> str:
    """UIDs as IMAP writes them: `1:4,7`."""
    runs: list[list[int]] = []
    for uid in sorted(uids):
        if runs and uid == runs[-1][1] + 1:
            runs[-1][1] = uid
        else:
            runs.append([uid, uid])
    return ",".join(str(a) if a == b else f"{a}:{b}" for a, b in runs)


def words_of(refusal: Exception) -> str:
    """What the server said when it refused."""
    result = getattr(refusal, "command_result", None)
    said = result[1] if result else refusal.args
    return " ".join(
        one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one) for one in said
    )


@contextlib.contextmanager
def in_words() -> Iterator[None]:
    """Turns whatever a network, a certificate or a server does into a `Trouble`."""
    try:
        yield
    except Trouble:
        raise
    except tuple(kind for kind, _ in _KINDS) as trouble:
        fault = next(fault for kind, fault in _KINDS if isinstance(trouble, kind))
        raise Trouble(fault, detail_of(trouble)) from trouble


_KINDS: list[tuple[type[Exception], Fault]] = [
    (socket.gaierror, Fault.UNKNOWN_HOST),
    (ssl.SSLCertVerificationError, Fault.UNTRUSTED),
    (ssl.SSLEOFError, Fault.CUT),
    (ssl.SSLError, Fault.NO_TLS),
    (ConnectionRefusedError, Fault.REFUSED),
    (TimeoutError, Fault.SILENT),
    (imaplib.IMAP4.abort, Fault.CUT),
    (ConnectionError, Fault.CUT),
    (OSError, Fault.UNREACHABLE),
    (imaplib.IMAP4.error, Fault.UNEXPECTED),
    (ImapToolsError, Fault.UNEXPECTED),
    (UnicodeError, Fault.UNKNOWN_HOST),
]


def detail_of(trouble: Exception) -> str:
    if isinstance(trouble, ssl.SSLCertVerificationError):
        return trouble.verify_message
    if isinstance(trouble, OSError):
        return trouble.strerror or str(trouble)
    return words_of(trouble)
