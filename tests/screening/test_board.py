"""The board of the morning: what stands on it, who may decide, and how a decision is undone."""

from collections.abc import Callable
from datetime import timedelta

from flask import g

from models import calendar
from models.action import Action
from models.base import db, now, transaction
from models.contact import Contact
from models.decision import Decided
from models.event import Event
from models.figures import read_between
from models.flag import Flag
from models.frozen import Frozen, FrozenCard
from models.policy import Verb, may
from models.problem import Constraint, Occurrence, Problem, ProblemState
from models.problem_day import ProblemDay
from models.screening import Screening
from models.ticket import Ticket
from models.user import User
from tests.people import Browser, amelie, emily
from tests.screening.conftest import Morning
from triage.screening.board import sections
from triage.screening.window import since_last_meeting

HTMX = {"HX-Request": "true"}


def page(client: Browser, url: str) -> str:
    """A page as a browser gets it: nothing of an earlier request is remembered."""
    for name in list(g):
        g.pop(name)
    answer = client.get(url)
    assert answer.status_code == 200, answer.status_code
    return answer.get_data(as_text=True)


def kinds(problem: Problem) -> list[str]:
    return [event.kind for event in db.session.scalars(Event.of_problem(problem.id))]


def acting(user: User) -> dict[str, str]:
    due_on = calendar.working_day_after(calendar.business_day(now()))
    return {
        "choice": "acting",
        "owner": str(user.id),
        "due_on": due_on.isoformat(),
        "kind": "mailing",
        "what": "Tell everybody that May is paid on Friday",
    }


# --- seen -----------------------------------------------------------------------------------


def test_a_rising_problem_shows_clients_expectation_and_quotes_in_three_languages(
    client: Browser, koen: User, morning: Morning
) -> None:
    client.sign_in(koen)
    board = page(client, "/screening/")
    assert "Payment · not received" in board
    assert "<b>41</b>" in board and "expected 9 (6–13)" in board and "× 4.6" in board
    assert "Toujours rien reçu pour le mois de mai." in board
    assert "Nog altijd niets op mijn rekening ontvangen." in board
    assert "Noch immer keine Zahlung" in board


def test_a_quote_never_names_its_client(client: Browser, koen: User, morning: Morning) -> None:
    client.sign_in(koen)
    with transaction():
        morning.contacts[0].new_text = "Je suis Amélie Dujardin et je n'ai rien reçu."
    board = page(client, "/screening/")
    assert "Je suis ••• ••• et je n&#39;ai rien reçu." in board
    assert "Dujardin" not in board


def test_words_about_health_are_counted_and_never_quoted(
    client: Browser, koen: User, morning: Morning, says: Callable[..., Contact]
) -> None:
    says(emily, "I was in hospital and nothing was paid.", morning.problem, topic="incapacity")
    client.sign_in(koen)
    assert "hospital" not in page(client, "/screening/")
    card = page(client, morning.url())
    assert "hospital" not in card
    assert "1 about health or privacy is counted and not shown." in card


def test_an_administrator_sees_figures_and_no_words_of_clients(
    client: Browser, ada: User, morning: Morning
) -> None:
    client.sign_in(ada)
    assert "Toujours rien" not in page(client, "/screening/")
    assert "Toujours rien" not in page(client, morning.url())


def test_a_stranger_to_the_house_sees_nothing(client: Browser, morning: Morning) -> None:
    assert client.get("/screening/").status_code in (302, 401)
    assert client.get(morning.url()).status_code in (302, 401)


def test_the_line_above_the_board_says_what_was_read(
    client: Browser, koen: User, morning: Morning
) -> None:
    client.sign_in(koen)
    since = calendar.start_of(morning.yesterday(), calendar.MEETING)
    said, _read = read_between(since, now())
    line = page(client, "/screening/reading?mark=another")
    assert f"<b>{said}</b> contacts" in line
    assert "New figures: reload" in line


