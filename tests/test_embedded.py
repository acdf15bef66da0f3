"""The embedded servers: they come up anywhere, come back after a kill, and say what is wrong."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
import redis
from sqlalchemy import create_engine, make_url, text

from triage.embedded import (
    Lodging,
    Postgres,
    ServerTrouble,
    Valkey,
    lodging,
    prepare,
    programs,
)
from triage.embedded.sockets import socket_directory
from triage.processes import Known

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root starts servers for others")
as_anybody = pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")


@pytest.fixture
def postgres(data_dir):
    server = Postgres(data_dir, options={"fsync": "off"})
    yield server
    server.stop()


@pytest.fixture
def valkey(data_dir):
    server = Valkey(data_dir)
    yield server
    server.stop()


def ask(url, question):
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection:
        return connection.execute(question).fetchone()[0]


def test_the_session_database_has_the_newest_schema(database_url):
    assert ask(database_url, "SELECT count(*) FROM ticket") == 0


def test_postgresql_sorts_bytes_and_knows_letters_of_four_languages(servers):
    assert ask(servers.database_url, "SELECT lower('ÉÏÜßŒ')") == "éïüßœ"
    assert ask(servers.database_url, "SELECT 'Z' < 'a'") is True
    assert ask(servers.database_url, "SHOW server_version_num") >= "180000"


def test_data_outlive_a_stop_and_a_start(postgres):
    postgres.start()
    url = postgres.database("triage")
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE kept AS SELECT 7 AS number"))
    engine.dispose()
    postgres.stop()
    postgres.start()
    assert postgres.database("triage") == url
    assert ask(url, "SELECT number FROM kept") == 7


def test_durability_is_on_unless_a_test_says_otherwise(data_dir):
    server = Postgres(data_dir)
    asked = ("fsync", "synchronous_commit", "full_page_writes", "data_checksums")
    try:
        url = server.start()
        assert {ask(url, f"SHOW {one}") for one in asked} == {"on"}
    finally:
        server.stop()


def test_nobody_else_reaches_the_servers(postgres, valkey):
    postgres.start()
    valkey.start()
    assert postgres.sockets.stat().st_mode & 0o777 == 0o700
    assert ask(postgres.url(), "SHOW listen_addresses") == ""
    with redis.Redis.from_url(valkey.url()) as connection:
        assert connection.config_get("port") == {"port": "0"}


def test_valkey_keeps_what_it_was_told(valkey):
    with redis.Redis.from_url(valkey.start()) as connection:
        connection.set("bell", "rung")
    valkey.stop()
    with redis.Redis.from_url(valkey.start()) as connection:
        assert connection.get("bell") == b"rung"


@pytest.mark.faults
def test_a_damaged_append_only_file_is_set_aside(valkey, capsys):
    valkey.start()
    valkey.stop()
    for part in (valkey.store / "appendonlydir").glob("*.aof"):
        part.write_bytes(b"this is not a log of commands")
    with redis.Redis.from_url(valkey.start()) as connection:
        assert connection.ping()
    assert "valkey.damaged-" in capsys.readouterr().err


@pytest.mark.faults
def test_a_killed_postmaster_is_started_again(postgres):
    url = postgres.start()
    with psycopg.connect(plain := url.replace("+psycopg", "")) as connection:
        os.kill(postgres.process.pid, signal.SIGKILL)
        postgres.process.wait()
        postgres.start()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    assert plain.startswith("postgresql://")
    assert ask(url, "SELECT 1") == 1


@pytest.mark.faults
def test_what_a_killed_run_left_behind_is_stopped_at_the_next_start(data_dir, postgres, valkey):
    postgres.start()
    valkey.start()
    left = [Known.by_id(server.process.pid) for server in (postgres, valkey)]
    # Another process, as after a kill -9: it knows the leftovers by their files alone.
    second_postgres, second_valkey = Postgres(data_dir), Valkey(data_dir)
    reaper = [postgres.process, valkey.process]
    try:
        second_postgres.start()
        second_valkey.start()
        assert not any(known.alive for known in left)
        assert ask(second_postgres.url(), "SELECT 1") == 1
        assert redis.Redis.from_url(second_valkey.url()).ping()
    finally:
        second_postgres.stop()
        second_valkey.stop()
    assert [process.wait(2) for process in reaper] == [0, 0]


@pytest.mark.faults
def test_servers_end_with_the_process_that_started_them(data_dir):
    starter = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time; from pathlib import Path; from triage import embedded\n"
            "servers = [kind(Path(sys.argv[1])) for kind in (embedded.Postgres, embedded.Valkey)]\n"
            "print([server.start() and server.process.pid for server in servers], flush=True)\n"
            "time.sleep(60)",
            str(data_dir),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    with starter:
        pids = [int(pid) for pid in starter.stdout.readline().strip(" []\n").split(",")]
        known = [Known.by_id(pid) for pid in pids]
        starter.kill()
    assert all(one.gone_within(5) for one in known)


def test_a_process_id_that_was_given_to_somebody_else_does_not_stop_the_start(postgres):
    postgres.start()
    postgres.stop()
    lines = [
        str(os.getpid()),
        str(postgres.cluster),
        "0",
        "5432",
        str(postgres.sockets),
        "",
        "",
        "",
    ]
    (postgres.cluster / "postmaster.pid").write_text("\n".join(lines))
    assert ask(postgres.start(), "SELECT 1") == 1


def test_an_interrupted_initdb_is_begun_anew(postgres):
    postgres.data_dir.mkdir()
    postgres.data_dir.chmod(0o711)
    unfinished = postgres.lodging.directory / "postgres.unfinished"
    postgres.lodging.make(unfinished)
    (unfinished / "PG_VERSION").write_text("18\n")
    assert ask(postgres.start(), "SELECT 1") == 1
    assert not unfinished.exists()


def test_data_of_another_version_are_refused_and_left_alone(postgres):
    postgres.start()
    postgres.stop()
    (postgres.cluster / "PG_VERSION").write_text("13\n")
    with pytest.raises(ServerTrouble, match="written by PostgreSQL 13"):
        postgres.start()


def test_a_long_path_gets_a_short_socket(data_dir):
    deep = data_dir / ("a" * 60) / ("b" * 60)
    server = Postgres(deep, options={"fsync": "off"})
    try:
        assert ask(server.start(), "SELECT 1") == 1
        assert len(str(server.sockets)) < 80
        assert server.sockets.stat().st_mode & 0o777 == 0o700
    finally:
        server.stop()
        shutil.rmtree(server.sockets)


def test_a_short_socket_directory_of_somebody_else_is_refused(data_dir, monkeypatch):
    deep = data_dir / ("c" * 60) / ("d" * 60)
    deep.mkdir(parents=True)
    monkeypatch.setenv("XDG_RUNTIME_DIR", "")
    lodging = Lodging(deep, None)
    planted = socket_directory(lodging)
    planted.rmdir()
    planted.symlink_to("/etc")
    try:
        with pytest.raises(ServerTrouble, match="belongs to somebody else"):
            socket_directory(lodging)
    finally:
        planted.unlink()


def test_a_full_disk_is_told_before_anything_is_written(data_dir, monkeypatch):
    free = SimpleNamespace(total=10**12, used=10**12, free=12 * 1024 * 1024)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: free)
    with pytest.raises(ServerTrouble, match=r"disk is full: 12 MB are free .* 64 MB are needed"):
        prepare(data_dir, 64 * 1024 * 1024)


@as_anybody
def test_a_read_only_data_dir_is_told(data_dir):
    data_dir.mkdir(mode=0o555)
    with pytest.raises(ServerTrouble, match=r"DATA_DIR .* cannot be written: Permission denied"):
        prepare(data_dir, 0)


def test_a_file_in_the_place_of_data_dir_is_told(data_dir):
    data_dir.write_text("")
    with pytest.raises(ServerTrouble, match=r"DATA_DIR .* cannot be written: Not a directory"):
        prepare(data_dir, 0)


def test_a_machine_without_servers_is_told_what_to_do(monkeypatch):
    monkeypatch.setattr(programs, "find_spec", lambda name: None)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(Path, "glob", lambda self, pattern: iter(()))
    with pytest.raises(ServerTrouble, match="DATABASE_URL"):
        programs.postgres_programs()
    with pytest.raises(ServerTrouble, match="REDIS_URL"):
        programs.valkey_program()


class TestRoot:
    """Root gives the servers to an ordinary account and changes nobody's permissions."""

    pytestmark = as_root

    @pytest.fixture
    def private(self, data_dir, monkeypatch):
        """A DATA_DIR in a tree that only root may enter, and a system directory to escape to."""
        elsewhere = data_dir.parent / "system" / "passerelle"
        elsewhere.parent.mkdir(mode=0o755)
        monkeypatch.setattr(lodging, "SYSTEM_DIRECTORY", elsewhere)
        home = data_dir.parent / "home"
        home.mkdir(mode=0o700)
        return home / "var"

    @staticmethod
    def permissions(directory):
        return {place: place.stat().st_mode for place in (directory, *directory.parents)}

    def test_the_server_runs_as_somebody_else(self, postgres):
        postgres.start()
        assert Path(f"/proc/{postgres.process.pid}").stat().st_uid != 0
        assert postgres.cluster.stat().st_uid == postgres.lodging.account.user

    def test_no_directory_outside_data_dir_changes(self, postgres):
        before = self.permissions(postgres.data_dir.parent)
        postgres.start()
        assert self.permissions(postgres.data_dir.parent) == before

    def test_a_private_tree_is_left_alone_and_the_other_place_found_again(self, private):
        before = self.permissions(private.parent)
        server = Postgres(private, options={"fsync": "off"})
        try:
            server.start()
            url = server.database("triage")
            server.stop()
            again = Postgres(private, options={"fsync": "off"})
            again.start()
            assert again.database("triage") == url
            again.stop()
        finally:
            server.stop()
        assert self.permissions(private.parent) == before
        assert (private / "servers").resolve() == server.lodging.directory
        assert server.lodging.directory.parent == lodging.SYSTEM_DIRECTORY

    def test_programs_that_the_account_may_not_read_are_copied(self, private, monkeypatch):
        hidden = private.parent / "packages"
        package = programs.valkey_program().parents[2]
        shutil.copytree(package, hidden / package.name)
        program = hidden / package.name / programs.valkey_program().relative_to(package)
        monkeypatch.setattr("triage.embedded.valkey.valkey_program", lambda: program)
        server = Valkey(private)
        try:
            with redis.Redis.from_url(server.start()) as connection:
                assert connection.ping()
            assert lodging.SYSTEM_DIRECTORY in server.programs.parents
            assert (server.programs / server.binary).stat().st_uid == 0
        finally:
            server.stop()

    def test_a_copied_data_dir_does_not_open_the_servers_of_its_original(self, private):
        prepare(private, 0)
        original = Lodging.under(private)
        copy = private.with_name("copy")
        shutil.copytree(private, copy, symlinks=True)
        with pytest.raises(ServerTrouble, match=f"belongs to {private}"):
            Lodging.under(copy)
        private.rename(private.with_name("gone"))
        assert Lodging.under(copy).directory == original.directory

    def test_an_unknown_account_is_told(self):
        with pytest.raises(ServerTrouble, match="SERVER_USER"):
            lodging.unprivileged("nobody-of-this-name")


def test_known_processes_are_believed_only_with_their_start_time():
    sleeper = subprocess.Popen(["sleep", "60"])
    known = Known.by_id(sleeper.pid)
    assert known.alive
    assert not Known(sleeper.pid, "some other time").alive
    before = time.monotonic()
    Known(sleeper.pid, "some other time").end(signal.SIGTERM, patience=5)
    assert known.alive
    known.end(signal.SIGTERM, patience=5)
    assert not known.alive
    assert time.monotonic() - before < 2
    assert sleeper.wait() == -signal.SIGTERM
