"""`triage group`, as people script it: a history in, standings and boards out."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.conftest import furnish_model
from triage.commands.group import command

LATE = {
    "fr": "Toujours rien reçu sur mon compte pour mars alors que ma voisine est payée",
    "nl": "Mijn uitkering van maart is nog altijd niet gestort, mijn collega heeft alles al",
    "en": "My March payment has not arrived on my bank account, when will you pay me?",
    "de": "Seit drei Wochen warte ich auf die Überweisung für März, nichts auf dem Konto",
}
STUDENT = "Which contribution does a student with a small web shop pay?"


@pytest.fixture
def triage(models_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    furnish_model(tmp_path, models_dir)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))

    def run(lines: list[dict[str, Any]] | str, *arguments: str) -> Result:
        written = lines if isinstance(lines, str) else "\n".join(map(json.dumps, lines))
        return CliRunner().invoke(command, arguments, input=written.encode())

    return run


@pytest.fixture
def history() -> list[dict[str, Any]]:
    """Two late payments on day 1, one on day 2 and one on day 4, beside a student's question."""
    days = {"fr": 1, "nl": 1, "en": 2, "de": 4}
    late = [
        {"id": code, "day": days[code], "time": "09:30", "text": text, "client": code, "lang": code}
        for code, text in LATE.items()
    ]
    return [*late, {"id": 7, "day": 2, "time": "08:10", "text": STUDENT, "channel": "form"}]


def answers(result: Result) -> tuple[dict[Any, dict[str, Any]], list[dict[str, Any]]]:
    assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    contacts = {line["id"]: line for line in lines if "id" in line}
    boards = [line for line in lines if "board" in line]
    assert lines == [*contacts.values(), *boards]
    return contacts, boards


def test_each_contact_is_told_as_it_stood_at_the_end_of_its_own_day(triage, history):
    contacts, _ = answers(triage(history))
    assert list(contacts) == ["fr", "nl", "en", "de", 7]
    assert contacts["fr"]["problem"] is None
    assert contacts["nl"]["problem"] is None
    assert contacts["en"]["problem"] == contacts["de"]["problem"] == 1
    assert contacts[7] == {"id": 7, "problem": None, "reason": {"by": "alone"}}


def test_final_tells_where_they_stand_after_the_last_day(triage, history):
    contacts, _ = answers(triage(history, "--final"))
    assert {contacts[code]["problem"] for code in LATE} == {1}


def test_the_board_of_each_day_follows(triage, history):
    _, boards = answers(triage(history))
    assert [(line["board"], line["problem"], line["state"]) for line in boards] == [
        (2, 1, "new"),
        (4, 1, "steady"),
    ]
    assert set(boards[0]) == {
        *("board", "problem", "title", "state", "contacts", "clients"),
        *("expected", "ratio", "rank"),
    }
    assert boards[0]["title"].startswith("bridging right: payment")
    assert (boards[0]["contacts"], boards[0]["clients"], boards[0]["rank"]) == (1, 1, 1)


def test_no_day_knows_what_comes_after_it(triage, history):
    whole, boards = answers(triage(history))
    part, first = answers(triage([line for line in history if line["day"] < 4]))
    assert part == {key: whole[key] for key in part}
    assert first == [line for line in boards if line["board"] < 4]


def test_a_day_may_be_a_date_and_is_given_back_as_written(triage, history):
    for line in history:
        line["day"] = f"2020-04-0{line['day']}"
    contacts, boards = answers(triage(history))
    assert contacts["de"]["problem"] == 1
    assert [line["board"] for line in boards] == ["2020-04-02", "2020-04-04"]


def test_a_client_who_writes_again_is_one_client(triage, history):
    for line in history:
        line["client"] = "Amélie"
    contacts, boards = answers(triage(history))
    assert {line["problem"] for line in contacts.values()} == {None}
    assert boards == []


def test_the_topic_is_used_when_it_is_given(triage, history):
    contacts, boards = answers(
        triage([{**line, "topic": "bridging_right"} for line in history if line["id"] != 7])
    )
    assert contacts["en"]["problem"] == 1
    assert boards[0]["title"].startswith("bridging right")


def test_the_time_to_embed_is_told_apart(triage, history):
    result = triage(history)
    assert "5 contacts: " in result.stderr
    assert ", embedded in " in result.stderr
    assert ", grouped in " in result.stderr


def test_a_cache_spares_the_second_reading_and_holds_no_text(triage, history, tmp_path):
    cache = tmp_path / "signals.npz"
    first = answers(triage(history, "--cache", str(cache)))
    assert b"voisine" not in cache.read_bytes()
    written = cache.stat().st_mtime_ns
    again = triage(history, "--cache", str(cache))
    assert "embedded in 0.0 s" in again.stderr
    assert cache.stat().st_mtime_ns == written
    contacts, boards = answers(again)
    assert {key: line["problem"] for key, line in contacts.items()} == {
        key: line["problem"] for key, line in first[0].items()
    }
    assert boards == first[1]


def test_a_text_that_changed_is_read_again(triage, history, tmp_path):
    cache = tmp_path / "signals.npz"
    triage(history, "--cache", str(cache))
    before = cache.stat().st_mtime_ns
    history[0]["text"] = STUDENT
    contacts, _ = answers(triage(history, "--cache", str(cache), "--final"))
    assert contacts["fr"]["problem"] is None
    assert cache.stat().st_mtime_ns > before


def test_a_file_that_is_no_cache_is_refused(triage, history, tmp_path):
    cache = tmp_path / "letter.txt"
    cache.write_text("Bonjour")
    result = triage(history, "--cache", str(cache))
    assert result.exit_code == 2
    assert "letter.txt is not a cache of this command" in result.stderr
    assert cache.read_text() == "Bonjour"


def test_nothing_in_nothing_out(triage):
    result = triage("\n")
    assert (result.exit_code, result.output) == (0, "")


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("{", "line 1 is not JSON"),
        ("[]", "line 1 must be an object"),
        ('{"id": 1, "day": 1}', "line 1 must be an object"),
        ('{"id": 1, "text": "a"}', 'line 1 needs an "id" and a "day"'),
        ('{"id": 1, "text": "a", "day": "soon"}', 'line 1 needs an "id" and a "day"'),
        ('{"id": null, "text": "a", "day": 1}', 'line 1 needs an "id" and a "day"'),
        ('{"id":1,"text":"a","day":1}\n{"id":1,"text":"b","day":1}', "line 2 repeats the id 1"),
    ],
)
def test_input_that_cannot_be_read_is_refused_with_its_line(triage, written, complaint):
    result = triage(written)
    assert result.exit_code == 2
    assert complaint in result.stderr
    assert result.stdout == ""
