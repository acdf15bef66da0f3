"""The page of the search, and its answer alone for who is still typing."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from models.base import db, db_safe, now
from models.calendar import business_day, start_of
from models.excerpt import MARK, UNMARK
from models.intake import Channel
from models.policy import Verb, sees_words
from models.search import DEEPEST, Found, search
from models.team import Team
from models.ticket import Status, Ticket
from models.topic import LANGUAGES, Topic
from models.user import User
from triage.accounts import by_htmx, demand
from triage.display import labels, language_name, reader_language
from triage.searching.reading import Question, Words, named, read

pages = Blueprint("searching", __name__, url_prefix="/search")

SINCE = (7, 30, 90, 365)
LANGUAGE_NAMES = {
    "fr": "français francais frans französisch french",
    "nl": "nederlands néerlandais niederländisch dutch",
    "de": "deutsch allemand duits german",
    "en": "english anglais engels englisch",
}


@pages.get("/")
def index() -> ResponseReturnValue:
    """What was found; the whole number of a ticket goes straight to it."""
    user = demand(Verb.WORK)
    question = asked(user, request.args)
    if [kind for kind, _ in question.sought.numbers] == ["ticket"] and not by_htmx():
        ticket = Ticket.numbered(user, int(question.sought.numbers[0][1]))
        if ticket is not None:
            return redirect(url_for("desk.ticket", number=ticket.target.number, view="all"))
    number = request.args.get("page", 1, type=int)
    found = search(user, question.sought, now(), number)
    template = "searching/_found.html" if by_htmx() else "searching/index.html"
    return render_template(template, **shown(user, question, found))


def asked(user: User, args: MultiDict[str, str]) -> Question:
    """The typed line together with what was chosen beside it."""
    question = read(typed(args), the_words(), user.id, business_day(now()))
    sought = question.sought
    if Topic.named(args.get("topic", "")) is not None:
        sought = replace(sought, topics=(*sought.topics, args["topic"]))
    if args.get("language") in LANGUAGES:
        sought = replace(sought, languages=(*sought.languages, args["language"]))
    if args.get("channel") in list(Channel):
        sought = replace(sought, channels=(*sought.channels, args["channel"]))
    if args.get("status") in list(Status):
        sought = replace(sought, statuses=(*sought.statuses, args["status"]))
    days = args.get("days", 0, type=int)
    if days in SINCE:
        sought = replace(sought, since=start_of(business_day(now()) - timedelta(days=days)))
    return replace(question, sought=sought)


def typed(args: MultiDict[str, str]) -> str:
    return db_safe(args.get("q", "")).replace("\n", " ").strip()


def the_words() -> Words:
    """What topics and teams are called, in every language."""
    topics = [
        (name, topic.id)
        for topic in Topic.everything().values()
        if topic.active
        for name in (topic.id, *topic.names.values())
        if name
    ]
    teams = [
        (str(name), team.id)
        for team in db.session.scalars(Team.in_order())
        for name in (team.slug, *team.names.values())
    ]
    languages = [
        (name, code) for code, names in LANGUAGE_NAMES.items() for name in (code, *names.split())
    ]
    return Words(topics=named(topics), teams=named(teams), languages=named(languages))


def shown(user: User, question: Question, found: Found) -> dict[str, Any]:
    today = start_of(business_day(now()))
    language = reader_language()
    topics = db.session.scalars(Topic.first_level())
    return {
        "question": question,
        "found": found,
        "q": typed(request.args),
        "parts": parts,
        "readable": lambda ticket: sees_words(user, ticket, today),
        "topic_choices": [(topic.id, topic.name(language)) for topic in topics],
        "language_choices": [(code, language_name(code)) for code in LANGUAGES],
        "channel_choices": labels("channel").items(),
        "status_choices": labels("status").items(),
        "day_choices": [(days, _("last %(count)s days", count=days)) for days in SINCE],
        "deepest": DEEPEST,
        "query": {name: value for name, value in request.args.items() if value and name != "page"},
    }


def parts(excerpt: str) -> list[tuple[str, bool]]:
    """An excerpt in pieces: (words, whether they were looked for)."""
    pieces: list[tuple[str, bool]] = []
    for piece in excerpt.split(MARK):
        inside, mark, after = piece.partition(UNMARK)
        if not mark:
            inside, after = "", piece
        pieces += [(inside, True)] * bool(inside) + [(after, False)] * bool(after)
    return pieces
