"""How many forms a surge may bring: 225 times the usual rate, then very many at once; none lost.

Starts the whole product on free ports and a directory of its own and fills in a form by both doors:
as a browser does (303 to the receipt) and as a program does (202). Everything is invented.
"""

import http.cookiejar
import json
import os
import re
import statistics
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy import select

from benchmarks.intake import House, product
from models.api_token import ApiToken, Scope
from models.base import db, transaction
from models.user import User
from triage.config import Settings
from triage.foundation import bare_app

RATE = 2.5
"""Forms a second: 40 an hour in quiet times, 225 times as many."""
SECONDS = int(os.environ.get("FORMS_SECONDS", "60"))
AT_ONCE = int(os.environ.get("FORMS_AT_ONCE", "2000"))
BROWSERS = 40
LONGEST = 120


@dataclass
class Told:
    """What came of all sendings."""

    seconds: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def figures(self, name: str) -> dict[str, Any]:
        ordered = sorted(self.seconds)
        return {
            f"{name}: accepted": len(ordered),
            f"{name}: refused": len(self.refused),
            f"{name}: median (ms)": round(1000 * statistics.median(ordered)),
            f"{name}: p95 (ms)": round(1000 * ordered[int(len(ordered) * 0.95)]),
            f"{name}: slowest (ms)": round(1000 * ordered[-1]),
        }


class Sender(Protocol):
    """Who fills in a form; raises for anything but its being kept."""

    def send(self, number: str) -> None: ...


class Client:
    """One browser with its cookies and the page it was shown."""

    def __init__(self, address: str, mark: str) -> None:
        self.address, self.mark = address, mark
        jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(jar), NoRedirect()
        )
        with self.opener.open(f"{address}/contact/question?whole=1&lang=fr") as answer:
            page = answer.read().decode()
        self.hidden = dict(re.findall(r'name="(begun|csrf_token)" value="([^"]+)"', page))

    def send(self, number: str) -> None:
        """Raises for anything but a way to the receipt."""
        filled = self.hidden | {
            "key": f"benchmark-{self.mark}-{number}",
            "step": "all",
            "go": "send",
            "name": f"Client {number}",
            "email": f"client{number}@example.be",
            "text": f"Bonjour, toujours rien reçu ce mois-ci sur mon compte ({number}).",
        }
        data = urllib.parse.urlencode(filled).encode()
        with self.opener.open(f"{self.address}/contact/question?lang=fr", data) as answer:
            if answer.status != 303 or "/contact/receipt/" not in answer.headers["Location"]:
                raise RuntimeError(f"{answer.status} {answer.headers.get('Location')}")


@dataclass(frozen=True)
class Portal:
    """A program of another house with its token."""

    address: str
    mark: str
    token: str

    def send(self, number: str) -> None:
        """Raises for anything but 202."""
        answers = {
            "name": f"Client {number}",
            "email": f"client{number}@example.be",
            "text": f"Bonjour, toujours rien reçu ce mois-ci sur mon compte ({number}).",
        }
        asked = urllib.request.Request(
            f"{self.address}/api/v1/forms/question",
            json.dumps({"language": "fr", "answers": answers}).encode(),
            {
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                "Idempotency-Key": f"{self.mark}-{number}",
            },
        )
        with urllib.request.urlopen(asked, timeout=LONGEST) as answer:
            if answer.status != 202:
                raise RuntimeError(str(answer.status))


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def http_error_303(self, req: Any, fp: Any, code: int, msg: str, headers: Any) -> Any:
        return fp


def run() -> dict[str, Any]:
    with product() as house:
        ready(house)
        return measured(house)


def ready(house: House) -> None:
    """Its first start trains a model, which takes minutes on a machine that does other things."""
    for _try in range(2):
        with suppress(RuntimeError):
            house.wait_until_ready()
            return
    house.wait_until_ready()


def measured(house: House) -> dict[str, Any]:
    address = f"http://127.0.0.1:{house.port}"
    before = house.ask("SELECT count(*) FROM form_submission")
    mark = f"{time.time():.0f}"
    browsers: list[Sender] = [Client(address, mark) for _ in range(BROWSERS)]
    portals: list[Sender] = [Portal(address, mark, token) for token in tokens(house)]
    steady = paced([*browsers, *portals], int(RATE * SECONDS))
    surge, seconds = at_once(browsers, "web")
    programs, program_seconds = at_once(portals, "api")
    sent = sum(len(told.seconds) for told in (steady, surge, programs))
    kept = house.ask("SELECT count(*) FROM form_submission") - before
    began = time.perf_counter()
    read = wait_for(house, before + sent)
    return {
        f"load over 5 minutes, on {os.cpu_count()} cores": round(os.getloadavg()[1], 1),
        **steady.figures(f"{RATE} a second for {SECONDS} s"),
        **surge.figures(f"web: {AT_ONCE} at once, {BROWSERS} open"),
        f"web: {AT_ONCE} at once: a second": round(len(surge.seconds) / seconds, 1),
        **programs.figures(f"API: {AT_ONCE} at once, {BROWSERS} open"),
        f"API: {AT_ONCE} at once: a second": round(len(programs.seconds) / program_seconds, 1),
        "all on tickets after (s)": round(time.perf_counter() - began, 1) if read else "not yet",
        "lost": sent - kept,
    }


def tokens(house: House) -> list[str]:
    """One for each program; their pace is bounded by the token, not by the house."""
    settings = Settings.from_environment(
        house.environment | {"DATABASE_URL": house.database_url(), "REDIS_URL": ""}
    )
    with bare_app(settings).app_context(), transaction():
        by = db.session.scalars(select(User)).first() or User(
            login="benchmark", name="Benchmark", role="administrator", language="en"
        )
        db.session.add(by)
        db.session.flush()
        return [ApiToken.issue(by, f"portal {n}", (Scope.FORMS,), None)[1] for n in range(BROWSERS)]


def paced(clients: list[Sender], count: int) -> Told:
    told = Told()
    began = time.perf_counter()
    with ThreadPoolExecutor(len(clients)) as pool:
        for number in range(count):
            time.sleep(max(0.0, began + number / RATE - time.perf_counter()))
            pool.submit(timed, told, clients[number % len(clients)].send, f"steady{number}")
    return told


def at_once(clients: list[Sender], door: str) -> tuple[Told, float]:
    told = Told()
    began = time.perf_counter()
    with ThreadPoolExecutor(len(clients)) as pool:
        for number in range(AT_ONCE):
            pool.submit(timed, told, clients[number % len(clients)].send, f"{door}{number}")
    return told, time.perf_counter() - began


def timed(told: Told, send: Callable[[str], None], number: str) -> None:
    began = time.perf_counter()
    try:
        send(number)
    except (OSError, RuntimeError) as error:
        told.refused.append(str(error))
    else:
        told.seconds.append(time.perf_counter() - began)


def wait_for(house: House, count: int) -> bool:
    deadline = time.monotonic() + LONGEST
    while house.ask("SELECT count(*) FROM form_submission WHERE contact_id IS NOT NULL") < count:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.5)
    return True
