"""Topics as they are taught: a new one in a minute, its examples, how well it is found, its end."""

import re
import unicodedata
from collections import Counter
from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from classifiers import starter
from classifiers.engine import Opinion, Text
from classifiers.thresholds import OPEN_TOPICS
from models.base import db, now, one_at_a_time
from models.cases import profile_of
from models.event import record
from models.lesson import Lesson
from models.model_version import ModelVersion, TrainingReason
from models.policy import Verb
from models.problem import Problem
from models.team import Team
from models.topic import LANGUAGES, Topic
from models.user import User
from triage import routing, training
from triage.accounts import demand
from triage.lessons import YOUNG
from triage.reasons import nearest, words_of_matter
from triage.teaching import lesson_form

pages = Blueprint("topics", __name__)

LONGEST_ANSWER = 60
"""Working days."""
LONGEST_TRIAL = 2_000
VERSIONS = 60
"""Of so many the growth of a topic is told."""
SETTLING = timedelta(minutes=1)


@pages.get("/topics")
def index() -> ResponseReturnValue:
    demand(Verb.TEACH)
    every = Topic.everything().values()
    return render_template(
        "teaching/topics.html",
        topics=db.session.scalars(Topic.first_level()).all(),
        retired=[topic for topic in every if topic.parent_id is None and not topic.active],
        lessons=Lesson.per_topic(),
        delivered=Counter(row.topic for row in starter.starter()),
        few=YOUNG,
        found=found_of(in_use()),
        missing={topic.id: missing_names(topic) for topic in every},
    )


@pages.get("/topics/new")
def new() -> ResponseReturnValue:
    user = demand(Verb.TEACH)
    return new_page(user)


@pages.post("/topics")
def add() -> ResponseReturnValue:
    """The topic, its examples, and a training that is put to use as soon as it is ready."""
    by, at = demand(Verb.TEACH), now()
    names, team = names_typed(), Team.named(request.form.get("team", 0, int))
    days = request.form.get("answer_days", 0, int)
    private = request.form.get("restricted") == "1"
    if not names:
        return new_page(by, _("Give a name in at least one language."), 422)
    if team is None:
        return new_page(by, _("Say which team takes it."), 422)
    if not 1 <= days <= LONGEST_ANSWER:
        return new_page(by, _("An answer takes 1 to 60 working days."), 422)
    one_at_a_time("topic", "new")  # two clicks are one topic
    if namesake(names) is not None:
        return new_page(by, _("There is a topic of this name already."), 422)
    examples = lesson_form.typed() + ([] if private else lesson_form.ticked(by))
    seeds = lesson_form.seed_words()
    if not examples and not seeds:
        return new_page(by, _("Give an example or a seed word: it learns from nothing else."), 422)
    topic = Topic.begin(
        free_id(names),
        names,
        seeds,
        team,
        answer_days=days,
        restricted=private,
        by=by,
    )
    lesson_form.keep(topic, examples, by=by, at=at)
    training.ask(TrainingReason.TOPIC, by=by, at=at)
    return redirect(url_for(".topic", topic_id=topic.id), 303)


@pages.get("/topics/<topic_id>")
def topic(topic_id: str) -> ResponseReturnValue:
    user, found = demand(Verb.TEACH), topic_of(topic_id)
    problem = None if found.restricted else lesson_form.problem_asked()
    offered = lesson_form.offered(problem, user) if problem else []
    return topic_page(found, problem=problem, offered=offered)


@pages.post("/topics/<topic_id>")
def change(topic_id: str) -> ResponseReturnValue:
    """Names that were missing, and words that speak for it."""
    by, found = demand(Verb.TEACH), topic_of(topic_id)
    names = names_typed()
    if not names:
        return topic_page(found, _("Give a name in at least one language."), 422)
    before = {"names": found.names, "seed_words": found.seed_words}
    found.names, found.seed_words = names, lesson_form.seed_words()
    after = {"names": found.names, "seed_words": found.seed_words}
    record("topic.changed", by=by, topic=found.id, before=before, after=after)
    flash(_("Saved."))
    return redirect(url_for(".topic", topic_id=found.id), 303)


