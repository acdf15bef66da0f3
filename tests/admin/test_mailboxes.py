"""Mailboxes: their addresses, the accounts they are fetched from, and trying them for real."""

import re
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from models.audit import Audit
from models.base import db, transaction
from models.mailbox import Login, MailAccount, Mailbox, Security
from models.team import Team
from models.user import User
from tests.admin.test_admin import words
from tests.mail_servers import PASSWORD, USER, Odd, TokenShop, account, pymap
from tests.people import Browser, amelie, letter
from triage.admin import trial_words
from triage.intake.fetching import trial
from triage.intake.fetching.connection import Fault
from triage.intake.fetching.trial import Step, try_outgoing
from triage.intake.fetching.watch import fetch_once

HTMX = {"HX-Request": "true"}


@pytest.fixture
def as_ada(client: Browser, ada: User) -> Browser:
    client.sign_in(ada)
    return client


@pytest.fixture
def odd(app) -> Iterator[Odd]:
    with Odd().running() as server:
        yield server


def first() -> Mailbox:
    db.session.expire_all()
    found = Mailbox.first()
    assert found is not None
    return found


def standing() -> MailAccount:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(MailAccount.everything()).one()


def fetched_from(at: int, **changes: Any) -> dict[str, Any]:
    """The form of the first mailbox, fetched from a server on this machine."""
    return {
        "mailbox_id": first().id,
        "name": "contact",
        "address": first().address,
        "way": "fetched",
        "host": "127.0.0.1",
        "port": at,
        "security": "none",
        "username": USER,
        "login": "password",
        "secret": PASSWORD,
        "folder": "INBOX",
        "processed_folder": "Processed",
        "failed_folder": "Failed",
    } | changes


def saved(as_ada: Browser, form: dict[str, Any]) -> Any:
    return as_ada.post(f"/admin/mailboxes/{first().id}", data=form)


# --- addresses ------------------------------------------------------------------------------


def test_a_mailbox_has_further_addresses_a_team_and_a_name(as_ada: Browser) -> None:
    care = db.session.scalar(Team.by_slug("care"))
    assert care is not None
    as_ada.post(
        "/admin/mailboxes",
        data={
            "name": "soins",
            "address": "Soins@fund.example",
            "aliases": "zorg@fund.example\nPflege@kasse.example, zorg@fund.example",
            "sender_name": "Soins & Zorg",
            "team": care.id,
            "trusted": "1",
        },
    )
    box = Mailbox.at("pflege+t1@kasse.example")
    assert box is not None
    assert box.aliases == ["pflege@kasse.example", "zorg@fund.example"]
    assert (box.sender_name, box.team_id, box.trusted) == ("Soins & Zorg", care.id, True)
    page = words(as_ada.get("/admin/mailboxes").text)
    assert all(word in page for word in ("zorg@fund.example", care.name("en"), "trusted", "pushed"))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"aliases": "zorg"}, "“zorg” is no whole address."),
        ({"aliases": "a+b@fund.example"}, "no whole address"),
        ({"aliases": "contact@fund.example"}, "already an address of another mailbox"),
        ({"aliases": " ".join(f"a{n}@fund.example" for n in range(51))}, "50 further addresses"),
        ({"address": "contact@fund.example"}, "taken"),
        ({"name": "contact"}, "taken"),
        ({"name": ""}, "Give a name"),
    ],
)
def test_what_cannot_be_is_explained_and_what_was_typed_stays(
    as_ada: Browser, changes: dict[str, str], complaint: str
) -> None:
    form = {"name": "soins", "address": "soins@fund.example", "sender_name": "Zorgverlener"}
    page = as_ada.post("/admin/mailboxes", data=form | changes)
    assert page.status_code == 422
    assert complaint in words(page.text)
    assert "Zorgverlener" in page.text
    assert Mailbox.by_name("soins") is None


def test_an_address_that_is_another_ones_alias_is_taken(as_ada: Browser) -> None:
    with transaction():
        first().aliases = ["info@fund.example"]
    page = as_ada.post("/admin/mailboxes", data={"name": "info", "address": "info@fund.example"})
    assert page.status_code == 422


def test_what_was_changed_enters_the_audit_chain_without_a_secret(as_ada: Browser, odd) -> None:
    saved(as_ada, fetched_from(odd.port))
    acts = db.session.scalars(select(Audit).order_by(Audit.seq)).all()
    assert [act.action for act in acts] == ["mailbox.changed"]
    assert PASSWORD not in str(acts[0].facts)


def test_an_unknown_mailbox_is_not_found(as_ada: Browser) -> None:
    assert as_ada.get("/admin/mailboxes/999999").status_code == 404
    assert as_ada.post("/admin/mailboxes/999999", data={}).status_code == 404


# --- the account ----------------------------------------------------------------------------


