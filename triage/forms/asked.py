"""One form as it is asked on one day in one language, by whatever door it is filled in."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from models import info_page
from models.base import db
from models.measure import MeasureVersion
from models.topic import Topic
from models.web_form import WebForm, WebFormVersion
from triage import dossier
from triage.answers import Sayable
from triage.forms.documents import Wanted, measure_of, wanted
from triage.forms.fields import (
    Field,
    Kind,
    Opening,
    Option,
    Step,
    asked_of,
    fields_of,
    opening,
    steps_of,
)
from triage.forms.periods import periods, windows
from triage.forms.reading import Checked, check
from triage.known_answers import known_for

ALL = "all"
"""Every question on one page, for who prefers that."""
NOT_ASKED = ("out_of_scope", "other")
MOST_PAGES = 3
MOST_WINDOWS = 4


@dataclass(frozen=True)
class Asked:
    """What a form asks, with the documents and periods of its measure."""

    version: WebFormVersion
    language: str
    day: date

    @property
    def form(self) -> WebForm:
        return self.version.form

    @property
    def name(self) -> str:
        return self.version.name(self.language)

    @cached_property
    def measure(self) -> Sayable | None:
        return measure_of(self.form, self.language, self.day)

    @property
    def _measure_version(self) -> MeasureVersion | None:
        return self.measure.version if self.measure is not None else None

    @cached_property
    def fields(self) -> list[Field]:
        offered = periods(self._measure_version, self.language, self.day)
        asks_topic = any(rule["type"] == Kind.TOPIC for rule in self.version.fields)
        return fields_of(
            self.version, self.language, offered, topics(self.language) if asks_topic else ()
        )

    @cached_property
    def last_days(self) -> list[tuple[str, date, int]]:
        """(what, last day, days left): the measure's own, else those of the quarters still open."""
        if self.measure is None or self.measure.deadlines:
            return list(self.measure.deadlines) if self.measure is not None else []
        open_ = windows(self._measure_version, self.language, self.day)[:MOST_WINDOWS]
        return [(name, last, (last - self.day).days) for name, last in open_]

    @cached_property
    def documents(self) -> list[Wanted]:
        return wanted(self.version, self._measure_version)

    @property
    def steps(self) -> list[Step]:
        return steps_of(self.fields)

    @cached_property
    def known(self) -> list[str]:
        """What is known of the matter and may be said before anything is sent."""
        return known_for(self.form.topic, self.form.subtopic, self.language, self.day)

    @cached_property
    def pages(self) -> list[tuple[str, str]]:
        """(title, address) of the pages of the dossier about it, the nearest first."""
        about = info_page.pages_about(
            topic_id=self.form.topic,
            subtopic_id=self.form.subtopic,
            measure_id=self._measure_version.measure_id if self._measure_version else None,
        )
        return [
            (dossier.title(one, self.language), dossier.path(one.page, self.language))
            for one in about[:MOST_PAGES]
        ]

    def shown(self, step: str) -> list[Field]:
        """The questions of one screen."""
        if step == ALL:
            return self.fields
        return [field for field in self.fields if field.step == step]

    def openings(self, step: str, answers: Mapping[str, Any]) -> list[Opening]:
        """The same as they are shown: what depends on an answer stands right below its question;
        what depends on one of an earlier screen is left out unless that answer was given."""
        asked = asked_of(self.fields, answers)
        return [
            one
            for one in opening(self.shown(step))
            if one.field.askable and (not one.field.depends_on or one.field.name in asked)
        ]

    def after(self, step: str) -> Step:
        return self.steps[self.steps.index(Step(step)) + 1]

    def before(self, step: str) -> Step:
        return self.steps[max(0, self.steps.index(Step(step)) - 1)]

    def judged(self, answers: Mapping[str, Any], looked: Collection[str] = ()) -> Checked:
        """Everything that was answered, judged once more."""
        return check(self.fields, dict(answers), answers, looked)

    def step_with_mistake(self, checked: Checked) -> Step | None:
        wrong = [field.step for field in self.fields if field.name in checked.mistakes]
        return next((step for step in self.steps if step in wrong), None)


def topics(language: str) -> list[Option]:
    """What a question may be about, by the team that takes it."""
    return [
        Option(one.id, one.name(language), one.team.name(language) if one.team else "")
        for one in db.session.scalars(Topic.first_level())
        if one.id not in NOT_ASKED
    ]
