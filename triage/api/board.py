"""Problems and actions by REST, as the board shows them; whoever reads them learns of no client."""

from typing import Any

from apiflask import APIBlueprint, Schema, fields
from flask import url_for
from marshmallow import RAISE, validate

from models.action import Action
from models.api_token import Scope
from models.base import now
from models.cases import CaseFilter, count_cases
from models.contact import Contact
from models.look import Look, Thing
from models.policy import sees_small_counts
from models.problem import Problem, ProblemState
from models.ticket import Ticket
from models.topic import Topic
from triage.api import door
from triage.api.asking import asks, the_user
from triage.api.contact_leaf import leaf_of_contacts
from triage.api.leaf import each, leaf_shown
from triage.api.seen import Shown
from triage.api.shapes import LeafQuery, day, leaf_of, moment, whole, words
from triage.api.thread import ContactLeaf
from triage.display import title

pages = APIBlueprint("board", __name__, tag="Problems and actions")

FEWEST = 3
"""Fewer contacts about a restricted topic could tell who they are."""


class ProblemShape(Schema):
    """One recurring cause of contacts."""

    number = whole()
    href = words()
    version = whole()
    title = words("In the language that Accept-Language asks for.")
    state = words()
    topic = words(none=True)
    owner_id = whole(none=True)
    due_on = day()
    first_seen_at = moment(none=False)
    last_seen_at = moment(none=False)
    contacts = whole(
        "How many contacts are cases of it; null where so few could tell who.", none=True
    )
    clients = whole(none=True)


class ActionShape(Schema):
    """What was decided to do about a problem."""

    id = whole()
    problem = whole("The problem's number.")
    kind = words()
    what = words()
    state = words()
    who = words("Who does it, by name.")
    owner_id = whole(none=True)
    due_on = day()
    decided_at = moment(none=False)
    done_at = moment()
    effective_at = moment("Since when it works.")
    verdict = words(
        "What was measured since: fell, rose, no_change; null while it is too early.", none=True
    )


ProblemLeaf = leaf_of(ProblemShape, "ProblemLeaf")
ActionLeaf = leaf_of(ActionShape, "ActionLeaf")


class ProblemQuery(LeafQuery):
    """Which problems."""

    state = fields.List(fields.String(validate=validate.OneOf(list(ProblemState))))


@pages.get("/problems")
@asks(Scope.PROBLEMS_READ)
@pages.input(ProblemQuery, location="query", unknown=RAISE)
@pages.output(ProblemLeaf)
@pages.doc(operation_id="listProblems")
def problems(query_data: dict[str, Any]) -> Any:
    """List problems, the one seen last first"""
    query = Problem.shown()
    if states := query_data.get("state"):
        query = query.where(Problem.state.in_(states))
    order = (Problem.last_seen_at.desc(), Problem.id)
    return leaf_shown(Problem, query, order, query_data, each(problem_shown))


@pages.get("/problems/<int:number>")
@asks(Scope.PROBLEMS_READ, refuses=(404,))
@pages.output(ProblemShape)
@pages.doc(operation_id="readProblem")
def problem(number: int) -> Any:
    """Read a problem"""
    return problem_shown(the_problem(number))


@pages.get("/problems/<int:number>/contacts")
@asks(Scope.TICKETS_READ, refuses=(404,))
@pages.input(LeafQuery, location="query", unknown=RAISE)
@pages.output(ContactLeaf)
@pages.doc(operation_id="listCases")
def cases(number: int, query_data: dict[str, Any]) -> Any:
    """List the contacts that are cases of a problem

    Those of tickets that your person sees.
    """
    user = the_user()
    seen = Ticket.visible_to(user).with_only_columns(Ticket.id)
    query = the_problem(number).contacts().where(Contact.ticket_id.in_(seen))
    leaf, tickets = leaf_of_contacts(query, user, query_data)
    for ticket_id in tickets:
        Look.keep(user, Thing.TICKET, ticket_id, now())
    return leaf


def the_problem(number: int) -> Problem:
    found = Problem.numbered(number) if number < 2**31 else None
    if found is None or found.state == ProblemState.NOT_A_PROBLEM:
        raise door.Problem(404, "There is no such problem.")
    return Problem.named(found.merged_into_id) or found


def problem_shown(problem: Problem) -> Shown:
    contacts, clients = count_cases(problem, CaseFilter())
    topic = Topic.named(problem.topic_id)
    hushed = contacts < FEWEST and topic is not None and not sees_small_counts(the_user(), topic)
    same = ("number", "version", "state", "owner_id", "due_on", "first_seen_at", "last_seen_at")
    return {
        **{name: getattr(problem, name) for name in same},
        "href": url_for("api.board.problem", number=problem.number),
        "title": title(problem),
        "topic": problem.topic_id,
        "contacts": None if hushed else contacts,
        "clients": None if hushed else clients,
    }


# --- actions --------------------------------------------------------------------------------


class ActionQuery(LeafQuery):
    """Which actions."""

    problem = fields.Integer(
        validate=validate.Range(1, 2**31 - 1), metadata={"description": "The problem's number."}
    )
    open = fields.Boolean(metadata={"description": "true: only what is still to be done."})


@pages.get("/actions")
@asks(Scope.PROBLEMS_READ)
@pages.input(ActionQuery, location="query", unknown=RAISE)
@pages.output(ActionLeaf)
@pages.doc(operation_id="listActions")
def actions(query_data: dict[str, Any]) -> Any:
    """List what was decided to do about problems"""
    query = Action.open() if query_data.get("open") else Action.everything()
    if number := query_data.get("problem"):
        found = Problem.numbered(number)
        query = query.where(Action.problem_id == (found.id if found is not None else 0))
    return leaf_shown(Action, query, (Action.id,), query_data, each(action_shown))


@pages.get("/actions/<int:action_id>")
@asks(Scope.PROBLEMS_READ, refuses=(404,))
@pages.output(ActionShape)
@pages.doc(operation_id="readAction")
def action(action_id: int) -> Any:
    """Read an action"""
    found = Action.named(action_id)
    if found is None:
        raise door.Problem(404, "There is no such action.")
    return action_shown(found)


def action_shown(action: Action) -> Shown:
    same = ("id", "kind", "what", "who", "owner_id", "due_on", "decided_at", "done_at")
    return {
        **{name: getattr(action, name) for name in (*same, "effective_at", "verdict")},
        "problem": action.problem.number,
        "state": action.state.value,
    }
