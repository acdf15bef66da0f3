"""`triage run`: servers, migrations, accounts, then every process of the Procfile, until Ctrl-C."""

import hashlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from triage.config import CHECKOUT, Environment, Settings
from triage.embedded import Postgres, Server, ServerTrouble, Valkey, prepare
from triage.instance import Claim, Run
from triage.processes import Known
from triage.supervisor import Supervisor, procfile, stop_signals

Started = list[Server]


@click.command("run")
def command() -> None:
    """Start everything; Ctrl-C stops it cleanly."""
    settings = Settings.from_environment()
    programs = procfile(_procfile())
    prepare(settings.data_dir, settings.disk_reserve)
    with Claim(settings.data_dir), _interruptible(), _stopped_afterwards() as started:
        if leftover := Run.read(settings.data_dir):
            leftover.stop_leftovers()
        _refuse_used_ports(settings)
        environment = _start_servers(settings, started)
        run = Run(
            address=settings.base_url,
            database_url=environment["DATABASE_URL"],
            redis_url=environment["REDIS_URL"],
            supervisor=_myself(),
            processes=_known(started),
        )
        run.write(settings.data_dir)
        _prepare_database(settings, environment)
        _supervise(settings, programs, environment, started, run)
        (settings.data_dir / "run.json").unlink(missing_ok=True)


def _procfile() -> Path:
    for place in (Path.cwd(), CHECKOUT):
        if (place / "Procfile").is_file():
            return place / "Procfile"
    raise click.ClickException(
        "There is no Procfile here. `triage run` starts what a Procfile names: call it in a clone "
        "of Passerelle, or start `triage web`, `worker`, `relay` and `mail` one by one."
    )


@contextmanager
def _interruptible() -> Iterator[None]:
    """Until the supervisor listens, every stop signal unwinds what has been started."""

    def leave(number: int, frame: object) -> None:
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, leave) for number in stop_signals()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _stopped_afterwards() -> Iterator[Started]:
    started: Started = []
    try:
        yield started
    finally:
        for server in reversed(started):
            server.stop()


def _refuse_used_ports(settings: Settings) -> None:
    web = (settings.host, settings.port, "PORT")
    mail = (settings.mail_host, settings.mail_port, "MAIL_PORT")
    if settings.port == settings.mail_port:
        raise click.ClickException(f"PORT and MAIL_PORT are both {settings.port}.")
    for host, port, variable in (web, mail):
        try:
            _bind(host, port)
        except PermissionError:
            raise click.ClickException(
                f"This user may not open port {port}. Choose one above 1023: "
                f"make run {variable}={port + 8000}"
            ) from None
        except OSError as trouble:
            if not isinstance(trouble, socket.gaierror) and _is_free(host, port + 1):
                raise click.ClickException(
                    f"Port {port} is in use by another program. Stop that, or choose another "
                    f"port: make run {variable}={port + 1}"
                ) from None
            raise click.ClickException(
                f"{host}:{port} cannot be opened ({trouble.strerror}). Choose another {variable}."
            ) from None


def _bind(host: str, port: int) -> None:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(address)


def _is_free(host: str, port: int) -> bool:
    try:
        _bind(host, port)
    except (OSError, OverflowError):
        return False
    return True


def _start_servers(settings: Settings, started: Started) -> dict[str, str]:
    environment = os.environ | {
        "DATA_DIR": str(settings.data_dir),
        "PORT": str(settings.port),
        "MAIL_PORT": str(settings.mail_port),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
    }
    account, reserve = settings.server_user, settings.disk_reserve
    if settings.database_url is None:
        postgres = Postgres(settings.data_dir, account=account, reserve=reserve)
        _start(postgres, started)
        environment["DATABASE_URL"] = postgres.database(settings.database_name)
    else:
        environment["DATABASE_URL"] = settings.database_url
    if settings.redis_url is None:
        valkey = Valkey(settings.data_dir, account=account, reserve=reserve)
        environment["REDIS_URL"] = _start(valkey, started)
    else:
        environment["REDIS_URL"] = settings.redis_url
    return environment


def _start(server: Server, started: Started) -> str:
    started.append(server)
    url = server.start()
    where = server.lodging.directory / server.name
    whose = f", run by “{server.lodging.account.name}”" if server.lodging.account else ""
    click.echo(f"{server.title}: {where}{whose}")
    return url


def _prepare_database(settings: Settings, environment: dict[str, str]) -> None:
    """Migrate and make the demo's accounts, unless this code has done so in this database."""
    noted = settings.data_dir / "prepared"
    mark = _preparation_mark(environment["DATABASE_URL"])
    if noted.exists() and noted.read_text() == mark and _at_head(environment):
        return
    _call(["migrate"], environment, "The database could not be brought to the newest schema.")
    if settings.app_env is Environment.DEMO:
        _call(["accounts"], environment, "The demo's accounts could not be made.")
    noted.write_text(mark)


def _preparation_mark(database_url: str) -> str:
    digest = hashlib.sha256(database_url.encode())
    for directory in ("models/migrations/versions", "triage/catalog", "triage/demo"):
        for path in sorted((CHECKOUT / directory).glob("*.[pj]*")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _at_head(environment: dict[str, str]) -> bool:
    # In a process of its own: the supervisor stays small, it lives as long as the product runs.
    ask = "import os, sys; from models import schema; url = os.environ['DATABASE_URL']"
    line = [sys.executable, "-c", f"{ask}; sys.exit(not schema.at_head(url))"]
    return not subprocess.run(line, env=environment, capture_output=True, check=False).returncode


def _call(verb: list[str], environment: dict[str, str], failure: str) -> None:
    if subprocess.run(
        ["triage", *verb], env=environment, stdin=subprocess.DEVNULL, check=False
    ).returncode:
        raise ServerTrouble(failure)


def _supervise(
    settings: Settings,
    programs: dict[str, str],
    environment: dict[str, str],
    started: Started,
    run: Run,
) -> None:
    def changed(processes: dict[str, Known], stopping: bool) -> None:
        replace(run, processes=processes, stopping=stopping).write(settings.data_dir)

    supervisor = Supervisor(
        programs,
        environment,
        servers=started,
        first="web",
        door=(_reachable(settings.host), settings.port),
        opened=lambda: _welcome(settings),
        changed=changed,
        patience=settings.stop_timeout + 0.5,
    )
    supervisor.run()


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)


def _welcome(settings: Settings) -> None:
    mail = f"{_reachable(settings.mail_host)}:{settings.mail_port}"
    outgoing = "is sent" if settings.smtp_url else f"is kept in {settings.outbox_dir}"
    lines = [
        f"{settings.triage_name} is open: {settings.base_url}",
        f"  mail is received at {mail} (SMTP); outgoing mail {outgoing}",
        f"  data: {settings.data_dir} ({settings.app_env})",
        "  stop: Ctrl-C",
    ]
    click.echo("\n" + "\n".join(lines) + "\n")


def _myself() -> Known:
    known = Known.by_id(os.getpid())
    assert known is not None
    return known


def _known(started: Started) -> dict[str, Known]:
    found = {server.name: Known.by_id(server.process.pid) for server in started if server.process}
    return {name: known for name, known in found.items() if known}
