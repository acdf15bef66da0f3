"""On the page: two tickets become one and two again, know of each other, and end together."""

import pytest
from sqlalchemy import select

from models.base import db, transaction
from models.draft import Draft, DraftKind
from models.merge import TicketMerge
from models.message import Message
from models.thread import TicketLink
from models.ticket import Ticket
from models.topic import Topic
from models.user import Role
from tests.people import Browser, House, amelie, joris


@pytest.fixture
def pair(house: House) -> tuple[Ticket, Ticket]:
    """Amélie's two mails about one payment, filed with Nadia's team."""
    first = house.ticket(house.write(amelie, "Rien reçu pour mai.", "Paiement de mai"))
    second = house.ticket(house.write(amelie, "Toujours rien reçu !", "Mon argent"))
    topic = Topic.named("bridging_right")
    assert topic is not None
    with transaction():
        for ticket in (first, second):
            ticket.topic_id, ticket.team_id, ticket.needs_choice = topic.id, topic.team_id, False
            ticket.intent_id = "chase_status"
    return first, second


@pytest.fixture
def desk(client: Browser, house: House) -> Browser:
    client.sign_in(house.nadia)
    return client


def where(ticket: Ticket, rest: str = "") -> str:
    return f"/desk/tickets/{ticket.number}{rest}"


def merged(desk: Browser, pair: tuple[Ticket, Ticket]) -> TicketMerge:
    first, second = pair
    desk.post(where(first, "/merges"), data={"other": second.number})
    db.session.expire_all()
    made = db.session.scalar(select(TicketMerge).where(TicketMerge.from_id == second.id))
    assert made is not None
    return made


def test_the_ticket_shows_the_others_of_its_matter_and_proposes_to_merge(desk, pair):
    first, second = pair
    page = desk.get(where(first)).text
    assert "The same client on the same topic" in page
    assert f"Merge #{second.number} into this ticket" in page
    look = desk.get(where(first, f"/merge?other={second.number}")).text
    assert "goes in; its number leads here" in look and "2 contacts" in look


def test_merged_its_number_leads_to_the_one_and_the_thread_says_whence(desk, pair):
    first, second = pair
    merged(desk, pair)
    answer = desk.get(where(second, "?view=all"))
    assert answer.status_code == 302 and f"/desk/tickets/{first.number}" in answer.location
    page = desk.get(where(first)).text
    assert "Toujours rien reçu !" in page
    assert f"It was part of #{second.number}." in page
    assert "Take apart" in page


def test_the_merge_is_undone_at_once_or_from_the_history(desk, pair):
    first, second = pair
    made = merged(desk, pair)
    withdrawal = f"/desk/tickets/{first.number}/merges/{made.id}/withdrawal"
    page = desk.get(where(first)).text
    assert page.count(withdrawal) == 2
    assert f"#{second.number} is part of this ticket now." in page
    desk.post(withdrawal)
    db.session.expire_all()
    assert second.merged_into_id is None
    assert f"#{second.number} is a ticket of its own again." in desk.get(where(first)).text
    assert desk.get(where(second)).status_code == 200


def test_what_is_done_on_a_ticket_that_was_merged_reaches_the_one(desk, pair):
    first, second = pair
    shown = second.version
    merged(desk, pair)
    desk.post(where(second, "/notes"), data={"text": "Elle a rappelé."})
    assert "Elle a rappelé." in desk.get(where(first)).text
    with transaction():
        first.version = shown
    db.session.expire_all()
    stale = desk.post(
        where(second, "/closure"), data={"disposition": "answered", "version": first.version}
    )
    assert stale.status_code == 409 and not first.closed


def test_two_clients_ask_who_the_client_is(desk, house, pair):
    first, _ = pair
    other = house.ticket(house.write(joris, "Voor Amélie.", "Betaling"))
    asked = desk.post(where(first, "/merges"), data={"other": other.number})
    assert asked.status_code == 409 and "Who is the client?" in asked.text
    assert "Joris" in asked.text and "Amélie" in asked.text
    desk.post(where(first, "/merges"), data={"other": other.number, "client": other.client_id})
    db.session.expire_all()
    assert (other.merged_into_id, first.client_id) == (first.id, other.client_id)


def test_a_ticket_that_one_may_not_see_cannot_be_named(desk, house, pair):
    first, _ = pair
    hidden = house.ticket(house.write(joris, "Vertrouwelijk.", "Privé"))
    private = db.session.scalars(select(Topic).where(Topic.restricted)).first()
    assert private is not None
    with transaction():
        hidden.topic_id, hidden.team_id, hidden.needs_choice = private.id, private.team_id, False
    desk.post(where(first, "/merges"), data={"other": hidden.number})
    assert hidden.merged_into_id is None
    desk.post(where(first, "/links"), data={"other": hidden.number, "why": "related"})
    page = desk.get(where(first)).text
    assert f"There is no ticket #{hidden.number}." in page and "Vertrouwelijk" not in page
    assert TicketLink.reasons(first.id) == {}


def test_tickets_are_linked_with_a_reason_and_parted_again(desk, pair):
    first, second = pair
    desk.post(where(first, "/links"), data={"other": f"#{second.number}", "why": "follows"})
    assert TicketLink.reasons(first.id) == {second.id: "follows"}
    assert "follows from it" in desk.get(where(second)).text
    page = desk.get(where(first)).text
    assert f"Linked with #{second.number}." in page
    desk.post(where(first, f"/links/{second.number}/withdrawal"))
    assert TicketLink.reasons(first.id) == {}
    undo = f"/desk/tickets/{first.number}/links?other={second.number}"
    assert undo in desk.get(where(first)).text
    desk.post(f"{undo}&why=follows")
    assert TicketLink.reasons(first.id) == {second.id: "follows"}


