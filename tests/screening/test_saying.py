"""Known problem, say this: who writes it, who approves it, and that a draft is shown to nobody."""

import re
from datetime import timedelta

import pytest

from models import saying
from models.base import db, now, transaction
from models.event import Event
from models.problem import Problem, ProblemState
from models.saying import Overtaken, TooLong, spoken
from models.user import User
from tests.people import Browser
from tests.screening.conftest import Morning
from triage.demo import story

FRIDAY = {
    "fr": "Les paiements de mai partent ce vendredi.",
    "nl": "De betalingen van mei vertrekken vrijdag.",
}


def seen(problem: Problem) -> int:
    last = saying.last_change(problem)
    return last.id if last else 0


def approved(problem: Problem, by: User, texts: dict[str, str] = FRIDAY) -> Problem:
    with transaction():
        saying.write(problem, texts, by=by, seen=seen(problem), at=now())
        saying.approve(problem, in_mail=True, by=by, seen=seen(problem), at=now())
    return problem


def kinds(problem: Problem) -> list[str]:
    events = db.session.scalars(Event.of_problem(problem.id))
    return [event.kind.partition("_")[2] for event in events if "sentence" in event.kind]


def panel(page: str) -> str:
    found = re.search(r'<section class="panel saying".*?</section>', page, re.S)
    assert found is not None
    return found[0]


# --- what it is -----------------------------------------------------------------------------


def test_a_draft_is_said_to_nobody_until_it_is_approved(morning: Morning, koen: User) -> None:
    problem = morning.problem
    with transaction():
        assert saying.write(problem, FRIDAY, by=koen, at=now())
    assert spoken(problem) == {}
    with transaction():
        saying.approve(problem, in_mail=False, by=koen, seen=seen(problem), at=now())
    assert spoken(problem) == FRIDAY
    assert saying.missing(problem) == ["de", "en"]


def test_a_change_takes_the_approval_away_for_mails_too(morning: Morning, koen: User) -> None:
    problem = approved(morning.problem, koen)
    with transaction():
        saying.write(problem, FRIDAY | {"nl": "Maandag."}, by=koen, seen=seen(problem), at=now())
    assert spoken(problem) == {}
    assert (problem.sentence_at, problem.sentence_by_id) == (None, None)
    assert not problem.sentence_in_mail


def test_the_same_words_again_change_nothing(morning: Morning, koen: User) -> None:
    problem = approved(morning.problem, koen)
    before = seen(problem)
    assert not saying.write(problem, {"fr": f" {FRIDAY['fr']}\n", **FRIDAY}, by=koen, at=now())
    assert spoken(problem) == FRIDAY
    assert seen(problem) == before


def test_undoing_a_change_brings_the_approval_back(morning: Morning, koen: User) -> None:
    problem = approved(morning.problem, koen)
    at = problem.sentence_at
    with transaction():
        saying.write(problem, {"fr": "Jamais."}, by=koen, seen=seen(problem), at=now())
        saying.undo(problem, seen(problem), by=koen, at=now())
    assert spoken(problem) == FRIDAY
    assert (problem.sentence_at, problem.sentence_in_mail) == (at, True)
    assert kinds(problem) == ["written", "approved", "written", "undone"]


def test_only_the_last_change_is_undone_and_undoing_once(morning: Morning, koen: User) -> None:
    problem = approved(morning.problem, koen)
    events = list(db.session.scalars(Event.of_problem(problem.id)))
    with pytest.raises(Overtaken):
        saying.undo(problem, events[-2].id, by=koen, at=now())
    with transaction():
        saying.undo(problem, seen(problem), by=koen, at=now())
    assert spoken(problem) == {}
    with pytest.raises(Overtaken):
        saying.undo(problem, seen(problem), by=koen, at=now())


def test_nobody_approves_words_that_he_has_not_seen(morning: Morning, koen: User) -> None:
    problem = morning.problem
    with transaction():
        saying.write(problem, FRIDAY, by=koen, at=now())
        looked_at = seen(problem)
        saying.write(problem, {"fr": "Jamais."}, by=koen, seen=looked_at, at=now())
    with pytest.raises(Overtaken):
        saying.approve(problem, in_mail=False, by=koen, seen=looked_at, at=now())
    assert spoken(problem) == {}


def test_300_characters_and_no_more(morning: Morning, koen: User) -> None:
    with transaction():
        assert saying.write(morning.problem, {"fr": "a" * 300}, by=koen, at=now())
    with pytest.raises(TooLong) as long:
        saying.write(
            morning.problem, {"nl": "a" * 301}, by=koen, seen=seen(morning.problem), at=now()
        )
    assert long.value.language == "nl"


@pytest.mark.parametrize("state", saying.SILENT)
def test_what_is_over_is_no_longer_said(morning: Morning, koen: User, state: ProblemState) -> None:
    problem = approved(morning.problem, koen)
    problem.state = state.value
    assert spoken(problem) == {}


