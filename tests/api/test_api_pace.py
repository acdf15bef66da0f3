"""How often a program may come: exactly so often, and told when there is room for one more."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from models.api_token import ApiToken, Scope
from models.base import transaction
from tests.people import Browser, House
from triage.api import pace
from triage.bell import bell


@pytest.fixture
def token(house: House) -> str:
    with transaction():
        _row, shown = ApiToken.issue(house.koen, "a program", (Scope.TICKETS_READ,), None)
    return shown


def test_every_answer_says_how_many_more_may_come(app: Flask, client: Browser, token: str) -> None:
    object.__setattr__(app.extensions["settings"], "api_limit", 2)
    headers = {"Authorization": f"Bearer {token}"}
    answers = [client.get("/api/v1/me", headers=headers) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    left = [re.match(r'"minute";r=(\d+);t=\d+', one.headers["RateLimit"]) for one in answers]
    assert [found and found[1] for found in left] == ["1", "0", "0"]
    assert answers[0].headers["RateLimit-Policy"] == '"minute";q=2;w=60'
    assert "Retry-After" not in answers[1].headers
    assert 58 <= int(answers[2].headers["Retry-After"]) <= 60
    assert "RateLimit" not in client.get("/api/v1/me").headers


def test_of_many_at_once_no_more_than_the_limit_get_through(app: Flask) -> None:
    def take(_place: int) -> bool:
        with app.app_context():
            return not pace.take_turn("at-once", 5).refused

    with ThreadPoolExecutor(8) as several:
        assert sum(several.map(take, range(40))) == 5


def test_who_waits_as_told_is_let_in(app: Flask) -> None:
    with app.app_context():
        connection = bell().connection
        assert connection is not None
        assert not pace.take_turn("waiting", 1).refused
        told = pace.take_turn("waiting", 1)
        assert told.refused
        for seconds, refused in ((told.seconds - 1, True), (told.seconds, False)):
            [(name, since)] = connection.zrange("api-pace:waiting", 0, 0, withscores=True)
            connection.zadd("api-pace:waiting", {name: since - seconds})  # so much time goes by
            assert pace.take_turn("waiting", 1).refused is refused
            connection.zadd("api-pace:waiting", {name: since}, xx=True)


def test_without_redis_each_process_counts_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = 100.25
    monkeypatch.setattr(pace.time, "monotonic", lambda: moment)
    counting = pace.Pace()
    assert [counting.take("a", 2).refused for _ in range(3)] == [False, False, True]
    assert not counting.take("b", 2).refused
    told = counting.take("a", 2)
    moment += told.seconds - 0.5
    assert counting.take("a", 2).refused
    moment += 0.5
    assert not counting.take("a", 2).refused
