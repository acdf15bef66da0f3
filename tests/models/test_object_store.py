"""The files in a bucket: the same promises as in a folder, over real HTTP."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from models.filestore import FileStore, Lost, NoRoom
from models.object_store import ObjectStore
from triage import file_places
from triage.config import Settings, SettingsError

pytest.importorskip("minio")
server = pytest.importorskip("moto.server")
pytestmark = pytest.mark.filterwarnings("ignore")

ONE, OTHER = "ab" * 32, "ab" + "cd" * 31
TOMORROW = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def settings(endpoint: str) -> Settings:
    return Settings(
        files_url="s3://fund/files", s3_endpoint=endpoint, s3_access_key="us", s3_secret_key="ours"
    )


@pytest.fixture
def store(settings: Settings) -> FileStore:
    made = file_places.chosen(settings)
    assert isinstance(made, ObjectStore)
    client = made._client
    if not client.bucket_exists(bucket_name="fund"):
        client.make_bucket(bucket_name="fund")
    for digest in (ONE, OTHER):
        made.remove(digest)
    return made


def test_what_is_kept_is_there_word_for_word(store: FileStore):
    sealed = bytes(range(256)) * 4_000
    store.keep(ONE, sealed)
    store.keep(OTHER, b"")
    assert store.open(ONE) == sealed
    assert store.open(OTHER) == b""
    assert store.has(ONE)


def test_what_is_missing_is_named_until_it_is_kept_again(store: FileStore):
    with pytest.raises(Lost):
        store.open(ONE)
    assert store.faults() == [f"1 missing or damaged ({ONE[:12]})"]
    store.keep(ONE, b"sealed")
    assert store.faults() == []


def test_blame_hides_a_file_until_it_is_forgiven(store: FileStore):
    store.keep(ONE, b"sealed")
    store.blame(ONE)
    assert not store.has(ONE)
    store.forgive(ONE)
    assert store.claim(ONE)
    assert not store.claim(OTHER)


def test_only_what_nobody_mentions_is_swept(store: FileStore):
    store.keep(ONE, b"mentioned")
    store.keep(OTHER, b"forgotten")
    assert store.sweep("ab", lambda asked: {ONE} & set(asked), TOMORROW) == 1
    assert (store.has(ONE), store.has(OTHER)) == (True, False)
    assert store.sweep("ab", lambda asked: set(), datetime(2020, 1, 1, tzinfo=UTC)) == 0


def test_a_bucket_belongs_to_one_database(store: FileStore):
    assert store.belongs_to("first")
    assert not store.belongs_to("second")
    assert store.belongs_to("first")


def test_a_store_that_does_not_answer_is_as_a_full_disk(settings: Settings):
    nowhere = file_places.chosen(replace(settings, s3_endpoint="http://127.0.0.1:9"))
    with pytest.raises(NoRoom):
        nowhere.keep(ONE, b"sealed")
    with pytest.raises(Lost, match="not reachable"):
        nowhere.open(ONE)
    assert "cannot be used" in nowhere.faults()[0]


def test_names_that_are_no_digests_reach_nothing(store: FileStore):
    with pytest.raises(ValueError, match="digest"):
        store.keep("../owner", b"evil")


@pytest.mark.parametrize("given", ["https://bucket", "s3://", "s3://a?b=c"])
def test_a_bucket_is_named_plainly(given: str):
    with pytest.raises(SettingsError):
        Settings.from_environment({"FILES_URL": given})
