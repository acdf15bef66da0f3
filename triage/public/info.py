"""The dossier as everybody reads it: quickly, on a telephone, in four languages, known to nobody.

These pages set no cookie and may be kept for a minute by whatever lies between us and the reader.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, current_app, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_login import current_user

from models.base import db, now
from models.calendar import business_day, start_of
from models.info_page import InfoPage, InfoPageVersion, pages_about
from models.info_page_reading import count_view
from models.info_page_slug import usable_slug
from models.topic import LANGUAGES, Topic
from models.web_form import WebForm, WebFormVersion
from triage import dossier
from triage.config import Settings
from triage.directives import directives
from triage.display import reader_language
from triage.dossier import Shown
from triage.public import info_feedback, info_search
from triage.public.readers import is_counted, wanted_language

pages = Blueprint("info", __name__)
pages.register_blueprint(info_feedback.pages)
pages.register_blueprint(info_search.pages)

KEPT_SECONDS = 60
LONG_PAGE = 4
"""Headings from which on a page begins with its contents."""
NEWS = 5
BESIDE = 4
AT_A_GLANCE = ("deadlines", "documents")


@dataclass(frozen=True)
class Entry:
    """A page in a list."""

    slug: str
    title: str
    summary: str
    language: str
    at: datetime | None

    @classmethod
    def of(cls, version: InfoPageVersion, language: str) -> "Entry":
        return cls(
            slug=version.page.slug,
            title=dossier.title(version, language),
            summary=dossier.summary(version, language),
            language=dossier.spoken_language(version, language),
            at=version.published_at,
        )


@dataclass(frozen=True)
class News:
    """What a version told its readers was new."""

    slug: str
    title: str
    words: str
    at: datetime
    language: str


@pages.get("/info")
def index() -> ResponseReturnValue:
    """By topic; above them what changed last."""
    with force_locale(wanted_language()):
        language = reader_language()
        page = render_template(
            "public/info.html",
            news=news(language, NEWS),
            groups=by_topic(language),
            this_page_in=lambda code: url_for("public.info.index", lang=code),
        )
    return kept(page)


@pages.get("/info/changes")
def changes() -> ResponseReturnValue:
    with force_locale(wanted_language()):
        page = render_template(
            "public/info_changes.html",
            news=news(reader_language(), 50),
            this_page_in=lambda code: url_for("public.info.changes", lang=code),
        )
    return kept(page)


@pages.get("/info/changes.atom")
def feed() -> ResponseReturnValue:
    """The same for programs that look by themselves."""
    settings: Settings = current_app.extensions["settings"]
    with force_locale(wanted_language()):
        found = news(reader_language(), 30)
        page = render_template(
            "public/info_changes.xml",
            news=found,
            base=settings.base_url,
            updated=found[0].at if found else start_of(business_day(now())),
        )
    response = make_response(page)
    response.mimetype = "application/atom+xml"
    return kept(response)


@pages.get("/info/<slug>")
def show(slug: str) -> ResponseReturnValue:
    page = InfoPage.at(slug)
    version = InfoPageVersion.current(page) if page is not None else None
    if page is None or version is None or page.archived_at is not None:
        return missing(slug, page)
    at, asked = now(), wanted_language()
    day = business_day(at)
    read = dossier.shown(version, asked, day)
    with force_locale(asked):
        html = render_template(
            "public/info_page.html",
            page=page,
            version=version,
            read=read,
            contents=read.headings if len(read.headings) >= LONG_PAGE else (),
            glance=glance(version, read),
            form=form_of(page),
            changed=page_news(version, asked),
            beside=beside(version, asked),
            this_page_in=lambda code: url_for("public.info.show", slug=slug, lang=code),
        )
    response = kept(html, max(read.changed_at or at, start_of(day)))
    if is_counted():
        count_view(page.id, day, asked)
    return response


def missing(slug: str, page: InfoPage | None = None) -> ResponseReturnValue:
    """Not there, or no more: what comes nearest, and a search."""
    with force_locale(wanted_language()):
        language = reader_language()
        near: Sequence[InfoPageVersion] = (
            pages_about(topic_id=page.topic_id) if page is not None else []
        )
        if not near and usable_slug(slug):
            near = info_search.found(slug.replace("-", " "), language).pages
        html = render_template(
            "public/info_missing.html",
            words=slug.replace("-", " ")[:60],
            near=[Entry.of(one, language) for one in near[:BESIDE]],
            this_page_in=lambda code: url_for("public.info.index", lang=code),
        )
    return html, 404


# --- what a page shows ----------------------------------------------------------------------


def news(language: str, most: int) -> list[News]:
    found = db.session.scalars(InfoPageVersion.announced(most))
    return [one for version in found for one in told(version, language)]


def told(version: InfoPageVersion, language: str) -> list[News]:
    """In the reader's language, else in the first in which it was said."""
    code = next(
        (code for code in (language, *LANGUAGES) if str(version.changes.get(code) or "").strip()),
        None,
    )
    if code is None or version.published_at is None:
        return []
    name = dossier.title(version, language)
    words = str(version.changes[code]).strip()
    return [News(version.page.slug, name, words, version.published_at, code)]


