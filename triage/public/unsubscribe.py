"""The page behind the link at the foot of our news: no more of it, and back again.

Whoever holds the link may say so; looking at it changes nothing, since programs open links too.
"""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.base import now
from models.mailing_recipient import MailingRecipient
from models.opt_out import How, OptOut
from triage.display import reader_language
from triage.mailing_sending import recipient_of_token
from triage.public.asking import spoken_in

pages = Blueprint("unsubscribe", __name__)

ONE_CLICK = "One-Click"
QUIET = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex", "Cache-Control": "no-store"}


@pages.get("/unsubscribe/<token>")
def show(token: str) -> ResponseReturnValue:
    return page_of(recipient_of_token(token), token)


@pages.post("/unsubscribe/<token>")
def end(token: str) -> ResponseReturnValue:
    """By the page's button, or by the button of a mail program, which has no cookie (RFC 8058)."""
    recipient = recipient_of_token(token)
    if recipient is None or recipient.address is None:
        return page_of(None, token)
    by_program = request.form.get("List-Unsubscribe") == ONE_CLICK
    OptOut.enter(
        recipient.address,
        How.ONE_CLICK if by_program else How.PAGE,
        at=now(),
        client_id=recipient.client_id,
        mailing_id=recipient.mailing_id,
    )
    return page_of(recipient, token) if by_program else back(token)


@pages.post("/unsubscribe/<token>/withdrawal")
def resume(token: str) -> ResponseReturnValue:
    recipient = recipient_of_token(token)
    if recipient is None or recipient.address is None:
        return page_of(None, token)
    OptOut.withdraw(recipient.address, at=now())
    return back(token)


def page_of(recipient: MailingRecipient | None, token: str) -> ResponseReturnValue:
    if recipient is None or recipient.address is None:
        return render_template("public/unsubscribe_missing.html"), 404, QUIET
    with spoken_in(recipient.language):
        page = render_template(
            "public/unsubscribe.html",
            token=token,
            ended=OptOut.standing_at(recipient.address) is not None,
        )
    return page, 200, QUIET


def back(token: str) -> ResponseReturnValue:
    chosen = request.args.get("lang")
    there = url_for(".show", token=token, lang=reader_language() if chosen else None)
    return redirect(there, 303)