def test_an_account_is_kept_and_its_password_never_shown(as_ada: Browser, settings) -> None:
    with pymap() as server:
        assert saved(as_ada, fetched_from(server.port)).status_code == 303
        kept = standing()
        assert (kept.plain_secret, kept.active) == (PASSWORD, True)
        assert PASSWORD.encode() not in (kept.secret or b"")
        page = as_ada.get(f"/admin/mailboxes/{kept.mailbox_id}").text
        assert f'value="{PASSWORD}"' not in page
        assert 'placeholder="kept"' in page
        server.deliver(letter(amelie, "Bonjour"))
        assert fetch_once(kept.mailbox_id, settings, until_empty=True).kept == 1
        listed = words(as_ada.get("/admin/mailboxes").text)
        assert "fetched" in listed and "1 mail" in listed


def test_an_empty_password_keeps_the_one_that_is_there(as_ada: Browser) -> None:
    saved(as_ada, fetched_from(143))
    assert saved(as_ada, fetched_from(143, secret="", folder="Arrivals")).status_code == 303
    assert (standing().plain_secret, standing().folder) == (PASSWORD, "Arrivals")


@pytest.mark.parametrize(
    "changes",
    [{"host": "mail.elsewhere.example"}, {"username": "other"}, {"security": "tls"}],
)
def test_a_kept_password_goes_to_no_other_server(
    as_ada: Browser, changes: dict[str, str], monkeypatch
) -> None:
    saved(as_ada, fetched_from(143))
    tried: list[object] = []
    monkeypatch.setattr("triage.admin.mailboxes.try_account", tried.append)
    form = fetched_from(143, secret="") | changes
    refused = saved(as_ada, form)
    trial = as_ada.post("/admin/mailboxes/trial", data=form, headers=HTMX)
    assert refused.status_code == 422
    assert "Type the password again" in words(refused.text)
    assert "Type the password again" in words(trial.text)
    assert tried == []
    assert standing().host == "127.0.0.1"


def test_another_folder_is_begun_from_its_start(as_ada: Browser) -> None:
    saved(as_ada, fetched_from(143))
    with transaction():
        kept = standing()
        kept.uidvalidity, kept.last_uid, kept.last_error = 7, 100, "connection refused"
    saved(as_ada, fetched_from(143, secret=""))
    assert (standing().last_uid, standing().last_error) == (100, None)
    saved(as_ada, fetched_from(143, secret="", folder="Arrivals"))
    assert (standing().last_uid, standing().uidvalidity) == (0, None)


def test_what_is_pushed_again_is_no_longer_fetched(as_ada: Browser) -> None:
    saved(as_ada, fetched_from(143))
    saved(as_ada, fetched_from(143, way="pushed", host="", username="", secret=""))
    assert not standing().active
    assert standing().host == "127.0.0.1"
    assert "pushed" in words(as_ada.get("/admin/mailboxes").text)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"host": ""}, "Give the server’s name"),
        ({"host": "imap://x"}, "Give the server’s name"),
        ({"username": ""}, "Give the server’s name"),
        ({"port": "imap"}, "A port is a number"),
        ({"port": "²"}, "A port is a number"),
        ({"port": "70000"}, "from 1 to 65535"),
        ({"security": "magic"}, "Choose from what is offered"),
        ({"secret": ""}, "Give the password"),
        ({"processed_folder": "INBOX"}, "another folder"),
        ({"login": "xoauth2"}, "token address"),
    ],
)
def test_an_account_that_cannot_work_is_explained(
    as_ada: Browser, changes: dict[str, str], complaint: str
) -> None:
    page = saved(as_ada, fetched_from(143, **changes))
    assert page.status_code == 422
    assert complaint in words(page.text)
    assert db.session.scalars(MailAccount.everything()).all() == []


def test_the_port_follows_the_protection_unless_it_is_given(as_ada: Browser) -> None:
    saved(as_ada, fetched_from(0, port="", security="tls"))
    assert standing().port == 993


def test_an_account_with_oauth_keeps_both_secrets(as_ada: Browser) -> None:
    form = fetched_from(
        993,
        security="tls",
        login="xoauth2",
        secret="refresh-1",
        client_secret="of-our-client",
        token_url="https://login.example/token",
        client_id="our-client",
        scope="imap",
    )
    saved(as_ada, form)
    saved(as_ada, form | {"secret": "", "client_secret": ""})
    kept = standing()
    assert (kept.plain_secret, kept.plain_client_secret) == ("refresh-1", "of-our-client")
    page = as_ada.get(f"/admin/mailboxes/{kept.mailbox_id}").text
    assert "refresh-1" not in page and "of-our-client" not in page


def test_a_fault_is_shown_with_its_mailbox_and_on_the_health_page(as_ada: Browser, odd) -> None:
    account(odd.port, last_error="wrong user name or password ([AUTHENTICATIONFAILED])")
    for page in ("/admin/mailboxes", f"/admin/mailboxes/{first().id}", "/admin/health"):
        assert "wrong user name or password" in words(as_ada.get(page).text)
    with transaction():
        user = db.session.scalar(User.by_login("ada"))
        assert user is not None
        user.language = "fr"
    page = as_ada.get("/admin/health").text
    assert "[AUTHENTICATIONFAILED]" in page


