"""What is written down: a line each, numbered, and nobody's address in it."""

import json
import logging
import sys
from collections.abc import Iterator

import pytest

from tests.people import Browser
from triage import logs
from triage.config import Settings


def line(message: str, *said: object, level: int = logging.INFO) -> logging.LogRecord:
    return logging.LogRecord("triage.test", level, __file__, 1, message, said, None)


def read(record: logging.LogRecord) -> dict[str, object]:
    return dict(json.loads(logs.AsJson().format(record)))


def test_a_line_for_machines_says_when_where_and_what():
    said = read(line("%s mails left", 3))
    assert said["message"] == "3 mails left"
    assert (said["level"], said["logger"]) == ("info", "triage.test")
    assert str(said["at"]).endswith("+00:00")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("to amelie.d+x@example.be failed", "to •••@••• failed"),
        ("85.07.30-033.28 asked", "••• asked"),
        ("called +32 475 12 34 56 twice", "called ••• twice"),
        ("0403.019.261", "•••"),
        ("ticket 204518, message 12", "ticket 204518, message 12"),
        ("since 2026-11-26 10:15", "since 2026-11-26 10:15"),
    ],
    ids=["address", "register", "phone", "enterprise", "numbers", "day"],
)
def test_nobody_is_named_in_a_line(written: str, kept: str):
    assert read(line(written))["message"] == kept
    assert kept in logs.Plain().format(line(written))


def test_no_line_breaks_out_of_its_own():
    evil = "subject\nERROR root: all is lost\x1b[2J\u2028"
    assert len(logs.Plain().format(line("read %s", evil)).splitlines()) == 1
    assert len(logs.AsJson().format(line("read %s", evil)).split("\n")) == 1


def test_a_line_of_work_names_the_turn():
    with logs.of_work("host:7:ab12"):
        assert read(line("read"))["job"] == "host:7:ab12"
        assert "[host:7:ab12]" in logs.Plain().format(line("read"))
    assert "job" not in read(line("read"))


def test_a_trace_is_masked_too():
    try:
        raise ValueError("refused amelie@example.be")
    except ValueError:
        record = line("broken", level=logging.ERROR)
        record.exc_info = sys.exc_info()
    assert "•••@•••" in str(read(record)["trace"])
    assert "amelie" not in logs.Plain().format(record)


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield root
    root.handlers[:] = handlers
    root.setLevel(level)


def test_production_writes_for_machines(root: logging.Logger):
    logs.set_up(Settings(log_format="json"))
    assert isinstance(root.handlers[0].formatter, logs.AsJson)
    logs.set_up(Settings(), "warning")
    assert isinstance(root.handlers[0].formatter, logs.Plain)
    assert root.level == logging.WARNING


def test_every_answer_has_its_number_and_its_line(
    client: Browser, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.DEBUG, "triage.request"):
        answer = client.get("/healthz", headers={"X-Request-Id": "from-the-proxy-1"})
    assert answer.headers["X-Request-Id"] == "from-the-proxy-1"
    [written] = [one for one in caplog.records if one.name == "triage.request"]
    facts = vars(written)["facts"]
    assert facts == {
        "method": "GET",
        "route": "/healthz",
        "status": 200,
        "ms": facts["ms"],
    }
    assert logs.request_id() == ""
    odd = client.get("/healthz", headers={"X-Request-Id": "x" * 200})
    assert odd.headers["X-Request-Id"] != "x" * 200
