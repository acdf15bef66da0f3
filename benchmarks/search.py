"""How fast the search page is on many contacts, for an agent of one team and for a supervisor.

Everything is invented; words are as frequent as their names say. Times are the server's, whole
pages, one after the other.
"""

import os
import random
import statistics
import time
from collections.abc import Iterator
from typing import Any

import psycopg
from sqlalchemy import make_url

from benchmarks import _sets
from benchmarks.board import house, in_process
from models.base import db, transaction
from models.search_key import SearchKey
from models.team import Team
from models.user import Role, User
from tests.people import Browser
from triage.config import Settings

SIZE = int(os.environ.get("SEARCH_SIZE", "200000"))
TIMES = 20
FIRST = ("Amélie", "Joris", "Frieda", "Emily", "Noor", "Théo", "Lotte", "Karim", "Ines", "Wout")
LAST = ("Dujardin", "Peeters", "Maraite", "Stone", "Haddad", "Lefèvre", "De Smet", "Küpper")
SOUGHT = {
    "a telephone number": "0475 12 34 56",
    "a part of a number": "12 34 5",
    "an enterprise number": "0403.019.261",
    "a ticket's number": "#100777",
    "a name": "dujardin amelie",
    "one in 10,000": "seldomword",
    "one in 100": "hundredword",
    "one in 10": "tenword",
    "two words": "tenword hundredword",
    "a phrase": '"tenword hundredword"',
    "a word and a topic": "hundredword topic:deferral",
    "words that nobody said": "neverword",
}


def run() -> dict[str, Any]:
    with house() as settings:
        began = time.perf_counter()
        fill(settings, SIZE)
        filled = round(time.perf_counter() - began)
        return {"contacts": SIZE, "filling (s)": filled, **in_process(settings, measured)}


def measured(app: Any) -> dict[str, Any]:
    with transaction():
        keys()
        team = db.session.scalars(Team.in_order()).first()
        assert team is not None
        agent = User.add("nadia", "Nadia", Role.AGENT, "fr")
        agent.join(team, ["fr", "nl"])
        supervisor = User.add("ingrid", "Ingrid", Role.SUPERVISOR, "nl")
    app.test_client_class = Browser
    return {
        name: {what: asked(app, who, typed) for what, typed in SOUGHT.items()}
        for name, who in (("an agent (ms)", agent), ("a supervisor (ms)", supervisor))
    }


def asked(app: Any, who: User, typed: str) -> str:
    browser = app.test_client()
    browser.sign_in(who)
    times = []
    for _ in range(TIMES + 1):
        began = time.perf_counter()
        answer = browser.get("/search/", query_string={"q": typed}, headers={"HX-Request": "true"})
        times.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200, answer.status_code
    found = answer.text.count("data-row")
    times = sorted(times[1:])
    return f"{statistics.median(times):.0f} / {times[int(TIMES * 0.95) - 1]:.0f} ({found} found)"


def keys() -> None:
    """The numbers of a few contacts, as reading keeps them."""
    for contact_id in range(10, SIZE, max(SIZE // 20, 1)):
        SearchKey.keep(contact_id, [("kbo", "0403019261"), ("phone", "+32475123456")])


def fill(settings: Settings, size: int) -> None:
    url = make_url(settings.database_url or "").set(drivername="postgresql")
    tickets = size * 5 // 9
    with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
        with connection.cursor().copy(
            "COPY client (name, representative, remark, version) FROM STDIN"
        ) as copy:
            chance = random.Random(1)
            for _ in range(tickets):
                copy.write_row((f"{chance.choice(FIRST)} {chance.choice(LAST)}", False, "", 1))
        connection.execute(
            "INSERT INTO client_number (client_id, e164, raw, extension, level, source) "
            "SELECT id, '+324' || lpad((id * 7919 % 100000000)::text, 8, '0'), '', '', 'known', "
            "'phone' FROM client"
        )
        connection.execute(
            "UPDATE client_number SET e164 = '+32475123456' WHERE client_id % 50000 = 7"
        )
        connection.execute(
            "INSERT INTO ticket (client_id, subject, preview, channel, language, topic_id, "
            "decision, needs_choice, team_id, status, status_key, urgent, contacts_count, "
            "opened_at, last_contact_at, told, flagged, health, version) "
            "SELECT number, 'subject', 'preview', 'email', 'fr', topic.id, 'auto', false, "
            "topic.team_id, CASE WHEN number %% 20 = 0 THEN 'open' ELSE 'closed' END, '', "
            "false, 2, "
            "now() - number * interval '2 minutes', now() - number * interval '2 minutes', '', "
            "false, false, 1 FROM generate_series(1, %s) number "
            "JOIN (SELECT id, team_id, row_number() OVER (ORDER BY position, id) AS place, "
            "count(*) OVER () AS topics FROM topic WHERE parent_id IS NULL) topic "
            "ON topic.place = 1 + number %% topic.topics",
            [tickets],
        )
        connection.execute(
            "INSERT INTO intake (id, key, channel, adapter, envelope, sha256, size, received_at, "
            "state, tries) SELECT number, gen_random_uuid(), 'email', 'smtp', '{}', '', 0, now(), "
            "'read', 0 FROM generate_series(1, %s) number",
            [size],
        )
        connection.execute(
            "CREATE TEMPORARY TABLE said (number int, ticket int, language text, text text)"
        )
        with connection.cursor().copy("COPY said FROM STDIN") as copy:
            for row in said(size, tickets):
                copy.write_row(row)
        words = "subject || E'\\n' || sender || E'\\n' || text"
        connection.execute(
            "INSERT INTO contact (intake_id, channel, client_id, ticket_id, said_at, received_at, "
            "language, sender, subject, text, new_text, copies, fully_read, defects, fields, "
            "urgency, dissatisfied, repeated, health, collected) "
            "SELECT said.number, 'email', ticket, ticket, ticket.last_contact_at, "
            "ticket.last_contact_at, said.language, client.name, 'subject', said.text, said.text, "
            "'[]', true, '[]', '{}', 0, 0, false, false, false "
            "FROM said JOIN ticket ON ticket.id = said.ticket JOIN client ON client.id = ticket"
            ".client_id ORDER BY said.number"
        )
        own = (
            "CASE language WHEN 'fr' THEN 'search_fr'::regconfig WHEN 'nl' THEN 'search_nl' "
            "WHEN 'de' THEN 'search_de' ELSE 'search_en' END"
        )
        connection.execute(
            f"UPDATE contact SET search = to_tsvector({own}, {words}) "
            f"|| to_tsvector('search_plain', {words})"
        )
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")


def said(size: int, tickets: int) -> Iterator[tuple[int, int, str, str]]:
    """(number, ticket, language, text): a mail of the demo, and words as rare as they say."""
    rows = _sets.demo("contacts_1") + _sets.demo("contacts_2")
    chance = random.Random(2)
    for number in range(1, size + 1):
        row = rows[number % len(rows)]
        extra = " ".join(f"w{int(chance.paretovariate(0.6)) % 60000}x" for _ in range(25))
        marks = [
            word
            for word, often in (("tenword", 10), ("hundredword", 100), ("seldomword", 10_000))
            if chance.random() * often < 1
        ]
        yield number, 1 + number % tickets, row["lang"], f"{row['text']}\n{extra} {' '.join(marks)}"
