"""How fast the pages of the dashboard are on many tickets, and how long days take to be counted.

Everything is invented: tickets of four hundred days in working hours, most of them answered and
closed, contacts with what the classifier said of them, calls and call-backs. Of each page:
milliseconds by the clock (median / of twenty the slowest but one) and of processor time, ours and
the database's, which a busy machine changes less. A page is to take less than 300 ms.
"""

import os
import statistics
import time
from datetime import timedelta
from typing import Any

import psycopg
from sqlalchemy import make_url

from benchmarks.board import house, in_process
from benchmarks.desk import processor
from models import calendar
from models.base import db, now, transaction
from models.daily_figure import DailyFigure
from models.half_hour import HalfHourCounter
from models.kpi_registry import KPIS
from models.user import Role, User
from tests.people import Browser
from triage.config import Settings

SIZE = int(os.environ.get("DASHBOARD_SIZE", "200000"))
TIMES = int(os.environ.get("DASHBOARD_TIMES", "20"))
SECONDS = float(os.environ.get("DASHBOARD_COUNTING", "60"))
"""Of counting past days; the newest first."""
DAYS = 400
OPENED = f"""date_trunc('day', now()) - (number %% {DAYS}) * interval '1 day' + interval '8 hours'
+ (number * 7919 %% 36000) * interval '1 second' - interval '1 day' * (number %% {DAYS} = 0)::int"""
FILLING = (
    "INSERT INTO client (name, representative, remark, version) "
    "SELECT 'Client ' || number, false, '', 1 FROM generate_series(1, %(size)s) number",
    f"""INSERT INTO ticket (client_id, subject, preview, channel, language, topic_id, decision,
    needs_choice, team_id, status, status_key, urgent, contacts_count, opened_at, last_contact_at,
    due_at, first_answer_at, closed_at, deadline_on, told, flagged, health, version)
    SELECT number, 'subject', 'preview', (ARRAY['email', 'phone', 'form'])[1 + number %% 3],
    (ARRAY['fr', 'nl', 'de', 'en'])[1 + number %% 4], topic.id, 'auto', false, topic.team_id,
    CASE WHEN number %% 20 = 0 THEN 'open' ELSE 'closed' END, '', false, 1, opened, opened,
    opened + interval '5 days', CASE WHEN number %% 25 <> 0
    THEN least(opened + (number %% 97) * interval '30 minutes', now()) END,
    CASE WHEN number %% 20 <> 0 THEN least(opened + (number %% 211) * interval '1 hour', now()) END,
    CASE WHEN number %% 11 = 0 THEN opened::date + 30 END, '', false, false, 1
    FROM (SELECT number, {OPENED} AS opened FROM generate_series(1, %(size)s) number) born
    JOIN (SELECT id, team_id, row_number() OVER (ORDER BY position, id) AS place,
    count(*) OVER () AS topics FROM topic WHERE parent_id IS NULL) topic
    ON topic.place = 1 + number %% topic.topics""",
    """INSERT INTO intake (id, key, channel, adapter, envelope, sha256, size, received_at, state,
    tries) SELECT number, gen_random_uuid(), 'email', 'smtp', '{}', '', 0, now(), 'read', 0
    FROM generate_series(1, %(size)s) number""",
    """INSERT INTO contact (intake_id, channel, client_id, ticket_id, said_at, received_at,
    language, sender, subject, text, new_text, copies, fully_read, defects, fields, urgency,
    dissatisfied, repeated, health, collected, topic_id, intent_id, decision)
    SELECT ticket.id, channel, client_id, ticket.id, opened_at, opened_at, language, 'sender',
    'subject', 'text', 'text', '[]', true, '[]', '{}', 0, 0, ticket.id %% 9 = 0, false, false,
    ticket.topic_id, (SELECT id FROM intent ORDER BY id LIMIT 1), 'auto'
    FROM ticket WHERE ticket.id <= %(size)s""",
    """INSERT INTO event (at, kind, ticket_id, facts)
    SELECT opened_at, 'ticket.routed', id, jsonb_build_object('decision', 'auto', 'team', team_id)
    FROM ticket UNION ALL SELECT closed_at, 'ticket.closed', id, '{}' FROM ticket
    WHERE closed_at IS NOT NULL""",
    """INSERT INTO callback (client_id, e164, raw_number, language, topic_id, reason, reasons, note,
    ticket_id, team_id, due_at, priority, asked, voicemail, most_attempts, state, created_at,
    closed_at, outcome, outcome_note) SELECT client_id, '+324' || lpad(id::text, 8, '0'), '',
    language, topic_id, 'missed_call', '[]', '', id, team_id, opened_at + interval '1 day', 0, 1,
    false, 3, 'done', opened_at, opened_at + interval '3 hours', 'settled', ''
    FROM ticket WHERE id %% 10 = 0""",
    "VACUUM ANALYZE",
)
PAGES = {
    "right now": "/dashboard/",
    "right now, what changes": "/dashboard/live",
    "right now, one topic": "/dashboard/live?topic=deferral",
    "right now, one team": "/dashboard/live?team=2",
    "for the room": "/dashboard/wall/numbers",
    "ahead": "/dashboard/ahead",
    "people": "/dashboard/people",
    "roster": "/dashboard/roster",
    "history": "/dashboard/history",
    "history, backlog by team": "/dashboard/history?kpi=backlog&split=team",
    "history, medians": "/dashboard/history?kpi=mail_median",
    "history, a year of inflow by topic": "/dashboard/history?kpi=inflow&period=year&by=week"
    "&split=topic",
    "reports": "/dashboard/reports",
    "what a figure says": "/dashboard/figure/backlog",
    "what a share says": "/dashboard/figure/first_contact",
    "the list of what came in": "/dashboard/list?figure=inflow",
    "the list of what waits": "/dashboard/list?figure=backlog",
    "the list of first answers": "/dashboard/list?figure=mail_service&first={week}&last={day}",
}


