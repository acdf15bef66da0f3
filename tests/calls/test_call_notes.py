"""The call form and the letter form: who is calling, what it is about, and what becomes of it."""

import io
from datetime import timedelta

import pytest

from models import saying
from models.base import db, now, transaction
from models.calendar import business_day
from models.contact import Contact
from models.intake import Intake
from models.placing import place, unplace
from models.problem import Problem
from models.problem_day import ProblemDay
from models.ticket import Status, Ticket
from models.user import User
from tests.people import Browser, House, amelie, joris

NOTE = (
    "cl. tjs rien reçu pr mai, droit passerelle accepté depuis trois semaines, "
    "le paiement du droit passerelle n'est pas arrivé"
)


def note(browser: Browser, **fields: str) -> Ticket:
    """A call written down; returns its ticket."""
    form = {"once": "form-1", "text": NOTE, "outcome": "answered", **fields}
    answer = browser.post("/calls/new", data=form)
    assert answer.status_code == 302, answer.text
    db.session.expire_all()
    number = int(answer.location.rpartition("/")[2].partition("?")[0])
    ticket = Ticket.with_number(number)
    assert ticket is not None
    return ticket


def test_a_call_needs_only_a_note_and_an_outcome(client: Browser, nadia: User) -> None:
    client.sign_in(nadia)
    ticket = note(client)
    assert ticket.closed
    assert ticket.disposition == "answered"
    assert ticket.channel == "phone"
    contact = db.session.scalars(Contact.of_ticket(ticket.id)).one()
    assert contact.new_text == NOTE
    assert contact.taken_by_id == nadia.id


@pytest.mark.parametrize("missing", [{"text": ""}, {"outcome": ""}, {"outcome": "invented"}])
def test_what_is_missing_is_asked_for_and_nothing_typed_is_lost(
    client: Browser, nadia: User, missing: dict[str, str]
) -> None:
    client.sign_in(nadia)
    form = {"text": NOTE, "outcome": "answered", "name": "Amélie", "promise": "jeudi", **missing}
    answer = client.post("/calls/new", data=form)
    assert answer.status_code == 422
    assert 'value="jeudi"' in answer.text
    assert 'value="Amélie"' in answer.text


def test_the_same_form_sent_twice_is_one_call(client: Browser, nadia: User) -> None:
    client.sign_in(nadia)
    first, second = note(client), note(client)
    assert first.id == second.id
    assert first.contacts_count == 1


def test_what_we_owe_stays_open(client: Browser, nadia: User) -> None:
    client.sign_in(nadia)
    promised = note(client, outcome="call_back_promised", promise="jeudi avant midi")
    assert promised.status == Status.OPEN
    assert "jeudi avant midi" in promised.told
    asked = note(client, once="form-2", outcome="document_requested")
    assert asked.status == Status.WAITING


def test_the_chosen_topic_wins_at_once(client: Browser, nadia: User) -> None:
    client.sign_in(nadia)
    ticket = note(client, topic="bridging_right/payment")
    assert (ticket.topic_id, ticket.subtopic_id) == ("bridging_right", "bridging_right/payment")
    assert ticket.chosen_by_person


def test_a_number_shows_who_may_be_calling_and_why_they_came_last(
    client: Browser, house: House, nadia: User
) -> None:
    contact = house.call(amelie, NOTE, by=nadia)
    ticket = house.ticket(contact)
    client.sign_in(nadia)
    part = client.get("/calls/callers", query_string={"number": "0475 12 34 56"}).text
    assert amelie.name in part
    assert "tjs rien reçu" in part
    assert f"#{ticket.number}" in part
    assert "no complete number" in client.get("/calls/callers?number=0475123").text


def test_somebody_else_with_the_same_number_is_another_client(
    client: Browser, house: House, nadia: User
) -> None:
    known = house.ticket(house.call(amelie, NOTE, by=nadia))
    client.sign_in(nadia)
    other = note(client, number=amelie.number, client="new")
    assert other.client is not None
    assert other.client_id != known.client_id
    assert other.client.numbers[0].e164 == known.client.numbers[0].e164


