"""Lists that the demo's people share, who is away next week, and what is promised in hours."""

from datetime import datetime, time, timedelta

from models import releasing, ticket_clock
from models.base import db
from models.calendar import MEETING, business_day, start_of, working_day_after
from models.saved_view import SavedView
from models.service_level import OpeningHours, ServiceLevel
from models.team import Team
from models.ticket import Ticket
from models.ticket_list import TicketFilter
from models.user import User

WEEK = {day: (time(8, 30), time(17 if day < 4 else 16)) for day in range(5)}


def furnish(at: datetime, nadia: User, koen: User) -> None:
    """As a house stands that has worked with it for some weeks."""
    share(nadia, koen)
    promise(koen)
    stay_away(at, koen)
    lay_aside(at, nadia)


def share(nadia: User, koen: User) -> None:
    team = koen.team_ids[0]
    shared = (
        ("Nederlands, onbeantwoord", TicketFilter("team", languages=("nl",), answered="no")),
        ("Fenêtre de 14 jours", TicketFilter("team", deadline=14, sort="deadline")),
    )
    for name, wanted in shared:
        SavedView.keep(name, wanted, by=koen, team_id=team)
    urgent = TicketFilter("all", urgent=True, who="nobody")
    SavedView.keep("Urgent, à personne", urgent, by=nadia)


def promise(koen: User) -> None:
    OpeningHours.keep(None, WEEK, by=koen)
    payment = db.session.scalars(Team.by_slug("payment")).first()
    if payment is not None:
        ServiceLevel.give(payment.id, None, 16 * 60, 4 * 60, by=koen)


def stay_away(at: datetime, koen: User) -> None:
    colleague = db.session.scalar(User.by_login("lea"))
    if colleague is not None:
        first = working_day_after(business_day(at), 3)
        last = first + timedelta(days=4)
        releasing.mark(colleague, first, last, "Formation", by=koen, at=at)


def lay_aside(at: datetime, nadia: User) -> None:
    until = start_of(working_day_after(business_day(at), 2), MEETING)
    mine = TicketFilter("mine").tickets(nadia, at).limit(3)
    tickets: list[Ticket] = list(db.session.scalars(mine))
    if until > at and len(tickets) > 1:
        ticket_clock.snooze(tickets[-1], until, by=nadia, at=at)
