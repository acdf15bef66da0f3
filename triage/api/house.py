"""Who asks, which words the house uses, and whether all is well."""

from typing import Any

from apiflask import APIBlueprint
from flask import current_app

from models.api_token import Scope
from models.base import db, now
from models.calendar import business_day
from models.ending import Ending
from models.policy import Verb, may
from models.team import Team
from models.topic import Intent, Topic
from models.user import User
from triage.api.asking import asks, the_token, the_user
from triage.api.house_shapes import HealthShape, MeShape, WordsShape

pages = APIBlueprint("house", __name__, tag="The house")


@pages.get("/me")
@asks(None)
@pages.output(MeShape)
@pages.doc(operation_id="readMe")
def me() -> Any:
    """Read in whose name this token speaks"""
    token, user = the_token(), the_user()
    return {
        "token": token.name,
        "scopes": [scope.value for scope in Scope if token.may(scope)],
        "expires_at": token.expires_at,
        "id": user.id,
        "login": user.login,
        "name": user.name,
        "role": user.role,
        "team_ids": user.team_ids,
    }


@pages.get("/words")
@asks(Scope.TICKETS_READ)
@pages.output(WordsShape)
@pages.doc(operation_id="readWords")
def words() -> Any:
    """Read the words that other addresses take

    Teams, topics, intents, dispositions and colleagues.
    """
    topics = [top for first, below in Topic.tree() for top in (first, *below)]
    endings = db.session.scalars(Ending.in_use(business_day(now())))
    people = [one for one in db.session.scalars(User.everybody()) if may(one, Verb.WORK)]
    return {
        "teams": [
            {"id": team.id, "slug": team.slug, "name": team.names}
            for team in db.session.scalars(Team.in_order())
        ],
        "topics": [
            {"id": one.id, "parent": one.parent_id, "name": one.names, "team_id": one.team_id}
            for one in topics
        ],
        "intents": [{"id": one.id, "name": one.names} for one in Intent.everything()],
        "dispositions": [{"id": one.id, "name": one.names} for one in endings],
        "colleagues": [
            {"id": one.id, "name": one.name, "team_ids": one.team_ids} for one in people
        ],
    }


@pages.get("/monitoring/health_check")
@asks(Scope.MONITORING)
@pages.output(HealthShape)
@pages.doc(operation_id="checkHealth")
def health_check() -> Any:
    """Ask whether all is well

    The answer of `/readyz`, in the shape that monitors of Zammad read; no token in it.
    """
    view: Any = current_app.view_functions["health.ready"]
    told = current_app.make_response(view()).get_json()
    issues = [f"{name}: {words}" for name, words in told.get("faults", {}).items()]
    return {
        "healthy": not issues,
        "message": "; ".join(issues) or "success",
        "issues": issues,
        "actions": [],
    }
