"""The pages of mailings: who may what, from a file of clients to the last mail."""

import csv
import io
from typing import Any

import pytest
from flask import current_app

from models.base import db, now, transaction
from models.mailing import Mailing, MailingRecipient, MailingState, RecipientState, Why
from models.message import Kind, Message
from models.ticket import Ticket
from tests.people import Browser, House, amelie, joris

WORDS = {
    "purpose": "service",
    "name": "June needs a new application",
    "subject-fr": "Votre demande pour juin",
    "text-fr": "{opening}\n\nIntroduisez une nouvelle demande.\n\n{closing}\n{house}",
    "subject-nl": "Uw aanvraag voor juni",
    "text-nl": "{opening}\n\nDien een nieuwe aanvraag in.\n\n{closing}\n{house}",
}
PEOPLE = (
    "e-mail;name;language;amount\n"
    "amelie@bakery.example;Amélie Dujardin;fr;12\n"
    "joris@plumbing.example;Joris Peeters;nl;34\n"
)


@pytest.fixture
def koen(house: House, client: Browser) -> Browser:
    client.sign_in(house.koen)
    return client


def begun(koen: Browser, **more: Any) -> Mailing:
    sent = {"name": WORDS["name"], "purpose": "service"} | more
    assert koen.post("/outreach/mailings", data=sent).status_code == 303
    return newest()


def newest() -> Mailing:
    db.session.expire_all()
    return db.session.scalars(Mailing.everything().limit(1)).one()


def here(mailing: Mailing, rest: str) -> str:
    return f"/outreach/mailings/{mailing.id}/{rest}"


def uploaded(koen: Browser, mailing: Mailing, text: str = PEOPLE) -> Any:
    file = (io.BytesIO(text.encode()), "people.csv")
    return koen.post(here(mailing, "audience/file"), data={"file": file})


def counted(koen: Browser, house: House, text: str = PEOPLE, **words: str) -> Mailing:
    one = begun(koen)
    uploaded(koen, one, text)
    answer = koen.post(here(one, "what"), data=WORDS | {"then": "go"} | words)
    assert answer.status_code == 303
    house.work()
    return newest()


def recipient(mailing: Mailing, address: str) -> MailingRecipient:
    rows = db.session.scalars(MailingRecipient.of_mailing(mailing.id))
    return next(one for one in rows if one.address == address)


def test_every_step_of_a_draft_opens(koen):
    one = begun(koen)
    assert "No mailing like this" in koen.get("/outreach/mailings?q=zzz").text
    for step in ("who", "what", "count", "when", "approval", "results", "recipients"):
        page = koen.get(here(one, step))
        assert page.status_code == 200, step
        assert "June needs a new application" in page.text


def test_a_search_by_name_does_not_tell_whose_matter_is_private(koen, house):
    one = counted(koen, house)
    hers = recipient(one, "amelie@bakery.example")
    with transaction():
        hers.state, hers.why = RecipientState.LEFT_OUT.value, Why.PRIVATE.value
    koen.sign_in(house.nadia)
    assert "counted and not shown" in koen.get(here(one, "recipients")).text
    assert "counted and not shown" not in koen.get(f"{here(one, 'recipients')}?q=amelie").text


def test_an_agent_reads_all_and_changes_nothing(koen, house):
    one = counted(koen, house)
    koen.sign_in(house.nadia)
    for step in ("who", "what", "count", "when", "approval", "results", "recipients"):
        page = koen.get(here(one, step)).text
        assert "You may look" in page
        assert "btn-primary" not in page
    assert koen.post(here(one, "start")).status_code == 403
    assert koen.post(here(one, "what"), data=WORDS).status_code == 403


def test_a_file_says_what_it_read_and_what_is_wrong_line_by_line(koen, house):
    one = begun(koen)
    faulty = PEOPLE + "no address;Nobody;fr;\namelie@bakery.example;Twice;fr;\n"
    page = uploaded(koen, one, faulty).text
    assert "2 recipients were read." in page
    assert "2 lines have a fault." in page
    assert "this is no e-mail address: left out" in page
    assert "{amount}" in koen.get(here(one, "what")).text


def test_a_file_without_addresses_keeps_who_was_chosen_before(koen, house):
    one = begun(koen)
    uploaded(koen, one)
    answer = uploaded(koen, one, "name;town\nAmélie;Namur\n")
    assert answer.status_code == 422
    assert "Who was chosen before is kept." in answer.text
    assert newest().audience["rows"] == 2


def test_a_link_to_our_own_pages_keeps_nothing_from_leaving(koen, house):
    ours = current_app.extensions["settings"].base_url
    one = counted(koen, house, **{"text-fr": f"{{opening}} {ours}/info"})
    assert one.state == MailingState.COUNTED


