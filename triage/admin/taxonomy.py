"""Topics and intents, changed with open eyes: first what a change touches, then the change."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy
from flask_babel import ngettext

from models import topic_change
from models.base import db, now, one_at_a_time
from models.event import record
from models.policy import Verb
from models.team import Team
from models.topic import Intent, Topic
from models.topic_touch import Touched, intent_touched, touched
from triage.accounts import demand
from triage.admin.naming import LONGEST_ANSWER, names_typed

pages = Blueprint("taxonomy", __name__)

PART = re.compile(r"[a-z][a-z0-9_]{1,39}")


@dataclass(frozen=True)
class Fate:
    """So many of one kind, and what becomes of them."""

    count: int
    what: str
    fate: str


@pages.post("/taxonomy/preview/<path:topic_id>")
def preview(topic_id: str) -> ResponseReturnValue:
    """What the typed change would do; nothing is changed yet."""
    demand(Verb.ADMINISTER)
    topic = Topic.named(topic_id) or abort(404)
    do = request.form.get("do", "change")
    names = names_typed()
    if do == "change" and names is None:
        flash(_("Give the name in all four languages."), "warning")
        return redirect(url_for("admin.structure.topic", topic_id=topic.id), 303)
    into = Topic.named(request.form.get("into"))
    if do == "merge" and not may_merge(topic, into):
        flash(_("Choose another topic that the same people may see."), "warning")
        return redirect(url_for("admin.structure.topic", topic_id=topic.id), 303)
    team = Team.named(request.form.get("team", type=int))
    return render_template(
        "admin/taxonomy_preview.html",
        topic=topic,
        do=do if do in ("change", "retire", "merge") else abort(400),
        names=names or {},
        team=team,
        moves=team is not None and team.id != topic.team_id,
        restricted=request.form.get("restricted") == "1",
        answer_days=request.form.get("answer_days", topic.answer_days, int),
        into=into,
        fates=fates_of(do, touched(topic), topic, team),
    )


@pages.post("/taxonomy/change/<path:topic_id>")
def change(topic_id: str) -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    topic = Topic.named(topic_id) or abort(404)
    names = names_typed() or abort(400)
    days = request.form.get("answer_days", topic.answer_days, int)
    if not 1 <= days <= LONGEST_ANSWER:
        abort(400)
    done = topic_change.change(
        topic,
        names,
        by=by,
        at=now(),
        team=Team.named(request.form.get("team", type=int)),
        restricted=request.form.get("restricted") == "1",
        answer_days=days,
        with_tickets=request.form.get("with_tickets") == "1",
    )
    return changed(topic.parent_id or topic.id, done.id)


@pages.post("/taxonomy/retire/<path:topic_id>")
def retire(topic_id: str) -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    topic = offered(topic_id)
    if topic is None:  # sent twice
        return redirect(url_for("admin.structure.topics"), 303)
    done = topic_change.retire(topic, by=by, at=now())
    return changed(topic.parent_id or topic.id, done.id)


def offered(topic_id: str) -> Topic | None:
    """The topic while it is one that people can choose; two who end it are one after the other."""
    one_at_a_time("topic", topic_id)
    topic = Topic.named(topic_id) or abort(404)
    db.session.refresh(topic)
    return topic if topic.active else None


@pages.post("/taxonomy/resume/<path:topic_id>")
def resume(topic_id: str) -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    topic = Topic.named(topic_id) or abort(404)
    topic.resume(by=by)
    flash(_("It is offered again."))
    return redirect(url_for("admin.structure.topic", topic_id=topic.parent_id or topic.id), 303)


@pages.post("/taxonomy/merge/<path:topic_id>")
def merge(topic_id: str) -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    topic = offered(topic_id)
    if topic is None:  # sent twice
        return redirect(url_for("admin.structure.topics"), 303)
    into = Topic.named(request.form.get("into"))
    if into is None or not may_merge(topic, into):
        abort(400)
    done = topic_change.merge(topic, into, by=by, at=now())
    return changed(into.id, done.id)


@pages.post("/taxonomy/parts/<path:topic_id>")
def add_part(topic_id: str) -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    topic = Topic.named(topic_id) or abort(404)
    names, slug = names_typed(), request.form.get("slug", "").strip().lower()
    here = url_for("admin.structure.topic", topic_id=topic.id)
    if topic.parent_id is not None or names is None or not PART.fullmatch(slug):
        flash(
            _("Give a short name of small letters and the name in all four languages."), "warning"
        )
        return redirect(here, 303)
    try:
        topic_change.add_part(topic, slug, names, by=by, at=now())
    except ValueError:
        flash(_("This short name is taken."), "warning")
        return redirect(here, 303)
    flash(_("Added. People can choose it now; the classifier knows it after its next training."))
    return redirect(here, 303)


@pages.post("/taxonomy/<int:change_id>/undo")
def undo(change_id: int) -> ResponseReturnValue:
    by, at = demand(Verb.ADMINISTER), now()
    done = topic_change.of(by, change_id, at)
    if done is None:
        flash(_("This can no longer be undone."), "warning")
        return redirect(url_for("admin.structure.topics"), 303)
    topic_change.undo(done, by=by, at=at)
    flash(_("Undone."))
    topic = Topic.named(done.change["topic"])
    back = topic.parent_id or topic.id if topic else ""
    return redirect(url_for("admin.structure.topic", topic_id=back), 303)


# --- intents --------------------------------------------------------------------------------


@pages.get("/intents")
def intents() -> ResponseReturnValue:
    demand(Verb.ADMINISTER)
    return intent_page()


@pages.post("/intents/<intent_id>")
def change_intent(intent_id: str) -> ResponseReturnValue:
    """Other names, and whether it is failure demand: asked for once more when that changes."""
    by = demand(Verb.ADMINISTER)
    intent = db.session.get(Intent, intent_id) or abort(404)
    names = names_typed()
    if names is None:
        return intent_page(_("Give the name in all four languages."), 422)
    failure = request.form.get("failure") == "1"
    if failure != intent.failure and request.form.get("known") != "1":
        return intent_page(wanted=(intent, names, failure, intent_touched(intent)))
    before = {"names": intent.names, "failure": intent.failure}
    intent.names, intent.failure = names, failure
    after = {"names": intent.names, "failure": intent.failure}
    record("intent.changed", by=by, intent=intent.id, before=before, after=after)
    flash(_("Saved."))
    return redirect(url_for(".intents"), 303)


def intent_page(mistake: str = "", code: int = 200, **shown: Any) -> ResponseReturnValue:
    page = render_template(
        "admin/intents.html", intents=Intent.everything(), mistake=mistake, **shown
    )
    return page, code


# --- what becomes of what -------------------------------------------------------------------


def may_merge(topic: Topic, into: Topic | None) -> bool:
    return (
        into is not None
        and into.id != topic.id
        and topic.parent_id is None
        and into.parent_id is None
        and into.active
        and into.restricted == topic.restricted
    )


def changed(topic_id: str, change_id: int) -> ResponseReturnValue:
    return redirect(url_for("admin.structure.topic", topic_id=topic_id, changed=change_id), 303)


def fates_of(do: str, counts: Touched, topic: Topic, team: Team | None) -> list[Fate]:
    """What there is of each kind, and what the change does to it; nothing is left out silently."""
    told = TOLD[do]
    if do == "change" and team is not None and team.id != topic.team_id:
        told = told | {"open_tickets": lazy("stay where they are, or go along: you choose below")}
    return [
        Fate(count, words(count), str(told.get(kind, UNCHANGED)))
        for kind, words in KINDS.items()
        if (count := getattr(counts, kind))
    ]


KINDS: dict[str, Callable[[int], str]] = {
    "open_tickets": lambda n: ngettext("%(num)s open ticket", "%(num)s open tickets", n),
    "parts": lambda n: ngettext("%(num)s sub-topic", "%(num)s sub-topics", n),
    "views": lambda n: ngettext("%(num)s saved list", "%(num)s saved lists", n),
    "skills": lambda n: ngettext(
        "%(num)s person takes it by name", "%(num)s people take it by name", n
    ),
    "promises": lambda n: ngettext("%(num)s service promise", "%(num)s service promises", n),
    "measures": lambda n: ngettext("%(num)s measure", "%(num)s measures", n),
    "problems": lambda n: ngettext("%(num)s problem", "%(num)s problems", n),
    "templates": lambda n: ngettext("%(num)s reply text", "%(num)s reply texts", n),
    "macros": lambda n: ngettext("%(num)s macro", "%(num)s macros", n),
    "forms": lambda n: ngettext("%(num)s web form", "%(num)s web forms", n),
    "pages": lambda n: ngettext("%(num)s public page", "%(num)s public pages", n),
    "notices": lambda n: ngettext("%(num)s text of notices", "%(num)s texts of notices", n),
    "examples": lambda n: ngettext(
        "%(num)s example of the classifier", "%(num)s examples of the classifier", n
    ),
    "contacts": lambda n: ngettext("%(num)s contact so far", "%(num)s contacts so far", n),
}
UNCHANGED = lazy("stays as it is, and shows the new name")
_GOES_ALONG = lazy("goes along to the other topic")
_KEEPS = lazy("keeps it, and is found by it")
TOLD: dict[str, dict[str, Any]] = {
    "change": {
        "open_tickets": lazy("stay where they are, and show the new name"),
        "contacts": lazy("count as before: figures keep the topic, not its name"),
        "examples": lazy("stay; the classifier learns nothing new from a name"),
    },
    "retire": {
        "open_tickets": lazy("keep it until somebody chooses another"),
        "parts": lazy("end with it"),
        "views": lazy("go on, and find nothing new"),
        "skills": lazy("stay, and match nothing new"),
        "promises": lazy("stay, and match nothing new"),
        "measures": _KEEPS,
        "problems": lazy("stay on the board as long as they live"),
        "templates": _KEEPS,
        "macros": _KEEPS,
        "forms": lazy("go on: give each another topic, or close it"),
        "pages": _KEEPS,
        "notices": _KEEPS,
        "examples": lazy("are no longer learned from after the next training"),
        "contacts": lazy("count as before"),
    },
    "merge": {
        "open_tickets": lazy("go to the other topic; those of its team go to the other team"),
        "parts": lazy("end with it"),
        "views": lazy("ask for the other topic"),
        "skills": lazy("take the other topic"),
        "promises": lazy("stay, and match nothing new"),
        "measures": _GOES_ALONG,
        "problems": lazy("stay on the board as long as they live"),
        "templates": _GOES_ALONG,
        "macros": _GOES_ALONG,
        "forms": _GOES_ALONG,
        "pages": _GOES_ALONG,
        "notices": lazy("stay with the old topic: write them anew where they are needed"),
        "examples": lazy("are no longer learned from: teach the other topic what is missing"),
        "contacts": lazy("count as before: history stays with the old topic"),
    },
}
