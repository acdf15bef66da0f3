"""Where the answer of a measure is used: what names it changes with it, what copied it does not.

Nothing is written here: a use is found from the thing itself, so none is forgotten or left over.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import String, and_, cast, func, or_, select

from models.base import db
from models.call_round import CallRound
from models.draft import Draft
from models.info_page import InfoPage, InfoPageVersion, PageState
from models.macro import Macro
from models.mailing import Mailing, MailingState
from models.measure import Measure, MeasureVersion
from models.message import Message, Sending
from models.notice_text import NoticeText
from models.prepared import ReplyToAll
from models.reply_template import ReplyTemplate, ReplyTemplateVersion
from models.web_form import WebForm, WebFormVersion
from models.wrap_up import WrapUp

BEGINNING = 60
"""Signs by which the words of an answer are known again where somebody has copied them."""
PAGES = (PageState.PUBLISHED.value, PageState.SCHEDULED.value, PageState.DRAFT.value)
ASKS = (MailingState.DRAFT.value, MailingState.COUNTING.value)
"""A mailing takes its answer when it is counted: until then it says whatever holds."""
KEEPS = (
    MailingState.COUNTED.value,
    MailingState.ASKED.value,
    MailingState.RUNNING.value,
    MailingState.PAUSED.value,
)


class UseKind(StrEnum):
    PAGE = "page"
    FORM = "form"
    UNASKED = "unasked"
    """Receipts, acknowledgements and the banner of forms, where somebody switched that on."""
    MAILING = "mailing"
    TEMPLATE = "template"
    MACRO = "macro"
    NOTICE = "notice"
    ROUND = "round"
    REPLY_TO_ALL = "reply_to_all"
    DRAFT = "draft"
    SENT = "sent"
    TOLD = "told"


@dataclass(frozen=True)
class Use:
    """One place. `at_once`: it says a new version as soon as that holds."""

    kind: UseKind
    at_once: bool
    names: Mapping[str, Any] = field(default_factory=dict)
    """By language, or under '' what it is called in every language."""
    ref: str = ""
    state: str = ""
    version: int | None = None
    """Which version of the answer it has, where it keeps one."""
    count: int = 1


def uses_of(measure: Measure, naming: Iterable[InfoPageVersion] = ()) -> list[Use]:
    """Every place; `naming` are the versions of pages that name the measure in their text."""
    words = beginnings(measure.id)
    return [
        *pages(naming),
        *forms(measure),
        *unasked(measure),
        *mailings(measure),
        *copied(words),
        *drafts(measure),
        *sent(measure),
        *told(measure),
    ]


# --- what changes with it -------------------------------------------------------------------


def pages(naming: Iterable[InfoPageVersion]) -> list[Use]:
    return [Use(UseKind.PAGE, True, one.titles, one.page.slug, one.state) for one in naming]


def versions_in_use() -> list[InfoPageVersion]:
    """What is published, waits for its day or is being written, of pages that are not archived."""
    found = db.session.scalars(
        select(InfoPageVersion)
        .join(InfoPage, InfoPage.id == InfoPageVersion.page_id)
        .where(InfoPageVersion.state.in_(PAGES), InfoPage.archived_at.is_(None))
        .order_by(InfoPageVersion.state == PageState.DRAFT.value, InfoPageVersion.id)
    )
    return list(found)


def forms(measure: Measure) -> list[Use]:
    """Those that show this measure; and those of its topic that show whichever is nearest."""
    nearest = and_(
        WebForm.measure_id.is_(None),
        func.split_part(WebForm.topic_id, "/", 1) == measure.topic_id,
    )
    found = db.session.scalars(
        WebForm.offered().where(or_(WebForm.measure_id == measure.id, nearest))
    )
    newest = WebFormVersion.newest()
    return [
        Use(
            UseKind.FORM,
            True,
            newest[one.id].names if one.id in newest else {"": one.code},
            one.code,
        )
        for one in found
    ]


def unasked(measure: Measure) -> list[Use]:
    return [Use(UseKind.UNASKED, True)] if measure.told_at_once else []


def mailings(measure: Measure) -> list[Use]:
    rows = db.session.execute(
        select(Mailing.id, Mailing.name, Mailing.state, MeasureVersion.version)
        .outerjoin(MeasureVersion, MeasureVersion.id == Mailing.answer_version_id)
        .where(
            or_(
                MeasureVersion.measure_id == measure.id,
                and_(
                    Mailing.measure_id == measure.id,
                    cast(Mailing.texts, String).contains("{answer"),
                ),
            ),
            Mailing.state.in_((*ASKS, *KEEPS, MailingState.DONE.value)),
        )
        .order_by(Mailing.id.desc())
        .limit(50)
    )
    return [
        Use(UseKind.MAILING, row.state in ASKS, {"": row.name}, str(row.id), row.state, row.version)
        for row in rows
    ]


# --- what has copied it ---------------------------------------------------------------------


def beginnings(measure_id: int) -> list[tuple[int, str]]:
    """(version, how its answer or script begins) in each language; short ones prove nothing."""
    found = []
    for version in db.session.scalars(MeasureVersion.of_measure(measure_id)):
        for text in (*version.answers.values(), *version.scripts.values()):
            flat = flattened(text)
            if len(flat) >= BEGINNING:
                found.append((version.version, flat[:BEGINNING]))
    return found


def copied(words: list[tuple[int, str]]) -> list[Use]:
    """Texts of ours in which these words stand: somebody has to change them by hand."""
    if not words:
        return []
    found = []
    for kind, ref, names, texts in texts_in_use():
        whole = flattened(" ".join(texts))
        versions = [version for version, beginning in words if beginning in whole]
        if versions:
            found.append(Use(kind, False, names, ref, version=max(versions)))
    return found


def texts_in_use() -> Iterable[tuple[UseKind, str, Mapping[str, Any], list[str]]]:
    """(kind, reference, names, texts) of what is offered, told or said at present."""
    templates = db.session.scalars(
        select(ReplyTemplate).where(ReplyTemplate.retired_at.is_(None))
    ).all()
    newest = ReplyTemplateVersion.newest_of([one.id for one in templates])
    for template in templates:
        if version := newest.get(template.id):
            yield (
                UseKind.TEMPLATE,
                str(template.id),
                version.names,
                strings([version.texts, version.spoken]),
            )
    for notice in NoticeText.everything():
        if notice.told:
            yield UseKind.NOTICE, notice.kind, {"": notice.kind}, strings(notice.texts)
    open_rounds = select(CallRound).where(CallRound.closed_at.is_(None))
    for one in db.session.scalars(open_rounds):
        yield UseKind.ROUND, str(one.id), {"": one.name}, strings([one.scripts, one.changed])
    replies = select(ReplyToAll).where(ReplyToAll.withdrawn_at.is_(None))
    for reply in db.session.scalars(replies.order_by(ReplyToAll.id.desc()).limit(50)):
        yield UseKind.REPLY_TO_ALL, str(reply.problem.number), {}, strings(reply.texts)
    for macro in db.session.scalars(select(Macro).where(Macro.retired_at.is_(None))):
        yield UseKind.MACRO, str(macro.id), macro.names, strings(macro.steps)


def strings(value: Any) -> list[str]:
    """All words in a nest of lists and objects."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for one in value.values() for text in strings(one)]
    if isinstance(value, list | tuple):
        return [text for one in value for text in strings(one)]
    return []


