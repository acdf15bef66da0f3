"""The roster on its page: typed, copied, read from a file after a look, and undone."""

from datetime import date, timedelta
from io import BytesIO

import pytest

from models.base import db, now
from models.calendar import business_day, start_of
from models.shift import RosterFile, Shift
from models.team import Team
from tests.people import Browser, House
from triage.dashboards import roster_file
from triage.dashboards.roster_file import NoRoster

MONDAY = business_day(now()) - timedelta(days=business_day(now()).weekday())
NEXT = MONDAY + timedelta(days=7)


@pytest.fixture
def team(house: House) -> Team:
    return db.session.scalars(Team.by_slug("bridging")).one()


def standing(monday: date = MONDAY) -> list[Shift]:
    db.session.expire_all()
    return list(Shift.between(start_of(monday), start_of(monday + timedelta(days=7))))


def put_in(client: Browser, of: Team, **said: object):
    form = {
        "week": MONDAY.isoformat(),
        "team": of.id,
        "heads": "2,5",
        "starts": "08:30",
        "ends": "12:00",
        "day": ["0", "2"],
    }
    return client.post("/dashboard/roster/shifts", data=form | said)


def test_an_empty_roster_says_what_it_is_for(client, koen):
    client.sign_in(koen)
    page = client.get("/dashboard/roster").text
    assert "assumes that whoever is here today" in page


def test_hours_are_put_in_for_several_days_and_undone(client, koen, team):
    client.sign_in(koen)
    answer = put_in(client, team)
    assert [one.heads for one in standing()] == [2.5, 2.5]
    page = client.get(answer.location).text
    assert "The roster has changed" in page
    undo = page.split('action="/dashboard/roster/deeds/')[1].split('"')[0]
    client.post(f"/dashboard/roster/deeds/{undo}".replace("&amp;", "&"))
    assert standing() == []


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"team": 0}, "Choose a team"),
        ({"day": []}, "at least one day"),
        ({"starts": "08:10"}, "full or half hours"),
        ({"ends": "08:00"}, "the end comes after"),
        ({"heads": "many"}, "number of heads"),
        ({"heads": "-1"}, "number of heads"),
    ],
)
def test_what_cannot_be_meant_is_said(client, koen, team, said, words):
    client.sign_in(koen)
    answer = put_in(client, team, **said)
    assert answer.status_code == 422
    assert words in answer.text
    assert standing() == []


def test_weeks_are_copied_and_the_usual_one_filled_in(client, koen, team):
    client.sign_in(koen)
    put_in(client, team)
    client.post("/dashboard/roster/copies", data={"week": NEXT.isoformat()})
    assert len(standing(NEXT)) == 2
    client.post("/dashboard/roster/usual", data={"week": MONDAY.isoformat()})
    after = NEXT + timedelta(days=7)
    client.post("/dashboard/roster/usual/copies", data={"week": after.isoformat()})
    assert len(standing(after)) == 2


def test_shifts_are_taken_out(client, koen, team):
    client.sign_in(koen)
    put_in(client, team)
    first = standing()[0]
    client.post("/dashboard/roster/removal", data={"shift": first.id, "week": MONDAY.isoformat()})
    assert [one.id for one in standing()] == [two.id for two in standing() if two.id != first.id]


def test_an_agent_reads_it_and_changes_nothing(client, nadia, koen, team):
    client.sign_in(koen)
    put_in(client, team)
    client.sign_in(nadia)
    page = client.get("/dashboard/roster").text
    assert "2.5 heads" in page
    assert "Put into the roster" not in page
    assert put_in(client, team).status_code == 403


# --- files ----------------------------------------------------------------------------------


def lines() -> str:
    return (
        "Agent;Équipe;Canal;Date;De;À;Nombre\r\n"
        f"nadia;bridging;téléphone;{MONDAY:%d/%m/%Y};8h30;12h30;\r\n"
        f";bridging;;{MONDAY:%Y-%m-%d};9:00;17:00;3\r\n"
        f"nobody;bridging;;{MONDAY};9:00;17:00;\r\n"
        f";=cmd;;{MONDAY};9:00;17:00;1\r\n"
    )


def look(client: Browser, content: bytes):
    return client.post(
        "/dashboard/roster/file",
        data={"file": (BytesIO(content), "june.csv")},
        content_type="multipart/form-data",
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_a_file_is_looked_at_before_anything_is_written(client, koen, nadia, team, encoding):
    client.sign_in(koen)
    page = look(client, lines().encode(encoding)).text
    assert "2 shifts would be put in" in page
    assert "2 lines cannot be read" in page
    assert "Nobody has this login" in page
    assert standing() == []


def test_the_good_lines_are_taken_over_and_the_same_file_adds_nothing(client, koen, nadia, team):
    client.sign_in(koen)
    client.post("/dashboard/roster/file/shifts", data={"text": lines(), "name": "june.csv"})
    assert [(one.user_id, one.heads) for one in standing()] == [(nadia.id, 1), (None, 3)]
    page = look(client, lines().encode()).text
    assert "has put in the same file" in page
    assert "0 shifts would be put in" in page
    again = client.post("/dashboard/roster/file/shifts", data={"text": lines()})
    assert again.status_code == 422
    assert db.session.query(RosterFile).count() == 1


def test_faulty_lines_are_handed_back_with_their_reason(client, koen, nadia, team):
    client.sign_in(koen)
    text = client.post("/dashboard/roster/file/faults", data={"text": lines()}).text
    assert text.startswith("\ufeffAgent;Équipe;")
    assert text.count("\r\n") == 3
    assert ";'=cmd;" in text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"a;b\n1;2", "no column for the team"),
        (b"team;from;to\n", "no column for the day"),
        (b"x" * 300_001, "too long"),
    ],
)
def test_what_is_no_roster_is_refused_with_a_reason(client, koen, content, words):
    client.sign_in(koen)
    answer = look(client, content)
    assert answer.status_code == 422
    assert words in answer.text


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_the_separator_is_found_by_the_header(house, team, separator):
    text = "team;day;from;to;heads\nbridging;2026-06-01;8;12:30;2".replace(";", separator)
    [wanted] = roster_file.read(text).wishes
    assert wanted.heads == 2


def test_a_person_twice_in_one_file_is_a_fault(house, nadia, team):
    row = "nadia;bridging;2026-06-01;{};{}"
    text = "\n".join(["login;team;day;from;to", row.format("8", "10"), row.format("9", "11")])
    assert [line.fault for line in roster_file.read(text).lines] == ["", "twice"]


@pytest.mark.parametrize("text", ["0", "32/1/2026", "2026-13-01", "1/2", "", "99999-1-1", "1.1.1"])
def test_what_is_no_day_is_no_day(text):
    if text == "1.1.1":
        assert roster_file.day_of(text) == date(2001, 1, 1)
    else:
        with pytest.raises(ValueError, match="day"):
            roster_file.day_of(text)


@pytest.mark.parametrize("text", ["8", "8h", "08:00", "8.00", "8:00:00"])
def test_times_are_read_as_people_write_them(text):
    assert roster_file.time_of(text).hour == 8


@pytest.mark.parametrize("text", ["", "25", "8:60", "eight", "٨"])
def test_what_is_no_time_is_no_time(text):
    with pytest.raises(ValueError, match="times"):
        roster_file.time_of(text)


def test_a_table_that_is_too_long_is_refused(house):
    with pytest.raises(NoRoster, match="long"):
        roster_file.read("team;day;from;to\n" + "a;b;c;d\n" * 5_001)
