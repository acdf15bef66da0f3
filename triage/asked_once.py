"""The short lists that a page shows in several places, asked for once per request."""

from flask import g

from models.base import db
from models.topic import Intent, Topic
from models.user import User


def topics() -> dict[str, Topic]:
    """All topics of both levels by id."""
    if "topics" not in g:
        g.topics = Topic.everything()
    found: dict[str, Topic] = g.topics
    return found


def first_topics() -> list[Topic]:
    """The topics of the first level that are offered, in their order."""
    offered = [one for one in topics().values() if one.parent_id is None and one.active]
    return sorted(offered, key=lambda topic: topic.position)


def intents() -> list[Intent]:
    if "intents" not in g:
        g.intents = Intent.everything()
    found: list[Intent] = g.intents
    return found


def colleagues() -> list[User]:
    """Everybody who signs in, by name."""
    if "colleagues" not in g:
        g.colleagues = list(db.session.scalars(User.everybody()))
    found: list[User] = g.colleagues
    return found