def test_what_is_to_mend_is_said_and_kept_from_leaving(koen, house):
    one = counted(koen, house, **{"text-fr": "{opening} {surprise} http://evil.example"})
    assert one.state == MailingState.DRAFT
    page = koen.get(here(one, "what")).text
    assert "{surprise}" in page
    assert "Only links with https:// are safe" in page
    assert "Save and count" in page
    checked = koen.post(here(one, "what/check"), data=WORDS | {"subject-de": "Nur so"}).text
    assert "There is no text." in checked
    assert newest().texts.get("de") is None


def test_a_colleagues_change_is_told_with_both_texts_and_nothing_is_lost(koen, house):
    one = counted(koen, house)
    seen = one.version
    with transaction():
        Mailing.named(one.id).change(by=house.ingrid, at=now(), texts={"fr": "De Ingrid."})
    answer = koen.post(here(one, "what"), data=WORDS | {"version": str(seen)})
    assert answer.status_code == 409
    assert "De Ingrid." in answer.text
    assert "Introduisez une nouvelle demande." in answer.text
    assert newest().texts == {"fr": "De Ingrid."}


def test_a_small_one_is_counted_started_and_sent(koen, house):
    one = counted(koen, house)
    assert one.state == MailingState.COUNTED
    page = koen.get(here(one, "count")).text
    assert "See everybody" in page
    assert "contacts more" in page
    letter = koen.get(here(one, f"recipients/{recipient(one, amelie.email).id}")).text
    assert "Introduisez une nouvelle demande." in letter
    assert "Amélie Dujardin" in letter
    answer = koen.post(here(one, "start"), data={"version": str(one.version)})
    assert answer.status_code == 303
    page = koen.get(here(one, "results")).text
    assert "It leaves in ten seconds." in page
    assert koen.post(here(one, "start/withdrawal")).status_code == 303
    assert newest().state == MailingState.COUNTED
    with transaction():
        again = Mailing.named(one.id)
        again.start(by=house.koen, at=now())
        again.start_at = now()
    house.work()
    page = koen.get(here(one, "results")).text
    assert "By language" in page
    assert {row.state for row in db.session.scalars(MailingRecipient.of_mailing(one.id))} == {
        RecipientState.SENT
    }


def test_a_large_one_needs_a_second_person_who_neither_wrote_nor_asked(koen, house, monkeypatch):
    monkeypatch.setattr("triage.outreach.mailing_approval.second_reader_above", lambda: 1)
    one = counted(koen, house)
    assert "A second person reads it first" in koen.get(here(one, "approval")).text
    assert koen.post(here(one, "start")).status_code == 409
    assert koen.post(here(one, "request")).status_code == 303
    assert newest().state == MailingState.ASKED
    assert koen.post(here(one, "approval")).status_code == 409
    koen.sign_in(house.ingrid)
    assert "Waits for your word" in koen.get("/outreach/mailings").text
    page = koen.get(here(one, "approval")).text
    assert "Introduisez une nouvelle demande." in page
    assert koen.post(here(one, "approval/refusal"), data={"why": ""}).status_code == 422
    koen.post(here(one, "approval/refusal"), data={"why": "The amount is missing"})
    assert "The amount is missing" in koen.get(here(one, "what")).text
    koen.sign_in(house.koen)
    koen.post(here(one, "request"))
    koen.sign_in(house.ingrid)
    assert koen.post(here(one, "approval")).status_code == 303
    assert newest().approved_by_id == house.ingrid.id
    koen.sign_in(house.koen)
    koen.post(here(one, "what"), data=WORDS | {"text-fr": "Autre chose."})
    assert newest().approved_at is None


def test_leaving_out_and_putting_back_one_by_one(koen, house):
    one = counted(koen, house)
    row = recipient(one, joris.email)
    htmx = {"HX-Request": "true"}
    answer = koen.post(here(one, f"recipients/{row.id}/omission"), headers=htmx)
    assert "Put back" in answer.text
    assert 'class="undo"' in answer.text
    page = koen.get(here(one, "recipients?state=left_out")).text
    assert joris.email in page
    assert amelie.email not in page
    koen.post(here(one, f"recipients/{row.id}/omission/withdrawal"), headers=htmx)
    assert recipient(newest(), joris.email).state == RecipientState.QUEUED