def test_mails_say_it_for_a_week_and_after_a_new_approval_again(
    morning: Morning, koen: User
) -> None:
    problem = approved(morning.problem, koen)
    later = now() + saying.MAIL_FOR
    assert saying.spoken_in_mail(problem, later - timedelta(hours=1)) == FRIDAY
    assert saying.spoken_in_mail(problem, later) == {}
    assert spoken(problem) == FRIDAY
    with transaction():
        saying.approve(problem, in_mail=True, by=koen, seen=seen(problem), at=later)
    assert saying.spoken_in_mail(problem, later) == FRIDAY


def test_the_present_board_is_asked_for_thing_symptom_and_topic(
    morning: Morning, koen: User, found
) -> None:
    problem = approved(morning.problem, koen)
    draft = found()
    day = morning.day
    assert saying.said_about("payment", "not_received", "bridging_right", day) == [problem]
    assert draft not in saying.said_about("payment", "not_received", "bridging_right", day)
    assert saying.said_about("payment", "not_received", "deferral", day) == []
    assert saying.said_about("payment", "late", "bridging_right", day) == []


def test_a_problem_of_which_something_is_said_is_not_founded_anew(
    morning: Morning, koen: User
) -> None:
    assert not morning.problem.touched
    approved(morning.problem, koen)
    assert morning.problem.touched


def test_the_demo_shows_a_sentence_in_three_languages(morning: Morning, koen: User) -> None:
    with transaction():
        story.watch(koen, now())
    assert spoken(morning.problem) == story.WHAT_TO_SAY
    assert all(len(text) <= saying.LONGEST for text in story.WHAT_TO_SAY.values())


# --- on the page ----------------------------------------------------------------------------


def test_a_manager_writes_approves_and_takes_back(
    client: Browser, koen: User, morning: Morning
) -> None:
    client.sign_in(koen)
    url = morning.url("sentence")
    assert client.post(url, data={**FRIDAY, "seen": 0}).status_code == 303
    part = panel(client.get(url).text)
    assert FRIDAY["fr"] in part and "draft" in part
    assert "Missing: German, English" in part
    number = seen(morning.problem)
    client.post(f"{url}/approval", data={"seen": number, "in_mail": "1"})
    part = panel(client.get(url).text)
    assert (
        "Approved by Koen Wouters" in part
        and "receipts say it where the case is sure, until" in part
    )
    client.post(f"{url}/changes/{seen(morning.problem)}/withdrawal")
    assert spoken(db.session.merge(morning.problem)) == {}


def test_keeping_and_approving_is_one_click(client: Browser, koen: User, morning: Morning) -> None:
    client.sign_in(koen)
    client.post(morning.url("sentence"), data={**FRIDAY, "seen": 0, "approve": "1"})
    db.session.expire_all()
    assert spoken(morning.problem) == FRIDAY
    assert not morning.problem.sentence_in_mail


def test_an_agent_sees_no_draft_and_changes_nothing(
    client: Browser, nadia: User, koen: User, morning: Morning
) -> None:
    with transaction():
        saying.write(morning.problem, FRIDAY, by=koen, at=now())
    client.sign_in(nadia)
    url = morning.url("sentence")
    for page in (url, morning.url()):
        assert FRIDAY["fr"] not in client.get(page).text
    number = seen(morning.problem)
    assert client.post(url, data={"fr": "Autre.", "seen": number}).status_code == 403
    assert client.post(f"{url}/approval", data={"seen": number}).status_code == 403
    db.session.expire_all()
    with transaction():
        saying.approve(morning.problem, in_mail=False, by=koen, seen=number, at=now())
    part = panel(client.get(url).text)
    assert FRIDAY["fr"] in part
    assert "<form" not in part


def test_what_is_too_long_or_overtaken_is_said_and_nothing_typed_is_lost(
    client: Browser, koen: User, morning: Morning
) -> None:
    client.sign_in(koen)
    url = morning.url("sentence")
    long = client.post(url, data={"fr": "b" * 301, "seen": 0})
    assert long.status_code == 422 and "b" * 301 in long.text and "French" in long.text
    client.post(url, data={**FRIDAY, "seen": 0})
    late = client.post(url, data={"fr": "Plus tard.", "seen": 0})
    assert late.status_code == 409 and "Plus tard." in late.text
    nothing = client.post(morning.url("sentence", "approval"), data={"seen": 0})
    assert nothing.status_code == 409


def test_a_sentence_cannot_bring_markup(client: Browser, koen: User, morning: Morning) -> None:
    approved(morning.problem, koen, {"fr": "<b onclick=x>Vendredi</b>"})
    client.sign_in(koen)
    page = client.get(morning.url("sentence")).text
    assert "<b onclick" not in page
    assert "&lt;b onclick" in page
