"""The meeting, step by step and without scripts: opened, decided, closed, remembered."""

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from models import calendar
from models.action import Action
from models.base import db, now, transaction
from models.decision import Decided, Escalation
from models.external_event import EventKind, ExternalEvent
from models.frozen import Frozen
from models.message import Kind, Message
from models.problem import Problem, ProblemState
from models.problem_day import ProblemDay
from models.screening import Screening
from models.teaching import same
from models.user import Role, User
from tests.people import Browser
from tests.screening.conftest import Morning
from tests.screening.test_board import HTMX, page

MEETING = "/screening/meeting/"


@pytest.fixture
def seven(found: Callable[..., Problem]) -> list[Problem]:
    """Seven problems on the board of today, the most pressing first."""
    symptoms = ("refused", "late", "broken", "unclear", "twice", "lost", "expired")
    return [
        found("letter", symptom, clients=40 - rank, trend="rising" if rank else "new")
        for rank, symptom in enumerate(symptoms)
    ]


@pytest.fixture
def leader(client: Browser, koen: User) -> Browser:
    client.sign_in(koen)
    return client


def held() -> Screening:
    db.session.expire_all()
    found = Screening.if_held(calendar.business_day(now()))
    assert found is not None
    return found


def post(client: Browser, path: str, status: int = 302, /, **said: str) -> str:
    answer = client.post(f"{MEETING}{path}", data=said)
    assert answer.status_code in ({302, 303} if status == 302 else {status}), answer.status_code
    return answer.get_data(as_text=True)


def decide(client: Browser, problem: Problem, status: int = 302, /, **said: str) -> str:
    return post(client, f"cards/{problem.number}/decision", status, **said)


# --- opened ---------------------------------------------------------------------------------


def test_before_it_is_opened_one_button_opens_it(leader: Browser, seven: list[Problem]) -> None:
    assert "Start meeting" in page(leader, MEETING)
    assert Screening.if_held(calendar.business_day(now())) is None
    post(leader, "")
    board = held().board
    assert board is not None and board.deck == [problem.id for problem in seven]
    assert board.cards[0].figures["clients"] == 40
    assert (board.cards[0].rank, board.cards[0].section, board.cards[0].owner_id) == (
        1,
        "pressing",
        None,
    )
    assert "The day before" in page(leader, MEETING)


def test_an_agent_looks_on_and_opens_nothing(
    client: Browser, nadia: User, koen: User, seven: list[Problem]
) -> None:
    client.sign_in(nadia)
    assert "has not been opened" in page(client, MEETING)
    post(client, "", 403)
    client.sign_in(koen)
    post(client, "")
    client.sign_in(nadia)
    screen = page(client, MEETING)
    assert "You are looking on" in screen and "<form" not in screen
    decide(client, seven[0], 403, choice="watching")


def test_more_than_seven_wait_on_the_board_until_there_is_time(
    leader: Browser, seven: list[Problem], found: Callable[..., Problem]
) -> None:
    eighth = found("link", "broken", clients=10)
    post(leader, "")
    board = held().board
    assert board is not None and eighth.id not in board.deck and len(board.deck) == 7
    post(leader, "more")
    board = held().board
    assert board is not None and board.deck[-1] == eighth.id
    assert held().place["card"] == eighth.id


def test_numbers_stand_still_and_what_came_since_is_told(leader: Browser, morning: Morning) -> None:
    post(leader, "")
    row = ProblemDay.on(morning.problem.id, morning.day)
    assert row is not None
    with transaction():
        row.clients = 44
    post(leader, "place", to="decide")
    screen = page(leader, MEETING)
    assert '<b class="many">41</b>' in screen and "since then 3 more" in screen
    assert "Toujours rien reçu pour le mois de mai." in screen


# --- moved on -------------------------------------------------------------------------------


def test_one_key_leads_through_the_whole_agenda(leader: Browser, seven: list[Problem]) -> None:
    post(leader, "")
    titles = []
    for _step in range(13):
        titles.append(
            re.findall(
                r'id="meeting-title"[^>]*>(?:<[^>]*>[^<]*</span> )?([^<]+)', page(leader, MEETING)
            )[0]
        )
        post(leader, "place", to="next")
    assert titles[:2] == ["The day before", "What is new or rising"]
    assert titles[2].startswith("Letter · refused") and titles[8].startswith("Letter · expired")
    assert titles[9:] == [
        "Actions: done? Did contacts fall?",
        "From outside",
        "Staffing, and a sentence for everybody",
        "Close the meeting",
    ]
    post(leader, "place", to="last")
    assert held().place["block"] == "sentence"
    post(leader, "place", to="last_block")
    assert held().place["block"] == "outside"
    post(leader, "place", to="next_block")
    assert held().place["block"] == "sentence"


