"""All texts as one JSON file, to be carried to another house or kept; and back in.

What comes in is new versions of texts of the same code; nothing is taken away by it.
"""

import json
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from models.base import db, now
from models.event import record
from models.policy import Verb
from models.reply_template import ReplyTemplate, ReplyTemplateVersion, TemplateKind
from models.team import Team
from models.topic import LANGUAGES, Topic
from models.user import User
from triage import placeholders
from triage.accounts import demand
from triage.texts.listing import pages

MOST = 1_000
PARTS = ("names", "texts", "spoken")


class Unreadable(Exception):
    """The file is not what this page writes; the words say where."""


@pages.get("/export")
def carry_out() -> ResponseReturnValue:
    user = demand(Verb.TEND_TEXTS)
    templates = db.session.scalars(ReplyTemplate.in_order()).all()
    versions = ReplyTemplateVersion.newest_of([template.id for template in templates])
    said = [as_entry(one, versions[one.id]) for one in templates if one.id in versions]
    record("text.exported", by=user, texts=len(said))
    body = json.dumps(said, ensure_ascii=False, indent=1)
    headers = {"Content-Disposition": "attachment; filename=texts.json"}
    return Response(body, mimetype="application/json", headers=headers)


@pages.post("/import")
def carry_in() -> ResponseReturnValue:
    """All of the file or nothing of it."""
    user = demand(Verb.TEND_TEXTS)
    file = request.files.get("file")
    try:
        entries = [checked(entry) for entry in entries_in(file.read() if file else b"")]
    except Unreadable as where:
        flash(str(where), "warning")
        return redirect(url_for("texts.index"), 303)
    changed = sum(bring_in(entry, user) for entry in entries)
    flash(ngettext("%(num)s text is new or changed.", "%(num)s texts are new or changed.", changed))
    return redirect(url_for("texts.index"), 303)


def as_entry(template: ReplyTemplate, version: ReplyTemplateVersion) -> dict[str, Any]:
    return {
        "code": template.code,
        "kind": template.kind,
        "topic": template.topic_id,
        "team": template.team.slug if template.team else None,
        "retired": template.retired_at is not None,
        **{part: getattr(version, part) for part in PARTS},
    }


def entries_in(raw: bytes) -> list[Any]:
    try:
        found = json.loads(raw.decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        found = None
    if not isinstance(found, list) or not found or len(found) > MOST:
        raise Unreadable(_("This is no file of texts."))
    return found


def checked(entry: Any) -> dict[str, Any]:
    """The entry, with what it may hold and nothing else; raises `Unreadable`."""
    code = str(entry.get("code", "")).strip()[:60] if isinstance(entry, dict) else ""
    if not code:
        raise Unreadable(_("This is no file of texts."))
    parts: dict[str, dict[str, str]] = {}
    for part in PARTS:
        said = entry.get(part) or {}
        if not isinstance(said, dict) or not all(isinstance(text, str) for text in said.values()):
            raise Unreadable(_("Not readable: %(code)s", code=code))
        parts[part] = {language: said.get(language, "") for language in LANGUAGES}
    strange = [
        field
        for text in parts["texts"].values()
        for field in placeholders.unknown(text, placeholders.ANSWER_FIELDS)
    ]
    empty = not any(parts["names"].values()) or not any(parts["texts"].values())
    if strange or empty or entry.get("kind") not in list(TemplateKind):
        raise Unreadable(_("Not readable: %(code)s", code=f"{code} {' '.join(strange)}".strip()))
    return {
        **parts,
        "code": code,
        "kind": entry["kind"],
        "topic": entry.get("topic"),
        "team": entry.get("team"),
    }


def bring_in(entry: dict[str, Any], user: User) -> bool:
    """Whether anything is new. A topic or team that is unknown here is left out."""
    topic = Topic.named(str(entry["topic"])) if entry["topic"] else None
    team = db.session.scalar(Team.by_slug(str(entry["team"]))) if entry["team"] else None
    template = ReplyTemplate.coded(entry["code"]) or ReplyTemplate.begin(
        entry["code"],
        TemplateKind(entry["kind"]),
        topic.id if topic else None,
        team.id if team else None,
        position=500,
    )
    before = template.current
    names, texts, spoken = (entry[part] for part in PARTS)
    after = template.write(names, texts, spoken, _("from a file"), by=user, at=now())
    return before is None or after.id != before.id