def test_a_page_is_put_back_at_once_and_left_out_again(koen, house):
    one = counted(koen, house)
    ids = [recipient(one, who.email).id for who in (amelie, joris)]
    for row in ids:
        koen.post(here(one, f"recipients/{row}/omission"))
    page = koen.get(here(one, "recipients?state=left_out")).text
    assert "Put these 2 back" in page
    sent = {"ids": ",".join(map(str, ids))}
    answer = koen.post(here(one, "recipients/returns?state=left_out"), data=sent)
    assert "2 put back." in koen.get(answer.location).text
    assert newest().tally().ready == 2
    koen.post(here(one, f"recipients/returns/withdrawal?ids={sent['ids']}"))
    assert newest().tally().left_out == 2


def test_a_test_mail_goes_to_us_marked_and_counts_nowhere(koen, house):
    one = counted(koen, house)
    to = "koen@fund.example"
    koen.post(here(one, "test"), data={"to": amelie.email, "language": "fr"})
    assert not db.session.scalars(db.select(Message).where(Message.kind == Kind.HOUSE)).all()
    page = koen.get(here(one, "what")).text
    to = page.split('id="test-to"')[1].split('value="')[1].split('"')[0]
    koen.post(here(one, "test"), data={"to": to, "language": "fr"})
    mail = db.session.scalars(db.select(Message).where(Message.kind == Kind.HOUSE)).one()
    assert mail.recipient == to
    assert mail.subject == "TEST · Votre demande pour juin"
    assert mail.mailing_id is None
    assert newest().tally().gone == 0


def test_the_csv_equals_the_screen_and_holds_no_formula(koen, house):
    people = PEOPLE + 'emily@studio.example;"=HYPERLINK(""https://evil.example"")";fr;1\n'
    one = counted(koen, house, people)
    answer = koen.get(here(one, "recipients.csv"))
    assert answer.data.startswith("\ufeff".encode())
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";"))
    assert rows[0][:2] == ["Name", "E-mail address"]
    assert {row[1] for row in rows[1:]} == {amelie.email, joris.email, "emily@studio.example"}
    assert all(not cell.startswith(("=", "+", "@", "-")) for row in rows for cell in row)
    some = koen.get(here(one, "recipients.csv?language=nl")).text
    assert joris.email in some
    assert amelie.email not in some


@pytest.mark.parametrize(
    "name",
    ["Eve\r\nBcc: all@evil.example", 'Eve", "all" <all@evil.example>', "Eve\u2028Bcc: x@y.example"],
    ids=["line", "comma", "separator"],
)
def test_no_name_and_no_subject_brings_a_header_with_it(koen, house, name):
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows(
        [["e-mail", "name", "language"], [amelie.email, name, "fr"]]
    )
    subject = "Pour {name}\r\nBcc: all@evil.example"
    one = counted(koen, house, out.getvalue(), **{"subject-fr": subject})
    row = recipient(one, amelie.email)
    assert "\n" not in row.name
    with transaction():
        again = Mailing.named(one.id)
        again.start(by=house.koen, at=now())
        again.start_at = now()
    house.work()
    message = recipient(newest(), amelie.email).message
    assert message is not None
    assert message.recipient == amelie.email
    assert not {"\n", "\r", "\u2028"} & set(message.subject)


@pytest.mark.parametrize("evil", ["{{7*7}}", "${x}", "%(x)s", "{{config}}", "{0}"])
def test_what_looks_like_a_template_stays_as_it_is_written(koen, house, evil):
    people = f'e-mail;name;language\n{amelie.email};"{evil}";fr\n'
    one = counted(koen, house, people, **{"text-fr": "Bonjour {name}, {{7*7}} $x %(x)s"})
    page = koen.get(here(one, f"recipients/{recipient(one, amelie.email).id}")).text
    assert "{{7*7}} $x %(x)s" in page
    assert "49" not in page.split('class="as-page"')[1].split("</div>")[0]


def test_who_was_chosen_for_a_matter_that_one_may_not_see_is_not_shown(koen, house):
    contact = house.write(amelie, "Je demande un report de cotisations")
    ticket: Ticket = house.ticket(contact)
    with transaction():
        ticket.topic_id, ticket.needs_choice = "deferral", False
        ticket.team_id = house.stranger.team_ids[0]
        one = Mailing.draft("x", "service", by=house.koen, at=now())
        row = MailingRecipient(
            mailing_id=one.id, address=amelie.email, language="fr", ticket_id=ticket.id
        )
        db.session.add(row)
    koen.sign_in(house.nadia)
    page = koen.get(here(one, "recipients")).text
    assert amelie.email not in page
    assert "1 whose matter you may not see" in page
    assert koen.get(here(one, f"recipients/{row.id}")).status_code == 404
    assert amelie.email not in koen.get(here(one, "recipients.csv")).text
