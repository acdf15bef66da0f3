"""How many contacts programs may hand in: 3,000 by 20 connections, none lost; what became of them.

Starts the whole product on free ports and a directory of its own and posts to `/api/v1/contacts` as
a program does: 202 once it is kept. Everything is invented.
"""

import http.client
import json
import os
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from benchmarks.forms import ready
from benchmarks.intake import House, product
from models.api_token import ApiToken, Scope
from models.base import transaction
from models.user import Role, User
from triage.config import Settings
from triage.foundation import bare_app

POSTS = int(os.environ.get("API_POSTS", "3000"))
CONNECTIONS = 20
LONGEST = 120
QUIET = 40
"""Contacts an hour in quiet times."""
KEPT = "SELECT count(*) FROM intake WHERE adapter = 'api'"
READ = (
    "SELECT count(*) FROM contact JOIN intake ON intake.id = contact.intake_id "
    "WHERE intake.adapter = 'api' AND contact.ticket_id IS NOT NULL"
)


@dataclass
class Told:
    """What came of all posts."""

    seconds: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def run() -> dict[str, Any]:
    os.environ["API_LIMIT"] = "1000000"  # how much a house takes, not how much one token may
    with product() as house:
        ready(house)
        return measured(house, token_of(house))


def token_of(house: House) -> str:
    """A key of an invented person, issued in the house's own database."""
    settings = Settings.from_environment(
        house.environment | {"DATABASE_URL": house.database_url(), "REDIS_URL": ""}
    )
    with bare_app(settings).app_context(), transaction():
        person = User.add("programs", "A program", Role.SUPERVISOR, "en")
        _row, shown = ApiToken.issue(person, "benchmark", (Scope.TICKETS_WRITE,), None)
    return shown


def measured(house: House, token: str) -> dict[str, Any]:
    told, began = Told(), time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for first in range(CONNECTIONS):
            pool.submit(post_all, house.port, token, range(first, POSTS, CONNECTIONS), told)
    seconds = time.perf_counter() - began
    kept = house.ask(KEPT)
    read = wait_for(house, kept)
    ordered = sorted(told.seconds)
    return {
        f"load over a minute, on {os.cpu_count()} cores": round(os.getloadavg()[0], 1),
        "posts": POSTS,
        "accepted (202)": len(ordered),
        "refused": len(told.refused),
        "first refusals": told.refused[:3],
        "a second": round(len(ordered) / seconds, 1),
        "times a quiet hour": round(len(ordered) / seconds * 3600 / QUIET),
        "median (ms)": round(1000 * statistics.median(ordered)),
        "p95 (ms)": round(1000 * ordered[int(len(ordered) * 0.95)]),
        "slowest (ms)": round(1000 * ordered[-1]),
        "lost": len(ordered) - kept,
        "on tickets": read,
        "on tickets after (s)": round(time.perf_counter() - began - seconds, 1),
    }


def post_all(port: int, token: str, numbers: range, told: Told) -> None:
    """One connection that a program keeps, opened again where the house closes it."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for number in numbers:
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Idempotency-Key": f"contact-{number}",
        }
        said = {
            "body": f"Bonjour, toujours rien reçu ce mois-ci sur mon compte ({number}).",
            "client": {"name": f"Client {number}", "email": f"client{number}@example.be"},
        }
        began = time.perf_counter()
        for last_try in (False, True):  # the key makes a second try the same post
            try:
                connection.request("POST", "/api/v1/contacts", json.dumps(said), headers)
                answer = connection.getresponse()
                words = answer.read()
            except (OSError, http.client.HTTPException) as trouble:
                connection.close()
                if last_try:
                    told.refused.append(type(trouble).__name__)
                continue
            if answer.status == 202:
                told.seconds.append(time.perf_counter() - began)
            else:
                told.refused.append(f"{answer.status} {words[:100]!r}")
            break
    connection.close()


def wait_for(house: House, count: int) -> int:
    """How many contacts of these stand on tickets, once all do or it has taken too long."""
    deadline = time.monotonic() + LONGEST - 60
    while (read := house.ask(READ)) < count and time.monotonic() < deadline:
        time.sleep(0.5)
    return read
