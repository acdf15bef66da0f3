"""What was decided to do: who sees it, how far it is, what it brought, and the owners outside."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from models import calendar
from models.action import Action, ActionKind, ActionState, Outsider
from models.base import db, now, transaction
from models.event import Event
from models.message import Kind, Message
from models.problem import Problem, ProblemState
from models.problem_day import ProblemDay
from models.user import User
from tests.people import Browser

WEB_TEAM = Outsider("Webteam", "web@bureau.example", "nl")


@pytest.fixture
def planned(found: Callable[..., Problem]) -> Callable[..., Action]:
    """Call it for an action of a person, or of somebody outside."""

    def plan(
        owner: User | Outsider = WEB_TEAM,
        kind: ActionKind = ActionKind.FORM_FIX,
        due: int = 2,
        what: str = "Accept dots in the number",
    ) -> Action:
        problem = found()
        at = now()
        with transaction():
            problem.state = ProblemState.ACTING.value
            outside = owner if isinstance(owner, Outsider) else Outsider("", "", "")
            action = Action(
                problem_id=problem.id,
                kind=kind.value,
                what=what,
                owner_id=None if isinstance(owner, Outsider) else owner.id,
                owner_name=outside.name,
                owner_email=outside.email,
                owner_language=outside.language,
                link_key="first" if isinstance(owner, Outsider) else "",
                due_on=calendar.business_day(at) + timedelta(days=due),
                decided_at=at - timedelta(minutes=5),
            )
            db.session.add(action)
        return action

    return plan


def stored(action: Action) -> Action:
    db.session.expire_all()
    return db.session.get_one(Action, action.id)


def url(action: Action, *parts: str) -> str:
    return "/".join([f"/screening/actions/{action.id}", *parts])


def kinds(action: Action) -> list[str]:
    return [event.kind for event in db.session.scalars(Event.of_problem(action.problem_id))]


def as_typed(action: Action, **changed: str) -> dict[str, str]:
    """The form of changes as it stands, but for what is changed."""
    form = {
        "owner": str(action.owner_id or "outside"),
        "owner_name": action.owner_name,
        "owner_email": action.owner_email,
        "owner_language": action.owner_language,
        "due_on": action.due_on.isoformat(),
        "kind": action.kind,
        "what": action.what,
    }
    return {**form, **changed}


# --- the list -------------------------------------------------------------------------------


def test_the_list_says_what_is_late_what_is_blocked_and_what_waits_for_a_verdict(
    client: Browser, koen: User, planned: Callable[..., Action]
) -> None:
    late, stuck, live = planned(koen, due=-3, what="Late one"), planned(what="Stuck one"), planned()
    with transaction():
        stuck.block("No supplier", by=koen, at=now())
        live.finish(by=koen, at=now())
    client.sign_in(koen)
    page = client.get("/screening/actions").text
    assert late.state == ActionState.PLANNED
    for words in ("Overdue", "Late one", "Blocked", "No supplier", "Live, effect awaited"):
        assert words in page
    assert "With a verdict" not in page


def test_the_list_is_narrowed_to_an_owner_and_a_kind(
    client: Browser, koen: User, planned: Callable[..., Action]
) -> None:
    planned(koen, what="Of Koen")
    planned(what="Of the web team")
    planned(kind=ActionKind.MAILING, what="A mailing of theirs")
    client.sign_in(koen)
    theirs = client.get("/screening/actions?owner=web@bureau.example").text
    assert "Of the web team" in theirs and "Of Koen" not in theirs
    both = client.get("/screening/actions?owner=web@bureau.example&kind=mailing").text
    assert "A mailing of theirs" in both and "Of the web team" not in both
    assert "No action like this" in client.get("/screening/actions?kind=training").text


def test_an_empty_list_says_where_actions_come_from(client: Browser, koen: User) -> None:
    client.sign_in(koen)
    assert "No action has been decided yet" in client.get("/screening/actions").text


# --- how far it is --------------------------------------------------------------------------


def test_an_agent_looks_and_may_speak_for_own_actions_only(
    client: Browser, nadia: User, koen: User, planned: Callable[..., Action]
) -> None:
    own, other = planned(nadia), planned(koen)
    client.sign_in(nadia)
    assert client.get(url(other)).status_code == 200
    assert client.post(url(other, "completion")).status_code == 403
    assert client.post(url(own, "blockage"), data={"why": "waits for IT"}).status_code == 302
    assert stored(own).state == ActionState.BLOCKED
    assert client.post(url(own, "completion")).status_code == 302
    assert stored(own).state == ActionState.LIVE and stored(own).blocked_at is None
    assert client.post(url(own), data=as_typed(own)).status_code == 403
    assert client.post(url(own, "cancellation")).status_code == 403


def test_what_is_dropped_can_be_taken_up_again(
    client: Browser, koen: User, planned: Callable[..., Action]
) -> None:
    action = planned(koen)
    client.sign_in(koen)
    client.post(url(action, "cancellation"))
    assert stored(action).state == ActionState.CANCELLED
    assert client.post(url(action, "completion")).status_code == 409
    client.post(url(action, "completion", "withdrawal"))
    assert stored(action).state == ActionState.PLANNED
    assert kinds(action) == ["action.cancelled", "action.resumed"]


def test_a_block_needs_a_reason_and_ends(
    client: Browser, koen: User, planned: Callable[..., Action]
) -> None:
    action = planned(koen)
    client.sign_in(koen)
    assert client.post(url(action, "blockage"), data={"why": " "}).status_code == 422
    client.post(url(action, "blockage"), data={"why": "Waits for the supplier"})
    assert "Waits for the supplier" in client.get(url(action)).text
    client.post(url(action, "blockage", "withdrawal"))
    assert stored(action).state == ActionState.PLANNED


def test_a_problem_is_only_shipped_when_nothing_else_is_to_be_done(
    koen: User, planned: Callable[..., Action]
) -> None:
    first, second = planned(koen), planned(koen)
    with transaction():
        second.problem_id = first.problem_id
    with transaction():
        first.finish(by=koen, at=now())
    assert stored(first).problem.state == ProblemState.ACTING
    with transaction():
        second.finish(by=koen, at=now())
    assert stored(first).problem.state == ProblemState.SHIPPED


# --- changing it ----------------------------------------------------------------------------


def test_owner_date_kind_and_words_can_be_corrected(
    client: Browser, koen: User, ingrid: User, planned: Callable[..., Action]
) -> None:
    action = planned(koen)
    client.sign_in(koen)
    changed = as_typed(
        action, owner=str(ingrid.id), due_on="2026-12-24", kind="it_fix", what="  Mend the server "
    )
    assert client.post(url(action), data=changed).status_code == 302
    after = stored(action)
    assert (after.who, after.due_on, after.kind, after.what) == (
        ingrid.name,
        date(2026, 12, 24),
        ActionKind.IT_FIX,
        "Mend the server",
    )
    (event,) = db.session.scalars(Event.of_problem(action.problem_id)).all()
    assert event.facts["changed"]["owner"] == [koen.name, ingrid.name]
    client.post(url(action), data=as_typed(after))
    assert kinds(action) == ["action.changed"]  # the same again is no change


@pytest.mark.parametrize(
    "wrong",
    [
        {"owner": "999999"},
        {"owner": "outside", "owner_name": "Web", "owner_email": "no address"},
        {"due_on": "soon"},
        {"kind": "magic"},
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_changed(
    client: Browser, koen: User, planned: Callable[..., Action], wrong: dict[str, str]
) -> None:
    action = planned(koen)
    client.sign_in(koen)
    assert client.post(url(action), data=as_typed(action, **wrong)).status_code == 422
    assert kinds(action) == [] and stored(action).owner_id == koen.id


def test_an_earlier_start_is_told_afterwards(
    client: Browser, koen: User, planned: Callable[..., Action]
) -> None:
    action = planned(koen)
    with transaction():
        action.finish(by=koen, at=now())
        action.settle("fell", {"effect": {}, "level": {}}, now())
    client.sign_in(koen)
    client.post(url(action), data=as_typed(action, effective_at="2026-01-05T09:00"))
    after = stored(action)
    assert after.effective_at == calendar.start_of(date(2026, 1, 5)) + timedelta(hours=9)
    assert after.state == ActionState.LIVE and after.verdict_figures == {}


# --- owners outside -------------------------------------------------------------------------


def letters() -> list[Message]:
    return list(
        db.session.scalars(
            select(Message).where(Message.kind == Kind.HOUSE.value).order_by(Message.id)
        )
    )


def test_another_owner_outside_makes_the_old_link_worthless(
    client: Browser, koen: User, planned: Callable[..., Action]
) -> None:
    action = planned()
    client.sign_in(koen)
    client.post(url(action), data=as_typed(action, owner_email="other@bureau.example"))
    assert stored(action).link_key == "" and not stored(action).linked
    client.post(url(action), data=as_typed(action, owner=str(koen.id)))
    assert stored(action).outsider is None and stored(action).who == koen.name


def test_a_link_is_sent_again_on_request_and_withdrawn(
    client: Browser, koen: User, planned: Callable[..., Action]
) -> None:
    action = planned()
    client.sign_in(koen)
    client.post(url(action, "link"))
    (letter,) = letters()
    assert letter.recipient == "web@bureau.example" and letter.language == "nl"
    assert stored(action).link_key not in ("", "first")
    client.post(url(action, "link", "withdrawal"))
    assert not stored(action).linked
    assert kinds(action) == ["action.link", "action.link_revoked"]
    assert "The link was withdrawn" in client.get(url(action)).text
    assert list(db.session.scalars(Action.uninvited())) == []


def test_a_person_of_the_house_needs_no_link(
    client: Browser, koen: User, planned: Callable[..., Action]
) -> None:
    action = planned(koen)
    client.sign_in(koen)
    assert client.post(url(action, "link")).status_code == 409
    assert client.post(url(action, "link", "withdrawal")).status_code == 409
    assert letters() == []


def test_what_an_owner_said_by_the_link_stands_in_the_history(
    client: Browser, koen: User, planned: Callable[..., Action]
) -> None:
    action = planned()
    with transaction():
        action.block("Waits for the supplier", by=None, at=now())
    client.sign_in(koen)
    page = client.get(url(action)).text
    assert "An action is blocked: Waits for the supplier (Webteam, by the link)" in page


# --- the effect -----------------------------------------------------------------------------


def test_the_page_shows_the_effect_with_its_control_and_its_parts(
    client: Browser, koen: User, planned: Callable[..., Action], found: Callable[..., Problem]
) -> None:
    action, other = planned(koen), found(thing="letter")
    today = calendar.business_day(now())
    live = calendar.working_day_before(today, 5)
    with transaction():
        for back in range(11, 0, -1):
            day = calendar.working_day_before(today, back)
            own = 40 if day < live else 10
            for problem, count in ((action.problem, own), (other, 80)):
                ProblemDay.write(
                    problem.id,
                    day,
                    contacts=count,
                    clients=count,
                    trend="steady",
                    total=400,
                    total_clients=380,
                    channels={"email": count - 2, "phone": 2},
                    languages={"fr": count // 2, "nl": count - count // 2},
                )
        action.finish(by=koen, at=calendar.start_of(live) + timedelta(hours=12))
    client.sign_in(koen)
    page = client.get(url(action)).text
    assert "Contacts fell by 7" in page
    assert "Contacts per 1,000 contacts" in page and "Clients per 1,000" in page
    assert 'class="control"' in page and page.count('class="before"') == 6
    assert "By channel" in page and "By language" in page
    assert "Compared with all other problems in the same days: 0%" in page.replace(" %", "%")
    assert "So far, on 4 working days" in page


def test_an_action_that_is_not_live_has_no_effect_to_show(
    client: Browser, koen: User, planned: Callable[..., Action]
) -> None:
    action = planned(koen)
    client.sign_in(koen)
    assert "Not live yet" in client.get(url(action)).text
    assert client.get("/screening/actions/999999").status_code == 404


def test_a_problem_is_given_to_somebody_outside_at_the_board(
    client: Browser, koen: User, found: Callable[..., Problem]
) -> None:
    problem = found(clients=12)
    client.sign_in(koen)
    decision = {
        "choice": "acting",
        "owner": "outside",
        "owner_name": "Webteam",
        "owner_email": "web@bureau.example",
        "owner_language": "nl",
        "due_on": "2027-01-15",
        "kind": "form_fix",
    }
    where = f"/screening/problems/{problem.number}/decisions"
    assert client.post(where, data={**decision, "owner_email": "nowhere"}).status_code == 400
    assert client.post(where, data=decision).status_code == 302
    action = db.session.scalar(select(Action))
    assert action is not None and action.outsider == WEB_TEAM
    assert list(db.session.scalars(Action.uninvited())) == [action]
