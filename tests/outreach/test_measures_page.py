"""The pages of the measures: everybody who works reads them, whoever leads writes them."""

import re
from datetime import date, timedelta
from typing import Any

import pytest

from models import measure_change
from models.base import db, now, transaction
from models.calendar import business_day
from models.event import Event
from models.measure import Measure, MeasureVersion
from models.measure_question import MeasureQuestion
from models.problem import Occurrence, Problem
from tests.people import Browser, House, amelie, joris
from triage.outreach.standing import everything

PAGE = "/outreach/measures/exemption"


@pytest.fixture
def koen(house: House, client: Browser) -> Browser:
    client.sign_in(house.koen)
    return client


@pytest.fixture
def nadia(house: House, client: Browser) -> Browser:
    client.sign_in(house.nadia)
    return client


def measure(code: str = "exemption") -> Measure:
    db.session.expire_all()
    found = Measure.coded(code)
    assert found is not None
    return found


def newest(code: str = "exemption") -> MeasureVersion:
    return measure_change.newest_of(measure(code).id)


def filled(page: str) -> dict[str, Any]:
    """What a browser would send of the form as it stands."""
    form = page[page.index('class="measure-form"') :]
    sent: dict[str, Any] = {}
    for name, value in re.findall(r'<input[^>]*? name="([^"]+)"[^>]*? value="([^"]*)"', form):
        sent[name] = value
    for name, value in re.findall(r'<textarea[^>]*? name="([^"]+)"[^>]*>([^<]*)</textarea>', form):
        sent[name] = value
    for name, body in re.findall(r'<select[^>]*? name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.findall(r'<option value="([^"]*)" selected', body)
        sent[name] = chosen if name == "applies_to" else (chosen or [""])[0]
    for box in re.findall(r'<input class="form-check-input"[^>]*>', form):
        name = re.search(r'name="([^"]+)"', box)
        assert name is not None
        sent.pop(name[1], None)
        if " checked" in box:
            sent[name[1]] = "1"
    plain = {name: unescaped(value) for name, value in sent.items() if isinstance(value, str)}
    return sent | plain


def unescaped(text: str) -> str:
    for sign, written in (("'", "&#39;"), ('"', "&#34;"), ("&", "&amp;")):
        text = text.replace(written, sign)
    return text


def form_of(client: Browser, code: str = "exemption") -> dict[str, Any]:
    return filled(client.get(f"/outreach/measures/{code}/edit").text)


def test_an_agent_reads_every_measure_and_changes_none(nadia):
    page = nadia.get("/outreach/measures").text
    assert "Exemption from contributions" in page
    assert "New measure" not in page
    one = nadia.get(PAGE).text
    assert "De beslissing" in one or "beslist het RSVZ" in one
    assert "Still right today" not in one
    assert "last verified" in one or "never verified" in one


def test_words_topic_and_state_narrow_the_list(nadia):
    found = nadia.get("/outreach/measures?q=overbruggingsrecht+quarantaine").text
    assert "Bridging right, pillar 3: quarantine or child care" in found
    assert '/outreach/measures/exemption"' not in found
    ended = nadia.get("/outreach/measures?topic=deferral&state=ended").text
    assert "One-year deferral, first quarter of 2022" in ended
    assert "common rules" not in ended
    assert "No measure like this." in nadia.get("/outreach/measures?q=zzzz").text


def test_deadlines_are_shown_for_the_quarters_around(nadia):
    page = nadia.get(PAGE).text
    today = business_day(now())
    assert f"Q1 {today.year}" in page
    assert "days left" in page


def test_saving_the_form_as_it_stands_changes_nothing_that_is_said(koen):
    before = measure_change.content(newest())
    answer = koen.post(f"{PAGE}/versions", data=form_of(koen) | {"change": "looked at it"})
    assert answer.status_code == 303
    assert newest().version == 2
    assert measure_change.content(newest()) == before
    assert newest().change == "looked at it"


def test_a_change_is_a_new_version_that_says_what_it_changed(koen, house):
    sent = form_of(koen) | {"answers-en": "Ask the institute.", "change": "shorter"}
    koen.post(f"{PAGE}/versions", data=sent)
    page = koen.get(PAGE).text
    assert "1 field changed" in page
    assert "Ask the institute." in page
    assert newest().author_id == house.koen.id
    event = db.session.query(Event).filter_by(kind="measure.revised").one()
    assert event.facts["changed"] == ["answers"]


