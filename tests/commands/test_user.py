"""`triage user`: a person who signs in, made at the command line."""

import subprocess
import sys
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from models.base import db
from models.user import User
from triage.application import Passerelle
from triage.commands import user
from triage.config import Settings


@pytest.fixture
def triage_user(
    app: Passerelle, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Result]:
    monkeypatch.setattr(user, "running", lambda _given: settings)
    monkeypatch.setattr(user, "bare_app", lambda _settings: app)
    return lambda *line: CliRunner().invoke(user.command, line)


def test_a_person_is_added_with_a_password_told_once(triage_user: Callable[..., Result]) -> None:
    said = triage_user(
        *("add", "Lotte", "--name", "Lotte Maes", "--role", "manager"),
        *("--language", "nl", "--language", "fr", "--team", "bridging", "--team", "care"),
    )
    assert said.exit_code == 0
    lotte = User.with_password("lotte", said.stdout.strip())
    assert lotte is not None
    assert (lotte.name, lotte.role, lotte.language) == ("Lotte Maes", "manager", "nl")
    assert sorted(team.slug for team in lotte.teams) == ["bridging", "care"]
    assert lotte.languages == ["fr", "nl"]


def test_a_forgotten_password_is_replaced(triage_user: Callable[..., Result]) -> None:
    first = triage_user("add", "lotte").stdout.strip()
    second = triage_user("password", "lotte").stdout.strip()
    db.session.expire_all()
    assert User.with_password("lotte", first) is None
    assert User.with_password("lotte", second) is not None


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (("add", "lotte", "--team", "nowhere"), "There is no team “nowhere”"),
        (("add", "x y"), "a login has"),
        (("password", "nobody"), "Nobody is called"),
        (("add", "lotte", "--role", "king"), "is not one of"),
    ],
)
def test_a_mistake_is_explained_with_exit_status_2(
    triage_user: Callable[..., Result], line: tuple[str, ...], complaint: str
) -> None:
    said = triage_user(*line)
    assert said.exit_code == 2
    assert complaint in said.stderr


def test_a_login_is_given_once(triage_user: Callable[..., Result]) -> None:
    assert triage_user("add", "lotte").exit_code == 0
    assert triage_user("add", "LOTTE").exit_code == 2


def test_a_process_that_loads_only_the_command_knows_every_table() -> None:
    """A person leaves an event, and an event refers to tables that the command never names."""
    asked = "import triage.commands.user; from models.base import Base; Base.metadata.sorted_tables"
    said = subprocess.run([sys.executable, "-W", "error", "-c", asked], capture_output=True)
    assert said.returncode == 0, said.stderr.decode()
