"""The link of an owner without an account: one action, three answers, and nothing of a client."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from sqlalchemy import select

from models import calendar
from models.action import Action, ActionKind, ActionState
from models.base import db, now, transaction
from models.event import Event
from models.message import Kind, Message
from models.problem import Problem, ProblemState
from models.user import User
from tests.people import Browser, House, amelie
from triage import owners
from triage.application import Passerelle
from triage.public import owner


@pytest.fixture
def action(house: House) -> Action:
    """The web team is to mend the form, and has a link."""
    return planned(house)


def planned(house: House, language: str = "nl", link_key: str = "first") -> Action:
    at = now()
    with transaction():
        problem = Problem(
            thing="web_form",
            symptom="refused",
            titles={"nl": "Formulier weigert het nummer", "en": "Form refuses the number"},
            first_seen_at=at,
            last_seen_at=at,
            founded_on=calendar.business_day(at),
            state=ProblemState.ACTING.value,
        )
        db.session.add(problem)
        db.session.flush()
        made = Action(
            problem_id=problem.id,
            kind=ActionKind.FORM_FIX.value,
            what="Punten in het nummer aanvaarden",
            owner_name="Webteam",
            owner_email="web@bureau.example",
            owner_language=language,
            link_key=link_key,
            due_on=calendar.working_day_after(calendar.business_day(at), 2),
            decided_at=at - timedelta(minutes=5),
        )
        db.session.add(made)
    return made


@pytest.fixture
def link(action: Action) -> str:
    return f"/owner/{owners.token_of(action)}"


@pytest.fixture
def stored() -> Callable[[Action], Action]:
    def fresh(action: Action) -> Action:
        db.session.expire_all()
        return db.session.get_one(Action, action.id)

    return fresh


def words(page: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def told(action: Action) -> list[Event]:
    return list(db.session.scalars(Event.of_problem(action.problem_id)))


def test_the_page_speaks_the_owners_language_and_names_no_client(
    client: Browser, house: House, link: str
) -> None:
    house.fill_form(amelie, "Mijn nummer wordt geweigerd")
    page = client.get(link)
    assert page.status_code == 200
    assert "Formulier weigert het nummer" in page.text and "Webteam" in page.text
    assert '<html lang="nl">' in page.text
    assert amelie.name not in page.text and amelie.email not in page.text
    assert "noindex" in page.text and page.headers["X-Robots-Tag"] == "noindex"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert '<html lang="de">' in client.get(link + "?lang=de").text


def test_done_is_one_click_and_told_as_the_owners(
    client: Browser, action: Action, link: str, stored: Callable[[Action], Action]
) -> None:
    assert client.post(link, data={"say": "done"}).status_code == 303
    done = stored(action)
    assert done.state == ActionState.LIVE and done.problem.state == ProblemState.SHIPPED
    (event,) = told(action)
    assert event.kind == "action.done" and event.actor_id is None
    assert event.facts["outside"] == "Webteam"
    assert "Too early to tell" in words(client.get(link + "?lang=en").text)


def test_it_may_have_been_live_for_a_while(
    client: Browser, action: Action, link: str, stored: Callable[[Action], Action]
) -> None:
    since = (now() - timedelta(hours=30)).astimezone(calendar.BRUSSELS).replace(tzinfo=None)
    client.post(link, data={"say": "live", "since": since.strftime("%Y-%m-%dT%H:%M")})
    live = stored(action).effective_at
    assert live is not None and abs(now() - timedelta(hours=30) - live) < timedelta(minutes=2)


@pytest.mark.parametrize("since", ["", "yesterday", "2999-01-01T10:00", "2001-01-01T10:00"])
def test_a_moment_that_cannot_be_is_refused_with_words(
    client: Browser, action: Action, link: str, since: str, stored: Callable[[Action], Action]
) -> None:
    answer = client.post(link, data={"say": "live", "since": since})
    assert answer.status_code == 422 and 'role="alert"' in answer.text
    assert stored(action).to_do and told(action) == []


def test_what_blocks_it_is_said_and_seen_until_it_no_longer_does(
    client: Browser, action: Action, link: str, stored: Callable[[Action], Action]
) -> None:
    assert client.post(link, data={"say": "blocked", "why": " "}).status_code == 422
    client.post(link, data={"say": "blocked", "why": "Wacht op de leverancier"})
    assert stored(action).state == ActionState.BLOCKED
    assert "Wacht op de leverancier" in client.get(link).text
    client.post(link, data={"say": "free"})
    assert stored(action).state == ActionState.PLANNED
    assert [event.kind for event in told(action)] == ["action.blocked", "action.unblocked"]


def test_what_was_ticked_off_too_soon_is_taken_back(
    client: Browser, action: Action, link: str, stored: Callable[[Action], Action]
) -> None:
    client.post(link, data={"say": "done"})
    client.post(link, data={"say": "done"})  # twice is once
    client.post(link, data={"say": "undone"})
    again = stored(action)
    assert again.to_do and again.problem.state == ProblemState.ACTING
    assert [event.kind for event in told(action)] == ["action.done", "action.resumed"]


@pytest.mark.parametrize("token", ["", "1", "1-x", "x-y", "²-abc", "9" * 30 + "-a", "1-é"])
def test_a_forged_link_says_the_same_as_none(client: Browser, action: Action, token: str) -> None:
    answer = client.get(f"/owner/{token or 'a'}")
    assert answer.status_code == 404 and "Webteam" not in answer.text


def test_another_action_is_not_opened_with_this_ones_signature(
    client: Browser, house: House, action: Action, link: str
) -> None:
    other = planned(house, link_key="other")
    assert client.get(f"/owner/{other.id}-{link.partition('-')[2]}").status_code == 404


def test_a_newer_link_a_withdrawn_one_and_a_dropped_action_end_the_old(
    client: Browser, action: Action, link: str, koen: User
) -> None:
    with transaction():
        action.fresh_link(by=koen, at=now())
    newer = f"/owner/{owners.token_of(action)}"
    assert client.get(link).status_code == 404 and client.get(newer).status_code == 200
    with transaction():
        action.revoke_link(by=koen, at=now())
    assert client.get(newer).status_code == 404
    assert client.get(f"/owner/{owners.token_of(action)}").status_code == 404
    with transaction():
        action.fresh_link(by=koen, at=now())
        action.cancel(by=koen, at=now())
    assert client.post(f"/owner/{owners.token_of(action)}", data={"say": "done"}).status_code == 404


def test_the_result_can_be_seen_for_a_month(client: Browser, action: Action, link: str) -> None:
    with transaction():
        action.finish(by=None, at=now())
        action.settle("too_few", {"effect": {}, "level": {}}, now() - timedelta(days=31))
    assert client.get(link).status_code == 404


def test_a_form_that_is_not_ours_changes_nothing(
    app: Passerelle, client: Browser, action: Action, link: str, stored: Callable[[Action], Action]
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        assert client.post(link, data={"say": "done"}).status_code == 400
        assert stored(action).to_do
        page = client.get(link).text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token is not None
        said = {"say": "done", "csrf_token": token[1]}
        assert client.post(link, data=said).status_code == 303
    finally:
        app.config["WTF_CSRF_ENABLED"] = False


def test_a_link_can_be_used_only_so_often(
    client: Browser, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner, "PER_LINK", 3)
    answers = [client.post(link, data={"say": "nothing"}).status_code for _ in range(4)]
    assert answers == [303, 303, 303, 429]


# --- the letter -----------------------------------------------------------------------------


def letters() -> list[Message]:
    return list(
        db.session.scalars(
            select(Message).where(Message.kind == Kind.HOUSE.value).order_by(Message.id)
        )
    )


@pytest.mark.parametrize(
    ("language", "begins"),
    [
        ("fr", "À faire pour le"),
        ("nl", "Te doen voor"),
        ("de", "Zu erledigen bis"),
        ("en", "To be done by"),
        ("", "À faire pour le"),
    ],
)
def test_the_owner_gets_the_link_in_his_language_once(
    app: Passerelle, house: House, language: str, begins: str
) -> None:
    made = planned(house, language=language, link_key="")
    settings = app.extensions["settings"]
    assert [owners.write_waiting(settings), owners.write_waiting(settings)] == [1, 0]
    (letter,) = letters()
    assert letter.recipient == "web@bureau.example" and letter.ticket_id is None
    assert letter.subject.startswith(begins)
    assert f"/owner/{owners.token_of(made)}" in letter.text
    assert "\n\n\n" not in letter.text and "{" not in letter.text
    assert [event.kind for event in told(made)] == ["action.link"]


def test_a_decision_that_may_still_be_undone_writes_to_nobody(
    app: Passerelle, house: House
) -> None:
    made = planned(house, link_key="")
    with time_machine.travel(made.decided_at + timedelta(seconds=30), tick=False):
        assert owners.write_waiting(app.extensions["settings"]) == 0
    assert letters() == []
