"""What benchmarks read and how they divide it; a text is encoded once however often it is asked."""

import numpy as np

from benchmarks._judging import figures
from benchmarks._keywords import by_keywords
from benchmarks._public import averaged, read
from benchmarks._sets import FROZEN_SETS, authors, frozen, names_measure, remembered_vectors
from benchmarks._tables import markdown
from benchmarks.classifiers import RULE, slices
from classifiers import encoder
from classifiers.engine import Example


def test_every_frozen_text_belongs_to_its_set_language_and_channel():
    rows = [row for name in FROZEN_SETS for row in frozen(name)]
    named = [flag for name in FROZEN_SETS for flag in names_measure(name)]

    found = slices(rows, named)

    assert sum(len(found[name]) for name in FROZEN_SETS) == len(rows)
    assert sum(len(found[code]) for code in ("fr", "nl", "de", "en")) == len(rows)
    assert sum(len(found[way]) for way in ("email", "form", "phone")) == len(rows)
    assert not set(found["measure named"]) & set(found["measure not named"])


def test_an_author_is_never_among_the_others():
    rows = [Example("a", "family", source="anna"), Example("b", "family", source="bert")]

    assert list(authors(rows)) == [("anna", rows[1:], rows[:1]), ("bert", rows[:1], rows[1:])]


def test_each_text_is_encoded_once(monkeypatch):
    asked: list[str] = []

    def encode(texts):
        asked.extend(texts)
        return np.ones((len(texts), encoder.DIMENSIONS), dtype=np.float32)

    monkeypatch.setattr(encoder, "encode", encode)
    with remembered_vectors():
        encoder.encode(["un", "deux"])
        again = encoder.encode(["deux", "un", "deux"])

    assert sorted(asked) == ["deux", "un"]
    assert again.shape == (3, encoder.DIMENSIONS)
    assert encoder.encode is encode


def test_without_the_encoder_nothing_is_remembered(monkeypatch):
    monkeypatch.setattr(encoder, "encode", lambda _: None)

    with remembered_vectors():
        assert encoder.encode(["un"]) is None


def test_a_label_that_means_none_of_the_others_becomes_no_topic(tmp_path):
    path = tmp_path / "questions.csv"
    path.write_text("text,label,lang,split\nhi,greet,en,train\nzz,oos,en,test\n,greet,en,val\n")

    parts = read(path)

    assert parts["train"] == [Example("hi", "greet", language="en")]
    assert parts["test"] == [Example("zz", "", language="en")]


def test_draws_are_averaged():
    assert averaged([{"accuracy": 0.8}, {"accuracy": 0.9}]) == {"accuracy": 0.85}


def test_the_rule_stands_beside_every_figure():
    said = by_keywords([Example("Ik vraag uitstel van betaling", "deferral", language="nl")])
    measured = {"all": figures(said)}
    shown = markdown(
        {
            "disjoint": {
                "models": {"words only": measured, RULE: measured},
                "overlap": {"all": {"types": 1.0, "tokens": 0.9, "half_shared": 0.1}},
                "confused": [("deferral", "family", 2)],
            }
        }
    )

    assert "### Words only" in shown
    assert "| 100.0, 0.0 | 90.0, 10.0 |" in shown
    assert "deferral told as family 2" in shown
