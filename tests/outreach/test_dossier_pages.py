"""The writing room: who leads writes and publishes, who works reads, nothing typed is lost."""

import re
from datetime import timedelta
from typing import Any

import pytest

from models import info_page_action, info_page_change
from models.action import Action, ActionKind, ActionState
from models.base import db, now, transaction
from models.calendar import BRUSSELS, business_day
from models.info_page import InfoPage, InfoPageProblem, InfoPageVersion, PageState
from models.info_page_reading import count_view, voice
from models.problem import Problem, ProblemState
from models.user import User
from tests.people import Browser, House
from triage.outreach.dossier_form import TEXTS

ROOM = "/outreach/dossier"
FOUR = {f"titles-{code}": f"Paid {code}" for code in ("fr", "nl", "de", "en")} | {
    f"bodies-{code}": f"Friday {code}" for code in ("fr", "nl", "de", "en")
}


@pytest.fixture
def leads(house: House, client: Browser) -> Browser:
    client.sign_in(house.koen)
    return client


def page(slug: str = "paid-en") -> InfoPage:
    db.session.expire_all()
    found = InfoPage.at(slug)
    assert found is not None
    return found


def draft(slug: str = "paid-en") -> InfoPageVersion | None:
    return InfoPageVersion.being_written(page(slug))


def begun(leads: Browser, **more: Any) -> None:
    assert leads.post(ROOM, data=FOUR | more).status_code == 303


def publish(leads: Browser, **more: Any) -> Any:
    seen = draft()
    assert seen is not None
    return leads.post(
        f"{ROOM}/paid-en/publication", data={"seen": seen.version, "when": "now"} | more
    )


def state(slug: str = "paid-en") -> str:
    return db.session.scalars(InfoPageVersion.of_page(page(slug)).limit(1)).one().state


def problem_with(koen: User, *kinds: ActionKind) -> Problem:
    at = now()
    with transaction():
        made = Problem(
            titles={"en": "Late payment", "fr": "Paiement tardif"},
            topic_id="bridging_right",
            first_seen_at=at,
            last_seen_at=at,
            founded_on=business_day(at),
            state=ProblemState.ACTING.value,
        )
        db.session.add(made)
        db.session.flush()
        for kind in kinds:
            db.session.add(
                Action(
                    problem_id=made.id,
                    kind=kind.value,
                    what="Say it on the site",
                    owner_id=koen.id,
                    due_on=business_day(at),
                    decided_at=at,
                )
            )
    return made


def test_koen_writes_publishes_and_takes_back(leads: Browser):
    begun(leads)
    assert "Nobody sees it yet" in leads.get(f"{ROOM}/paid-en").text

    shown = leads.get(publish(leads).location).text
    assert state() == PageState.PUBLISHED
    assert "Readers see it now" in shown

    leads.post(f"{ROOM}/paid-en/publication/undo")
    assert state() == PageState.DRAFT


def test_a_page_that_lacks_a_language_is_published_only_where_that_is_meant(leads: Browser):
    begun(leads, **{"titles-de": "", "bodies-de": ""})

    warned = leads.get(publish(leads).location).text
    assert state() == PageState.DRAFT
    assert "It is missing in: German" in warned

    publish(leads, without="1")
    assert state() == PageState.PUBLISHED


def test_a_page_is_scheduled_and_that_is_taken_back(leads: Browser):
    begun(leads)
    moment = (now() + timedelta(days=1)).astimezone(BRUSSELS)

    shown = publish(leads, when="later", publish_at=moment.strftime("%Y-%m-%dT%H:%M"))
    assert state() == PageState.SCHEDULED
    assert "It appears on" in leads.get(shown.location).text

    leads.post(f"{ROOM}/paid-en/schedule/undo")
    assert state() == PageState.DRAFT


@pytest.mark.parametrize(
    ("moment", "words"), [("2020-01-01T08:00", "is over"), ("tomorrow", "Give the day")]
)
def test_a_moment_that_cannot_be_is_said(leads: Browser, moment, words):
    begun(leads)
    answer = publish(leads, when="later", publish_at=moment)
    assert words in leads.get(answer.location).text
    assert state() == PageState.DRAFT


def test_who_publishes_something_that_changed_meanwhile_is_told(leads: Browser):
    begun(leads)
    answer = publish(leads, seen="99")
    assert "Somebody has just changed it" in leads.get(answer.location).text
    assert state() == PageState.DRAFT


