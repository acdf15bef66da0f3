"""`triage classify`, `triage train` and `triage evaluate`, as scripts call them."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from classifiers import store
from tests.conftest import furnish_model
from triage.commands import main

WOUTER = {"id": 7, "text": "Mijn NISS is 85.07.30-033.28, wanneer krijg ik mijn uitkering?"}
AMELIE = {"id": "a", "text": "Je ne sais pas payer ce trimestre", "subject": "", "lang": "fr"}
FIELDS = [
    "id", "language", "topic", "topic_confidence", "subtopic", "intent", "intent_confidence",
    "decision", "alternatives", "urgent", "dissatisfied", "identifiers", "reasons",
]  # fmt: skip


def triage(*arguments: str, given: str = "") -> Result:
    return CliRunner().invoke(main, list(arguments), input=given)


def lines(*contacts: dict[str, Any]) -> str:
    return "".join(json.dumps(contact) + "\n" for contact in contacts)


@pytest.fixture(scope="module", autouse=True)
def installation(tmp_path_factory: pytest.TempPathFactory, models_dir: Path) -> Iterator[Path]:
    """A DATA_DIR that has its first model."""
    directory = tmp_path_factory.mktemp("installation")
    furnish_model(directory, models_dir)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATA_DIR", str(directory))
        yield directory


@pytest.mark.slow
def test_a_fresh_install_trains_and_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    assert store.newest(tmp_path / "models") is None
    result = triage("classify", given=lines(WOUTER, AMELIE))
    assert result.exit_code == 0
    assert "training" in result.stderr
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == [7, "a"]
    assert [answer["language"] for answer in answers] == ["nl", "fr"]
    assert all(list(answer) == FIELDS for answer in answers)
    assert store.newest(tmp_path / "models") is not None


def test_identifiers_are_masked_unless_revealed() -> None:
    hidden = json.loads(triage("classify", given=lines(WOUTER)).stdout)["identifiers"]
    shown = json.loads(triage("classify", "--reveal", given=lines(WOUTER)).stdout)["identifiers"]
    assert [found["value"] for found in hidden] == ["••.••.••-•••.28"]
    assert [found["value"] for found in shown] == ["85.07.30-033.28"]
    assert WOUTER["text"][hidden[0]["start"] : hidden[0]["end"]] == "85.07.30-033.28"


def test_a_version_can_be_asked_for(installation: Path) -> None:
    current = store.newest(installation / "models")
    assert current is not None
    named = triage("classify", "--model", current.name, given=lines(AMELIE))
    assert json.loads(named.stdout)["topic"] == "payment_difficulty"
    missing = triage("classify", "--model", "../../etc", given=lines(AMELIE))
    assert missing.exit_code == 2
    assert "no model" in missing.stderr


@pytest.mark.parametrize(
    "given", ["{", "[]\n", '{"id": 1}\n', '{"text": "x"}\n', '{"id": 1, "text": 2}']
)
def test_bad_input_is_named_by_its_line(given: str) -> None:
    result = triage("classify", given=given)
    assert result.exit_code == 2
    assert "line 1" in result.stderr


def test_no_input_is_no_output() -> None:
    result = triage("classify", given="\n\n")
    assert (result.exit_code, result.stdout) == (0, "")


def test_an_altered_model_is_refused_with_what_to_do(installation: Path, tmp_path: Path) -> None:
    current = store.newest(installation / "models")
    assert current is not None
    copy = installation / "models" / "altered"
    copy.mkdir()
    for path in current.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    with (copy / store.DESCRIPTION).open("ab") as stream:
        stream.write(b" ")
    result = triage("classify", "--model", "altered", given=lines(AMELIE))
    assert result.exit_code == 2
    assert "train again" in result.stderr


@pytest.mark.slow
def test_training_without_the_encoder_gives_another_version(installation: Path) -> None:
    before = store.newest(installation / "models")
    result = triage("train", "--no-encoder")
    assert result.exit_code == 0
    after = store.newest(installation / "models")
    assert after is not None
    assert after != before
    assert after.name in result.stdout


def labelled(path: Path, count: int) -> Path:
    sentences = {
        "moved": "ik woon nu in straat",
        "unpaid": "waar blijft mijn geld van",
        "nothing": "mooi weer vandaag in",
    }
    rows = [
        {"what": label, "said": f"{text} {'abcdefghij'[n % 10]}", "in": "nl"}
        for n in range(count)
        for label, text in sentences.items()
    ]
    with path.open("w", encoding="utf-8", newline="") as stream:
        if path.suffix == ".csv":
            table = csv.DictWriter(stream, ["what", "said", "in"])
            table.writeheader()
            table.writerows(rows)
        else:
            stream.writelines(json.dumps(row) + "\n" for row in rows)
    return path


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_anybodys_labels_are_evaluated(tmp_path: Path, ending: str) -> None:
    train = labelled(tmp_path / f"train.{ending}", 20)
    test = labelled(tmp_path / f"test.{ending}", 5)
    result = triage(
        "evaluate", "--train", str(train), "--test", str(test), "--text", "said", "--label", "what",
        "--lang", "in", "--out-of-scope", "nothing", "--no-encoder", "--json",
    )  # fmt: skip
    assert result.exit_code == 0
    report = json.loads(result.stdout)
    assert report["accuracy"] == 1.0
    assert report["languages"] == {"nl": 1.0}
    assert report["out_of_scope"]["rows"] == 5
    assert {score["label"] for score in report["classes"]} == {"moved", "unpaid"}


def test_the_report_for_people_names_every_measure(tmp_path: Path) -> None:
    train, test = labelled(tmp_path / "a.csv", 20), labelled(tmp_path / "b.csv", 5)
    result = triage(
        "evaluate", "--train", str(train), "--test", str(test), "--text", "said", "--label", "what",
        "--per-class", "15", "--no-encoder",
    )  # fmt: skip
    for measure in ("accuracy", "macro-F1", "calibration error", "coverage at 95%", "texts per"):
        assert measure in result.stdout


def test_a_missing_column_or_file_is_bad_input(tmp_path: Path) -> None:
    data = labelled(tmp_path / "a.csv", 5)
    wrong = triage("evaluate", "--data", str(data), "--split", "no", "--text", "a", "--label", "b")
    assert wrong.exit_code == 2
    assert "column no" in wrong.stderr
    assert triage("evaluate", "--text", "a", "--label", "b").exit_code == 2
