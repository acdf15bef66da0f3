"""What tests share: a PostgreSQL and a Valkey for the session, a migrated database for each test.

TEST_DATABASE_URL and TEST_REDIS_URL name servers of your own instead (the account must be allowed
to create databases). The embedded ones write without fsync: durability tests start their own.
"""

import hashlib
import itertools
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Thread

import psycopg
import pytest
import redis
from sqlalchemy import make_url
from werkzeug.serving import make_server

import classifiers
from classifiers import starter, store
from models import schema
from models.base import db
from models.user import User
from tests import thrift
from tests.people import Browser, House
from tests.restoring import Lent
from triage import catalog
from triage.application import Passerelle, create_app
from triage.commands.train import topics
from triage.config import Settings
from triage.embedded import Postgres, Valkey
from triage.foundation import bare_app

thrift.begin()

KEPT_MODELS = 4
CARELESS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # Rows of the lent database stand in the order in which they came, whatever was deleted before.
    "autovacuum": "off",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: once begun, their event loop holds the thread until the end.

    Of their files the longest is first, so that none is alone at the end.
    """
    looked_at = [item for item in items if item.get_closest_marker("browser") is not None]
    sizes = Counter(item.path for item in looked_at)
    items.sort(key=lambda item: (item.path in sizes, -sizes[item.path]))


def pytest_collection_finish() -> None:
    thrift.settle()


@dataclass(frozen=True)
class Servers:
    """The servers of this session; `database_url` is the one in which others are created."""

    database_url: str
    redis_url: str

    @cached_property
    def valkey(self) -> redis.Redis:
        return redis.Redis.from_url(self.redis_url)

    def clone(self, name: str, template: str) -> str:
        """A new database, copied from a template to which nobody is connected."""
        # Copying files is fast without fsync: about 10 ms.
        self.administer(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
        return self.url(name)

    def drop(self, name: str) -> None:
        self.administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def url(self, name: str) -> str:
        return make_url(self.database_url).set(database=name).render_as_string(hide_password=False)

    def administer(self, statement: str) -> None:
        with psycopg.connect(psycopg_url(self.database_url), autocommit=True) as connection:
            connection.execute(statement.encode())


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    database_url = os.environ.get("TEST_DATABASE_URL")
    redis_url = os.environ.get("TEST_REDIS_URL")
    with open_directory() as directory:
        postgres = Postgres(directory, options=CARELESS)
        valkey = Valkey(directory)
        made = None
        try:
            made = Servers(database_url or postgres.start(), redis_url or valkey.start())
            yield made
        finally:
            if made is not None:
                made.valkey.close()
            postgres.stop()
            valkey.stop()


@pytest.fixture(scope="session")
def template(servers: Servers) -> Iterator[str]:
    """The name of a migrated, empty database; no connection to it may stay open."""
    name = f"tpl_{os.getpid()}"
    servers.administer(f'CREATE DATABASE "{name}"')
    schema.upgrade(servers.url(name))
    yield name
    servers.drop(name)


@pytest.fixture(scope="session")
def fresh_database(servers: Servers, template: str) -> Callable[[], str]:
    """Call it for the URL of a fresh database: for fixtures that live longer than one test."""
    numbers = itertools.count(1)
    return lambda: servers.clone(f"test_{os.getpid()}_{next(numbers)}", template)


@pytest.fixture
def database_url(servers: Servers, fresh_database: Callable[[], str]) -> Iterator[str]:
    """A migrated, empty database for this test alone; commits are welcome."""
    url = fresh_database()
    yield url
    servers.drop(make_url(url).database or "")


@pytest.fixture
def redis_url(servers: Servers) -> str:
    """The session's Valkey, emptied for this test."""
    servers.valkey.flushall()
    return servers.redis_url


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A DATA_DIR for servers of the test's own."""
    with open_directory() as directory:
        yield directory / "var"


@contextmanager
def open_directory() -> Iterator[Path]:
    """A short temporary directory that the servers' account may pass through; pytest's may not."""
    directory = Path(tempfile.mkdtemp(prefix="passerelle-test-"))
    directory.chmod(0o711)
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


# --- the application ------------------------------------------------------------------------


@pytest.fixture(scope="session")
def models_dir(pytestconfig: pytest.Config) -> Path:
    """A directory with the starter model: trained by the first process that asks, read by all.

    It is kept among pytest's caches until the classifiers or what they learn from change. Give it
    to an installation with `furnish_model`, which may then train models of its own.
    """
    kept = pytestconfig.cache.mkdir("classifier")
    directory = kept / classifier_digest()
    starter.ready(directory, topics())
    directory.touch()
    for outdated in sorted(kept.iterdir(), key=lambda path: path.stat().st_mtime)[:-KEPT_MODELS]:
        shutil.rmtree(outdated, ignore_errors=True)
    return directory


