"""The call card: who it is, what is kept while it is written, several matters, how each ended."""

from datetime import timedelta

import pytest

from models import after_call
from models.base import db, now, transaction
from models.calendar import business_day, working_day_after
from models.call import Call, CallState
from models.call_draft import CallDraft
from models.callback import Callback
from models.client import Client, Level
from models.contact import Contact
from models.exchange import Exchange
from models.flag import Flag
from models.identity_check import IdentityCheck
from models.note import Note
from models.ticket import Status, Ticket
from models.user import Presence, User
from models.wrap_up import TIME, WrapUp
from tests.people import Browser, House, amelie, joris

NOTE = "cl. tjs rien reçu pr mai, le paiement du droit passerelle n'est pas arrivé sur son compte"
SECOND = "demande aussi un report de la cotisation du troisième trimestre comme indépendante"


@pytest.fixture
def exchange(house: House) -> Exchange:
    with transaction():
        made, _token = Exchange.connect("main")
    return made


def ring(exchange: Exchange, user: User, *states: CallState, call_id: str = "c1") -> Call:
    """A call of Amélie's at Nadia's telephone."""
    facts = {"caller": amelie.number, "caller_e164": amelie.number, "cause": "normalClearing"}
    with transaction():
        for state in (CallState.RINGING, *states):
            answered = {"answered_by_id": user.id} if state is not CallState.RINGING else {}
            heard = Call.hear(
                exchange, state, call_id, at=now(), facts={**facts, "rung": [user.id], **answered}
            )
            after_call.follow(heard.call, now())
    return heard.call


def keep(browser: Browser, **fields: str) -> list[Ticket]:
    form = {"once": "form-1", "text": NOTE, "outcome": "answered", **fields}
    answer = browser.post("/calls/new", data=form)
    assert answer.status_code == 302, answer.text
    db.session.expire_all()
    contacts = db.session.scalars(db.select(Contact).order_by(Contact.id)).all()
    return [ticket for one in contacts if (ticket := Ticket.named(one.ticket_id))]


# --- who it is ------------------------------------------------------------------------------


def test_the_file_opens_only_after_a_recorded_check(
    client: Browser, house: House, nadia: User
) -> None:
    house.write(amelie, "Mon numéro national est 85.07.30-033.28, tél. 0475 12 34 56")
    caller = db.session.scalars(Client.by_address(amelie.email)).one()
    with transaction():
        caller.numbers[0].level = Level.KNOWN.value
    client.sign_in(nadia)
    form = {"once": "form-1", "number": amelie.number, "proof": f"{caller.id}:known_voice"}
    before = client.get("/calls/callers", query_string=form).text
    assert amelie.name in before
    assert amelie.email not in before
    after = client.post("/calls/identity", data=form, headers={"HX-Request": "true"}).text
    assert amelie.email in after
    check = IdentityCheck.standing(nadia, "form-1")[caller.id]
    undone = client.post(
        "/calls/identity/withdrawal",
        data={**form, "check": str(check.id)},
        headers={"HX-Request": "true"},
    ).text
    assert amelie.email not in undone


def test_a_check_holds_for_one_note_and_one_person(
    client: Browser, house: House, nadia: User, koen: User
) -> None:
    house.call(amelie, NOTE, by=nadia)
    caller = db.session.scalars(Client.by_number(amelie.number)).one()
    client.sign_in(nadia)
    form = {"once": "form-1", "number": amelie.number, "proof": f"{caller.id}:called_back"}
    client.post("/calls/identity", data=form)
    assert IdentityCheck.standing(koen, "form-1") == {}
    assert IdentityCheck.standing(nadia, "form-2") == {}
    foreign = {**form, "once": "form-3", "number": joris.number}
    assert client.post("/calls/identity", data=foreign).status_code == 400


def test_one_click_links_an_unknown_number_and_one_takes_it_back(
    client: Browser, house: House, nadia: User
) -> None:
    house.write(joris, "Wanneer wordt mijn overbruggingsrecht betaald?")
    found = db.session.scalars(Client.by_address(joris.email)).one()
    client.sign_in(nadia)
    assert joris.name in client.get("/calls/clients?find=peeters").text
    form = {"once": "form-1", "number": "0486 99 88 77", "link": str(found.id)}
    part = client.post("/calls/link", data=form, headers={"HX-Request": "true"}).text
    assert joris.name in part
    assert [known.e164 for known in found.numbers] == ["+32486998877"]
    assert keep(client, number=form["number"], client=str(found.id))[-1].client_id == found.id
    other = {**form, "once": "form-2", "number": "0486 99 88 66"}
    client.post("/calls/link", data=other)
    client.post("/calls/link/withdrawal", data=other)
    # What was linked in an earlier call is no slip of this one.
    client.post("/calls/link", data={**form, "once": "form-3"})
    client.post("/calls/link/withdrawal", data={**form, "once": "form-3"})
    db.session.expire_all()
    assert [known.e164 for known in found.numbers] == ["+32486998877"]


