"""What the list of the desk needs: its rows with their marks, its filter, and the views beside."""

from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict

from models.base import db, now
from models.contact import Contact
from models.policy import Verb, may
from models.problem import Occurrence
from models.saved_view import SavedView, counts_of
from models.team import Team
from models.ticket_choice import Sort, View, Who
from models.ticket_list import TicketFilter, files_named
from models.user import User
from triage.asked_once import colleagues, first_topics, intents
from triage.desk.beside import on_rows
from triage.desk.narrowing import narrowing
from triage.discretion import ask_at_once

COUNTED_VIEWS = 12
"""So many saved views have a number beside them; the others are a step further away."""


def wanted_tickets(args: MultiDict[str, str]) -> TicketFilter:
    return TicketFilter.read(args)


def query_of(wanted: TicketFilter) -> dict[str, Any]:
    """The filter as it stands in an address, without what is not set."""
    return wanted.query()


def the_list(user: User, wanted: TicketFilter) -> dict[str, Any]:
    """The rows of one page with what they show."""
    page = wanted.page(user, max(1, request.args.get("page", 1, type=int)))
    ids = [ticket.id for ticket in page.tickets]
    ask_at_once(user, page.tickets)
    return {
        "wanted": wanted,
        "page": page,
        "predictions": Contact.predictions_of(ids),
        "files": files_named(ids, wanted.sought),
        "problems": Occurrence.problems_of(ids),
        "query": query_of(wanted),
        "views": list(View),
        "narrowing": narrowing,
        **on_rows(user, ids),
    }


def the_filter(user: User, wanted: TicketFilter) -> dict[str, Any]:
    """What can be chosen from, and the saved views with how much each holds."""
    saved = list(db.session.scalars(SavedView.seen_by(user)))
    teams = db.session.scalars(Team.in_order()).all()
    return {
        "topics": first_topics(),
        "intents_of_filter": intents(),
        "teams_of_filter": [
            team for team in teams if may(user, Verb.LEAD) or team.id in user.team_ids
        ],
        "people_of_filter": people_of(user),
        "sorts": list(Sort),
        "who_words": list(Who),
        "saved": saved,
        "saved_counts": saved_counts(user, saved),
        "here": next((view for view in saved if view.wanted == wanted), None),
    }


def saved_counts(user: User, saved: list[SavedView] | None = None) -> dict[int, int]:
    if saved is None:
        saved = list(db.session.scalars(SavedView.seen_by(user)))
    return counts_of(saved[:COUNTED_VIEWS], user, now())


def people_of(user: User) -> list[User]:
    """The colleagues by whose names the list can be narrowed: those of one's teams, or all."""
    return [
        one
        for one in colleagues()
        if may(one, Verb.WORK) and (may(user, Verb.LEAD) or set(one.team_ids) & set(user.team_ids))
    ]
