"""Measures: which version holds, who changed what, and the last days of tickets."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from models import measure_change, time_limit
from models.base import db, transaction
from models.deadline import Quarter
from models.measure import Measure, MeasureVersion
from models.measure_question import MeasureQuestion
from models.ticket import Ticket
from models.ticket_states import Status
from models.unusable import Unusable
from tests.people import House

AT = datetime(2026, 6, 9, 8, 0, tzinfo=UTC)
DAY = date(2026, 6, 9)
WINDOW = {"names": {"en": "Window"}, "start": "quarter_start", "quarters": 1, "months": 12}
TOPIC = "family/carer"
"""The catalog has no measure about it alone."""


def said(**fields: Any) -> dict[str, Any]:
    return {"names": {"en": "Help for carers"}, "answers": {"en": "Yes."}} | fields


def begin(house: House, code: str = "carers", topic: str = "family", **fields: Any) -> Measure:
    with transaction():
        return measure_change.begin(
            code, topic, said(applies_to=[TOPIC]) | fields, change="", by=house.koen, at=AT
        )


def version_of(measure: Measure) -> MeasureVersion:
    return measure_change.newest_of(measure.id)


def revise(house: House, based_on: MeasureVersion, **fields: Any) -> MeasureVersion:
    with transaction():
        return measure_change.revise(
            based_on,
            measure_change.content(based_on) | fields,
            seen=based_on.version,
            change="as told by the institute",
            by=house.koen,
            at=AT,
            day=DAY,
        )


def holding(day: date, part: str = TOPIC) -> list[int]:
    found = MeasureVersion.applying("family", part, day)
    return [one.version for one in found if one.measure.code == "carers"]


def test_a_version_takes_the_place_of_the_one_it_corrects(house):
    first = version_of(begin(house))
    second = revise(house, first, answers={"en": "Yes, from May on."})
    assert holding(DAY) == [2]
    assert second.author_id == house.koen.id
    changes = [name for name, _, _ in measure_change.changed(first, second)]
    assert changes == ["answers"]


def test_a_version_whose_day_is_to_come_waits_for_it(house):
    first = version_of(begin(house))
    revise(house, first, valid_from=date(2026, 7, 1))
    assert holding(date(2026, 6, 30)) == [1]
    assert holding(date(2026, 7, 1)) == [2]


def test_what_has_ended_does_not_bring_back_what_was_before_it(house):
    first = version_of(begin(house, valid_to=date(2026, 12, 31)))
    revise(house, first, valid_to=date(2026, 6, 20))
    assert holding(date(2026, 6, 20)) == [2]
    assert holding(date(2026, 6, 21)) == []


def test_who_writes_over_something_newer_is_stopped(house):
    first = version_of(begin(house))
    second = revise(house, first, answers={"en": "No."})
    with pytest.raises(measure_change.Outdated) as error:
        revise(house, first, answers={"en": "Maybe."})
    assert error.value.newest.id == second.id


def test_an_old_version_comes_back_as_a_new_one(house):
    first = version_of(begin(house))
    revise(house, first, answers={"en": "No."})
    with transaction():
        third = measure_change.restore(first, seen=2, change="", by=house.koen, at=AT, day=DAY)
    assert third.version == 3
    assert third.answers == {"en": "Yes."}
    assert holding(DAY) == [3]


def test_a_retired_measure_is_offered_no_more_until_it_is_resumed(house):
    measure = begin(house)
    with transaction():
        measure_change.retire(measure, by=house.koen, at=AT)
    assert holding(date(2026, 6, 10)) == []
    with transaction():
        measure_change.resume(measure, by=house.koen, at=AT)
    assert holding(date(2026, 6, 10)) == [1]


def test_verifying_says_who_and_when_and_can_be_taken_back(house):
    version = version_of(begin(house, review_by=date(2026, 6, 1)))
    assert version.stale(DAY)
    with transaction():
        measure_change.verify(version, date(2026, 12, 1), by=house.koen, at=AT)
    assert not version.stale(DAY)
    assert (version.confirmed, version.last_verified) == (True, DAY)
    with transaction():
        said_so = measure_change.last_verification(version.measure, house.koen)
        assert said_so is not None
        measure_change.take_verification_back(version.measure, said_so, by=house.koen)
    assert version.stale(DAY)
    assert not version.confirmed


def test_what_nobody_has_looked_at_for_half_a_year_is_due_for_review():
    version = MeasureVersion(last_verified=date(2025, 12, 1), review_by=None)
    assert version.stale(DAY)
    assert not version.stale(date(2026, 1, 1))


@pytest.mark.parametrize(
    ("code", "fields", "reason"),
    [
        ("Carers!", {}, "code"),
        ("exemption", {}, "taken"),
        ("carers", {"names": {"en": " "}}, "name"),
        ("carers", {"valid_from": date(2026, 2, 1), "valid_to": date(2026, 1, 1)}, "dates"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_reason(house, code, fields, reason):
    with pytest.raises(Unusable) as error:
        begin(house, code, **fields)
    assert error.value.reason == reason


def test_the_nearest_measure_comes_first_and_other_parts_stay_away(house):
    begin(house)
    assert holding(DAY, "family/maternity") == []
    assert holding(DAY) == [1]


def test_a_measure_of_another_topic_is_shown_where_it_says_so(house):
    begin(house, applies_to=["payment_difficulty/cannot_pay"])
    elsewhere = MeasureVersion.applying("payment_difficulty", "payment_difficulty/cannot_pay", DAY)
    assert "carers" in [one.measure.code for one in elsewhere]
    about_plans = MeasureVersion.applying("payment_difficulty", "payment_difficulty/plan", DAY)
    assert "carers" not in [one.measure.code for one in about_plans]


def test_a_new_measure_opens_with_the_questions_that_others_drew(house):
    earlier = begin(house)
    with transaction():
        asked = MeasureQuestion.ask(earlier, {"en": "Also for cousins?"}, by=house.koen)
        asked.answer({"en": "No."}, by=house.koen, at=AT)
        gone = MeasureQuestion.ask(earlier, {"en": "Is it snowing?"}, by=house.koen)
        gone.withdraw(by=house.koen, at=AT)
    later = begin(house, "carers-again")
    inherited = db.session.scalars(MeasureQuestion.of_measure(later.id)).all()
    assert [one.texts for one in inherited] == [{"en": "Also for cousins?"}]
    assert inherited[0].inherited_from_id == asked.id
    assert inherited[0].answered_at is None


def test_unanswered_questions_come_first_and_move_among_themselves(house):
    measure = begin(house)
    with transaction():
        one = MeasureQuestion.ask(measure, {"en": "One?"}, by=house.koen)
        two = MeasureQuestion.ask(measure, {"en": "Two?"}, by=house.koen)
        three = MeasureQuestion.ask(measure, {"en": "Three?"}, by=house.koen)
        one.answer({"en": "1"}, by=house.koen, at=AT)
        three.move(True, by=house.koen)
    standing = db.session.scalars(MeasureQuestion.of_measure(measure.id)).all()
    assert [question.id for question in standing] == [three.id, two.id, one.id]
    assert MeasureQuestion.unanswered_counts()[measure.id] == 2


# --- the last day of a ticket -----------------------------------------------------------------


def ticket(**fields: Any) -> Ticket:
    with transaction():
        made = Ticket(
            subject="Carers",
            preview="",
            channel="email",
            topic_id="family",
            subtopic_id=TOPIC,
            opened_at=AT,
            last_contact_at=AT,
            **fields,
        )
        db.session.add(made)
        db.session.flush()
    return made


def test_a_change_of_the_measure_moves_the_last_day_of_open_tickets(house):
    open_one = ticket()
    closed = ticket(status=Status.CLOSED.value)
    first = version_of(begin(house, request_by=date(2026, 6, 15)))
    db.session.refresh(open_one)
    assert (open_one.deadline_on, open_one.deadline_name) == (date(2026, 6, 15), "request_by")
    second = revise(house, first, request_by=date(2026, 6, 30))
    for one in (open_one, closed):
        db.session.refresh(one)
    assert (open_one.deadline_on, open_one.deadline_version_id) == (date(2026, 6, 30), second.id)
    assert closed.deadline_on is None


def test_a_retired_measure_takes_its_last_day_along(house):
    waiting = ticket()
    measure = begin(house, request_by=date(2026, 6, 15))
    with transaction():
        measure_change.retire(measure, by=house.koen, at=AT)
        time_limit.refresh(date(2026, 6, 10))
    db.session.refresh(waiting)
    assert waiting.deadline_on is None


def test_the_quarter_that_a_client_named_decides(house):
    begin(house, rules=[WINDOW | {"before": True}])
    named, other, unnamed = ticket(deadline_quarter="2025/2"), ticket(), ticket()
    with transaction():
        time_limit.keep(other, DAY, [Quarter(2024, 1), Quarter(2025, 4)])
        time_limit.refresh(DAY)
    for one in (named, other, unnamed):
        db.session.refresh(one)
    assert named.deadline_on == date(2026, 6, 30)
    assert (other.deadline_quarter, other.deadline_on) == ("2025/4", date(2026, 12, 31))
    assert unnamed.deadline_on is None


def test_a_day_that_passes_stays_on_an_open_ticket_but_not_on_a_later_one(house):
    begin(house, request_by=date(2026, 6, 15), pay_by=date(2027, 6, 30))
    early = ticket()
    with transaction():
        late = ticket()
        late.opened_at = datetime(2026, 6, 16, 8, 0, tzinfo=UTC)
    with transaction():
        time_limit.refresh(date(2026, 6, 17))
        assert time_limit.refresh(date(2026, 6, 17)) == 0
    for one in (early, late):
        db.session.refresh(one)
    assert early.deadline_on == date(2026, 6, 15)
    assert (late.deadline_on, late.deadline_name) == (date(2027, 6, 30), "pay_by")
