"""The supervisor brings back what ends, names who speaks, and leaves nobody behind."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from triage import supervisor as supervision
from triage.config import Settings
from triage.embedded import Postgres, Valkey
from triage.instance import AlreadyRuns, Claim, NotRunning, Run, running
from triage.processes import Known
from triage.supervisor import Supervised, Supervisor, procfile, told

FOR_EVER = "while true; do sleep 0.1; done"


class Watcher:
    """Runs a supervisor for a while and remembers which processes it told of."""

    def __init__(self):
        self.told = []
        self.stopped = False

    def changed(self, processes, stopping):
        self.told.append(processes)
        self.stopped = self.stopped or stopping

    def run(self, programs, *, until, **options):
        """Run until `until(self)` holds (ten seconds at most), then stop as Ctrl-C does."""

        def interrupt():
            deadline = time.monotonic() + 10
            try:
                while not until(self) and time.monotonic() < deadline:
                    time.sleep(0.02)
            finally:
                os.kill(os.getpid(), signal.SIGINT)

        environment = {"PATH": os.environ["PATH"]}
        supervisor = Supervisor(programs, environment, changed=self.changed, **options)
        waiter = threading.Thread(target=interrupt)
        waiter.start()
        supervisor.run()
        waiter.join()

    def known(self, name):
        return [told[name] for told in self.told if name in told]


@pytest.fixture
def watcher():
    return Watcher()


def test_a_procfile_is_read_line_by_line(tmp_path):
    path = tmp_path / "Procfile"
    path.write_text("# what runs\nweb: triage web --port $PORT\n\nworker: sh -c 'echo a: b'\n")
    assert procfile(path) == {"web": "triage web --port $PORT", "worker": "sh -c 'echo a: b'"}


def test_each_line_is_named(watcher, capfd, tmp_path):
    spoken = [tmp_path / "web", tmp_path / "worker"]
    watcher.run(
        {
            "web": f"sh -c 'echo open; touch {spoken[0]}; sleep 60'",
            "worker": f"sh -c 'printf unfinished; touch {spoken[1]}; sleep 60'",
        },
        until=lambda watcher: all(path.exists() for path in spoken),
    )
    said = capfd.readouterr().out.splitlines()
    assert "web    | open" in said
    assert "worker | unfinished" in said
    assert "run    | stopping …" in said
    assert said[-1] == "run    | stopped"


def test_an_escape_sequence_of_a_client_does_not_reach_the_terminal(watcher, capfd, tmp_path):
    spoken = tmp_path / "spoken"
    script = tmp_path / "clear"
    script.write_text(f"printf '\\033[2Jgone\\n'; touch {spoken}; sleep 60\n")
    watcher.run({"web": f"sh {script}"}, until=lambda watcher: spoken.exists())
    assert "web | ␛[2Jgone" in capfd.readouterr().out


def test_a_process_that_ends_is_started_again(watcher, capfd):
    watcher.run(
        {"relay": "sh -c 'echo here; exit 3'"}, until=lambda watcher: len(watcher.told) >= 3
    )
    said = capfd.readouterr().out
    assert said.count("relay | here") >= 2
    assert "relay ended (exit status 3); again in 0.5 s" in said
    assert "again in 1 s" in said


@pytest.mark.faults
def test_a_killed_process_is_started_again(watcher):
    def until(watcher):
        for known in watcher.known("worker")[:1]:
            known.end(signal.SIGKILL, patience=1)
        return len(watcher.told) >= 2

    watcher.run({"worker": f"sh -c '{FOR_EVER}'"}, until=until)
    first, second = watcher.known("worker")[:2]
    assert first.pid != second.pid
    assert not second.alive


def test_the_pause_grows_to_ten_seconds_and_shrinks_after_a_good_run(monkeypatch):
    clock = 1000.0
    monkeypatch.setattr(supervision.time, "monotonic", lambda: clock)
    one = Supervised("relay", lambda: None)
    one.begin()
    pauses = []
    for _ in range(7):
        one.put_off()
        pauses.append(one.announced)
    assert pauses == [0.5, 1, 2, 4, 8, 10, 10]
    clock += 60
    one.put_off()
    assert one.announced == 0.5


def test_a_command_that_is_not_there_is_told_and_tried_again(watcher, capfd):
    watcher.run({"mail": "no-such-command-here"}, until=lambda watcher: len(watcher.told) >= 2)
    assert "mail ended (exit status 127)" in capfd.readouterr().out


@pytest.mark.faults
def test_everything_ends_within_five_seconds_even_what_does_not_listen(watcher):
    deaf = f"sh -c 'trap \"\" TERM; {FOR_EVER}'"
    watcher.run(
        {"web": deaf, "worker": f"sh -c '{FOR_EVER}'"},
        until=lambda watcher: len(watcher.told) and time.sleep(0.3) is None,
        patience=1.0,
    )
    assert watcher.stopped
    assert not any(known.alive for known in watcher.told[-1].values())


@pytest.mark.faults
def test_grandchildren_are_not_left_behind(watcher, tmp_path):
    noted = tmp_path / "pid"
    watcher.run(
        {"web": f'sh -c \'trap "" TERM; (trap "" TERM; {FOR_EVER}) & echo $! > {noted}; wait\''},
        until=lambda watcher: noted.exists() and noted.read_text().strip(),
        patience=0.5,
    )
    grandchild = Known.by_id(int(noted.read_text()))
    assert grandchild is None or grandchild.gone_within(2)


@pytest.mark.faults
def test_a_killed_server_is_started_again(watcher, data_dir):
    servers = [Postgres(data_dir, options={"fsync": "off"}), Valkey(data_dir)]
    for server in servers:
        server.start()
    first = [Known.by_id(server.process.pid) for server in servers]
    for known in first:
        os.kill(known.pid, signal.SIGKILL)
    watcher.run(
        {},
        servers=servers,
        until=lambda watcher: (
            not any(known.alive for known in first) and all(server.answers() for server in servers)
        ),
    )
    for server, known in zip(servers, first, strict=True):
        assert watcher.known(server.name)[-1] != known
        assert not watcher.known(server.name)[-1].alive


@pytest.mark.faults
def test_a_killed_supervisor_takes_its_processes_along(tmp_path):
    script = textwrap.dedent(f"""
        import os
        from triage.supervisor import Supervisor
        line = "sh -c 'echo $$; {FOR_EVER}'"
        Supervisor({{"worker": line}}, dict(os.environ)).run()
    """)
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
    ) as supervisor:
        worker = Known.by_id(int(supervisor.stdout.readline().split()[-1]))
        supervisor.kill()
    assert worker.gone_within(5)


def test_it_tells_when_the_door_opens(watcher):
    opened = []
    watcher.run(
        {"web": f"{sys.executable} -m http.server 18741 --bind 127.0.0.1"},
        until=lambda watcher: opened,
        door=("127.0.0.1", 18741),
        opened=lambda: opened.append(True),
    )
    assert opened == [True]


def test_the_pages_open_before_anything_else_begins(watcher):
    told_at_opening = []
    watcher.run(
        {"web": f"{sys.executable} -m http.server 18742 --bind 127.0.0.1", "worker": "sleep 60"},
        until=lambda watcher: watcher.known("worker"),
        first="web",
        door=("127.0.0.1", 18742),
        opened=lambda: told_at_opening.append(watcher.known("worker")),
    )
    assert told_at_opening == [[]]
    assert watcher.known("worker")


def test_pages_that_do_not_open_do_not_hold_up_the_rest(watcher, monkeypatch):
    monkeypatch.setattr(supervision, "LONGEST_WAIT_FOR_FIRST", 0.3)
    watcher.run(
        {"web": "sleep 60", "worker": "sleep 60"},
        until=lambda watcher: watcher.known("worker"),
        first="web",
        door=("127.0.0.1", 18743),
    )
    assert watcher.known("worker")


@pytest.mark.parametrize(
    ("status", "words"),
    [(0, "exit status 0"), (-9, "killed by SIGKILL"), (-64, "killed by SIGRTMAX")],
)
def test_an_exit_status_is_told_in_words(status, words):
    assert told(status) == words


def test_two_runs_never_share_a_data_dir(tmp_path):
    settings = Settings.from_environment({"DATA_DIR": str(tmp_path)})
    a_run(os.getpid()).write(tmp_path)
    with Claim(tmp_path), pytest.raises(AlreadyRuns, match=r"http://127\.0\.0\.1:8000"):
        Claim(tmp_path)
    with Claim(settings.data_dir) as claim:
        assert not claim.file.closed


def test_other_commands_find_the_running_servers(tmp_path):
    a_run(os.getpid()).write(tmp_path)
    found = running(Settings.from_environment({"DATA_DIR": str(tmp_path)}))
    assert found.database_url == "postgresql+psycopg://postgres@/triage"
    assert found.redis_url == "unix:///run/valkey.sock?db=0"
    assert (tmp_path / "run.json").stat().st_mode & 0o777 == 0o600


def test_a_given_address_is_believed_rather_than_found(tmp_path):
    a_run(os.getpid()).write(tmp_path)
    environ = {"DATA_DIR": str(tmp_path), "REDIS_URL": "redis://localhost/3"}
    assert running(Settings.from_environment(environ)).redis_url == "redis://localhost/3"


@pytest.mark.parametrize("written", ["", "{", "[]", '{"supervisor": 3}'])
def test_when_nothing_runs_a_mail_server_is_asked_to_keep_the_mail(tmp_path, written):
    (tmp_path / "run.json").write_text(written)
    with pytest.raises(NotRunning, match="make run") as refusal:
        running(Settings.from_environment({"DATA_DIR": str(tmp_path)}))
    assert refusal.value.exit_code == 75


def test_a_run_whose_process_is_gone_is_not_believed(tmp_path):
    ended = subprocess.Popen(["true"])
    ended.wait()
    a_run(ended.pid).write(tmp_path)
    with pytest.raises(NotRunning):
        running(Settings.from_environment({"DATA_DIR": str(tmp_path)}))


def a_run(pid):
    return Run(
        address="http://127.0.0.1:8000",
        database_url="postgresql+psycopg://postgres@/triage",
        redis_url="unix:///run/valkey.sock?db=0",
        supervisor=Known.by_id(pid) or Known(pid, "long ago"),
    )
