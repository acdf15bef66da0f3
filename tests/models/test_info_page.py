"""The pages of the dossier: drafted, scheduled, published, taken back, archived, restored."""

from datetime import datetime, timedelta
from threading import Thread
from typing import Any

import pytest

from models import info_page_action, info_page_archive, info_page_change
from models.action import Action, ActionKind, ActionState
from models.audit import Audit
from models.base import db, now, transaction
from models.calendar import business_day
from models.event import Event
from models.info_page import InfoPage, InfoPageVersion, PageState, pages_about
from models.info_page_change import Outdated
from models.measure import Measure
from models.problem import Problem, ProblemState
from models.unusable import Unusable
from models.user import User
from tests.people import House
from triage.application import Passerelle

AT = now()


@pytest.fixture
def draft(koen: User) -> InfoPageVersion:
    """Koen has begun a page in two languages."""
    return begun(koen)


def begun(koen: User, title: str = "When is it paid?", **where: Any) -> InfoPageVersion:
    with transaction():
        return info_page_change.begin(said(title), by=koen, at=now(), **where)


def said(title: str = "When is it paid?", body: str = "On *Friday*.") -> dict[str, Any]:
    return {
        "titles": {"en": title, "fr": f"{title} (fr)"},
        "summaries": {},
        "bodies": {"en": body, "fr": body},
        "changes": {},
        "source": "",
        "review_by": None,
    }


def published(version: InfoPageVersion, koen: User, at: datetime | None = None) -> InfoPageVersion:
    with transaction():
        info_page_change.publish(version, by=koen, at=at or now())
    return version


def save(version: InfoPageVersion, koen: User, body: str) -> InfoPageVersion:
    with transaction():
        seen = (version.number, version.version)
        return info_page_change.save(version.page, said(body=body), seen=seen, by=koen, at=now())


def shown(page: InfoPage) -> InfoPageVersion | None:
    db.session.expire_all()
    return InfoPageVersion.current(page)


def test_a_draft_is_seen_by_nobody_until_it_is_published(draft, koen):
    assert shown(draft.page) is None
    assert pages_about(topic_id="bridging_right") == []

    published(draft, koen)

    assert shown(draft.page) == draft
    assert [one.slug for one in db.session.scalars(InfoPage.published())] == ["when-is-it-paid"]


def test_what_was_published_is_never_edited_but_followed(draft, koen):
    first = published(draft, koen)

    second = save(first, koen, "On Monday.")

    assert (first.number, second.number) == (1, 2)
    assert first.bodies["en"] == "On *Friday*."
    published(second, koen)
    assert (first.state, second.state) == (PageState.REPLACED, PageState.PUBLISHED)
    assert first.ended_at == second.published_at


def test_who_saves_over_another_is_told(draft, koen):
    seen = (draft.number, draft.version)
    save(draft, koen, "Koen's words")

    with pytest.raises(Outdated) as told, transaction():
        info_page_change.save(draft.page, said(body="mine"), seen=seen, by=koen, at=now())

    assert told.value.newest.bodies["en"] == "Koen's words"
    db.session.expire_all()
    assert draft.bodies["en"] == "Koen's words"


def test_who_edits_a_published_page_beside_another_is_told_of_the_draft(draft, koen):
    first = published(draft, koen)
    seen = (first.number, first.version)
    save(first, koen, "one")

    with pytest.raises(Outdated), transaction():
        info_page_change.save(first.page, said(body="two"), seen=seen, by=koen, at=now())

    assert InfoPageVersion.being_written(first.page).bodies["en"] == "one"


def test_a_page_published_by_mistake_is_taken_back_and_the_one_before_stands(draft, koen):
    first = published(draft, koen)
    second = published(save(first, koen, "wrong"), koen)

    with transaction():
        info_page_change.take_back(second, by=koen, at=now())

    assert shown(first.page) == first
    assert (second.state, first.ended_at) == (PageState.DRAFT, None)


def test_what_readers_have_long_seen_cannot_be_taken_back(draft, koen):
    published(draft, koen, now() - timedelta(hours=1))

    with pytest.raises(Unusable), transaction():
        info_page_change.take_back(draft, by=koen, at=now())

    assert shown(draft.page) == draft


