"""People from a file: seen before it happens, added and invited in one deed, taken back."""

import io

import pytest
from sqlalchemy import select

from models.base import db, now, transaction
from models.entry_link import EntryLink
from models.event import Event
from models.message import Message, Sending
from models.people_list import PeopleFilter
from models.team import Team
from models.user import User
from tests.people import Browser, House
from triage import people_file

GOOD = (
    "Login;Naam;E-mailadres;Rol;Team;Talen\r\n"
    "jdupont;Jeanne Dupont;jeanne@example.be;agent;bridging, affiliation;fr nl\r\n"
    "pmaes;Piet Maes;;Manager;;nl\r\n"
)
FAULTY = (
    "login,name,mail,role,team,languages\n"
    "ada,Somebody Else,,,,\n"
    "a b,,nowhere,boss,elsewhere,it\n"
    "lea,Léa Denis,lea@example.be,agent,care,de\n"
    "lea,Léa Denis,,,,\n"
)


@pytest.fixture
def as_ada(client: Browser, ada: User) -> Browser:
    client.sign_in(ada)
    return client


def tried(browser: Browser, content: str | bytes) -> str:
    raw = content.encode() if isinstance(content, str) else content
    given = {"file": (io.BytesIO(raw), "people.csv")}
    return browser.post("/admin/people/file/trial", data=given).text


def added(browser: Browser, content: str):
    return browser.post("/admin/people/file/", data={"content": content})


def logins() -> set[str]:
    db.session.expire_all()
    return set(db.session.scalars(select(User.login)))


def test_a_trial_says_what_becomes_of_each_row_and_keeps_nothing(
    house: House, as_ada, koen, stranger
):
    before = logins()
    page = tried(as_ada, GOOD)
    assert "2 people would be added and invited by mail." in page
    assert "Jeanne Dupont" in page
    page = tried(as_ada, FAULTY)
    for said in (
        "1 person would be added",
        "3 rows stay out",
        "This login is taken.",
        "This login stands in the file twice.",
        "Give a name.",
        "This is no e-mail address.",
        "There is no role “boss”: agent, manager",
        "There is no team “elsewhere”:",
        "No language “it”: fr, nl, de, en.",
    ):
        assert said in page
    assert logins() == before


def test_all_are_added_and_invited_in_one_deed(house: House, as_ada, koen, stranger):
    page = as_ada.get(added(as_ada, GOOD).location).text
    assert "2 people are added and invited." in page
    jeanne = db.session.scalars(User.by_login("jdupont")).one()
    assert (jeanne.email, jeanne.language, jeanne.languages) == (
        "jeanne@example.be",
        "fr",
        ["fr", "nl"],
    )
    assert {team.slug for team in jeanne.teams} == {"bridging", "affiliation"}
    assert db.session.scalars(User.by_login("pmaes")).one().role == "manager"
    mails = db.session.scalars(select(Message).order_by(Message.id)).all()
    assert [mail.recipient.partition("@")[0] for mail in mails] == ["jeanne", "pmaes"]
    deed = db.session.scalars(select(Event).where(Event.kind == "user.imported")).one()
    assert len(deed.facts["users"]) == 2


def test_it_is_taken_back_but_for_who_has_come_in(house: House, as_ada, koen, stranger):
    change = added(as_ada, GOOD).location.rpartition("=")[2]
    with transaction():
        db.session.scalars(User.by_login("pmaes")).one().give_password()
    as_ada.post(f"/admin/people/file/{change}/undo")
    assert "jdupont" not in logins()
    assert "pmaes" in logins()
    states = db.session.scalars(select(Message.state)).all()
    assert Sending.WITHDRAWN in states
    assert not db.session.scalar(select(EntryLink.id).where(EntryLink.used_at.is_(None)))
    as_ada.post(f"/admin/people/file/{change}/undo")
    assert "pmaes" in logins()


def test_a_file_that_is_none_is_refused_in_words(as_ada):
    assert "Choose a file that is not empty." in tried(as_ada, "")
    assert "The heading lacks login." in tried(as_ada, "name;mail\nA;b@example.be\n")
    assert "no rows below a heading" in tried(as_ada, "login;name\n")
    assert "larger than may be brought along" in tried(as_ada, b"x" * (people_file.MOST_BYTES + 1))
    assert as_ada.get("/admin/people/file/example.csv").status_code == 200


def test_what_a_list_takes_along_can_be_brought_along(house: House, nadia, koen, ada):
    rows = db.session.execute(PeopleFilter(team_id=koen.team_ids[0]).rows()).all()
    assert {row.login: row.teams for row in rows} == {"nadia": "bridging", "koen": "bridging"}
    nadias = next(row for row in rows if row.login == "nadia")
    assert nadias.languages.split()[0] == nadia.language
    assert set(nadias.languages.split()[1:]) == {"fr", "nl"}
    written = "login;name;mail;role;team;languages\n" + "\n".join(
        f"new-{row.login};{row.name};{row.email};{row.role};{row.teams};{row.languages}"
        for row in rows
    )
    with house.app.test_request_context():
        assert [row.wrong for row in people_file.read(written)] == [[], []]


def test_a_team_may_have_a_comma_in_its_name(house: House):
    with transaction():
        night = Team(slug="night", names={"fr": "Plaintes, vie privée et autres"})
        db.session.add(night)
    wanted = "login;name;team\nzoe;Zoé Martin;bridging, Plaintes, vie privée et autres\n"
    with house.app.test_request_context():
        [row] = people_file.read(wanted)
    assert row.newcomer is not None, row.wrong
    assert row.newcomer.team_ids[1:] == (night.id,)


def test_a_file_from_an_older_spreadsheet_is_read_too(as_ada):
    page = tried(as_ada, "login;nom\nlea;Léa Dévigne\n".encode("cp1252"))
    assert "Léa Dévigne" in page


def test_the_moment_of_the_deed_counts_not_that_of_the_trial(as_ada):
    tried(as_ada, "login;name\nlea;Léa\n")
    with transaction():
        db.session.add(User(login="lea", name="Another", role="agent", created_at=now()))
    assert "This login is taken." in added(as_ada, "login;name\nlea;Léa\n").text
