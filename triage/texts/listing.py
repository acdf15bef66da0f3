"""The list of texts, and one of them with all its versions, as everybody reads them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from models.base import db, now
from models.calendar import business_day, working_day_after
from models.policy import Verb
from models.reply_template import ReplyTemplate, ReplyTemplateVersion, TemplateKind
from models.team import Team
from models.text_use import TextUse
from models.topic import LANGUAGES, Topic
from triage import placeholders
from triage.accounts import demand, me
from triage.texts.comparing import Difference, differences

pages = Blueprint("texts", __name__, url_prefix="/desk/texts")


@dataclass(frozen=True)
class Wanted:
    """What the list is narrowed to."""

    kind: str = ""
    topic_id: str = ""
    team_id: int = 0
    missing: str = ""
    """A language in which the text says nothing yet."""

    @classmethod
    def of(cls, args: MultiDict[str, str]) -> "Wanted":
        kind, missing = args.get("kind", ""), args.get("missing", "")
        return cls(
            kind=kind if kind in list(TemplateKind) else "",
            topic_id=args.get("topic", ""),
            team_id=args.get("team", 0, type=int),
            missing=missing if missing in LANGUAGES else "",
        )

    def fits(self, template: ReplyTemplate, version: ReplyTemplateVersion | None) -> bool:
        topic = (template.topic_id or "").partition("/")[0]
        return (
            self.kind in ("", template.kind)
            and self.topic_id in ("", topic)
            and self.team_id in (0, template.team_id)
            and (not self.missing or version is None or self.missing in version.missing)
        )


@dataclass(frozen=True)
class Row:
    """A text with what it says now and how it is used."""

    template: ReplyTemplate
    version: ReplyTemplateVersion | None
    used: int
    last_used_at: datetime | None


@pages.get("/")
def index() -> ResponseReturnValue:
    """All texts, with the languages that each speaks and how often it was sent."""
    demand(Verb.WORK)
    wanted = Wanted.of(request.args)
    templates = db.session.scalars(ReplyTemplate.in_order()).all()
    versions = ReplyTemplateVersion.newest_of([template.id for template in templates])
    used = TextUse.counted()
    rows = [
        Row(
            template,
            versions.get(template.id),
            *used.get(template.id, (0, None)),
        )
        for template in templates
        if wanted.fits(template, versions.get(template.id))
    ]
    return render_template("texts/index.html", rows=rows, wanted=wanted, **choices())


@pages.get("/<int:template_id>")
def show(template_id: int) -> ResponseReturnValue:
    """One text: what it says in each language, as a client would read it, and all its versions."""
    demand(Verb.WORK)
    return one(template_of(template_id))


def one(template: ReplyTemplate, code: int = 200, **more: Any) -> ResponseReturnValue:
    versions = template.versions
    page = render_template(
        "texts/show.html",
        template=template,
        version=versions[0] if versions else None,
        versions=versions,
        changes=changes_of(versions),
        shown=shown_to_a_client(versions[0]) if versions else {},
        used=TextUse.counted().get(template.id, (0, None)),
        **{**choices(), **more},
    )
    return page, code


def changes_of(versions: list[ReplyTemplateVersion]) -> dict[int, list[Difference]]:
    """What each version changed, by its number; the first changed nothing."""
    return {
        later.version: differences(earlier, later)
        for later, earlier in zip(versions, versions[1:], strict=False)
    }


def shown_to_a_client(version: ReplyTemplateVersion) -> dict[str, str]:
    """By language: the text as somebody invented would get it."""
    return {
        code: placeholders.answered(str(version.texts[code]), an_example(code), code)
        for code in LANGUAGES
        if version.texts.get(code)
    }


def an_example(language: str) -> placeholders.Facts:
    """A matter that nobody has."""
    topic = Topic.named("bridging_right")
    today = business_day(now())
    return placeholders.Facts(
        name="Camille Exemple",
        number=100_001,
        topic=topic.name(language) if topic else "",
        deadline=working_day_after(today, 10),
        promise=working_day_after(today, 3),
        agent=me().name,
        team=topic.team.name(language) if topic and topic.team else "",
        house=current_app.extensions["settings"].triage_name,
    )


def choices() -> dict[str, Any]:
    return {
        "kinds": list(TemplateKind),
        "all_topics": Topic.tree(),
        "teams": list(db.session.scalars(Team.in_order())),
        "fields": placeholders.ANSWER_FIELDS,
    }


def template_of(template_id: int) -> ReplyTemplate:
    return ReplyTemplate.named(template_id) or abort(404)
