"""What an administrator looks after: people, teams, topics, doors and health."""

import re
from html import unescape
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from models.audit import Audit
from models.base import db, now, transaction
from models.call import Call, Exchange
from models.mailbox import Mailbox
from models.team import Membership, Team
from models.topic import Topic
from models.user import User, UserSession
from tests.chain import first_broken
from tests.people import Browser, House

PAGES = (
    "/admin/people",
    "/admin/teams",
    "/admin/topics",
    "/admin/topics/bridging_right",
    "/admin/mailboxes",
    "/admin/exchanges",
    "/admin/health",
)
NAMES = {"name-fr": "Un", "name-nl": "Een", "name-de": "Ein", "name-en": "One"}


def words(page: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def secret_in(page: str) -> str:
    found = re.search(r'class="panel secret".*?<code>([^<]+)</code>', page, re.S)
    assert found is not None
    return unescape(found.group(1))


def person(login: str) -> User:
    db.session.expire_all()
    found = db.session.scalar(User.by_login(login))
    assert found is not None
    return found


def team_id(slug: str) -> int:
    found = db.session.scalar(Team.by_slug(slug))
    assert found is not None
    return found.id


@pytest.fixture
def as_ada(client: Browser, ada: User) -> Browser:
    client.sign_in(ada)
    return client


# --- who may come in ------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_only_an_administrator_sees_these_pages(
    client: Browser, house: House, ada: User, page: str
) -> None:
    assert client.get(page).location.startswith("/login?next=")
    for refused in (house.nadia, house.koen, house.ingrid):
        client.sign_in(refused)
        assert client.get(page).status_code == 403
    client.sign_in(ada)
    assert client.get(page).status_code == 200


def test_admin_begins_where_the_person_has_something_to_do(
    client: Browser, house: House, ada: User
) -> None:
    client.sign_in(ada)
    overview = client.get("/admin/")
    assert overview.status_code == 200
    assert "Mailboxes" in overview.text
    client.sign_in(house.koen)
    assert client.get("/admin/").location == "/admin/quarantine"
    client.sign_in(house.nadia)
    assert client.get("/admin/").status_code == 403


def test_nobody_else_changes_anything(client: Browser, house: House, ada: User) -> None:
    client.sign_in(house.ingrid)
    for path in (
        "/admin/people",
        f"/admin/people/{ada.id}/leave",
        f"/admin/people/{ada.id}/password",
        "/admin/teams",
        "/admin/topics/bridging_right",
        "/admin/mailboxes",
        "/admin/exchanges",
    ):
        assert (
            client.post(path, data={"name": "x", "login": "xx", "role": "agent"}).status_code == 403
        )


# --- people ---------------------------------------------------------------------------------


def test_a_new_person_gets_a_link_that_is_shown_once(as_ada: Browser) -> None:
    bridging, care = team_id("bridging"), team_id("care")
    page = as_ada.post(
        "/admin/people",
        data={
            "login": "Lotte",
            "name": "Lotte Maes",
            "role": "agent",
            "language": "nl",
            "extension": "42",
            "team": [bridging, care],
            f"languages-{bridging}": ["nl", "en"],
        },
    )
    link = secret_in(page.text)
    entering = as_ada.get(urlsplit(link).path)
    assert "Lotte Maes" in entering.text
    lotte = person("lotte")
    assert lotte.password_hash is None
    assert (lotte.role, lotte.language, lotte.phone_extension) == ("agent", "nl", "42")
    assert {m.team_id: m.languages for m in lotte.memberships} == {
        bridging: ["nl", "en"],
        care: [],
    }
    assert link not in as_ada.get("/admin/people").text


