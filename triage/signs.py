"""By what one sees how the house is, beside what /readyz says: each sign with why and what helps.

Pages and monitors read the same list; nothing here is computed that a page could not wait for.
"""

import shutil
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from flask_babel import LazyString, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy

from models import audit_reading, house_state
from models.audit_check import AuditCheck
from models.backup import Backup
from models.calendar import business_day
from models.measure import MeasureVersion
from triage import audit_heads
from triage.config import Settings
from triage.display import ago, number, size

BACKUP_AGE = timedelta(hours=26)
"""A nightly copy and two hours."""
CHECK_AGE = timedelta(hours=50)
"""Two nights and two hours."""
ROOM = 100
"""So many of the largest mails must find a place."""


class Light(StrEnum):
    """How it is, in one word."""

    WELL = "well"
    WATCH = "watch"
    ILL = "ill"


LIGHTS: dict[Light, LazyString] = {
    Light.WELL: lazy("well"),
    Light.WATCH: lazy("watch"),
    Light.ILL: lazy("broken"),
}


class Sign(NamedTuple):
    """One of them."""

    key: str
    word: LazyString
    light: Light
    why: str
    helps: str = ""
    command: str = ""
    endpoint: str = ""


def signs(settings: Settings, at: datetime) -> list[Sign]:
    """All of them, those that need somebody first."""
    found = [
        disk(settings),
        backup(at),
        audit(settings, at),
        webhooks(at),
        measures(at),
        database(),
    ]
    order = [Light.ILL, Light.WATCH, Light.WELL]
    return sorted(found, key=lambda sign: order.index(sign.light))


def disk(settings: Settings) -> Sign:
    word = lazy("Disk")
    try:
        free = shutil.disk_usage(settings.data_dir).free
    except OSError:
        return Sign("disk", word, Light.ILL, _("The folder of the data cannot be read."))
    needed = settings.disk_reserve + ROOM * settings.mail_limit
    why = _("%(free)s free", free=size(free))
    if free < settings.disk_reserve:
        light = Light.ILL
    else:
        light = Light.WATCH if free < needed else Light.WELL
    helps = _("Make room or give a larger disk: below DISK_RESERVE mail is refused in words.")
    return Sign("disk", word, light, why, "" if light is Light.WELL else helps)


def backup(at: datetime) -> Sign:
    word, last = lazy("Backup"), Backup.newest()
    if last is None:
        return Sign(
            "backup",
            word,
            Light.WATCH,
            _("There is none yet."),
            _("Make one each night, and keep it on another machine."),
            "triage backup",
        )
    age = at - last.started_at
    hours = number(int(age.total_seconds() // 3600))
    why = _("the last is %(hours)s h old", hours=hours)
    if last.verified_at is None:
        helps = _("It was not read back: a copy that nobody has read is a hope.")
        return Sign("backup", word, Light.WATCH, why, helps, "triage backup")
    if age > BACKUP_AGE:
        helps = _("The one of tonight is missing: see what the nightly job said.")
        return Sign("backup", word, Light.ILL, why, helps, "triage backup")
    return Sign("backup", word, Light.WELL, why)


def audit(settings: Settings, at: datetime) -> Sign:
    """What the last verification found, and whether the last kept digest still stands."""
    word, page = lazy("Audit log"), "admin.audit.index"
    alarm = _("Keep a copy of the database now, and call who answers for security.")
    judged, kept = AuditCheck.last_judged(), audit_heads.heads(settings)[-1:]
    if judged is not None and not judged.whole:
        why = (
            _("row %(row)s does not follow from the one before", row=number(judged.broken))
            if judged.broken
            else _("not the one of %(day)s", day=judged.disagrees)
        )
        return Sign("audit", word, Light.ILL, why, alarm, endpoint=page)
    if kept and audit_reading.digest_at(int(kept[0]["seq"])) != kept[0]["digest"]:
        why = _("not the one of %(day)s", day=str(kept[0]["day"]))
        return Sign("audit", word, Light.ILL, why, alarm, endpoint=page)
    checked = AuditCheck.last_ended()
    if checked is None or checked.ended_at is None:
        return Sign("audit", word, Light.WELL, _("not verified yet"), endpoint=page)
    if checked.trouble or at - checked.ended_at > CHECK_AGE:
        helps = _("Verify it, and see whether a worker runs.")
        why = _("last verified %(when)s", when=ago(checked.ended_at))
        return Sign("audit", word, Light.WATCH, why, helps, endpoint=page)
    return Sign(
        "audit", word, Light.WELL, _("verified %(when)s", when=ago(checked.ended_at)), endpoint=page
    )


def webhooks(at: datetime) -> Sign:
    doors = house_state.doors(at)
    word = lazy("Webhooks")
    if not doors.webhooks_off:
        why = ngettext("%(num)s address", "%(num)s addresses", doors.webhooks)
        return Sign("webhooks", word, Light.WELL, why)
    why = ngettext("%(num)s is switched off", "%(num)s are switched off", doors.webhooks_off)
    helps = _("Look at its log, put its receiver right, and switch it on again.")
    return Sign("webhooks", word, Light.WATCH, why, helps, endpoint="admin.webhooks.index")


def measures(at: datetime) -> Sign:
    due = len(MeasureVersion.needing_a_look(business_day(at)))
    word = lazy("Measures")
    if not due:
        return Sign("measures", word, Light.WELL, _("all are looked after"))
    why = ngettext(
        "%(num)s has ended, or nobody has confirmed it for long",
        "%(num)s have ended, or nobody has confirmed them for long",
        due,
    )
    helps = _("Whoever leads confirms or ends them: answers and forms say what they say.")
    return Sign("measures", word, Light.WATCH, why, helps)


def database() -> Sign:
    return Sign("size", lazy("Database"), Light.WELL, size(house_state.database_bytes()))