def test_who_saves_what_waits_for_its_day_is_told_when_readers_see_it(leads: Browser):
    begun(leads)
    moment = (now() + timedelta(days=1)).astimezone(BRUSSELS)
    publish(leads, when="later", publish_at=moment.strftime("%Y-%m-%dT%H:%M"))
    form = typed(leads.get(f"{ROOM}/paid-en/edit").text)
    saved = leads.post(f"{ROOM}/paid-en", data=form | {"bodies-en": "Half a sen"})
    assert "Readers see it as it is now on" in leads.get(saved.location).text
    assert state() == PageState.SCHEDULED


def test_a_page_is_archived_and_brought_back(leads: Browser):
    begun(leads)
    publish(leads)
    shown = leads.get(leads.post(f"{ROOM}/paid-en/archive").location).text
    assert "Archived. Readers see it no more." in shown
    leads.post(f"{ROOM}/paid-en/archive/undo")
    assert state() == PageState.PUBLISHED


def test_a_draft_that_is_thrown_away_can_be_taken_back(leads: Browser):
    begun(leads)
    publish(leads)
    saved(leads, **{"bodies-en": "Monday"})
    shown = leads.get(leads.post(f"{ROOM}/paid-en/draft/removal").location).text
    assert draft() is None
    undo = re.search(r'action="([^"]+/restoration)" data-seconds', shown)
    assert undo is not None
    leads.post(undo[1])
    again = draft()
    assert again is not None and again.bodies["en"] == "Monday"


# --- writing --------------------------------------------------------------------------------


def typed(form: str) -> dict[str, str]:
    """What a browser would send of the editor as it stands."""
    body = form[form.index('class="dossier-form"') :]
    sent = dict(re.findall(r'<input[^>]*? name="([^"]+)"[^>]*? value="([^"]*)"', body))
    sent |= dict(re.findall(r'<textarea[^>]*? name="([^"]+)"[^>]*>([^<]*)</textarea>', body))
    return sent


def saved(leads: Browser, **more: str) -> Any:
    form = typed(leads.get(f"{ROOM}/paid-en/edit").text)
    return leads.post(f"{ROOM}/paid-en", data=form | more)


def test_saving_keeps_the_draft_and_stays_in_the_editor(leads: Browser):
    begun(leads)
    answer = saved(leads, **{"bodies-en": "Monday", "review_by": "2027-01-31", "topic": "deferral"})
    assert answer.location.endswith(f"{ROOM}/paid-en/edit")
    kept = draft()
    assert kept is not None
    assert (kept.number, kept.bodies["en"], str(kept.review_by)) == (1, "Monday", "2027-01-31")
    assert page().topic_id == "deferral"


def test_what_a_second_person_typed_is_compared_and_kept(leads: Browser):
    begun(leads)
    first = typed(leads.get(f"{ROOM}/paid-en/edit").text)
    saved(leads, **{"bodies-en": "Monday, says Koen"})

    answer = leads.post(f"{ROOM}/paid-en", data=first | {"bodies-en": "Tuesday, says Ingrid"})

    assert answer.status_code == 409
    assert "Tuesday, says Ingrid" in answer.text
    assert "<del>Monday,</del>" in answer.text or "Monday" in answer.text
    assert draft().bodies["en"] == "Monday, says Koen"
    again = leads.post(
        f"{ROOM}/paid-en", data=typed(answer.text) | {"bodies-en": "Both, says Ingrid"}
    )
    assert again.status_code == 303
    assert draft().bodies["en"] == "Both, says Ingrid"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"bodies-fr": "{anwser}"}, "{anwser} is not known"),
        ({"bodies-nl": "{answer}"}, "needs the page"),
        ({"bodies-nl": "{answer:nope}"}, "does not exist"),
        ({"bodies-nl": "so: {links:exemption}"}, "on a line of its own"),
        ({f"titles-{code}": "" for code in ("fr", "nl", "de", "en")}, "Give the page a title"),
        ({"slug": "No Slug"}, "small letters"),
        ({"slug": "search"}, "small letters"),
        ({"review_by": "soon"}, "Write a day"),
    ],
)
def test_what_cannot_be_kept_is_explained_and_stays_in_the_form(leads: Browser, change, words):
    answer = leads.post(ROOM, data=FOUR | change)
    assert answer.status_code == 422
    assert words in answer.text
    assert "Friday fr" in answer.text or "{anwser}" in answer.text
    assert InfoPage.at("paid-en") is None


def test_two_pages_do_not_share_an_address(leads: Browser):
    begun(leads)
    answer = leads.post(ROOM, data=FOUR)
    assert answer.status_code == 422
    assert "Another page has this address" in answer.text