def test_cards_keep_their_sections(
    client: Browser, koen: User, found: Callable[..., Problem]
) -> None:
    found("letter", "unclear", clients=5, trend="steady")
    found("web_form", "refused", clients=4, trend="falling")
    ignored = found("link", "broken", clients=30, trend="rising")
    with transaction():
        ignored.state = ProblemState.IGNORED.value
    client.sign_in(koen)
    board = page(client, "/screening/")
    assert 'id="section-steady"' in board
    assert 'id="section-falling"' in board
    assert 'id="section-ignored"' in board
    assert "New and rising" not in board


def test_an_empty_board_says_when_something_will_stand_on_it(client: Browser, koen: User) -> None:
    client.sign_in(koen)
    assert "as soon as three contacts say the same" in page(client, "/screening/")


def test_a_past_board_is_shown_as_it_was_and_not_decided_on(
    client: Browser, koen: User, found: Callable[..., Problem]
) -> None:
    day = calendar.working_day_before(calendar.business_day(now()))
    found(clients=12, day=day)
    client.sign_in(koen)
    board = page(client, f"/screening/?day={day}")
    assert "<b>12</b>" in board and "as it was" in board
    assert 'value="watching"' not in board
    assert 'hx-get="/screening/reading?day=' in board


def test_a_day_that_has_not_begun_has_no_board(client: Browser, koen: User) -> None:
    client.sign_in(koen)
    tomorrow = calendar.business_day(now()) + timedelta(days=1)
    assert client.get(f"/screening/?day={tomorrow}").status_code == 404
    assert client.get("/screening/?day=soon").status_code == 404


def test_the_board_has_the_flags_that_agents_raised(
    client: Browser, koen: User, morning: Morning
) -> None:
    ticket = morning.house.ticket(morning.contacts[0])
    with transaction():
        Flag.raise_on(ticket, "the form refuses the new number", by=koen, at=now())
    client.sign_in(koen)
    assert "the form refuses the new number" in page(client, "/screening/")
    assert f"#{ticket.number}" in page(client, "/screening/")


# --- decided --------------------------------------------------------------------------------


def test_an_agent_looks_and_does_not_decide(client: Browser, nadia: User, morning: Morning) -> None:
    assert not may(nadia, Verb.LEAD)
    client.sign_in(nadia)
    assert 'value="watching"' not in page(client, "/screening/")
    assert client.post(morning.url("decisions"), data={"choice": "watching"}).status_code == 403
    assert client.post(morning.url("title"), data={"language": "en"}).status_code == 403
    assert client.post("/screening/sentence", data={"en": "Hello"}).status_code == 403
    assert morning.problem.state == ProblemState.NEW


def test_watching_takes_one_key_and_is_undone_with_another(
    client: Browser, koen: User, morning: Morning
) -> None:
    client.sign_in(koen)
    answer = client.post(
        morning.url("decisions"),
        data={"choice": "watching", "rank": "1", "full": "1"},
        headers=HTMX,
    )
    card = answer.get_data(as_text=True)
    assert answer.status_code == 200 and "Koen Wouters" in card and "Undo" in card
    db.session.expire_all()
    assert morning.problem.state == ProblemState.WATCHING
    (decided,) = Decided.newest([morning.problem.id]).values()
    undone = client.post(morning.url("decisions", decided.id, "withdrawal"), headers=HTMX)
    assert undone.status_code == 200 and 'value="watching"' in undone.get_data(as_text=True)
    db.session.expire_all()
    assert morning.problem.state == ProblemState.NEW
    assert kinds(morning.problem) == ["problem.decided", "problem.decision_undone"]


def test_a_card_stays_in_its_place_during_the_meeting(
    client: Browser, koen: User, morning: Morning
) -> None:
    client.sign_in(koen)
    client.post(morning.url("decisions"), data={"choice": "ignored"})
    board = page(client, "/screening/")
    assert "New and rising" in board and 'id="section-ignored"' not in board


def test_acting_without_an_owner_or_a_date_is_refused_and_nothing_is_kept(
    client: Browser, koen: User, morning: Morning
) -> None:
    client.sign_in(koen)
    for missing in ("owner", "due_on"):
        said = {name: value for name, value in acting(koen).items() if name != missing}
        assert client.post(morning.url("decisions"), data=said).status_code == 400
    assert client.post(morning.url("decisions"), data={"choice": "perhaps"}).status_code == 400
    db.session.expire_all()
    assert morning.problem.state == ProblemState.NEW
    assert not db.session.scalars(Action.of_problem(morning.problem.id)).all()


