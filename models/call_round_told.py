"""What clients of a problem have heard of us: told by mailings, called in rounds, and their word
whether it helped. For the problem's card; what is about health or privacy was told to nobody so.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import func, select

from models.base import db
from models.call_round_helped import counts_of
from models.call_round_progress import told_by_round
from models.mailing import Mailing
from models.mailing_recipient import MailingRecipient, RecipientState

GONE = (RecipientState.SENT.value, RecipientState.BOUNCED.value)
CAME_BACK = (RecipientState.BOUNCED.value, RecipientState.FAILED.value)


@dataclass
class Heard:
    """Of one problem, in clients; who was told twice counts twice."""

    told: int = 0
    left_out: int = 0
    bounced: int = 0
    replied: int = 0
    to_call: int = 0
    """All whom rounds were to call."""
    reached: int = 0
    helped: Counter[str] = field(default_factory=Counter)

    @property
    def anything(self) -> bool:
        return bool(self.told or self.left_out or self.to_call or self.helped)


def heard_of(problem_ids: Iterable[int]) -> dict[int, Heard]:
    """By problem. Three statements, however many they are."""
    wanted = list(problem_ids)
    found = {one: Heard() for one in wanted}
    if not wanted:
        return found
    rows = db.session.execute(
        select(
            Mailing.problem_id,
            MailingRecipient.state,
            func.count().label("clients"),
            func.count(MailingRecipient.replied_at).label("replied"),
        )
        .join(MailingRecipient, MailingRecipient.mailing_id == Mailing.id)
        .where(Mailing.problem_id.in_(wanted), Mailing.started_at.is_not(None))
        .group_by(Mailing.problem_id, MailingRecipient.state)
    )
    for row in rows:
        heard = found[row.problem_id]
        heard.told += row.clients * (row.state in GONE)
        heard.bounced += row.clients * (row.state in CAME_BACK)
        heard.left_out += row.clients * (row.state == RecipientState.LEFT_OUT)
        heard.replied += row.replied
    for problem_id, called in told_by_round(wanted).items():
        found[problem_id].to_call, found[problem_id].reached = called["all"], called["reached"]
    for problem_id, said in counts_of(wanted).items():
        found[problem_id].helped = said
    return found
