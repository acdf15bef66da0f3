import pytest
from sqlalchemy import select

from models.base import db, now, transaction
from models.call import Call, CallState
from models.callback import Callback, CallbackReason
from models.client import Client, Level
from models.event import Event
from models.exchange import Exchange
from models.identity_check import IdentityCheck
from models.look import Look
from models.ticket import Ticket
from models.user import Role
from tests.people import Browser, House, amelie, joris

NISS = "93051822361"


@pytest.fixture
def baker(house: House, client: Browser) -> Client:
    """Amélie, who wrote once; Nadia is at the desk."""
    contact = house.call(
        amelie, "Demande où en est son dossier.", by=house.nadia, topic="bridging_right"
    )
    client.sign_in(house.nadia)
    assert contact.client is not None
    with transaction():
        contact.client.learn_identifier("niss", NISS, "••.••.••-•••.61", now())
    return contact.client


def page(client: Browser, baker: Client, **query: str) -> str:
    answer = client.get(f"/clients/{baker.id}", query_string=query)
    assert answer.status_code == 200
    return answer.text


def post(client: Browser, baker: Client, what: str, **form: str) -> str:
    answer = client.post(f"/clients/{baker.id}/{what}", data=form, follow_redirects=True)
    assert answer.status_code == 200
    return answer.text


def test_the_page_shows_who_it_is_and_what_was_said(client, baker):
    shown = page(client, baker)
    assert amelie.name in shown and "Demande où en est son dossier." in shown
    assert "••.••.••-•••.61" in shown and NISS not in shown


def test_who_sees_no_matter_of_the_client_sees_a_name(client, baker, stranger):
    client.sign_in(stranger)
    shown = page(client, baker)
    assert amelie.name in shown and amelie.number not in shown and "475 12" not in shown
    assert (
        client.post(f"/clients/{baker.id}/ways", data={"value": "a@b.example"}).status_code == 404
    )
    assert "475 12" not in client.get("/clients/?q=dujardin").text


def test_a_check_of_who_is_speaking_opens_the_card(client, baker, stranger):
    with transaction():
        db.session.add(IdentityCheck(client_id=baker.id, user_id=stranger.id, how="date", at=now()))
    client.sign_in(stranger)
    shown = page(client, baker)
    assert "475 12" in shown and "Demande où en est" not in shown


def test_the_stream_shows_the_calls_that_stand_in_ones_log(client, baker, koen, nadia, house):
    with transaction():
        exchange, _token = Exchange.connect("main")
        other = house.person("mehdi", "Mehdi Claes", Role.AGENT, "bridging_right", ["fr"])
        facts = {"caller": amelie.number, "caller_e164": amelie.number, "user_id": other.id}
        facts |= {"answered_by_id": other.id}
        for state in CallState:
            Call.hear(exchange, state, "c1", at=now(), facts=facts)
    assert "call without a note" not in page(client, baker)
    client.sign_in(koen)
    assert "call without a note" in page(client, baker)


def test_the_stream_is_narrowed_by_channel_and_topic(client, baker):
    said = 'class="moment is-contact"'
    assert said in page(client, baker, channel="phone", topic="bridging_right")
    assert said not in page(client, baker, channel="email")
    assert said not in page(client, baker, topic="deferral")


def test_a_looked_at_page_is_noted_once_an_hour(client, baker, house, ingrid):
    page(client, baker)
    page(client, baker)
    ticket = db.session.scalars(select(Ticket)).one()
    client.get(f"/desk/tickets/{ticket.number}")
    assert len(db.session.scalars(select(Look)).all()) <= 4
    client.sign_in(ingrid)
    shown = client.get(f"/clients/{baker.id}/looks").text
    assert house.nadia.name in shown and f"#{ticket.number}" in shown


def test_the_card_is_changed_and_taken_back(client, baker):
    before = baker.name
    post(client, baker, "description", name="Amélie D.", language="nl", remark="Calls at noon")
    assert (baker.name, baker.language, baker.remark) == ("Amélie D.", "nl", "Calls at noon")
    post(client, baker, "withdrawal")
    assert (baker.name, baker.language, baker.remark) == (before, "fr", "")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("Baker@Home.example", "baker@home.example"), ("0486 11 22 33", "+32486112233")],
)
def test_a_way_is_added_and_taken_back(client, baker, typed, kept):
    assert "Undo" in post(client, baker, "ways", value=typed)
    assert kept in {a.address for a in baker.addresses} | {n.e164 for n in baker.numbers}
    post(client, baker, "withdrawal")
    assert kept not in {a.address for a in baker.addresses} | {n.e164 for n in baker.numbers}