def run() -> dict[str, Any]:
    with house() as settings:
        fill(settings)
        return {"tickets": SIZE, **in_process(settings, counted), **in_process(settings, measured)}


def fill(settings: Settings) -> None:
    url = make_url(settings.database_url or "").set(drivername="postgresql")
    plain = url.render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        for statement in FILLING:
            said = statement.replace("%(size)s", str(SIZE)).replace("%%", "%")
            connection.execute(said.encode())


def counted(app: Any) -> dict[str, Any]:
    """What a house of so many tickets takes that has never counted a day."""
    began, at = time.perf_counter(), now()
    with transaction():
        figures = DailyFigure.close(at, seconds=SECONDS)
    spent = time.perf_counter() - began
    began = time.perf_counter()
    with transaction():
        days = HalfHourCounter.close(at)
    owed = sum(figure.values is None for figure in KPIS.values()) * DAYS
    return {
        "figures of days counted": f"{figures} of about {owed} in {spent:.0f} s",
        "half hours": f"{days} days in {time.perf_counter() - began:.0f} s",
    }


def measured(app: Any) -> dict[str, Any]:
    with transaction():
        supervisor = User.add("ingrid", "Ingrid", Role.SUPERVISOR, "nl")
        db.session.flush()
    app.test_client_class = Browser
    today = calendar.business_day(now())
    days = {"day": today.isoformat(), "week": (today - timedelta(days=6)).isoformat()}
    return {
        "a page (ms)": {
            name: asked(app, supervisor, where.format(**days)) for name, where in PAGES.items()
        }
    }


def asked(app: Any, who: User, where: str) -> str:
    """Median and of twenty the slowest but one by the clock; then the processor time of one."""
    browser = app.test_client()
    browser.sign_in(who)
    times: list[float] = []
    worked = 0.0
    for turn in range(TIMES + 1):
        began, so_far = time.perf_counter(), processor()
        answer = browser.get(where)
        if turn:
            times.append((time.perf_counter() - began) * 1000)
            worked += processor() - so_far
        assert answer.status_code == 200, (where, answer.status_code)
    slow = sorted(times)[max(0, round(len(times) * 0.95) - 1)]
    return (
        f"{statistics.median(times):.0f} / {slow:.0f}, processor {worked / len(times) * 1000:.0f}"
    )
