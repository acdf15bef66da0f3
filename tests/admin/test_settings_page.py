"""Every setting is shown with what it says; no secret is."""

from dataclasses import replace
from pathlib import Path

from triage.admin.settings import DOCUMENT, documented, told
from triage.config import Settings

SECRET = "n0t-4n-Ex4mple_but-R4ndom-eN0ugh-t0-pass"


def by_name(settings, environ=None):
    return {one.name: one for one in told(settings, environ or {})}


def test_every_setting_has_a_sentence():
    rows = told(Settings(), {})
    assert [one.name for one in rows] == Settings.variables()
    assert [one.name for one in rows if not one.says] == []


def test_a_secret_is_said_to_be_set_and_nothing_more():
    settings = replace(
        Settings(),
        explicit_secret_key=SECRET,
        smtp_url="smtps://house:pw-of-the-mail@mail.example.be:465",
        database_url="postgresql://house:pw-of-the-base@db.example.be/house",
    )
    rows = by_name(settings)
    assert rows["SECRET_KEY"].value is None
    assert rows["SMTP_URL"].value is None
    assert rows["DATABASE_URL"].value == "postgresql://house:…@db.example.be/house"
    assert by_name(Settings())["SECRET_KEY"].value == ""


def test_it_says_what_somebody_has_set():
    rows = by_name(replace(Settings(), port=9000), {"PORT": "9000", "HOST": " "})
    assert (rows["PORT"].value, rows["PORT"].default, rows["PORT"].given) == ("9000", "8000", True)
    assert not rows["HOST"].given


def test_without_the_documents_the_values_stand_alone():
    assert documented(Path("/nowhere/operating.md")) == {}
    assert "PORT" in documented(DOCUMENT)


def test_the_page_shows_no_secret_of_this_installation(client, app, ada):
    client.sign_in(ada)
    page = client.get("/admin/settings").text
    assert "SECOND_FACTOR_ROLES" in page
    assert app.extensions["settings"].secret_key not in page