def test_nonsense_is_no_way(client, baker):
    assert "neither" in post(client, baker, "ways", value="soon")


def test_a_maybe_is_confirmed_and_unconfirmed(client, baker):
    with transaction():
        baker.add_number_maybe(joris.number, "email")
    number = baker.numbers[-1]
    post(client, baker, f"ways/number/{number.id}/confirmation")
    assert number.level == Level.KNOWN
    post(client, baker, "withdrawal")
    assert (number.level, number.confirmed_at) == (Level.MAYBE, None)


def test_a_removed_number_comes_back_as_it_was(client, baker):
    number_id = baker.numbers[0].id
    post(client, baker, f"ways/number/{number_id}/removal")
    assert baker.numbers == []
    post(client, baker, "withdrawal")
    assert [(n.id, n.e164) for n in baker.numbers] == [(number_id, amelie.number)]


def test_a_number_goes_to_whom_it_belongs_for_a_reason(client, baker):
    with transaction():
        plumber = Client.writing_from(joris.email, joris.name, "nl", "email")
    where = f"ways/number/{baker.numbers[0].id}/owner"
    assert "why" in post(client, baker, where, to=joris.email)
    post(client, baker, where, to=joris.email, why="He called from her shop")
    assert (baker.numbers, plumber.numbers[0].e164) == ([], amelie.number)
    post(client, baker, "withdrawal")
    assert (baker.numbers[0].e164, plumber.numbers) == (amelie.number, [])


def test_another_persons_change_cannot_be_taken_back(client, baker, koen):
    post(client, baker, "ways", value="baker@home.example")
    client.sign_in(koen)
    assert "too late" in post(client, baker, "withdrawal")
    assert len(baker.addresses) == 1


def test_two_who_change_the_card_at_once_lose_nothing(client, baker):
    shown = {"was_name": amelie.name, "was_language": "fr", "was_spoken_language": ""}
    shown |= {"name": amelie.name, "language": "fr", "was_remark": ""}
    post(client, baker, "description", **shown, remark="Calls at noon")
    post(client, baker, "description", **{**shown, "name": "Amélie D."}, remark="")
    assert (baker.name, baker.remark) == ("Amélie D.", "Calls at noon")
    post(client, baker, "description", **shown, remark="Has a stall on Sundays")
    assert baker.remark == "Calls at noon\nHas a stall on Sundays"


def test_taking_a_change_back_leaves_a_colleagues_newer_word(client, baker, koen, nadia):
    post(client, baker, "description", name="Amélie D.", language="fr", remark="Calls at noon")
    client.sign_in(koen)
    post(client, baker, "description", name="Amélie D.", language="fr", remark="Calls at six")
    client.sign_in(nadia)
    post(client, baker, "withdrawal")
    assert (baker.name, baker.remark) == (amelie.name, "Calls at six")


def test_what_was_typed_in_again_is_not_brought_back_twice(client, baker, koen, nadia):
    post(client, baker, f"ways/number/{baker.numbers[0].id}/removal")
    client.sign_in(koen)
    post(client, baker, "ways", value=amelie.number)
    client.sign_in(nadia)
    assert "too late" in post(client, baker, "withdrawal")
    assert [number.e164 for number in baker.numbers] == [amelie.number]


def test_the_words_of_a_call_back_about_health_stay_covered(client, baker, koen):
    with transaction():
        ticket = db.session.scalars(select(Ticket)).one()
        ticket.health, ticket.team_id = True, None
        Callback.ask(
            ticket=ticket, reason=CallbackReason.REQUESTED, at=now(), note="about her operation"
        )
    client.sign_in(koen)
    shown = page(client, baker)
    assert "call-back" in shown and "operation" not in shown


# --- hidden numbers -------------------------------------------------------------------------


def reveal(client: Browser, baker: Client, **form: str):
    where = f"/clients/{baker.id}/identifiers/{baker.identifiers[0].id}/revelation"
    return client.post(where, data={"reason": "identity", **form}, headers={"HX-Request": "true"})