def test_an_archived_page_comes_back_as_it_was(draft, koen):
    published(draft, koen)
    with transaction():
        info_page_archive.archive(draft.page, by=koen, at=now())
    assert shown(draft.page) is None
    assert draft.state == PageState.ARCHIVED

    with transaction():
        info_page_archive.bring_back(draft.page, by=koen, at=now())

    assert shown(draft.page) == draft


def test_an_archived_page_is_not_published_by_the_clock(draft, koen):
    with transaction():
        info_page_change.schedule(draft, now() + timedelta(hours=1), by=koen, at=now())
        info_page_archive.archive(draft.page, by=koen, at=now())

    with transaction():
        assert info_page_change.publish_due(now() + timedelta(hours=2)) == 0

    assert shown(draft.page) is None


def test_an_old_version_is_restored_as_a_draft_and_nothing_is_lost(draft, koen):
    first = published(draft, koen)
    second = published(save(first, koen, "second"), koen)
    third = save(second, koen, "being written")

    with transaction():
        made = info_page_change.restore(first, by=koen, at=now())

    assert (made.number, made.bodies["en"], made.restored_from_id) == (4, "On *Friday*.", first.id)
    assert third.bodies["en"] == "being written"
    assert shown(first.page) == second


def test_a_page_appears_at_its_moment_and_not_before(draft, koen):
    moment = now() + timedelta(hours=1)
    with transaction():
        info_page_change.schedule(draft, moment, by=koen, at=now())
        assert info_page_change.publish_due(moment - timedelta(seconds=1)) == 0
    with transaction():
        assert info_page_change.publish_due(moment) == 1
    assert shown(draft.page).published_at == moment
    assert draft.published_by_id == koen.id


def test_two_clocks_publish_it_once(app: Passerelle, draft: InfoPageVersion, koen: User):
    moment = now() + timedelta(hours=1)
    with transaction():
        info_page_change.schedule(draft, moment, by=koen, at=now())
    page_id, counts = draft.page_id, []
    db.session.remove()

    def tick() -> None:
        with app.app_context(), transaction():
            counts.append(info_page_change.publish_due(moment))

    clocks = [Thread(target=tick) for _ in range(4)]
    for clock in clocks:
        clock.start()
    for clock in clocks:
        clock.join()

    assert sorted(counts) == [0, 0, 0, 1]
    events = db.session.scalars(
        db.select(Event).where(Event.kind == "info_page.published").order_by(Event.id)
    ).all()
    assert [event.facts["page"] for event in events] == [page_id]


@pytest.mark.parametrize(
    ("moment", "reason"), [(timedelta(0), "past"), (timedelta(days=-1), "past")]
)
def test_nothing_is_scheduled_for_the_past(draft, koen, moment, reason):
    at = now()
    with pytest.raises(Unusable, match=reason), transaction():
        info_page_change.schedule(draft, at + moment, by=koen, at=at)
    assert draft.state == PageState.DRAFT


def test_a_page_without_a_text_is_not_published(koen):
    with transaction():
        empty = info_page_change.begin(said(body=""), by=koen, at=now())
    with pytest.raises(Unusable, match="empty"), transaction():
        info_page_change.publish(empty, by=koen, at=now())
    assert empty.languages == []


def test_an_address_is_taken_once_and_stays_once_it_was_published(draft, koen):
    with pytest.raises(Unusable, match="taken"), transaction():
        info_page_change.begin(said(), by=koen, at=now())
    published(draft, koen)

    with pytest.raises(Unusable, match="address"), transaction():
        info_page_change.place(
            draft.page,
            slug="other",
            topic_id=None,
            subtopic_id=None,
            measure_id=None,
            position=0,
            by=koen,
            at=now(),
        )

    assert draft.page.slug == "when-is-it-paid"


def test_every_deed_leaves_an_event_in_the_audit_chain(draft, koen):
    published(draft, koen)
    with transaction():
        info_page_archive.archive(draft.page, by=koen, at=now())

    kinds = [one.action for one in db.session.scalars(db.select(Audit).order_by(Audit.seq))]

    assert [kind for kind in kinds if kind.startswith("info_page")] == [
        "info_page.drafted",
        "info_page.begun",
        "info_page.published",
        "info_page.archived",
    ]


