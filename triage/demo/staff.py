"""A week's roster, somebody who helps out until closing, and a webhook that is switched off."""

from datetime import date, datetime, time, timedelta

from models import moving, roster, webhook_deeds
from models.base import db
from models.calendar import business_day, start_of
from models.intake import Channel
from models.roster import WEEK, Wish, wish
from models.team import Team
from models.user import User
from models.webhook import PublicEvent

CLOSES = time(17)
HELP = timedelta(hours=4)

BY_NAME: tuple[tuple[str, str, str, time, time], ...] = (
    ("nadia", "bridging", Channel.PHONE.value, time(8, 30), time(12, 30)),
    ("nadia", "bridging", Channel.EMAIL.value, time(13), time(17)),
    ("koen", "bridging", Channel.EMAIL.value, time(9), time(17)),
    ("tom", "payment", "", time(8, 30), time(17)),
    ("lea", "affiliation", Channel.PHONE.value, time(8, 30), time(16)),
)
BY_HEADS: tuple[tuple[str, str, time, time, float], ...] = (
    ("bridging", Channel.PHONE.value, time(8, 30), time(12), 4),
    ("bridging", Channel.PHONE.value, time(12), time(13), 2),
    ("bridging", Channel.PHONE.value, time(13), time(17), 3),
    ("payment", Channel.EMAIL.value, time(9), time(17), 2),
)


def furnish(at: datetime) -> None:
    """This week and the next, as Koen has planned them."""
    koen, ada = (db.session.scalar(User.by_login(login)) for login in ("koen", "ada"))
    if koen is None:
        return
    today = business_day(at)
    monday = today - timedelta(days=today.weekday())
    wishes = [one for week in (monday, monday + WEEK) for one in planned(week)]
    roster.add(wishes, by=koen, at=at)
    roster.keep_usual(monday, by=koen, at=at)
    help_out(at, koen)
    if ada is not None:
        tell_the_back_office(at, ada)


def planned(monday: date) -> list[Wish]:
    teams = {team.slug: team for team in db.session.scalars(Team.in_order())}
    people = {user.login: user for user in db.session.scalars(User.everybody())}
    days = [monday + timedelta(days=step) for step in range(5)]
    named = [
        wish(teams[slug], channel, day, starts, ends, people[login])
        for day in days
        for login, slug, channel, starts, ends in BY_NAME
        if slug in teams and login in people
    ]
    return named + [
        wish(teams[slug], channel, day, starts, ends, None, heads)
        for day in days
        for slug, channel, starts, ends, heads in BY_HEADS
        if slug in teams
    ]


def help_out(at: datetime, koen: User) -> None:
    tom = db.session.scalar(User.by_login("tom"))
    team = db.session.scalar(Team.by_slug("bridging"))
    if tom is not None and team is not None:
        closing = start_of(business_day(at), CLOSES)
        until = closing if closing > at + HELP else at + HELP
        moving.move(
            [tom],
            team,
            until,
            by=koen,
            at=at,
            channels=[Channel.PHONE.value],
            note="Telefoon loopt vol",
        )


def tell_the_back_office(at: datetime, ada: User) -> None:
    """As an example, and switched off: nothing listens there."""
    made, _secret = webhook_deeds.add(
        "Back office",
        "https://hooks.example.be/passerelle",
        [PublicEvent.TICKET_CLOSED, PublicEvent.MESSAGE_CREATED, PublicEvent.PROBLEM_OPENED],
        with_text=False,
        by=ada,
        at=at,
    )
    webhook_deeds.switch_off(made, by=ada, at=at)