def test_a_likely_number_is_confirmed_and_unconfirmed(
    client: Browser, house: House, nadia: User
) -> None:
    house.write(amelie, "Appelez-moi au 0475 12 34 56 s'il vous plaît")
    likely = db.session.scalars(Client.by_address(amelie.email)).one()
    client.sign_in(nadia)
    form = {"once": "form-1", "number": amelie.number, "link": str(likely.id)}
    client.post("/calls/link", data=form)
    db.session.expire_all()
    assert likely.numbers[0].level == Level.KNOWN
    client.post("/calls/link/withdrawal", data=form)
    db.session.expire_all()
    assert likely.numbers[0].level == Level.MAYBE


def test_the_search_for_a_caller_shows_no_number_of_a_closed_card(
    client: Browser, house: House, nadia: User, stranger: User
) -> None:
    house.call(amelie, NOTE, by=nadia, topic="bridging_right")
    client.sign_in(stranger)
    found = client.get("/calls/clients?find=dujardin").text
    assert amelie.name in found and "475 12" not in found


# --- kept while it is written ---------------------------------------------------------------


def test_a_pause_keeps_the_note_and_a_late_older_one_changes_nothing(
    client: Browser, nadia: User
) -> None:
    client.sign_in(nadia)
    form = {"once": "form-1", "text": "NISS 85.07.30-033.28 demande", "revision": "2"}
    assert client.post("/calls/draft", data=form).json == {
        "kept": True,
        "ended": False,
        "revision": 2,
    }
    client.post("/calls/draft", data={**form, "text": "older", "revision": "1"})
    draft = CallDraft.by_once(nadia, "form-1")
    assert draft is not None
    assert "85.07.30" not in draft.first_line
    assert "demande" in draft.first_line
    assert "demande" in client.get("/calls/new?draft=form-1").text


def test_nobody_else_finds_or_writes_my_note(client: Browser, nadia: User, koen: User) -> None:
    client.sign_in(nadia)
    client.post("/calls/draft", data={"once": "form-1", "text": NOTE, "revision": "1"})
    client.sign_in(koen)
    assert "droit passerelle" not in client.get("/calls/new?draft=form-1").text
    form = {"once": "form-1", "text": "mine", "revision": "9"}
    assert client.post("/calls/draft", data=form).status_code == 404


def test_what_is_a_contact_by_now_is_not_written_again(client: Browser, nadia: User) -> None:
    client.sign_in(nadia)
    client.post("/calls/draft", data={"once": "form-1", "text": NOTE, "revision": "1"})
    keep(client)
    late = client.post("/calls/draft", data={"once": "form-1", "text": "late", "revision": "7"})
    assert late.json == {"kept": True, "ended": True, "revision": 1}
    assert client.get("/calls/new?draft=form-1").status_code == 302


def test_a_note_is_thrown_away_and_taken_back(client: Browser, nadia: User) -> None:
    client.sign_in(nadia)
    client.post("/calls/draft", data={"once": "form-1", "text": NOTE, "revision": "1"})
    assert "tjs rien" in client.get("/calls/").text
    thrown = client.post("/calls/draft/form-1/end")
    page = client.get(thrown.location).text
    assert "/calls/draft/form-1/return" in page
    assert "tjs rien" not in page
    client.post("/calls/draft/form-1/return")
    assert "tjs rien" in client.get("/calls/").text


# --- several matters ------------------------------------------------------------------------


def test_a_call_whose_note_was_thrown_away_can_still_be_written_down(
    client: Browser, nadia: User, exchange: Exchange
) -> None:
    call = ring(exchange, nadia)
    client.sign_in(nadia)
    client.post("/calls/draft", data={"once": "form-1", "call": str(call.id), "revision": "1"})
    client.post("/calls/draft/form-1/end")
    again = client.get(f"/calls/new?call={call.id}")
    assert again.status_code == 200 and 'name="once"' in again.text
    keep(client, once="form-2", call=str(call.id))
    assert client.get(f"/calls/new?call={call.id}").status_code == 302


def test_a_kept_note_is_not_opened_again(client: Browser, nadia: User) -> None:
    client.sign_in(nadia)
    keep(client)
    client.post("/calls/draft/form-1/return")
    draft = CallDraft.by_once(nadia, "form-1")
    assert draft is not None and draft.ended_at is not None


