"""What readers say is missing: read by the house, made a task, done; each taken back."""

import re

import pytest

from models import info_feedback
from models.base import db, now, transaction
from models.event import Event
from models.info_feedback import Box
from models.info_page import InfoPage, InfoPageVersion
from models.info_reading import InfoFeedback
from tests.people import Browser, House


@pytest.fixture
def koen(house: House, client: Browser) -> Browser:
    client.sign_in(house.koen)
    return client


@pytest.fixture
def said(house: House) -> InfoFeedback:
    return say("Et pour les starters ?")


def say(missing: str, *, useful: bool = False, slug: str = "payment-days") -> InfoFeedback:
    with transaction():
        page = InfoPage.at(slug) or InfoPage(slug=slug)
        db.session.add(page)
        db.session.flush()
        version = db.session.query(InfoPageVersion).filter_by(page_id=page.id).first()
        if version is None:
            version = InfoPageVersion(
                page_id=page.id,
                number=1,
                state="published",
                titles={"en": "Payment days"},
                bodies={"en": "On Friday."},
            )
            db.session.add(version)
            db.session.flush()
        made = InfoFeedback(
            page_id=page.id,
            version_id=version.id,
            language="fr",
            useful=useful,
            missing=missing,
            at=now(),
        )
        db.session.add(made)
    return made


def boxes() -> dict[str, int]:
    return {str(box): count for box, count in info_feedback.counted().items() if count}


def do(client: Browser, deed: str, *ids: int) -> str:
    return client.post(
        f"/outreach/feedback/{deed}", data={"id": list(ids)}, follow_redirects=True
    ).text


def taken_back(client: Browser, shown: str) -> None:
    found = re.search(r'action="([^"]*undone=1)"', shown)
    assert found is not None
    client.post(found[1].replace("&amp;", "&"))


def test_words_of_a_reader_wait_unread_with_their_page(koen: Browser, said: InfoFeedback) -> None:
    shown = koen.get("/outreach/feedback").text
    assert "Et pour les starters ?" in shown and "Payment days" in shown


def test_a_share_of_two_is_never_shown(koen: Browser, said: InfoFeedback) -> None:
    say("", useful=True)
    shown = koen.get("/outreach/feedback").text
    assert "1 found it useful, 1 did not" in shown and "%" not in shown.split("voices")[1][:300]


@pytest.mark.parametrize(
    ("deed", "box"), [("read", "read"), ("task", "to_do"), ("untask", "unread")]
)
def test_a_deed_moves_it_and_undo_moves_it_back(
    koen: Browser, said: InfoFeedback, deed: str, box: str
) -> None:
    if deed == "untask":
        do(koen, "task", said.id)
        before = {"to_do": 1}
    else:
        before = {"unread": 1}
    shown = do(koen, deed, said.id)
    assert boxes() == ({"read": 1} if deed == "untask" else {box: 1})
    taken_back(koen, shown)
    assert boxes() == before or deed == "task" and boxes() == {"read": 1}


def test_a_task_that_is_done_can_be_opened_again(koen: Browser, said: InfoFeedback) -> None:
    do(koen, "task", said.id)
    shown = do(koen, "done", said.id)
    assert boxes() == {"read": 1}
    taken_back(koen, shown)
    assert boxes() == {"to_do": 1}


def test_doing_it_twice_is_once_and_leaves_one_event(koen: Browser, said: InfoFeedback) -> None:
    do(koen, "read", said.id)
    do(koen, "read", said.id)
    kinds = [one.kind for one in db.session.query(Event).filter(Event.kind.like("info_feedback%"))]
    assert kinds == ["info_feedback.read"]


def test_one_page_is_looked_at_alone(koen: Browser, said: InfoFeedback) -> None:
    say("Was fehlt: ein Beispiel.", slug="other-page")
    shown = koen.get("/outreach/feedback?about=other-page").text
    assert "ein Beispiel" in shown and "starters" not in shown


def test_the_tasks_of_a_page_are_told_to_its_writer(koen: Browser, said: InfoFeedback) -> None:
    do(koen, "task", said.id)
    page = InfoPage.at("payment-days")
    assert page is not None
    assert [one.missing for one in info_feedback.tasks_of(page)] == ["Et pour les starters ?"]
    assert info_feedback.counted(page.id)[Box.TO_DO] == 1


def test_an_agent_reads_and_changes_nothing(
    house: House, client: Browser, said: InfoFeedback
) -> None:
    client.sign_in(house.nadia)
    assert "starters" in client.get("/outreach/feedback").text
    assert client.post("/outreach/feedback/read", data={"id": said.id}).status_code == 403
    assert (
        client.get("/outreach/feedback?box=nothing&about=nothing&page=x&ids=x").status_code == 200
    )
