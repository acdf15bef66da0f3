"""People put problems right on their page: each act changes the cases, says so, and is undone."""

from collections.abc import Callable

import pytest
from sqlalchemy import delete, select

from models.base import db, now, transaction
from models.contact import Contact
from models.likeness import Likeness
from models.outbox import Outbox
from models.problem import Occurrence, Problem
from models.taught import Taught
from models.user import User
from tests.people import Browser, amelie
from tests.screening.conftest import Morning


@pytest.fixture
def as_koen(client: Browser, koen: User) -> Browser:
    client.sign_in(koen)
    return client


def page(client: Browser, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, answer.status_code
    return answer.get_data(as_text=True)


def cases(problem: Problem) -> set[int]:
    db.session.expire_all()
    return {contact.id for contact in db.session.scalars(problem.contacts())}


def ids(contacts: list[Contact]) -> set[int]:
    return {contact.id for contact in contacts}


def ticked(morning: Morning, *places: int) -> list[str]:
    return [str(morning.case(morning.contacts[place]).id) for place in places]


def test_ticked_cases_become_a_problem_of_their_own_and_come_back_with_one_key(
    as_koen: Browser, morning: Morning
) -> None:
    answer = as_koen.post(morning.url("splits"), data={"case": ticked(morning, 1, 2)})
    part = Problem.numbered(int(answer.location.split("/")[3].split("?")[0]))
    assert part is not None and cases(part) == ids(morning.contacts[1:])
    told = page(as_koen, answer.location)
    assert "A problem of its own: 2 contacts" in told and 'data-key="z"' in told
    assert "2 contacts made a problem of their own:" in page(as_koen, morning.url())
    act = next(iter(Taught.standing(part.id).values()))
    as_koen.post(morning.url("taught", act.id, "withdrawal"))
    assert cases(morning.problem) == ids(morning.contacts) and cases(part) == set()
    assert "Undone: a problem of its own" in page(as_koen, morning.url())


def test_ticked_cases_move_to_the_problem_whose_number_is_typed(
    as_koen: Browser, morning: Morning, found: Callable[..., Problem]
) -> None:
    other = found("letter", "unclear")
    typed = {"case": ticked(morning, 0), "other": f"{other.number} · Letter"}
    as_koen.post(morning.url("moves"), data=typed)
    assert cases(other) == ids(morning.contacts[:1])
    assert f"1 contact moved to Letter · unclear · Bridging right ({other.number})" in page(
        as_koen, morning.url()
    )


def test_what_is_ticked_can_be_taken_out_together(as_koen: Browser, morning: Morning) -> None:
    as_koen.post(morning.url("withdrawals"), data={"case": ticked(morning, 0, 1)})
    assert cases(morning.problem) == ids(morning.contacts[2:])


def test_from_its_ticket_a_contact_is_put_with_a_problem_of_the_board(
    as_koen: Browser, morning: Morning
) -> None:
    contact = morning.house.fill_form(amelie, "Et mon virement ?")
    ticket = morning.house.ticket(contact)
    url = f"/screening/tickets/{ticket.number}/problem"
    assert url in page(as_koen, f"/desk/tickets/{ticket.number}")
    assert "Payment · not received · Bridging right" in page(as_koen, url)
    answer = as_koen.post(url, data={"other": str(morning.problem.number)})
    assert "Added: 1 contact" in page(as_koen, answer.location)
    assert contact.id in cases(morning.problem)
    assert as_koen.get("/screening/tickets/9/problem").status_code == 404
    assert as_koen.post("/screening/tickets/9/problem").status_code == 404


def test_nothing_ticked_or_no_such_problem_changes_nothing(
    as_koen: Browser, morning: Morning
) -> None:
    one = ticked(morning, 0)
    for url, data, status in (
        ("splits", {}, 400),
        ("splits", {"case": "x"}, 400),
        ("moves", {"case": one, "other": "the other"}, 404),
        ("moves", {"case": one, "other": "999999"}, 404),
        ("moves", {"case": one, "other": str(morning.problem.number)}, 400),
    ):
        assert as_koen.post(morning.url(url), data=data).status_code == status
    assert cases(morning.problem) == ids(morning.contacts)


def test_two_that_were_made_one_can_be_parted_on_the_page(
    as_koen: Browser, morning: Morning, found: Callable[..., Problem]
) -> None:
    other = found("amount", "late")
    answer = as_koen.post(morning.url("merger"), data={"other": str(other.number)})
    told = page(as_koen, answer.location)
    assert "They are one now: 3 contacts moved" in told and "They are two" in told
    act = next(iter(Taught.standing(other.id).values()))
    as_koen.post(f"/screening/problems/{other.number}/taught/{act.id}/withdrawal")
    assert cases(morning.problem) == ids(morning.contacts) and cases(other) == set()
    again = as_koen.post(f"/screening/problems/{other.number}/taught/{act.id}/withdrawal")
    assert again.status_code == 409


def test_an_act_on_other_problems_is_not_found(
    as_koen: Browser, morning: Morning, found: Callable[..., Problem]
) -> None:
    as_koen.post(morning.url("splits"), data={"case": ticked(morning, 0)})
    act = next(iter(Taught.standing(morning.problem.id).values()))
    other = found("letter", "unclear")
    url = f"/screening/problems/{other.number}/taught/{act.id}/withdrawal"
    assert as_koen.post(url).status_code == 404


def test_the_earlier_name_comes_back(as_koen: Browser, morning: Morning) -> None:
    for title in ("May is not paid", "April is not paid"):
        as_koen.post(morning.url("title"), data={"language": "en", "title": title})
    card = page(as_koen, morning.url())
    undo = card.split("Renamed: April is not paid")[1].split('action="')[1].split('"')[0]
    as_koen.post(undo)
    assert "<h1>May is not paid" in page(as_koen, morning.url())
    assert as_koen.post(undo).status_code == 409


def test_a_lesson_of_people_is_counted_soon(as_koen: Browser, morning: Morning) -> None:
    with transaction():
        db.session.execute(delete(Outbox))
    as_koen.post(morning.url("splits"), data={"case": ticked(morning, 0)})
    db.session.expire_all()
    promised = db.session.scalars(select(Outbox)).one()
    assert (promised.kind, promised.ref_id) == ("group", morning.day.toordinal())


# --- proposed -------------------------------------------------------------------------------


@pytest.fixture
def pair(morning: Morning, found: Callable[..., Problem]) -> Likeness:
    other = found("amount", "late")
    with transaction():
        evidence = {"identifiers": ["DP-2020-05"], "terms": {"fr": ["reçu"], "nl": ["betaling"]}}
        Likeness.propose(morning.problem, other, 0.62, evidence, now())
    made = Likeness.of_pair(morning.problem, other)
    assert made is not None
    return made


def test_two_that_may_be_one_stand_on_the_board_with_why(
    as_koen: Browser, morning: Morning, pair: Likeness
) -> None:
    board = page(as_koen, "/screening/")
    assert "These two may be one:" in board
    assert "same numbers: DP-2020-05; same words: reçu, betaling" in board
    assert "These two may be one:" in page(as_koen, morning.url())


def test_who_does_not_lead_reads_the_proposal_and_does_not_answer(
    client: Browser, nadia: User, morning: Morning, pair: Likeness
) -> None:
    client.sign_in(nadia)
    assert 'value="different"' not in page(client, morning.url())
    url = f"/screening/likenesses/{pair.id}/answer"
    assert client.post(url, data={"answer": "same"}).status_code == 403


def test_the_same_makes_one_of_them(as_koen: Browser, morning: Morning, pair: Likeness) -> None:
    as_koen.post(f"/screening/likenesses/{pair.id}/answer", data={"answer": "same"})
    db.session.expire_all()
    assert pair.second.merged_into_id == pair.first_id
    assert "These two may be one:" not in page(as_koen, "/screening/")


def test_different_is_answered_in_place_and_undone(
    as_koen: Browser, morning: Morning, pair: Likeness
) -> None:
    url = f"/screening/likenesses/{pair.id}/answer"
    answer = as_koen.post(url, data={"answer": "different"}, headers={"HX-Request": "true"})
    told = answer.get_data(as_text=True)
    assert "They stay two; nobody is asked again." in told
    assert as_koen.post(url, data={"answer": "same"}).status_code == 409
    as_koen.post(told.split('action="')[1].split('"')[0])
    assert "These two may be one:" in page(as_koen, "/screening/")
    assert as_koen.post(url, data={"answer": "perhaps"}).status_code == 400


# --- why ------------------------------------------------------------------------------------


def test_a_case_says_next_to_which_others_it_was_seen(
    as_koen: Browser, morning: Morning, says: Callable[..., Contact]
) -> None:
    near = morning.house.ticket(morning.contacts[0])
    with transaction():
        case = morning.case(morning.contacts[1])
        case.reason = {
            "why": "engine",
            "phrases": ["toujours rien"],
            "identifiers": ["OGM 12"],
            "neighbours": [morning.contacts[0].id, "gone"],
        }
    card = page(as_koen, morning.url())
    assert "same numbers: OGM 12; same phrases: toujours rien; next to" in card
    assert card.count(f"#{near.number}</a>") == 2


def test_a_number_opens_to_the_cases_behind_it(
    as_koen: Browser, morning: Morning, says: Callable[..., Contact]
) -> None:
    says(amelie, "Et mon virement ?", morning.problem)
    card = page(as_koen, morning.url() + "?language=nl")
    assert "Nog altijd niets" in card and "Et mon virement" not in card and "1 client" in card
    of_today = page(as_koen, morning.url() + f"?on={morning.day}")
    assert "3 clients" in of_today
    assert "No contact to show." in page(as_koen, morning.url() + f"?on={morning.yesterday()}")


def test_a_page_says_who_came_more_than_once_and_what_they_want(
    as_koen: Browser, morning: Morning, says: Callable[..., Contact]
) -> None:
    again = says(amelie, "Et mon virement ?", morning.problem)
    with transaction():
        for contact in (again, *morning.contacts):
            contact.intent_id = "chase_status"
        again.dissatisfied = 0.9
    card = page(as_koen, morning.url())
    assert "<dt>Clients who came more than once</dt><dd>1</dd>" in card
    assert "<dt>Dissatisfied</dt><dd>1 <small>25" in card
    assert "topic=bridging_right&amp;intent=chase_status#cases" in card
    assert Occurrence.of_contact(again.id) is not None
