"""Every setting in one place, read once from the environment.

Each one is described in docs/operating.md. Nothing is opened or written here but
DATA_DIR/secret.json, and that only when the secret is first asked for.
"""

import json
import os
import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

CHECKOUT = Path(__file__).resolve().parent.parent
SHORTEST_SECRET = 32
EXAMPLE_SECRETS = ("change", "example", "secret", "passerelle")


class SettingsError(click.ClickException):
    """A setting that cannot be worked with, in words for the person who set it."""

    exit_code = 2


class Environment(StrEnum):
    """How serious this installation is."""

    DEMO = "demo"
    LOCAL = "local"
    PRODUCTION = "production"


def _word(_: str, given: str) -> str:
    return given


def _words(_: str, given: str) -> tuple[str, ...]:
    return tuple(given.replace(",", " ").split())


def _environment(variable: str, given: str) -> Environment:
    try:
        return Environment(given.lower())
    except ValueError:
        raise SettingsError(
            f"{variable} is “{given}”; it must be one of {', '.join(Environment)}."
        ) from None


def _number(least: int, most: int) -> Callable[[str, str], int]:
    def read(variable: str, given: str) -> int:
        if not given.isascii() or not given.isdigit() or not least <= int(given) <= most:
            raise SettingsError(
                f"{variable} is “{given}”; it must be a whole number from {least} to {most}."
            )
        return int(given)

    return read


def _hours(variable: str, given: str) -> tuple[int, int] | None:
    """21 and 7 for `21-7`; None for `off`."""
    if given.lower() == "off":
        return None
    first, _, last = given.partition("-")
    if not (first.isdecimal() and last.isdecimal() and int(first) < 24 and int(last) < 24):
        raise SettingsError(f"{variable} is “{given}”; it must be two hours, as 21-7, or off.")
    return int(first), int(last)


def _level(variable: str, given: str) -> str:
    return _one_of(variable, given, ("debug", "info", "warning", "error"))


def _log_format(variable: str, given: str) -> str:
    return _one_of(variable, given, ("json", "plain"))


def _one_of(variable: str, given: str, known: tuple[str, ...]) -> str:
    if given.lower() not in known:
        raise SettingsError(f"{variable} is “{given}”; it must be one of {', '.join(known)}.")
    return given.lower()


def _roles(variable: str, given: str) -> tuple[str, ...]:
    if given.lower() == "none":
        return ()
    named = _words(variable, given.lower())
    for role in named:
        _one_of(variable, role, ("agent", "manager", "supervisor", "administrator"))
    return named


def _region(variable: str, given: str) -> str:
    if len(given) != 2 or not given.isascii() or not given.isalpha():
        raise SettingsError(f"{variable} is “{given}”; it must be a country of two letters: BE.")
    return given.upper()


def _seconds(variable: str, given: str) -> float:
    try:
        seconds = float(given)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 86_400:
        raise SettingsError(f"{variable} is “{given}”; it must be a number of seconds above 0.")
    return seconds


def _database(variable: str, given: str) -> str:
    scheme, separator, rest = given.partition("://")
    if not separator or scheme not in ("postgres", "postgresql", "postgresql+psycopg"):
        raise SettingsError(
            f"{variable} must begin with postgresql:// — PostgreSQL is the only database "
            f"that Passerelle speaks to."
        )
    return f"postgresql+psycopg://{rest}"


def _redis(variable: str, given: str) -> str:
    scheme, separator, rest = given.partition("://")
    scheme = {"valkey": "redis", "valkeys": "rediss"}.get(scheme, scheme)
    if not separator or scheme not in ("redis", "rediss", "unix"):
        raise SettingsError(f"{variable} must begin with redis://, rediss:// or unix://.")
    return f"{scheme}://{rest}"


def _bucket(variable: str, given: str) -> str:
    address = urlsplit(given)
    if address.scheme != "s3" or not address.netloc or address.query:
        raise SettingsError(f"{variable} must be s3://bucket or s3://bucket/prefix.")
    return given


