"""Which cases a page of the screening is asked for: read from its address, and told in words."""

from collections.abc import Container
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from urllib.parse import parse_qsl, urlsplit

from flask import request
from werkzeug.datastructures import MultiDict

from models.cases import CaseFilter
from models.intake import Channel
from models.team import Team
from models.topic import LANGUAGES, Intent, Topic
from triage.display import intent_name, label, language_name, team_name, topic_name

NAMES = ("topic", "team", "language", "channel", "intent")


def asked_for() -> CaseFilter:
    """What the address asks for; a value that is none asks for nothing."""
    return _read(request.args)


def asked_for_by_page() -> CaseFilter:
    """What the page asks for that a part is sent to."""
    return _read(MultiDict(parse_qsl(urlsplit(request.headers.get("HX-Current-URL", "")).query)))


def _read(said: MultiDict[str, str]) -> CaseFilter:
    topics = Topic.everything()
    intents = {intent.id for intent in Intent.everything()}
    team = Team.named(said.get("team", 0, int))
    return CaseFilter(
        topic=_one_of(said.get("topic", ""), topics),
        team=team.id if team else 0,
        language=_one_of(said.get("language", ""), LANGUAGES),
        channel=_one_of(said.get("channel", ""), [channel.value for channel in Channel]),
        intent=_one_of(said.get("intent", ""), intents),
    )


def asked_for_at_a_time() -> CaseFilter:
    """The same, of one day where the address names one as `on`, or from `since` to `until`."""
    asked = asked_for()
    with suppress(ValueError):
        asked = replace(asked, day=date.fromisoformat(request.args.get("on", "")))
    return replace(asked, since=_moment("since"), until=_moment("until"))


def _moment(name: str) -> datetime | None:
    """An instant with its offset; what is none asks for nothing."""
    try:
        at = datetime.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return at if at.tzinfo else None


def in_address(asked: CaseFilter) -> dict[str, str]:
    """What links must carry so that the filter stays."""
    values = {name: str(getattr(asked, name) or "") for name in NAMES}
    return {name: value for name, value in values.items() if value}


@dataclass(frozen=True)
class Word:
    """One part of the filter as it is told, and the rest of the address without it."""

    text: str
    without: dict[str, str]


def words_of(asked: CaseFilter) -> list[Word]:
    address = in_address(asked)
    team = Team.named(asked.team)
    told = {
        "topic": topic_name(asked.topic),
        "team": team_name(team) if team else "",
        "language": language_name(asked.language),
        "channel": str(label("channel", asked.channel)),
        "intent": intent_name(asked.intent),
    }
    return [
        Word(told[name], {one: value for one, value in address.items() if one != name})
        for name in address
    ]


def _one_of(value: str, known: Container[str]) -> str:
    return value if value in known else ""