def test_pressed_on_two_screens_at_once_it_moves_once(
    leader: Browser, seven: list[Problem]
) -> None:
    post(leader, "")
    for _screen in range(2):
        post(leader, "place", to="next", here="yesterday:")
    assert held().place["block"] == "rising"


def test_a_second_screen_hears_only_of_what_has_changed(
    leader: Browser, seven: list[Problem]
) -> None:
    assert leader.get(f"{MEETING}now").status_code == 204
    post(leader, "")
    mark = re.findall(r"mark=(\w+)", page(leader, MEETING))[0]
    assert leader.get(f"{MEETING}now?mark={mark}").status_code == 204
    moved = leader.post(f"{MEETING}place", data={"to": "next"}, headers=HTMX).text
    mark_after = re.findall(r"mark=(\w+)", moved)[0]
    assert mark_after != mark
    assert leader.get(f"{MEETING}now?mark={mark_after}").status_code == 204
    changed = leader.get(f"{MEETING}now?mark={mark}")
    assert changed.status_code == 200 and "<html" not in changed.text
    assert "What is new or rising" in changed.text


# --- decided --------------------------------------------------------------------------------


def test_each_decision_leads_to_the_next_card_and_the_last_one_on(
    leader: Browser, koen: User, seven: list[Problem]
) -> None:
    post(leader, "")
    post(leader, "place", to="decide")
    for problem in seven:
        assert held().place["card"] == problem.id
        decide(leader, problem, choice="watching")
    assert held().place["block"] == "actions"
    assert held().left() == []


def test_ignoring_asks_why(leader: Browser, seven: list[Problem]) -> None:
    post(leader, "")
    post(leader, "place", to="decide")
    refused = decide(leader, seven[0], 422, choice="ignored", reason=" ")
    assert "Why is it ignored?" in refused and 'class="deck-key" open' in refused
    assert seven[0].state == ProblemState.NEW
    decide(leader, seven[0], choice="ignored", reason="one accountant, answered")
    (decided,) = Decided.newest_in(held().id).values()
    assert decided.reason == "one accountant, answered"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"owner": ""}, "Who does it?"),
        ({"owner": "n"}, "Who does it?"),
        ({"owner": "Zoë"}, "Nobody here is called “Zoë”"),
        ({"owner": "Koen Wouters", "due_on": ""}, "Until when?"),
        ({"owner": "Web team", "owner_email": "web"}, "is no e-mail address"),
    ],
)
def test_nobody_is_left_without_an_owner_and_a_date(
    leader: Browser, seven: list[Problem], said: dict[str, str], words: str
) -> None:
    post(leader, "")
    post(leader, "place", to="decide")
    typed = {"choice": "acting", "due_on": "2026-12-04", "what": "Tell them", **said}
    refused = leader.post(f"{MEETING}cards/{seven[0].number}/decision", data=typed, headers=HTMX)
    assert refused.status_code == 422 and words in refused.text
    assert 'value="Tell them"' in refused.text and "<html" not in refused.text
    assert db.session.scalar(select(Action)) is None


def test_two_letters_of_a_name_make_somebody_the_owner(
    leader: Browser, house, seven: list[Problem]
) -> None:
    assert house.nadia and house.ingrid
    post(leader, "")
    decide(leader, seven[0], choice="acting", owner="be", due_on="2026-12-04", kind="mailing")
    action = db.session.scalar(select(Action))
    assert action is not None and action.owner is house.nadia and action.kind == "mailing"
    decide(leader, seven[1], 422, choice="acting", owner="ben koen", due_on="2026-12-04")


def test_where_two_are_meant_it_asks_which(leader: Browser, house, seven: list[Problem]) -> None:
    assert house.nadia
    house.person("nathan", "Nathan Claes", Role.AGENT, None, [])
    post(leader, "")
    words = decide(leader, seven[0], 422, choice="acting", owner="na", due_on="2026-12-04")
    assert "Who is meant: Nadia Benali, Nathan Claes?" in words


def test_somebody_outside_is_named_once_and_known_afterwards(
    leader: Browser, seven: list[Problem]
) -> None:
    post(leader, "")
    decide(
        leader,
        seven[0],
        choice="acting",
        owner="Web team <web@example.be>",
        owner_language="nl",
        due_on="2026-12-04",
    )
    decide(leader, seven[1], choice="acting", owner="we", due_on="2026-12-04")
    actions = db.session.scalars(select(Action).order_by(Action.id)).all()
    assert {(one.owner_name, one.owner_email, one.owner_language) for one in actions} == {
        ("Web team", "web@example.be", "nl")
    }