# --- what it is about -----------------------------------------------------------------------


def test_the_nearest_page_comes_first(koen):
    measure = Measure.coded("exemption")
    for title, where in (
        ("All of it", {"topic_id": "exemption"}),
        ("A part", {"topic_id": "exemption", "subtopic_id": "exemption/documents"}),
        ("Another part", {"topic_id": "exemption", "subtopic_id": "exemption/decision"}),
        ("The rule", {"topic_id": "exemption", "measure_id": measure.id}),
        ("Elsewhere", {"topic_id": "deferral"}),
    ):
        published(begun(koen, title, **where), koen)

    found = pages_about(
        topic_id="exemption", subtopic_id="exemption/documents", measure_id=measure.id
    )

    assert [one.titles["en"] for one in found] == ["The rule", "A part", "All of it"]


def test_a_page_of_the_problem_comes_before_all(koen, problem):
    made = published(begun(koen), koen)
    with transaction():
        info_page_action.link(made.page, problem.id, None, by=koen, at=now())
    assert pages_about(problem_id=problem.id) == [made]
    assert pages_about() == []


# --- the action that a page is --------------------------------------------------------------


@pytest.fixture
def problem(app: Passerelle) -> Problem:
    at = now()
    with transaction():
        made = Problem(
            titles={"en": "Late payment"},
            first_seen_at=at,
            last_seen_at=at,
            founded_on=business_day(at),
            state=ProblemState.ACTING.value,
        )
        db.session.add(made)
    return made


@pytest.fixture
def action(problem: Problem, koen: User) -> Action:
    at = now()
    with transaction():
        made = Action(
            problem_id=problem.id,
            kind=ActionKind.WEB_TEXT.value,
            owner_id=koen.id,
            due_on=business_day(at),
            decided_at=at,
        )
        db.session.add(made)
    return made


def test_an_action_is_live_from_the_moment_its_page_is_published(draft, koen, problem, action):
    with transaction():
        info_page_action.link(draft.page, problem.id, action, by=koen, at=now())

    published(draft, koen)

    assert (action.state, action.effective_at) == (ActionState.LIVE, draft.published_at)
    assert problem.state == ProblemState.SHIPPED


def test_taking_the_page_back_makes_the_action_to_do_again(draft, koen, problem, action):
    with transaction():
        info_page_action.link(draft.page, problem.id, action, by=koen, at=now())
    published(draft, koen)

    with transaction():
        info_page_change.take_back(draft, by=koen, at=now())

    assert (action.state, action.effective_at) == (ActionState.PLANNED, None)
    assert problem.state == ProblemState.ACTING


def test_a_second_version_does_not_begin_the_action_anew(draft, koen, problem, action):
    with transaction():
        info_page_action.link(draft.page, problem.id, action, by=koen, at=now())
    published(draft, koen)
    since = action.effective_at

    published(save(draft, koen, "better"), koen)

    assert action.effective_at == since


def test_bringing_a_page_back_puts_its_action_and_what_waited_as_they_were(
    draft, koen, problem, action
):
    with transaction():
        info_page_action.link(draft.page, problem.id, action, by=koen, at=now())
    published(draft, koen, now() - timedelta(days=9))
    since, moment = action.effective_at, now() + timedelta(days=1)
    second = save(draft, koen, "from tomorrow on")
    with transaction():
        info_page_change.schedule(second, moment, by=koen, at=now())
        info_page_archive.archive(draft.page, by=koen, at=now())
    assert (action.effective_at, second.publish_at) == (None, None)

    with transaction():
        info_page_archive.bring_back(draft.page, by=koen, at=now())

    assert (action.effective_at, action.state) == (since, ActionState.LIVE)
    assert (second.state, second.publish_at) == (PageState.SCHEDULED, moment)


def test_the_clock_makes_the_action_live_too(draft, koen, problem, action, house: House):
    moment = now() + timedelta(hours=1)
    with transaction():
        info_page_action.link(draft.page, problem.id, action, by=koen, at=now())
        info_page_change.schedule(draft, moment, by=koen, at=now())

    with transaction():
        info_page_change.publish_due(moment)

    assert action.effective_at == moment
