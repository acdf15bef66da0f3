"""Signatures: of a team and of the house, in four languages, names put in literally."""

import pytest
from sqlalchemy import select

from models.base import db, transaction
from models.signature import Signature, filled
from models.user import User
from tests.people import Browser, House


@pytest.fixture
def team_id(nadia: User) -> int:
    """The bridging team's."""
    return nadia.team_ids[0]


def texts() -> list[tuple[int | None, str, str]]:
    db.session.expire_all()
    return [
        (one.team_id, one.language, one.text) for one in db.session.scalars(Signature.in_order())
    ]


def test_an_administrator_writes_them_side_by_side(
    client: Browser, ada: User, team_id: int
) -> None:
    client.sign_in(ada)
    form = {"text-fr": "Bien à vous,\r\n{agent}\r\n", "text-nl": "Met vriendelijke groet,\n{agent}"}
    assert client.post(f"/admin/signatures/{team_id}", data=form).status_code == 303
    assert client.post("/admin/signatures/0", data={"text-fr": "{house}"}).status_code == 303
    assert texts() == [
        (None, "fr", "{house}"),
        (team_id, "fr", "Bien à vous,\n{agent}"),
        (team_id, "nl", "Met vriendelijke groet,\n{agent}"),
    ]
    page = client.get("/admin/signatures").text
    assert "Bien à vous,\nNadia Benali" in page
    assert ">Passerelle</div>" in page


def test_an_emptied_text_takes_the_signature_away(client: Browser, ada: User) -> None:
    client.sign_in(ada)
    client.post("/admin/signatures/0", data={"text-fr": "A", "text-de": "B"})
    client.post("/admin/signatures/0", data={"text-fr": " \n", "text-de": "C"})
    assert texts() == [(None, "de", "C")]


def test_what_is_being_typed_is_shown_as_it_leaves(
    client: Browser, ada: User, team_id: int
) -> None:
    client.sign_in(ada)
    form = {"language": "nl", "text-nl": "Groeten,\n{agent}\n{team} <b>", "text-fr": "other"}
    part = client.post(f"/admin/signatures/{team_id}/preview", data=form).text
    assert "Groeten,\nNadia Benali\nOverbruggingsrecht &lt;b&gt;" in part
    assert "other" not in part
    form["language"] = "xx"
    assert client.post(f"/admin/signatures/{team_id}/preview", data=form).status_code == 400
    assert client.post("/admin/signatures/99999", data={}).status_code == 404


def test_a_team_without_its_own_has_that_of_the_house(house: House, team_id: int) -> None:
    with transaction():
        Signature.write(None, "fr", "La maison")
        Signature.write(None, "nl", "Het huis")
        Signature.write(team_id, "fr", "L'équipe")

    def text(team: int | None, language: str) -> str | None:
        chosen = Signature.found(team, language)
        return chosen.text if chosen else None

    assert text(team_id, "fr") == "L'équipe"
    assert text(team_id, "nl") == "Het huis"
    assert text(team_id, "de") is None
    assert text(None, "fr") == "La maison"
    assert len(db.session.scalars(select(Signature)).all()) == 3


def test_names_are_put_in_literally() -> None:
    assert filled("{agent}, {team}\n{agent}", "{team} Nadia", "T{house}", "H") == (
        "{team} Nadia, T{house}\n{team} Nadia"
    )
    assert filled("{agent}\n{team}\n{other} 50 %", "Nadia", "", "H") == "Nadia\n{other} 50 %"
    assert filled("Nadia\n\n{house}", "", "", "H") == "Nadia\n\nH"


def test_a_field_that_nobody_knows_is_pointed_out(client: Browser, ada: User) -> None:
    client.sign_in(ada)
    client.post("/admin/signatures/0", data={"text-fr": "{agnet}\n{agent}", "text-nl": "{agnet}"})
    assert "Nothing is known for {agnet}:" in client.get("/admin/signatures").text
