"""Where an answer is used, what a new version does to each place, and what stays as it was said."""

import re
from datetime import timedelta
from typing import Any

import pytest

from models import answer_use, measure_change
from models.answer_use import Use, UseKind
from models.base import db, now, transaction
from models.calendar import business_day
from models.call_round import CallRound
from models.info_page import InfoPage, InfoPageVersion, PageState
from models.mailing import Mailing, MailingState
from models.measure import Measure, MeasureVersion
from models.message import Message
from models.problem import Problem
from models.reply_template import ReplyTemplate, TemplateKind
from models.web_form import WebForm
from tests.people import Browser, House, amelie
from triage.outreach import uses

ANSWER = (
    "Oui : votre aide aux proches est payée le premier vendredi du mois qui suit votre demande."
)
PAGE = "/outreach/measures/carers"


@pytest.fixture
def carers(house: House) -> Measure:
    said = {"names": {"en": "Carers"}, "answers": {"fr": ANSWER}, "confirmed": True}
    with transaction():
        return measure_change.begin("carers", "family", said, change="", by=house.koen, at=now())


@pytest.fixture
def koen(house: House, client: Browser) -> Browser:
    client.sign_in(house.koen)
    return client


def version_of(measure: Measure) -> MeasureVersion:
    return measure_change.newest_of(measure.id)


def kept(*things: Any) -> None:
    with transaction():
        db.session.add_all(things)


def found(measure: Measure, kind: UseKind) -> list[Use]:
    return [one for one in answer_use.uses_of(measure) if one.kind == kind]


def page(body: str, *, measure: Measure | None = None, state: str = "published") -> InfoPage:
    made = InfoPage(slug=f"carers-{state}", measure_id=measure.id if measure else None)
    kept(made)
    kept(
        InfoPageVersion(
            page_id=made.id,
            number=1,
            state=state,
            titles={"en": "Paid when?"},
            bodies={"en": body},
            published_at=now(),
        )
    )
    return made


def mailing(house: House, state: MailingState, version: MeasureVersion | None = None) -> Mailing:
    made = Mailing(
        name=f"To carers, {state}",
        state=state.value,
        texts={"fr": "{opening}\n\n{answer}"},
        measure_id=version_of_code("carers").measure_id,
        answer_version_id=version.id if version else None,
        created_by_id=house.koen.id,
    )
    kept(made)
    return made


def version_of_code(code: str) -> MeasureVersion:
    measure = Measure.coded(code)
    assert measure is not None
    return version_of(measure)


def used(house: House, measure: Measure) -> uses.Used:
    with house.app.test_request_context():
        return uses.used(measure)


# --- found ----------------------------------------------------------------------------------


@pytest.mark.parametrize("body", ["{answer}", "{documents:carers}"])
def test_a_page_that_names_the_measure_says_a_new_version_at_once(
    house: House, carers: Measure, body: str
) -> None:
    page(body, measure=carers)
    [place] = used(house, carers).at_once
    assert place.use.kind == UseKind.PAGE and place.name == "Paid when?"


def test_a_page_that_only_has_the_same_topic_does_not_use_it(house: House, carers: Measure) -> None:
    page("Nothing of a measure.", measure=carers)
    assert used(house, carers).places == 0


def test_an_archived_page_does_not_use_it(house: House, carers: Measure) -> None:
    made = page("{answer}", measure=carers, state=PageState.ARCHIVED.value)
    with transaction():
        made.archived_at = now()
    assert used(house, carers).places == 0


def test_a_form_of_its_topic_shows_it_and_one_of_another_measure_does_not(
    house: House, carers: Measure
) -> None:
    other = Measure.coded("exemption")
    assert other is not None
    kept(
        WebForm(code="carers", topic_id="family"),
        WebForm(code="elsewhere", topic_id="family", measure_id=other.id),
    )
    assert [one.ref for one in found(carers, UseKind.FORM)] == ["carers"]


