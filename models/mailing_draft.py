"""A mailing until it starts: written, counted, approved by a second person; and its numbers.

Other words or other people are another mailing: nobody has counted or approved that one.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from models.base import db
from models.event import record
from models.keys import ring
from models.mailing_recipient import (
    MailingRecipient,
    NotNow,
    RecipientFilter,
    RecipientState,
    Why,
)
from models.mailing_row import MailingPurpose, MailingRow, MailingState
from models.outbox import Job, later
from models.user import User

SECOND_READER_ABOVE = 50
"""So many get a mailing on one person's word; more need a second one's."""
LONGEST_NAME = 300
PAGE = 50
FALLBACK = "fallback"
CONTENT = frozenset(
    {"purpose", "audience", "subjects", "texts", "on_threads", "close_as", "answer_version_id"}
)
"""What a second person has approved: changed, it must be counted and approved again."""
CHANGEABLE = CONTENT | {
    "name",
    "topic_id",
    "measure_id",
    "problem_id",
    "action_id",
    "reply_id",
    "round_id",
    "per_minute",
    "start_at",
    "window_from",
    "window_to",
    "working_days",
}
NOT_BEGUN = (
    MailingState.DRAFT,
    MailingState.COUNTING,
    MailingState.COUNTED,
    MailingState.ASKED,
)


class Outdated(Exception):
    """Somebody else has changed it since; carries how it stands now."""

    def __init__(self, standing: MailingRow) -> None:
        super().__init__("the mailing was changed meanwhile")
        self.standing = standing


@dataclass
class Tally:
    """What became of a mailing's recipients, in numbers."""

    states: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    """Of those who are told."""
    why: Counter[str] = field(default_factory=Counter)
    """Of those who are left out, by reason."""
    other_language: Counter[str] = field(default_factory=Counter)
    """Of those who are told, in which language where it is not their own."""
    replied: int = 0

    @property
    def ready(self) -> int:
        """Who gets a mail, or has got one."""
        no_mail = (RecipientState.LEFT_OUT, RecipientState.CANCELLED)
        return sum(many for state, many in self.states.items() if state not in no_mail)

    @property
    def left_out(self) -> int:
        return self.states[RecipientState.LEFT_OUT]

    @property
    def gone(self) -> int:
        """Whose mail has left."""
        return self.states[RecipientState.SENT] + self.states[RecipientState.BOUNCED]

    @property
    def to_go(self) -> int:
        return self.states[RecipientState.QUEUED] + self.states[RecipientState.PROMISED]


