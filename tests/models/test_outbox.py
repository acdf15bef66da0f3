from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import outbox
from models.base import db, now, transaction
from models.idempotency import IdempotencyKey
from models.job_slot import JobSlot
from models.outbox import MAX_TRIES, TURN, Claim, Job, LeaseLost, Outbox, later
from tests.people import amelie

MINUTE = timedelta(minutes=1)
NO_TIME = timedelta(0)


@pytest.fixture(autouse=True)
def house_is_open(app):
    return app


def promised(*ids: int, kind: Job = Job.READ, **when: object) -> None:
    with transaction():
        for ref_id in ids:
            later(kind, ref_id, **when)


def claimed(
    owner: str = "first worker", limit: int = 100, lease: timedelta = MINUTE
) -> list[Claim]:
    with transaction():
        return outbox.claim(Job.READ, owner, limit, lease)


def the_promise(ref_id: int = 1) -> Outbox:
    db.session.expire_all()
    found = db.session.scalar(select(Outbox).where(Outbox.ref_id == ref_id))
    assert found is not None
    return found


def test_a_promise_can_be_taken_up_once():
    promised(1)
    assert [claim.ref_id for claim in claimed()] == [1]
    assert claimed("second worker") == []


def test_promised_twice_is_once():
    promised(1, 1)
    promised(1)
    assert len(claimed()) == 1


def test_the_same_for_another_reason_is_another_promise():
    promised(1)
    promised(1, cause="again")
    assert [claim.cause for claim in claimed()] == ["", "again"]


def test_promises_of_another_kind_are_left_alone():
    promised(1, kind=Job.SEND)
    assert claimed() == []


def test_the_oldest_comes_first_within_its_priority():
    promised(1, 2)
    promised(3, priority=1)
    assert [claim.ref_id for claim in claimed()] == [3, 1, 2]


def test_no_more_are_taken_than_asked_for():
    promised(*range(1, 11))
    assert [claim.ref_id for claim in claimed(limit=4)] == [1, 2, 3, 4]
    assert [claim.ref_id for claim in claimed(limit=4)] == [5, 6, 7, 8]


def test_what_is_for_later_waits():
    promised(1, not_before=now() + MINUTE)
    assert claimed() == []
    assert not outbox.work_waits()


def test_what_another_worker_is_just_taking_is_skipped_without_waiting(app):
    promised(1, 2)
    with Session(db.engine) as other, other.begin():
        other.execute(select(Outbox).where(Outbox.ref_id == 1).with_for_update())
        assert [claim.ref_id for claim in claimed()] == [2]


def test_an_expired_lease_is_free_for_everybody():
    promised(1)
    claimed("a worker that was killed", lease=NO_TIME)
    (again,) = claimed("second worker")
    assert (again.ref_id, again.tries) == (1, 2)


def test_who_lost_the_lease_cannot_finish():
    promised(1)
    (mine,) = claimed("slow worker", lease=NO_TIME)
    claimed("second worker")
    with pytest.raises(LeaseLost), transaction():
        outbox.finish(mine, "slow worker")
    assert the_promise().done_at is None


def test_losing_the_lease_undoes_what_was_done_for_it():
    promised(1)
    (mine,) = claimed("slow worker", lease=NO_TIME)
    claimed("second worker")
    with pytest.raises(LeaseLost), transaction():
        later(Job.SEND, 99)
        outbox.finish(mine, "slow worker")
    assert outbox.waiting() == {"read": 1}


def test_nothing_is_finished_twice():
    promised(1)
    (mine,) = claimed()
    with transaction():
        outbox.finish(mine, "first worker")
    with pytest.raises(LeaseLost), transaction():
        outbox.finish(mine, "first worker")


def test_a_kept_promise_is_never_taken_up_again():
    promised(1)
    (mine,) = claimed(lease=NO_TIME)
    with transaction():
        outbox.finish(mine, "first worker")
    assert claimed() == []


def test_a_renewed_lease_keeps_others_away():
    promised(1)
    mine = claimed("slow worker", lease=NO_TIME)
    with transaction():
        outbox.renew(mine, "slow worker", MINUTE)
    assert claimed("second worker") == []


def test_what_is_given_back_is_free_at_once_and_costs_no_try():
    promised(1)
    mine = claimed("stopping worker")
    with transaction():
        outbox.give_back(mine, "stopping worker")
    (again,) = claimed("second worker")
    assert again.tries == 1


def test_a_failure_is_remembered_and_tried_again_later():
    promised(1)
    (mine,) = claimed()
    with transaction():
        outbox.fail(mine, "first worker", "the moon was full", MINUTE)
    promise = the_promise()
    assert promise.last_error == "the moon was full"
    assert promise.not_before is not None and promise.not_before > now()
    assert claimed("second worker") == []