def classifier_digest() -> str:
    """Names the code, the texts and the topics that the starter model comes from."""
    digest = hashlib.sha256(repr(topics()).encode())
    for path in sorted(Path(classifiers.__file__).parent.rglob("*")):
        if path.suffix in {".py", ".json", ".jsonl"}:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def furnish_model(data_dir: Path, models_dir: Path) -> None:
    """Give an installation the starter model; what it trains or prefers stays its own."""
    own = data_dir / "models"
    own.mkdir(parents=True)
    current = store.newest(models_dir)
    assert current is not None
    (own / current.name).symlink_to(current)
    store.use(own, current.name)


@pytest.fixture(scope="session")
def furnished(servers: Servers, template: str) -> Iterator[str]:
    """The name of a database with the catalog of the trade in it, to be copied."""
    name = f"furnished_{os.getpid()}"
    url = servers.clone(name, template)
    with open_directory() as directory:
        settings = settings_for(url, servers.redis_url, directory)
        with bare_app(settings).app_context():
            catalog.load(settings)
            db.session.remove()
            db.engine.dispose()
    yield name
    servers.drop(name)


@pytest.fixture(scope="session")
def lent(servers: Servers, furnished: str) -> Iterator[Lent]:
    """The furnished database that most tests use in turn."""
    name = f"{thrift.LENT}_{os.getpid()}"
    made = Lent(servers.clone(name, furnished))
    yield made
    made.close()
    thrift.hang_up()
    servers.drop(name)


@pytest.fixture
def settings(
    request: pytest.FixtureRequest,
    servers: Servers,
    furnished: str,
    redis_url: str,
    data_dir: Path,
    models_dir: Path,
) -> Iterator[Settings]:
    """The settings of an installation of this test's own, with the catalog loaded."""
    furnish_model(data_dir, models_dir)
    if request.path.parent.name in OWN_DATABASE:
        name = f"app_{os.getpid()}_{next(NUMBERS)}"
        yield settings_for(servers.clone(name, furnished), redis_url, data_dir)
        servers.drop(name)
    else:
        lent: Lent = request.getfixturevalue("lent")
        yield settings_for(lent.url, redis_url, data_dir)
        lent.restore()


OWN_DATABASE = frozenset({"benchmarks", "browser", "commands", "demo", "faults", "security"})
"""Folders whose tests leave processes behind for a moment, or change more than rows."""
NUMBERS = itertools.count(1)


def psycopg_url(url: str) -> str:
    plain = make_url(url).set(drivername="postgresql")
    return plain.render_as_string(hide_password=False)


def settings_for(database_url: str, redis_url: str, data_dir: Path) -> Settings:
    return Settings.from_environment(
        {
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "DATA_DIR": str(data_dir),
            "MAIL_DOMAIN": "fund.example",
        }
    )


@pytest.fixture
def app(settings: Settings) -> Iterator[Passerelle]:
    """The application on a database of its own, with the catalog of the trade loaded."""
    made = create_app(settings)
    made.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    made.jinja_env.bytecode_cache = thrift.TEMPLATES
    with made.app_context():
        yield made
        hang_up(made)
        db.session.remove()
        for engine in db.engines.values():
            thrift.rest(engine)


def hang_up(app: Passerelle) -> None:
    """No stream of calls goes on, with a connection of its own, behind a test that is over."""
    board = app.extensions.get("switchboard")
    if board is not None:
        board.close()


@pytest.fixture
def house(app: Passerelle) -> House:
    """The people of the trade, and the ways in which clients reach them."""
    return House(app)


@pytest.fixture
def client(app: Passerelle) -> Browser:
    """A browser; `client.sign_in(person)` makes it somebody's."""
    app.test_client_class = Browser
    made = app.test_client()
    assert isinstance(made, Browser)
    return made


@pytest.fixture
def served(app: Passerelle) -> Iterator[str]:
    """The application behind a real socket, with a thread for each request; where it is."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def nadia(house: House) -> User:
    """An agent of the bridging-right team, French and Dutch."""
    return house.nadia


@pytest.fixture
def koen(house: House) -> User:
    """The manager who leads the screening."""
    return house.koen


@pytest.fixture
def ingrid(house: House) -> User:
    """The supervisor."""
    return house.ingrid


@pytest.fixture
def ada(house: House) -> User:
    """The administrator."""
    return house.ada


@pytest.fixture
def stranger(house: House) -> User:
    """An agent of another team."""
    return house.stranger