def test_that_mails_cannot_be_moved_is_said(as_ada: Browser, odd) -> None:
    account(odd.port, moves=False)
    assert "None is taken twice" in words(as_ada.get("/admin/mailboxes").text)


# --- trying it ------------------------------------------------------------------------------


def test_a_trial_says_step_by_step_what_is_right(as_ada: Browser) -> None:
    with pymap() as server:
        server.deliver(letter(amelie, "Bonjour"))
        form = fetched_from(server.port)
        said = words(as_ada.post("/admin/mailboxes/trial", data=form, headers=HTMX).text)
        assert server.count() == 1
        with server.opened() as box:
            assert [folder.name for folder in box.folder.list()] == ["INBOX"]
    for step in (
        "127.0.0.1 is at 127.0.0.1",
        f"Port {server.port} answers",
        "The connection is not protected",
        "Signed in as support",
        "Folder INBOX holds 1 mail",
        "Folder Processed can be made",
        "Folder Failed can be made",
        "announced at once (IDLE)",
        "in one step (MOVE)",
        "It works.",
    ):
        assert step in said
    assert db.session.scalars(MailAccount.everything()).all() == []


@pytest.mark.parametrize(
    ("changes", "fault", "advice"),
    [
        ({"secret": "wrong"}, "Signing in: wrong user name or password", "app password"),
        ({"folder": "Nowhere"}, "Opening the folder: no such folder", "with capitals"),
        ({"port": "1"}, "Connecting: connection refused", "firewall"),
        ({"host": "mail.invalid"}, "Finding the server: unknown host", "is written"),
        ({"security": "starttls"}, "no protected connection at this port", "TLS 993"),
        ({"security": "tls"}, "no protected connection at this port", "TLS 993"),
    ],
)
def test_a_trial_says_what_is_wrong_and_what_to_do(
    as_ada: Browser, odd, changes: dict[str, str], fault: str, advice: str
) -> None:
    form = fetched_from(odd.port) | changes
    said = words(as_ada.post("/admin/mailboxes/trial", data=form, headers=HTMX).text)
    assert fault in said
    assert advice in said
    assert "It does not work yet." in said


def test_a_trial_says_what_would_be_nice_to_have(as_ada: Browser, odd) -> None:
    odd.capabilities = "IMAP4rev1"
    odd.makes_folders = False
    form = fetched_from(odd.port, failed_folder="Failed")
    said = words(as_ada.post("/admin/mailboxes/trial", data=form, headers=HTMX).text)
    assert "is looked into regularly" in said
    assert "knows no MOVE" in said
    assert "Mails stay where they are" in said
    assert "It works." in said


def test_without_scripts_the_page_comes_back_with_what_was_typed(as_ada: Browser, odd) -> None:
    page = as_ada.post("/admin/mailboxes/trial", data=fetched_from(odd.port, username="ann"))
    assert page.status_code == 200
    assert "wrong user name or password" in words(page.text)
    assert 'value="ann"' in page.text
    assert f'value="{PASSWORD}"' not in page.text


def test_a_server_that_says_nothing_is_given_up(as_ada: Browser, monkeypatch) -> None:
    monkeypatch.setattr(trial, "SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        form = fetched_from(silent.getsockname()[1])
        said = words(as_ada.post("/admin/mailboxes/trial", data=form, headers=HTMX).text)
        next(one for one in threading.enumerate() if one.name == "trial").join(20)
    assert "Connecting: no answer in time" in said


def test_a_trial_that_changes_the_refresh_token_keeps_the_new_one(as_ada: Browser, odd) -> None:
    with TokenShop().running() as shop:
        account(odd.port, login="xoauth2", secret="refresh-1", token_url=shop.url, client_id="ours")
        shop.next_refresh = "refresh-2"
        form = fetched_from(
            odd.port, login="xoauth2", secret="", token_url=shop.url, client_id="ours"
        )
        said = words(as_ada.post("/admin/mailboxes/trial", data=form, headers=HTMX).text)
    assert "127.0.0.1 gave an access token" in said
    assert standing().plain_secret == "refresh-2"


def test_outgoing_mail_is_tried_without_sending(as_ada: Browser) -> None:
    page = as_ada.post("/admin/mailboxes/outgoing/trial")
    assert "until SMTP_URL names a server" in words(page.text)
    trial = try_outgoing("smtp://127.0.0.1:1")
    assert [(one.step, one.fault) for one in trial.findings] == [
        (Step.RESOLVED, None),
        (Step.CONNECTED, Fault.REFUSED),
    ]


def test_every_fault_has_its_words() -> None:
    assert set(trial_words.FAULTS) == set(Fault)
    assert set(trial_words.STEPS) == set(Step)
    assert {one.value for one in Security} == {"tls", "starttls", "none"}
    assert {one.value for one in Login} == {"password", "xoauth2"}
    assert not [w for w in trial_words.ADVICE.values() if re.search(r"%", str(w))]