def test_a_call_can_continue_an_open_ticket(client: Browser, house: House, nadia: User) -> None:
    ticket = house.ticket(house.call(amelie, NOTE, by=nadia))
    client.sign_in(nadia)
    again = note(client, ticket=str(ticket.number), outcome="escalated")
    assert again.id == ticket.id
    assert again.contacts_count == 2


def test_nobody_binds_a_foreign_client_or_ticket_to_a_call(
    client: Browser, house: House, nadia: User, stranger: User
) -> None:
    foreign = house.ticket(house.call(joris, NOTE, by=nadia))
    with transaction():
        foreign.needs_choice, foreign.team_id = False, nadia.team_ids[0]
    client.sign_in(stranger)
    mine = note(
        client,
        number="0499 99 88 77",
        client=str(foreign.client_id),
        ticket=str(foreign.number),
        text="Question sur mon affiliation comme indépendant à titre complémentaire étudiant",
        topic="affiliation",
    )
    assert mine.id != foreign.id
    assert mine.client_id != foreign.client_id


def test_a_strangers_callers_show_no_foreign_matter(
    client: Browser, house: House, nadia: User, stranger: User
) -> None:
    ticket = house.ticket(house.call(amelie, NOTE, by=nadia))
    with transaction():
        ticket.needs_choice, ticket.team_id = False, nadia.team_ids[0]
        ticket.assignee_id = None
    client.sign_in(stranger)
    part = client.get("/calls/callers", query_string={"number": amelie.number}).text
    assert "tjs rien reçu" not in part
    assert f"#{ticket.number}" not in part


def test_a_topic_is_proposed_once_there_are_words_enough(client: Browser, nadia: User) -> None:
    client.sign_in(nadia)
    few = client.post("/calls/proposal", data={"text": "cl. tjs rien"}).text
    assert "Proposed after a few words" in few
    enough = client.post("/calls/proposal", data={"text": NOTE, "language": "fr"}).text
    first = enough.index('id="topic-1"')
    assert 'value="bridging_right' in enough[first - 80 : first]
    assert "Bridging right" in enough


def test_what_was_chosen_stays_chosen_while_the_note_grows(client: Browser, nadia: User) -> None:
    client.sign_in(nadia)
    form = {"text": NOTE, "topic": "pension/plci_vapz"}
    part = client.post("/calls/proposal", data=form).text
    chosen = part.index('value="pension/plci_vapz"')
    assert "checked" in part[chosen : chosen + 120]


@pytest.fixture
def late_payment(app: object) -> Problem:
    """On today's board, with 37 clients."""
    with transaction():
        problem = Problem(
            thing="payment",
            symptom="not_received",
            topic_id="bridging_right",
            first_seen_at=now(),
            founded_on=business_day(now()),
            last_seen_at=now(),
        )
        db.session.add(problem)
        db.session.flush()
        ProblemDay.write(
            problem.id, business_day(now()), contacts=41, clients=37, trend="rising", score=9.0
        )
    return problem


def test_a_known_problem_is_named_with_its_count(
    client: Browser, nadia: User, late_payment: Problem
) -> None:
    client.sign_in(nadia)
    part = client.post("/calls/proposal", data={"text": NOTE, "language": "fr"}).text
    assert "37 clients today" in part
    assert "Payment" in part


def test_the_approved_sentence_is_said_in_the_callers_language_the_others_one_click_away(
    client: Browser, nadia: User, koen: User, late_payment: Problem
) -> None:
    said = {"fr": "Les paiements partent vendredi.", "nl": "De betalingen vertrekken vrijdag."}
    with transaction():
        saying.write(late_payment, said, by=koen, at=now())
    client.sign_in(nadia)
    asked = {"text": NOTE, "language": "nl"}
    assert said["nl"] not in client.post("/calls/proposal", data=asked).text
    draft = saying.last_change(late_payment)
    assert draft is not None
    with transaction():
        saying.approve(late_payment, in_mail=False, by=koen, seen=draft.id, at=now())
    part = client.post("/calls/proposal", data=asked).text
    assert part.index(said["nl"]) < part.index(said["fr"])
    assert f'data-insert="{said["nl"]}" data-into="told"' in part
    assert "37 clients today" in part


