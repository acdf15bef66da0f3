"""The classifier's pages: a manager sees how good it is, trains, compares, promotes, goes back."""

import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import select

from classifiers import store
from models.audit import Audit
from models.base import db, now, transaction
from models.model_version import ModelVersion, Promotion, TrainingReason
from models.settings import Setting
from tests.people import Browser, amelie, joris
from tests.test_learning import few_texts, harmed, trained
from triage import cuts, drift, lessons, promotion, routing, training


def words(page: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


@pytest.fixture
def as_koen(client: Browser, koen) -> Browser:
    client.sign_in(koen)
    return client


@pytest.fixture
def candidate(app, monkeypatch, koen) -> ModelVersion:
    """A version that Koen asked for and nobody has put to use."""
    monkeypatch.setattr(lessons, "gather", few_texts)
    return trained(app, by=koen)


def audited() -> list[str]:
    return [row.action for row in db.session.scalars(select(Audit).order_by(Audit.seq))]


# --- how good it is -------------------------------------------------------------------------


def test_the_first_page_of_an_old_installation_shows_what_the_model_measured(as_koen):
    page = words(as_koen.get("/classifier/").text)
    assert "Right where it routes by itself" in page
    assert "The first training writes the first line here." in page


def test_a_manager_reads_in_plain_words_how_good_it_is(as_koen, candidate):
    with transaction():
        promotion.promote(str(candidate.version), by=None, at=now())
    page = words(as_koen.get("/classifier/").text)
    assert re.search(r"Of 120 texts that it had never seen, it named the right topic for \d+", page)
    assert re.search(r"Routed alone from 95\.0.% precision on", page)


def test_a_version_shows_topics_languages_and_what_it_mixes_up(as_koen, candidate):
    page = words(as_koen.get(f"/classifier/versions/{candidate.id}").text)
    for part in ("By topic", "By language", "What it mixes up most", "What it was made of"):
        assert part in page
    assert "Koen Wouters" in page


def test_a_topic_has_a_curve_of_its_own(as_koen, candidate):
    page = as_koen.get(f"/classifier/versions/{candidate.id}?topic=pension").text
    assert "All topics together" in page
    nothing = as_koen.get(f"/classifier/versions/{candidate.id}?topic=nothing")
    assert nothing.status_code == 200


def test_a_version_that_does_not_exist_is_not_found(as_koen):
    assert as_koen.get("/classifier/versions/999").status_code == 404


# --- trained --------------------------------------------------------------------------------


def test_learn_now_asks_for_a_training_and_shows_how_far_it_is(as_koen, koen):
    assert as_koen.post("/classifier/trainings").status_code == 303
    row = ModelVersion.open()
    assert row is not None
    assert (row.asked_by, row.reason) == (koen, TrainingReason.ASKED)
    assert "It begins in a moment." in as_koen.get("/classifier/").text
    with transaction():
        row.begin(now())
        row.beat("learning", 0.5, now())
    fragment = as_koen.get("/classifier/trainings")
    assert "It learns." in fragment.text
    assert "50" in words(fragment.text)
    with transaction():
        row.learned("v1", {}, {}, now())
    assert as_koen.get("/classifier/trainings").headers["HX-Refresh"] == "true"


def test_what_went_wrong_is_told(as_koen):
    with transaction():
        row = training.ask(TrainingReason.ASKED, by=None, at=now())
        row.begin(now())
        row.fail("its process was killed by SIGKILL", now())
    assert "killed by SIGKILL" in as_koen.get("/classifier/").text


def test_nights_are_switched_off_and_on(as_koen):
    as_koen.post("/classifier/nights", data={"on": "0"})
    assert Setting.read(training.BY_NIGHT) is False
    assert "somebody must press" in as_koen.get("/classifier/").text
    as_koen.post("/classifier/nights", data={"on": "1"})
    assert Setting.read(training.BY_NIGHT) is True
    assert audited() == ["classifier.nights_switched"] * 2


# --- compared, promoted, gone back from -----------------------------------------------------


def corrected(house, who, text: str, topic: str):
    """A contact that the version in use has read, and to which a person gave its topic."""
    contact = house.write(who, text)
    with transaction():
        correction = contact.correct(topic, None, None, by=house.nadia, at=now())
        db.session.flush()
        return contact, str(correction.id)


def test_a_candidate_is_compared_on_contacts_that_neither_had_learned_from(
    as_koen, house, candidate
):
    won, first = corrected(house, amelie, "Où en est mon droit passerelle ?", "pension")
    lost, second = corrected(house, joris, "Waar blijft mijn overbruggingsrecht?", "bridging_right")
    with transaction():
        candidate.figures = {**candidate.figures, "answers": {first: "pension", second: "pension"}}
    compared = promotion.compare(candidate, str(promotion.in_use()))
    assert (compared.rows, compared.right_before, compared.right_after) == (2, 1, 1)
    assert (compared.gains, compared.losses) == (1, 1)
    assert compared.topics == {"pension": (1, 0, 1), "bridging_right": (1, 1, 0)}
    page = words(as_koen.get(f"/classifier/versions/{candidate.id}").text)
    assert "On 2 contacts that neither had learned from" in page
    assert "Gained 1, lost 1" in page
    assert "Où en est mon droit passerelle" in page


def test_an_administrator_compares_without_reading_what_clients_wrote(
    client, house, candidate, ada
):
    _, first = corrected(house, amelie, "Où en est mon droit passerelle ?", "pension")
    with transaction():
        candidate.figures = {**candidate.figures, "answers": {first: "pension"}}
    client.sign_in(ada)
    page = words(client.get(f"/classifier/versions/{candidate.id}").text)
    assert "Gained 1, lost 0" in page
    assert "mon droit passerelle" not in page


def test_a_candidate_says_which_of_the_last_contacts_it_would_call_otherwise(
    as_koen, app, house, monkeypatch, ada
):
    house.write(amelie, "Où en est mon droit passerelle ? Toujours rien reçu.")
    private = house.write(joris, "Hierbij mijn medisch attest, ik ben ziek en kan niet werken.")
    monkeypatch.setattr(lessons, "gather", few_texts)
    row = trained(app)
    lately = row.figures["lately"]
    assert lately["beside"] == promotion.in_use()
    assert private.id not in [changed[0] for changed in lately["changed"]]
    page = words(as_koen.get(f"/classifier/versions/{row.id}").text)
    assert "this version would call 1 otherwise" in page
    assert "Toujours rien reçu" in page
    as_koen.sign_in(ada)
    page = words(as_koen.get(f"/classifier/versions/{row.id}").text)
    assert "would call 1 otherwise" in page
    assert "Toujours rien reçu" not in page


def test_a_version_is_put_to_use_and_taken_back_by_one_key(as_koen, candidate, koen):
    before = promotion.in_use()
    answer = as_koen.post(f"/classifier/versions/{candidate.id}/promotion")
    assert promotion.in_use() == candidate.version
    page = as_koen.get(answer.headers["Location"]).text
    undo = re.search(r'class="undo" method="post" action="([^"]+)"', page)
    assert undo is not None
    as_koen.post(undo[1])
    assert promotion.in_use() == before
    last = Promotion.last()
    assert last is not None and last.back and last.by is koen
    assert audited()[-2:] == ["classifier.promoted"] * 2


def test_all_processes_follow_without_being_told(as_koen, candidate):
    as_koen.post(f"/classifier/versions/{candidate.id}/promotion")
    engine = routing.engine()
    assert engine is not None and engine.version == candidate.version


@pytest.mark.parametrize("harm", ["flipped", "cut", "gone"])
def test_a_damaged_version_says_why_it_cannot_be_put_to_use(as_koen, candidate, harm):
    before = promotion.in_use()
    harmed(promotion.models_directory() / str(candidate.version) / store.DESCRIPTION, harm)
    answer = as_koen.post(f"/classifier/versions/{candidate.id}/promotion")
    assert answer.status_code == 422
    assert "its files are damaged" in words(answer.text)
    assert promotion.in_use() == before


def test_what_is_not_ready_is_not_put_to_use(as_koen):
    with transaction():
        row = training.ask(TrainingReason.ASKED, by=None, at=now())
    assert as_koen.post(f"/classifier/versions/{row.id}/promotion").status_code == 422


# --- what it may route alone ----------------------------------------------------------------


@pytest.fixture
def in_use(candidate) -> ModelVersion:
    with transaction():
        promotion.promote(str(candidate.version), by=None, at=now())
    return candidate


def test_the_slider_says_what_a_precision_would_mean(as_koen, in_use):
    page = words(as_koen.get("/classifier/offer?precision=90").text)
    assert re.search(r"from 90\.0.% precision on: \d+.% of contacts", page)
    assert "expect more errors" in page
    assert "90.0" in as_koen.get("/classifier/?precision=90").text


def test_a_precision_is_saved_holds_at_once_and_is_taken_back(as_koen, in_use, house):
    engine = routing.engine()
    assert engine is not None
    own = engine.thresholds.auto
    as_koen.post("/classifier/cuts", data={"precision": "80"})
    assert cuts.chosen()["version"] == in_use.version
    house.write(amelie, "Je voudrais un report de mes cotisations.")
    assert engine.thresholds.auto == cuts.chosen()["auto"]
    as_koen.post("/classifier/cuts/withdrawal")
    house.write(amelie, "Je voudrais connaître ma pension.")
    assert engine.thresholds.auto == own
    assert audited()[-2:] == ["classifier.cuts_chosen", "classifier.cuts_let_go"]


@pytest.mark.parametrize("typed", ["", "abc", "79", "100", "nan", "inf"])
def test_a_precision_that_is_none_changes_nothing(as_koen, in_use, typed):
    assert as_koen.post("/classifier/cuts", data={"precision": typed}).status_code == 422
    assert cuts.chosen() == {}


# --- drift ----------------------------------------------------------------------------------


def test_a_shift_is_told_on_the_page_and_to_those_who_lead(as_koen, app):
    at = now()
    with transaction():
        drift.look(at)
        seen = drift.standing(at)
        assert seen is not None
        for one in seen["signals"]:
            if one["name"] == "other":
                one |= {"today": 0.4, "week": 0.3, "before": 0.1, "alarm": "week"}
        Setting.write(drift.KEY, seen)
    page = words(as_koen.get("/classifier/").text)
    assert "no topic stands for" in page
    assert "Other / unclear" in words(as_koen.get("/screening/").text)


def test_what_was_seen_long_ago_alarms_nobody(app):
    at = now()
    with transaction():
        drift.look(at)
    assert drift.standing(at + timedelta(days=2)) is None
    assert drift.alarms(at + timedelta(days=2)) == []
