"""A topic in a minute: its names, its examples, its training, and how it ends."""

from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from classifiers import starter
from classifiers.engine import Example
from models.base import db, now, transaction
from models.contact import Contact
from models.lesson import Lesson
from models.model_version import ModelVersion, TrainingReason, TrainingState
from models.placing import place, unplace
from models.problem import Problem
from models.team import Team
from models.topic import Topic
from models.user import User
from tests.people import Browser, House, amelie, emily, frieda, joris
from triage import learning, lessons, routing
from triage.application import Passerelle
from triage.teaching import topics

FLOOD = {
    "name-nl": "Watersnoodpremie",
    "answer_days": "2",
    "examples": "Mijn atelier staat onder water, krijg ik de watersnoodpremie?\n"
    "Mon atelier est inondé, ai-je droit à la prime d'inondation ?\n"
    "Meine Werkstatt ist überschwemmt, gibt es die Flutprämie?\n"
    "\n"
    "Is there a flood premium, my workshop was flooded last night?",
    "seeds-nl": "overstroming, watersnood",
    "seeds-fr": "inondation",
}


@pytest.fixture
def as_koen(client: Browser, koen: User) -> Browser:
    client.sign_in(koen)
    return client


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A product that comes with few texts: a training takes a second."""
    few = [row for row in starter.starter() if row.topic in {"deferral", "pension", "file_admin"}]

    def invented(used: Any) -> Iterator[Example]:
        return iter(few[:90])

    monkeypatch.setattr(lessons, "_invented", invented)


def team_id(slug: str = "bridging") -> int:
    found = db.session.scalar(Team.by_slug(slug))
    assert found is not None
    return found.id


def begin(browser: Browser, **form: Any) -> Topic:
    answer = browser.post("/classifier/topics", data=FLOOD | {"team": team_id()} | form)
    assert answer.status_code == 303, unescape(answer.text)
    db.session.expire_all()
    found = Topic.named(answer.location.rpartition("/")[2])
    assert found is not None
    return found


def lessons_of(topic: Topic) -> list[Lesson]:
    return list(db.session.scalars(Lesson.of_topic(topic.id)))


def train(app: Passerelle) -> str:
    row = ModelVersion.open()
    assert row is not None
    with transaction():
        row.begin(now())
    version = learning.carry_out(app, row.id, use_encoder=False)
    db.session.expire_all()
    return version


# --- a new one ------------------------------------------------------------------------------


def test_one_name_a_team_and_a_few_lines_make_a_topic(as_koen: Browser, koen: User) -> None:
    topic = begin(as_koen)
    assert topic.id == "watersnoodpremie"
    assert topic.names == {"nl": "Watersnoodpremie"}
    assert (topic.answer_days, topic.restricted, topic.active) == (2, False, True)
    assert topic.seed_words == {"fr": ["inondation"], "nl": ["overstroming", "watersnood"]}
    assert [lesson.language for lesson in lessons_of(topic)] == ["nl", "fr", "de", "en"]
    assert {lesson.by_id for lesson in lessons_of(topic)} == {koen.id}


def test_its_training_is_asked_for_at_once(as_koen: Browser, koen: User) -> None:
    topic = begin(as_koen)
    asked = ModelVersion.open()
    assert asked is not None
    assert (asked.reason, asked.state) == (TrainingReason.TOPIC, TrainingState.ASKED)
    assert asked.asked_by_id == koen.id
    page = as_koen.get(f"/classifier/topics/{topic.id}").text
    assert "The training begins in a moment." in page
    assert "does not know it yet" in page
    assert "hx-trigger" in page


def test_people_can_choose_it_before_any_model_knows_it(as_koen: Browser, house: House) -> None:
    contact = house.write(amelie, "Mon atelier est inondé.")
    topic = begin(as_koen)
    number = house.ticket(contact).number
    assert f'value="{topic.id}"' in as_koen.get(f"/desk/tickets/{number}").text
    answer = as_koen.post(f"/desk/tickets/{number}/topic", data={"topic": topic.id})
    assert answer.status_code == 302
    db.session.expire_all()
    assert house.ticket(contact).topic_id == topic.id


def test_once_trained_it_is_in_use_and_can_be_tried(
    app: Passerelle, as_koen: Browser, small: None
) -> None:
    topic = begin(as_koen)
    version = train(app)
    model = routing.engine()
    assert model is not None and model.version == version
    page = unescape(as_koen.get(f"/classifier/topics/{topic.id}").text)
    assert "of 4 texts found by a model that had never seen them" in page
    assert "Too few examples to say how well it is found" in page
    assert "right where it says so" not in page
    said = {"text": "Mijn werkplaats staat onder water, bestaat er een watersnoodpremie?"}
    answer = as_koen.post(
        f"/classifier/topics/{topic.id}/trial", data=said, headers={"HX-Request": "true"}
    ).text
    assert "Watersnoodpremie" in answer and "<html" not in answer
    whole = as_koen.post(f"/classifier/topics/{topic.id}/trial", data=said).text
    assert "Watersnoodpremie" in whole and "<html" in whole
    assert db.session.scalar(select(Contact)) is None


def test_its_growth_is_told_from_version_to_version_once_there_are_enough(
    app: Passerelle, as_koen: Browser, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topics, "YOUNG", 5)
    topic = begin(as_koen)
    train(app)
    more = "\n".join(f"Mon {place} est sous eau, et la prime ?" for place in ("dépôt", "bureau"))
    as_koen.post(f"/classifier/topics/{topic.id}/lessons", data={"examples": more})
    as_koen.post(f"/classifier/topics/{topic.id}/training")
    train(app)
    page = unescape(as_koen.get(f"/classifier/topics/{topic.id}").text)
    assert "with 4 texts" in page and "with 6 texts" in page
    assert "right where it says so" in page


def test_each_topic_says_with_how_many_texts_it_came(as_koen: Browser) -> None:
    page = unescape(as_koen.get("/classifier/topics").text)
    pensions = sum(row.topic == "pension" for row in starter.starter())
    assert pensions > 100
    assert f'data-label="Texts that came with the product">{pensions}</td>' in page
    assert "not measured yet" in page and "—" not in page.partition("<tbody>")[2]


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({"name-nl": ""}, "at least one language"),
        ({"team": ""}, "which team"),
        ({"answer_days": "0"}, "1 to 60"),
        ({"examples": "", "seeds-nl": "", "seeds-fr": ""}, "an example or a seed word"),
        ({"name-en": "bridging RIGHT"}, "of this name already"),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_stays(
    as_koen: Browser, form: dict[str, str], why: str
) -> None:
    answer = as_koen.post("/classifier/topics", data=FLOOD | {"team": team_id()} | form)
    page = unescape(answer.text)
    assert answer.status_code == 422 and why in page
    if "examples" not in form:
        assert "Mijn atelier staat onder water" in page
    assert ModelVersion.open() is None
    assert Topic.named("watersnoodpremie") is None


def test_names_and_numbers_typed_by_mistake_are_taken_out(as_koen: Browser) -> None:
    topic = begin(as_koen, examples="Mon numéro est 85.07.30-033.28, suis-je couvert ?")
    assert "85.07.30" not in lessons_of(topic)[0].text


# --- from a problem -------------------------------------------------------------------------


@pytest.fixture
def problem(house: House) -> Problem:
    """Amélie, Joris and Frieda have the same trouble; so has somebody who is ill."""
    contacts = [
        house.write(amelie, "Mon atelier est inondé. Amélie Dujardin, 85.07.30-033.28"),
        house.write(joris, "Mijn werkplaats staat blank, krijg ik iets?"),
        house.write(emily, "My studio was flooded last night, is there help?"),
        house.write(frieda, "Seit der Flut liege ich im Krankenhaus."),
    ]
    at = now()
    with transaction():
        contacts[3].topic_id = house.ticket(contacts[3]).topic_id = "incapacity"
        made = Problem(thing="form", first_seen_at=at, last_seen_at=at, founded_on=at.date())
        db.session.add(made)
        db.session.flush()
        for contact in contacts:
            unplace(contact.id, at)
            db.session.flush()
            place(contact.id, made, score=1.0, reason={"why": "engine"}, at=at)
    return made


def test_a_problems_page_leads_to_a_new_topic(as_koen: Browser, problem: Problem) -> None:
    page = as_koen.get(f"/screening/problems/{problem.number}").text
    assert f"/classifier/topics/new?problem={problem.number}" in page


def test_its_contacts_are_offered_masked_and_none_about_health(
    as_koen: Browser, problem: Problem
) -> None:
    page = unescape(as_koen.get(f"/classifier/topics/new?problem={problem.number}").text)
    assert "Mon atelier est inondé" in page and "Mijn werkplaats staat blank" in page
    for hidden in ("Dujardin", "85.07.30", "Krankenhaus"):
        assert hidden not in page.split('<form class="panel"')[1]


def test_a_problem_brings_examples_of_each_language_its_words_and_its_team(
    as_koen: Browser, problem: Problem, house: House
) -> None:
    with transaction():
        problem.terms = {"fr": ["inonde", "atelier"], "nl": ["blank"]}
        for contact in all_contacts():
            house.ticket(contact).team_id = house.koen.team_ids[0]
    page = as_koen.get(f"/classifier/topics/new?problem={problem.number}").text
    form = page.split('<form class="panel"')[1]
    assert form.count('name="keep"') == form.count(" checked>") == 3
    assert 'value="inonde, atelier"' in form and 'value="blank"' in form
    assert f'<option value="{house.koen.team_ids[0]}" selected>' in form


def test_only_what_was_ticked_becomes_an_example_as_it_was_cut(
    as_koen: Browser, problem: Problem
) -> None:
    ids = {contact.channel + str(contact.client_id): contact.id for contact in all_contacts()}
    first, second = sorted(ids.values())[:2]
    topic = begin(
        as_koen,
        problem=problem.number,
        keep=[str(first), str(sorted(ids.values())[3])],
        examples="",
        **{f"text-{first}": "Mon atelier est inondé. 85.07.30-033.28", f"text-{second}": "x"},
    )
    (lesson,) = lessons_of(topic)
    assert lesson.contact_id == first and lesson.language == "fr"
    assert "Mon atelier est inondé" in lesson.text and "85.07.30" not in lesson.text


def test_they_may_also_teach_a_topic_that_there_is_already(
    as_koen: Browser, problem: Problem
) -> None:
    page = as_koen.get(f"/classifier/topics/new?problem={problem.number}").text
    path = f"/classifier/topics/other_support?problem={problem.number}"
    assert f'href="{path}#lessons"' in page
    assert "Mon atelier est inondé" in as_koen.get(path).text
    first = min(contact.id for contact in all_contacts())
    as_koen.post(
        "/classifier/topics/other_support/lessons",
        data={"problem": problem.number, "keep": [str(first)]},
    )
    support = Topic.named("other_support")
    assert support is not None
    assert [lesson.contact_id for lesson in lessons_of(support)] == [first]
    private = as_koen.get(f"/classifier/topics/incapacity?problem={problem.number}").text
    assert "Mon atelier est inondé" not in private


def test_of_a_restricted_topic_no_contact_becomes_an_example(
    as_koen: Browser, problem: Problem
) -> None:
    ids = sorted(contact.id for contact in all_contacts())
    topic = begin(as_koen, problem=problem.number, keep=[str(ids[0])], restricted="1")
    assert topic.restricted
    assert {lesson.contact_id for lesson in lessons_of(topic)} == {None}


def all_contacts() -> list[Contact]:
    return list(db.session.scalars(select(Contact).order_by(Contact.id)))


# --- an existing one ------------------------------------------------------------------------


def test_examples_are_added_withdrawn_and_put_back(as_koen: Browser) -> None:
    page = "/classifier/topics/deferral"
    as_koen.post(f"{page}/lessons", data={"examples": "Puis-je payer plus tard ?\nKan het later?"})
    deferral = Topic.named("deferral")
    assert deferral is not None
    first, second = lessons_of(deferral)
    assert ModelVersion.open() is None
    answer = as_koen.post(f"{page}/lessons/{first.id}/withdrawal")
    assert "return" in as_koen.get(answer.location).text
    db.session.expire_all()
    assert lessons_of(deferral) == [second]
    as_koen.post(f"{page}/lessons/{first.id}/return")
    db.session.expire_all()
    assert lessons_of(deferral) == [first, second]


def test_an_example_of_another_topic_is_not_found_here(as_koen: Browser, koen: User) -> None:
    with transaction():
        deferral = Topic.named("deferral")
        assert deferral is not None
        lesson = Lesson.teach(deferral, "Puis-je payer plus tard ?", "fr", by=koen, at=now())
    assert lesson is not None
    answer = as_koen.post(f"/classifier/topics/pension/lessons/{lesson.id}/withdrawal")
    assert answer.status_code == 404


def test_missing_names_are_pointed_out_and_may_follow(as_koen: Browser) -> None:
    topic = begin(as_koen)
    page = f"/classifier/topics/{topic.id}"
    assert "FR, DE, EN" in as_koen.get(page).text
    as_koen.post(page, data={"name-nl": "Watersnoodpremie", "name-fr": "Prime d'inondation"})
    db.session.expire_all()
    assert topic.name("fr") == "Prime d'inondation"
    assert "no name in DE, EN" in as_koen.get(page).text


def test_what_was_taught_can_be_learned_at_once(as_koen: Browser) -> None:
    as_koen.post("/classifier/topics/deferral/lessons", data={"examples": "Puis-je payer après ?"})
    as_koen.post("/classifier/topics/deferral/training")
    asked = ModelVersion.open()
    assert asked is not None and asked.reason == TrainingReason.TOPIC


def test_a_retired_topic_is_no_longer_offered_and_its_contacts_keep_it(
    as_koen: Browser, house: House
) -> None:
    contact = house.write(amelie, "Puis-je reporter le paiement de ma cotisation ?")
    number = house.ticket(contact).number
    as_koen.post(f"/desk/tickets/{number}/topic", data={"topic": "deferral"})
    as_koen.post("/classifier/topics/deferral/retirement")
    db.session.expire_all()
    assert contact.topic_id == "deferral" == house.ticket(contact).topic_id
    page = as_koen.get(f"/desk/tickets/{number}").text
    assert '<option value="deferral"' not in page and 'value="deferral" data-key' not in page
    later = house.write(joris, "Mag ik mijn bijdrage later betalen? Ik vraag uitstel.")
    assert later.topic_id != "deferral"
    assert later.decision == "human"
    as_koen.post("/classifier/topics/deferral/retirement/withdrawal")
    db.session.expire_all()
    deferral = Topic.named("deferral")
    assert deferral is not None and deferral.active


def test_other_is_always_needed(as_koen: Browser) -> None:
    assert as_koen.post("/classifier/topics/other/retirement").status_code == 400


def test_all_topics_stand_in_a_list_with_what_they_were_taught(as_koen: Browser) -> None:
    topic = begin(as_koen)
    page = unescape(as_koen.get("/classifier/topics").text)
    assert page.index("Watersnoodpremie") < page.index("Pension")
    assert f"/classifier/topics/{topic.id}" in page


@pytest.mark.parametrize("path", ["deferral/request", "nonsense", "deferral%2Frequest"])
def test_what_is_no_topic_has_no_page(as_koen: Browser, path: str) -> None:
    assert as_koen.get(f"/classifier/topics/{path}").status_code == 404
