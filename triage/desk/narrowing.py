"""The conditions of a filter in words: one chip each, in the reader's language."""

from collections.abc import Iterator

from flask_babel import format_date, ngettext
from flask_babel import gettext as _

from models.team import Team
from models.ticket_list import TicketFilter
from models.user import User
from triage.display import intent_name, label, language_name, team_name, topic_name

_AND_MORE = 3
"""So many values are named; of more only how many there are."""


def narrowing(wanted: TicketFilter) -> list[tuple[str, str]]:
    """(name of the condition, what it says) of everything that is set."""
    return [(name, words) for name, words in _said(wanted) if words]


def _said(wanted: TicketFilter) -> Iterator[tuple[str, str]]:
    yield "words", f"“{wanted.words}”" if wanted.words else ""
    yield "languages", _several([str(language_name(one)) for one in wanted.languages])
    yield "topics", _several([str(topic_name(one)) for one in wanted.topics])
    yield "intents", _several([str(intent_name(one)) for one in wanted.intents])
    teams = [Team.named(one) for one in wanted.teams]
    yield "teams", _several([str(team_name(team)) for team in teams if team is not None])
    yield "channels", _several([str(label("channel", one)) for one in wanted.channels])
    yield "states", _several([str(label("status", one)) for one in wanted.states])
    yield "who", _whose(wanted.who)
    for name, word in (
        ("urgent", _("urgent")),
        ("flagged", _("keeps happening")),
        ("problem", _("Known problem")),
        ("overdue", _("past our promise")),
        ("without_health", _("nothing about health")),
        ("snoozed", _("laid aside")),
    ):
        yield name, word if getattr(wanted, name) else ""
    yield (
        "answered",
        {"yes": _("answered before"), "no": _("not yet answered")}.get(wanted.answered, ""),
    )
    if wanted.deadline is not None:
        yield (
            "deadline",
            ngettext(
                "deadline within %(num)s day", "deadline within %(num)s days", wanted.deadline
            ),
        )
    if wanted.since is not None:
        yield "since", _("since %(day)s", day=format_date(wanted.since, "d MMM"))


def _several(words: list[str]) -> str:
    shown = ", ".join(words[:_AND_MORE])
    return f"{shown} +{len(words) - _AND_MORE}" if len(words) > _AND_MORE else shown


def _whose(who: str) -> str:
    if who.isdigit():
        person = User.named(int(who))
        return person.name if person is not None else ""
    return str({"me": _("mine"), "nobody": _("nobody’s"), "somebody": _("somebody’s")}.get(who, ""))