def test_undo_puts_the_card_back_in_hand(leader: Browser, seven: list[Problem]) -> None:
    post(leader, "")
    post(leader, "place", to="decide")
    decide(leader, seven[0], choice="watching")
    (decided,) = Decided.newest_in(held().id).values()
    assert f"decisions/{decided.id}/withdrawal" in page(leader, MEETING)
    post(leader, f"decisions/{decided.id}/withdrawal")
    assert held().place["card"] == seven[0].id
    assert seven[0].state == ProblemState.NEW
    post(leader, f"decisions/{decided.id}/withdrawal", 409)


# --- of a team ------------------------------------------------------------------------------


def test_a_teams_meeting_has_its_own_topics_and_sends_a_card_upward(
    leader: Browser, koen: User, seven: list[Problem]
) -> None:
    team = koen.teams[0].id
    with transaction():
        for problem in seven[2:]:
            problem.topic_id = "affiliation"
    post(leader, f"?team={team}")
    own = Screening.if_held(calendar.business_day(now()), team)
    assert own is not None and own.board is not None
    assert own.board.deck == [seven[0].id, seven[1].id]
    card = f"cards/{seven[1].number}"
    post(leader, f"{card}/escalation", 409, reason="everybody's meeting is not a team's")
    post(leader, f"{card}/escalation?team={team}", 422, reason="")
    post(leader, f"{card}/escalation?team={team}", reason="payments must look")
    assert own.left() == [seven[0].id]
    post(leader, "")
    board = held().board
    assert board is not None and board.deck[0] == seven[1].id
    assert board.escalated == {seven[1].id: "payments must look"}
    post(leader, "place", to="decide")
    assert "payments must look" in page(leader, MEETING)
    decide(leader, seven[1], choice="watching")
    db.session.expire_all()
    assert Escalation.waiting() == {}
    asked = Escalation.asked_in(own.id)[seven[1].id]
    assert asked.taken_up_at is not None
    post(leader, f"escalations/{asked.id}/withdrawal?team={team}")
    assert own.left() == [seven[0].id, seven[1].id]


# --- closed and remembered ------------------------------------------------------------------


@pytest.fixture
def closed(leader: Browser, house, seven: list[Problem]) -> Screening:
    """A meeting in which three of seven cards were reached."""
    post(leader, "", people=str(house.koen.id), others="Web team; Nadia Benali")
    decide(leader, seven[0], choice="ignored", reason="=one accountant | answered")
    decide(leader, seven[1], choice="watching")
    decide(
        leader,
        seven[2],
        choice="acting",
        owner="Na",
        due_on="2026-12-04",
        kind="form_fix",
        what="Accept numbers that begin with 1",
    )
    post(leader, "notes", notes="Two more on the phone.", fr="Mai est payé vendredi.", nl="", de="")
    return held()


@pytest.fixture(autouse=True)
def nadia_is_there(house) -> None:
    assert house.nadia.active


def test_what_was_not_reached_is_carried_over_and_comes_first(
    leader: Browser, koen: User, closed: Screening, seven: list[Problem]
) -> None:
    post(leader, "closing", mail="")
    assert held().carried == {"problems": [problem.id for problem in seven[3:]]}
    assert "carried over" in page(leader, MEETING)
    with transaction():  # the same morning, as if it were the day before
        yesterday = calendar.working_day_before(closed.day)
        closed.day = yesterday
        seven[6].state = ProblemState.IGNORED.value
    post(leader, "")
    board = held().board
    assert board is not None
    assert board.carried == [problem.id for problem in seven[3:6]]
    assert board.deck == [one.id for one in (*seven[3:6], *seven[1:3])]
    post(leader, "place", to="rising")
    assert "Carried over: not reached at the last meeting" in page(leader, MEETING)


def test_the_next_morning_opens_with_what_was_said_and_what_happened(
    leader: Browser, closed: Screening, seven: list[Problem]
) -> None:
    post(leader, "closing", mail="")
    with transaction():
        closed.day = calendar.working_day_before(closed.day)
    post(leader, "")
    screen = page(leader, MEETING)
    assert "What we said, what happened" in screen
    assert "Accept numbers that begin with 1" in screen and "Nadia Benali" in screen
    assert re.search(r"<span>38</span>.*?<b>38</b>", screen, re.S)


