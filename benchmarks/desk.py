"""How fast the pages of the desk are on many tickets: lists, orders, counts, tickets, calls, a
client of 500 contacts, and next.

Everything is invented. Pages are whole, one after the other; what is open is a third of all, as
after a week in which nobody kept up. Of each page: milliseconds by the clock (median / the slowest
but one), and of processor time, ours and the database's, which a busy machine changes less.
"""

import os
import statistics
import time
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url, select, text, update

from benchmarks.board import house, in_process
from models.base import db, now, transaction
from models.next_ticket import take_next
from models.saved_view import SavedView
from models.team import Team
from models.ticket import Ticket
from models.ticket_list import TicketFilter
from models.user import Role, User
from tests.people import Browser
from triage.config import Settings

SIZE = int(os.environ.get("DESK_SIZE", "200000"))
TIMES = int(os.environ.get("DESK_TIMES", "15"))
FILLING = (
    "INSERT INTO client (name, representative, remark, version) "
    "SELECT 'Client ' || number, false, '', 1 FROM generate_series(1, %(tickets)s) number",
    "INSERT INTO ticket (client_id, subject, preview, channel, language, topic_id, decision, "
    "needs_choice, team_id, status, status_key, urgent, contacts_count, opened_at, "
    "last_contact_at, due_at, closed_at, deadline_on, told, flagged, health, version) "
    "SELECT number, 'subject', 'preview', 'email', "
    "(ARRAY['fr', 'nl', 'de', 'en'])[1 + number % 4], topic.id, 'auto', "
    "number % 150 = 0, topic.team_id, "
    "CASE number % 3 WHEN 0 THEN 'open' ELSE 'closed' END, '', number % 97 = 0, 2, "
    "now() - number * interval '2 minutes', now() - number * interval '2 minutes', "
    "now() - number * interval '2 minutes' + interval '5 days', "
    "CASE WHEN number % 3 <> 0 THEN now() - number * interval '1 minute' END, "
    "CASE WHEN number % 11 = 0 THEN current_date + number % 60 END, '', false, false, 1 "
    "FROM generate_series(1, %(tickets)s) number "
    "JOIN (SELECT id, team_id, row_number() OVER (ORDER BY position, id) AS place, "
    "count(*) OVER () AS topics FROM topic WHERE parent_id IS NULL) topic "
    "ON topic.place = 1 + number % topic.topics",
    "INSERT INTO intake (id, key, channel, adapter, envelope, sha256, size, received_at, state, "
    "tries) SELECT number, gen_random_uuid(), 'email', 'smtp', '{}', '', 0, now(), 'read', 0 "
    "FROM generate_series(1, 2 * %(tickets)s) number",
    "INSERT INTO contact (intake_id, channel, client_id, ticket_id, said_at, received_at, "
    "language, sender, subject, text, new_text, copies, fully_read, defects, fields, urgency, "
    "dissatisfied, repeated, health, collected) "
    "SELECT said.number, 'email', ticket.client_id, ticket.id, ticket.last_contact_at, "
    "ticket.last_contact_at, ticket.language, 'sender', 'subject', 'text', 'text', '[]', true, "
    "'[]', '{}', 0, 0, false, false, false "
    "FROM generate_series(1, 2 * %(tickets)s) AS said (number) "
    "JOIN ticket ON ticket.id = 1 + said.number % %(tickets)s",
    # A client of some 500 contacts, nearly all of closed matters; and a thread of 32.
    "UPDATE ticket SET client_id = 1 WHERE id <= 375 AND id % 3 <> 0 OR id IN (3, 6, 9)",
    "UPDATE contact SET client_id = 1 WHERE ticket_id IN "
    "(SELECT id FROM ticket WHERE client_id = 1)",
    "UPDATE contact SET ticket_id = 12 WHERE id BETWEEN 1001 AND 1030",
    # Half of them are about a ticket; a sixth is still open.
    "INSERT INTO callback (client_id, e164, raw_number, language, topic_id, reason, reasons, note, "
    "ticket_id, team_id, due_at, priority, asked, voicemail, most_attempts, state, created_at, "
    "closed_at, outcome, outcome_note) SELECT client_id, '+324' || lpad(id::text, 8, '0'), '', "
    "language, topic_id, 'missed_call', '[]', '', CASE WHEN id % 2 = 0 THEN id END, team_id, "
    "now() + (id % 500 - 250) * interval '10 minutes', id % 4, 1, false, 3, "
    "CASE WHEN id % 6 = 0 THEN 'open' ELSE 'done' END, now() - id * interval '3 minutes', "
    "CASE WHEN id % 6 <> 0 THEN now() - id * interval '2 minutes' END, "
    "CASE WHEN id % 6 <> 0 THEN 'settled' END, '' FROM ticket WHERE id % 5 = 0",
    "VACUUM ANALYZE",
)
PAGES = {
    "my team": "/desk/list?view=team",
    "all, most pressing": "/desk/list?view=all",
    "all, by promise": "/desk/list?view=all&sort=promise",
    "all, by deadline": "/desk/list?view=all&sort=deadline",
    "all, newest": "/desk/list?view=all&sort=newest",
    "two topics, Dutch, nobody's": "/desk/list?view=all&language=nl&topic=deferral"
    "&topic=exemption&who=nobody",
    "overdue and urgent": "/desk/list?view=all&overdue=1&urgent=1",
    "all, oldest": "/desk/list?view=all&sort=oldest",
    "closed": "/desk/list?view=closed",
    "cases of a problem": "/desk/list?view=all&problem=1",
    "whole page, my team": "/desk/",
    "whole page, all": "/desk/?view=all",
    "whole page, a saved view": "/desk/?view=all&language=nl&topic=deferral&topic=exemption"
    "&who=nobody",
    "the counts alone": "/desk/waiting",
    "a ticket in the list": "/desk/tickets/{ticket}",
    "a ticket alone": "/desk/tickets/{ticket}#part",
    "a ticket of 32 contacts alone": "/desk/tickets/{long}#part",
    "calls": "/calls/",
    "call card": "/calls/new",
    "call log": "/calls/log/",
    "call-backs": "/calls/callbacks",
    "a client of 500 contacts": "/clients/1",
}
"""`#part`: as the page itself asks, for what it then puts in place."""