def test_acting_makes_an_action_and_the_minutes(
    client: Browser, koen: User, nadia: User, morning: Morning
) -> None:
    client.sign_in(koen)
    client.post(morning.url("decisions"), data=acting(nadia))
    (action,) = db.session.scalars(Action.of_problem(morning.problem.id)).all()
    assert action.owner_id == nadia.id and action.kind == "mailing"
    minutes = page(client, "/screening/minutes")
    assert "Tell everybody that May is paid on Friday" in minutes
    assert "Nadia Benali" in minutes and "Koen Wouters" in minutes and ">41<" in minutes


def test_only_the_last_decision_is_undone(client: Browser, koen: User, morning: Morning) -> None:
    client.sign_in(koen)
    client.post(morning.url("decisions"), data={"choice": "watching"})
    (first,) = Decided.newest([morning.problem.id]).values()
    client.post(morning.url("decisions"), data={"choice": "ignored"})
    assert client.post(morning.url("decisions", first.id, "withdrawal")).status_code == 409
    db.session.expire_all()
    assert morning.problem.state == ProblemState.IGNORED


def test_a_decision_on_another_problem_is_not_found(
    client: Browser, koen: User, morning: Morning, found: Callable[..., Problem]
) -> None:
    client.sign_in(koen)
    client.post(morning.url("decisions"), data={"choice": "watching"})
    (decided,) = Decided.newest([morning.problem.id]).values()
    other = found("letter", "unclear")
    url = f"/screening/problems/{other.number}/decisions/{decided.id}/withdrawal"
    assert client.post(url).status_code == 404
    assert client.post("/screening/problems/999999/decisions").status_code == 404


def test_an_action_that_is_done_waits_for_its_effect_and_can_be_taken_up_again(
    client: Browser, koen: User, morning: Morning
) -> None:
    client.sign_in(koen)
    client.post(morning.url("decisions"), data=acting(koen))
    (action,) = db.session.scalars(Action.of_problem(morning.problem.id)).all()
    client.post(f"/screening/actions/{action.id}/completion")
    db.session.expire_all()
    assert morning.problem.state == ProblemState.SHIPPED and action.effective_at is not None
    assert "Too early to tell" in page(client, "/screening/")
    assert client.post(f"/screening/actions/{action.id}/completion").status_code == 409
    client.post(f"/screening/actions/{action.id}/completion/withdrawal")
    db.session.expire_all()
    assert morning.problem.state == ProblemState.ACTING and action.to_do


def test_an_action_may_have_been_live_before_it_is_ticked_off(
    client: Browser, koen: User, morning: Morning
) -> None:
    client.sign_in(koen)
    client.post(morning.url("decisions"), data=acting(koen))
    (action,) = db.session.scalars(Action.of_problem(morning.problem.id)).all()
    live = calendar.start_of(morning.yesterday(), calendar.MEETING)
    typed = live.astimezone(calendar.BRUSSELS).strftime("%Y-%m-%dT%H:%M")
    client.post(f"/screening/actions/{action.id}/completion", data={"effective_at": typed})
    db.session.expire_all()
    assert action.effective_at == live


def test_a_problem_is_only_called_solved_when_contacts_have_measurably_fallen(
    client: Browser, koen: User, morning: Morning
) -> None:
    client.sign_in(koen)
    assert client.post(morning.url("decisions"), data={"choice": "verified"}).status_code == 400


def test_the_sentence_for_everybody_is_read_in_ones_own_language(
    client: Browser, koen: User, nadia: User
) -> None:
    client.sign_in(koen)
    client.post("/screening/sentence", data={"fr": "Paiements vendredi.", "en": "Paid on Friday."})
    with transaction():
        nadia.language = "fr"
    client.sign_in(nadia)
    board = page(client, "/screening/")
    assert "Paiements vendredi." in board and "Paid on Friday." not in board
    held = Screening.if_held(calendar.business_day(now()))
    assert held is not None and set(held.sentence) == {"fr", "en"}