@pages.post("/topics/<topic_id>/lessons")
def teach(topic_id: str) -> ResponseReturnValue:
    by, found, at = demand(Verb.TEACH), topic_of(topic_id), now()
    examples = lesson_form.typed() + ([] if found.restricted else lesson_form.ticked(by))
    kept = lesson_form.keep(found, examples, by=by, at=at)
    flash(
        ngettext("%(num)s example added.", "%(num)s examples added.", kept)
        if kept
        else _("Nothing new: it has these examples already.")
    )
    return redirect(url_for(".topic", topic_id=found.id) + "#lessons", 303)


@pages.post("/topics/<topic_id>/lessons/<int:lesson_id>/withdrawal")
def withdraw(topic_id: str, lesson_id: int) -> ResponseReturnValue:
    by, lesson = demand(Verb.TEACH), lesson_of(topic_id, lesson_id)
    if lesson.withdrawn_at is None:
        lesson.withdraw(by=by, at=now())
    return redirect(url_for(".topic", topic_id=topic_id, undo=lesson.id) + "#lessons", 303)


@pages.post("/topics/<topic_id>/lessons/<int:lesson_id>/return")
def put_back(topic_id: str, lesson_id: int) -> ResponseReturnValue:
    by, lesson = demand(Verb.TEACH), lesson_of(topic_id, lesson_id)
    if lesson.withdrawn_at is not None:
        lesson.put_back(by=by, at=now())
    return redirect(url_for(".topic", topic_id=topic_id) + "#lessons", 303)


@pages.post("/topics/<topic_id>/training")
def train(topic_id: str) -> ResponseReturnValue:
    """Learn now what was taught since, rather than at night."""
    by, found = demand(Verb.TEACH), topic_of(topic_id)
    training.ask(TrainingReason.TOPIC, by=by, at=now())
    return redirect(url_for(".topic", topic_id=found.id), 303)


@pages.get("/topics/<topic_id>/training")
def progress(topic_id: str) -> ResponseReturnValue:
    """How far the training is, asked for every two seconds."""
    demand(Verb.TEACH)
    found = topic_of(topic_id)
    return render_template("teaching/topic_progress.html", topic=found, **what_is_learned(found))


@pages.post("/topics/<topic_id>/trial")
def trial(topic_id: str) -> ResponseReturnValue:
    """What the model in use says of a sentence; nothing of it is kept."""
    demand(Verb.TEACH)
    found = topic_of(topic_id)
    said = request.form.get("text", "").strip()[:LONGEST_TRIAL]
    opinion = routing.opine([Text(said)])[0] if said else None
    if "HX-Request" in request.headers:
        return render_template("teaching/topic_trial.html", topic=found, **heard(said, opinion))
    return topic_page(found, **heard(said, opinion))


@pages.post("/topics/<topic_id>/retirement")
def retire(topic_id: str) -> ResponseReturnValue:
    """It is no longer offered; its contacts keep it."""
    by, found = demand(Verb.TEACH), topic_of(topic_id)
    if found.id in OPEN_TOPICS:
        abort(400)
    if found.active:
        found.retire(by=by)
        training.ask(TrainingReason.TOPIC, by=by, at=now())
    return redirect(url_for(".topic", topic_id=found.id, retired=1), 303)


@pages.post("/topics/<topic_id>/retirement/withdrawal")
def resume(topic_id: str) -> ResponseReturnValue:
    by, found = demand(Verb.TEACH), topic_of(topic_id)
    if not found.active:
        found.resume(by=by)
        training.ask(TrainingReason.TOPIC, by=by, at=now())
    return redirect(url_for(".topic", topic_id=found.id), 303)


# --- what the pages show ---------------------------------------------------------------------


def new_page(user: User, mistake: str = "", code: int = 200) -> ResponseReturnValue:
    problem = lesson_form.problem_asked()
    offered = lesson_form.offered(problem, user) if problem else []
    begun = request.method == "GET"
    page = render_template(
        "teaching/topic_new.html",
        mistake=mistake,
        teams=db.session.scalars(Team.in_order()).all(),
        problem=problem,
        offered=offered,
        team=usual_team(problem) if problem else None,
        others=db.session.scalars(Topic.first_level()).all() if problem else [],
        typed=request.form,
        chosen=lesson_form.to_begin_with(offered) if begun else set(request.form.getlist("keep")),
    )
    return page, code


def usual_team(problem: Problem) -> int | None:
    """The team that has most of a problem's tickets."""
    return next((team for team in profile_of(problem).teams if team), None)