def test_a_pause_that_comes_after_the_keeping_begins_no_new_note(
    client: Browser, nadia: User
) -> None:
    client.sign_in(nadia)
    keep(client)
    late = client.post("/calls/draft", data={"once": "form-1", "text": NOTE, "revision": "3"})
    assert late.json == {"kept": True, "ended": True, "revision": 0}


def test_what_is_added_after_going_back_to_the_form_is_a_note(client: Browser, nadia: User) -> None:
    client.sign_in(nadia)
    keep(client)
    keep(client)
    (ticket,) = keep(client, text=f"{NOTE} et elle rappelle demain")
    notes = db.session.scalars(db.select(Note.text).where(Note.ticket_id == ticket.id)).all()
    assert notes == [f"{NOTE} et elle rappelle demain"]


def test_an_ended_call_of_others_is_not_told(
    client: Browser, nadia: User, stranger: User, exchange: Exchange
) -> None:
    call = ring(exchange, nadia, CallState.ANSWERED, CallState.ENDED)
    client.sign_in(stranger)
    assert client.get(f"/calls/{call.id}/state").status_code == 404
    assert amelie.number not in client.get(f"/calls/new?call={call.id}").text
    assert client.post(f"/calls/{call.id}/settlement").status_code == 404


def test_one_call_holds_two_matters_each_with_its_own_end(client: Browser, nadia: User) -> None:
    client.sign_in(nadia)
    form = {
        "number": amelie.number,
        "topic": "bridging_right",
        "text-2": SECOND,
        "outcome-2": "document_requested",
        "document-2": "formulaire de report",
        "topic-2": "deferral",
    }
    first, second = keep(client, **form)
    assert (first.topic_id, second.topic_id) == ("bridging_right", "deferral")
    assert (first.status, second.status) == (Status.CLOSED, Status.WAITING)
    assert first.client_id == second.client_id
    assert [other.id for other in first.linked()] == [second.id]
    assert len(keep(client, **form)) == 2
    assert len(db.session.scalars(db.select(WrapUp)).all()) == 2


def test_a_second_matter_is_added_without_javascript_and_nothing_is_lost(
    client: Browser, nadia: User
) -> None:
    client.sign_in(nadia)
    page = client.post("/calls/new", data={"once": "form-1", "text": NOTE, "more": "1"})
    assert page.status_code == 200
    assert 'name="text-2"' in page.text
    assert "tjs rien" in page.text
    half = {"once": "form-1", "text": NOTE, "outcome": "answered", "text-2": SECOND}
    assert client.post("/calls/new", data=half).status_code == 422
    assert db.session.scalar(db.select(Contact)) is None


# --- how it ended ---------------------------------------------------------------------------


def test_a_promised_call_is_work_with_a_day(client: Browser, nadia: User) -> None:
    client.sign_in(nadia)
    day = working_day_after(business_day(now()), 2)
    ticket = keep(
        client,
        number=amelie.number,
        outcome="call_back_promised",
        promise="avant midi",
        promise_on=day.isoformat(),
    )[0]
    owed = db.session.scalars(Callback.of_ticket(ticket.id)).one()
    assert (owed.e164, owed.note) == (amelie.number, "avant midi")
    assert business_day(owed.due_at) == day
    assert owed.owner_id == nadia.id
    wrap_up = db.session.scalars(db.select(WrapUp)).one()
    assert (wrap_up.promise_on, wrap_up.disposition) == (day, "call_back_promised")


def test_what_was_told_names_the_version_and_who_had_it_wrong(client: Browser, nadia: User) -> None:
    client.sign_in(nadia)
    version = db.session.scalar(db.text("SELECT id FROM measure_version ORDER BY id LIMIT 1"))
    keep(client, told="vendredi", answer_version=str(version), misinformed_by="accountant")
    wrap_up = db.session.scalars(db.select(WrapUp)).one()
    assert wrap_up.answer_version_id == version
    assert (wrap_up.told, wrap_up.misinformed_by) == ("vendredi", "accountant")


def test_this_keeps_happening_reaches_the_screening_from_a_call(
    client: Browser, nadia: User
) -> None:
    client.sign_in(nadia)
    ticket = keep(client, flag="le site dit le contraire")[0]
    assert ticket.flagged
    assert db.session.scalars(db.select(Flag)).one().line == "le site dit le contraire"


def test_no_national_number_is_kept_beside_the_note(client: Browser, nadia: User) -> None:
    number = "85.07.30-033.28"
    client.sign_in(nadia)
    words = dict.fromkeys(("flag", "promise", "told", "document"), f"it is {number}")
    ticket = keep(client, **words)[0]
    wrap_up = db.session.scalars(db.select(WrapUp)).one()
    flag = db.session.scalars(db.select(Flag)).one()
    contact = db.session.scalars(db.select(Contact)).one()
    kept = [wrap_up.promise, wrap_up.told, flag.line, ticket.told, str(contact.fields)]
    assert not [words for words in kept if number in words]