# --- taught ---------------------------------------------------------------------------------


def test_a_problem_page_says_who_how_and_why(client: Browser, koen: User, morning: Morning) -> None:
    client.sign_in(koen)
    card = page(client, morning.url())
    assert "same words: reçu; alike: 61 %" in card
    assert "Amélie Dujardin" in card and "Web form" in card and "French" in card
    ticket = morning.house.ticket(morning.contacts[0])
    assert f"#{ticket.number}" in card


def test_another_teams_agent_reads_the_words_and_not_the_names(
    client: Browser, stranger: User, morning: Morning
) -> None:
    with transaction():
        for contact in morning.contacts:
            ticket = morning.house.ticket(contact)
            ticket.needs_choice = False
            ticket.team_id = ticket.team_id or morning.house.koen.team_ids[0]
    client.sign_in(stranger)
    card = page(client, morning.url())
    assert "Nog altijd niets" in card
    assert "Joris Peeters" not in card


def test_what_is_not_a_case_never_comes_back_until_it_is_put_back(
    client: Browser, koen: User, morning: Morning
) -> None:
    client.sign_in(koen)
    case = morning.case(morning.contacts[1])
    answer = client.post(morning.url("occurrences", case.id, "withdrawal"), headers=HTMX)
    assert "Taken out" in answer.get_data(as_text=True)
    db.session.expire_all()
    assert Occurrence.of_contact(morning.contacts[1].id) is None
    assert [said.kind for said in Constraint.in_force()] == ["apart"]
    client.post(morning.url("occurrences"), data={"again": str(case.id)})
    db.session.expire_all()
    assert morning.case(morning.contacts[1]).problem_id == morning.problem.id
    assert [said.kind for said in Constraint.in_force()] == ["together"]


def test_a_contact_joins_by_its_ticket_number(
    client: Browser, koen: User, morning: Morning
) -> None:
    contact = morning.house.fill_form(amelie, "Et mon virement ?")
    ticket = morning.house.ticket(contact)
    client.sign_in(koen)
    client.post(morning.url("occurrences"), data={"ticket": str(ticket.number)})
    db.session.expire_all()
    assert morning.case(contact).problem_id == morning.problem.id
    assert "added by a person" in page(client, morning.url())
    assert client.post(morning.url("occurrences"), data={"ticket": "9"}).status_code == 404


def test_a_case_of_another_problem_is_not_found(
    client: Browser, koen: User, morning: Morning, found: Callable[..., Problem]
) -> None:
    other = found("letter", "unclear")
    case = morning.case(morning.contacts[0])
    client.sign_in(koen)
    url = f"/screening/problems/{other.number}/occurrences/{case.id}/withdrawal"
    assert client.post(url).status_code == 404
    assert morning.case(morning.contacts[0]).problem_id == morning.problem.id


def test_two_names_for_one_problem_become_one(
    client: Browser, koen: User, morning: Morning, found: Callable[..., Problem]
) -> None:
    other = found("amount", "late")
    client.sign_in(koen)
    client.post(morning.url("merger"), data={"other": str(other.number)})
    db.session.expire_all()
    assert morning.case(morning.contacts[0]).problem_id == other.id
    assert client.get(morning.url()).location == f"/screening/problems/{other.number}"
    assert client.post(morning.url("decisions"), data={"choice": "ignored"}).status_code == 404


def test_a_problem_is_not_the_same_as_itself(client: Browser, koen: User, morning: Morning) -> None:
    client.sign_in(koen)
    answer = client.post(morning.url("merger"), data={"other": str(morning.problem.number)})
    assert answer.status_code == 400


def test_a_problem_goes_by_the_name_that_people_gave_it(
    client: Browser, koen: User, morning: Morning
) -> None:
    client.sign_in(koen)
    client.post(morning.url("title"), data={"language": "en", "title": "May is not paid"})
    assert "May is not paid" in page(client, "/screening/")
    assert "Renamed: May is not paid" in page(client, morning.url())


