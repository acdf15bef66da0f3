"""The board as it stood when a meeting was opened: order and numbers that no later count moves."""

from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Any, Self

from models.problem_day import ProblemDay

_OWN = ("id", "problem_id", "day")


@dataclass(frozen=True)
class FrozenCard:
    """One card; `figures` are the columns of its `ProblemDay`."""

    problem_id: int
    rank: int
    section: str
    state: str
    figures: dict[str, Any]
    owner_id: int | None = None

    @classmethod
    def of(cls, row: ProblemDay, rank: int, section: str, state: str) -> Self:
        columns = [column.key for column in ProblemDay.__table__.columns]
        figures = {name: _plain(getattr(row, name)) for name in columns if name not in _OWN}
        return cls(row.problem_id, rank, section, state, figures, row.problem.owner_id)

    def row(self, day: date) -> ProblemDay:
        """The figures as a row that is in no session: to be shown, never to be kept."""
        columns = {column.key for column in ProblemDay.__table__.columns}
        known = {name: value for name, value in self.figures.items() if name in columns}
        if known.get("since"):
            known["since"] = datetime.fromisoformat(known["since"])
        return ProblemDay(problem_id=self.problem_id, day=day, **known)


@dataclass(frozen=True)
class Frozen:
    """What a meeting is held on.

    `deck` are the problems to be decided, in their order; `escalated` and `carried` say why a
    card comes first; `measures` are the numbers of the day before, as they were known then.
    """

    at: datetime
    since: datetime
    contacts: int
    read: int
    cards: list[FrozenCard] = field(default_factory=list)
    deck: list[int] = field(default_factory=list)
    escalated: dict[int, str] = field(default_factory=dict)
    carried: list[int] = field(default_factory=list)
    measures: dict[str, Any] = field(default_factory=dict)

    @property
    def share(self) -> float | None:
        return self.read / self.contacts if self.contacts else None

    def card(self, problem_id: int) -> FrozenCard | None:
        return next((one for one in self.cards if one.problem_id == problem_id), None)

    def joined(self, became: dict[int, int]) -> Self:
        """What people have made one since stands in the deck once."""
        now = [became.get(one, one) for one in self.deck]
        return replace(
            self,
            deck=list(dict.fromkeys(now)),
            carried=[became.get(one, one) for one in self.carried],
            escalated={became.get(one, one): why for one, why in self.escalated.items()},
        )

    def as_json(self) -> dict[str, Any]:
        values = asdict(self)
        values["at"], values["since"] = self.at.isoformat(), self.since.isoformat()
        values["escalated"] = {str(key): why for key, why in self.escalated.items()}
        return values

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        return cls(
            **{
                **values,
                "at": datetime.fromisoformat(values["at"]),
                "since": datetime.fromisoformat(values["since"]),
                "cards": [FrozenCard(**card) for card in values["cards"]],
                "escalated": {int(key): why for key, why in values["escalated"].items()},
            }
        )


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