@pytest.mark.parametrize(
    ("login", "complaint"),
    [("ada", "This login is taken."), ("a b", "no spaces"), ("", "no spaces")],
)
def test_a_login_that_cannot_be_used_is_explained(
    as_ada: Browser, login: str, complaint: str
) -> None:
    page = as_ada.post(
        "/admin/people", data={"login": login, "name": "Somebody New", "role": "agent"}
    )
    assert page.status_code == 422
    assert complaint in words(page.text)
    assert "Somebody New" in page.text


def test_a_person_changes_team_and_may_come_back(as_ada: Browser, nadia: User) -> None:
    bridging, care = team_id("bridging"), team_id("care")
    address = f"/admin/people/{nadia.id}"
    shared = {"name": nadia.name, "role": "manager", "language": "fr"}
    as_ada.post(address, data=shared | {"team": care, f"languages-{care}": "de"})
    moved = person("nadia")
    assert (moved.role, moved.team_ids, moved.languages) == ("manager", [care], ["de"])
    as_ada.post(address, data=shared | {"team": bridging})
    assert person("nadia").team_ids == [bridging]
    rows = db.session.scalars(select(Membership).where(Membership.user_id == nadia.id)).all()
    assert len(rows) == 2


def test_a_new_password_ends_every_session(as_ada: Browser, nadia: User) -> None:
    with transaction():
        secret = UserSession.begin(nadia, now(), "", "")
    password = secret_in(as_ada.post(f"/admin/people/{nadia.id}/password").text)
    assert User.with_password("nadia", password) is not None
    db.session.expire_all()
    assert UserSession.alive(secret, now()) is None


def test_a_disabled_person_cannot_sign_in_until_enabled(as_ada: Browser, nadia: User) -> None:
    password = secret_in(as_ada.post(f"/admin/people/{nadia.id}/password").text)
    as_ada.post(f"/admin/people/{nadia.id}/leave")
    assert User.with_password("nadia", password) is None
    assert "disabled" in words(as_ada.get("/admin/people").text)
    as_ada.post(f"/admin/people/{nadia.id}/return")
    assert User.with_password("nadia", password) is not None


def test_an_administrator_cannot_lock_the_house(as_ada: Browser, ada: User) -> None:
    leave = as_ada.post(f"/admin/people/{ada.id}/leave")
    step_down = as_ada.post(f"/admin/people/{ada.id}", data={"name": "Ada", "role": "agent"})
    assert (leave.status_code, step_down.status_code) == (422, 422)
    assert person("ada").active
    assert person("ada").role == "administrator"


def test_what_an_administrator_does_enters_the_audit_chain(as_ada: Browser, ada: User) -> None:
    as_ada.post("/admin/people", data={"login": "lotte", "name": "Lotte", "role": "agent"})
    acts = db.session.scalars(
        select(Audit).where(Audit.actor_id == ada.id).order_by(Audit.seq)
    ).all()
    assert [act.action for act in acts] == ["user.added", "user.link_made"]
    assert acts[0].facts["login"] == "lotte"
    assert first_broken() is None


# --- teams and topics -----------------------------------------------------------------------


def test_a_team_is_added_and_renamed_in_four_languages(as_ada: Browser) -> None:
    as_ada.post("/admin/teams", data={"slug": "first-line", **NAMES})
    made = db.session.scalar(Team.by_slug("first-line"))
    assert made is not None and made.name("de") == "Ein"
    as_ada.post(f"/admin/teams/{made.id}/names", data=NAMES | {"name-de": "Erste"})
    db.session.expire_all()
    assert made.name("de") == "Erste"
    twice = as_ada.post("/admin/teams", data={"slug": "first-line", **NAMES})
    unnamed = as_ada.post("/admin/teams", data={"slug": "second", "name-fr": "Deux"})
    assert (twice.status_code, unnamed.status_code) == (422, 422)


