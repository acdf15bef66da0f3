"""Access tokens for accounts that sign in by OAuth 2.0: a refresh token buys a short-lived one.

The one place that speaks to a token endpoint: https, or plain http on this very machine.
"""

import json
import threading
import time
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from triage.intake.fetching.connection import Access, Fault, Trouble

TIMEOUT = 20.0
ENOUGH = 120.0
"""Seconds that a token must still be good for."""
_LONGEST_ANSWER = 100_000
_HERE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Token:
    """An access token, until when it is good, and the refresh token that came with it."""

    access: str
    good_until: float
    refresh: str | None = None


class Purse:
    """The tokens of this process, one for each refresh token."""

    def __init__(self) -> None:
        self._tokens: dict[Access, Token] = {}
        self._lock = threading.Lock()

    def token(self, access: Access, timeout: float = TIMEOUT) -> Token:
        """A token that is good for a while; its `refresh` is set when it has just been bought."""
        with self._lock:
            kept = self._tokens.get(access)
        if kept and kept.good_until - time.monotonic() > ENOUGH:
            return Token(kept.access, kept.good_until)
        bought = buy(access, timeout)
        with self._lock:
            self._tokens[access] = bought
        return bought

    def renamed(self, before: Access, after: Access) -> None:
        """The refresh token has been replaced: what it bought is still good."""
        with self._lock:
            if kept := self._tokens.pop(before, None):
                self._tokens[after] = kept

    def throw_away(self, access: Access) -> None:
        """A server did not take it."""
        with self._lock:
            self._tokens.pop(access, None)


def buy(access: Access, timeout: float = TIMEOUT) -> Token:
    """Ask the token endpoint; raises `Trouble` with what it said."""
    where = urlsplit(access.token_url)
    if where.scheme != "https" and not (where.scheme == "http" and where.hostname in _HERE):
        raise Trouble(Fault.TOKEN, "the token address must begin with https://")
    form = {
        "grant_type": "refresh_token",
        "refresh_token": access.secret,
        "client_id": access.client_id,
        "client_secret": access.client_secret,
        "scope": access.scope,
    }
    body = urlencode({name: value for name, value in form.items() if value}).encode()
    request = Request(access.token_url, body, {"Accept": "application/json"}, method="POST")
    try:
        with build_opener(_NoRedirect).open(request, timeout=timeout) as answer:
            said = json.loads(answer.read(_LONGEST_ANSWER))
    except HTTPError as refusal:
        with refusal:
            raise Trouble(Fault.TOKEN, reason(refusal)) from None
    except (OSError, ValueError, HTTPException) as trouble:
        raise Trouble(Fault.TOKEN, getattr(trouble, "reason", None) or trouble) from None
    return token_of(said)


def token_of(said: Any) -> Token:
    if not isinstance(said, dict) or not isinstance(said.get("access_token"), str):
        raise Trouble(Fault.TOKEN, "the answer holds no token")
    seconds = said.get("expires_in")
    good_for = float(str(seconds)) if str(seconds).isdigit() else 300.0
    refresh = said.get("refresh_token")
    return Token(
        said["access_token"],
        time.monotonic() + good_for,
        refresh if isinstance(refresh, str) and refresh else None,
    )


def reason(refusal: HTTPError) -> str:
    """What the endpoint says is wrong, in its words."""
    try:
        said = json.loads(refusal.read(_LONGEST_ANSWER))
        return f"{said['error']}: {said.get('error_description', '')}".strip(": ")
    except (OSError, ValueError, KeyError, TypeError):
        return f"HTTP {refusal.code}"


class _NoRedirect(HTTPRedirectHandler):
    """A secret goes to the address that was given, and nowhere else."""

    def redirect_request(self, *_: Any) -> None:
        return None
