"""Mailboxes: their addresses, how their mail comes in, and trying whether it does."""

from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.base import db
from models.event import record
from models.mailbox import MailAccount, Mailbox
from models.policy import Verb
from models.team import Team
from triage.accounts import demand
from triage.admin.mailbox_form import MailboxForm
from triage.admin.trial_words import fault_words, told
from triage.config import Settings
from triage.intake.fetching.trial import Trial, try_account, try_outgoing

pages = Blueprint("mailboxes", __name__)


@pages.get("/mailboxes")
def index() -> ResponseReturnValue:
    demand(Verb.ADMINISTER)
    return list_page()


@pages.get("/mailboxes/new")
def fresh() -> ResponseReturnValue:
    demand(Verb.ADMINISTER)
    return form_page(MailboxForm(), None)


@pages.post("/mailboxes")
def add() -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    form = MailboxForm.typed(request.form)
    if mistake := form.mistake(all_boxes(), None):
        return form_page(form, None, mistake, 422)
    box = Mailbox(name=form.name, address=form.address)
    form.team_id = team_id(form)
    form.fill(box)
    db.session.add(box)
    db.session.flush()
    keep_account(form, box)
    record("mailbox.added", by=by, mailbox=box.address, way=form.way)
    flash(_("Saved."))
    return redirect(url_for(".index"), 303)


@pages.get("/mailboxes/<int:mailbox_id>")
def show(mailbox_id: int) -> ResponseReturnValue:
    demand(Verb.ADMINISTER)
    box = box_of(mailbox_id)
    return form_page(MailboxForm.of(box, MailAccount.of(box.id)), box)


@pages.post("/mailboxes/<int:mailbox_id>")
def change(mailbox_id: int) -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    box, form = box_of(mailbox_id), MailboxForm.typed(request.form)
    others = [one for one in all_boxes() if one.id != box.id]
    if mistake := form.mistake(others, MailAccount.of(box.id)):
        return form_page(form, box, mistake, 422)
    form.team_id = team_id(form)
    form.fill(box)
    keep_account(form, box)
    record("mailbox.changed", by=by, mailbox=box.address, way=form.way, trusted=box.trusted)
    flash(_("Saved."))
    return redirect(url_for(".index"), 303)


@pages.post("/mailboxes/<int:mailbox_id>/closure")
def close(mailbox_id: int) -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    box = box_of(mailbox_id)
    if [one.id for one in db.session.scalars(Mailbox.in_order())] == [box.id]:
        return list_page(_("The last mailbox stays open: receipts leave from it."), 422)
    box.active = False
    record("mailbox.closed", by=by, mailbox=box.address)
    flash(_("Mail to %(address)s is refused from now on.", address=box.address))
    return redirect(url_for(".index"), 303)


@pages.post("/mailboxes/<int:mailbox_id>/opening")
def open_(mailbox_id: int) -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    box = box_of(mailbox_id)
    box.active = True
    record("mailbox.opened", by=by, mailbox=box.address)
    flash(_("Saved."))
    return redirect(url_for(".index"), 303)


@pages.post("/mailboxes/trial")
def try_incoming() -> ResponseReturnValue:
    """Whether the account in the form, saved or not, can be fetched from."""
    demand(Verb.ADMINISTER)
    form, given = MailboxForm.typed(request.form), request.form.get("mailbox_id", "")
    box = Mailbox.named(int(given)) if given.isdecimal() else None
    account = MailAccount.of(box.id) if box else None
    form.way = "fetched"
    mistake = form.account_mistake(account)
    trial = None
    if not mistake:
        access = form.access(account)
        trial = try_account(access)
        keep_new_token(account, access.secret, trial)
    return trial_page(form, box, mistake, trial)


@pages.post("/mailboxes/outgoing/trial")
def try_leaving() -> ResponseReturnValue:
    """Whether the server by which mail leaves would take it."""
    demand(Verb.ADMINISTER)
    settings: Settings = current_app.extensions["settings"]
    trial = try_outgoing(settings.smtp_url) if settings.smtp_url else None
    findings = told(trial) if trial else []
    if "HX-Request" in request.headers:
        return render_template("admin/_trial.html", findings=findings)
    return list_page(outgoing=findings)


# --- what they have in common ---------------------------------------------------------------


def all_boxes() -> list[Mailbox]:
    return list(db.session.scalars(Mailbox.everything()).all())


def box_of(mailbox_id: int) -> Mailbox:
    return Mailbox.named(mailbox_id) or abort(404)


def team_id(form: MailboxForm) -> int | None:
    """Only a team that exists."""
    team = Team.named(form.team_id) if form.team_id else None
    return team.id if team else None


def keep_account(form: MailboxForm, box: Mailbox) -> None:
    """The account as typed; where mail is pushed, one that was there rests."""
    account = MailAccount.of(box.id)
    if not form.is_fetched:
        if account is not None:
            account.active, account.last_error = False, None
        return
    if account is None:
        account = MailAccount(mailbox_id=box.id, host="", username="", left_behind=[])
        db.session.add(account)
    form.fill_account(account)


def keep_new_token(account: MailAccount | None, tried: str, trial: Trial) -> None:
    """A refresh token that replaced the kept one, which may be worth nothing now."""
    new = trial.bought.refresh if trial.bought else None
    if account is not None and new and account.plain_secret == tried:
        account.keep_secret(new)


def list_page(mistake: str = "", code: int = 200, **shown: Any) -> ResponseReturnValue:
    accounts = {one.mailbox_id: one for one in db.session.scalars(MailAccount.everything())}
    teams = {team.id: team for team in db.session.scalars(Team.in_order())}
    page = render_template(
        "admin/mailboxes.html",
        boxes=all_boxes(),
        accounts=accounts,
        teams=teams,
        fault_words=fault_words,
        settings=current_app.extensions["settings"],
        mistake=mistake,
        **shown,
    )
    return page, code


def form_page(
    form: MailboxForm,
    box: Mailbox | None,
    mistake: str = "",
    code: int = 200,
    trial: Trial | None = None,
) -> ResponseReturnValue:
    account = MailAccount.of(box.id) if box else None
    page = render_template(
        "admin/mailbox.html",
        form=form,
        box=box,
        account=account,
        secret_kept=form.keeps_secret(account),
        client_secret_kept=bool(account and account.client_secret),
        teams=db.session.scalars(Team.in_order()).all(),
        fault_words=fault_words,
        findings=told(trial) if trial else [],
        settings=current_app.extensions["settings"],
        mistake=mistake,
    )
    return page, code


def trial_page(
    form: MailboxForm, box: Mailbox | None, mistake: str, trial: Trial | None
) -> ResponseReturnValue:
    """The findings alone where the page asks for them, else the page with what was typed."""
    if "HX-Request" in request.headers:
        return render_template(
            "admin/_trial.html", findings=told(trial) if trial else [], mistake=mistake
        )
    return form_page(form, box, mistake, 422 if mistake else 200, trial)
