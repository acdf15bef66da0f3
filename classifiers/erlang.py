"""How many people a telephone needs: Erlang C, by the recursion that never overflows. Pure.

It supposes that nobody hangs up, that calls come by chance at an even pace within the half hour,
and that whoever is there answers nothing else. Callers who lose patience make the true waits
shorter and the true loss larger than it says. E-mail is work to be done later: never ask it here.
"""

from dataclasses import dataclass
from math import exp

TARGET = 0.8
IN_TIME = 20.0
"""Seconds within which the target share of calls should be answered."""
HOUR = 3600.0
MOST_AGENTS = 10_000


@dataclass(frozen=True, slots=True)
class Line:
    """So many calls an hour of so many seconds each (talk and the work after it)."""

    calls: float
    seconds: float

    @property
    def load(self) -> float:
        """In erlangs: how many people are busy on average."""
        return self.calls * self.seconds / HOUR

    def waits(self, agents: int) -> float | None:
        """The share of callers who wait at all; None where the queue only grows."""
        if agents <= self.load:
            return None
        blocked = 1.0
        for people in range(1, agents + 1):
            blocked = self.load * blocked / (people + self.load * blocked)
        return blocked / (1 - self.load / agents * (1 - blocked))

    def in_time(self, agents: int, within: float = IN_TIME) -> float | None:
        """The share answered `within` seconds; None where the queue only grows."""
        waiting = self.waits(agents)
        if waiting is None:
            return None
        if not self.calls or not self.seconds:
            return 1.0
        return 1 - waiting * exp(-(agents - self.load) * within / self.seconds)

    def mean_wait(self, agents: int) -> float | None:
        """Seconds to an answer, over all callers; None where the queue only grows."""
        waiting = self.waits(agents)
        return None if waiting is None else waiting * self.seconds / (agents - self.load)

    def growth(self, agents: float) -> float:
        """By how many calls an hour the queue grows; 0 where the people are enough."""
        if not self.seconds:
            return 0.0
        return max(0.0, self.calls - agents * HOUR / self.seconds)

    def agents_for(self, target: float = TARGET, within: float = IN_TIME) -> int:
        """The fewest people who answer the target share in time; none where nobody calls."""
        if self.load <= 0:
            return 0
        agents = int(self.load) + 1
        while agents < MOST_AGENTS:
            reached = self.in_time(agents, within)
            if reached is not None and reached >= target:
                break
            agents += 1
        return agents