def test_another_note_of_the_same_call_with_words_in_it_stays(
    client: Browser, nadia: User, exchange: Exchange
) -> None:
    call = ring(exchange, nadia)
    client.sign_in(nadia)
    second = {"once": "form-2", "call": str(call.id), "text": "noch etwas anderes gesagt"}
    client.post("/calls/draft", data={**second, "revision": "1"})
    client.post("/calls/draft", data={"once": "form-3", "call": str(call.id), "revision": "1"})
    keep(client, call=str(call.id))
    assert [draft.once for draft in db.session.scalars(CallDraft.open_of(nadia))] == ["form-2"]


def test_a_call_answers_the_waiting_mail_of_the_same_matter(
    client: Browser, house: House, nadia: User
) -> None:
    mail = house.ticket(house.write(amelie, "Toujours rien reçu du droit passerelle pour mai."))
    with transaction():
        mail.topic_id, mail.needs_choice, mail.team_id = "bridging_right", False, nadia.team_ids[0]
        assert mail.client is not None
        mail.client.add_number(amelie.number, "desk")
    client.sign_in(nadia)
    form = {
        "number": amelie.number,
        "client": str(mail.client_id),
        "topic": "bridging_right",
        "together": "1",
    }
    part = client.post("/calls/proposal", data={"text": NOTE, **form}).text
    assert f"#{mail.number}" in part
    tickets = keep(client, **form)
    assert all(ticket.closed for ticket in tickets)
    assert mail.id in {ticket.id for ticket in tickets}


# --- the clock ------------------------------------------------------------------------------


def test_a_hang_up_owes_a_note_within_a_minute(
    client: Browser, house: House, nadia: User, exchange: Exchange
) -> None:
    ring(exchange, nadia, CallState.ANSWERED)
    assert nadia.presence == Presence.ON_CALL
    call = ring(exchange, nadia, CallState.ANSWERED, CallState.ENDED)
    assert nadia.presence == Presence.WRAPPING_UP
    owed = db.session.scalars(WrapUp.owed_by(nadia)).one()
    assert owed.ends_at == owed.began_at + TIME
    assert CallDraft.of_call(nadia, call.id) is not None
    client.sign_in(nadia)
    assert "To finish" in client.get("/calls/").text
    assert "+32 475 12 34 56" in client.get("/calls/pop").text
    keep(client, call=str(call.id), number=amelie.number)
    db.session.expire_all()
    assert (owed.disposition, nadia.presence) == ("answered", Presence.AVAILABLE)
    assert "To finish" not in client.get("/calls/").text


def test_events_that_come_again_owe_one_note(nadia: User, exchange: Exchange) -> None:
    for _again in range(3):
        ring(exchange, nadia, CallState.ENDED, CallState.ANSWERED)
    assert len(db.session.scalars(WrapUp.owed_by(nadia)).all()) == 1
    assert len(db.session.scalars(CallDraft.open_of(nadia)).all()) == 1


def test_the_time_is_extended_once(client: Browser, nadia: User, exchange: Exchange) -> None:
    ring(exchange, nadia, CallState.ANSWERED, CallState.ENDED)
    owed = db.session.scalars(WrapUp.owed_by(nadia)).one()
    client.sign_in(nadia)
    for _twice in range(2):
        assert client.post(f"/calls/wrap-up/{owed.id}/extension").status_code == 200
    db.session.expire_all()
    assert owed.ends_at == owed.began_at + 2 * TIME


def test_what_runs_out_of_time_is_counted_and_never_classified(
    client: Browser, nadia: User, exchange: Exchange
) -> None:
    call = ring(exchange, nadia, CallState.ANSWERED, CallState.ENDED)
    later = now() + TIME + timedelta(seconds=1)
    with transaction():
        assert after_call.expire(later) == 1
        assert after_call.expire(later) == 0
    owed = db.session.scalars(WrapUp.owed_by(nadia)).one()
    assert (owed.disposition, owed.finished_at) == ("wrapup_timeout", None)
    assert WrapUp.timed_out_between(later, later + TIME) == 1
    assert nadia.presence == Presence.AVAILABLE
    client.sign_in(nadia)
    assert "Wrap-up ran out of time" in client.get("/calls/").text
    keep(client, call=str(call.id), number=amelie.number)
    db.session.expire_all()
    assert owed.disposition == "answered"
    assert owed.timed_out_at is not None