def page_news(version: InfoPageVersion, language: str) -> list[News]:
    """What changed on this page, the newest first."""
    older = db.session.scalars(InfoPageVersion.announced_of(version.page, NEWS))
    return [one for version in older for one in told(version, language)]


def by_topic(language: str) -> list[tuple[str, list[Entry]]]:
    """Topics in their order; within one, the page that changed last comes first."""
    groups: dict[str | None, list[InfoPageVersion]] = {}
    for version in db.session.scalars(InfoPageVersion.shown()):
        groups.setdefault(version.page.topic_id, []).append(version)
    topics = Topic.everything()
    last = len(topics)

    def order(topic_id: str | None) -> tuple[int, str]:
        topic = topics.get(topic_id or "")
        return (topic.position if topic else last, topic_id or "")

    return [
        (
            topics[topic_id].name(language) if topic_id in topics else "",
            [Entry.of(one, language) for one in sorted(groups[topic_id], key=newest)],
        )
        for topic_id in sorted(groups, key=order)
    ]


def newest(version: InfoPageVersion) -> tuple[int, float]:
    since = version.published_at.timestamp() if version.published_at else 0.0
    return version.page.position, -since


def glance(version: InfoPageVersion, read: Shown) -> dict[str, Any]:
    """The last days and papers of the page's measure, unless its text puts them in itself."""
    said = read.own
    text = str(version.bodies.get(read.language) or "")
    put_in = {one.name for one in directives(text).values() if one.code is None}
    wanted = [name for name in AT_A_GLANCE if name not in put_in]
    if said is None or not any(getattr(said, name) for name in wanted):
        return {}
    return {
        "deadlines": said.deadlines[:3] if "deadlines" in wanted else (),
        "documents": said.documents if "documents" in wanted else (),
        "provenance": dossier.provenance_of(said, read.language),
    }


def form_of(page: InfoPage) -> tuple[str, str] | None:
    """(name, address) of the web form of its topic."""
    form = WebForm.open_for(page.topic_id)
    if form is None:
        return None
    name = WebFormVersion.current(form).name(reader_language())
    return name, url_for("public.forms.begin", form_code=form.code, lang=reader_language())


def beside(version: InfoPageVersion, language: str) -> list[Entry]:
    """Other pages about the topic, the nearest first."""
    page = version.page
    near = pages_about(topic_id=page.topic_id, subtopic_id=page.subtopic_id)
    return [Entry.of(one, language) for one in near if one.page_id != page.id][:BESIDE]


# --- how it is sent -------------------------------------------------------------------------


def kept(page: str | Response, changed_at: datetime | None = None) -> Response:
    """May be kept for a moment, and asked for again cheaply; not what somebody of us was shown."""
    response = make_response(page)
    if current_user.is_authenticated:
        return response
    response.headers["Cache-Control"] = f"public, max-age={KEPT_SECONDS}"
    response.vary.update(("Accept-Language", "Cookie"))
    response.add_etag()
    if changed_at is not None:
        response.last_modified = changed_at.replace(microsecond=0) + timedelta(seconds=1)
    response.make_conditional(request)
    return response
