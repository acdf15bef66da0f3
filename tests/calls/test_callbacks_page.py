"""The pages of call-backs: the list, the card, one key for how it went, and what is kept."""

from datetime import timedelta

import pytest

from models.base import db, now, transaction
from models.callback import Callback, CallbackReason, CallbackState, Outcome
from models.contact import Contact
from models.intake import Channel
from models.ticket import Ticket
from tests.people import amelie


@pytest.fixture
def ticket(house):
    made = house.ticket(house.write(amelie, "Bonjour, rappelez-moi pour mon droit passerelle."))
    with transaction():
        made.team_id, made.needs_choice = house.nadia.team_ids[0], False
    return made


@pytest.fixture
def owed(house, ticket):
    with transaction():
        return Callback.ask(
            ticket=ticket, number=amelie.number, reason=CallbackReason.REQUESTED, at=now()
        )


def test_an_empty_list_says_so(client, nadia):
    client.sign_in(nadia)
    assert "Nobody waits for a call-back." in client.get("/calls/callbacks").text


def test_the_next_one_is_taken_and_its_card_opens(client, nadia, owed):
    client.sign_in(nadia)
    page = client.post("/calls/callbacks/next", follow_redirects=True)
    assert "Amélie Dujardin" in page.text and "+32 475 12 34 56" in page.text
    db.session.refresh(owed)
    assert (owed.state, owed.owner_id) == (CallbackState.TAKEN, nadia.id)


def test_when_nothing_waits_nothing_is_taken(client, nadia):
    client.sign_in(nadia)
    page = client.post("/calls/callbacks/next", follow_redirects=True)
    assert "No call-back waits for you at this moment." in page.text


def test_one_key_says_that_nobody_answered_and_it_can_be_undone(client, nadia, owed):
    client.sign_in(nadia)
    page = client.post(
        f"/calls/callbacks/{owed.id}/attempts", data={"result": "no_answer"}, follow_redirects=True
    )
    assert "Noted: no answer. Again" in page.text
    db.session.refresh(owed)
    assert (owed.tries, owed.state) == (1, CallbackState.OPEN)
    client.post(f"/calls/callbacks/{owed.id}/deed/withdrawal")
    db.session.refresh(owed)
    db.session.expire(owed, ["attempts"])
    assert owed.tries == 0


def test_what_was_said_is_a_contact_of_the_ticket(client, nadia, owed, ticket):
    client.sign_in(nadia)
    client.post(
        f"/calls/callbacks/{owed.id}/conversation",
        data={
            "outcome": "more_to_do",
            "note": "Elle a reçu la lettre et envoie le formulaire demain matin.",
            "told": "Le formulaire peut venir par mail.",
        },
    )
    db.session.refresh(owed)
    contact = db.session.get(Contact, owed.attempts[0].contact_id)
    assert (owed.state, owed.outcome) == (CallbackState.DONE, Outcome.MORE_TO_DO)
    assert (contact.channel, contact.ticket_id) == (Channel.PHONE, ticket.id)
    assert Ticket.named(ticket.id).told == "Le formulaire peut venir par mail."
    assert not Ticket.named(ticket.id).closed


def test_what_is_settled_closes_its_ticket(client, nadia, owed, ticket):
    client.sign_in(nadia)
    data = {"outcome": "settled", "note": "Tout est en ordre, elle a été payée ce matin."}
    client.post(f"/calls/callbacks/{owed.id}/conversation", data=data)
    client.post(f"/calls/callbacks/{owed.id}/conversation", data=data)
    db.session.refresh(owed)
    assert owed.outcome == Outcome.SETTLED
    assert Ticket.named(ticket.id).closed
    spoken = db.session.scalars(Contact.of_client(owed.client_id)).all()
    assert [contact.channel for contact in spoken].count(Channel.PHONE) == 1
    client.post(f"/calls/callbacks/{owed.id}/deed/withdrawal")
    db.session.refresh(owed)
    assert owed.state == CallbackState.OPEN
    assert not Ticket.named(ticket.id).closed


def test_the_conversation_with_an_unknown_number_makes_its_client_and_ticket(client, nadia, house):
    with transaction():
        owed = Callback.ask(
            number="+32475000111", reason=CallbackReason.MISSED_CALL, at=now(), language="fr"
        )
    client.sign_in(nadia)
    client.post(
        f"/calls/callbacks/{owed.id}/conversation",
        data={"outcome": "more_to_do", "note": "Il demande comment introduire une demande."},
    )
    db.session.refresh(owed)
    assert owed.client_id is not None and owed.ticket_id is not None


def test_what_is_written_again_after_a_slip_is_kept_too(client, nadia, owed):
    client.sign_in(nadia)
    address = f"/calls/callbacks/{owed.id}"
    first, second = "Elle attend encore la lettre.", "Elle a bien reçu la lettre, et remercie."
    client.post(f"{address}/conversation", data={"outcome": "more_to_do", "note": first})
    client.post(f"{address}/deed/withdrawal")
    client.post(f"{address}/conversation", data={"outcome": "more_to_do", "note": second})
    said = [one.text for one in db.session.scalars(Contact.of_client(owed.client_id))]
    assert first in said and second in said


