"""The minutes, which nobody types: what a meeting leaves, as Markdown and as a table."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from flask_babel import gettext as _
from flask_babel import ngettext

from models import calendar
from models.action import Action
from models.base import db
from models.decision import Decided, Escalation
from models.problem import Problem
from models.problem_day import ProblemDay
from models.screening import Screening
from models.team import Team
from triage.display import clock, label, team_name, title, weekday
from triage.screening.board import Reading, reading
from triage.screening.meeting_agenda import attending
from triage.spreadsheet import cell


@dataclass(frozen=True)
class Line:
    """One decision, as it stands in the minutes."""

    decided: Decided
    title: str
    figures: ProblemDay | None
    actions: list[Action]
    correction: bool

    @property
    def choice(self) -> str:
        return str(label("problem_state", self.decided.choice))

    @property
    def owner(self) -> str:
        if self.decided.owner is not None:
            return self.decided.owner.name
        return ", ".join(action.owner_name for action in self.actions if action.owner_name)

    @property
    def what(self) -> str:
        """The kind of the action and what exactly, or why it is ignored."""
        words = [
            ": ".join(filter(None, (str(label("action_kind", action.kind)), action.what)))
            for action in self.actions
        ]
        return "; ".join(filter(None, [*words, self.decided.reason]))


@dataclass
class Minutes:
    """All that a meeting leaves."""

    day: date
    screening: Screening | None
    team: Team | None
    reading: Reading
    lines: list[Line] = field(default_factory=list)
    escalations: list[Escalation] = field(default_factory=list)
    left: list[Problem] = field(default_factory=list)
    people: list[str] = field(default_factory=list)

    @property
    def standing(self) -> list[Line]:
        return [line for line in self.lines if not line.decided.undone]

    @property
    def heading(self) -> str:
        if self.team is None:
            return str(_("Minutes of the screening"))
        return str(_("Minutes of the screening of %(team)s", team=team_name(self.team)))

    @property
    def held(self) -> str:
        """From when to when, and by whom it was opened."""
        screening = self.screening
        if screening is None or screening.opened_at is None:
            return str(_("No meeting was held on this day."))
        by = screening.opened_by.name if screening.opened_by else "—"
        if screening.first_closed_at is None:
            began = clock(screening.opened_at)
            return str(_("opened at %(began)s by %(by)s, not closed", began=began, by=by))
        took = screening.first_closed_at - screening.opened_at
        return str(
            ngettext(
                "%(began)s to %(ended)s, one minute; opened by %(by)s",
                "%(began)s to %(ended)s, %(num)s minutes; opened by %(by)s",
                max(1, round(took.total_seconds() / 60)),
                began=clock(screening.opened_at),
                ended=clock(screening.first_closed_at),
                by=by,
            )
        )


def minutes_of(screening: Screening | None, day: date, team: Team | None, at: datetime) -> Minutes:
    """The minutes as they stand; a board that was frozen keeps the figures of its meeting."""
    made = Minutes(day, screening, team, reading(day, at))
    if screening is None:
        return made
    board = screening.board
    if board is not None:
        made.reading = Reading(board.since, board.contacts, board.read, made.reading.mark)
    decisions = db.session.scalars(Decided.ever_of(screening.id)).all()
    shown = [one for one in decisions if not one.undone or screening.corrected(one)]
    actions = Action.decided_in(
        [one for decided in shown for one in decided.problem_ids],
        [decided.at for decided in shown],
    )
    for decided in shown:
        card = board.card(decided.problem_id) if board else None
        row = card.row(day) if card else ProblemDay.on(decided.problem_id, day)
        mine = [
            action
            for action in actions
            if action.problem_id in decided.problem_ids and action.decided_at == decided.at
        ]
        corrected = screening.corrected(decided)
        made.lines.append(Line(decided, title(decided.problem), row, mine, corrected))
    made.escalations = list(Escalation.asked_in(screening.id).values())
    left = screening.carried.get("problems", []) if screening.closed_at else screening.left()
    made.left = [one for one in map(Problem.named, left) if one is not None]
    made.people = attending(screening)
    return made


def as_markdown(made: Minutes) -> str:
    """The minutes as a text that reads well by itself."""
    return "\n".join(_markdown(made)).rstrip() + "\n"


def _markdown(made: Minutes) -> Iterator[str]:
    yield f"# {plain(made.heading)}, {weekday(made.day)} {made.day.year}"
    yield ""
    yield plain(made.held)
    yield ""
    if made.people:
        yield f"**{_('Present')}**: {plain(', '.join(made.people))}"
        yield ""
    yield f"## {_('Decisions')}"
    yield ""
    for line in made.lines:
        yield f"- {decision_words(line)}"
    if not made.lines:
        yield str(_("Nothing was decided on this day."))
    yield ""
    if made.escalations:
        yield f"## {_('For everybody’s meeting')}"
        yield ""
        for asked in made.escalations:
            yield f"- **{plain(title(asked.problem))}**: {plain(asked.reason)}"
        yield ""
    if made.left:
        yield f"## {_('Not reached, carried over')}"
        yield ""
        for problem in made.left:
            yield f"- {plain(title(problem))}"
        yield ""
    screening = made.screening
    if screening is not None and screening.sentence:
        yield f"## {_('Sentence for everybody')}"
        yield ""
        for code, text in screening.sentence.items():
            yield f"- {code.upper()}: {plain(text)}"
        yield ""
    if screening is not None and screening.notes:
        yield f"## {_('Notes')}"
        yield ""
        for line_of_notes in screening.notes.splitlines():
            yield plain(line_of_notes)


def decision_words(line: Line) -> str:
    """One decision in a line: the problem, what was decided, who, until when, what."""
    decided = line.decided
    parts = [f"**{plain(line.title)}** (#{decided.problem.number})"]
    if line.figures is not None:
        clients = line.figures.lately.clients
        parts.append(str(ngettext("%(num)s client", "%(num)s clients", clients)))
    parts.append(f"**{line.choice}**")
    if line.owner:
        parts.append(plain(line.owner))
    if decided.due_on:
        parts.append(str(_("until %(day)s", day=weekday(decided.due_on))))
    if line.what:
        parts.append(plain(line.what))
    words = " · ".join(parts) + f" ({plain(decided.by.name)}, {clock(decided.at)})"
    if decided.undone:
        return f"~~{words}~~ {correction_words(line)}"
    return f"{words} {correction_words(line)}".rstrip()


def correction_words(line: Line) -> str:
    """What was changed after the meeting says so, and who did it."""
    decided = line.decided
    if not line.correction:
        return ""
    if decided.undone and decided.undone_at is not None:
        by = decided.undone_by.name if decided.undone_by else "—"
        when = f"{weekday(calendar.business_day(decided.undone_at))} {clock(decided.undone_at)}"
        return str(_("Correction: taken back by %(name)s, %(when)s", name=by, when=when))
    return str(_("Correction: decided after the meeting"))


def as_csv(made: Minutes) -> str:
    """One row for each decision, card sent upward or carried over; UTF-8, commas, RFC 4180."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(
        [
            _("Day"),
            _("Problem number"),
            _("Problem"),
            _("Clients"),
            _("Contacts"),
            _("Expected"),
            _("Decision"),
            _("Who"),
            _("Until"),
            _("How"),
            _("What exactly"),
            _("Reason"),
            _("Decided by"),
            _("Decided at"),
            _("Correction"),
        ]
    )
    for line in made.lines:
        decided, seen = line.decided, line.figures.lately if line.figures else None
        table.writerow(
            [
                made.day.isoformat(),
                decided.problem.number,
                cell(line.title),
                seen.clients if seen else "",
                seen.contacts if seen else "",
                round(seen.expected, 1) if seen and seen.expected is not None else "",
                cell(line.choice),
                cell(line.owner),
                decided.due_on.isoformat() if decided.due_on else "",
                cell("; ".join(str(label("action_kind", one.kind)) for one in line.actions)),
                cell("; ".join(one.what for one in line.actions if one.what)),
                cell(decided.reason),
                cell(decided.by.name),
                decided.at.astimezone(calendar.BRUSSELS).isoformat(timespec="seconds"),
                cell(correction_words(line)),
            ]
        )
    for problem, word, why in [
        *((one.problem, _("For everybody’s meeting"), one.reason) for one in made.escalations),
        *((one, _("Not reached, carried over"), "") for one in made.left),
    ]:
        table.writerow(
            [
                made.day.isoformat(),
                problem.number,
                cell(title(problem)),
                *[""] * 3,
                word,
                *[""] * 4,
                cell(why),
                *[""] * 3,
            ]
        )
    return out.getvalue()


def plain(text: str) -> str:
    """A text whose signs mean nothing in Markdown, on one line."""
    return re.sub(r"([\\`*_\[\]<>#|~])", r"\\\1", " ".join(text.split()))
