"""What an administrator typed about a mailbox and its account, and what is wrong with it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from models.mailbox import Login, MailAccount, Mailbox, Security
from triage.intake.fetching.connection import Access

PORTS = {Security.TLS: 993, Security.STARTTLS: 143, Security.NONE: 143}
MOST_ALIASES = 50
_LONGEST = 200
_LONGEST_SECRET = 8_000
_FETCHED = "fetched"
_PUSHED = "pushed"


@dataclass
class MailboxForm:
    """The fields of the page, as text; secrets come in and are never given back."""

    name: str = ""
    address: str = ""
    aliases: list[str] = field(default_factory=list)
    sender_name: str = ""
    team_id: int | None = None
    trusted: bool = False
    way: str = _PUSHED
    host: str = ""
    port: str = ""
    security: str = Security.TLS.value
    username: str = ""
    login: str = Login.PASSWORD.value
    secret: str = field(default="", repr=False)
    token_url: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    scope: str = ""
    folder: str = "INBOX"
    processed_folder: str = "Processed"
    failed_folder: str = "Failed"

    @classmethod
    def typed(cls, given: Mapping[str, str]) -> "MailboxForm":
        def word(name: str, default: str = "", longest: int = _LONGEST) -> str:
            return given.get(name, default).strip()[:longest]

        team = word("team")
        return cls(
            name=word("name")[:60],
            address=word("address").lower(),
            aliases=sorted(
                {one.lower() for one in re.split(r"[\s,;]+", word("aliases", "", 5_000)) if one}
            ),
            sender_name=" ".join(word("sender_name").split())[:100],
            team_id=int(team) if team.isdecimal() else None,
            trusted=word("trusted") == "1",
            way=_FETCHED if word("way") == _FETCHED else _PUSHED,
            host=word("host").lower(),
            port=word("port"),
            security=word("security") or Security.TLS.value,
            username=word("username"),
            login=word("login") or Login.PASSWORD.value,
            secret=given.get("secret", "")[:_LONGEST_SECRET],
            token_url=word("token_url", "", 500),
            client_id=word("client_id"),
            client_secret=given.get("client_secret", "")[:_LONGEST_SECRET],
            scope=word("scope", "", 500),
            folder=word("folder") or "INBOX",
            processed_folder=word("processed_folder"),
            failed_folder=word("failed_folder"),
        )

    @classmethod
    def of(cls, box: Mailbox, account: MailAccount | None) -> "MailboxForm":
        form = cls(
            name=box.name,
            address=box.address,
            aliases=list(box.aliases),
            sender_name=box.sender_name,
            team_id=box.team_id,
            trusted=box.trusted,
        )
        if account is not None:
            form.way = _FETCHED if account.active else _PUSHED
            form.port = str(account.port)
            for name in (*_BOUND, "client_id", "scope", *_FOLDERS):
                setattr(form, name, getattr(account, name))
        return form

    @property
    def is_fetched(self) -> bool:
        return self.way == _FETCHED

    @property
    def port_number(self) -> int:
        if not self.port:
            return PORTS[Security(self.security)]
        return int(self.port) if self.port.isdecimal() else 0

    def mistake(self, others: list[Mailbox], account: MailAccount | None) -> str:
        """What must be put right first; empty when all is well."""
        return str(self._mistake(others, account))

    def account_mistake(self, account: MailAccount | None) -> str:
        return str(self._account_mistake(account))

    def _mistake(self, others: list[Mailbox], account: MailAccount | None) -> Any:
        if not self.name or not is_address(self.address):
            return _("Give a name and a whole address, without “+”.")
        if wrong := [one for one in self.aliases if not is_address(one)]:
            return _("“%(address)s” is no whole address.", address=wrong[0])
        if len(self.aliases) > MOST_ALIASES:
            return _("A mailbox may have %(count)s further addresses.", count=MOST_ALIASES)
        taken = {one for box in others for one in (box.address, *box.aliases)}
        if self.name in {box.name for box in others} or self.address in taken:
            return _("This name or address is taken.")
        if twice := [one for one in self.aliases if one in taken]:
            return _("%(address)s is already an address of another mailbox.", address=twice[0])
        return self._account_mistake(account) if self.is_fetched else ""

    def _account_mistake(self, account: MailAccount | None) -> Any:
        if self.security not in set(Security) or self.login not in set(Login):
            return _("Choose from what is offered.")
        if not self.host or not self.username or any(sign in self.host for sign in " /@"):
            return _("Give the server’s name and the user name.")
        if not 0 < self.port_number < 65_536:
            return _("A port is a number from 1 to 65535.")
        if self.processed_folder == self.folder or self.failed_folder == self.folder:
            return _("What was fetched must go to another folder than it came from.")
        if self.login == Login.XOAUTH2 and not (self.token_url and self.client_id):
            return _("Give the token address and the client’s id.")
        if not self.secret and not self.keeps_secret(account):
            return (
                _("Type the password again: it is kept for one server and user only.")
                if account is not None and account.secret
                else _("Give the password or the refresh token.")
            )
        return ""

    def keeps_secret(self, account: MailAccount | None) -> bool:
        """A kept secret goes only where it was meant to go."""
        return (
            account is not None
            and account.secret is not None
            and all(getattr(account, name) == getattr(self, name) for name in _BOUND)
        )

    def access(self, account: MailAccount | None) -> Access:
        """What a connection needs, with the kept secrets where none were typed."""
        kept = account if self.keeps_secret(account) else None
        return Access(
            host=self.host,
            port=self.port_number,
            security=Security(self.security),
            username=self.username,
            login=Login(self.login),
            secret=self.secret or (kept.plain_secret if kept else ""),
            token_url=self.token_url,
            client_id=self.client_id,
            client_secret=self.client_secret or (kept.plain_client_secret if kept else ""),
            scope=self.scope,
            folder=self.folder,
            processed_folder=self.processed_folder,
            failed_folder=self.failed_folder,
        )

    def fill(self, box: Mailbox) -> None:
        box.name, box.address, box.aliases = self.name, self.address, self.aliases
        box.sender_name, box.team_id, box.trusted = self.sender_name, self.team_id, self.trusted

    def fill_account(self, account: MailAccount) -> None:
        """Change the account; another folder is begun from its start."""
        same_place = all(getattr(account, name) == getattr(self, name) for name in _PLACE)
        if not self.keeps_secret(account):
            account.client_secret = None
        for name in (*_BOUND, "client_id", "scope", *_FOLDERS):
            setattr(account, name, getattr(self, name))
        account.port, account.active = self.port_number, True
        account.last_error = None
        if self.secret:
            account.keep_secret(self.secret)
        if self.client_secret:
            account.keep_client_secret(self.client_secret)
        if not same_place:
            account.begin_anew()


_BOUND = ("host", "security", "username", "login", "token_url")
"""What a secret was given for: with another of these it must be typed again."""
_PLACE = ("host", "username", "folder")
_FOLDERS = ("folder", "processed_folder", "failed_folder")


def is_address(text: str) -> bool:
    local, _at, host = text.rpartition("@")
    return bool(local) and "." in host and not re.search(r"[\s+<>,;:\"()\[\]\\]", text)
