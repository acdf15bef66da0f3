"""What a figure counted: its contacts, tickets, calls or call-backs, those the reader may see."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from models import calendar, kpi, kpi_behind, kpi_now
from models.base import db, now
from models.kpi import KPIS, Absent, Cut, Item
from models.policy import Verb
from models.team import Team
from models.ticket import Ticket
from triage.accounts import demand
from triage.dashboards.pages import ROWS, Page, pages
from triage.dashboards.wall_figures import of_words
from triage.kpi_words import NAMES, WHY_NOT, written
from triage.report_asked import cut_of

Apart = str | tuple[int, int | None] | None
LONGEST = 400
"""Days that one list may cover."""


@pages.get("/list")
def listed() -> ResponseReturnValue:
    """`figure`, `first` and `last` day, a cut; `all` opens a share to all that it is of."""
    user, at, asked = demand(Verb.SEE_FIGURES), now(), request.args
    figure = KPIS.get(asked.get("figure", "inflow")) or abort(404)
    try:
        first, last = days_asked(asked, calendar.business_day(at))
        apart = apart_of(asked, figure.code, first, last, at)
    except ValueError:
        abort(404)
    cut, whole = cut_of(asked), "all" in asked
    value = kpi.measure(figure.code, first, last, cut=cut, user=user, at=at)
    told = value.why_not in (None, Absent.NOTHING)
    opens = told or value.why_not is Absent.BESIDE
    ids = ids_of(figure.code, first, last, cut, whole, apart, at) if opens else None
    total = kpi_behind.how_many(ids) if ids is not None else 0
    guarded = kpi.guarded(cut, user)
    hushed = guarded and 0 < total < kpi.SMALL
    if guarded and apart is not None and ids is not None:
        every = kpi_behind.how_many(ids_of(figure.code, first, last, cut, whole, None, at))
        if 0 < every - total < kpi.SMALL:
            value = replace(value, value=None, why_not=Absent.BESIDE)
    rows = kpi_behind.rows(figure.item, ids, user) if ids is not None else None
    page = max(asked.get("page", 1, int), 1)
    found: list[Any] = []
    if rows is not None:
        found = list(db.session.scalars(rows.limit(ROWS + 1).offset((page - 1) * ROWS)).unique())
    shown = found[:ROWS]
    contacts = shown if figure.item is Item.CONTACT else []
    return render_template(
        "dashboards/kpi_list.html",
        figure=figure,
        name=NAMES[figure.code],
        value=written(figure.unit, value.value) if value.value is not None else None,
        why=WHY_NOT[value.why_not] if value.why_not else "",
        of=of_words(figure, value),
        total=total,
        hushed=hushed,
        counted=value.part if told and not hushed else 0,
        whole=whole,
        days=(first, last),
        asked={name: said for name, said in asked.items() if name not in ("page", "all")},
        cut=cut,
        team=db.session.get(Team, cut.team_id) if cut.team_id else None,
        apart=apart,
        along={Item.TICKET: "listed-tickets", Item.CONTACT: "listed-contacts"}.get(figure.item),
        contacts=contacts,
        own=Ticket.seen_of(user, [contact.ticket_id for contact in contacts]),
        tickets=shown if figure.item is Item.TICKET else [],
        calls=shown if figure.item is Item.CALL else [],
        callbacks=shown if figure.item is Item.CALLBACK else [],
        page=Page(page, len(found) > ROWS),
    )


def ids_of(
    code: str, first: date, last: date, cut: Cut, whole: bool, apart: Apart, at: datetime
) -> Any:
    """The ids behind a figure; of today's, also one reason of failure demand, or one age."""
    today = calendar.business_day(at)
    if isinstance(apart, str):
        return kpi_now.failing_because(apart, today, at, cut)
    if apart is not None:
        return kpi_now.of_age(kpi_now.AGES.index(apart), today, at, cut)
    return kpi.behind(code, first, last, cut=cut, whole=whole, at=at)


def apart_of(asked: MultiDict[str, str], code: str, first: date, last: date, at: datetime) -> Apart:
    """The one reason or the one age to which the address narrows a figure of today; raises
    ValueError for an age that is none."""
    today = calendar.business_day(at)
    if code == "failures" and first == last == today:
        return asked.get("reason")
    if code.startswith("backlog") and last == today and "age" in asked:
        place = asked.get("age", -1, int)
        if not 0 <= place < len(kpi_now.AGES):
            raise ValueError("age")
        return kpi_now.AGES[place]
    return None


def days_asked(asked: MultiDict[str, str], today: date) -> tuple[date, date]:
    """(first, last) day of the address; today without any. Raises ValueError for what is no time
    of ours."""
    first = date.fromisoformat(asked.get("first") or today.isoformat())
    last = date.fromisoformat(asked.get("last") or today.isoformat())
    if first.year < 2000 or last > today or not 0 <= (last - first).days <= LONGEST:
        raise ValueError("days")
    return first, last
