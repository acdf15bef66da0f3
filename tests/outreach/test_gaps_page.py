"""What clients ask that no page answers: found from contacts, quoted as the board quotes."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models.base import db, now, transaction
from models.calendar import business_day
from models.contact import Contact
from models.info_gap import InfoGap
from models.info_page import InfoPage, InfoPageProblem, InfoPageVersion, PageState
from models.info_reading import InfoFeedback, InfoSearch
from models.problem import Occurrence, Problem
from models.topic import Topic
from tests.people import Browser, House, Person, amelie, emily, joris

ASKED = "Wanneer moet ik het uitstel van bijdragen aanvragen?"


@pytest.fixture
def nadia(house: House, client: Browser) -> Browser:
    client.sign_in(house.nadia)
    return client


@pytest.fixture
def koen(house: House, client: Browser) -> Browser:
    client.sign_in(house.koen)
    return client


def ask(
    house: House,
    *people: Person,
    text: str = ASKED,
    topic: str = "deferral",
    subtopic: str = "deferral/how_to",
    intent: str = "ask_information",
    days_ago: int = 1,
) -> list[Contact]:
    """Each of them asks by form, about this matter; nothing is grouped yet."""
    at = now() - timedelta(days=days_ago)
    said = [house.fill_form(who, text, at=at) for who in people]
    with transaction():
        for contact in said:
            contact.topic_id, contact.subtopic_id, contact.intent_id = topic, subtopic, intent
    return said


def problem_of(contacts: list[Contact]) -> Problem:
    with transaction():
        made = Problem(
            thing="payment",
            symptom="not_received",
            topic_id="bridging_right",
            titles={"en": "May is not paid"},
            first_seen_at=now(),
            last_seen_at=now(),
            founded_on=business_day(now()),
        )
        db.session.add(made)
        db.session.flush()
        db.session.add_all(
            Occurrence(problem_id=made.id, contact_id=one.id, since=now()) for one in contacts
        )
    return made


def page(
    topic: str | None = "deferral",
    subtopic: str | None = None,
    *,
    state: PageState = PageState.PUBLISHED,
    languages: tuple[str, ...] = ("fr", "nl", "de", "en"),
    title: str = "Uitstel van bijdragen aanvragen",
    days_ago: int = 1,
) -> InfoPage:
    with transaction():
        made = InfoPage(slug=f"page-{topic}-{state}", topic_id=topic, subtopic_id=subtopic)
        db.session.add(made)
        db.session.flush()
        db.session.add(
            InfoPageVersion(
                page_id=made.id,
                number=1,
                state=state.value,
                titles=dict.fromkeys(languages, title),
                bodies=dict.fromkeys(languages, "Wanneer en hoe u uitstel vraagt."),
                published_at=now() - timedelta(days=days_ago),
            )
        )
    return made


def text_of(client: Browser, query: str = "") -> str:
    answer = client.get(f"/outreach/gaps{query}")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.text)


def rows(client: Browser, query: str = "") -> list[str]:
    return re.findall(r'<li class="panel gap[^"]*".*?</li>', text_of(client, query))


# --- found ----------------------------------------------------------------------------------


def test_what_three_clients_ask_and_no_page_answers_is_a_gap(house: House, nadia: Browser) -> None:
    ask(house, amelie, joris, emily)
    [row] = rows(nadia)
    assert "no page" in row and ASKED in row
    assert re.search(r"a page could spare</dt><dd>3", row)


def test_two_contacts_are_no_gap(house: House, nadia: Browser) -> None:
    ask(house, amelie, joris)
    assert rows(nadia) == []
    assert "No gap in this time." in text_of(nadia)


def test_what_no_page_can_spare_is_no_gap(house: House, nadia: Browser) -> None:
    ask(house, amelie, joris, emily, intent="complain")
    assert rows(nadia) == []


def test_no_page_is_wanted_for_rubbish(house: House, nadia: Browser) -> None:
    ask(house, amelie, joris, emily, topic="other", subtopic="other/spam_auto")
    assert rows(nadia) == []


def test_a_problem_stands_once_and_its_contacts_in_no_matter(house: House, nadia: Browser) -> None:
    problem_of(ask(house, amelie, joris, emily))
    [row] = rows(nadia)
    assert "May is not paid" in row


def test_older_contacts_belong_to_longer_periods(house: House, nadia: Browser) -> None:
    ask(house, amelie, joris, emily, days_ago=40)
    assert rows(nadia) == []
    assert len(rows(nadia, "?days=90")) == 1


def test_a_page_about_the_matter_closes_the_gap(house: House, nadia: Browser) -> None:
    ask(house, amelie, joris, emily)
    page(subtopic="deferral/how_to")
    assert rows(nadia) == []
    assert "1 problem or matter has its page." in text_of(nadia)


@pytest.mark.parametrize(
    ("made", "why"),
    [
        ({"state": PageState.DRAFT}, "being written"),
        ({"state": PageState.ARCHIVED}, "page ended"),
        ({"languages": ("fr",)}, "language missing: NL"),
    ],
)
def test_the_report_says_why_its_page_does_not_count(
    house: House, nadia: Browser, made: dict[str, Any], why: str
) -> None:
    contacts = ask(house, amelie, joris, emily)
    with transaction():
        for contact in contacts:
            contact.language = "nl"
    page(subtopic="deferral/how_to", **made)
    [row] = rows(nadia)
    assert why in row


def test_what_is_still_asked_after_two_weeks_is_a_gap_again(house: House, nadia: Browser) -> None:
    linked = page(topic=None, days_ago=20)
    contacts = ask(house, amelie, joris, emily) + ask(house, amelie, joris, emily, text="En nu?")
    problem = problem_of(contacts)
    with transaction():
        db.session.add(InfoPageProblem(page_id=linked.id, problem_id=problem.id))
    [row] = rows(nadia)
    assert "still asked" in row


def test_the_nearest_page_is_named_with_the_words_that_both_use(
    house: House, nadia: Browser
) -> None:
    contacts = ask(house, amelie, joris, emily)
    with transaction():
        for contact in contacts:
            contact.language = "nl"
    page(topic=None)
    [row] = rows(nadia)
    assert "Uitstel van bijdragen aanvragen" in row and "uitstel" in row
    assert "no page comes near" not in row


# --- hidden ---------------------------------------------------------------------------------


def test_words_about_health_are_never_quoted(house: House, nadia: Browser) -> None:
    contacts = ask(house, amelie, joris, emily, text="Ik ben ziek geworden.")
    with transaction():
        for contact in contacts:
            contact.health = True
    [row] = rows(nadia)
    assert "ziek" not in row


def test_few_clients_of_a_restricted_topic_are_not_even_hinted_at(
    house: House, nadia: Browser, client: Browser
) -> None:
    ask(house, amelie, amelie, amelie, topic="privacy", subtopic="")
    assert Topic.everything()["privacy"].restricted
    assert rows(nadia) == []
    client.sign_in(house.ingrid)
    assert len(rows(client)) == 1


def test_a_restricted_topic_shows_no_parts_to_other_teams(house: House, nadia: Browser) -> None:
    ask(house, amelie, joris, emily, topic="privacy", subtopic="")
    [row] = rows(nadia)
    assert "Languages and channels" not in row and "blockquote" not in row


# --- decided --------------------------------------------------------------------------------


def test_a_gap_is_set_aside_with_a_reason_and_comes_back_by_undo(
    house: House, koen: Browser
) -> None:
    ask(house, amelie, joris, emily)
    said = {
        "kind": "matter",
        "ref": "deferral|deferral/how_to|ask_information",
        "why": "in the letter already",
    }
    answer = koen.post("/outreach/gaps/aside", data=said, follow_redirects=True)
    assert "Set aside." in answer.text and "in the letter already" in answer.text
    assert rows(koen) == []
    [made] = db.session.query(InfoGap)
    koen.post(f"/outreach/gaps/{made.id}/return")
    assert len(rows(koen)) == 1


def test_without_a_reason_nothing_is_set_aside(house: House, koen: Browser) -> None:
    answer = koen.post("/outreach/gaps/aside", data={"kind": "matter", "ref": "x", "why": " "})
    assert answer.status_code == 422
    assert "Say why" in answer.text


def test_what_was_set_aside_until_a_day_comes_back_on_it(house: House, koen: Browser) -> None:
    ask(house, amelie, joris, emily)
    with transaction():
        InfoGap.set_aside(
            "matter",
            "deferral|deferral/how_to|ask_information",
            "later",
            business_day(now()) - timedelta(days=1),
            by=house.koen,
            at=now(),
        )
    assert len(rows(koen)) == 1


def test_an_agent_reads_and_changes_nothing(house: House, nadia: Browser) -> None:
    ask(house, amelie, joris, emily)
    [row] = rows(nadia)
    assert "Not for the dossier" not in row
    assert nadia.post("/outreach/gaps/aside", data={}).status_code == 403


# --- searches, languages, the table ---------------------------------------------------------


def test_what_was_looked_for_in_vain_is_listed_until_it_is_found(
    house: House, nadia: Browser
) -> None:
    today = business_day(now())
    with transaction():
        for words, day, found in (
            ("dubbel recht", today, 0),
            ("opzeg", today - timedelta(days=2), 0),
            ("opzeg", today, 2),
        ):
            db.session.add(InfoSearch(day=day, language="nl", words=words, found=found, times=3))
    shown = text_of(nadia)
    assert "dubbel recht" in shown and "opzeg" not in shown


def test_a_page_that_lacks_a_language_in_which_clients_ask_is_named(
    house: House, nadia: Browser
) -> None:
    contacts = ask(house, amelie, joris, emily, intent="complain")
    with transaction():
        for contact in contacts:
            contact.language = "de"
    page(languages=("fr", "nl"))
    assert "Pages that lack a language" in text_of(nadia)


def test_the_table_equals_the_page_and_holds_no_formula(house: House, nadia: Browser) -> None:
    contacts = ask(house, amelie, joris, emily)
    problem = problem_of(contacts)
    with transaction():
        problem.titles = {"en": "=HYPERLINK(1)"}
    answer = nadia.get("/outreach/gaps.csv")
    lines = answer.data.decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("'=HYPERLINK(1);no page;3;3;3;")


def test_what_readers_miss_stands_beside_the_gaps_until_it_is_done(house: House, nadia) -> None:
    made = page()
    version = db.session.scalars(select(InfoPageVersion)).first()
    assert version is not None
    with transaction():
        said = [
            InfoFeedback(
                page_id=made.id,
                version_id=version.id,
                language="nl",
                useful=False,
                missing=words,
                at=now() - timedelta(minutes=minutes),
            )
            for minutes, words in enumerate(["Wanneer wordt het betaald?", "Welk formulier?"])
        ]
        db.session.add_all(said)
    shown = text_of(nadia)
    assert "2 readers" in shown and "Wanneer wordt het betaald?" in shown
    with transaction():
        for one in said:
            one.task_at = one.done_at = now()
    assert "What readers miss" not in text_of(nadia)
