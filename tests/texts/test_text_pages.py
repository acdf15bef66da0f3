"""The pages about texts: everybody reads, few change, and nothing is overwritten."""

import io
import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from models.base import db, now, transaction
from models.event import Event
from models.macro import Macro, StepKind
from models.message import Message
from models.reply_template import ReplyTemplate
from models.second_reader import Newcomer, Release, SecondReader
from models.text_use import TextUse
from tests.people import House, amelie
from triage.texts.comparing import pieces


def said(template: ReplyTemplate, **changed: str) -> dict[str, str]:
    """The form as the page fills it, with some fields changed."""
    version = template.current
    fields = {"seen": str(version.version), "topic": template.topic_id or "", "team": ""}
    for part in ("names", "texts", "spoken"):
        fields |= {f"{part}-{code}": text for code, text in getattr(version, part).items()}
    return fields | {name.replace("_", "-"): value for name, value in changed.items()}


@pytest.fixture
def received(app) -> ReplyTemplate:
    found = ReplyTemplate.coded("received")
    assert found is not None
    return found


def test_an_agent_reads_the_texts_and_changes_none(client, nadia, received):
    client.sign_in(nadia)
    page = client.get("/desk/texts/").text
    assert "Received" in page
    assert "New text" not in page
    page = client.get(f"/desk/texts/{received.id}").text
    assert "Dear Camille Exemple" in page
    assert (
        client.post(f"/desk/texts/{received.id}/versions", data=said(received)).status_code == 403
    )


def test_the_list_is_narrowed_and_shows_which_language_is_missing(client, koen, received):
    with transaction():
        texts = {code: text for code, text in received.current.texts.items() if code != "de"}
        received.write(received.current.names, texts, {}, "no German", by=koen, at=now())
    client.sign_in(koen)
    page = client.get("/desk/texts/?missing=de").text
    assert "Received" in page
    assert "Not yet decided" not in page
    assert "Received" not in client.get("/desk/texts/?kind=redirect").text
    assert "It says nothing in" in client.get(f"/desk/texts/{received.id}").text


def test_a_change_is_a_version_with_its_author_reason_and_difference(client, koen, received):
    client.sign_in(koen)
    form = said(received, texts_en="{opening}\n\nWe have it.\n\n{closing}", change="Shorter")
    assert client.post(f"/desk/texts/{received.id}/versions", data=form).status_code == 303
    db.session.expire_all()
    page = client.get(f"/desk/texts/{received.id}").text
    assert "v2 · Koen Wouters" in page
    assert "Shorter" in page
    assert "<ins>" in page
    client.post(f"/desk/texts/{received.id}/versions/1/restoration")
    db.session.expire_all()
    assert received.current.version == 3
    assert received.current.texts == received.versions[2].texts


def test_for_whom_a_text_is_offered_is_told_when_it_changes(client, koen, received):
    client.sign_in(koen)
    address = f"/desk/texts/{received.id}/versions"
    for topic in ("", "deferral", "deferral"):
        client.post(address, data=said(received, topic=topic))
    told = db.session.scalars(
        select(Event).where(Event.kind == "text.offered").order_by(Event.id)
    ).all()
    assert [event.facts["after"] for event in told] == [["deferral", None]]


def test_who_saves_second_sees_that_somebody_was_first(client, koen, received):
    client.sign_in(koen)
    mine = said(received, texts_en="Mine.")
    client.post(f"/desk/texts/{received.id}/versions", data=said(received, texts_en="Theirs."))
    answer = client.post(f"/desk/texts/{received.id}/versions", data=mine)
    assert answer.status_code == 409
    assert "Mine." in answer.text
    assert received.current.texts["en"] == "Theirs."


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"texts_en": "{cleint}"}, "{cleint}"),
        ({f"names_{code}": "" for code in ("fr", "nl", "de", "en")}, "Give a name"),
    ],
)
def test_what_is_no_text_is_not_kept_and_says_why(client, koen, received, changed, words):
    client.sign_in(koen)
    answer = client.post(f"/desk/texts/{received.id}/versions", data=said(received, **changed))
    assert answer.status_code == 422
    assert words in answer.text
    assert received.current.version == 1


def test_a_new_text_gets_a_code_of_its_own_and_is_retired_and_offered_again(client, koen):
    client.sign_in(koen)
    form = {"names-en": "Received", "texts-en": "Hello.", "kind": "reply", "topic": "deferral"}
    assert client.get("/desk/texts/new").status_code == 200
    made = client.post("/desk/texts/", data=form)
    found = ReplyTemplate.coded("received-2")
    assert found is not None
    assert made.location.endswith(f"/{found.id}")
    client.post(f"/desk/texts/{found.id}/retirement")
    db.session.expire_all()
    assert found.retired_at is not None
    client.post(f"/desk/texts/{found.id}/retirement/withdrawal")
    db.session.expire_all()
    assert found.retired_at is None


def test_how_often_a_text_was_sent_is_counted_without_what_was_taken_back(house: House, received):
    ticket = house.ticket(house.write(amelie, "Bonjour, où en est mon dossier ?"))
    kept, taken = house.answer(ticket), house.answer(ticket)
    with transaction():
        for message in (kept, taken):
            message.template_version_id = received.current.id
        assert taken.withdraw()
    assert TextUse.counted()[received.id][0] == 1
    assert isinstance(kept, Message)


