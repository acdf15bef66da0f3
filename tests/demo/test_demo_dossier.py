"""The dossier of the demo: whole in four languages, with one page of every state."""

from datetime import time, timedelta

from flask_babel import force_locale

from models.base import db, now, transaction
from models.calendar import business_day, start_of
from models.info_page import InfoPage, InfoPageVersion
from models.topic import LANGUAGES
from tests.people import House
from triage import dossier
from triage.demo import dossier as demo
from triage.demo import rules
from triage.outreach.dossier import everything


def test_the_demo_shows_a_page_of_each_state_and_nothing_unreadable(house: House):
    day = business_day(now()) - timedelta(days=1)
    at = start_of(day, time(17))
    with transaction():
        rules.furnish(day, at, house.koen, house.ingrid)
        demo.furnish(at, house.koen, house.ingrid)
    with force_locale("en"):
        lines = everything()
    states = [one.state for one in lines]
    assert {state: states.count(state) for state in set(states)} == {
        "published": 6,
        "draft": 1,
        "scheduled": 1,
        "archived": 1,
    }
    for version in db.session.scalars(InfoPageVersion.of_pages([p.id for p in pages()])):
        assert dossier.mistakes(version.bodies, dossier.measure_code(version.page)) == []
    for version in db.session.scalars(InfoPageVersion.shown()):
        for language in LANGUAGES:
            read = dossier.shown(version, language, day)
            assert not read.missing
            assert "does not apply" not in read.html.html
    assert {need for one in lines for need in one.needs} == {"missing", "review", "words"}


def pages() -> list[InfoPage]:
    return list(db.session.scalars(InfoPage.everything()))
