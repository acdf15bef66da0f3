"""What goes on with a problem that is found to be another one, and comes back with undo."""

from datetime import UTC, date, datetime, timedelta

import pytest

from models import saying
from models.action import Action
from models.base import db, transaction
from models.decision import Escalation
from models.event import Event
from models.problem import Problem, ProblemState
from models.screening import Screening
from models.taught import Taught
from models.teaching import same
from models.user import User
from tests.people import House

DAY = date(2026, 5, 4)
AT = datetime(2026, 5, 4, 6, 40, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
EVENING = AT + timedelta(hours=9)
SAID = {"fr": "Le formulaire est réparé vendredi."}


def a_problem(thing: str, at: datetime = AT) -> Problem:
    with transaction():
        made = Problem(
            thing=thing, symptom="refused", first_seen_at=at, last_seen_at=at, founded_on=DAY
        )
        db.session.add(made)
    return made


@pytest.fixture
def form(house: House) -> Problem:
    return a_problem("web_form", AT - timedelta(days=2))


@pytest.fixture
def site(house: House) -> Problem:
    return a_problem("website")


def act_on(problem: Problem, by: User) -> Action:
    with transaction():
        Screening.on(DAY).decide(
            problem, ProblemState.ACTING, by=by, at=AT, owner=by, due_on=date(2026, 5, 8)
        )
    return db.session.scalars(Action.of_problem(problem.id)).one()


def join(lost: Problem, kept: Problem, by: User) -> Taught:
    with transaction():
        return same(lost, kept, by=by, at=LATER)


def undo(act: Taught, by: User) -> None:
    with transaction():
        act.undo(by=by, at=EVENING)
    db.session.expire_all()


def approve(problem: Problem, texts: dict[str, str], by: User) -> None:
    with transaction():
        saying.write(problem, texts, by=by, at=AT)
    last = saying.last_change(problem)
    assert last is not None
    with transaction():
        saying.approve(problem, in_mail=True, by=by, seen=last.id, at=AT)


def test_an_action_goes_on_with_the_problem_that_lives_on(
    form: Problem, site: Problem, koen: User
) -> None:
    action = act_on(form, koen)
    act = join(form, site, koen)
    assert action.problem is site
    assert (site.state, site.owner_id, site.due_on) == ("acting", koen.id, date(2026, 5, 8))
    with transaction():
        action.finish(by=koen, at=EVENING)
    assert site.state == ProblemState.SHIPPED
    undo(act, koen)
    assert action.problem is form
    assert site.state == ProblemState.SHIPPED, "somebody has gone on since"


def test_undo_gives_back_what_came_with_the_other_problem(
    form: Problem, site: Problem, koen: User
) -> None:
    action = act_on(form, koen)
    act = join(form, site, koen)
    assert site.first_seen_at == form.first_seen_at
    undo(act, koen)
    assert action.problem_id == form.id and form.state == ProblemState.ACTING
    assert (site.state, site.owner_id, site.due_on) == ("new", None, None)
    assert site.first_seen_at == AT


def test_a_problem_that_people_decided_on_keeps_their_word(
    form: Problem, site: Problem, koen: User
) -> None:
    act_on(form, koen)
    with transaction():
        Screening.on(DAY).decide(site, ProblemState.IGNORED, by=koen, at=AT)
    join(form, site, koen)
    assert (site.state, site.owner_id) == (ProblemState.IGNORED, None)


def test_what_was_joined_before_goes_along(form: Problem, site: Problem, koen: User) -> None:
    first = a_problem("letter")
    join(first, form, koen)
    act = join(form, site, koen)
    assert first.merged_into_id == site.id
    undo(act, koen)
    assert first.merged_into_id == form.id


def test_what_a_team_asked_everybodys_meeting_still_waits(
    form: Problem, site: Problem, koen: User
) -> None:
    with transaction():
        meeting = Screening.on(DAY)
        Escalation.ask(form, meeting.id, "Only IT can mend it", by=koen, at=AT)
    act = join(form, site, koen)
    assert list(Escalation.waiting()) == [site.id]
    undo(act, koen)
    assert list(Escalation.waiting()) == [form.id]


# --- what may be said -----------------------------------------------------------------------


def test_an_approved_sentence_is_said_on(form: Problem, site: Problem, koen: User) -> None:
    approve(form, SAID, koen)
    act = join(form, site, koen)
    assert saying.spoken(site) == SAID and saying.spoken_in_mail(site, LATER) == SAID
    assert (site.sentence_by_id, site.sentence_at) == (koen.id, AT)
    undo(act, koen)
    assert saying.spoken(site) == {} and saying.spoken(form) == SAID


def test_a_draft_stays_a_draft(form: Problem, site: Problem, koen: User) -> None:
    with transaction():
        saying.write(form, SAID, by=koen, at=AT)
    join(form, site, koen)
    assert site.sentence == SAID and saying.spoken(site) == {}


def test_what_is_approved_already_is_said_and_nothing_else(
    form: Problem, site: Problem, koen: User
) -> None:
    own = {"fr": "Le site est lent ce matin."}
    approve(site, own, koen)
    approve(form, SAID, koen)
    join(form, site, koen)
    assert saying.spoken(site) == own


def test_an_approved_sentence_stands_before_a_draft_which_undo_brings_back(
    form: Problem, site: Problem, koen: User
) -> None:
    draft = {"fr": "Peut-être le site."}
    with transaction():
        saying.write(site, draft, by=koen, at=AT)
    approve(form, SAID, koen)
    act = join(form, site, koen)
    assert saying.spoken(site) == SAID
    undo(act, koen)
    assert site.sentence == draft and site.sentence_at is None


def test_of_what_is_over_nothing_is_said_on(form: Problem, site: Problem, koen: User) -> None:
    approve(form, SAID, koen)
    with transaction():
        form.state = ProblemState.CLOSED.value
    join(form, site, koen)
    assert site.sentence == {}


def test_a_sentence_that_was_changed_since_stays(form: Problem, site: Problem, koen: User) -> None:
    approve(form, SAID, koen)
    act = join(form, site, koen)
    new = {"fr": "Le formulaire marche de nouveau."}
    came = saying.last_change(site)
    assert came is not None and came.kind == saying.TAKEN_OVER
    with transaction():
        saying.write(site, new, by=koen, seen=came.id, at=EVENING)
    undo(act, koen)
    assert site.sentence == new
    events = db.session.scalars(Event.of_problem(site.id)).all()
    assert "problem.sentence_undone" not in [event.kind for event in events]
