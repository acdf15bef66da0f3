"""How the board is tuned: what makes a problem, how many false alarms a week, against how much."""

from dataclasses import asdict, dataclass
from typing import Any, Self

from models.event import record
from models.settings import Setting
from models.user import User

KEY = "screening.tuning"
FEWEST = (3, 10)
FALSE_A_WEEK = (0.25, 20.0)
DAYS = (10, 60)


@dataclass(frozen=True)
class Tuning:
    """What a house has set, or what comes with the product."""

    fewest: int = 3
    """Distinct clients that make a problem."""
    false_a_week: float = 2.0
    """Rises a week told by mistake that are accepted."""
    days: int = 40
    """Working days of history."""

    @classmethod
    def read(cls) -> Self:
        return cls._of(Setting.read(KEY) or {})

    @classmethod
    def before(cls) -> Self | None:
        """What the last change has replaced, while it can be undone."""
        kept = (Setting.read(KEY) or {}).get("before")
        return cls._of(kept) if kept else None

    @classmethod
    def _of(cls, kept: dict[str, Any]) -> Self:
        usual = cls()
        return cls(
            fewest=int(kept.get("fewest", usual.fewest)),
            false_a_week=float(kept.get("false_a_week", usual.false_a_week)),
            days=int(kept.get("days", usual.days)),
        )

    @property
    def usual(self) -> bool:
        return self == type(self)()

    @property
    def allowed(self) -> bool:
        """Whether each lies where it can be meant."""
        return (
            FEWEST[0] <= self.fewest <= FEWEST[1]
            and FALSE_A_WEEK[0] <= self.false_a_week <= FALSE_A_WEEK[1]
            and DAYS[0] <= self.days <= DAYS[1]
        )

    def save(self, *, by: User) -> None:
        """For every board from now on; raises ValueError outside of what is allowed."""
        if not self.allowed:
            raise ValueError("not a tuning that can be meant")
        before = type(self).read()
        if before == self:
            return
        Setting.write(KEY, {**asdict(self), "before": asdict(before)})
        record("screening.tuned", by=by, before=asdict(before), after=asdict(self))

    @classmethod
    def undo(cls, *, by: User) -> Self | None:
        """Back to what was before the last change, once."""
        earlier = cls.before()
        if earlier is not None:
            now = cls.read()
            Setting.write(KEY, asdict(earlier))
            record("screening.tuned", by=by, before=asdict(now), after=asdict(earlier), undone=True)
        return earlier
