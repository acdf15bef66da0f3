"""What the product knows of the trade on its first day."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from models import measure_change
from models.base import db, transaction
from models.deadline import Rule
from models.mailbox import Mailbox
from models.measure import Measure, MeasureVersion
from models.team import Team
from models.topic import LANGUAGES, Intent, Topic
from tests.people import House
from triage import catalog
from triage.application import Passerelle
from triage.catalog.measures import load_measures
from triage.config import Settings

AT = date(2026, 6, 9)


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
    assert all(named_in_all(version.scripts) for version in versions)
    assert all("to be confirmed" in version.source for version in versions)
    assert not any(version.confirmed for version in versions)
    assert all(version.last_verified is None for version in versions)


def test_the_rule_of_the_day_is_found_again(app: Passerelle) -> None:
    on_that_day = db.session.scalars(
        MeasureVersion.in_force("bridging_right", date(2020, 4, 15))
    ).all()
    assert {version.names["en"] for version in on_that_day} == {
        "Classic bridging right (four pillars)",
        "Crisis bridging right 2020",
        "Half crisis bridging right",
        "Payment of the bridging right",
    }
    assert Measure.coded("bridging-crisis-2020") is not None


SHIPPED = [
    pytest.param(version, id=f"{entry['code']}-{number}")
    for entry in catalog.read("measures")
    for number, version in enumerate(entry["versions"], 1)
]


@pytest.mark.parametrize("version", SHIPPED)
def test_each_measure_can_be_said_in_four_languages(version: dict[str, Any]) -> None:
    for said in ("names", "conditions", "answers", "scripts", "holding"):
        assert named_in_all(version[said]), said
    for code in LANGUAGES:
        assert len(version["scripts"][code]) < len(version["answers"][code])
        assert "{promise}" in version["holding"][code]
    for document in version.get("documents", ()):
        assert named_in_all(document)


@pytest.mark.parametrize("version", SHIPPED)
def test_each_measure_names_its_source_who_decides_and_rules_that_can_be_reckoned(
    version: dict[str, Any],
) -> None:
    assert version["source"].endswith("to be confirmed by the fund")
    assert version["decided_by"] in {"fund", "institute", "health_fund", "region"}
    rules = [Rule.read(rule) for rule in version.get("rules", ())]
    assert all(named_in_all(dict(rule.names)) for rule in rules)


def test_a_measure_is_shown_for_topics_that_exist(app: Passerelle) -> None:
    known = Topic.everything()
    shown = {
        topic
        for entry in catalog.read("measures")
        for version in entry["versions"]
        for topic in (entry["topic"], *version.get("applies_to", ()))
    }
    assert shown <= set(known)


def test_who_cannot_pay_is_told_of_every_way_out(app: Passerelle) -> None:
    ways = MeasureVersion.applying("payment_difficulty", "payment_difficulty/cannot_pay", AT)
    codes = {version.measure.code for version in ways}
    assert {
        "payment-plan",
        "surcharge-waiver",
        "deferral-general",
        "exemption",
        "reduction",
        "bridging-classic",
    } <= codes


def test_loading_again_leaves_measures_as_they_are(app: Passerelle, settings: Settings) -> None:
    counted = len(db.session.scalars(MeasureVersion.standing()).all())
    catalog.load(settings)
    assert len(db.session.scalars(MeasureVersion.standing()).all()) == counted


def test_a_newer_edition_corrects_what_nobody_has_touched_and_nothing_else(
    app: Passerelle, house: House
) -> None:
    entries = {entry["code"]: entry for entry in catalog.read("measures")}
    newer = [
        {**entry, "versions": [{**entry["versions"][-1], "answers": {"fr": "Autrement."}}]}
        for entry in (entries["exemption"], entries["payment-plan"])
    ]
    with transaction():
        plan = Measure.coded("payment-plan")
        assert plan is not None
        measure_change.verify(
            measure_change.newest_of(plan.id), None, by=house.koen, at=datetime.now(UTC)
        )
        load_measures(newer)
    exemption = Measure.coded("exemption")
    assert exemption is not None
    newest, first = db.session.scalars(MeasureVersion.of_measure(exemption.id)).all()
    assert newest.answers == {"fr": "Autrement."}
    assert first.replaced_by_id == newest.id
    assert measure_change.newest_of(plan.id).version == 1