def test_a_hidden_number_is_shown_for_a_minute_and_noted(client, baker, nadia):
    answer = reveal(client, baker)
    assert NISS in answer.text and "delay:60s" in answer.text
    assert "no-store" in answer.headers["Cache-Control"]
    told = db.session.scalars(select(Event).where(Event.kind.endswith("revealed"))).one()
    assert (told.actor_id, told.facts["reason"]) == (nadia.id, "identity")
    assert NISS not in page(client, baker)


def test_without_a_reason_it_stays_hidden(client, baker):
    assert reveal(client, baker, reason="").status_code == 400
    assert reveal(client, baker, reason="other", words="").status_code == 400
    assert reveal(client, baker, reason="other", words="pension file").status_code == 200


def test_who_sees_no_matter_of_the_client_sees_no_number(client, baker, stranger):
    client.sign_in(stranger)
    assert reveal(client, baker).status_code == 404
    with transaction():
        db.session.add(IdentityCheck(client_id=baker.id, user_id=stranger.id, how="date", at=now()))
    assert reveal(client, baker).status_code == 403
    assert "Show for a minute" not in page(client, baker)


def test_nobody_needs_so_many_in_an_hour(client, baker):
    codes = [reveal(client, baker).status_code for _ in range(11)]
    assert codes == [200] * 10 + [429]


# --- two records ----------------------------------------------------------------------------


def test_two_records_are_put_together_and_apart_from_the_page(client, baker, house):
    with transaction():
        double = Client.writing_from("a@home.example", amelie.name, "fr", "email")
    looked = client.get(f"/clients/{baker.id}/doubles?other={double.id}").text
    assert "a@home.example" in looked
    assert "Undo" in post(client, baker, "doubles", other=str(double.id))
    moved = client.get(f"/clients/{double.id}")
    assert moved.location == f"/clients/{baker.id}"
    merge_id = db.session.scalar(
        select(Event.facts["merge"].as_integer())
        .where(Event.kind == "client.merged")
        .order_by(Event.id)
    )
    client.post(f"/clients/merges/{merge_id}/withdrawal")
    assert client.get(f"/clients/{double.id}").status_code == 200


# --- mandates -------------------------------------------------------------------------------


def test_a_mandate_is_given_ended_and_resumed(client, baker):
    with transaction():
        accountant = Client.writing_from("fidu@count.example", "Fiduciaire Lambert", "fr", "email")
    shown = post(
        client,
        baker,
        "mandates",
        representative=f"#{accountant.id}",
        proof="form",
        last_day="2099-12-31",
    )
    assert "Fiduciaire Lambert" in shown and "all topics" in shown
    assert amelie.name in client.get(f"/clients/{accountant.id}").text
    mandate_id = db.session.scalar(
        select(Event.facts["mandate"].as_integer())
        .where(Event.kind == "mandate.given")
        .order_by(Event.id)
    )
    client.post(f"/clients/mandates/{mandate_id}/end")
    assert "mandate has ended" in page(client, baker)
    client.post(f"/clients/mandates/{mandate_id}/resumption")
    assert "mandate has ended" not in page(client, baker)


def test_a_mandate_for_nobody_or_backwards_is_refused(client, baker):
    assert "No client" in post(client, baker, "mandates", representative="nobody@x.example")
    mine = post(client, baker, "mandates", representative=f"#{baker.id}")
    assert "somebody else" in mine


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_mandate_of_no_century_of_ours_has_no_such_day(client, baker, day):
    with transaction():
        accountant = Client.writing_from("fidu@count.example", "Fiduciaire Lambert", "fr", "email")
    days = {"first_day": day, "last_day": day}
    shown = post(client, baker, "mandates", representative=f"#{accountant.id}", **days)
    assert "Fiduciaire Lambert" in shown and day not in shown


def test_a_page_that_nobody_reaches_is_empty(client, baker):
    assert "Nothing that you may see" in page(client, baker, page="9" * 30)


def test_clients_are_looked_for_by_name(client, baker):
    assert f"/clients/{baker.id}" in client.get("/clients/?q=dujardin").text
    assert f"/clients/{baker.id}" in client.get("/clients/?q=AMELIE").text
    assert f"/clients/{baker.id}" in client.get("/clients/?q=0475 12 34").text
    assert client.get("/clients/999999").status_code == 404
