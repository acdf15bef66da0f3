"""The example for containers keeps up with the Procfile and the settings."""

import re
from typing import Any

import pytest

from triage.config import CHECKOUT, Settings
from triage.supervisor import procfile

yaml = pytest.importorskip("yaml")
FOLDER = CHECKOUT / "docs" / "compose"
WORDS = (FOLDER / "compose.yaml").read_text(encoding="utf-8")


@pytest.fixture
def services() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(WORDS)["services"]
    return read


def test_every_process_of_the_procfile_has_its_container(services: dict[str, Any]):
    for name, line in procfile(CHECKOUT / "Procfile").items():
        assert ["triage", *services[name]["command"]] == line.split()


def test_only_known_settings_are_given(services: dict[str, Any]):
    given = services["web"]["environment"]
    assert set(given) <= set(Settings.variables())


def test_what_must_be_filled_in_stands_in_the_example():
    asked = set(re.findall(r"\$\{(\w+):\?\}", WORDS))
    example = (FOLDER / "example.env").read_text(encoding="utf-8")
    assert asked == set(re.findall(r"^(\w+)=", example, re.MULTILINE))


def test_production_takes_these_settings(services: dict[str, Any]):
    given = {
        name: value.replace("${SECRET_KEY:?}", "kX3-9vQz_7LmR2tB8wYc5nPd4HsJ6fGa1")
        .replace("${POSTGRES_PASSWORD:?}", "p4ssw0rd")
        .replace("${BASE_URL:?}", "https://triage.fund.example")
        .replace("${SMTP_URL:?}", "smtps://mail.fund.example:465")
        .replace("${MAIL_DOMAIN:?}", "fund.example")
        for name, value in services["web"]["environment"].items()
    }
    settings = Settings.from_environment(given)
    assert settings.in_production
    assert settings.logs_are_json
