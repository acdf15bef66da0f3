"""What the product knows of the trade on its first day."""

from datetime import date

import pytest

from models.base import db, transaction
from models.mailbox import Mailbox
from models.measure import Measure, MeasureVersion
from models.team import Team
from models.topic import LANGUAGES, Intent, Topic
from triage import catalog
from triage.application import Passerelle
from triage.config import Settings


def named_in_all(names: dict[str, str]) -> bool:
    return set(names) == set(LANGUAGES) and all(name.strip() for name in names.values())


def test_every_topic_subtopic_intent_and_team_has_four_names(app: Passerelle) -> None:
    topics = Topic.everything().values()
    intents = db.session.scalars(Intent.in_order()).all()
    teams = db.session.scalars(Team.in_order()).all()
    assert len([topic for topic in topics if topic.parent_id is None]) == 18
    assert len([topic for topic in topics if topic.parent_id]) == 87
    assert len(intents) == 10
    assert len(teams) == 6
    things: list[Topic | Intent | Team] = [*topics, *intents, *teams]
    unnamed = [thing for thing in things if not named_in_all(thing.names)]
    assert unnamed == []


def test_every_topic_has_a_team_and_an_answer_time(app: Passerelle) -> None:
    first_level = db.session.scalars(Topic.first_level()).all()
    assert all(topic.team is not None for topic in first_level)
    assert all(1 <= topic.answer_days <= 10 for topic in Topic.everything().values())
    assert [topic.id for topic in first_level][:3] == ["bridging_right", "deferral", "exemption"]
    assert first_level[-1].id == "other"


def test_health_and_privacy_are_restricted_on_both_levels(app: Passerelle) -> None:
    restricted = {t.id.partition("/")[0] for t in Topic.everything().values() if t.restricted}
    open_ones = {t.id.partition("/")[0] for t in Topic.everything().values() if not t.restricted}
    assert restricted == {"incapacity", "privacy"}
    assert restricted & open_ones == set()


def test_chasing_and_complaining_are_failure_demand(app: Passerelle) -> None:
    failures = {i.id for i in db.session.scalars(Intent.in_order()) if i.failure}
    assert failures == {"chase_status", "complain"}


def test_the_first_mailbox_belongs_to_this_house(app: Passerelle, settings: Settings) -> None:
    first = Mailbox.first()
    assert first is not None
    assert first.address == f"contact@{settings.mail_domain}"


def test_loading_again_keeps_what_people_have_changed(app: Passerelle, settings: Settings) -> None:
    with transaction():
        topic = Topic.everything()["deferral"]
        topic.names = topic.names | {"en": "Postponed payment"}
        topic.answer_days = 9
        mailbox = Mailbox.first()
        assert mailbox is not None
        mailbox.active = False
    counted = len(Topic.everything())
    catalog.load(settings)
    db.session.expire_all()
    assert len(Topic.everything()) == counted
    assert Topic.everything()["deferral"].name("en") == "Postponed payment"
    assert Topic.everything()["deferral"].answer_days == 9
    assert Mailbox.first() is None


@pytest.mark.parametrize("topic", ["bridging_right", "deferral", "exemption"])
def test_each_first_topic_has_a_measure_in_force_with_four_answers(
    app: Passerelle, topic: str
) -> None:
    versions = db.session.scalars(MeasureVersion.in_force(topic, date(2026, 6, 9))).all()
    assert versions
    assert all(named_in_all(version.answers) for version in versions)
    assert all(version.conditions["source"] == "to be confirmed" for version in versions)
    assert all(version.last_verified is None for version in versions)


def test_the_rule_of_the_day_is_found_again(app: Passerelle) -> None:
    on_that_day = db.session.scalars(
        MeasureVersion.in_force("bridging_right", date(2020, 4, 15))
    ).all()
    assert {version.names["en"] for version in on_that_day} == {
        "Classic bridging right (four pillars)",
        "Crisis bridging right 2020",
    }
    assert Measure.coded("bridging-crisis-2020") is not None


def test_every_name_of_a_measure_is_there_in_four_languages() -> None:
    versions = [version for entry in catalog.read("measures") for version in entry["versions"]]
    assert all(named_in_all(version["names"]) for version in versions)