def test_a_known_problem_of_yesterday_has_its_sentence_before_todays_board_counts(
    client: Browser, nadia: User, koen: User, late_payment: Problem
) -> None:
    with transaction():
        ProblemDay.clear(business_day(now()), [])
        saying.write(late_payment, {"fr": "Vendredi."}, by=koen, at=now())
        draft = saying.last_change(late_payment)
        assert draft is not None
        saying.approve(late_payment, in_mail=False, by=koen, seen=draft.id, at=now())
    client.sign_in(nadia)
    part = client.post("/calls/proposal", data={"text": NOTE, "language": "fr"}).text
    assert "Vendredi." in part
    assert "clients today" not in part


def test_whose_open_ticket_is_a_case_of_it_is_told_as_soon_as_the_phone_rings(
    client: Browser, house: House, nadia: User, koen: User, late_payment: Problem
) -> None:
    contact = house.call(amelie, NOTE, by=nadia)
    with transaction():
        assert contact.client is not None
        contact.client.language = "nl"
        unplace(contact.id, now())
        db.session.flush()
        place(contact.id, late_payment, score=0.8, reason={"why": "engine"}, at=now())
        saying.write(late_payment, {"nl": "Vrijdag."}, by=koen, at=now())
    client.sign_in(nadia)
    asked = {"number": amelie.number}
    assert "Vrijdag." not in client.get("/calls/callers", query_string=asked).text
    draft = saying.last_change(late_payment)
    assert draft is not None
    with transaction():
        saying.approve(late_payment, in_mail=False, by=koen, seen=draft.id, at=now())
    assert "Vrijdag." in client.get("/calls/callers", query_string=asked).text


def test_a_scanned_letter_becomes_a_contact_of_its_own_day(client: Browser, nadia: User) -> None:
    client.sign_in(nadia)
    written_on = business_day(now()) - timedelta(days=3)
    answer = client.post(
        "/calls/paper",
        data={
            "name": "Frieda Maraite",
            "subject": "Antrag",
            "said_on": written_on.isoformat(),
            "files": (io.BytesIO(b"%PDF-1.4 scan"), "brief.pdf", "application/pdf"),
        },
    )
    assert answer.status_code == 302
    db.session.expire_all()
    contact = db.session.scalars(Contact.taken_by(nadia, now() - timedelta(hours=1))).one()
    assert contact.channel == "post"
    assert business_day(contact.said_at) == written_on
    assert [file.name for file in contact.attachments] == ["brief.pdf"]
    assert contact.client is not None
    assert contact.client.name == "Frieda Maraite"


def test_an_empty_letter_is_refused(client: Browser, nadia: User) -> None:
    client.sign_in(nadia)
    assert client.post("/calls/paper", data={"name": "Frieda"}).status_code == 422


def test_a_note_is_kept_even_if_it_cannot_be_read_now(
    client: Browser, nadia: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no disk")

    monkeypatch.setattr("triage.intake.reading.file", broken)
    client.sign_in(nadia)
    answer = client.post("/calls/new", data={"text": NOTE, "outcome": "answered", "once": "x"})
    assert answer.status_code == 302
    assert answer.location == "/calls/"
    assert "read in a moment" in client.get("/calls/").text
    kept = Intake.named(1)
    assert kept is not None
    assert kept.state == "received"


def test_opening_the_forms_changes_nothing(client: Browser, nadia: User) -> None:
    client.sign_in(nadia)
    for path in ("/calls/", "/calls/new", "/calls/paper", "/calls/live"):
        assert client.get(path).status_code == 200
    assert Intake.named(1) is None


def test_an_administrator_takes_no_calls(client: Browser, ada: User) -> None:
    client.sign_in(ada)
    for path in ("/calls/", "/calls/new", "/calls/paper", "/calls/callers"):
        assert client.get(path).status_code == 403