def test_what_is_no_problem_leaves_the_board(client: Browser, koen: User, morning: Morning) -> None:
    client.sign_in(koen)
    client.post(morning.url("decisions"), data={"choice": "not_a_problem"})
    assert "Payment · not received" not in page(client, "/screening/")
    assert db.session.scalars(Ticket.visible_to(koen)).first() is not None


def test_two_cards_that_read_the_same_are_told_apart_by_their_own_words(
    client: Browser, koen: User, found: Callable[..., Problem]
) -> None:
    first, second = found(clients=12), found(clients=9)
    with transaction():
        first.terms, second.terms = {"fr": ["mai", "rien"]}, {"fr": ["rien", "loyer"]}
    client.sign_in(koen)
    board = page(client, "/screening/")
    assert "(mai)" in board and "(loyer)" in board


# --- the meeting ----------------------------------------------------------------------------


def test_the_board_of_an_opened_meeting_keeps_its_order_and_numbers(
    client: Browser, koen: User, morning: Morning, found: Callable[..., Problem]
) -> None:
    later = found("web_form", "refused", clients=20)
    rows = [ProblemDay.on(one.id, morning.day) for one in (morning.problem, later)]
    cards = [FrozenCard.of(row, rank, "pressing", "new") for rank, row in enumerate(rows, 1) if row]
    with transaction():
        held = Screening.on(morning.day)
        held.open(Frozen(now(), now(), 412, 400, cards), by=koen, at=now())
        for row, clients in zip(rows, (44, 90), strict=True):
            assert row is not None
            row.clients, row.score = clients, float(clients)
    newcomer = found("letter", "unclear", clients=99)
    client.sign_in(koen)
    board = page(client, "/screening/")
    assert "<b>41</b>" in board and "<b>44</b>" not in board
    places = [board.index(f'id="problem-{one.number}"') for one in (morning.problem, later)]
    assert places == sorted(places)
    assert board.index(f'id="problem-{newcomer.number}"') > places[-1]
    (section,) = (one for one in sections(morning.day, now(), quoted=False) if one.cards)
    assert [card.since_then for card in section.cards] == [3, 70, 0]


def test_the_board_begins_with_the_last_meeting_that_was_held(koen: User, morning: Morning) -> None:
    skipped = morning.yesterday()
    usual = calendar.start_of(skipped, calendar.MEETING)
    assert since_last_meeting(morning.day) == usual
    held_on = calendar.working_day_before(morning.day, 2)
    began = calendar.start_of(held_on, calendar.MEETING) + timedelta(minutes=4)
    with transaction():
        held = Screening.on(held_on)
        held.open(Frozen(began, began, 0, 0), by=koen, at=began)
        held.close(by=koen, at=began + timedelta(minutes=9))
    assert since_last_meeting(morning.day) == began


def test_why_it_is_ignored_may_follow_the_key(
    client: Browser, koen: User, morning: Morning
) -> None:
    client.sign_in(koen)
    card = client.post(morning.url("decisions"), data={"choice": "ignored"}, headers=HTMX).text
    assert "Why is it ignored?" in card, "decided by one key, and asked beside it"
    (decided,) = Decided.newest([morning.problem.id]).values()
    said = {"reason": "  one accountant,  answered "}
    card = client.post(morning.url("decisions", decided.id, "reason"), data=said, headers=HTMX).text
    assert 'value="one accountant, answered"' in card
    assert "one accountant, answered" in page(client, "/screening/minutes")
    assert kinds(morning.problem) == ["problem.decided", "problem.reason_given"]
    assert client.post(morning.url("decisions", 0, "reason")).status_code == 404


def test_of_two_who_decide_on_one_card_the_first_is_heard(
    client: Browser, koen: User, nadia: User, morning: Morning
) -> None:
    client.sign_in(koen)
    client.post(morning.url("decisions"), data={**acting(nadia), "waits": "1"})
    for late in ({"choice": "ignored"}, acting(koen)):
        told = client.post(morning.url("decisions"), data={**late, "waits": "1"}, headers=HTMX)
        assert told.status_code == 200 and "Nadia Benali" in told.text
    db.session.expire_all()
    assert morning.problem.state == ProblemState.ACTING
    assert len(db.session.scalars(Action.of_problem(morning.problem.id)).all()) == 1