def test_who_saves_over_something_newer_sees_the_difference_and_keeps_his_words(koen, house):
    sent = form_of(koen)
    koen.post(f"{PAGE}/versions", data=sent | {"answers-en": "Theirs."})
    late = koen.post(f"{PAGE}/versions", data=sent | {"answers-en": "Mine."})
    assert late.status_code == 409
    assert "Theirs." in late.text
    assert "Mine." in late.text
    assert newest().version == 2
    again = koen.post(f"{PAGE}/versions", data=filled(late.text))
    assert again.status_code == 303
    assert newest().answers["en"] == "Mine."


def test_a_version_for_a_day_to_come_waits(koen):
    later = business_day(now()) + timedelta(days=40)
    koen.post(f"{PAGE}/versions", data=form_of(koen) | {"valid_from": later.isoformat()})
    assert "until then agents read this one" in koen.get(PAGE).text
    today = MeasureVersion.applying("exemption", None, business_day(now()))
    assert [one.version for one in today if one.measure.code == "exemption"] == [1]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("valid_to", "2001-01-01", "It ends before it begins."),
        ("valid_to", "9999-12-31", "Write a day as 2026-06-30."),
        ("quarters", "2020-2", "Write quarters as 2026/2, 2026/3."),
        ("quarters", "9999/4", "Write quarters as 2026/2, 2026/3."),
        ("links-en", "Form | http://example.be", "Write a link as"),
        ("promise_days", "99", "A promise lies 1 to 60 working days ahead."),
        ("rule-0-on", "", "A computed deadline cannot be reckoned"),
    ],
)
def test_what_cannot_be_kept_is_said_and_nothing_typed_is_lost(koen, field, value, words):
    sent = form_of(koen) | {field: value, "answers-en": "Kept on the page."}
    if field == "rule-0-on":
        sent |= {"rule-0-quarters": "999"}
    answer = koen.post(f"{PAGE}/versions", data=sent)
    assert answer.status_code == 422
    assert words in answer.text
    assert "Kept on the page." in answer.text
    assert newest().version == 1


def test_the_preview_reads_as_the_client_would_and_keeps_nothing(koen):
    sent = form_of(koen) | {"answers-en": "Ask the institute.", "answers-de": ""}
    page = koen.post("/outreach/measures/preview", data=sent).text
    assert "Ask the institute." in page
    assert "missing in German" in page
    assert newest().version == 1
    wrong = koen.post("/outreach/measures/preview", data=sent | {"valid_from": "soon"}).text
    assert "Write a day as 2026-06-30." in wrong


def test_verifying_takes_one_key_and_can_be_undone(koen):
    review = (business_day(now()) + timedelta(days=60)).isoformat()
    sent = {"version": newest().id, "review_by": review}
    koen.post(f"{PAGE}/verification", data=sent)
    assert newest().confirmed
    assert newest().last_verified == business_day(now())
    assert newest().review_by == date.fromisoformat(review)
    assert "Undo" in koen.get(f"{PAGE}?undo=verification").text
    koen.post(f"{PAGE}/verification/undo")
    assert not newest().confirmed
    assert newest().last_verified is None


def test_verifying_what_somebody_has_just_changed_is_refused(koen):
    seen = newest().id
    koen.post(f"{PAGE}/versions", data=form_of(koen))
    assert koen.post(f"{PAGE}/verification", data={"version": seen}).status_code == 409
    assert newest().last_verified is None


def test_an_old_version_is_taken_back_as_a_new_one(koen):
    koen.post(f"{PAGE}/versions", data=form_of(koen) | {"answers-en": "Another."})
    before = koen.post(f"{PAGE}/versions/1/restoration", data={"seen": "1"})
    assert before.status_code == 409
    koen.post(f"{PAGE}/versions/1/restoration", data={"seen": "2"})
    assert newest().version == 3
    assert newest().answers["en"].startswith("Exemption is decided")


