"""Who did what and when, in sentences; and whether the chain of it is whole."""

from datetime import date
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models import audit_reading
from models.audit import Audit
from models.audit_check import AuditCheck
from models.audit_reading import AuditFilter
from models.base import db, now
from models.calendar import business_day
from models.policy import Verb
from models.team import Team
from models.user import User
from triage import audit_heads
from triage.accounts import demand
from triage.admin.deed_words import deed, detail, thing_word
from triage.asked_once import topics
from triage.display import reader_language, team_name, topic_name

pages = Blueprint("audit", __name__)

SHOWN_FACTS = 12


@pages.get("/audit")
def index() -> ResponseReturnValue:
    demand(Verb.ADMINISTER)
    return page()


@pages.post("/audit/verification")
def verify() -> ResponseReturnValue:
    """Let a worker compute every digest anew, and compare with what was kept outside."""
    AuditCheck.ask(by=demand(Verb.ADMINISTER), at=now())
    return redirect(url_for(".index"), 303)


def page() -> ResponseReturnValue:
    wanted = wanted_rows()
    before = number("before")
    rows, more = wanted.rows(before)
    people = audit_reading.actors()
    head = audit_reading.head()
    return render_template(
        "admin/audit.html",
        lines=sentences(rows, people),
        more=rows[-1].seq if more else None,
        wanted=wanted,
        people=sorted(people.values(), key=lambda one: one.name),
        kinds=[(kind, deed(kind) if "." in kind else thing_word(kind)) for kind in kinds()],
        head=head,
        check=AuditCheck.last(),
        kept=audit_heads.heads(current_app.extensions["settings"])[-1:],
        query={k: v for k, v in request.args.items() if v and k != "before"},
        taken=taken_along(wanted),
    )


def kinds() -> list[str]:
    return audit_reading.kinds()


def sentences(rows: Any, people: dict[int, User]) -> list[dict[str, Any]]:
    """Each row as who, what, to what, and what changed; nothing is opened that is not theirs."""
    numbers = audit_reading.ticket_numbers(rows)
    teams = {team.id: team for team in db.session.scalars(Team.in_order())}
    return [
        {
            "row": row,
            "who": people[row.actor_id].name if row.actor_id in people else None,
            "deed": deed(row.action),
            "about": about(row, people, numbers, teams),
            "facts": [(key, detail(value)) for key, value in row.facts.items()][:SHOWN_FACTS],
        }
        for row in rows
    ]


def about(
    row: Audit, people: dict[int, User], numbers: dict[int, int], teams: dict[int, Team]
) -> list[tuple[str, str | None]]:
    """What it was done to: a word and, where this reader may open it, an address."""
    found: list[tuple[str, str | None]] = []
    facts = row.facts
    if "ticket" in row.thing:
        found.append((f"#{numbers.get(row.thing['ticket'], '—')}", None))
    user_id = facts.get("user")
    if isinstance(user_id, int) and user_id in people:
        where = url_for("admin.people.show", user_id=user_id)
        found.append((people[user_id].name, where))
    topic = facts.get("topic")
    if isinstance(topic, str) and topic in topics():
        found.append((topic_name(topic), url_for("admin.structure.topic", topic_id=topic)))
    team = facts.get("team")
    if isinstance(team, int) and team in teams:
        found.append((team_name(teams[team]), url_for("admin.structure.teams")))
    elif isinstance(team, str):
        named = [one for one in teams.values() if one.slug == team]
        if named:
            found.append((named[0].name(reader_language()), url_for("admin.structure.teams")))
    return found


def wanted_rows() -> AuditFilter:
    return AuditFilter(
        actor_id=number("actor"),
        action=request.args.get("action", "")[:60],
        about_id=number("about"),
        ticket_number=number("ticket"),
        since=day_in("since"),
        until=day_in("until"),
    )


def taken_along(wanted: AuditFilter) -> dict[str, str]:
    """The same choice in the words of an export."""
    asked = {
        "actor": str(wanted.actor_id or ""),
        "action": wanted.action,
        "since": wanted.since.isoformat() if wanted.since else "",
        "until": wanted.until.isoformat() if wanted.until else "",
    }
    return {name: value for name, value in asked.items() if value}


def number(name: str) -> int | None:
    given = request.args.get(name, "").lstrip("#")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None


def day_in(name: str) -> date | None:
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return day if date(2000, 1, 1) <= day <= business_day(now()) else None