def test_what_is_carried_out_can_be_carried_in_and_changes_nothing(client, koen, received):
    client.sign_in(koen)
    file = client.get("/desk/texts/export").data
    answer = carry_in(client, file)
    assert "0 texts are new or changed" in client.get(answer.location).text
    entries = json.loads(file)
    changed = next(entry for entry in entries if entry["code"] == "received")
    changed["texts"]["en"] = "We have it."
    carry_in(client, json.dumps(entries).encode())
    db.session.expire_all()
    assert received.current.texts["en"] == "We have it."
    assert received.current.version == 2


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe",
        b"{}",
        b"[1]",
        b'[{"code": "x", "kind": "reply", "names": {"en": "X"}, "texts": {"en": "{evil}"}}]',
        b'[{"code": "x", "kind": "spell", "names": {"en": "X"}, "texts": {"en": "Y"}}]',
        b'[{"code": "x", "kind": "reply", "names": [], "texts": {"en": ["Y"]}}]',
    ],
)
def test_a_file_that_holds_no_texts_changes_nothing(client, koen, raw):
    client.sign_in(koen)
    assert carry_in(client, raw).status_code == 303
    assert ReplyTemplate.coded("x") is None


def carry_in(client, raw: bytes):
    data = {"file": (io.BytesIO(raw), "texts.json")}
    return client.post("/desk/texts/import", data=data, content_type="multipart/form-data")


def test_a_difference_keeps_what_is_the_same():
    found = [(piece.kind, piece.text) for piece in pieces("Paid on Friday.", "Paid on Monday.")]
    assert found == [("same", "Paid on "), ("gone", "Friday."), ("new", "Monday.")]


# --- macros ---------------------------------------------------------------------------------


def test_a_macro_is_written_changed_and_listed(client, koen, nadia):
    client.sign_in(koen)
    assert client.get("/desk/texts/macros/new").status_code == 200
    form = {
        "names-en": "Chased",
        "step-0": "assign",
        "step-1": "answer",
        "answer-1": "not-yet-decided",
        "step-3": "close",
        "close-3": "answered",
        "topic": "bridging_right",
    }
    assert client.post("/desk/texts/macros", data=form).status_code == 303
    made = db.session.scalars(Macro.in_order()).all()[-1]
    assert made.said == [
        (StepKind.ASSIGN, ""),
        (StepKind.ANSWER, "not-yet-decided"),
        (StepKind.CLOSE, "answered"),
    ]
    page = client.get(f"/desk/texts/macros/{made.id}").text
    assert 'value="not-yet-decided" selected' in page
    client.post(f"/desk/texts/macros/{made.id}", data={**form, "names-en": "Chased again"})
    client.sign_in(nadia)
    page = client.get("/desk/texts/macros").text
    assert "Chased again" in page
    assert "Assign to me · Send “Not yet decided” · Close: Answered" in page


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([], "one step"),
        ([("close", "answered"), ("assign", "")], "last step"),
        ([("answer", "received"), ("answer", "received")], "once only"),
        ([("topic", "astrology")], "not known"),
        ([("note", " ")], "not known"),
    ],
)
def test_steps_that_cannot_follow_each_other_are_refused(client, koen, steps, words):
    client.sign_in(koen)
    form = {"names-en": "X"}
    for row, (kind, value) in enumerate(steps):
        form |= {f"step-{row}": kind, f"{kind}-{row}": value}
    answer = client.post("/desk/texts/macros", data=form)
    assert answer.status_code == 422
    assert words in answer.text


# --- newcomers ------------------------------------------------------------------------------


def test_a_manager_says_who_is_new_what_is_released_and_who_reads(client, koen, nadia, stranger):
    client.sign_in(koen)
    client.post(f"/desk/texts/newcomers/{nadia.id}")
    client.post(f"/desk/texts/newcomers/{nadia.id}/topics", data={"topic": ["deferral"]})
    client.post(f"/desk/texts/readers/{stranger.id}", data={"on": "1"})
    db.session.expire_all()
    assert Newcomer.standing(nadia.id) is not None
    assert Release.topics_of(nadia.id) == {"deferral"}
    assert SecondReader.allowed(stranger.id)
    page = client.get("/desk/texts/newcomers").text
    assert "Nadia Benali" in page
    client.post(f"/desk/texts/readers/{stranger.id}", data={"on": "0"})
    client.post(f"/desk/texts/newcomers/{nadia.id}/graduation")
    db.session.expire_all()
    assert Newcomer.standing(nadia.id) is None
    assert not SecondReader.allowed(stranger.id)


def test_an_administrator_does_the_same_from_the_persons_page(client, ada, nadia):
    client.sign_in(ada)
    page = client.get(f"/admin/people/{nadia.id}").text
    assert "Second reading" in page
    back = client.post(f"/desk/texts/newcomers/{nadia.id}", data={"from": "person"})
    assert back.location.endswith(f"/admin/people/{nadia.id}")
    assert "No longer a newcomer" in client.get(back.location).text


def test_a_release_is_proposed_on_the_page(client, koen, house, nadia):
    ticket = house.ticket(house.write(amelie, "Bonjour, où en est mon dossier ?"))
    with transaction():
        ticket.topic_id = "deferral"
        Newcomer.welcome(nadia, by=koen, at=now())
        for day in range(10):
            message = Message(
                kind="reply",
                ticket_id=ticket.id,
                cause=f"old {day}",
                by_id=nadia.id,
                recipient=amelie.email,
                subject="",
                text="Oui.",
                language="fr",
                message_id=f"<{day}@fund.example>",
                reply_to="",
                state="sent",
                written_at=now() - timedelta(days=20 - day),
                read_at=now() - timedelta(days=day),
                second_reader_id=koen.id,
            )
            db.session.add(message)
    client.sign_in(koen)
    assert "10 answers in a row" in client.get("/desk/texts/newcomers").text
