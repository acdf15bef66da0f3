"""Writing the texts of the house: each change is a new version with its reason."""

import re
import unicodedata

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.base import db, now
from models.policy import Verb
from models.reply_template import LONGEST, ReplyTemplate, TemplateKind
from models.team import Team
from models.topic import LANGUAGES, Topic
from triage import placeholders
from triage.accounts import demand
from triage.texts.listing import choices, one, pages, template_of

Said = dict[str, dict[str, str]]


@pages.get("/new")
def begin() -> ResponseReturnValue:
    demand(Verb.TEND_TEXTS)
    said: Said = {"names": {}, "texts": {}, "spoken": {}}
    return render_template("texts/new.html", said=said, **choices())


@pages.post("/")
def add() -> ResponseReturnValue:
    user = demand(Verb.TEND_TEXTS)
    said = what_was_said()
    why = mistake_in(said)
    if why:
        return render_template("texts/new.html", said=said, mistake=why, **choices()), 422
    topic, team = for_whom()
    made = ReplyTemplate.begin(code_for(said["names"]), kind_wanted(), topic, team, position=500)
    made.write(**said, change=request.form.get("change", ""), by=user, at=now())
    flash(_("Saved."))
    return redirect(url_for("texts.show", template_id=made.id), 303)


@pages.post("/<int:template_id>/versions")
def write(template_id: int) -> ResponseReturnValue:
    """A new version; two who change the same text at once do not overwrite each other."""
    user = demand(Verb.TEND_TEXTS)
    template = template_of(template_id)
    said = what_was_said()
    why = mistake_in(said)
    current = template.current
    seen = request.form.get("seen", 0, type=int)
    if not why and current is not None and seen != current.version:
        why = _("Somebody else has changed this text meanwhile: compare, then save again.")
    if why:
        return one(
            template,
            422 if current is None or seen == current.version else 409,
            said=said,
            mistake=why,
        )
    template.offer_for(*for_whom(), by=user)
    template.write(**said, change=request.form.get("change", ""), by=user, at=now())
    flash(_("Saved."))
    return redirect(url_for("texts.show", template_id=template.id), 303)


@pages.post("/<int:template_id>/versions/<int:version>/restoration")
def restore(template_id: int, version: int) -> ResponseReturnValue:
    """What an earlier version said holds again."""
    user = demand(Verb.TEND_TEXTS)
    template = template_of(template_id)
    earlier = next((one for one in template.versions if one.version == version), None)
    if earlier is None:
        abort(404)
    template.restore(earlier, _("as in version %(number)s", number=version), by=user, at=now())
    flash(_("Saved."))
    return redirect(url_for("texts.show", template_id=template.id), 303)


@pages.post("/<int:template_id>/retirement")
def retire(template_id: int) -> ResponseReturnValue:
    user = demand(Verb.TEND_TEXTS)
    template = template_of(template_id)
    template.retire(by=user, at=now())
    return redirect(url_for("texts.show", template_id=template.id), 303)


@pages.post("/<int:template_id>/retirement/withdrawal")
def resume(template_id: int) -> ResponseReturnValue:
    user = demand(Verb.TEND_TEXTS)
    template = template_of(template_id)
    template.resume(by=user)
    return redirect(url_for("texts.show", template_id=template.id), 303)


# --- what the form says ---------------------------------------------------------------------


def what_was_said() -> Said:
    return {
        part: {code: request.form.get(f"{part}-{code}", "").strip() for code in LANGUAGES}
        for part in ("names", "texts", "spoken")
    }


def mistake_in(said: Said) -> str:
    """What keeps these words from being a text; empty when nothing does."""
    if not any(said["names"].values()):
        return str(_("Give a name."))
    if not any(said["texts"].values()):
        return str(_("Write the text in one language at least."))
    strange = [
        field
        for text in [*said["texts"].values(), *said["spoken"].values()]
        for field in placeholders.unknown(text, placeholders.ANSWER_FIELDS)
    ]
    if strange:
        named = " ".join(dict.fromkeys(strange))
        return str(_("There is no such field: %(fields)s", fields=named))
    if any(len(text) > LONGEST for part in said.values() for text in part.values()):
        return str(_("This is too long."))
    return ""


def for_whom() -> tuple[str | None, int | None]:
    """(topic, team) for which it is offered; None for all."""
    topic = Topic.named(request.form.get("topic") or None)
    team = Team.named(request.form.get("team", 0, type=int))
    return topic.id if topic else None, team.id if team else None


def kind_wanted() -> TemplateKind:
    kind = request.form.get("kind", "")
    return TemplateKind(kind) if kind in list(TemplateKind) else TemplateKind.REPLY


def code_for(names: dict[str, str]) -> str:
    """A code made of the first name, and not taken yet."""
    name = names.get("en") or next((name for name in names.values() if name), "text")
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40] or "text"
    code, more = stem, 2
    while ReplyTemplate.coded(code) is not None:
        code, more = f"{stem}-{more}", more + 1
    db.session.flush()
    return code