def run() -> dict[str, Any]:
    with house() as settings:
        fill(settings)
        return {"contacts": SIZE, **in_process(settings, measured)}


def fill(settings: Settings) -> None:
    """Tickets with what a list sorts and filters by, two contacts each."""
    url = make_url(settings.database_url or "").set(drivername="postgresql")
    plain = url.render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        for statement in FILLING:
            connection.execute(statement.replace("%(tickets)s", str(SIZE // 2)))


def measured(app: Any) -> dict[str, Any]:
    with transaction():
        team = db.session.scalars(Team.in_order()).first()
        assert team is not None
        agent = User.add("nadia", "Nadia", Role.AGENT, "fr")
        agent.join(team, ["fr", "nl"])
        supervisor = User.add("ingrid", "Ingrid", Role.SUPERVISOR, "nl")
        for who in (agent, supervisor):
            for name in ("nl", "de", "en"):
                SavedView.keep(name, TicketFilter("all", languages=(name,)), by=who)
            several = TicketFilter("all", topics=("deferral", "exemption"), who="nobody")
            SavedView.keep("several", several, by=who)
    app.test_client_class = Browser
    ours = select(Ticket.number).where(Ticket.team_id == team.id, Ticket.status == "open")
    numbers = {
        "ticket": db.session.scalar(ours.where(Ticket.id > 1_000).order_by(Ticket.id).limit(1)),
        "long": db.session.scalar(select(Ticket.number).where(Ticket.id == 12)),
    }
    with transaction():
        # An agent of the team sees it.
        db.session.execute(update(Ticket).where(Ticket.id == 12).values(team_id=team.id))
    people = (("an agent (ms)", agent), ("a supervisor (ms)", supervisor))
    found = {
        name: {page: asked(app, who, where.format(**numbers)) for page, where in PAGES.items()}
        for name, who in people
    }
    return found | {"next ticket (ms)": timed(lambda: next_for(agent))}


def asked(app: Any, who: User, where: str) -> str:
    browser = app.test_client()
    browser.sign_in(who)
    address, _, part = where.partition("#")
    headers = {"HX-Request": "true"} if part else {}

    def once() -> None:
        answer = browser.get(address, headers=headers)
        assert answer.status_code == 200, answer.status_code

    return timed(once)


def next_for(agent: User) -> None:
    with transaction():
        assert take_next(db.session.merge(agent), now()).ticket is not None


def timed(deed: Any) -> str:
    """Median and the slowest but one by the clock; then the processor time of one on average."""
    deed()
    times, worked = [], processor()
    for _ in range(TIMES):
        began = time.perf_counter()
        deed()
        times.append((time.perf_counter() - began) * 1000)
    worked = (processor() - worked) / TIMES * 1000
    times.sort()
    return f"{statistics.median(times):.0f} / {times[-2]:.0f}, processor {worked:.0f}"


def processor() -> float:
    """Seconds that this process and its connections to the database have worked so far."""
    pids = db.session.scalars(
        text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
    )
    fields = (Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids)
    ticks = sum(int(one[11]) + int(one[12]) for one in fields)
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")
