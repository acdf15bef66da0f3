"""Models on disk: whole or not at all, checked before they are opened."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from classifiers import store


def write(directory: Path, version: str = "v1", key: bytes | None = None) -> Path:
    store.write(directory, version, 3, {"labels": ["é"]}, {"weights": np.arange(3.0)}, key)
    return directory


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    version, description, arrays = store.read(write(tmp_path / "v1"), 3)
    assert (version, description) == ("v1", {"labels": ["é"]})
    assert np.array_equal(arrays["weights"], np.arange(3.0))


@pytest.mark.parametrize("name", [store.DESCRIPTION, store.ARRAYS])
def test_an_altered_file_is_refused(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / "v1") / name
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(store.Unusable, match="train again"):
        store.read(tmp_path / "v1", 3)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    (write(tmp_path / "v1") / store.ARRAYS).unlink()
    with pytest.raises(store.Unusable):
        store.read(tmp_path / "v1", 3)


def test_another_format_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(store.Unusable, match="format 3.*triage train"):
        store.read(write(tmp_path / "v1"), 4)


@pytest.mark.parametrize("written", ["", "[]", "{", '{"schema": 3, "files": {"../x": "0"}}'])
def test_a_broken_manifest_is_refused(tmp_path: Path, written: str) -> None:
    (write(tmp_path / "v1") / store.MANIFEST).write_text(written, "utf-8")
    with pytest.raises(store.Unusable):
        store.read(tmp_path / "v1", 3)


def test_no_model_is_said_clearly(tmp_path: Path) -> None:
    with pytest.raises(store.Unusable, match="no model"):
        store.read(tmp_path / "v1", 3)


def test_a_signed_model_needs_its_key(tmp_path: Path) -> None:
    write(tmp_path / "v1", key=b"ours")
    assert store.read(tmp_path / "v1", 3, b"ours")[0] == "v1"
    for key in (b"theirs",):
        with pytest.raises(store.Unusable, match="signed"):
            store.read(tmp_path / "v1", 3, key)
    with pytest.raises(store.Unusable, match="signed"):
        store.read(write(tmp_path / "v2"), 3, b"ours")


def test_a_forged_hash_does_not_survive_the_signature(tmp_path: Path) -> None:
    directory = write(tmp_path / "v1", key=b"ours")
    (directory / store.DESCRIPTION).write_text("{}", "utf-8")
    manifest = json.loads((directory / store.MANIFEST).read_text("utf-8"))
    manifest["files"][store.DESCRIPTION] = store._sha256(directory / store.DESCRIPTION)
    (directory / store.MANIFEST).write_text(json.dumps(manifest), "utf-8")
    with pytest.raises(store.Unusable, match="signed"):
        store.read(directory, 3, b"ours")


def test_a_pickle_is_never_opened(tmp_path: Path) -> None:
    directory = write(tmp_path / "v1")
    with (directory / store.ARRAYS).open("wb") as stream:
        np.savez(stream, weights=np.array([{"run": "me"}], dtype=object))
    manifest = json.loads((directory / store.MANIFEST).read_text("utf-8"))
    manifest["files"][store.ARRAYS] = store._sha256(directory / store.ARRAYS)
    (directory / store.MANIFEST).write_text(json.dumps(manifest), "utf-8")
    with pytest.raises(ValueError, match="pickle"):
        store.read(directory, 3)


def test_writing_again_replaces_and_leaves_nothing_behind(tmp_path: Path) -> None:
    write(tmp_path / "v1")
    write(tmp_path / "v1")
    assert [path.name for path in tmp_path.iterdir()] == ["v1"]


def test_a_failed_write_leaves_the_old_model(tmp_path: Path) -> None:
    write(tmp_path / "v1")
    with pytest.raises(TypeError):
        store.write(tmp_path / "v1", "v1", 3, {"labels": object()}, {})
    assert store.read(tmp_path / "v1", 3)[0] == "v1"
    assert [path.name for path in tmp_path.iterdir()] == ["v1"]


def test_the_current_model_is_the_one_pointed_at(tmp_path: Path) -> None:
    assert store.newest(tmp_path) is None
    assert store.newest(tmp_path / "nowhere") is None
    write(tmp_path / "v1", "v1")
    write(tmp_path / "v2", "v2")
    store.use(tmp_path, "v1")
    assert store.newest(tmp_path) == tmp_path / "v1"


def test_without_a_pointer_the_first_written_is_taken_and_no_candidate(tmp_path: Path) -> None:
    write(tmp_path / "v2", "v2")
    os.utime(tmp_path / "v2" / store.MANIFEST, (1, 1))
    write(tmp_path / "v1", "v1")
    assert store.newest(tmp_path) == tmp_path / "v2"
    assert store.pointed_at(tmp_path) is None


def test_a_stamp_changes_with_the_files(tmp_path: Path) -> None:
    write(tmp_path / "v1", "v1")
    before = store.stamp(tmp_path / "v1")
    assert store.stamp(tmp_path / "v1") == before
    (tmp_path / "v1" / store.ARRAYS).write_bytes(b"cut")
    assert store.stamp(tmp_path / "v1") != before
    (tmp_path / "v1" / store.ARRAYS).unlink()
    assert store.stamp(tmp_path / "v1") != before


@pytest.mark.parametrize("pointed", ["v9", "../../etc", "", "\x00"])
def test_what_was_never_put_to_use_does_not_stand_in_for_what_is_gone(
    tmp_path: Path, pointed: str
) -> None:
    write(tmp_path / "v1", "v1")
    (tmp_path / store.CURRENT).write_text(pointed + "\n", "utf-8")
    assert store.newest(tmp_path) is None


def test_a_model_that_is_being_written_is_not_there_yet(tmp_path: Path) -> None:
    write(tmp_path / ".building-x", "v1")
    assert store.newest(tmp_path) is None
    assert store.kept(tmp_path) == []


def test_a_removed_version_is_gone_and_the_others_stay(tmp_path: Path) -> None:
    write(tmp_path / "v1", "v1")
    write(tmp_path / "v2", "v2")
    store.remove(tmp_path, "v1")
    assert store.kept(tmp_path) == ["v2"]
    assert [path.name for path in tmp_path.iterdir()] == ["v2"]


def test_removing_a_borrowed_model_leaves_the_lender_its_own(tmp_path: Path) -> None:
    lent = write(tmp_path / "lender" / "v1")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "v1").symlink_to(lent)
    store.remove(tmp_path / "models", "v1")
    assert store.kept(tmp_path / "models") == []
    assert store.check(lent, 3) == "v1"


def test_two_processes_do_not_train_at_once(tmp_path: Path) -> None:
    waiting = (
        "import sys; from pathlib import Path; from classifiers import store\n"
        "with store.training(Path(sys.argv[1])): print('mine')"
    )
    with store.training(tmp_path):
        other = subprocess.Popen(
            [sys.executable, "-c", waiting, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(timeout=1.5)
    answer, _ = other.communicate(timeout=30)
    assert answer == "mine\n"