def topic_page(
    found: Topic, mistake: str = "", code: int = 200, **shown: Any
) -> ResponseReturnValue:
    lessons = db.session.scalars(Lesson.of_topic(found.id)).all()
    undo = Lesson.named(request.args.get("undo", 0, int))
    page = render_template(
        "teaching/topic.html",
        topic=found,
        mistake=mistake,
        lessons=list(reversed(lessons)),
        missing=missing_names(found),
        retirable=found.id not in OPEN_TOPICS,
        undo=undo if undo is not None and undo.topic_id == found.id else None,
        retired_now=request.args.get("retired") == "1" and not found.active,
        **what_is_learned(found),
        **shown,
    )
    return page, code


def heard(said: str, opinion: Opinion | None) -> dict[str, Any]:
    """What the model in use says of a sentence, and why."""
    words = [(reason.term, reason.weight) for reason in opinion.reasons] if opinion else []
    return {
        "said": said,
        "opinion": opinion,
        "words_of_matter": words_of_matter(words),
        "nearest": nearest(opinion.neighbours, opinion.topic) if opinion else [],
    }


def what_is_learned(found: Topic) -> dict[str, Any]:
    """The training under way, and whether the model in use knows the topic and how well."""
    model = routing.engine()
    version, last = in_use(), ModelVersion.last_ready()
    known = model is not None and found.id in model.labels["topic"]
    return {
        "training": ModelVersion.open(),
        "settling": not known and last is not None and about_to_be_used(last, found),
        "failed": failed_last(),
        "known": known,
        "found": found_of(version).get(found.id),
        "growth": growth_of(found),
        "waiting": version.taught_since() if version else 0,
        "few": YOUNG,
    }


def about_to_be_used(last: ModelVersion, found: Topic) -> bool:
    """Whether a version that knows the topic has just been made: it is being put to use."""
    fresh = last.finished_at is not None and now() - last.finished_at < SETTLING
    return fresh and found.id in last.manifest.get("topics", {})


def in_use() -> ModelVersion | None:
    model = routing.engine()
    return ModelVersion.of(model.version) if model else None


def failed_last() -> ModelVersion | None:
    """The newest training, when it failed."""
    last = db.session.scalars(ModelVersion.newest_first().limit(1)).first()
    return last if last is not None and last.error and not last.under_way else None


def found_of(version: ModelVersion | None) -> dict[str, dict[str, float]]:
    """How much of each topic that people taught was found out of fold, by its id."""
    found: dict[str, dict[str, float]] = version.figures.get("taught", {}) if version else {}
    return found


def growth_of(found: Topic) -> list[tuple[int, float]]:
    """(texts, share found) of each version that measured the topic, from few texts to many."""
    measured = [found_of(version).get(found.id) for version in ModelVersion.shown(VERSIONS)]
    newest_last = [one for one in reversed(measured) if one]
    return sorted({int(one["texts"]): one["found"] for one in newest_last}.items())


def missing_names(found: Topic) -> list[str]:
    return [code for code in LANGUAGES if not found.names.get(code)]


# --- what came with the form -----------------------------------------------------------------


def topic_of(topic_id: str) -> Topic:
    found = Topic.named(topic_id) or abort(404)
    return found if found.parent_id is None else abort(404)


def lesson_of(topic_id: str, lesson_id: int) -> Lesson:
    lesson = Lesson.named(lesson_id) or abort(404)
    return lesson if lesson.topic_id == topic_of(topic_id).id else abort(404)


def names_typed() -> dict[str, str]:
    typed = {code: request.form.get(f"name-{code}", "").strip()[:120] for code in LANGUAGES}
    return {code: name for code, name in typed.items() if name}


def namesake(names: dict[str, str]) -> Topic | None:
    """A topic of the first level that is called the same in some language."""
    for topic in Topic.everything().values():
        if topic.parent_id is None and any(
            str(topic.names.get(code, "")).lower() == name.lower() for code, name in names.items()
        ):
            return topic
    return None


def free_id(names: dict[str, str]) -> str:
    """A short name of the topic for addresses and files, of its English or its first name."""
    name = names.get("en") or next(iter(names.values()))
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    short = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:40].strip("_") or "topic"
    taken, number = Topic.everything(), 2
    found = short
    while found in taken or found == "new":
        found, number = f"{short}_{number}", number + 1
    return found
