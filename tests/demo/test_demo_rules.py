"""The measures of the demo: a window about to close, a rule not confirmed, a version to come."""

from datetime import time

from models.base import now, transaction
from models.calendar import business_day, start_of
from models.measure import MeasureVersion
from tests.people import House
from triage.answers import sayable
from triage.demo import rules
from triage.outreach.standing import Mark, everything


def test_the_demo_shows_each_way_in_which_a_measure_needs_a_look(house: House):
    day = business_day(now())
    with transaction():
        rules.furnish(day, start_of(day, time(8, 30)), house.koen, house.ingrid)
    marks = {mark for one in everything(day) for mark in one.marks}
    assert marks == set(Mark)
    ends = [one.measure.code for one in MeasureVersion.needing_a_look(day)]
    assert ends[0].startswith("deferral-20")
    assert "transfer" in ends
    deferral = sayable("deferral", "deferral/request", None, "de", day)[0]
    assert (deferral.missing, deferral.language, deferral.script_language) == (True, "fr", "de")
    assert deferral.deadlines[0][2] == 6
    announced = [
        one
        for one in sayable("bridging_right", "bridging_right/what", None, "nl", day)
        if not one.answer
    ]
    assert [one.promise is not None and one.promise > day for one in announced] == [True]
    assert "{promise}" not in announced[0].holding