def test_a_failure_after_the_lease_was_lost_does_not_disturb_the_new_owner():
    promised(1)
    (mine,) = claimed("slow worker", lease=NO_TIME)
    claimed("second worker")
    with transaction():
        outbox.fail(mine, "slow worker", "too late", NO_TIME)
    assert the_promise().lease_owner == "second worker"
    assert the_promise().last_error is None


def test_the_fifth_try_is_the_last():
    promised(1)
    for number in range(1, MAX_TRIES + 1):
        (mine,) = claimed(lease=NO_TIME)
        assert mine.last_try == (number == 5)


def test_what_was_given_up_is_neither_taken_up_nor_waiting():
    promised(1)
    (mine,) = claimed()
    with transaction():
        outbox.give_up(mine, "first worker", "unreadable")
    assert claimed() == []
    assert outbox.waiting() == {}
    assert the_promise().gave_up_at is not None


def test_a_promise_kept_by_the_one_who_made_it_is_kept():
    with transaction():
        later(Job.READ, 1)
        outbox.settled_here(Job.READ, 1)
    assert claimed() == []


def test_what_a_worker_is_at_cannot_be_settled_beside_him():
    promised(1)
    claimed("a worker")
    with pytest.raises(LeaseLost), transaction():
        outbox.settled_here(Job.READ, 1)


def test_only_old_kept_promises_are_swept():
    promised(1, 2, 3)
    first, second, _open = claimed()
    with transaction():
        outbox.finish(first, "first worker")
        outbox.give_up(second, "first worker", "unreadable")
    with transaction():
        assert outbox.sweep(keep=MINUTE) == 0
        assert outbox.sweep(keep=NO_TIME) == 1
    assert the_promise(2).gave_up_at is not None
    assert the_promise(3).done_at is None


def test_the_age_of_the_oldest_promise_is_known():
    assert outbox.oldest_waiting_seconds() == 0.0
    promised(1)
    assert 0 < outbox.oldest_waiting_seconds() < 60


def test_a_periodic_job_has_its_turn_once():
    with transaction():
        assert JobSlot.take("night", "2026-05-04")
    with transaction():
        assert not JobSlot.take("night", "2026-05-04")
        assert JobSlot.take("night", "2026-05-05")
        assert JobSlot.take("minute", "2026-05-04")


def test_a_turn_that_failed_is_free_again():
    with pytest.raises(ZeroDivisionError), transaction():
        JobSlot.take("night", "2026-05-04")
        raise ZeroDivisionError
    with transaction():
        assert JobSlot.take("night", "2026-05-04")


def test_an_answered_request_is_recognised():
    with transaction():
        IdempotencyKey.remember("form", "abc", "digest of the first", 7)
        IdempotencyKey.remember("form", "abc", "digest of the second", 8)
    seen = IdempotencyKey.seen("form", "abc")
    assert seen is not None
    assert (seen.digest, seen.ref_id) == ("digest of the first", 7)
    assert IdempotencyKey.seen("call", "abc") is None


def test_answered_requests_are_counted_since_a_moment():
    began: datetime = now()
    with transaction():
        IdempotencyKey.remember("form", "abc", "", 7)
        IdempotencyKey.remember("form", "def", "", 8)
    assert IdempotencyKey.since("form", began)[0] == 2
    assert IdempotencyKey.since("form", now() + MINUTE) == (0, None)


# --- fair turns -----------------------------------------------------------------------------


def test_the_few_of_one_pass_the_many_of_another():
    promised(*range(1, 31), fair_key="many@shop.example")
    promised(31, fair_key=amelie.email)
    promised(32)
    order = [claim.ref_id for claim in claimed()]
    assert order[:12] == [*range(1, 11), 31, 32]
    assert order[12:] == list(range(11, 31))


def test_the_many_of_one_wait_for_nobody_when_nobody_else_is_there():
    promised(*range(1, 31), fair_key="many@shop.example")
    assert [claim.ref_id for claim in claimed()] == list(range(1, 31))


def test_each_beyond_the_tenth_stands_two_seconds_further_back():
    promised(*range(1, 14), fair_key="many@shop.example")
    back = [the_promise(n).turn_at - the_promise(n).created_at for n in (10, 11, 13)]
    assert [round(one.total_seconds()) for one in back] == [0, 2, 6]


def test_what_was_kept_costs_no_place():
    promised(*range(1, 21), fair_key="many@shop.example")
    with transaction():
        for mine in claimed():
            outbox.finish(mine, "first worker")
    promised(21, fair_key="many@shop.example")
    assert the_promise(21).turn_at - the_promise(21).created_at < TURN


def test_what_was_tried_again_keeps_its_turn():
    promised(1, 2)
    first, second = claimed()
    with transaction():
        outbox.give_back([second, first], "first worker")
    assert [claim.ref_id for claim in claimed()] == [1, 2]