def test_the_preview_keeps_nothing_and_shows_mistakes(leads: Browser):
    sent = FOUR | {"bodies-en": "## So\n\n**Friday**\n\n{oops}", "measure": "exemption"}
    fragment = leads.post(f"{ROOM}/preview", data=sent, headers={"HX-Request": "true"}).text
    assert "<strong>Friday</strong>" in fragment
    assert "{oops} is not known" in fragment
    assert "<html" not in fragment
    whole = leads.post(f"{ROOM}/preview", data=sent).text
    assert "<strong>Friday</strong>" in whole and 'class="dossier-form"' in whole
    assert InfoPage.at("paid-en") is None


def test_a_page_begun_from_a_measure_says_what_the_measure_says(leads: Browser):
    form = typed(leads.get(f"{ROOM}/new?measure=exemption").text)
    assert form["bodies-nl"].startswith("{answer}\n\n## ")
    assert form["titles-fr"]
    answer = leads.post(ROOM, data=form | {"measure": "exemption", "slug": "exemption"})
    assert answer.status_code == 303
    assert page("exemption").measure.code == "exemption"


def test_a_page_begun_from_a_problem_is_the_action_that_was_decided(leads: Browser, koen):
    problem = problem_with(koen, ActionKind.WEB_TEXT)
    form = typed(leads.get(f"{ROOM}/new?problem={problem.number}").text)
    assert form["titles-fr"] == "Paiement tardif"
    leads.post(ROOM, data=form | FOUR)

    publish(leads)

    link = InfoPageProblem.of_page(page())[0]
    action = Action.named(link.action_id)
    assert (link.problem_id, action.state) == (problem.id, ActionState.LIVE)


def test_a_page_begun_from_what_clients_ask_knows_of_it(leads: Browser):
    form = leads.get(f"{ROOM}/new?topic=deferral&title=Hoeveel+maanden%3F&language=nl").text
    assert typed(form)["titles-nl"] == "Hoeveel maanden?"
    assert '<option value="deferral" selected>' in form


def test_a_problem_is_linked_and_unlinked(leads: Browser, koen):
    begun(leads)
    problem = problem_with(koen)
    leads.post(f"{ROOM}/paid-en/problems", data={"problem": problem.number})
    assert "Late payment" in leads.get(f"{ROOM}/paid-en").text
    leads.post(f"{ROOM}/paid-en/problems/{problem.number}/removal")
    assert InfoPageProblem.of_page(page()) == []
    wrong = leads.post(f"{ROOM}/paid-en/problems", data={"problem": "99999"})
    assert "no problem with this number" in leads.get(wrong.location).text


# --- reading --------------------------------------------------------------------------------


def test_the_list_says_what_needs_a_look(leads: Browser, koen):
    begun(leads, **{"titles-de": "", "review_by": "2020-01-01"})
    publish(leads, without="1")
    version = InfoPageVersion.current(page())
    with transaction():
        count_view(version.page_id, business_day(now()), "fr")
        for number, useful in enumerate((True, True, True, False)):
            voice(
                page_id=version.page_id,
                version_id=version.id,
                language="fr",
                useful=useful,
                once=str(number),
                at=now(),
            )
    listed = leads.get(ROOM).text
    assert "review due" in listed
    assert "75" in listed
    assert "missing in German" in listed
    assert "Paid en" in leads.get(f"{ROOM}?state=missing&q=friday").text
    assert "No page like this" in leads.get(f"{ROOM}?state=archived").text


def test_the_history_shows_word_by_word_what_a_version_changed(leads: Browser):
    begun(leads)
    publish(leads)
    saved(leads, **{"bodies-en": "Monday en"})
    page_ = leads.get(f"{ROOM}/paid-en/versions/2").text
    assert "<del>Friday</del><ins>Monday</ins> en" in page_


def test_who_works_reads_and_is_offered_no_deed(house: House, client: Browser, koen):
    with transaction():
        made = info_page_change.begin({part: {"en": "Paid"} for part in TEXTS}, by=koen, at=now())
        info_page_change.publish(made, by=koen, at=now())
        problem_id = problem_with(koen).id
        info_page_action.link(made.page, problem_id, None, by=koen, at=now())
    client.sign_in(house.nadia)
    read = client.get(f"{ROOM}/paid").text
    assert "Paid" in read
    assert "/archive" not in read and "/edit" not in read and "/removal" not in read
    assert client.post(f"{ROOM}/paid/archive").status_code == 403