def test_a_topic_goes_to_another_team_and_its_subtopics_follow_its_rules(as_ada: Browser) -> None:
    care = team_id("care")
    data = NAMES | {"team": str(care), "answer_days": "7", "restricted": "1"}
    assert as_ada.post("/admin/topics/family", data=data).status_code == 303
    db.session.expire_all()
    topics = Topic.everything()
    assert (topics["family"].team_id, topics["family"].answer_days) == (care, 7)
    assert topics["family"].name("nl") == "Een"
    assert topics["family/maternity"].restricted
    assert topics["family/maternity"].answer_days == 7
    assert topics["family/maternity"].name("fr") == "Maternité"


def test_a_subtopic_is_renamed(as_ada: Browser) -> None:
    as_ada.post("/admin/topics/bridging_right/what", data=NAMES)
    db.session.expire_all()
    assert Topic.everything()["bridging_right/what"].name("en") == "One"


@pytest.mark.parametrize("days", ["0", "61", "x", ""])
def test_an_impossible_answer_time_changes_nothing(as_ada: Browser, days: str) -> None:
    data = NAMES | {"team": str(team_id("care")), "answer_days": days}
    assert as_ada.post("/admin/topics/family", data=data).status_code == 422
    db.session.expire_all()
    assert Topic.everything()["family"].answer_days == 5


def test_unknown_things_are_not_found(as_ada: Browser) -> None:
    for path in ("/admin/topics/nothing", "/admin/people/999999"):
        assert as_ada.get(path).status_code == 404
    assert as_ada.post("/admin/teams/999999/names", data=NAMES).status_code == 404


# --- doors ----------------------------------------------------------------------------------


def test_a_mailbox_is_added_closed_and_opened(as_ada: Browser) -> None:
    as_ada.post("/admin/mailboxes", data={"name": "plaintes", "address": "Plaintes@fund.example"})
    box = Mailbox.by_name("plaintes")
    assert box is not None and box.address == "plaintes@fund.example"
    as_ada.post(f"/admin/mailboxes/{box.id}/closure")
    assert Mailbox.at("plaintes@fund.example") is None
    as_ada.post(f"/admin/mailboxes/{box.id}/opening")
    assert Mailbox.at("plaintes+t1@fund.example") is not None


def test_the_last_mailbox_stays_open(as_ada: Browser) -> None:
    first = Mailbox.first()
    assert first is not None
    assert as_ada.post(f"/admin/mailboxes/{first.id}/closure").status_code == 422
    db.session.expire_all()
    assert Mailbox.first() is not None


@pytest.mark.parametrize("address", ["contact", "a@b", "a b@fund.example", "a+b@fund.example", ""])
def test_an_unusable_address_is_refused(as_ada: Browser, address: str) -> None:
    refused = as_ada.post("/admin/mailboxes", data={"name": "x", "address": address})
    assert refused.status_code == 422


def test_an_exchange_is_connected_with_an_address_shown_once(as_ada: Browser) -> None:
    page = as_ada.post("/admin/exchanges", data={"name": "Namur"})
    path = secret_in(page.text).partition("/api/")[1:]
    call = {"event": "newCall", "callId": "1", "direction": "in", "from": "0475123456", "to": "1"}
    assert as_ada.post("".join(path), json=call).status_code == 200
    assert db.session.scalars(select(Call)).one().caller_e164 == "+32475123456"
    later = as_ada.get("/admin/exchanges").text
    assert path[1] not in later
    exchange = db.session.scalars(Exchange.in_order()).one()
    as_ada.post(f"/admin/exchanges/{exchange.id}/disconnection")
    assert as_ada.post("".join(path), json=call).status_code == 401


# --- health ---------------------------------------------------------------------------------


def test_health_says_in_words_what_readyz_says(as_ada: Browser) -> None:
    faults = as_ada.get("/readyz").get_json()["faults"]
    page = words(as_ada.get("/admin/health").text)
    assert faults
    assert all(fault in page for fault in faults.values())


def test_the_classifiers_old_address_leads_to_its_own_pages(as_ada: Browser) -> None:
    answer = as_ada.get("/admin/classifier")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/classifier/")