def test_one_key_ends_the_others_and_one_key_takes_it_back(desk, house, pair):
    first, second = pair
    assert "Answered with this one" not in desk.get(where(first)).text
    house.answer(first)
    page = desk.get(where(first)).text
    assert "Answered with this one" in page
    desk.post(where(first, "/together"), data={"version": first.version})
    db.session.expire_all()
    assert second.closed and TicketLink.reasons(second.id) == {first.id: "together"}
    page = desk.get(where(first)).text
    assert f"Ended together: #{second.number}." in page
    change = page.split("/together/")[1].split("/")[0]
    desk.post(where(first, f"/together/{change}/withdrawal"))
    db.session.expire_all()
    assert not second.closed


def test_an_answer_that_is_taken_back_ended_nothing(desk, pair):
    first, second = pair
    desk.post(
        where(first, "/replies"),
        data={"text": "Vendredi.", "language": "fr", "version": first.version},
    )
    db.session.expire_all()
    desk.post(where(first, "/together"), data={"version": first.version})
    message = db.session.scalars(Message.of_ticket(first.id)).all()[-1]
    desk.post(where(first, f"/replies/{message.id}/withdrawal"))
    db.session.expire_all()
    assert not second.closed and not first.closed


# --- drafts and who is here -----------------------------------------------------------------


def typed(desk: Browser, ticket: Ticket, text: str, revision: int = 1, page: str = "a") -> int:
    answer = desk.post(
        where(ticket, "/drafts/reply"), data={"text": text, "page": page, "revision": revision}
    )
    return answer.status_code


def test_a_draft_comes_back_and_goes_when_it_is_sent(desk, pair):
    first, _ = pair
    assert typed(desk, first, "Bonjour Amélie, votre paiement") == 200
    page = desk.get(where(first)).text
    assert "Bonjour Amélie, votre paiement</textarea>" in page and "Draft of" in page
    assert typed(desk, first, "Autre chose", page="b") == 409
    desk.post(
        where(first, "/replies"),
        data={"text": "Bonjour Amélie.", "language": "fr", "version": first.version},
    )
    assert "votre paiement" not in desk.get(where(first)).text


def test_a_draft_is_thrown_away_and_brought_back(desk, pair):
    first, _ = pair
    typed(desk, first, "Bonjour Amélie")
    desk.post(where(first, "/drafts/reply/withdrawal"))
    page = desk.get(where(first)).text
    assert "Draft thrown away." in page and "Bonjour Amélie</textarea>" not in page
    desk.post(where(first, "/drafts/reply/return"))
    assert "Bonjour Amélie</textarea>" in desk.get(where(first)).text


def test_a_note_that_is_kept_leaves_no_draft(desk, house, pair):
    first, _ = pair
    desk.post(where(first, "/drafts/note"), data={"text": "Rappeler", "page": "a", "revision": 1})
    desk.post(where(first, "/notes"), data={"text": "Rappeler lundi"})
    draft = Draft.of(house.nadia, first.id, DraftKind.NOTE)
    assert draft is not None and draft.sealed is None


def test_there_are_two_kinds_of_drafts(desk, pair):
    assert desk.post(where(pair[0], "/drafts/poem"), data={"text": "x"}).status_code == 404


def test_colleagues_see_who_is_here_and_who_writes(desk, app, house, pair):
    first, _ = pair
    other = app.test_client()
    assert isinstance(other, Browser)
    other.sign_in(house.koen)
    other.post(where(first, "/presence"), data={"version": first.version})
    assert "Koen Wouters is looking" in desk.get(where(first)).text
    typed(other, first, "Chère Amélie")
    seen = desk.post(where(first, "/presence"), data={"version": first.version}).text
    assert "Koen Wouters is writing" in seen and "Nadia" not in seen
    other.post(where(first, "/presence/withdrawal"))
    assert "Koen" not in desk.post(where(first, "/presence")).text


def test_who_writes_is_told_that_somebody_has_answered(desk, house, pair):
    first, _ = pair
    shown = first.version
    message = house.answer(first)
    with transaction():
        message.by_id = house.koen.id
    seen = desk.post(where(first, "/presence"), data={"version": shown}).text
    assert "Koen Wouters has answered meanwhile" in seen


def test_words_of_health_are_not_merged_by_who_may_not_read_them(client, pair, house):
    first, second = pair
    far = house.person("rita", "Rita Maes", Role.MANAGER, "affiliation", ["fr"])
    with transaction():
        second.health = True
        first.team_id = far.team_ids[0]
    client.sign_in(far)
    path = f"/desk/tickets/{first.number}/merges"
    assert client.post(path, data={"other": second.number}).status_code == 403
    db.session.expire_all()
    assert second.merged_into_id is None


def test_the_address_of_a_merged_ticket_leads_on_whatever_stands_behind_it(client, pair, nadia):
    first, second = pair
    client.sign_in(nadia)
    client.post(f"/desk/tickets/{first.number}/merges", data={"other": second.number})
    asked = f"/desk/tickets/{second.number}?number=5&_external=1&_scheme=x&view=mine"
    answer = client.get(asked)
    assert answer.status_code == 302
    assert answer.location == f"/desk/tickets/{first.number}?view=mine"
