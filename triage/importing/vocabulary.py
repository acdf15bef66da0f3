"""What the words of another program mean in this house: topics, intents, teams and colleagues.

The trial and the run ask the same: what is not known is doubted there and left out here.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from models.base import db
from models.team import Team
from models.topic import Intent, Topic
from models.user import User
from triage.importing.record import Doubt, Matter
from triage.importing.table import plain
from triage.importing.values import nearest


@dataclass(frozen=True)
class Meaning:
    """What a matter is here, and the words of it that mean nothing."""

    topic_id: str | None = None
    subtopic_id: str | None = None
    intent_id: str | None = None
    team_id: int | None = None
    owner_id: int | None = None
    doubts: tuple[Doubt, ...] = ()


class Vocabulary:
    """All names that something has here, in every language, by their plain spelling."""

    def __init__(self) -> None:
        self.topics: dict[str, str] = {}
        self._tops: dict[str, tuple[str, int | None]] = {}
        known = Topic.everything()
        for topic in known.values():
            top = known.get(topic.parent_id or "", topic)
            self._tops[topic.id] = (top.id, top.team_id)
            _name(self.topics, (topic.id, *topic.names.values()), topic.id)
        self.intents: dict[str, str] = {}
        for intent in Intent.everything():
            _name(self.intents, (intent.id, *intent.names.values()), intent.id)
        self.teams: dict[str, str] = {}
        self._team_ids: dict[str, int] = {}
        for team in db.session.scalars(Team.in_order()):
            self._team_ids[team.slug] = team.id
            _name(self.teams, (team.slug, *team.names.values()), team.slug)
        self.people: dict[str, str] = {}
        self._teams_of: dict[str, tuple[int, list[int]]] = {}
        for user in db.session.scalars(User.everybody()):
            self._teams_of[user.login] = (user.id, list(user.team_ids))
            _name(self.people, (user.login, user.email or "", user.name), user.login)

    def meaning(self, matter: Matter) -> Meaning:
        doubts: list[Doubt] = []
        topic = self._found("topic", matter.topic, self.topics, doubts)
        of_group = self.topics.get(plain(matter.team)) if not matter.topic else None
        if of_group is not None and plain(matter.team) not in self.teams:
            topic, team = of_group, None  # a group of the other program is a matter of ours
        else:
            team = self._found("team", matter.team, self.teams, doubts)
        intent = self._found("intent", matter.intent, self.intents, doubts)
        top, its_team = self._tops[topic] if topic is not None else (None, None)
        team_id = self._team_ids[team] if team is not None else its_team
        return Meaning(
            topic_id=top,
            subtopic_id=topic if topic != top else None,
            intent_id=intent,
            team_id=team_id,
            owner_id=self._owner(matter.owner, team_id, doubts),
            doubts=tuple(doubts),
        )

    def _owner(
        self, names: tuple[str, ...], team_id: int | None, doubts: list[Doubt]
    ) -> int | None:
        """A colleague who is of the team that has it: nobody else may find it on the desk."""
        login = next((self.people[plain(one)] for one in names if plain(one) in self.people), None)
        if login is None:
            if names:
                doubts.append(
                    Doubt(
                        "owner",
                        names[-1],
                        self.people.get(nearest(names[-1], tuple(self.people)), ""),
                    )
                )
            return None
        user_id, team_ids = self._teams_of[login]
        if team_id in team_ids:
            return user_id
        doubts.append(Doubt("owner", names[-1]))
        return None

    @staticmethod
    def _found(field: str, word: str, known: dict[str, str], doubts: list[Doubt]) -> str | None:
        if not word:
            return None
        found = known.get(plain(word))
        if found is None:
            doubts.append(Doubt(field, word, known.get(nearest(word, tuple(known)), "")))
        return found


def _name(known: dict[str, str], names: Iterable[str], meant: str) -> None:
    for name in names:
        if plain(str(name)):
            known.setdefault(plain(str(name)), meant)
