import json
from importlib.resources import files

import numpy as np
import pytest

from classifiers import cause_training, causes, space

DATA = files("classifiers") / "data"


@pytest.fixture(scope="module")
def told():
    names = [one.name for one in DATA.iterdir() if one.name.startswith("causes_")]
    lines = [line for name in names for line in (DATA / name).read_text("utf-8").splitlines()]
    return [json.loads(line) for line in lines]


def test_every_cause_is_told_by_thirteen_people_in_four_languages(told):
    tellers = {}
    for row in told:
        tellers.setdefault(row["cause"], []).append(row["lang"])
    assert len(tellers) == 572
    assert {len(languages) for languages in tellers.values()} == {13}
    assert {frozenset(languages) for languages in tellers.values()} == {
        frozenset({"fr", "nl", "de", "en"})
    }
    assert len({row["text"] for row in told}) == len(told)


def test_every_stage_is_known(told):
    assert {row["stage"] for row in told} == set(causes.STAGES)


def test_the_gradient_of_the_loss_is_that_of_its_differences():
    chance = np.random.default_rng(1)
    places = chance.normal(size=(10, 5))
    places /= np.linalg.norm(places, axis=1, keepdims=True)
    numbers = np.array([0, 0, 1, 1, 2, 2, 2])
    loss, gradient = cause_training.contrast(places.copy(), numbers)
    for row, column in ((0, 0), (3, 2), (9, 4)):
        moved = places.copy()
        moved[row, column] += 1e-5
        more, _ = cause_training.contrast(moved, numbers)
        assert (more - loss) / 1e-5 == pytest.approx(gradient[row, column], rel=1e-3, abs=1e-3)


def test_what_is_learned_brings_strangers_of_one_cause_together():
    chance = np.random.default_rng(2)
    centres = chance.normal(size=(40, 30)).astype(np.float32)
    noise = chance.normal(size=(400, 30)).astype(np.float32)
    noise[:, :15] *= 3  # half of the columns say nothing about the cause, loudly
    numbers = np.repeat(np.arange(40), 10)
    rows = causes.unit(centres[numbers] + noise)
    seen, left = numbers < 30, numbers >= 30
    columns = tuple(f"vector {place}" for place in range(30))
    learned = cause_training.learn(
        columns,
        rows[seen],
        numbers[seen],
        causes.unit(noise),
        ["after", "before", "during", "none", "after"] * 60,
        rounds=150,
    )
    places = learned.of({"vector": (list(columns), rows[left])})
    assert gap(places, numbers[left]) > gap(rows[left], numbers[left]) * 1.2


def gap(rows, numbers):
    """How much nearer, on average, two of one cause are than two of different causes."""
    alike = rows @ rows.T
    same = numbers[:, None] == numbers[None, :]
    np.fill_diagonal(same, False)
    return alike[same].mean() - alike[numbers[:, None] != numbers[None, :]].mean()


def test_it_is_kept_and_read_again(tmp_path):
    chance = np.random.default_rng(3)
    made = causes.Projection(
        ("vector 0", "thing letter"),
        chance.normal(size=(2, 4)).astype(np.float32),
        np.zeros(4, np.float32),
        chance.normal(size=(4, causes.DIMENSIONS)).astype(np.float32),
        np.zeros((causes.DIMENSIONS + 1, 4), np.float32),
    )
    made.save(tmp_path / "causes.npz")
    again = causes.Projection.load((tmp_path / "causes.npz").read_bytes())
    blocks = {"vector": (["vector 0"], np.array([[0.7], [-0.2]], np.float32))}
    assert again.columns == made.columns
    assert np.allclose(again.of(blocks), made.of(blocks), atol=1e-2)


def test_labels_it_has_never_seen_are_not_read():
    shipped = causes.projection()
    vectors = np.random.default_rng(4).normal(size=(3, 512)).astype(np.float32)
    meaning = ([f"vector {place}" for place in range(512)], causes.unit(vectors))
    plain = shipped.of({"vector": meaning})
    new = (["topic of_tomorrow"], np.ones((3, 1), np.float32))
    assert np.allclose(shipped.of({"vector": meaning, "topic": new}), plain)
    assert np.allclose(np.linalg.norm(plain, axis=1), 1, atol=1e-4)


def test_without_an_encoder_the_projection_says_nothing():
    words = space.Space({}, space.WEIGHTS, space.WORDS)
    row = words.represent([space.Features(None, {}, ("lettre",))], ["fr"])
    assert not np.any(row[:, -causes.DIMENSIONS :])
    assert words.stage(row) == "none"
