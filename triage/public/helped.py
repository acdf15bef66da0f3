"""Did it help? The page behind a client's link in “you said, we changed”: one question, and words.

It shows what was changed and nothing of the client. A wrong link looks like every wrong link.
"""

import hashlib
from datetime import datetime

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy

from models.base import db_safe, now
from models.call_round import CallRound, Helped
from models.call_round_helped import (
    CHANGEABLE,
    HelpedAnswer,
    Settled,
    answer_of,
    asked_by,
    say,
    ticket_for,
)
from models.client import Client
from models.intake import Adapter, Channel
from models.mailing_threads import asked_by_mailing
from triage.display import reader_language
from triage.intake import NoRoom, receive_typed, refuse_when_full
from triage.public import limits
from triage.public.asking import genuine, spoken_in

pages = Blueprint("helped", __name__)

LONGEST = 5_000
DOOR = "helped"
HEADERS = {
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}
ANSWER_WORDS = {
    HelpedAnswer.YES: lazy("Yes, it is solved"),
    HelpedAnswer.PARTLY: lazy("Partly"),
    HelpedAnswer.NO: lazy("No, it is not solved"),
}


@pages.get("/helped/<helped_token>")
def show(helped_token: str) -> ResponseReturnValue:
    return page_of(helped_token)


@pages.post("/helped/<helped_token>")
def tell(helped_token: str) -> ResponseReturnValue:
    """Keep the answer, and the words with it as a message like any other."""
    at = now()
    asked = asked_by(helped_token, at)
    if asked is None:
        return page_of(helped_token)
    words = db_safe(request.form.get("words", "")).replace("\r\n", "\n").strip()[:LONGEST]
    chosen = request.form.get("answer", "")
    if not genuine():
        late = _("This page was open for too long. Press the button once more.")
        return page_of(helped_token, late, 400, chosen, words)
    if chosen not in list(HelpedAnswer):
        return page_of(helped_token, _("Choose one of the three answers."), 422, chosen, words)
    wait = limits.seconds_to_wait(at, DOOR)
    if wait:
        often = _("Those were too many tries in a short time. Please wait ten minutes.")
        return page_of(helped_token, often, 429, chosen, words)
    try:
        keep(*asked, HelpedAnswer(chosen), words, at)
    except NoRoom:
        full = _("We cannot keep your message safely just now. It is not sent. Try again later.")
        return page_of(helped_token, full, 503, chosen, words)
    address = url_for(".show", helped_token=helped_token, said=1, lang=request.args.get("lang"))
    return redirect(address, 303)


def keep(shown: CallRound, client: Client, chosen: HelpedAnswer, words: str, at: datetime) -> None:
    """The words first: they are kept even where the answer cannot be changed any more."""
    intake_id = None
    if words:
        refuse_when_full(current_app.extensions["settings"])
        digest = hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()[:24]
        intake_id, _new = receive_typed(
            Channel.FORM,
            {
                "subject": _("You said, we changed: %(answer)s", answer=ANSWER_WORDS[chosen]),
                "text": words,
                "language": client.language or reader_language(),
                "client_id": client.id,
                "ticket_id": ticket_for(shown, client.id),
            },
            adapter=Adapter.FORM,
            once=f"helped-{shown.id}-{client.id}-{digest}",
        )
    limits.came(intake_id, door=DOOR)
    try:
        mailing_id = asked_by_mailing(shown.id, client.id)
        say(shown, client, chosen, at=at, intake_id=intake_id, mailing_id=mailing_id)
    except Settled:
        return


def page_of(
    token: str, trouble: str = "", code: int = 200, chosen: str = "", words: str = ""
) -> ResponseReturnValue:
    at = now()
    asked = asked_by(token, at)
    if asked is None:
        return render_template("public/missing.html", asked=False), 404, HEADERS
    shown, client = asked
    said = answer_of(shown, client.id)
    with spoken_in(client.language):
        changed, language = shown.what_changed(reader_language())
        page = render_template(
            "public/helped.html",
            token=token,
            changed=changed,
            changed_language=language,
            said=said,
            open=open_to_change(said, at),
            thanks="said" in request.args and said is not None,
            answers=ANSWER_WORDS,
            chosen=chosen or (said.answer if said is not None else ""),
            words=words,
            trouble=trouble,
            longest=LONGEST,
        )
    return page, code, HEADERS


def open_to_change(said: Helped | None, at: datetime) -> bool:
    return said is None or at - said.at <= CHANGEABLE