def test_a_conversation_without_words_is_not_kept(client, nadia, owed):
    client.sign_in(nadia)
    page = client.post(f"/calls/callbacks/{owed.id}/conversation", data={"outcome": "settled"})
    assert page.status_code == 422
    db.session.refresh(owed)
    assert owed.state == CallbackState.OPEN


def test_the_whole_call_can_be_written_down_instead(client, nadia, owed):
    client.sign_in(nadia)
    answer = client.post(
        f"/calls/callbacks/{owed.id}/conversation", data={"outcome": "more_to_do", "card": "1"}
    )
    assert answer.location.startswith("/calls/new?number=%2B32475123456")
    db.session.refresh(owed)
    assert owed.state == CallbackState.DONE


@pytest.mark.parametrize(
    ("path", "data", "state"),
    [
        ("owner", {}, CallbackState.TAKEN),
        ("pause", {"until": "tomorrow"}, CallbackState.OPEN),
        ("cancellation", {"why": "not_needed"}, CallbackState.CANCELLED),
        ("release", {}, CallbackState.OPEN),
    ],
)
def test_each_deed_leads_on_and_can_be_undone(client, nadia, owed, path, data, state):
    client.sign_in(nadia)
    page = client.post(f"/calls/callbacks/{owed.id}/{path}", data=data, follow_redirects=True)
    assert page.status_code == 200
    db.session.refresh(owed)
    assert owed.state == state
    client.post(f"/calls/callbacks/{owed.id}/deed/withdrawal")
    db.session.refresh(owed)
    assert owed.state == CallbackState.OPEN


def test_it_is_put_off_to_a_chosen_hour(client, nadia, owed):
    client.sign_in(nadia)
    wanted = (now() + timedelta(days=2)).replace(second=0, microsecond=0)
    client.post(f"/calls/callbacks/{owed.id}/pause", data={"until": f"{wanted:%Y-%m-%dT}10:15"})
    db.session.refresh(owed)
    assert owed.window_from.date() == wanted.date()


def test_it_is_handed_to_a_colleague_who_may_see_it_only(client, nadia, house, owed):
    client.sign_in(nadia)
    client.post(f"/calls/callbacks/{owed.id}/handover", data={"to": f"user:{house.stranger.id}"})
    db.session.refresh(owed)
    assert owed.owner_id is None
    client.post(f"/calls/callbacks/{owed.id}/handover", data={"to": f"user:{house.koen.id}"})
    db.session.refresh(owed)
    assert owed.owner_id == house.koen.id


def test_what_is_over_cannot_be_tried_again(client, nadia, owed):
    client.sign_in(nadia)
    client.post(f"/calls/callbacks/{owed.id}/cancellation", data={"why": "mistake"})
    page = client.post(
        f"/calls/callbacks/{owed.id}/attempts", data={"result": "busy"}, follow_redirects=True
    )
    assert "This call-back is over already." in page.text
    db.session.refresh(owed)
    assert owed.state == CallbackState.CANCELLED


def test_a_proposal_is_accepted_or_dismissed(client, koen, house, ticket):
    with transaction():
        owed = Callback.ask(
            ticket=ticket,
            reason=CallbackReason.DISSATISFIED,
            at=now(),
            proposed=True,
            reasons=[
                {"kind": "contacts", "times": 3, "days": 5},
                {"kind": "dissatisfied", "at": "2026-05-05T10:00:00+00:00"},
            ],
        )
    client.sign_in(koen)
    page = client.get("/calls/callbacks?view=proposed").text
    assert "3 contacts in 5 days, angry on Tuesday" in page
    client.post(f"/calls/callbacks/{owed.id}/acceptance", data={"mine": "1"})
    db.session.refresh(owed)
    assert (owed.state, owed.owner_id) == (CallbackState.OPEN, koen.id)


def test_the_owner_is_told_of_what_is_late(client, nadia, house):
    client.sign_in(nadia)
    assert client.get("/calls/callbacks/due").text.strip() == ""
    with transaction():
        Callback.ask(
            number="+32475000111",
            reason=CallbackReason.PROMISED,
            by=nadia,
            at=now(),
            due_at=now() - timedelta(hours=1),
        )
    assert "1 call-back of yours is late" in client.get("/calls/callbacks/due").text


def test_managers_set_the_rules_and_agents_do_not(client, koen, nadia):
    client.sign_in(nadia)
    assert client.get("/calls/callbacks/rules").status_code == 403
    client.sign_in(koen)
    page = client.post("/calls/callbacks/rules", data={"most_attempts": "5"}, follow_redirects=True)
    assert 'name="most_attempts" value="5"' in page.text


def test_health_is_kept_from_who_is_not_of_the_team(client, house, owed, ticket):
    with transaction():
        ticket.health = True
        owed.note = "Elle sort de l'hôpital."
        ticket.team_id = house.stranger.team_ids[0]
    client.sign_in(house.koen)
    listed = client.get("/calls/callbacks").text
    card = client.get(f"/calls/callbacks/{owed.id}").text
    assert "Kept from view" in listed and "Kept from view" in card
    assert "hôpital" not in listed + card
