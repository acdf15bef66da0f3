"""What remains of meetings: their minutes as page, text and table, and which were held at all."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from flask import Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from models import calendar
from models.base import db, now
from models.decision import Decided
from models.policy import Verb, may
from models.problem_day import ProblemDay
from models.screening import Screening
from models.team import Team
from triage.accounts import demand
from triage.screening.meeting_agenda import attending
from triage.screening.meeting_mail import sent
from triage.screening.meeting_minutes import (
    Minutes,
    as_csv,
    as_markdown,
    correction_words,
    minutes_of,
)
from triage.screening.pages import day_asked, pages

SHOWN = 30
"""Working days on one page of the list of meetings."""


@pages.get("/minutes")
def minutes() -> ResponseReturnValue:
    """What a meeting decided, to be printed or sent on."""
    user, at = demand(Verb.SEE_BOARD), now()
    made = minutes_asked(at)
    return render_template(
        "screening/minutes.html",
        minutes=made,
        correction_words=correction_words,
        day=made.day,
        screening=made.screening,
        mails=sent(made.screening) if made.screening else [],
        leads=may(user, Verb.LEAD),
        today=calendar.business_day(at),
    )


@pages.get("/minutes.md")
def minutes_as_text() -> ResponseReturnValue:
    demand(Verb.SEE_BOARD)
    made = minutes_asked(now())
    return download(as_markdown(made), made, "md", "text/markdown")


@pages.get("/minutes.csv")
def minutes_as_table() -> ResponseReturnValue:
    demand(Verb.SEE_BOARD)
    made = minutes_asked(now())
    return download("\ufeff" + as_csv(made), made, "csv", "text/csv")


def minutes_asked(at: datetime) -> Minutes:
    day, team = day_asked(at), None
    if request.args.get("team"):
        team = Team.named(request.args.get("team", 0, int))
        if team is None:
            abort(404)
    return minutes_of(Screening.if_held(day, team.id if team else None), day, team, at)


def download(text: str, made: Minutes, ending: str, content_type: str) -> Response:
    name = f"screening-{made.day}{'-' + made.team.slug if made.team else ''}.{ending}"
    answer = Response(text, content_type=f"{content_type}; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


# --- held and skipped -----------------------------------------------------------------------


@dataclass(frozen=True)
class MeetingRow:
    """One working day: its meeting, or that there was none."""

    day: date
    team: Team | None
    screening: Screening | None
    decisions: int
    people: list[str]

    @property
    def held(self) -> bool:
        return self.screening is not None and self.screening.first_closed_at is not None

    @property
    def seconds(self) -> int | None:
        screening = self.screening
        if screening is None or screening.opened_at is None or screening.first_closed_at is None:
            return None
        return int((screening.first_closed_at - screening.opened_at).total_seconds())


@pages.get("/meetings")
def meetings() -> ResponseReturnValue:
    """Every working day with a board: was there a meeting, how long, who came, what was decided."""
    demand(Verb.SEE_BOARD)
    today = calendar.business_day(now())
    last = min(day_asked(now()), today)
    first = calendar.working_day_before(last, SHOWN - 1)
    rows = list(meeting_rows(first, last, today))
    own = [row for row in rows if row.team is None]
    times = [row.seconds for row in own if row.held and row.seconds is not None]
    return render_template(
        "screening/meetings.html",
        rows=rows,
        held=sum(row.held for row in own),
        possible=sum(1 for row in own if row.held or row.day < today),
        usual_seconds=median(times) if times else None,
        earlier=calendar.working_day_before(first),
        later=calendar.working_day_after(last, SHOWN) if last < today else None,
        last=last,
        today=today,
    )


def meeting_rows(first: date, last: date, today: date) -> Iterator[MeetingRow]:
    """The newest day first; a team's meeting has a row of its own below everybody's."""
    boards = set(ProblemDay.days())
    found: dict[date, list[Screening]] = {}
    for screening in db.session.scalars(Screening.opened_between(first, last)):
        found.setdefault(screening.day, []).append(screening)
    counts = Decided.counts([one.id for rows in found.values() for one in rows])
    day = last
    while day >= first:
        mine = found.get(day, [])
        if not any(one.team_id is None for one in mine) and (
            mine or (day in boards and calendar.working_day(day))
        ):
            yield MeetingRow(day, None, None, 0, [])
        for one in mine:
            yield MeetingRow(day, one.team, one, counts.get(one.id, 0), attending(one))
        day -= timedelta(days=1)
