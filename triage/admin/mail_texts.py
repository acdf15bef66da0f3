"""What our automatic mails say: changed, looked at, tried, and put back as they were shipped."""

from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.base import now
from models.event import record
from models.house_mail import address_of, write_to_house
from models.mail_text import LONGEST, LONGEST_SUBJECT, MailText
from models.policy import Verb
from models.topic import LANGUAGES
from models.user import User
from triage import mail_texts
from triage.accounts import demand
from triage.config import Settings
from triage.display import reader_language
from triage.mail_samples import samples
from triage.mail_texts import MAILS, Mail, Words

pages = Blueprint("mail_texts", __name__, url_prefix="/mail-texts")


@pages.get("/")
def index() -> ResponseReturnValue:
    demand(Verb.ADMINISTER)
    return render_template(
        "admin/mail_texts.html", mails=MAILS.values(), changed=MailText.changed()
    )


@pages.get("/<mail>")
def show(mail: str) -> ResponseReturnValue:
    demand(Verb.ADMINISTER)
    language = request.args.get("language", reader_language())
    return page(mail_or_404(mail), language_or_404(language))


@pages.post("/<mail>/<language>")
def change(mail: str, language: str) -> ResponseReturnValue:
    """Keep a text; one that names what nobody knows, or leaves out what it is for, is refused."""
    by = demand(Verb.ADMINISTER)
    one, code = mail_or_404(mail), language_or_404(language)
    words = typed()
    wrong = mail_texts.mistakes(one.key, *words)
    if wrong:
        return page(one, code, words=words, mistake=told(wrong))
    if words == mail_texts.as_shipped(one.key, code):
        return keep(one, code, None, None, by)
    return keep(one, code, words.subject, words.text, by)


@pages.post("/<mail>/<language>/shipped")
def restore(mail: str, language: str) -> ResponseReturnValue:
    by = demand(Verb.ADMINISTER)
    return keep(mail_or_404(mail), language_or_404(language), None, None, by)


@pages.post("/<mail>/<language>/versions/<int:version_id>")
def again(mail: str, language: str, version_id: int) -> ResponseReturnValue:
    """Let an earlier text stand again, as a version of its own."""
    by = demand(Verb.ADMINISTER)
    one, code = mail_or_404(mail), language_or_404(language)
    earlier = MailText.named(version_id)
    if earlier is None or (earlier.kind, earlier.language) != (one.key, code):
        abort(404)
    return keep(one, code, earlier.subject, earlier.text, by)


@pages.post("/<mail>/<language>/preview")
def preview(mail: str, language: str) -> ResponseReturnValue:
    """How a text that is being typed will look, in invented cases."""
    demand(Verb.ADMINISTER)
    one, code = mail_or_404(mail), language_or_404(language)
    words = typed()
    return render_template(
        "admin/_mail_shown.html",
        mail=one,
        language=code,
        shown=looks(one, code, words),
        wrong=told(mail_texts.mistakes(one.key, *words)),
    )


@pages.post("/<mail>/<language>/trial")
def send_to_me(mail: str, language: str) -> ResponseReturnValue:
    """The text as it is typed, in the case that says most, by mail to whoever asks for it."""
    by, at = demand(Verb.ADMINISTER), now()
    one, code = mail_or_404(mail), language_or_404(language)
    words = typed()
    wrong = mail_texts.mistakes(one.key, *words)
    if wrong:
        return page(one, code, words=words, mistake=told(wrong))
    _case, shown = looks(one, code, words)[-1]
    settings = house()
    address = address_of(by, settings.mail_domain)
    write_to_house(
        address,
        f"[{settings.triage_name}] {shown.subject or one.word}",
        shown.text,
        cause=f"mail_text {one.key} {code} {by.id} {at.isoformat()}",
        language=code,
        domain=settings.mail_domain,
        at=at,
        by=by,
    )
    record("mail_text.tried", by=by, mail=one.key, language=code)
    flash(_("A mail with this text leaves for %(address)s.", address=address))
    return page(one, code, words=words)


def keep(
    mail: Mail, language: str, subject: str | None, text: str | None, by: User
) -> ResponseReturnValue:
    made = MailText.write(mail.key, language, subject, text, by=by)
    if made is None:
        flash(_("Nothing was changed."))
    here = url_for(".show", mail=mail.key, language=language, written=made.id if made else None)
    return redirect(here, 303)


def page(
    mail: Mail,
    language: str,
    *,
    words: Words | None = None,
    mistake: str = "",
) -> ResponseReturnValue:
    kept = standing(mail.key, language)
    words = words or kept
    history = MailText.history(mail.key, language)
    written = request.args.get("written", type=int)
    shown = render_template(
        "admin/mail_text.html",
        mail=mail,
        language=language,
        languages=LANGUAGES,
        words=words,
        shown=looks(mail, language, words),
        explained=explained(mail, language),
        history=history,
        is_shipped=not history or history[0].shipped,
        # An undo is offered for what was written last only.
        written=history[0] if history and history[0].id == written else None,
        before=history[1] if len(history) > 1 else None,
        changed=MailText.changed(),
        longest=LONGEST,
        longest_subject=LONGEST_SUBJECT,
        unsaved=words != kept,
        mistake=mistake,
        wrong="",
    )
    return shown, 422 if mistake else 200


def standing(key: str, language: str) -> Words:
    """What stands now, with its names in braces."""
    newest = MailText.newest(key, language)
    if newest is None or newest.text is None:
        return mail_texts.as_shipped(key, language)
    return Words(newest.subject or "", newest.text)


def looks(mail: Mail, language: str, words: Words) -> list[tuple[str, Words]]:
    cases = samples(mail.key, language, house(), now())
    return [
        (str(case.word), mail_texts.filled(mail.key, language, *words, **case.values))
        for case in cases
    ]


def explained(mail: Mail, language: str) -> list[dict[str, Any]]:
    """Each name in braces with an example of what will stand there."""
    cases = samples(mail.key, language, house(), now())
    said = [mail_texts.fields(mail.key, language, **case.values) for case in cases]
    return [
        {
            "name": f"{{{name}}}",
            "example": next((one[name].strip() for one in said if one[name].strip()), ""),
            "needed": name in mail.needed,
            "sometimes": any(not one[name].strip() for one in said),
        }
        for name in mail.fields
    ]


def told(wrong: dict[str, list[str]]) -> str:
    """What is wrong, in one sentence or two."""
    said = []
    if "empty" in wrong:
        said.append(_("Write a subject and a text."))
    if "unknown" in wrong:
        said.append(_("Nothing is known for %(names)s.", names=", ".join(wrong["unknown"])))
    if "missing" in wrong:
        said.append(_("Without %(names)s the mail is useless.", names=", ".join(wrong["missing"])))
    return " ".join(said)


def typed() -> Words:
    """As an editor sends it; a subject is one line."""
    text = request.form.get("text", "").replace("\r\n", "\n").strip()[:LONGEST]
    subject = " ".join(request.form.get("subject", "").split())[:LONGEST_SUBJECT]
    return Words(subject, f"{text}\n" if text else "")


def house() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def mail_or_404(key: str) -> Mail:
    return MAILS.get(key) or abort(404)


def language_or_404(code: str) -> str:
    return code if code in LANGUAGES else abort(404)
