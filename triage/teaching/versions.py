"""How good the classifier is, and the life of its versions: trained, compared, put to use, kept."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_decimal, format_percent
from flask_babel import gettext as _

from classifiers.store import Unusable
from models import figures
from models.base import now
from models.calendar import business_day
from models.contact import Contact
from models.model_version import ModelVersion, Promotion, TrainingReason, visible_contacts
from models.policy import Verb, may
from models.settings import Setting
from models.user import User
from triage import cuts, drift, promotion, routing, training
from triage.accounts import demand
from triage.teaching.training_words import DAMAGE, REASONS, STATES, STEPS, happened

pages = Blueprint("versions", __name__)

SHOWN = 20
CHANGED_SHOWN = 50


@pages.app_context_processor
def shifts() -> dict[str, Any]:
    """Every page may tell those who tend the classifier what has shifted."""
    return {"classifier_alarms": lambda: drift.alarms(now())}


@pages.get("/")
def index() -> ResponseReturnValue:
    return index_page(demand(Verb.TEND_CLASSIFIER))


@pages.get("/versions/<int:version_id>")
def show(version_id: int) -> ResponseReturnValue:
    return version_page(demand(Verb.TEND_CLASSIFIER), version_of(version_id))


# --- trained --------------------------------------------------------------------------------


@pages.post("/trainings")
def train() -> ResponseReturnValue:
    by = demand(Verb.TEND_CLASSIFIER)
    training.ask(TrainingReason.ASKED, by=by, at=now())
    return redirect(url_for(".index"), 303)


@pages.get("/trainings")
def progress() -> ResponseReturnValue:
    """How far the training is, asked for every second; the page anew once it has ended."""
    demand(Verb.TEND_CLASSIFIER)
    under_way = ModelVersion.open()
    page = render_template(
        "teaching/_progress.html",
        under_way=under_way,
        steps=STEPS,
        states=STATES,
        first=promotion.put_to_use() is None,
        polled=True,
    )
    return page, 200, {} if under_way else {"HX-Refresh": "true"}


@pages.post("/nights")
def switch_nights() -> ResponseReturnValue:
    by = demand(Verb.TEND_CLASSIFIER)
    on = request.form.get("on") == "1"
    training.switch_nights(on, by=by)
    flash(_("It learns at night from now on.") if on else _("It no longer learns at night."))
    return redirect(url_for(".index") + "#nights", 303)


# --- put to use -----------------------------------------------------------------------------


@pages.post("/versions/<int:version_id>/promotion")
def promote(version_id: int) -> ResponseReturnValue:
    """Put it to use, or go back to it where it was in use before."""
    by, row, at = demand(Verb.TEND_CLASSIFIER), version_of(version_id), now()
    if not row.ready or row.version is None:
        return version_page(by, row, _("It is not ready."), 422)
    if row.version == promotion.in_use():
        return redirect(url_for(".index"), 303)
    back = Promotion.ever(row.version)
    try:
        before = promotion.promote(row.version, by=by, at=at, back=back)
    except Unusable as reason:
        words = _(
            "It cannot be put to use: %(reason)s. Choose another version, or learn now.",
            reason=DAMAGE[reason.why],
        )
        return version_page(by, row, words, 422)
    undo = ModelVersion.of(before)
    if undo is None or undo.version not in promotion.files():
        flash(_("Put to use. All processes follow within seconds."))
        undo = None
    return redirect(url_for(".index", undo=undo.id if undo else None), 303)


# --- from which precision it routes alone ---------------------------------------------------


@pages.get("/offer")
def offer() -> ResponseReturnValue:
    """What the slider says, for a part of the page."""
    demand(Verb.TEND_CLASSIFIER)
    return render_template("teaching/_offer.html", fine=fine, **alone(promotion.in_use()))


@pages.post("/cuts")
def choose_cuts() -> ResponseReturnValue:
    by, version = demand(Verb.TEND_CLASSIFIER), promotion.in_use()
    row = ModelVersion.of(version)
    precision = precision_asked()
    if version is None or row is None or precision is None:
        return index_page(by, _("Give a precision between 80 and 99.5 percent."), 422)
    if not cuts.choose(version, row.figures, precision, by=by):
        return index_page(by, _("This version has no figures to choose by."), 422)
    flash(_("Saved: it routes alone from this precision on."))
    return redirect(url_for(".index") + "#alone", 303)


@pages.post("/cuts/withdrawal")
def let_cuts_go() -> ResponseReturnValue:
    cuts.let_go(by=demand(Verb.TEND_CLASSIFIER))
    flash(_("The model’s own thresholds hold again."))
    return redirect(url_for(".index") + "#alone", 303)


# --- what the pages show --------------------------------------------------------------------


def index_page(user: User, mistake: str = "", code: int = 200) -> ResponseReturnValue:
    at, version = now(), promotion.in_use()
    named = promotion.put_to_use() or version
    row = ModelVersion.of(named)
    trouble = promotion.in_trouble() if routing.trouble() else None
    undo = request.args.get("undo", type=int)
    engine = routing.engine()
    page = render_template(
        "teaching/index.html",
        mistake=mistake,
        in_use=version,
        row=row,
        shown=shown_of(row),
        measured=engine.measured if engine else {},
        named=named,
        trouble=DAMAGE[trouble.why] if trouble else None,
        answers=engine is not None,
        first=named is None,
        polled=False,
        happened=happened,
        versions=ModelVersion.shown(SHOWN),
        promoted={one.version for one in Promotion.shown(200)},
        last=Promotion.last(),
        files=promotion.files(),
        under_way=ModelVersion.open(),
        taught=row.taught_since() if row else 0,
        today=figures.today(business_day(at), at),
        drift=drift.standing(at),
        signals=drift.SIGNALS,
        alarms=drift.alarms(at),
        nights=Setting.read(training.BY_NIGHT, True),
        undo=ModelVersion.named(undo) if undo else None,
        states=STATES,
        reasons=REASONS,
        steps=STEPS,
        fine=fine,
        typed=typed,
        **alone(version),
    )
    return page, code


def version_page(
    user: User, row: ModelVersion, mistake: str = "", code: int = 200
) -> ResponseReturnValue:
    version = promotion.in_use()
    running = ModelVersion.of(version)
    compared = (
        promotion.compare(row, version)
        if row.ready and version and version != row.version
        else None
    )
    changed = sorted(compared.changed if compared else [], key=lambda one: (one.gained, one.lost))
    changed = changed[:CHANGED_SHOWN]
    lately = row.figures.get("lately") or {}
    page = render_template(
        "teaching/version.html",
        otherwise=otherwise_called(user, lately.get("changed", [])),
        mistake=mistake,
        row=row,
        shown=shown_of(row),
        own=row.figures.get("own"),
        topic=request.args.get("topic"),
        in_use=version,
        running=running,
        compared=compared,
        changed=changed,
        visible=visible_contacts(user, [one.answer.contact_id for one in changed]),
        may_read=may(user, Verb.TEACH),
        files=promotion.files(),
        been_in_use=Promotion.ever(row.version) if row.version else False,
        labelled=running.labelled_since() if running and compared and not compared.rows else 0,
        happened=happened,
        states=STATES,
        reasons=REASONS,
        fine=fine,
    )
    return page, code


def otherwise_called(user: User, changed: list[list[Any]]) -> list[tuple[Contact, int, str, str]]:
    """Contacts that a version would call otherwise, as far as `user` may read them."""
    if not may(user, Verb.TEACH):
        return []
    visible = visible_contacts(user, [contact_id for contact_id, _before, _after in changed])
    return [
        (*visible[contact_id], before, after)
        for contact_id, before, after in changed
        if contact_id in visible
    ][:CHANGED_SHOWN]


def alone(version: str | None) -> dict[str, Any]:
    """What the slider shows: the precision asked for or chosen, and what it would mean."""
    row, chosen = ModelVersion.of(version), cuts.chosen()
    found = row.figures if row else {}
    asked = precision_asked() or chosen.get("precision") or 0.95
    return {
        "offer": cuts.offer(found, asked),
        "asked": asked,
        "chosen": chosen if chosen.get("version") == version else None,
        "own_auto": (shown_of(row) or {}).get("auto"),
    }


def shown_of(row: ModelVersion | None) -> dict[str, Any] | None:
    """The figures that a page shows first: those of own contacts once there are enough."""
    found: dict[str, Any] | None = row.figures.get(cuts.basis(row.figures)) if row else None
    return found


def precision_asked() -> float | None:
    """A precision typed or slid, in percent with a point or a comma."""
    try:
        percent = float(request.values.get("precision", "").replace(",", "."))
    except ValueError:
        return None
    return percent / 100 if 80 <= percent <= 99.5 else None


def version_of(version_id: int) -> ModelVersion:
    return ModelVersion.named(version_id) or abort(404)


def fine(share: float | None) -> str:
    """A share with one decimal, for small ones."""
    return "—" if share is None else str(format_percent(share, "#,##0.0\u00a0%"))


def typed(share: float) -> str:
    """A precision in percent as the reader would type it."""
    return str(format_decimal(share * 100, "0.0"))
