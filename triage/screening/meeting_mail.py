"""The minutes by mail, to each who was there, in the language that he or she reads."""

from collections.abc import Sequence
from datetime import datetime

from flask import current_app, render_template, url_for
from flask_babel import force_locale

from models.base import db
from models.house_mail import address_of, of_causes, write_to_house
from models.message import Message
from models.screening import Screening
from models.user import User
from triage.config import Settings
from triage.screening.meeting_minutes import correction_words, minutes_of


def send(screening: Screening, *, whole_team: bool, by: User, at: datetime) -> int:
    """Promise a mail to everybody who was there, or to the whole team; returns how many.

    Closed again after a correction, it writes again: the newest minutes hold.
    """
    settings: Settings = current_app.extensions["settings"]
    readers = recipients(screening, whole_team=whole_team)
    for user in readers:
        subject, text = written(screening, user.language, settings, at)
        write_to_house(
            address_of(user, settings.mail_domain),
            subject,
            text,
            cause=f"{cause_of(screening)}{user.id}:{at.isoformat()}",
            language=user.language,
            domain=settings.mail_domain,
            at=at,
            by=by,
        )
    return len(readers)


def recipients(screening: Screening, *, whole_team: bool) -> list[User]:
    """Those with an account who were there; with the whole team, its members, or everybody."""
    there = set(screening.attendees.get("people", []))
    return [
        user
        for user in db.session.scalars(User.everybody())
        if user.id in there
        or (whole_team and (screening.team_id is None or screening.team_id in user.team_ids))
    ]


def written(
    screening: Screening, language: str, settings: Settings, at: datetime
) -> tuple[str, str]:
    """(subject, text) of the minutes in a language."""
    with force_locale(language):
        text = render_template(
            "mail/minutes.txt",
            minutes=minutes_of(screening, screening.day, screening.team, at),
            correction_words=correction_words,
            name=settings.triage_name,
            url=settings.base_url
            + url_for("screening.minutes", day=screening.day, team=screening.team_id),
        )
    subject, _line, body = text.partition("\n")
    return subject.strip(), body.strip() + "\n"


def sent(screening: Screening) -> Sequence[Message]:
    """The mails with these minutes, and how far each has come."""
    return of_causes(cause_of(screening))


def cause_of(screening: Screening) -> str:
    return f"minutes:{screening.id}:"
