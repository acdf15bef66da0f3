"""The page on harm and dissatisfaction: what it is for, how good it is, and its switch."""

import pytest

from models import urgency
from models.base import now, transaction
from models.settings import Setting
from models.user import User
from tests.people import Browser


@pytest.mark.parametrize("who", ["koen", "ingrid", "ada"])
def test_it_says_how_good_it_is_and_what_it_is_not_for(
    client: Browser, request: pytest.FixtureRequest, who: str
) -> None:
    client.sign_in(request.getfixturevalue(who))
    page = client.get("/classifier/tone").text
    assert "What it must not be used for" in page
    assert "720" in page
    assert "nothing to live on" in page


def test_the_switch_turns_both_off_and_on(client: Browser, koen: User) -> None:
    client.sign_in(koen)
    for on, heard in (("0", False), ("1", True)):
        assert client.post("/classifier/tone", data={"on": on}).status_code == 302
        assert urgency.listened_to() is heard
        assert ("Switched off" in client.get("/classifier/tone").text) is not heard


def test_switching_off_is_asked_again_in_plain_words(client: Browser, koen: User) -> None:
    client.sign_in(koen)
    page = client.get("/classifier/tone").text
    asked = page.split("<details", 1)[1].split("</details>")[0]
    assert "nobody can bring it back" in asked
    assert "Yes, switch off for everybody" in asked
    assert 'name="on" value="0"' not in page.replace(asked, "")


def test_it_offers_to_undo_while_nothing_is_forgotten(client: Browser, koen: User) -> None:
    client.sign_in(koen)
    gone = client.post("/classifier/tone", data={"on": "0"})
    page = client.get(gone.headers["Location"]).text
    assert "Nothing is forgotten yet" in page
    assert 'action="/classifier/tone?on=1"' in page
    with transaction():
        Setting.write(urgency.SWITCHED_OFF, (now() - urgency.GRACE).isoformat())
    page = client.get("/classifier/tone").text
    assert "Nothing is forgotten yet" not in page
    assert "nothing of it is kept" in page
    client.post("/classifier/tone?on=1")
    assert urgency.listened_to()


def test_an_agent_may_not(client: Browser, nadia: User) -> None:
    client.sign_in(nadia)
    assert client.get("/classifier/tone").status_code == 403
    assert client.post("/classifier/tone", data={"on": "0"}).status_code == 403
    assert urgency.listened_to()
