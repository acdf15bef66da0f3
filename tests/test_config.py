"""Settings are read once, refused in words, and all described for the people who set them."""

import re
from pathlib import Path

import pytest

from triage.config import CHECKOUT, Environment, Settings, SettingsError

GOOD_SECRET = "n0t-4n-Ex4mple_but-R4ndom-eN0ugh-t0-pass"
PRODUCTION = {
    "APP_ENV": "production",
    "DATABASE_URL": "postgresql://passerelle@db.example.be/passerelle",
    "REDIS_URL": "rediss://:pw-of-the-queue@queue.example.be/0",
    "SECRET_KEY": GOOD_SECRET,
}


def test_nothing_needs_to_be_set_for_a_demo():
    settings = Settings.from_environment({})
    assert settings.app_env is Environment.DEMO
    assert (settings.port, settings.mail_port) == (8000, 2525)
    assert settings.database_url is None
    assert settings.redis_url is None
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.data_dir == CHECKOUT / "var"


def test_an_empty_variable_means_the_default():
    assert Settings.from_environment(
        {"PORT": "", "DATABASE_URL": " "}
    ) == Settings.from_environment({})


def test_the_demo_and_real_contacts_never_share_a_database():
    assert Settings.from_environment({"APP_ENV": "demo"}).database_name == "triage_demo"
    assert Settings.from_environment({"APP_ENV": "local"}).database_name == "triage"


@pytest.mark.parametrize(
    "given", ["postgres://h/d", "postgresql://h/d", "postgresql+psycopg://h/d"]
)
def test_every_way_to_name_postgresql_becomes_one(given):
    settings = Settings.from_environment({"DATABASE_URL": given})
    assert settings.database_url == "postgresql+psycopg://h/d"


def test_a_valkey_address_is_read_as_its_redis_one():
    settings = Settings.from_environment({"REDIS_URL": "valkey://localhost/1"})
    assert settings.redis_url == "redis://localhost/1"


@pytest.mark.parametrize(
    ("variable", "given", "told"),
    [
        ("PORT", "abc", "PORT is “abc”"),
        ("PORT", "0", "from 1 to 65535"),
        ("MAIL_PORT", "65536", "from 1 to 65535"),
        ("APP_ENV", "staging", "demo, local, production"),
        ("DATABASE_URL", "sqlite:///triage.db", "PostgreSQL is the only database"),
        ("REDIS_URL", "localhost:6379", "redis://"),
        ("SMTP_URL", "mail.example.be:587", "smtps://"),
        ("SMTP_URL", "smtp+starttls://:587", "name a host"),
        ("SMTP_URL", "smtps://mail.example.be:0", "name a host"),
        ("POOL_TIMEOUT", "-1", "number of seconds"),
    ],
)
def test_a_wrong_value_is_refused_with_its_name(variable, given, told):
    with pytest.raises(SettingsError) as refusal:
        Settings.from_environment({variable: given})
    assert variable in refusal.value.message
    assert told in refusal.value.message
    assert refusal.value.exit_code == 2


def test_a_relative_data_dir_is_meant_from_where_one_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert Settings.from_environment({"DATA_DIR": "kept"}).data_dir == tmp_path / "kept"


def test_an_open_listener_is_reached_at_the_loopback_address():
    settings = Settings.from_environment({"HOST": "0.0.0.0", "PORT": "9000"})
    assert settings.base_url == "http://127.0.0.1:9000"


def test_the_secret_is_made_once_and_kept_to_its_owner(tmp_path):
    environ = {"DATA_DIR": str(tmp_path / "var")}
    first = Settings.from_environment(environ).secret_key
    kept = tmp_path / "var" / "secret.json"
    assert len(first) >= 32
    assert Settings.from_environment(environ).secret_key == first
    assert kept.stat().st_mode & 0o777 == 0o600
    assert sorted(entry.name for entry in kept.parent.iterdir()) == ["secret.json"]


def test_a_secret_file_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "secret.json").write_text("{")
    with pytest.raises(SettingsError, match=re.escape(str(tmp_path / "secret.json"))):
        _ = Settings.from_environment({"DATA_DIR": str(tmp_path)}).secret_key


def test_production_starts_with_servers_and_a_secret_of_its_own():
    settings = Settings.from_environment(PRODUCTION)
    assert settings.in_production
    assert settings.secret_key == GOOD_SECRET


@pytest.mark.parametrize("variable", ["DATABASE_URL", "REDIS_URL", "SECRET_KEY"])
def test_production_refuses_embedded_servers_and_generated_secrets(variable):
    with pytest.raises(SettingsError, match=variable):
        Settings.from_environment(PRODUCTION | {variable: ""})


@pytest.mark.parametrize("secret", ["short", "a" * 64, "change-me-change-me-change-me-change-me"])
def test_production_refuses_a_weak_secret(secret):
    with pytest.raises(SettingsError, match="SECRET_KEY"):
        Settings.from_environment(PRODUCTION | {"SECRET_KEY": secret})


@pytest.mark.parametrize(
    "url", ["redis://queue.example.be", "redis://:pw@queue.example.be", "rediss://queue.example.be"]
)
def test_production_refuses_a_redis_that_anybody_can_reach(url):
    with pytest.raises(SettingsError, match="REDIS_URL"):
        Settings.from_environment(PRODUCTION | {"REDIS_URL": url})


def test_secrets_are_not_shown_when_settings_are_printed():
    assert GOOD_SECRET not in repr(Settings.from_environment(PRODUCTION))


@pytest.mark.parametrize("variable", Settings.variables())
def test_each_setting_is_documented(variable):
    documented = Path(CHECKOUT / "docs" / "operating.md").read_text(encoding="utf-8")
    assert re.search(rf"^\| `{variable}` \|", documented, re.MULTILINE)


def test_each_documented_setting_exists():
    documented = Path(CHECKOUT / "docs" / "operating.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([A-Z0-9_]+)` \|", documented, re.MULTILINE)
    assert sorted(rows) == sorted(Settings.variables())