def test_a_mailing_keeps_the_answer_with_which_it_was_counted(
    house: House, carers: Measure
) -> None:
    mailing(house, MailingState.DRAFT)
    mailing(house, MailingState.RUNNING, version_of(carers))
    mailing(house, MailingState.CANCELLED, version_of(carers))
    by_state = {one.state: one for one in found(carers, UseKind.MAILING)}
    assert set(by_state) == {"draft", "running"}
    assert by_state["draft"].at_once and not by_state["running"].at_once
    assert by_state["running"].version == 1


def test_texts_that_copied_the_words_are_named(house: House, carers: Measure) -> None:
    with transaction():
        template = ReplyTemplate.begin("carers", TemplateKind.REPLY, "family", position=9)
        template.write({"en": "Carers"}, {"fr": f"Bonjour,\n{ANSWER}"}, {}, "", by=None, at=now())
        problem = Problem(first_seen_at=now(), last_seen_at=now(), founded_on=business_day(now()))
        db.session.add(problem)
        db.session.flush()
        db.session.add(
            CallRound(
                problem_id=problem.id,
                name="Carers",
                scripts={"fr": ANSWER},
                by_id=house.koen.id,
                at=now(),
            )
        )
    assert {one.kind for one in answer_use.uses_of(carers)} == {UseKind.TEMPLATE, UseKind.ROUND}
    assert not any(one.at_once for one in answer_use.uses_of(carers))


def test_what_was_sent_is_counted_by_version(house: House, carers: Measure) -> None:
    ticket = house.ticket(house.fill_form(amelie, "Une aide ?"))
    message = house.answer(ticket)
    with transaction():
        sent = db.session.get(Message, message.id)
        assert sent is not None
        sent.answer_version_id = version_of(carers).id
    [use] = found(carers, UseKind.SENT)
    assert (use.version, use.count, use.at_once) == (1, 1, False)


# --- shown ----------------------------------------------------------------------------------


def test_the_form_says_before_saving_what_a_new_version_changes(
    house: House, carers: Measure, koen: Browser
) -> None:
    page("{answer}", measure=carers)
    mailing(house, MailingState.RUNNING, version_of(carers))
    shown = re.sub(r"\s+", " ", koen.get(f"{PAGE}/edit").text)
    assert "These say a new version at once" in shown and "Paid when?" in shown
    assert "These mailings keep the text with which they were counted" in shown


def test_after_saving_it_says_what_has_changed_and_the_mailing_keeps_its_version(
    house: House, carers: Measure, koen: Browser
) -> None:
    page("{answer}", measure=carers)
    sent = mailing(house, MailingState.RUNNING, version_of(carers))
    version = version_of(carers)
    answer = koen.post(
        f"{PAGE}/versions",
        data={
            "seen": version.version,
            "based_on": version.version,
            "names-en": "Carers",
            "answers-fr": "Non.",
            "confirmed": "1",
        },
        follow_redirects=True,
    )
    assert "Version 2 is kept. 1 place says it. 1 mailing keeps the old text." in answer.text
    db.session.refresh(sent)
    assert sent.answer_version_id == version.id


def test_a_lead_lets_an_answer_be_said_unasked_and_takes_it_back(
    house: House, carers: Measure, koen: Browser
) -> None:
    answer = koen.post(f"{PAGE}/unasked", data={"told": "1"}, follow_redirects=True)
    assert "Said at once from now on." in answer.text and ANSWER in answer.text
    db.session.refresh(carers)
    assert carers.told_at_once
    assert [one.use.kind for one in used(house, carers).at_once] == [UseKind.UNASKED]
    undo = re.search(r'action="([^"]*unasked\?told=0)"', answer.text)
    assert undo is not None
    koen.post(undo[1])
    db.session.refresh(carers)
    assert not carers.told_at_once


def test_a_reader_of_an_earlier_day_saw_what_held_then(house: House, carers: Measure) -> None:
    with transaction():
        measure_change.revise(
            version_of(carers),
            measure_change.content(version_of(carers)) | {"answers": {"fr": "Non."}},
            seen=1,
            change="",
            by=house.koen,
            at=now(),
            day=business_day(now()) - timedelta(days=1),
        )
    before = MeasureVersion.numbered(carers.id, 1)
    assert before is not None and before.answers == {"fr": ANSWER}
