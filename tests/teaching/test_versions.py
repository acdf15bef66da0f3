"""The classifier's pages: a manager sees how good it is, trains, compares, promotes, goes back."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from classifiers import store
from models.audit import Audit
from models.base import db, now, transaction
from models.calendar import business_day
from models.model_version import ModelVersion, Promotion, TrainingReason
from models.settings import Setting
from models.watch import Watched
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


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("its process was killed by SIGKILL", "memory ran short"),
        ("its process ended with status 1", "those who look after the installation"),
        ("it gave no sign of life for a minute", "the machine stood still"),
        ("at least two topics are needed", "too little to learn from"),
    ],
)
def test_what_went_wrong_is_told_with_what_to_do(as_koen, fault, told):
    with transaction():
        row = training.ask(TrainingReason.ASKED, by=None, at=now())
        row.begin(now())
        row.fail(fault, now())
    page = as_koen.get("/classifier/").text
    assert told in words(page)
    assert fault not in page
    assert '<tr class="current">' not in page, "it never was in use"


def test_the_state_in_the_table_goes_with_the_bar(as_koen):
    as_koen.post("/classifier/trainings")
    row = ModelVersion.open()
    assert row is not None
    assert f'<span id="state-of-{row.id}">asked for</span>' in as_koen.get("/classifier/").text
    with transaction():
        row.begin(now())
    polled = as_koen.get("/classifier/trainings").text
    assert f'<span id="state-of-{row.id}" hx-swap-oob="true">is learning</span>' in polled


def test_while_the_first_model_is_learned_nobody_is_sent_to_a_command_line(as_koen, settings):
    models = settings.data_dir / "models"
    for version in store.kept(models):
        store.remove(models, version)
    (models / store.CURRENT).unlink()
    assert "“Learn now” makes one" in words(as_koen.get("/classifier/").text)
    as_koen.post("/classifier/trainings")
    page = words(as_koen.get("/classifier/").text)
    assert "It is being learned" in page
    assert "About a minute" in page
    assert "triage train" not in page


def test_files_that_are_gone_are_an_alarm_with_a_way_back(as_koen, in_use, monkeypatch):
    promotion.models_directory().joinpath(str(in_use.version)).rename(
        promotion.models_directory() / ".away"
    )
    page = words(as_koen.get("/classifier/").text)
    assert "its files are gone" in page
    assert "Go back to another version below" in page
    assert "There is no model yet" not in page
    assert "in use, but damaged" in page
    assert str(promotion.models_directory()) not in page


def test_files_that_are_damaged_while_it_works_are_told_without_a_path(as_koen, in_use):
    as_koen.get("/classifier/")
    harmed(promotion.models_directory() / str(in_use.version) / store.ARRAYS, "cut")
    page = words(as_koen.get("/classifier/").text)
    assert "its files are not as they were when it was trained" in page
    assert "go on with it until they are started again" in page
    assert "arrays.npz" not in page


def test_a_version_that_took_the_place_of_a_damaged_one_says_so(as_koen, in_use):
    harmed(promotion.models_directory() / str(in_use.version) / store.ARRAYS, "cut")
    with transaction():
        assert promotion.fall_back(at=now()) is not None
    page = words(as_koen.get("/classifier/").text)
    assert "by itself, because the one before could not be used" in page
    assert "damaged" not in page


def test_the_health_page_leads_to_what_can_be_done(client, in_use, ada):
    client.sign_in(ada)
    assert "What to do" not in client.get("/admin/health").text
    harmed(promotion.models_directory() / str(in_use.version) / store.ARRAYS, "cut")
    page = client.get("/admin/health").text
    assert "the one that is loaded goes on" in page
    assert re.search(r'<a href="/classifier/">What to do</a>', page)
    assert f"No. {in_use.id}" in page


def test_who_goes_back_from_a_version_without_files_is_told_that_it_was_done(
    as_koen, in_use, candidate
):
    first = next(one.version for one in Promotion.shown(9) if one.version != in_use.version)
    old = ModelVersion.of(first)
    assert old is not None
    promotion.models_directory().joinpath(str(in_use.version)).rename(
        promotion.models_directory() / ".away"
    )
    answer = as_koen.post(f"/classifier/versions/{old.id}/promotion")
    assert "Put to use." in words(as_koen.get(answer.headers["Location"]).text)


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


def test_labels_that_cannot_compare_are_counted_and_explained(as_koen, house, candidate, in_use):
    house.write(amelie, "Où en est mon droit passerelle ?")
    corrected(house, joris, "Waar blijft mijn overbruggingsrecht?", "pension")
    with transaction():
        other = ModelVersion.ask(TrainingReason.ASKED, by=None, at=now())
        other.learned("0123456789ab", {}, candidate.figures, now())
    page = words(as_koen.get(f"/classifier/versions/{other.id}").text)
    assert "People have labelled 1 contact since" in page
    assert "No contact has been corrected" not in page


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
    assert "It cannot be put to use: its files are" in words(answer.text)
    assert str(promotion.models_directory()) not in answer.text
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


def test_the_box_and_the_sentence_write_the_number_alike(as_koen, in_use, koen):
    with transaction():
        koen.language = "fr"
    page = unescape(as_koen.get("/classifier/?precision=95").text)
    assert 'value="95,0"' in page
    assert "95,0\xa0%" in page


def offered(precision: float, share: float, wrong: float) -> dict[str, Any]:
    told = {"precision": precision, "share": share, "wrong": wrong, "halves": True}
    return told | {"auto": precision, "of_topic": {}}


def test_what_is_asked_for_is_kept_on_texts_that_did_not_choose_the_limits():
    offers = [offered(0.95, 0.44, 0.069), offered(0.96, 0.41, 0.049), offered(0.97, 0.3, 0.038)]
    found = {"all": {"rows": 300, "offers": offers}}
    kept = cuts.offer(found, 0.95)
    assert kept is not None
    assert (kept["precision"], kept["share"], kept["wrong"]) == (0.95, 0.41, 0.049)
    never = cuts.offer(found, 0.97)
    assert never is not None
    assert (never["share"], never["wrong"]) == (0.0, 0.0)
    assert never["auto"] > 1
    assert cuts.offer({}, 0.95) is None


def test_a_precision_that_nothing_keeps_is_said_so(as_koen, in_use):
    with transaction():
        everything = in_use.figures["all"] | {"offers": [offered(0.995, 0.2, 0.2)]}
        in_use.figures = {**in_use.figures, "all": everything}
    page = words(as_koen.get("/classifier/offer?precision=95").text)
    assert "it routes nothing alone" in page


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


def test_a_house_that_has_just_begun_is_told_that_it_is_too_early(as_koen, monkeypatch):
    today = business_day(now())
    week = [Watched(today - timedelta(days=ago), 100, 40, 10, 60.0, 40.0, 5, 1) for ago in range(7)]
    past = [
        Watched(today - timedelta(days=ago), 100, 5, 60, 90.0, 82.0, 5, 1) for ago in range(7, 20)
    ]
    monkeypatch.setattr(drift, "watched", lambda first, last: [*reversed(past), *reversed(week)])
    with transaction():
        drift.look(now())
    assert drift.alarms(now()) == []
    assert "It is too early to say" in words(as_koen.get("/classifier/").text)
    past += [
        Watched(today - timedelta(days=ago), 100, 5, 60, 90.0, 82.0, 5, 1) for ago in range(20, 35)
    ]
    with transaction():
        drift.look(now())
    assert "other" in [signal.name for signal, _ in drift.alarms(now())]


def test_a_shift_is_told_on_the_page_and_to_those_who_lead(as_koen, app, ada, koen):
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
    assert "To the review list" in page
    as_koen.sign_in(ada)
    page = words(as_koen.get("/classifier/").text)
    assert "Managers and supervisors can do that." in page
    assert "To the review list" not in page
    as_koen.sign_in(koen)
    assert "Other / unclear" in words(as_koen.get("/screening/").text)


def test_what_was_seen_long_ago_alarms_nobody(app):
    at = now()
    with transaction():
        drift.look(at)
    assert drift.standing(at + timedelta(days=2)) is None
    assert drift.alarms(at + timedelta(days=2)) == []
