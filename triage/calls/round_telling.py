"""You said, we changed: the mailing to those of a round, with the question whether it helped."""

from flask import current_app, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from models.base import now
from models.call_round import CallRound
from models.mailing import Mailing, MailingPurpose
from models.policy import Verb
from triage.accounts import demand
from triage.calls.pages import pages
from triage.calls.rounds import round_or_404
from triage.config import Settings


@pages.post("/rounds/<int:round_id>/mailing")
def tell_round(round_id: int) -> ResponseReturnValue:
    """A mailing begun with what was changed: written on, counted and let go like any other."""
    user, shown, at = demand(Verb.LEAD), round_or_404(round_id), now()
    made = Mailing.draft(
        _("You said, we changed: %(name)s", name=shown.name)[:300],
        MailingPurpose.CHANGE,
        by=user,
        at=at,
        audience={"kind": "round", "fields": ["helped"]},
        round_id=shown.id,
        problem_id=shown.problem_id,
        action_id=shown.action_id,
        topic_id=shown.problem.topic_id,
        **letters(shown),
    )
    return redirect(url_for("outreach.mailings.show", mailing_id=made.id), 303)


def letters(shown: CallRound) -> dict[str, dict[str, str]]:
    """Subjects and texts in the languages in which it is written what was changed."""
    settings: Settings = current_app.extensions["settings"]
    link = f"{settings.base_url}/helped/{{helped}}"
    subjects, texts = {}, {}
    for code, changed in shown.changed.items():
        with force_locale(code):
            subjects[code] = str(_("You told us, and we changed something"))
            asked = str(_("Did it help you? Tell us here, it takes one click:"))
        texts[code] = f"{{opening}}\n\n{changed}\n\n{asked}\n{link}\n\n{{closing}}"
    return {"subjects": subjects, "texts": texts}