def test_a_retired_measure_leaves_the_list_of_what_holds_and_can_come_back(koen):
    koen.post(f"{PAGE}/retirement")
    states = {one.measure.code: str(one.state) for one in everything(business_day(now()))}
    assert states["exemption"] == "retired"
    koen.post(f"{PAGE}/retirement/undo")
    assert measure().retired_at is None


def test_a_new_measure_begins_like_an_earlier_one_and_opens_with_its_questions(koen, house):
    with transaction():
        MeasureQuestion.ask(measure(), {"en": "Does it count for my pension?"}, by=house.koen)
    sent = filled(koen.get("/outreach/measures/new?like=exemption").text)
    assert sent["topic"] == "exemption"
    assert "confirmed" not in sent
    made = koen.post(
        "/outreach/measures", data=sent | {"code": "exemption-2027", "names-fr": "Dispense 2027"}
    )
    assert made.headers["Location"] == "/outreach/measures/exemption-2027"
    page = koen.get("/outreach/measures/exemption-2027").text
    assert "Does it count for my pension?" in page
    assert "asked of an earlier measure" in page
    assert "no answer yet" in page
    again = koen.post(
        "/outreach/measures", data=sent | {"code": "exemption-2027", "names-fr": "Dispense 2027"}
    )
    assert "This short name is taken." in again.text


def test_a_question_is_asked_answered_moved_and_withdrawn(koen):
    koen.post(f"{PAGE}/questions", data={"question-en": "How long?", "question-fr": "Combien ?"})
    koen.post(f"{PAGE}/questions", data={"question-en": "How much?", "answer-en": "All of it."})
    assert koen.post(f"{PAGE}/questions", data={}).status_code == 422
    first, second = db.session.scalars(MeasureQuestion.of_measure(measure().id)).all()
    assert (first.texts["en"], second.answers) == ("How long?", {"en": "All of it."})
    koen.post(f"{PAGE}/questions/{first.id}/answer", data={"answer-en": "A month."})
    koen.post(f"{PAGE}/questions/{second.id}/place", data={"to": "up"})
    db.session.expire_all()
    standing = db.session.scalars(MeasureQuestion.of_measure(measure().id)).all()
    assert [one.id for one in standing] == [second.id, first.id]
    koen.post(f"{PAGE}/questions/{second.id}/withdrawal")
    page = koen.get(f"{PAGE}?undo=question&question={second.id}").text
    assert "Question withdrawn." in page
    assert "How much?" not in page
    koen.post(f"{PAGE}/questions/{second.id}/return")
    assert "How much?" in koen.get(PAGE).text


def test_a_known_problem_of_the_topic_becomes_a_question_in_four_languages(koen, house):
    with transaction():
        problem = Problem(
            thing="letter",
            symptom="late",
            topic_id="exemption",
            first_seen_at=now(),
            last_seen_at=now(),
            founded_on=business_day(now()),
        )
        db.session.add(problem)
        db.session.flush()
        for who in (amelie, joris):
            contact = house.call(who, "Attend sa décision de dispense.", by=house.koen)
            db.session.add(Occurrence(problem_id=problem.id, contact_id=contact.id, since=now()))
    assert "2 clients" in koen.get(PAGE).text
    koen.post(f"{PAGE}/questions/from/{problem.id}")
    made = db.session.scalars(MeasureQuestion.of_measure(measure().id)).one()
    assert made.asked == 2
    assert made.texts["fr"] != made.texts["nl"] != made.texts["de"]
    assert koen.post(f"{PAGE}/questions/from/{problem.id}").status_code == 409


def test_an_agent_may_write_nothing(nadia):
    for deed in ("verification", "retirement", "versions", "questions", "retirement/undo"):
        assert nadia.post(f"{PAGE}/{deed}").status_code == 403
    assert nadia.get(f"{PAGE}/edit").status_code == 403
    assert nadia.post("/outreach/measures").status_code == 403


def test_what_ends_soon_is_marked(koen, house):
    with transaction():
        present = newest()
        content = measure_change.content(present)
        measure_change.revise(
            present,
            content | {"valid_to": business_day(now()) + timedelta(days=6)},
            seen=present.version,
            change="",
            by=house.koen,
            at=now(),
            day=business_day(now()),
        )
    assert "ends in 6 days" in koen.get("/outreach/measures?state=ends").text
