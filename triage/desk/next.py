"""One key gives the next ticket, or says why there is none."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from models.base import now
from models.next_ticket import Offer, take_next
from models.policy import Verb
from triage.accounts import demand
from triage.desk.listing import wanted_tickets
from triage.desk.tickets import pages
from triage.display import language_name


@pages.post("/next", endpoint="take_next")
def give_next() -> ResponseReturnValue:
    """Assign the next ticket of my queues to me, and open it."""
    user = demand(Verb.WORK)
    offer = take_next(user, now())
    query = wanted_tickets(request.args).query()
    if offer.ticket is not None:
        return redirect(url_for("desk.ticket", number=offer.ticket.number, **query), 303)
    flash(" ".join(reasons(offer)), "warning")
    return redirect(url_for("desk.index", **query), 303)


def reasons(offer: Offer) -> list[str]:
    """Why nothing was offered, in sentences."""
    if offer.absent:
        return [_("You are marked as absent today: nothing is offered to you.")]
    if offer.full is not None:
        return [
            ngettext(
                "You have %(num)s open ticket, as many as you take at once.",
                "You have %(num)s open tickets, as many as you take at once.",
                offer.full,
            )
        ]
    if offer.no_team:
        return [_("You are in no team: no queue is yours.")]
    said = [
        ngettext(
            "%(num)s waits in %(language)s, which you do not take.",
            "%(num)s wait in %(language)s, which you do not take.",
            count,
            language=language_name(code),
        )
        for code, count in sorted(offer.languages.items())
    ]
    if offer.other_topics:
        said.append(
            ngettext(
                "%(num)s waits on a topic that you do not take.",
                "%(num)s wait on topics that you do not take.",
                offer.other_topics,
            )
        )
    if offer.looked_at:
        said.append(
            ngettext(
                "A colleague is looking at %(num)s.",
                "Colleagues are looking at %(num)s.",
                offer.looked_at,
            )
        )
    return [_("Nothing is left for you."), *said]
