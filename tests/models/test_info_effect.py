"""Contacts per day before and after a page was published, by the house's own arithmetic."""

from datetime import UTC, date, datetime, timedelta

import pytest

from models import calendar
from models.base import db, transaction
from models.daily_figure import DailyFigure
from models.effect import Verdict
from models.info_effect import PageEffect, effects_of_page
from models.info_page import InfoPage, InfoPageProblem, InfoPageVersion
from models.problem import Problem
from models.problem_day import ProblemDay
from tests.people import House, amelie

PUBLISHED = date(2026, 5, 4)
TODAY = date(2026, 6, 9)
AT = datetime(2026, 6, 9, 8, 0, tzinfo=UTC)


def page(*published: date, topic: str | None = None, subtopic: str | None = None) -> InfoPage:
    with transaction():
        made = InfoPage(slug="payment-days", topic_id=topic, subtopic_id=subtopic)
        db.session.add(made)
        db.session.flush()
        for number, day in enumerate(published, 1):
            last = number == len(published)
            db.session.add(
                InfoPageVersion(
                    page_id=made.id,
                    number=number,
                    state="published" if last else "replaced",
                    titles={"en": "Payment days"},
                    bodies={"en": "Friday"},
                    published_at=calendar.start_of(day) + timedelta(hours=9),
                )
            )
    return made


def problem(before: int, after: int, until: date = TODAY) -> Problem:
    """So many contacts a day before and after the page, among a hundred others."""
    first = calendar.working_day_before(PUBLISHED, 25)
    with transaction():
        made, other = (
            Problem(
                topic_id="bridging_right",
                first_seen_at=calendar.start_of(first),
                last_seen_at=AT,
                founded_on=first,
            )
            for _ in range(2)
        )
        db.session.add_all([made, other])
        db.session.flush()
        day = first
        while day < until:
            drew = before if day <= PUBLISHED else after
            for one, contacts in ((made, drew), (other, 100)):
                db.session.add(
                    ProblemDay(
                        problem_id=one.id,
                        day=day,
                        contacts=contacts,
                        clients=contacts,
                        trend="steady",
                        total=100 + drew,
                        total_clients=100 + drew,
                    )
                )
            day = calendar.working_day_after(day)
    return made


def linked(made: InfoPage, *problems: Problem) -> None:
    with transaction():
        db.session.add_all(InfoPageProblem(page_id=made.id, problem_id=one.id) for one in problems)


def only(made: InfoPage, at: datetime = AT) -> PageEffect:
    [found] = effects_of_page(made, at)
    return found


def test_contacts_of_the_problems_that_it_answers_fell(house: House) -> None:
    made = page(PUBLISHED)
    linked(made, problem(20, 5))
    found = only(made)
    assert found.about == "problems"
    assert found.effect.verdict == Verdict.FELL
    assert (found.effect.before, found.effect.after) == (20, 5)
    assert found.effect.contacts is not None
    assert found.effect.contacts.before == pytest.approx(1000 * 20 / 120)
    assert (len(found.before), len(found.after), found.final) == (20, 20, True)


def test_the_day_of_publication_and_today_are_left_out(house: House) -> None:
    made = page(PUBLISHED)
    linked(made, problem(20, 5))
    days = [day for day, _ in (*only(made).before, *only(made).after)]
    assert PUBLISHED not in days and TODAY not in days


def test_the_first_day_afterwards_is_too_early(house: House) -> None:
    made = page(PUBLISHED)
    linked(made, problem(20, 5))
    after = calendar.start_of(calendar.working_day_after(PUBLISHED)) + timedelta(hours=12)
    assert only(made, after).effect.verdict == Verdict.TOO_EARLY


def test_two_problems_of_a_page_are_counted_together(house: House) -> None:
    made = page(PUBLISHED)
    linked(made, problem(20, 5), problem(10, 5))
    assert (only(made).effect.before, only(made).effect.after) == (30, 10)


def test_an_earlier_version_ends_what_is_looked_at_before(house: House) -> None:
    earlier = calendar.working_day_before(PUBLISHED, 6)
    made = page(earlier, PUBLISHED)
    linked(made, problem(20, 5))
    latest, first = effects_of_page(made, AT)
    assert latest.version.number == 2 and len(latest.before) == 5
    assert first.final and len(first.after) == 5


def test_without_a_problem_its_topic_is_counted(house: House) -> None:
    made = page(PUBLISHED, topic="bridging_right", subtopic="bridging_right/payment")
    for day, part in ((-2, "bridging_right/payment"), (-2, "bridging_right/eligibility")):
        at = calendar.start_of(PUBLISHED + timedelta(days=day - 2)) + timedelta(hours=9)
        contact = house.fill_form(amelie, "Droit passerelle", at=at)
        with transaction():
            contact.topic_id, contact.subtopic_id = "bridging_right", part
    with transaction():
        DailyFigure.recount_inflow(PUBLISHED + timedelta(days=-4))
    found = only(made)
    assert found.about == "subtopic"
    assert sum(drew.own for _, drew in found.before) == 1
    assert found.effect.verdict in (Verdict.TOO_EARLY, Verdict.TOO_FEW)


def test_a_page_about_nothing_or_not_published_has_no_effect(house: House) -> None:
    assert effects_of_page(page(PUBLISHED), AT) == []
    with transaction():
        db.session.query(InfoPageVersion).update({"published_at": None})
    made = InfoPage.at("payment-days")
    assert made is not None and effects_of_page(made, AT) == []
