"""Words of a file that are not known here, as its page shows them, with what they mean perhaps."""

from collections.abc import Sequence
from dataclasses import dataclass

from models.base import db
from models.data_import import DataImport
from models.data_import_row import DataImportRow
from models.intake import Channel
from models.team import Team
from models.topic import LANGUAGES, Intent, Topic
from models.user import User
from triage.display import intent_name, label, reader_language, topic_name


@dataclass(frozen=True)
class Doubted:
    """One word, in how many rows it stands, and the name here that is most like it."""

    field: str
    word: str
    nearest: str
    rows: int


def of(brought: DataImport) -> list[Doubted]:
    return [
        Doubted(field, word, _called(field, nearest), rows)
        for field, word, nearest, rows in DataImportRow.doubts(brought.id)
    ]


def known_names(doubted: Sequence[Doubted]) -> list[tuple[str, list[str]]]:
    """All that a word may say, for each kind of word that is doubted."""
    fields = dict.fromkeys(one.field for one in doubted)
    return [(field, names) for field in fields if (names := _names(field))]


def _called(field: str, meant: str) -> str:
    """A name as the reader of the page knows it; a state or a file is called as it is."""
    if not meant:
        return ""
    if field == "topic":
        return topic_name(meant)
    if field == "intent":
        return intent_name(meant)
    if field == "channel":
        return str(label("channel", meant))
    if field == "team":
        team = db.session.scalar(Team.by_slug(meant))
        return team.name(reader_language()) if team is not None else meant
    if field == "owner":
        user = db.session.scalar(User.by_login(meant))
        return user.name if user is not None else meant
    return meant


def _names(field: str) -> list[str]:
    language = reader_language()
    if field == "topic":
        tree = Topic.tree()
        return [one.name(language) for top, below in tree for one in (top, *below)]
    if field == "intent":
        return [one.name(language) for one in Intent.everything()]
    if field == "team":
        return [team.name(language) for team in db.session.scalars(Team.in_order())]
    if field == "channel":
        return [str(label("channel", one.value)) for one in Channel]
    return list(LANGUAGES) if field == "language" else []