class MailingDraft(MailingRow):
    """What is done with a mailing before it starts."""

    __abstract__ = True

    @property
    def may_be_declined(self) -> bool:
        """Whether its recipients may say that they want no such news."""
        return self.purpose != MailingPurpose.SERVICE

    @property
    def begun(self) -> bool:
        return self.state not in NOT_BEGUN

    @property
    def languages(self) -> list[str]:
        """Those in which it can be sent: with a text and, but on threads, a subject."""
        return [
            code
            for code, text in self.texts.items()
            if str(text or "").strip() and (self.on_threads or str(self.subjects.get(code) or ""))
        ]

    # --- written ----------------------------------------------------------------------------

    @classmethod
    def draft(
        cls, name: str, purpose: MailingPurpose, *, by: User, at: datetime, **links: Any
    ) -> Self:
        """A new one; `links` are further columns: what it is about, what it takes its people from.

        Raises `NotNow` without a name.
        """
        made = cls(
            name=_name(name),
            purpose=MailingPurpose(purpose).value,
            created_by_id=by.id,
            changed_by_id=by.id,
            state=MailingState.DRAFT.value,
            version=1,
            **{key: value for key, value in links.items() if key in CHANGEABLE},
        )
        db.session.add(made)
        db.session.flush()
        made._tell("drafted", by, at)
        return made

    def change(self, *, by: User, at: datetime, expected: int | None = None, **values: Any) -> None:
        """New values for its columns; raises `Outdated` where somebody else was faster, `NotNow`
        once it has begun.

        Other words or other people void the count and the word of the second person.
        """
        self._hold()
        if expected is not None and expected != self.version:
            raise Outdated(self)
        if self.begun:
            raise NotNow("begun")
        if "name" in values:
            values["name"] = _name(values["name"])
        changed = {
            key: value
            for key, value in values.items()
            if key in CHANGEABLE and getattr(self, key) != value
        }
        for key, value in changed.items():
            setattr(self, key, value)
        if changed.keys() & CONTENT:
            self._void(by)
        if changed:
            self._tell("changed", by, at, fields=sorted(changed))

    def keep_rows(self, rows: Sequence[Mapping[str, Any]], *, by: User, at: datetime) -> None:
        """The rows of a CSV as its people (address, name, language, fields): encrypted."""
        self._hold()
        if self.begun:
            raise NotNow("begun")
        self.sealed = ring().seal(json.dumps([dict(row) for row in rows]).encode(), self._place)
        self.audience = {**self.audience, "kind": "csv", "rows": len(rows)}
        self._void(by)
        self._tell("rows_kept", by, at, rows=len(rows))

    def rows(self) -> list[dict[str, Any]]:
        """The rows of its CSV; none where there is none."""
        if self.sealed is None:
            return []
        found: list[dict[str, Any]] = json.loads(ring().open(self.sealed, self._place))
        return found

    def _void(self, by: User) -> None:
        """Nobody has counted or approved this one."""
        self.state = MailingState.DRAFT.value
        self.changed_by_id = by.id
        self._unapprove()

    def _unapprove(self) -> None:
        self.asked_at = self.asked_by_id = self.approved_at = self.approved_by_id = None

    # --- counted and approved ---------------------------------------------------------------

    def count(self, *, by: User, at: datetime) -> None:
        """Let a worker write down who gets it; what was decided by hand stays."""
        self._hold()
        if self.begun:
            raise NotNow("begun")
        if not self.audience.get("kind"):
            raise NotNow("no_audience")
        if not self.languages and not self.reply_id:
            raise NotNow("no_text")
        self.state, self.last_error = MailingState.COUNTING.value, None
        self._unapprove()
        self._promise("count", at)
        self._tell("counting", by, at)

    def may_be_approved_by(self, user: User) -> bool:
        """Never by whoever made, changed or asked for it."""
        return user.id not in (self.created_by_id, self.changed_by_id, self.asked_by_id)

    def ask(self, *, by: User, at: datetime) -> None:
        """Ask a second person to let it go."""
        self._expect(MailingState.COUNTED)
        self.state, self.sent_back = MailingState.ASKED.value, ""
        self.asked_at, self.asked_by_id = at, by.id
        self.approved_at = self.approved_by_id = None
        self._tell("asked", by, at, recipients=self.tally().ready)

    def approve(self, *, by: User, at: datetime) -> None:
        """The second person's word; raises `NotNow` where it would be the first one's again."""
        self._expect(MailingState.ASKED)
        if not self.may_be_approved_by(by):
            raise NotNow("own")
        self.state = MailingState.COUNTED.value
        self.approved_at, self.approved_by_id = at, by.id
        self._tell("approved", by, at, recipients=self.tally().ready)

    def send_back(self, *, by: User, at: datetime, why: str) -> None:
        """Something must be changed first; also who asked may take it back."""
        self._expect(MailingState.ASKED)
        self.state, self.sent_back = MailingState.COUNTED.value, " ".join(why.split())[:1000]
        self._unapprove()
        self._tell("sent_back", by, at, why=self.sent_back)

    def leave_out(self, recipient: MailingRecipient, *, by: User, at: datetime) -> None:
        """Fewer is always allowed, also while it runs and after somebody has approved it."""
        recipient.leave_out(by=by, at=at)

    def put_back(self, recipient: MailingRecipient, *, by: User, at: datetime) -> None:
        """More is not what was approved: the second person is asked again."""
        self._hold()
        if self.begun or self.state == MailingState.COUNTING:
            raise NotNow("begun")
        recipient.put_back(by=by, at=at)
        self._ask_again(by, at)

    def say_otherwise(self, *, by: User, at: datetime) -> None:
        """Words that it takes from elsewhere are changed by `by`: that is not what was approved.

        Raises `NotNow` once it has begun.
        """
        self._hold()
        if self.begun:
            raise NotNow("begun")
        self.changed_by_id = by.id
        self._ask_again(by, at)

    def _ask_again(self, by: User, at: datetime) -> None:
        if self.approved_at is not None or self.state == MailingState.ASKED:
            self.state = MailingState.COUNTED.value
            self._unapprove()
            self._tell("approval_void", by, at)

    # --- seen -------------------------------------------------------------------------------

    def tally(self) -> Tally:
        """One statement, however many they are."""
        db.session.flush()
        found = Tally()
        for state, language, why, many, replied in MailingRecipient.counted(self.id):
            found.states[state] += many
            found.replied += replied
            if state == RecipientState.LEFT_OUT:
                found.why[why] += many
            else:
                found.languages[language] += many
                if why == Why.OTHER_LANGUAGE:
                    found.other_language[language] += many
        return found

    def results(
        self, wanted: RecipientFilter | None = None, page: int = 1, size: int = PAGE
    ) -> tuple[list[MailingRecipient], bool]:
        """(one page of its recipients, whether more follow)."""
        rows = (
            MailingRecipient.of_mailing(self.id, wanted).offset((page - 1) * size).limit(size + 1)
        )
        found = list(db.session.scalars(rows))
        return found[:size], len(found) > size

    def _hold(self) -> None:
        db.session.flush()
        db.session.refresh(self, with_for_update=True)

    def _expect(self, state: MailingState) -> None:
        self._hold()
        if self.state != state:
            raise NotNow(self.state)

    def _promise(self, what: str, at: datetime) -> None:
        db.session.flush()
        later(Job.MAILING, self.id, cause=f"{what}:{at.isoformat()}")

    @property
    def _place(self) -> str:
        return f"mailing|rows|{self.id}"

    def _tell(self, what: str, by: User, at: datetime, **facts: Any) -> None:
        record(
            f"mailing.{what}", by=by, at=at, problem_id=self.problem_id, mailing=self.id, **facts
        )


def _name(typed: str) -> str:
    name = " ".join(typed.split())[:LONGEST_NAME]
    if not name:
        raise NotNow("name")
    return name