def test_the_minutes_write_themselves(
    leader: Browser, closed: Screening, seven: list[Problem]
) -> None:
    post(leader, "closing", mail="there")
    minutes = page(leader, "/screening/minutes")
    for words in (
        "Koen Wouters, Nadia Benali, Web team",
        "Accept numbers that begin with 1",
        "Two more on the phone.",
        "Mai est payé vendredi.",
        "Not reached, carried over",
        "opened by Koen Wouters",
        "koen@fund.example",
        "nadia@fund.example",
    ):
        assert words in minutes, words
    assert minutes.count("<tr><td>") == 3


def test_the_minutes_as_markdown(leader: Browser, closed: Screening, seven: list[Problem]) -> None:
    post(leader, "closing", mail="")
    answer = leader.get("/screening/minutes.md")
    assert answer.content_type == "text/markdown; charset=utf-8"
    assert f"screening-{closed.day}.md" in answer.headers["Content-Disposition"]
    text = answer.get_data(as_text=True)
    assert text.startswith("# Minutes of the screening, ")
    (line,) = (one for one in text.splitlines() if "Accept numbers" in one)
    assert line.startswith(
        f"- **Letter · broken · Bridging right** (#{seven[2].number}) · 38 clients"
    )
    assert "**Being solved** · Nadia Benali · until Friday 4 December" in line
    assert "=one accountant \\| answered" in text
    assert text.count("\n- **") == 3
    assert text.count("\n- Letter") == 4


def test_the_minutes_as_a_table(leader: Browser, closed: Screening, seven: list[Problem]) -> None:
    post(leader, "closing", mail="")
    answer = leader.get("/screening/minutes.csv")
    assert answer.content_type == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))
    assert len(rows) == 3 + 4
    assert rows[0]["Reason"] == "'=one accountant | answered"
    assert (rows[2]["Who"], rows[2]["Until"]) == ("Nadia Benali", "2026-12-04")
    assert rows[2]["Clients"] == "38" and rows[2]["Problem number"] == str(seven[2].number)
    assert {row["Decision"] for row in rows[3:]} == {"Not reached, carried over"}


def test_the_minutes_are_mailed_to_each_in_the_own_language(
    leader: Browser, house, closed: Screening
) -> None:
    with transaction():
        house.koen.language = "fr"
    post(leader, "closing", mail="there")
    mails = db.session.scalars(
        select(Message).where(Message.kind == Kind.HOUSE.value).order_by(Message.recipient)
    ).all()
    assert [(mail.recipient, mail.language) for mail in mails] == [
        ("koen@fund.example", "fr"),
        ("nadia@fund.example", "en"),
    ]
    assert "DÉCISIONS" in mails[0].text and "Letter · " not in mails[0].text
    assert "DECISIONS" in mails[1].text and "Letter · " in mails[1].text
    assert "/screening/minutes?day=" in mails[1].text
    assert "Accept numbers that begin with 1" in mails[1].text


def test_the_minutes_go_to_the_whole_team_or_to_nobody(
    leader: Browser, house, closed: Screening
) -> None:
    assert house.ingrid
    post(leader, "closing", mail="team")
    sent_to = select(Message.recipient).where(Message.kind == Kind.HOUSE.value)
    assert "ingrid@fund.example" in db.session.scalars(sent_to).all()
    assert "waiting to leave" in page(leader, "/screening/minutes")
    post(leader, "closing/withdrawal")
    before = len(db.session.scalars(sent_to).all())
    post(leader, "closing", mail="")
    assert len(db.session.scalars(sent_to).all()) == before


def test_what_is_changed_after_the_close_is_told_as_a_correction(
    leader: Browser, closed: Screening, seven: list[Problem]
) -> None:
    post(leader, "closing", mail="")
    post(leader, "closing", 409)
    first = Decided.newest_in(closed.id)[seven[1].id]
    post(leader, "closing/withdrawal")
    post(leader, f"decisions/{first.id}/withdrawal")
    decide(leader, seven[3], choice="watching")
    post(leader, "closing", mail="")
    text = leader.get("/screening/minutes.md").get_data(as_text=True)
    assert "Correction: taken back by Koen Wouters" in text
    assert "Correction: decided after the meeting" in text
    assert "Correction" in page(leader, "/screening/minutes")


def test_the_list_tells_of_meetings_held_and_skipped(
    leader: Browser, koen: User, closed: Screening, found: Callable[..., Problem]
) -> None:
    post(leader, "closing", mail="")
    skipped = calendar.working_day_before(closed.day)
    before = calendar.working_day_before(skipped)
    found("link", "lost", clients=4, day=skipped)
    with transaction():
        began = calendar.start_of(before, calendar.MEETING)
        other = Screening.on(before)
        other.open(Frozen(began, began, 0, 0), by=koen, at=began)
        other.close(by=koen, at=began + timedelta(minutes=9, seconds=40))
    rows = re.findall(r"<tr><td.*?</tr>", page(leader, "/screening/meetings"), re.S)
    assert len(rows) == 3
    assert "held" in rows[0] and ">3<" in rows[0] and "Web team" in rows[0]
    assert "skipped" in rows[1]
    assert "9:40" in rows[2]