def _endpoint(variable: str, given: str) -> str:
    address = urlsplit(given)
    if address.scheme not in ("https", "http") or not address.netloc or address.path.strip("/"):
        raise SettingsError(f"{variable} must be https://host or http://host:port.")
    return given


def _mail_server(variable: str, given: str) -> str:
    try:
        parts = urlsplit(given)
        known = parts.scheme in ("smtp", "smtps", "smtp+starttls") and bool(parts.hostname)
        known = known and parts.port != 0
    except ValueError:
        known = False
    if not known:
        raise SettingsError(
            f"{variable} must begin with smtp+starttls://, smtps:// or smtp:// and name a host."
        )
    return given


def _path(_: str, given: str) -> Path:
    return Path(given).expanduser().absolute()


def _data_dir() -> Path:
    beside = CHECKOUT if (CHECKOUT / "Makefile").is_file() else Path.cwd()
    return beside / "var"


def _setting(
    variable: str, read: Callable[[str, str], object], default: object = None, **options: Any
) -> Any:
    if "default_factory" not in options:
        options["default"] = default
    return field(metadata={"variable": variable, "read": read}, **options)


_PORT = _number(1, 65_535)
_BYTES = _number(1, 2**50)


@dataclass(frozen=True)
class Settings:
    """What this installation was told; a missing or empty variable means the default."""

    app_env: Environment = _setting("APP_ENV", _environment, Environment.DEMO)
    triage_name: str = _setting("TRIAGE_NAME", _word, "Passerelle")
    time_zone: str = _setting("TIME_ZONE", _word, "Europe/Brussels")
    default_language: str = _setting("DEFAULT_LANGUAGE", _word, "fr")

    data_dir: Path = _setting("DATA_DIR", _path, default_factory=_data_dir)
    database_url: str | None = _setting("DATABASE_URL", _database)
    redis_url: str | None = _setting("REDIS_URL", _redis)
    server_user: str | None = _setting("SERVER_USER", _word)
    disk_reserve: int = _setting("DISK_RESERVE", _BYTES, 64 * 1024 * 1024)

    host: str = _setting("HOST", _word, "127.0.0.1")
    port: int = _setting("PORT", _PORT, 8000)
    base_url: str = _setting("BASE_URL", _word, "")
    trusted_hosts: tuple[str, ...] = _setting("TRUSTED_HOSTS", _words, ())
    trusted_proxies: int = _setting("TRUSTED_PROXIES", _number(0, 9), 0)
    web_processes: int = _setting("WEB_PROCESSES", _number(1, 64), 2)
    web_threads: int = _setting("WEB_THREADS", _number(2, 1024), 32)
    stop_timeout: float = _setting("STOP_TIMEOUT", _seconds, 3.0)

    mail_host: str = _setting("MAIL_HOST", _word, "127.0.0.1")
    mail_port: int = _setting("MAIL_PORT", _PORT, 2525)
    mail_limit: int = _setting("MAIL_LIMIT", _BYTES, 35 * 1024 * 1024)
    mail_domain: str = _setting("MAIL_DOMAIN", _word, "passerelle.example")
    mail_lmtp_port: int | None = _setting("MAIL_LMTP_PORT", _PORT)
    mail_tls_cert: Path | None = _setting("MAIL_TLS_CERT", _path)
    mail_tls_key: Path | None = _setting("MAIL_TLS_KEY", _path)
    mail_poll_seconds: float = _setting("MAIL_POLL_SECONDS", _seconds, 60.0)
    burst_limit: int = _setting("BURST_LIMIT", _number(1, 100_000), 20)
    status_days: int = _setting("STATUS_DAYS", _number(1, 3_650), 180)
    erasure_grace_hours: int = _setting("ERASURE_GRACE_HOURS", _number(0, 720), 24)
    document_reminder_days: int = _setting("DOCUMENT_REMINDER_DAYS", _number(1, 365), 7)
    form_files: int = _setting("FORM_FILES", _number(1, 100), 10)
    form_bytes: int = _setting("FORM_BYTES", _number(1_000, 10**9), 20 * 1024 * 1024)
    phone_region: str = _setting("PHONE_REGION", _region, "BE")
    call_event_limit: int = _setting("CALL_EVENT_LIMIT", _number(60, 1_000_000), 6_000)
    api_limit: int = _setting("API_LIMIT", _number(60, 1_000_000), 6_000)
    webhook_hosts: tuple[str, ...] = _setting("WEBHOOK_HOSTS", _words, ())
    webhook_inside: tuple[str, ...] = _setting("WEBHOOK_INSIDE", _words, ())
    webhook_loopback: int = _setting("WEBHOOK_LOOPBACK", _number(0, 1), 0)
    notice_repeat_days: int = _setting("NOTICE_REPEAT_DAYS", _number(1, 365), 14)
    notice_quiet: tuple[int, int] | None = _setting("NOTICE_QUIET", _hours, (21, 7))
    export_days: int = _setting("EXPORT_DAYS", _number(1, 3_650), 7)
    import_bytes: int = _setting("IMPORT_BYTES", _BYTES, 200 * 1024 * 1024)
    call_event_days: int = _setting("CALL_EVENT_DAYS", _number(1, 36_500), 90)
    mailing_second_reader_above: int = _setting(
        "MAILING_SECOND_READER_ABOVE", _number(0, 1_000_000), 50
    )
    call_log_days: int = _setting("CALL_LOG_DAYS", _number(1, 36_500), 365)
    smtp_url: str | None = _setting("SMTP_URL", _mail_server, repr=False)

    explicit_secret_key: str | None = _setting("SECRET_KEY", _word, repr=False)
    secret_key_fallbacks: tuple[str, ...] = _setting("SECRET_KEY_FALLBACKS", _words, (), repr=False)
    explicit_second_factor_roles: tuple[str, ...] | None = _setting("SECOND_FACTOR_ROLES", _roles)
    explicit_key_ring: Path | None = _setting("KEY_RING", _path)
    explicit_files_dir: Path | None = _setting("FILES_DIR", _path)
    files_url: str | None = _setting("FILES_URL", _bucket)
    s3_endpoint: str = _setting("S3_ENDPOINT", _endpoint, "https://s3.amazonaws.com")
    s3_access_key: str = _setting("S3_ACCESS_KEY", _word, "", repr=False)
    s3_secret_key: str = _setting("S3_SECRET_KEY", _word, "", repr=False)

    metrics_token: str = _setting("METRICS_TOKEN", _word, "", repr=False)

    web_statement_timeout: float = _setting("WEB_STATEMENT_TIMEOUT", _seconds, 15.0)
    web_lock_timeout: float = _setting("WEB_LOCK_TIMEOUT", _seconds, 3.0)
    worker_statement_timeout: float = _setting("WORKER_STATEMENT_TIMEOUT", _seconds, 120.0)
    worker_lock_timeout: float = _setting("WORKER_LOCK_TIMEOUT", _seconds, 10.0)
    pool_timeout: float = _setting("POOL_TIMEOUT", _seconds, 5.0)
    redis_timeout: float = _setting("REDIS_TIMEOUT", _seconds, 0.5)
    lease_seconds: float = _setting("LEASE_SECONDS", _seconds, 30.0)
    slow_items_ms: int = _setting("SLOW_ITEMS_MS", _number(0, 10_000), 0)
    crash_at: str = _setting("TRIAGE_CRASH_AT", _word, "")
    log_level: str = _setting("LOG_LEVEL", _level, "info")
    log_format: str = _setting("LOG_FORMAT", _log_format, "")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """Read all settings; raises SettingsError on the first that cannot be worked with."""
        values: dict[str, Any] = {}
        for one in fields(cls):
            variable = one.metadata["variable"]
            if given := environ.get(variable, "").strip():
                values[one.name] = one.metadata["read"](variable, given)
        if "base_url" not in values:
            values["base_url"] = _local_address(values.get("host", ""), values.get("port", 8000))
        settings = cls(**values)
        if settings.in_production:
            _refuse_what_production_forbids(settings)
        return settings

    @classmethod
    def variables(cls) -> list[str]:
        """The environment variables, in the order of the fields."""
        return [one.metadata["variable"] for one in fields(cls)]

    @property
    def in_production(self) -> bool:
        return self.app_env is Environment.PRODUCTION

    @property
    def logs_are_json(self) -> bool:
        """Whether lines are written for machines: in production, unless somebody says otherwise."""
        return self.log_format == "json" or (self.in_production and not self.log_format)

    @property
    def second_factor_roles(self) -> tuple[str, ...]:
        """Who may not come in by a password alone; in production those who can do most."""
        if self.explicit_second_factor_roles is not None:
            return self.explicit_second_factor_roles
        return ("supervisor", "administrator") if self.in_production else ()

    @property
    def database_name(self) -> str:
        """The database in the embedded server: the demo and real contacts never share one."""
        return "triage_demo" if self.app_env is Environment.DEMO else "triage"

    @property
    def outbox_dir(self) -> Path:
        """Where outgoing mail is written as files when no SMTP_URL is given."""
        return self.data_dir / "outbox"

    @property
    def key_ring(self) -> Path:
        """The file with the keys that encrypt what identifies people."""
        return self.explicit_key_ring or self.data_dir / "keys.json"

    @property
    def erasure_log(self) -> Path:
        """What says after a restored backup whom it must not bring back."""
        return self.data_dir / "erasures.jsonl"

    @property
    def files_dir(self) -> Path:
        """Where the files of contacts and answers lie, sealed."""
        demo = self.app_env is Environment.DEMO  # its own, as its database is
        return self.explicit_files_dir or self.data_dir / ("files_demo" if demo else "files")

    @cached_property
    def secret_key(self) -> str:
        """The given SECRET_KEY, or one made once and kept in DATA_DIR/secret.json (mode 0600)."""
        return self.explicit_secret_key or _kept_secret(self.data_dir / "secret.json")


