"""What the demo's house has done with its gaps, its readers' words and its answers."""

from datetime import datetime, timedelta

from models import info_feedback, measure_change, past_waves
from models.base import db
from models.calendar import business_day
from models.info_feedback import Box
from models.info_gap import InfoGap
from models.measure import Measure
from models.user import User

ASIDE = timedelta(days=60)
TOLD_AT_ONCE = "surcharges"


def furnish(at: datetime) -> None:
    """As it stands at `at`, the last moment of the story; the dossier was furnished before."""
    koen = db.session.scalar(User.by_login("koen"))
    if koen is None:
        return
    InfoGap.set_aside(
        "search",
        "en|limited company",
        "A matter for the business counter",
        business_day(at) + ASIDE,
        by=koen,
        at=at - timedelta(hours=3),
    )
    said = [one.feedback.id for one in info_feedback.said_in(Box.UNREAD, None)]
    info_feedback.make_task(said[:1], by=koen, at=at - timedelta(hours=2))
    info_feedback.mark_read(said[1:2], by=koen, at=at - timedelta(hours=2))
    measure = Measure.coded(TOLD_AT_ONCE)
    if measure is not None:
        measure_change.tell_at_once(measure, True, by=koen, at=at - timedelta(hours=1))
    db.session.flush()
    past_waves.learn(at)
