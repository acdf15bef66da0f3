"""What clients ask about a measure: asked, answered, put in order and withdrawn by managers."""

from flask import Blueprint, abort, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from models.base import now
from models.calendar import business_day
from models.measure import Measure
from models.measure_change import standing_of
from models.measure_question import MeasureQuestion
from models.policy import Verb
from models.topic import LANGUAGES
from triage.accounts import demand
from triage.display import title
from triage.outreach.form import texts
from triage.outreach.measures import measure_or_404, measure_page, page_of

pages = Blueprint("questions", __name__)


@pages.post("/measures/<measure_code>/questions")
def ask(measure_code: str) -> ResponseReturnValue:
    by = demand(Verb.LEAD)
    measure = measure_or_404(measure_code)
    written = texts(request.form, "question")
    if not written:
        return measure_page(measure, True, _("Write the question in one language at least.")), 422
    made = MeasureQuestion.ask(measure, written, by=by)
    if answers := texts(request.form, "answer"):
        made.answer(answers, by=by, at=now())
    return back(measure)


@pages.post("/measures/<measure_code>/questions/from/<int:problem_id>")
def take_over(measure_code: str, problem_id: int) -> ResponseReturnValue:
    """A known problem of the topic becomes a question, in all languages, still to be answered."""
    by = demand(Verb.LEAD)
    measure = measure_or_404(measure_code)
    proposed = MeasureQuestion.proposed_by_problems(
        measure, standing_of(measure.id, business_day(now()))
    )
    found = next((one for one in proposed if one[0].id == problem_id), None)
    if found is None:
        return measure_page(measure, True, _("This problem is a question already.")), 409
    named = {}
    for language in LANGUAGES:
        with force_locale(language):
            named[language] = title(found[0])
    MeasureQuestion.ask(measure, named, by=by, problem_id=problem_id, asked=found[1])
    return back(measure)


@pages.post("/measures/<measure_code>/questions/<int:question_id>/answer")
def answer(measure_code: str, question_id: int) -> ResponseReturnValue:
    """Both can be changed: how it is asked and what is answered."""
    by = demand(Verb.LEAD)
    measure = measure_or_404(measure_code)
    question = question_or_404(measure, question_id)
    if wording := texts(request.form, "question"):
        question.word(wording, by=by)
    question.answer(texts(request.form, "answer"), by=by, at=now())
    return back(measure)


@pages.post("/measures/<measure_code>/questions/<int:question_id>/place")
def move(measure_code: str, question_id: int) -> ResponseReturnValue:
    by = demand(Verb.LEAD)
    measure = measure_or_404(measure_code)
    question_or_404(measure, question_id).move(request.form.get("to") == "up", by=by)
    return back(measure)


@pages.post("/measures/<measure_code>/questions/<int:question_id>/withdrawal")
def withdraw(measure_code: str, question_id: int) -> ResponseReturnValue:
    by = demand(Verb.LEAD)
    measure = measure_or_404(measure_code)
    question_or_404(measure, question_id).withdraw(by=by, at=now())
    there = page_of(measure_code, undo="question", question=str(question_id))
    return redirect(f"{there}#questions", 303)


@pages.post("/measures/<measure_code>/questions/<int:question_id>/return")
def bring_back(measure_code: str, question_id: int) -> ResponseReturnValue:
    by = demand(Verb.LEAD)
    measure = measure_or_404(measure_code)
    question_or_404(measure, question_id).bring_back(by=by, at=now())
    return back(measure)


def question_or_404(measure: Measure, question_id: int) -> MeasureQuestion:
    return MeasureQuestion.numbered(measure.id, question_id) or abort(404)


def back(measure: Measure) -> ResponseReturnValue:
    there = page_of(measure.code)
    return redirect(f"{there}#questions", 303)