def _local_address(host: str, port: int) -> str:
    if host in ("", "0.0.0.0", "::"):
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _refuse_what_production_forbids(settings: Settings) -> None:
    for variable, given in (
        ("DATABASE_URL", settings.database_url),
        ("REDIS_URL", settings.redis_url),
        ("SECRET_KEY", settings.explicit_secret_key),
    ):
        if not given:
            raise SettingsError(
                f"APP_ENV=production needs {variable}: the embedded servers and generated "
                f"secrets are for demos and trials."
            )
    for secret in (settings.explicit_secret_key or "", *settings.secret_key_fallbacks):
        _refuse_weak_secret(secret)
    _refuse_open_redis(settings.redis_url or "")


def _refuse_weak_secret(secret: str) -> None:
    too_short = len(secret.encode()) < SHORTEST_SECRET
    an_example = len(set(secret)) < 8 or secret.lower().startswith(EXAMPLE_SECRETS)
    if too_short or an_example:
        raise SettingsError(
            f"SECRET_KEY must be at least {SHORTEST_SECRET} random characters in production. "
            "Make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )


def _refuse_open_redis(url: str) -> None:
    address = urlsplit(url)
    local = address.hostname in (None, "localhost", "127.0.0.1", "::1")
    if not local and not (address.password and address.scheme == "rediss"):
        raise SettingsError(
            "REDIS_URL names another machine: production needs rediss:// (TLS) and a password."
        )


def _kept_secret(kept: Path) -> str:
    try:
        return _read_secret(kept)
    except FileNotFoundError:
        pass
    except (OSError, ValueError, KeyError) as trouble:
        raise SettingsError(f"{kept} cannot be read ({trouble}).") from None
    try:
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, fresh = tempfile.mkstemp(prefix=".secret-", dir=kept.parent)
        with open(handle, "w", encoding="utf-8") as file:
            json.dump({"secret_key": secrets.token_urlsafe(48)}, file)
        # A link refuses to replace: of two processes that start together, one makes the secret.
        try:
            os.link(fresh, kept)
        except FileExistsError:
            pass
        finally:
            os.unlink(fresh)
    except OSError as trouble:
        raise SettingsError(f"{kept} cannot be written ({trouble.strerror}).") from None
    return _read_secret(kept)


def _read_secret(kept: Path) -> str:
    return str(json.loads(kept.read_text(encoding="utf-8"))["secret_key"])
