"""Pages as readers see them: harmless, in their language, saying what the measures say today."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models import info_page_change, measure_change
from models.base import db, now, transaction
from models.calendar import business_day
from models.event import Event
from models.info_page import InfoPageVersion, PageState
from models.measure import Measure, MeasureVersion
from models.user import User
from triage import clock, dossier
from triage.dossier import Shown
from triage.markdown import written

TODAY = business_day(now())


def page(koen: User, bodies: dict[str, str], code: str | None = "exemption") -> InfoPageVersion:
    own = Measure.coded(code) if code else None
    said: dict[str, Any] = {
        "titles": {language: f"Title {language}" for language in bodies},
        "summaries": {},
        "bodies": bodies,
        "changes": {},
        "source": "",
        "review_by": None,
    }
    with transaction():
        return info_page_change.begin(said, measure_id=own.id if own else None, by=koen, at=now())


def revised(koen: User, code: str = "exemption", **said: Any) -> MeasureVersion:
    """A new version of a measure that holds at once."""
    measure = Measure.coded(code)
    assert measure is not None
    with transaction():
        before = measure_change.standing_of(measure.id, TODAY)
        return measure_change.revise(
            before,
            measure_change.content(before) | said,
            seen=measure_change.newest_of(measure.id).version,
            change="",
            by=koen,
            at=now(),
            day=TODAY,
        )


def html(version: InfoPageVersion, language: str = "en") -> str:
    return seen(version, language).html.html


def seen(version: InfoPageVersion, language: str = "en") -> Shown:
    return dossier.shown(version, language, TODAY)


# --- what the measure says ------------------------------------------------------------------


def test_one_change_of_an_answer_changes_every_page_that_says_it(koen):
    own = page(koen, {"en": "Before.\n\n{answer}\n\nAfter."})
    other = page(koen, {"fr": "{answer:exemption}"}, code=None)
    revised(koen, confirmed=True, answers={"en": "Ask by letter.", "fr": "Par lettre."})
    assert "<p>Ask by letter.</p>" in html(own)
    assert "<p>Par lettre.</p>" in html(other, "fr")

    revised(koen, confirmed=True, answers={"en": "Ask online.", "fr": "En ligne."})

    assert "Ask online." in html(own) and "by letter" not in html(own)
    assert "En ligne." in html(other, "fr")


def test_a_version_that_waits_for_its_day_is_not_said_yet(koen):
    own = page(koen, {"en": "{answer}"})
    revised(koen, confirmed=True, answers={"en": "Now."})
    revised(koen, confirmed=True, answers={"en": "Later."}, valid_from=TODAY + timedelta(days=9))
    assert "Now." in html(own)
    assert "Later." in dossier.shown(own, "en", TODAY + timedelta(days=9)).html.html


def test_what_nobody_confirmed_is_held_back_and_says_so(koen):
    own = page(koen, {"en": "{answer}"})
    revised(koen, confirmed=False, answers={"en": "Perhaps."}, holding={"en": "Ask us first."})
    assert "Perhaps" not in html(own)
    assert "Ask us first." in html(own)
    assert "<strong>To be confirmed</strong>" in html(own)


def test_source_validity_and_check_stand_beside_what_is_put_in(koen):
    own = page(koen, {"en": "{deadlines}"})
    revised(
        koen,
        confirmed=True,
        source="Letter of the institute",
        valid_from=date(2020, 1, 1),
        valid_to=TODAY + timedelta(days=30),
        request_by=TODAY + timedelta(days=10),
        rules=[],
    )
    text = html(own)
    assert f'<time datetime="{(TODAY + timedelta(days=10)).isoformat()}">' in text
    assert "Source: Letter of the institute" in text
    assert "Valid from 1 January 2020 to" in text


def test_a_measure_that_is_over_is_said_to_be(koen):
    own = page(koen, {"en": "{answer}"})
    revised(koen, confirmed=True, answers={"en": "Gone."}, valid_to=TODAY - timedelta(days=1))
    assert "Gone." not in html(own)
    assert "does not apply any more" in html(own)


def test_an_answer_in_another_language_is_marked_as_such(koen):
    own = page(koen, {"nl": "{answer}"})
    revised(koen, confirmed=True, answers={"fr": "En français."})
    assert '<div class="said" lang="fr"' in html(own, "nl")
    assert "Nog niet vertaald" in html(own, "nl") or "Not translated yet" in html(own, "nl")


def test_a_words_of_a_measure_are_never_read_as_html_or_markdown(koen):
    own = page(koen, {"en": "{answer}\n\n{documents}\n\n{links}"})
    revised(
        koen,
        confirmed=True,
        answers={"en": "<script>alert(1)</script> [x](javascript:alert(1)) see https://example.be"},
        documents=["<img src=x onerror=alert(1)>"],
        links=[{"names": {"en": "<b>x"}, "urls": {"en": 'https://example.be/" onclick="x'}}],
    )
    text = html(own)
    assert "<script" not in text and "<img" not in text and "<b>" not in text
    assert 'onclick="' not in text
    assert '<a href="https://example.be" rel="noopener noreferrer">' in text


def test_which_answers_a_page_says(koen):
    own = page(koen, {"en": "{answer}\n\n{links:deferral-general}", "fr": "{answer:reduction}"})
    assert dossier.answers_used(own) == ["deferral-general", "exemption", "reduction"]


@pytest.mark.parametrize(
    ("text", "code", "mistake"),
    [
        ("{anwser}", "exemption", ("en", "unknown", "{anwser}")),
        ("{answer:no-such}", "exemption", ("en", "measure", "{answer:no-such}")),
        ("{answer}", None, ("en", "own", "{answer}")),
        ("as said: {answer}", "exemption", ("en", "inside", "{answer}")),
        ("{price:exemption}", "exemption", ("en", "unknown", "{price:exemption}")),
    ],
)
def test_what_cannot_be_put_in_is_found(app, text, code, mistake):
    assert dossier.mistakes({"en": text}, code) == [mistake]


def test_what_can_be_put_in_is_no_mistake(app):
    text = "\n\n".join(f"{{{name}}}\n\n{{{name}:exemption}}" for name in ("answer", "questions"))
    assert dossier.mistakes({"en": text}, "exemption") == []


# --- languages ------------------------------------------------------------------------------


def test_who_reads_another_language_gets_the_page_with_a_note(koen):
    one = page(koen, {"fr": "Bonjour", "nl": "Dag"}, code=None)
    read = seen(one, "de")
    assert (read.language, read.missing, read.title) == ("fr", True, "Title fr")
    assert "Bonjour" in read.html.html
    assert read.url == f"/info/{one.page.slug}?lang=de"
    assert not seen(one, "nl").missing


# --- harmless -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:x)",
        "<a href='javascript:alert(1)'>x</a>",
        "<javascript:alert(1)>",
        "[x]: javascript:alert(1)\n\n[x]",
        "![x](https://elsewhere.example/x.png)",
        "[x](http://elsewhere.example)",
        "[x](//elsewhere.example)",
        "[x](\\\\elsewhere.example)",
        "[![x](https://elsewhere.example/x.png)](javascript:alert(1))",
        '[a](https://example.be "x" onmouseover=alert(1))',
        "> - <svg><script>alert(1)</script></svg>",
        "| a |\n|---|\n| <iframe src=x></iframe> |",
        "<style>*{}</style>",
        "<form action=x><input></form>",
        "\ue000" + "0\ue000 <script>",
    ],
)
def test_markdown_carries_nothing_that_runs_or_loads(text):
    made = written(text).html.html.lower()
    for bad in ("<script", "<img", "<svg", "<iframe", "<style", "<form", "<input"):
        assert bad not in made
    assert [link for link in made.split("<a href=")[1:] if not link.startswith('"https://')] == []
    assert "src=" not in made or "&lt;" in made


def test_headings_begin_at_the_second_level_and_leave_none_out():
    made = written("### One\n\n##### Two\n\n### Three")
    assert '<h2 id="part-1">One</h2>' in made.html.html
    assert "<h3>Two</h3>" in made.html.html
    assert made.headings == [("part-1", "One"), ("part-2", "Three")]


def test_own_pages_mail_and_telephone_may_be_linked():
    made = written("[a](/contact) [b](mailto:a@example.be) [c](tel:+3225556677)").html.html
    assert made.count("<a href=") == 3


# --- the clock ------------------------------------------------------------------------------


def test_the_clock_publishes_once_what_two_relays_see(koen):
    one = page(koen, {"en": "Now"}, code=None)
    moment = now() + timedelta(minutes=5)
    with transaction():
        info_page_change.schedule(one, moment, by=koen, at=now())
    clock.tend(moment)
    clock.tend(moment + timedelta(seconds=1))
    told = db.session.scalars(
        select(Event).where(Event.kind == "info_page.published").order_by(Event.id)
    ).all()
    assert [event.at for event in told] == [moment]
    assert one.state == PageState.PUBLISHED


def test_links_to_our_own_pages_keep_the_language(koen):
    one = page(koen, {"nl": "[a](/info/other) [b](/contact) [c](https://example.be/info/x)"}, None)
    text = html(one, "nl")
    assert 'href="/info/other?lang=nl"' in text and 'href="/contact?lang=nl"' in text
    assert 'href="https://example.be/info/x"' in text
