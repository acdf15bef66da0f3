"""How fast the list of the desk is on many tickets: views, filters, orders, counts, and next.

Everything is invented. Times are the server's, whole pages, one after the other; what is open is
a third of all, as after a week in which nobody kept up.
"""

import os
import statistics
import time
from typing import Any

import psycopg
from sqlalchemy import make_url

from benchmarks.board import house, in_process
from models.base import db, now, transaction
from models.next_ticket import take_next
from models.saved_view import SavedView
from models.team import Team
from models.ticket_list import TicketFilter
from models.user import Role, User
from tests.people import Browser
from triage.config import Settings

SIZE = int(os.environ.get("DESK_SIZE", "200000"))
TIMES = 15
FILLING = (
    "INSERT INTO client (name, representative, remark, version) "
    "SELECT 'Client ' || number, false, '', 1 FROM generate_series(1, %(tickets)s) number",
    "INSERT INTO ticket (client_id, subject, preview, channel, language, topic_id, decision, "
    "needs_choice, team_id, status, urgent, contacts_count, opened_at, last_contact_at, due_at, "
    "deadline_on, told, flagged, health, version) "
    "SELECT number, 'subject', 'preview', 'email', "
    "(ARRAY['fr', 'nl', 'de', 'en'])[1 + number % 4], topic.id, 'auto', "
    "number % 50 = 0, topic.team_id, "
    "CASE number % 3 WHEN 0 THEN 'open' ELSE 'closed' END, number % 97 = 0, 2, "
    "now() - number * interval '2 minutes', now() - number * interval '2 minutes', "
    "now() - number * interval '2 minutes' + interval '5 days', "
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
    "cases of a problem": "/desk/list?view=all&problem=1",
    "whole page with counts": "/desk/?view=team",
    "the counts alone": "/desk/waiting",
}


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
    app.test_client_class = Browser
    people = (("an agent (ms)", agent), ("a supervisor (ms)", supervisor))
    found = {
        name: {page: asked(app, who, where) for page, where in PAGES.items()}
        for name, who in people
    }
    return found | {"next ticket (ms)": timed(lambda: next_for(agent))}


def asked(app: Any, who: User, where: str) -> str:
    browser = app.test_client()
    browser.sign_in(who)

    def once() -> None:
        answer = browser.get(where)
        assert answer.status_code == 200, answer.status_code

    return timed(once)


def next_for(agent: User) -> None:
    with transaction():
        assert take_next(db.session.merge(agent), now()).ticket is not None


def timed(deed: Any) -> str:
    """Median and the slowest but one."""
    times = []
    for _ in range(TIMES + 1):
        began = time.perf_counter()
        deed()
        times.append((time.perf_counter() - began) * 1000)
    times = sorted(times[1:])
    return f"{statistics.median(times):.0f} / {times[-2]:.0f}"
