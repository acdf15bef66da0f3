"""Reply to all affected, on its page: written, looked through, left out, taken back."""

from sqlalchemy import select

from models import saying
from models.base import db, now, transaction
from models.prepared import PreparedAnswer, Readiness, ReplyToAll
from models.topic import Topic
from models.user import User
from tests.people import Browser, House, amelie, emily, frieda, joris
from tests.screening.conftest import Morning
from triage import placeholders

TEXTS = {
    "fr": "{opening}\n\nVotre paiement part vendredi (demande {number}).\n\n{closing}",
    "nl": "{opening}\n\nUw betaling vertrekt vrijdag.\n\n{closing}",
}
HTMX = {"HX-Request": "true"}


def prepared(client: Browser, morning: Morning, texts: dict[str, str] = TEXTS) -> ReplyToAll:
    with transaction():
        for contact in morning.contacts:
            morning.case(contact).score = 0.9
    answer = client.post(morning.url("replies"), data=texts)
    assert answer.status_code == 303, answer.text
    db.session.expire_all()
    reply = ReplyToAll.last_of(morning.problem)
    assert reply is not None
    return reply


def answers(reply: ReplyToAll) -> dict[str, PreparedAnswer]:
    mine = select(PreparedAnswer).where(PreparedAnswer.reply_id == reply.id)
    return {answer.language: answer for answer in db.session.scalars(mine)}


def test_the_text_begins_with_the_approved_sentence(
    client: Browser, koen: User, morning: Morning
) -> None:
    with transaction():
        saying.write(morning.problem, {"fr": "Vendredi."}, by=koen, at=now())
        draft = saying.last_change(morning.problem)
        assert draft is not None
        saying.approve(morning.problem, in_mail=False, by=koen, seen=draft.id, at=now())
    client.sign_in(koen)
    page = client.get(morning.url("replies")).text
    assert "{opening}\n\nVendredi.\n\n{closing}" in page
    assert "Nothing leaves by itself" in page


def test_the_preview_says_who_in_which_language_what_and_why_not(
    client: Browser, koen: User, morning: Morning
) -> None:
    client.sign_in(koen)
    reply = prepared(client, morning)
    ticket = morning.house.ticket(morning.contacts[0])
    assert answers(reply)["fr"].text == (
        f"Bonjour {amelie.name},\n\nVotre paiement part vendredi (demande #{ticket.number})."
        "\n\nCordialement,"
    )
    page = client.get(morning.url("replies")).text
    assert amelie.name in page and joris.name in page and frieda.name in page
    assert "no text in this language" in page
    assert "Votre paiement part vendredi" in page
    ready = client.get(morning.url("replies") + "?show=ready").text
    assert frieda.name not in ready and joris.name in ready


def test_what_is_about_health_is_counted_and_not_named(
    client: Browser, koen: User, morning: Morning
) -> None:
    private = next(topic.id for topic in Topic.everything().values() if topic.restricted)
    with transaction():
        morning.contacts[0].topic_id = private
        morning.house.ticket(morning.contacts[0]).topic_id = private
    client.sign_in(koen)
    prepared(client, morning)
    page = client.get(morning.url("replies")).text
    assert amelie.name not in page
    assert "1 about health or privacy is counted and not shown." in page


def test_one_ticket_is_left_out_and_put_back_in_its_row(
    client: Browser, koen: User, morning: Morning
) -> None:
    client.sign_in(koen)
    reply = prepared(client, morning)
    answer = answers(reply)["nl"]
    url = morning.url("replies", reply.id, "answers", answer.id, "omission")
    row = client.post(url, headers=HTMX).text
    assert "left out by hand" in row and "Put back" in row
    db.session.expire_all()
    assert answer.state == Readiness.LEFT_OUT
    row = client.post(f"{url}/withdrawal", headers=HTMX).text
    assert "Leave out" in row
    german = answers(reply)["de"]
    nothing = morning.url("replies", reply.id, "answers", german.id, "omission", "withdrawal")
    assert client.post(nothing).status_code == 409


def test_the_whole_is_withdrawn_and_that_is_undone(
    client: Browser, koen: User, morning: Morning
) -> None:
    client.sign_in(koen)
    reply = prepared(client, morning)
    url = morning.url("replies", reply.id, "withdrawal")
    assert client.post(url).status_code == 303
    assert "No agent is offered it." in client.get(morning.url("replies")).text
    client.post(f"{url}/withdrawal")
    db.session.expire_all()
    assert reply.withdrawn_at is None
    newer = prepared(client, morning)
    assert newer.id != reply.id
    assert client.post(f"{url}/withdrawal").status_code == 409


def test_who_wrote_since_is_counted_until_it_is_prepared_for_them_too(
    client: Browser, koen: User, morning: Morning, says
) -> None:
    client.sign_in(koen)
    prepared(client, morning)
    assert "come since" not in client.get(morning.url("replies")).text
    says(emily, "Still nothing received for May.", morning.problem)
    assert "1 ticket has come since." in client.get(morning.url("replies")).text
    reply = prepared(client, morning, TEXTS | {"en": "Paid on Friday."})
    assert answers(reply)["en"].text == "Paid on Friday."
    assert "come since" not in client.get(morning.url("replies")).text


def test_a_slip_in_braces_is_refused_and_the_text_stays(
    client: Browser, koen: User, morning: Morning
) -> None:
    client.sign_in(koen)
    slip = client.post(morning.url("replies"), data={"fr": "Bonjour {nom}, {agent}"})
    assert slip.status_code == 422
    assert "{nom}, {agent}" in slip.text and "Bonjour {nom}" in slip.text
    assert client.post(morning.url("replies"), data={"fr": " "}).status_code == 422
    assert client.post(morning.url("replies"), data={"fr": "a" * 5_001}).status_code == 422
    assert ReplyToAll.last_of(morning.problem) is None


def test_names_bring_no_further_fields_with_them(app) -> None:
    words = placeholders.Wording("Dear {name},", "Dear Sir or Madam,", "Kind regards,")
    facts = {"number": 7, "team": "Team", "house": "House"}
    sly = placeholders.filled("{opening} {house}", words, name="{house}{number}", **facts)
    assert sly == "Dear {house}{number}, House"
    assert placeholders.filled("{opening}", words, name="", **facts) == "Dear Sir or Madam,"
    assert placeholders.filled("{name}", words, name="", **facts) is None


def test_another_problems_answers_are_not_found_here(
    client: Browser, house: House, koen: User, morning: Morning, found
) -> None:
    client.sign_in(koen)
    reply = prepared(client, morning)
    other = found()
    url = f"/screening/problems/{other.number}/replies/{reply.id}/withdrawal"
    assert client.post(url).status_code == 404


def test_the_answer_of_one_ticket_is_written_by_hand_in_its_row(
    client: Browser, koen: User, morning: Morning
) -> None:
    client.sign_in(koen)
    reply = prepared(client, morning)
    answer = answers(reply)["nl"]
    url = morning.url("replies", reply.id, "answers", answer.id, "text")
    row = client.post(url, data={"text": "Joris, het is betaald."}, headers=HTMX).text
    assert "Joris, het is betaald." in row and "by hand" in row
    client.post(url, data={"text": "Beste {naam}"}, headers=HTMX)
    db.session.expire_all()
    assert answer.text == "Joris, het is betaald."