def test_a_meeting_that_was_never_opened_has_no_minutes_of_one(leader: Browser) -> None:
    minutes = page(leader, "/screening/minutes")
    assert "No meeting was held on this day." in minutes
    assert "No meeting yet." in page(leader, "/screening/meetings")


def test_what_comes_from_outside_is_on_the_agenda(
    leader: Browser, koen: User, seven: list[Problem]
) -> None:
    day = calendar.business_day(now())
    with transaction():
        db.session.add(
            ExternalEvent(
                kind=EventKind.PAYMENT_RUN.value,
                text="Payment of May",
                first_on=day,
                last_on=day,
                by_id=koen.id,
            )
        )
    post(leader, "")
    post(leader, "place", to="outside")
    assert "Payment of May" in page(leader, MEETING)


def test_the_board_leads_into_the_meeting(leader: Browser, seven: list[Problem]) -> None:
    assert "Start meeting" in page(leader, "/screening/")
    post(leader, "")
    assert "Go on with the meeting" in page(leader, "/screening/")


# --- two at once ----------------------------------------------------------------------------


def test_of_two_who_decide_on_one_card_the_second_is_told(
    leader: Browser, seven: list[Problem]
) -> None:
    post(leader, "")
    post(leader, "place", to="decide")
    decide(leader, seven[0], choice="watching", seen="0")
    told = decide(leader, seven[0], 409, choice="ignored", reason="known", seen="0")
    assert "Somebody has just decided on this card" in told
    db.session.expire_all()
    assert seven[0].state == ProblemState.WATCHING
    (standing,) = Decided.newest_in(held().id).values()
    decide(leader, seven[0], choice="ignored", reason="known", seen=str(standing.id))
    assert db.session.scalars(select(Problem.state).where(Problem.id == seven[0].id)).one() == (
        ProblemState.IGNORED
    )


def test_a_meeting_is_begun_and_closed_once(
    leader: Browser, koen: User, seven: list[Problem]
) -> None:
    post(leader, "", people=str(koen.id))
    post(leader, "place", to="decide")
    post(leader, "", others="Somebody who was late")
    assert held().attendees == {"people": [koen.id], "others": []}
    assert held().place["block"] == "decide"
    post(leader, "closing", mail="there")
    post(leader, "closing", 409, mail="there")
    sent = select(Message).where(Message.kind == Kind.HOUSE.value)
    assert len(db.session.scalars(sent).all()) == 1


def test_notes_of_two_screens_are_both_kept(leader: Browser, seven: list[Problem]) -> None:
    post(leader, "")
    post(leader, "notes", notes="Two people are ill.", notes_seen="")
    post(leader, "notes", notes="", notes_seen="")
    assert held().notes == "Two people are ill.", "who wrote nothing wipes nothing out"
    post(leader, "notes", notes="IT comes at ten.", notes_seen="")
    assert held().notes == "Two people are ill.\nIT comes at ten."
    post(leader, "notes", notes="IT comes at ten.", notes_seen=held().notes)
    assert held().notes == "IT comes at ten."


# --- joined while the meeting runs ----------------------------------------------------------


def test_a_card_that_was_joined_to_another_one_does_not_wait_for_ever(
    leader: Browser, koen: User, seven: list[Problem]
) -> None:
    post(leader, "")
    post(leader, "place", to="decide")
    with transaction():
        same(seven[0], seven[1], by=koen, at=now())
    board = held().board
    assert board is not None and board.deck == [one.id for one in seven[1:]]
    assert f"/cards/{seven[1].number}/decision" in page(leader, MEETING)
    decide(leader, seven[1], choice="watching")
    assert seven[1].id not in held().left() and len(held().left()) == 5


def test_what_was_decided_on_a_joined_card_is_not_carried_over(
    leader: Browser, koen: User, seven: list[Problem]
) -> None:
    post(leader, "")
    decide(leader, seven[1], choice="watching")
    post(leader, "closing", mail="")
    with transaction():
        same(seven[0], seven[1], by=koen, at=now())
        meeting = held()
        meeting.day = calendar.working_day_before(meeting.day)
    post(leader, "")
    board = held().board
    assert board is not None
    assert board.carried == [one.id for one in seven[2:]]
