"""A call-back in words: why it is proposed, what was last done to it, and when it may be tried."""

from datetime import datetime, time, timedelta
from typing import Any

from flask_babel import format_datetime, format_time, ngettext
from flask_babel import gettext as _

from models import calendar
from models.base import now
from models.callback import Callback
from models.callback_times import next_slot
from models.service_level import OpeningHours
from triage.display import label

SOON = timedelta(hours=1)
MORNING = time(8, 30)
AFTERNOON = time(13)


def reasons_of(callback: Callback) -> list[str]:
    """The facts for which it was proposed, as people say them."""
    return [words for fact in callback.reasons if (words := reason_in_words(fact))]


def reason_in_words(fact: dict[str, Any]) -> str:
    kind, times = fact.get("kind"), int(fact.get("times") or 0)
    if kind == "contacts":
        days = int(fact.get("days") or 1)
        span = str(ngettext("in %(num)s day", "in %(num)s days", days))
        return f"{ngettext('%(num)s contact', '%(num)s contacts', times)} {span}"
    if kind == "dissatisfied":
        at = datetime.fromisoformat(str(fact["at"]))
        return str(_("angry on %(day)s", day=format_datetime(at, "EEEE")))
    if kind == "repeated":
        return str(ngettext("asked again %(num)s time", "asked again %(num)s times", times))
    if kind == "misinformed":
        return str(_("was told something that was corrected since"))
    if kind == "hit":
        return str(_("was hit by the problem"))
    if kind == "complaint":
        return str(_("complains about us"))
    if kind == "asked_in_writing":
        return str(_("asks to be called"))
    if kind == "account_changed":
        return str(_("names another bank account in a form"))
    return ""


def deed_in_words(callback: Callback) -> str:
    """What was done last, for the line that offers to undo it."""
    kind = (callback.deed or {}).get("kind", "")
    if kind in ("no_answer", "busy", "voicemail_left", "wrong_number"):
        result = label("attempt_result", kind)
        if callback.closed:
            return str(_("Noted: %(result)s. Given up.", result=result))
        when = moment(callback.due_at)
        return str(_("Noted: %(result)s. Again %(when)s.", result=result, when=when))
    words = {
        "reached": _("Noted: reached."),
        "taken": _("It is yours."),
        "put_back": _("Back on the list."),
        "snoozed": _("Put off until %(when)s.", when=moment(callback.due_at)),
        "handed": _("Handed on."),
        "cancelled": _("Called off."),
        "accepted": _("Accepted."),
    }
    return str(words.get(kind, ""))


def moment(at: datetime) -> str:
    """A time of today, else the weekday with it, else the date."""
    days = (calendar.business_day(at) - calendar.business_day(now())).days
    if days == 0:
        return str(format_time(at, "short"))
    return str(format_datetime(at, "EEE HH:mm" if 0 < days < 7 else "d MMM HH:mm"))


def moments_to_choose(callback: Callback, at: datetime) -> list[tuple[str, datetime, str]]:
    """(value, instant, words) for putting it off; of two names for one instant the nearer."""
    found: dict[datetime, str] = {}
    for name, slot in moments(callback, at).items():
        found.setdefault(slot, name)
    return [(name, slot, moment(slot)) for slot, name in sorted(found.items())]


def moments(callback: Callback, at: datetime) -> dict[str, datetime]:
    """In an hour, this afternoon, the next days: each when we work and it suits the client."""
    week = OpeningHours.week_of(callback.team_id)
    today = calendar.business_day(at)
    tomorrow = calendar.working_day_after(today)
    wanted = {
        "hour": at + SOON,
        "afternoon": calendar.start_of(today, AFTERNOON),
        "tomorrow": calendar.start_of(tomorrow, MORNING),
        "tomorrow_afternoon": calendar.start_of(tomorrow, AFTERNOON),
        "later": calendar.start_of(calendar.working_day_after(today, 3), MORNING),
    }
    return {
        name: next_slot(instant, callback.window, week)
        for name, instant in wanted.items()
        if instant > at
    }
