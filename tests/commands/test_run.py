"""`triage run` and `triage stop`: one command starts everything, a second says where it is."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from triage.commands.run import command
from triage.config import CHECKOUT
from triage.instance import Run

TRIAGE = [sys.executable, "-m", "triage"]


@pytest.fixture
def free_ports():
    """Two ports that nobody uses at the moment."""
    doors = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    ports = [door.getsockname()[1] for door in doors]
    for door in doors:
        door.close()
    return ports


@pytest.fixture
def environ(data_dir, free_ports):
    web, mail = free_ports
    return {"DATA_DIR": str(data_dir), "PORT": str(web), "MAIL_PORT": str(mail)}


def refusal(environ):
    answer = CliRunner().invoke(command, env={"APP_ENV": "local"} | environ)
    assert answer.exit_code != 0
    return answer.output


def test_a_used_port_is_told_with_one_that_is_free(environ):
    with socket.create_server(("127.0.0.1", int(environ["PORT"]))):
        told = refusal(environ)
    assert f"Port {environ['PORT']} is in use" in told
    assert "make run PORT=" in told


def test_a_used_mail_port_is_told(environ):
    with socket.create_server(("127.0.0.1", int(environ["MAIL_PORT"]))):
        assert f"Port {environ['MAIL_PORT']} is in use" in refusal(environ)


def test_one_port_cannot_serve_pages_and_mail(environ):
    told = refusal(environ | {"MAIL_PORT": environ["PORT"]})
    assert f"PORT and MAIL_PORT are both {environ['PORT']}" in told


def test_an_address_of_another_machine_is_told(environ):
    assert "Choose another PORT" in refusal(environ | {"HOST": "192.0.2.7"})


def test_production_without_a_database_is_refused(environ):
    assert "APP_ENV=production needs DATABASE_URL" in refusal(environ | {"APP_ENV": "production"})


@pytest.mark.faults
def test_one_command_starts_everything_and_another_stops_it(environ, tmp_path):
    (tmp_path / "Procfile").write_text(
        f"web: {sys.executable} -m http.server $PORT --bind 127.0.0.1\n"
        "worker: sh -c 'echo $DATABASE_URL $REDIS_URL; sleep 60'\n"
    )
    environ = os.environ | environ | {"APP_ENV": "local", "LOG_LEVEL": "info"}
    data_dir = Path(environ["DATA_DIR"])
    with subprocess.Popen(
        [*TRIAGE, "run"],
        env=environ,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as first:
        deadline = time.monotonic() + 120
        while first.poll() is None and time.monotonic() < deadline:
            run = Run.read(data_dir)
            if run and "worker" in run.processes:
                break
            time.sleep(0.1)
        second = subprocess.run(
            [*TRIAGE, "run"], env=environ, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        stopped = subprocess.run(
            [*TRIAGE, "stop"], env=environ, capture_output=True, text=True, check=False
        )
        said = first.stdout.read()
    address = f"http://127.0.0.1:{environ['PORT']}"
    assert f"Passerelle is open: {address}" in said
    assert "worker   | postgresql+psycopg://postgres@/triage?host=" in said
    assert second.returncode == 1
    assert f"already runs here: {address}" in second.stderr
    assert stopped.stdout == f"Stopped: {address}\n"
    assert first.returncode == 0
    assert set(run.processes) == {"postgres", "valkey", "web", "worker"}
    assert not any(known.alive for known in run.processes.values())
    assert not (data_dir / "run.json").exists()


def test_stopping_what_does_not_run_says_so(environ):
    answer = subprocess.run(
        [*TRIAGE, "stop"], env=os.environ | environ, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0
    assert "No Passerelle runs" in answer.stdout


@pytest.mark.parametrize("version", ["Python 3.9.18", "Python 2.7.18"])
def test_an_old_python_is_told_before_anything_is_installed(tmp_path, version):
    old = tmp_path / "python3"
    old.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo {version}\nexit 1\n')
    old.chmod(0o755)
    place = tmp_path / "clone"
    (place / ".ci").mkdir(parents=True)
    script = place / ".ci" / "install"
    script.write_text((CHECKOUT / ".ci" / "install").read_text())
    answer = subprocess.run(
        ["sh", script, "."],
        env=os.environ | {"PYTHON": str(old)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 1
    assert "needs Python 3.11 or newer" in answer.stderr
    assert not (place / ".venv").exists()
