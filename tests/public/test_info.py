"""The dossier as everybody reads it: known to nobody, in four languages, with a word back."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from models import info_page_archive, info_page_change, measure_change
from models.base import db, now, transaction
from models.calendar import business_day
from models.info_page import InfoPageVersion
from models.info_reading import InfoFeedback, InfoSearch, InfoView
from models.measure import Measure
from models.user import User
from tests.people import Browser, House
from triage import application
from triage.public import info_feedback

PHONE = {"User-Agent": "Mozilla/5.0 (a telephone)"}
ADDRESS = "/info/when-is-it-paid"


def published(koen: User, title: str = "When is it paid?", **said: Any) -> InfoPageVersion:
    """A page in English and French."""
    where = {name: said.pop(name) for name in ("topic_id", "measure_id") if name in said}
    texts: dict[str, Any] = {
        "titles": {"en": title, "fr": f"{title} (fr)"},
        "summaries": {"en": "The days of payment."},
        "bodies": {"en": "## Every month\n\nOn Fridays.", "fr": "Tous les vendredis."},
        "changes": {"en": "May is paid on Friday."},
        "source": "",
        "review_by": None,
    }
    with transaction():
        made = info_page_change.begin(texts | said, by=koen, at=now(), **where)
        info_page_change.publish(made, by=koen, at=now())
    return made


def views() -> int:
    return db.session.scalar(select(func.coalesce(func.sum(InfoView.views), 0))) or 0


def voices() -> list[InfoFeedback]:
    db.session.expire_all()
    return list(db.session.scalars(select(InfoFeedback).order_by(InfoFeedback.id)))


def searches() -> list[tuple[str, str, int, int]]:
    rows = db.session.scalars(select(InfoSearch).order_by(InfoSearch.id))
    return [(one.language, one.words, one.found, one.times) for one in rows]


# --- reading --------------------------------------------------------------------------------


def test_a_page_is_read_without_an_account_and_without_a_cookie(client: Browser, koen):
    published(koen)
    page = client.get(f"{ADDRESS}?lang=en", headers=PHONE)
    assert page.status_code == 200
    assert '<h2 id="part-1">Every month</h2>' in page.text
    assert "Set-Cookie" not in page.headers
    assert page.headers["Cache-Control"] == "public, max-age=60"


def test_who_asks_again_is_told_that_nothing_changed(client: Browser, koen):
    published(koen)
    first = client.get(f"{ADDRESS}?lang=en", headers=PHONE)
    again = client.get(
        f"{ADDRESS}?lang=en", headers=PHONE | {"If-None-Match": first.headers["ETag"]}
    )
    assert (again.status_code, again.data) == (304, b"")


def test_the_first_visit_is_small(client: Browser, koen):
    published(koen)
    styles = Path(application.__file__).parent / "static"
    page = client.get(f"{ADDRESS}?lang=fr", headers=PHONE).data
    weight = sum(
        (styles / name).stat().st_size for name in ("public.css", "dossier-public.css", "icon.svg")
    )
    assert len(page) + weight < 50_000


def test_a_reader_of_another_language_is_told_which_one_it_is(client: Browser, koen):
    published(koen)
    page = client.get(f"{ADDRESS}?lang=de", headers=PHONE).text
    assert '<article lang="fr">' in page
    assert "Tous les vendredis." in page


@pytest.mark.parametrize("language", ["fr", "nl", "de", "en"])
def test_the_switch_of_language_keeps_the_page(client: Browser, koen, language):
    published(koen)
    page = client.get(ADDRESS, headers=PHONE).text
    assert f'href="{ADDRESS}?lang={language}"' in page


def test_a_draft_and_an_archived_page_are_not_there(client: Browser, koen):
    made = published(koen)
    with transaction():
        info_page_archive.archive(made.page, by=koen, at=now())
    gone = client.get(f"{ADDRESS}?lang=en", headers=PHONE)
    assert gone.status_code == 404
    assert "Search for what you need" in gone.text
    assert client.get("/info/never-was").status_code == 404


def test_a_wrong_address_leads_to_what_comes_nearest(client: Browser, koen):
    published(koen)
    page = client.get("/info/paid-when?lang=en", headers=PHONE)
    assert page.status_code == 404
    assert ADDRESS in page.text


def test_last_days_and_papers_of_the_measure_come_first(client: Browser, koen):
    measure = Measure.coded("exemption")
    assert measure is not None
    day = business_day(now())
    with transaction():
        before = measure_change.standing_of(measure.id, day)
        measure_change.revise(
            before,
            measure_change.content(before)
            | {
                "confirmed": True,
                "documents": ["Form A"],
                "rules": [],
                "request_by": day + timedelta(days=20),
                "source": "The institute",
            },
            seen=measure_change.newest_of(measure.id).version,
            change="",
            by=koen,
            at=now(),
            day=day,
        )
    published(koen, measure_id=measure.id, topic_id="exemption")
    page = client.get(f"{ADDRESS}?lang=en", headers=PHONE).text
    glance = page[page.index('class="glance"') : page.index('class="words"')]
    assert "Form A" in glance
    assert "Source: The institute" in glance
    assert f'<time datetime="{(day + timedelta(days=20)).isoformat()}">' in glance


def test_pages_stand_by_topic_and_news_first(client: Browser, koen):
    published(koen, topic_id="bridging_right")
    page = client.get("/info?lang=en").text
    assert page.index("May is paid on Friday.") < page.index("Bridging right")
    assert "May is paid on Friday." in client.get("/info/changes?lang=en").text


def test_changes_can_be_followed_by_a_program(client: Browser, koen):
    published(koen, "Paid <when> & how", changes={"en": "Now & then"})
    feed = client.get("/info/changes.atom?lang=en")
    assert feed.mimetype == "application/atom+xml"
    assert "<title>Paid &lt;when&gt; &amp; how</title>" in feed.text


# --- counting -------------------------------------------------------------------------------


def test_readers_are_counted_by_day_and_language_and_not_by_name(client: Browser, koen):
    made = published(koen)
    for _ in range(3):
        client.get(f"{ADDRESS}?lang=en", headers=PHONE)
    counted = db.session.scalars(select(InfoView)).one()
    assert (counted.page_id, counted.language, counted.views) == (made.page_id, "en", 3)


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": "Googlebot/2.1"},
        {"User-Agent": ""},
        PHONE | {"Sec-Purpose": "prefetch;prerender"},
        PHONE | {"Purpose": "prefetch"},
    ],
)
def test_machines_and_looking_ahead_are_not_counted(client: Browser, koen, headers):
    published(koen)
    assert client.get(ADDRESS, headers=headers).status_code == 200
    assert client.head(ADDRESS, headers=PHONE).status_code == 200
    assert views() == 0


def test_we_ourselves_are_not_counted_nor_kept_by_others(client: Browser, house: House, koen):
    published(koen)
    client.sign_in(house.nadia)
    page = client.get(f"{ADDRESS}?lang=fr", headers=PHONE)
    assert views() == 0
    assert page.headers["Cache-Control"] == "no-store"
    assert '<html lang="fr">' in page.text


# --- searching ------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["vendredi", "VENDREDIS", "tous les vendredis", "paid"])
def test_a_page_is_found_by_other_forms_of_its_words(client: Browser, koen, words):
    published(koen)
    assert ADDRESS in client.get("/info/search", query_string={"q": words, "lang": "fr"}).text


def test_accents_do_not_matter(client: Browser, koen):
    published(koen, bodies={"fr": "Le différé est échelonné."}, titles={"fr": "Délais"})
    page = client.get("/info/search", query_string={"q": "differe echelonne", "lang": "fr"})
    assert "/info/delais" in page.text


def test_where_no_page_has_all_words_one_that_has_some_is_found(client: Browser, koen):
    published(koen)
    asked = {"q": "fridays elephants", "lang": "en"}
    page = client.get("/info/search", query_string=asked, headers=PHONE)
    assert ADDRESS in page.text
    assert searches() == [("en", "fridays elephants", 0, 1)], "it is still something we lack"


def test_what_was_looked_for_is_kept_masked_and_counted(client: Browser, koen):
    published(koen)
    for words in ("Elephants!", "elephants", "my iban BE68 5390 0754 7034", "ab"):
        client.get("/info/search", query_string={"q": words, "lang": "en"}, headers=PHONE)
    assert searches() == [("en", "elephants!", 0, 1), ("en", "elephants", 0, 1)] + [
        ("en", "my iban [iban]", 0, 1)
    ]


@pytest.mark.parametrize(
    ("language", "title", "typed", "meant"),
    [
        ("fr", "Exonération sociale", "exonneraton socale", "exonération sociale"),
        ("nl", "Overbruggingsrecht aanvragen", "overbrugingsrecht", "overbruggingsrecht"),
        ("de", "Überbrückungsrecht", "Ueberbrückungsreht", "überbrückungsrecht"),
        ("en", "Bridging right", "briding rihgt", "bridging right"),
    ],
    ids=["fr", "nl", "de", "en"],
)
def test_a_mistyped_word_finds_what_was_meant(client: Browser, koen, language, title, typed, meant):
    published(koen, titles={language: title}, bodies={language: "Text."}, changes={})
    page = client.get("/info/search", query_string={"q": typed, "lang": language}).text
    assert title in page and meant in page
    right = client.get("/info/search", query_string={"q": title, "lang": language}).text
    assert title in right and 'class="note"' not in right


def test_a_long_question_is_not_cut_short(client: Browser, koen):
    published(koen)
    asked = "one two three four five six seven elephants"
    page = client.get("/info/search", query_string={"q": asked, "lang": "en"}).text
    assert 'class="note"' not in page


def test_words_that_nothing_comes_near_find_nothing(client: Browser, koen):
    published(koen)
    page = client.get("/info/search?q=elephants&lang=en").text
    assert "No page has these words" in page and 'class="note"' not in page


def test_a_search_with_nothing_in_it_does_no_harm(client: Browser, koen):
    published(koen)
    for words in ("", "  ", "'&|!():*", "\x00", "x" * 5000, "<script>"):
        page = client.get("/info/search", query_string={"q": words, "lang": "en"}, headers=PHONE)
        assert page.status_code == 200
        assert "<script>" not in page.text


# --- a word back ----------------------------------------------------------------------------


def say(client: Browser, useful: str, **more: Any) -> Any:
    return client.post(f"{ADDRESS}/feedback?lang=en", data={"useful": useful} | more, headers=PHONE)


def test_a_yes_is_one_click_and_counts_once(client: Browser, koen):
    published(koen)
    answer = say(client, "yes")
    say(client, "yes")
    assert answer.status_code == 303
    assert "Thank you" in client.get(answer.location).text
    assert [one.useful for one in voices()] == [True]


def test_who_thinks_again_has_one_voice(client: Browser, koen):
    published(koen)
    say(client, "yes")
    say(client, "no")
    assert [one.useful for one in voices()] == [False]


def test_after_a_no_comes_what_is_missing_and_it_is_masked(client: Browser, koen):
    published(koen)
    more = say(client, "no").location
    assert "What is missing?" in client.get(more).text
    words = {"missing": "And for June? Write to me at x@example.be, 85.07.30-033.28"}

    sent = client.post(more, data=words, headers=PHONE)
    client.post(more, data={"missing": "again"}, headers=PHONE)

    page = client.get(sent.location).text
    kept = voices()[0].missing
    assert kept.startswith("And for June?")
    assert "example.be" not in kept and "033" not in kept
    assert "You seem to be waiting for an answer" in page and "/contact" in page


def test_too_much_is_kept_in_the_field_and_not_in_the_house(client: Browser, koen):
    published(koen)
    more = say(client, "no").location
    page = client.post(more, data={"missing": "long " * 300}, headers=PHONE)
    assert page.status_code == 422
    assert "long long" in page.text
    assert voices()[0].missing == ""


def test_a_guessed_token_leads_nowhere(client: Browser, koen):
    published(koen)
    token = re.findall(r"feedback/([^?]+)", say(client, "no").location)[0]
    number, _dash, signature = token.partition("-")
    for guess in (f"{int(number) + 1}-{signature}", f"{number}-x", "x", f"{number}-", "9" * 30):
        assert client.get(f"{ADDRESS}/feedback/{guess}").status_code == 404


def test_robots_and_other_sites_are_not_heard(client: Browser, koen):
    published(koen)
    say(client, "yes", website="https://spam.example")
    client.post(
        f"{ADDRESS}/feedback",
        data={"useful": "no"},
        headers=PHONE | {"Sec-Fetch-Site": "cross-site"},
    )
    say(client, "perhaps")
    assert voices() == []


def test_very_many_voices_from_one_place_are_asked_to_wait(client: Browser, koen, monkeypatch):
    monkeypatch.setattr(info_feedback, "PER_PROXY", 2)
    published(koen)
    answers = [
        client.post(
            f"{ADDRESS}/feedback", data={"useful": "yes"}, headers={"User-Agent": f"phone {number}"}
        ).status_code
        for number in range(3)
    ]
    assert answers == [303, 303, 429]
    assert len(voices()) == 2