def flattened(text: Any) -> str:
    return " ".join(str(text or "").split())


# --- what was said with it ------------------------------------------------------------------


def drafts(measure: Measure) -> list[Use]:
    """Answers that agents are writing with it: they keep what was put in."""
    rows = versions_counted(
        select(MeasureVersion.version, func.count())
        .join(Draft, Draft.fields["answer_version"].astext == cast(MeasureVersion.id, String))
        .where(MeasureVersion.measure_id == measure.id, Draft.sealed.is_not(None))
    )
    return [Use(UseKind.DRAFT, False, version=version, count=count) for version, count in rows]


def sent(measure: Measure) -> list[Use]:
    """Messages that were written with each version, the newest version first."""
    gone = (Sending.WAITING.value, Sending.SENT.value, Sending.HELD.value)
    rows = versions_counted(
        select(MeasureVersion.version, func.count())
        .join(Message, Message.answer_version_id == MeasureVersion.id)
        .where(MeasureVersion.measure_id == measure.id, Message.state.in_(gone))
    )
    return [Use(UseKind.SENT, False, version=version, count=count) for version, count in rows]


def told(measure: Measure) -> list[Use]:
    """On the telephone."""
    rows = versions_counted(
        select(MeasureVersion.version, func.count())
        .join(WrapUp, WrapUp.answer_version_id == MeasureVersion.id)
        .where(MeasureVersion.measure_id == measure.id)
    )
    return [Use(UseKind.TOLD, False, version=version, count=count) for version, count in rows]


def versions_counted(statement: Any) -> list[tuple[int, int]]:
    ordered = statement.group_by(MeasureVersion.version).order_by(MeasureVersion.version.desc())
    return [(int(version), int(count)) for version, count in db.session.execute(ordered)]
