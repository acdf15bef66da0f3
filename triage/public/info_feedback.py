"""“Was this useful?”: a yes or no without a name, and after a no what is missing.

It is no message to us and says so: who wants an answer is led to the form.
"""

import hashlib
import re
from datetime import timedelta

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from classifiers.redaction import redacted
from models.base import now
from models.idempotency import IdempotencyKey
from models.info_page import InfoPage, InfoPageVersion
from models.info_page_reading import LONGEST_MISSING, explain, voice, voiced
from models.info_reading import InfoFeedback
from models.keys import ring
from triage.public import readers
from triage.public.readers import sent_from_here, wanted_language

pages = Blueprint("feedback", __name__)

WINDOW = timedelta(minutes=10)
PER_ADDRESS, PER_PROXY = 40, 2_000
"""Voices from one address within the window; behind a proxy stand many people."""
ASKS = re.compile(r"\?|\[(?:email|phone|niss|kbo|iban)[^\]]*\]", re.I)
"""Somebody who writes so waits for an answer."""


@pages.post("/info/<slug>/feedback")
def say(slug: str) -> ResponseReturnValue:
    """Keep one voice; who clicks again within ten minutes changes it."""
    at, language = now(), wanted_language()
    version = version_of(slug)
    useful = request.form.get("useful")
    if not sent_from_here() or request.form.get("website") or useful not in ("yes", "no"):
        return redirect(url_for("public.info.show", slug=slug, lang=language), 303)
    scope = f"info:{readers.address()}"
    most = PER_PROXY if readers.address_is_shared() else PER_ADDRESS
    if IdempotencyKey.since(scope, at - WINDOW)[0] >= most:
        return page(
            slug,
            None,
            trouble=_("Those were too many tries in a short time. Please wait ten minutes."),
        ), 429
    window = int(at.timestamp() // WINDOW.total_seconds())
    once = hashlib.sha256(f"{readers.browser()}|{version.id}|{window}".encode()).hexdigest()[:40]
    IdempotencyKey.remember(scope, once, "", version.id)
    made = voice(
        page_id=version.page_id,
        version_id=version.id,
        language=language,
        useful=useful == "yes",
        once=once,
        at=at,
    )
    return redirect(url_for(".more", slug=slug, token=token_of(made), lang=language), 303)


@pages.get("/info/<slug>/feedback/<token>")
def more(slug: str, token: str) -> ResponseReturnValue:
    """Thanks; after a no, what is missing."""
    version_of(slug)
    return page(slug, feedback_of(token), token=token)


@pages.post("/info/<slug>/feedback/<token>")
def tell(slug: str, token: str) -> ResponseReturnValue:
    """What is missing, masked before it is kept; a second sending changes nothing."""
    version_of(slug)
    said = feedback_of(token)
    written = request.form.get("missing", "").replace("\r\n", "\n").strip()
    if not sent_from_here() or request.form.get("website") or not written:
        return redirect(url_for(".more", slug=slug, token=token, lang=wanted_language()), 303)
    if len(written) > LONGEST_MISSING:
        with force_locale(wanted_language()):
            trouble = _("At most %(count)s characters, please.", count=LONGEST_MISSING)
        return page(slug, said, token=token, written=written, trouble=trouble), 422
    explain(said.id, redacted(written), now())
    return redirect(url_for(".more", slug=slug, token=token, lang=wanted_language()), 303)


def page(
    slug: str, said: InfoFeedback | None, *, token: str = "", written: str = "", trouble: str = ""
) -> str:
    with force_locale(wanted_language()):
        return render_template(
            "public/info_feedback.html",
            slug=slug,
            said=said,
            token=token,
            written=written,
            trouble=trouble,
            asks=bool(said and ASKS.search(said.missing)),
            longest=LONGEST_MISSING,
            this_page_in=lambda code: (
                url_for(".more", slug=slug, token=token, lang=code)
                if token
                else url_for("public.info.show", slug=slug, lang=code)
            ),
        )


def version_of(slug: str) -> InfoPageVersion:
    found = InfoPage.at(slug)
    return (InfoPageVersion.current(found) if found else None) or abort(404)


def token_of(feedback_id: int) -> str:
    return f"{feedback_id}-{ring().sign('info-feedback', feedback_id)}"


def feedback_of(token: str) -> InfoFeedback:
    number, _dash, signature = token.partition("-")
    if not (number.isascii() and number.isdigit()) or len(number) > 9:
        abort(404)
    if not ring().vouches(signature, "info-feedback", int(number)):
        abort(404)
    return voiced(int(number)) or abort(404)
