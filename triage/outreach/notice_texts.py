"""How each kind of event is told: four languages, every version, on or off, tried on an example."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.base import db, now
from models.calendar import business_day
from models.notice_text import DISCREET, NoticeText
from models.policy import Verb, may
from models.topic import LANGUAGES, Topic
from triage.accounts import demand
from triage.config import Settings
from triage.notice_labels import KINDS
from triage.notice_words import FIELDS, Said, filled, named, shipped, unknown
from triage.outreach.notice_page import TEXT_KINDS, address, lead, pages

LONGEST_SUBJECT, LONGEST_TEXT = 150, 5_000


@pages.get("/notices/texts")
def texts() -> ResponseReturnValue:
    user = demand(Verb.WORK)
    order = {kind: place for place, kind in enumerate(TEXT_KINDS)}
    standing = sorted(
        NoticeText.everything(), key=lambda one: (order.get(one.kind, 99), one.topic_id or "")
    )
    return render_template(
        "outreach/notice_texts.html",
        texts=standing,
        words=kind_words(),
        leads=may(user, Verb.LEAD),
    )


@pages.get("/notices/texts/<told_kind>")
def text(told_kind: str) -> ResponseReturnValue:
    """One kind: how it is said now, tried on an example, and all versions before."""
    user = demand(Verb.WORK)
    if told_kind not in TEXT_KINDS:
        abort(404)
    return text_page(told_kind, topic_asked(), may(user, Verb.LEAD))


def text_page(
    kind: str,
    topic_id: str | None,
    leads: bool,
    typed: dict[str, Any] | None = None,
    code: int = 200,
) -> ResponseReturnValue:
    versions = list(db.session.scalars(NoticeText.versions(kind, topic_id)))
    standing = NoticeText.standing(kind, topic_id) or abort(404)
    shown = typed or {
        "subjects": standing.subjects,
        "texts": standing.texts,
        "told": standing.told,
        "trouble": "",
    }
    candidate = NoticeText(kind=kind, subjects=shown["subjects"], texts=shown["texts"])
    page = render_template(
        "outreach/notice_text.html",
        kind=kind,
        topic_id=topic_id,
        word=kind_words()[kind],
        shown=shown,
        number=versions[0].number if versions else 0,
        versions=versions,
        tried={one: tried(candidate, one) for one in LANGUAGES if shown["texts"].get(one)},
        fields=FIELDS,
        topics=db.session.scalars(Topic.first_level()).all(),
        contest=shipped()["facts"]["contest"],
        leads=leads,
    )
    return page, code


@pages.post("/notices/texts/<told_kind>")
def write_text(told_kind: str) -> ResponseReturnValue:
    """A new version, or only a look at it."""
    by, at, kind = lead(), now(), told_kind
    if kind not in TEXT_KINDS:
        abort(404)
    form, topic_id = request.form, topic_asked()
    typed: dict[str, Any] = {
        "subjects": {one: form.get(f"subject-{one}", "").strip() for one in LANGUAGES},
        "texts": {one: form.get(f"text-{one}", "").strip() for one in LANGUAGES},
        "told": kind == DISCREET or form.get("told") == "1",
        "trouble": "",
    }
    typed["trouble"] = mistake(typed)
    if typed["trouble"]:
        return text_page(kind, topic_id, True, typed, 422)
    if form.get("look"):
        return text_page(kind, topic_id, True, typed)
    made = NoticeText.write(
        kind,
        topic_id,
        typed["subjects"],
        typed["texts"],
        told=typed["told"],
        by=by,
        at=at,
        seen=form.get("seen", 0, type=int),
    )
    if made is None:
        typed["trouble"] = _("Somebody has just changed it: look again.")
        return text_page(kind, topic_id, True, typed, 409)
    flash(_("Saved as version %(number)s. An old version can be taken back.", number=made.number))
    return redirect(address("text", told_kind=kind, topic=topic_id), 303)


@pages.post("/notices/texts/<told_kind>/versions/<int:version_number>/restoration")
def restore_text(told_kind: str, version_number: int) -> ResponseReturnValue:
    """What an old version said, as a new one."""
    by, topic_id, kind, number = lead(), topic_asked(), told_kind, version_number
    versions = list(db.session.scalars(NoticeText.versions(kind, topic_id)))
    old = next((one for one in versions if one.number == number), None) or abort(404)
    NoticeText.write(kind, topic_id, old.subjects, old.texts, told=old.told, by=by, at=now())
    flash(_("Version %(old)s says it again.", old=number))
    return redirect(address("text", told_kind=kind, topic=topic_id), 303)


def mistake(typed: dict[str, Any]) -> str:
    """The first thing that is wrong with a text; empty when nothing is."""
    for one in LANGUAGES:
        subject, body = typed["subjects"][one], typed["texts"][one]
        if not subject or not body:
            return str(_("A subject and a text are needed in each of the four languages."))
        if len(subject) > LONGEST_SUBJECT or len(body) > LONGEST_TEXT:
            return str(_("This is too long for a mail."))
        if slips := unknown(f"{subject} {body}"):
            return str(_("Nobody knows what %(field)s is.", field=slips[0]))
    return ""


def tried(text: NoticeText, language: str) -> tuple[str, str]:
    """(subject, text) as an invented client would get it."""
    settings: Settings = current_app.extensions["settings"]
    example = Said(
        name="Amélie Dujardin",
        number=100042,
        payment_day=business_day(now()) + timedelta(days=4),
        status_link=f"{settings.base_url}/status/…",
        house=settings.triage_name,
    )
    topic = Topic.named("bridging_right")
    documents = (named("family_annex", language), named("signed_form", language))
    whole = replace(example, topic=topic.name(language) if topic else "", documents=documents)
    return filled(text, whole, language)


def topic_asked() -> str | None:
    topic = Topic.named(request.values.get("topic") or None)
    return topic.id if topic is not None else None


def kind_words() -> dict[str, Any]:
    return {kind.value: word for kind, word in KINDS.items()} | {
        DISCREET: _("news, without saying what")
    }
