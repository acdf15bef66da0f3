"""From tickets of Zammad, with their articles and files, to matters. Pure: no database.

What has no place of its own here becomes a remark, see docs/imports.md: nothing is dropped without
a word.
"""

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import getaddresses
from typing import IO, Any

from models.base import db_safe
from triage.importing.json_stream import NoJson, members
from triage.importing.record import Doubt, Entry, File, Matter, Person, Record, Refused
from triage.importing.table import NoTable
from triage.importing.values import LONGEST_TEXT, channel_of, closed_by, past
from triage.intake.addresses import normalised_address
from triage.intake.phone import e164
from triage.intake.plain import read_html

NAMES = {
    "users": "user",
    "customers": "user",
    "groups": "group",
    "ticket_states": "state",
    "states": "state",
    "ticket_priorities": "priority",
    "priorities": "priority",
    "organizations": "organization",
    "ticket_article_types": "type",
    "ticket_article_senders": "sender",
}
"""Lists beside `tickets` by which numbers become names."""
MEANT = frozenset(
    {"id", "title", "topic", "group", "group_id", "state", "state_id", "customer", "customer_id"}
    | {"owner", "owner_id", "created_at", "close_at", "articles"}
)
"""What of a ticket has a place of its own here."""
COMPUTED = frozenset(
    {"updated_at", "article_ids", "article_count", "preferences", "checklist_id", "escalation_at"}
    | {"create_article_type", "create_article_type_id", "create_article_sender"}
    | {"create_article_sender_id", "created_by", "created_by_id", "updated_by", "updated_by_id"}
    | {"first_response_at", "first_response_escalation_at", "first_response_in_min"}
    | {"first_response_diff_in_min", "close_escalation_at", "close_in_min", "close_diff_in_min"}
    | {"update_escalation_at", "update_in_min", "update_diff_in_min", "last_close_at"}
    | {"last_contact_at", "last_contact_agent_at", "last_contact_customer_at"}
    | {"last_owner_update_at", "ticket_time_accounting", "ticket_time_accounting_ids"}
    | {"priority_id", "organization_id"}
)
"""What Zammad itself computes from the rest, or says a second time by a number."""
SENT = ("email", "sms", "chat", "web", "telegram personal-message", "whatsapp message")
"""Articles of agents that went to somebody."""
TYPED = {"telegram personal-message": "chat", "whatsapp message": "chat"}
PLAIN_STATES = ("", "new", "open", "closed")
"""Those that we have too; what another one says stands in a remark."""
FIRST_USER = "1"
"""Zammad's own: who has nobody is its."""


@dataclass
class _Known:
    """The people and names of the file, by their number."""

    users: dict[str, dict[str, str]] = field(default_factory=dict)
    names: dict[tuple[str, str], str] = field(default_factory=dict)

    def name(self, thing: Mapping[str, Any], kind: str) -> str:
        """A name as it stands there, or the one of its number."""
        written = thing.get(kind)
        if isinstance(written, dict):
            written = written.get("name")
        return _text(written or self.names.get((kind, str(thing.get(f"{kind}_id")))))

    def user(self, thing: Mapping[str, Any], kind: str) -> dict[str, str]:
        """Somebody, by number; else by what stands there: an address or a login."""
        found = self.users.get(str(thing.get(f"{kind}_id") or ""))
        if found is not None:
            return found
        written = _text(thing.get(kind))
        return {"email": written} if "@" in written else {"login": written} if written else {}


USER_FIELDS = ("login", "firstname", "lastname", "email", "phone", "mobile")


def records(opened: Callable[[], IO[bytes]], at: datetime) -> Iterator[Record]:
    """The file is read twice: for its people and names, which may stand at its end, and then for
    its tickets, one after the other."""
    known, line = _Known(), 0
    try:
        for name, one in members(opened()):
            _learn(known, name, one)
        for name, ticket in members(opened()):
            if name in ("", "tickets"):
                line += 1
                yield _record(line, ticket, known, at)
    except NoJson:
        raise NoTable("no_json") from None
    if not line:
        raise NoTable("empty")


def _learn(known: _Known, name: str, one: Any) -> None:
    kind = NAMES.get(name)
    if kind is None or not isinstance(one, dict):
        return
    number = str(one.get("id"))
    if kind == "user":
        known.users[number] = {key: _text(one[key]) for key in USER_FIELDS if one.get(key)}
    else:
        known.names[kind, number] = _text(one.get("name"))


def _record(line: int, ticket: Any, known: _Known, at: datetime) -> Record:
    external_id = _text(ticket.get("id"))[:200] if isinstance(ticket, dict) else ""
    try:
        if not external_id:
            raise Refused("no_id")
        matter, doubts = _matter(ticket, known, at)
        return Record(line, external_id, matter=matter, doubts=doubts, written=[external_id])
    except Refused as refused:
        return Record(line, external_id, str(refused), doubts=refused.doubts, written=[external_id])
    except (AttributeError, TypeError, KeyError):
        return Record(line, external_id, "no_shape", written=[external_id])


# --- a ticket -------------------------------------------------------------------------------


def _matter(
    ticket: dict[str, Any], known: _Known, at: datetime
) -> tuple[Matter, tuple[Doubt, ...]]:
    written = ticket.get("articles") or []
    customer = known.user(ticket, "customer")
    found = [_article(one, known, customer, at) for one in written]
    entries = sorted((entry for entry, _ in found), key=lambda entry: entry.at)
    doubts = [doubt for _, some in found for doubt in some]
    absent = [doubt.word for doubt in doubts]
    first = next((entry for entry in entries if entry.kind == "contact"), None)
    if first is None:
        raise Refused("nothing_said")
    opened_at = past(_text(ticket.get("created_at")) or first.at.isoformat(), at)
    state = known.name(ticket, "state")
    over, doubted = closed_by(state)
    closed_at = None
    if over:
        last = max(entries[-1].at, opened_at)
        closed_at = past(_text(ticket["close_at"]), at) if ticket.get("close_at") else last
        if closed_at < min(opened_at, first.at):
            raise Refused("ends_before_it_begins")
    matter = Matter(
        _text(ticket.get("title"))[:500],
        _person(customer, first),
        entries,
        min(opened_at, first.at),
        closed_at,
        topic=_text(ticket.get("topic")),
        team=known.name(ticket, "group"),
        owner=_owner(ticket, known),
        remarks=(
            *_remarks(ticket, known, state),
            *([f"attachments without content: {', '.join(absent)}"] if absent else []),
        ),
    )
    return matter, (*doubted, *doubts)


def _owner(ticket: Mapping[str, Any], known: _Known) -> tuple[str, ...]:
    if str(ticket.get("owner_id")) == FIRST_USER or ticket.get("owner") == "-":
        return ()
    user = known.user(ticket, "owner")
    return tuple(filter(None, (user.get("login"), user.get("email"), _name(user))))


def _remarks(ticket: Mapping[str, Any], known: _Known, state: str) -> Iterator[str]:
    """What has no place of its own here, each with the name that Zammad gives it."""
    for kind in ("priority", "organization"):
        if name := known.name(ticket, kind):
            yield f"{kind}: {name}"
    if state.casefold() not in PLAIN_STATES:
        yield f"state: {state}"
    for name in sorted(ticket.keys() - MEANT - COMPUTED - {"priority", "organization"}):
        value = ticket[name]
        if value not in (None, "", [], {}):
            yield f"{_text(name)}: {_shown(value)}"


def _shown(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(one, str | int | float) for one in value):
        return ", ".join(_text(one) for one in value)
    return _text(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


# --- an article -----------------------------------------------------------------------------


def _article(
    article: dict[str, Any], known: _Known, customer: Mapping[str, str], at: datetime
) -> tuple[Entry, list[Doubt]]:
    kind = (known.name(article, "type") or "email").casefold()
    sender = known.name(article, "sender").casefold()
    body = _text(article.get("body"))[:LONGEST_TEXT]
    if "html" in _text(article.get("content_type")):
        body = read_html(body).text
    recipients, copies = _addresses(article.get("to")), _addresses(article.get("cc"))
    files, absent = _files(article.get("attachments") or [])
    entry = Entry(
        _kind_of(article, sender, kind, recipients, customer),
        past(_text(article.get("created_at")), at),
        external_id=_text(article.get("id")),
        subject=_text(article.get("subject"))[:500],
        text=body,
        author=_text(article.get("from") or article.get("created_by"))[:300],
        recipient=next(iter(recipients), ""),
        copies=(*recipients, *copies),
        message_id=_text(article.get("message_id"))[:500] or None,
        in_reply_to=_text(article.get("in_reply_to"))[:500] or None,
        files=files,
        raw=_without_files(article),
    )
    doubts = [Doubt("file", name) for name in absent]
    if entry.kind == "contact":
        entry = replace(entry, channel=channel_of(TYPED.get(kind, kind)))
    if entry.kind == "note":
        entry = replace(entry, text=_note(entry, kind, bool(article.get("internal"))))
    return entry, doubts


def _kind_of(
    article: Mapping[str, Any],
    sender: str,
    kind: str,
    recipients: tuple[str, ...],
    customer: Mapping[str, str],
) -> str:
    """An internal mail has left all the same: where it went to the client it is an answer."""
    if sender == "customer":
        return "contact"
    to_client = normalised_address(customer.get("email", "")) in recipients
    if kind not in SENT or (article.get("internal") and not (kind == "email" and to_client)):
        return "note"
    return "receipt" if sender == "system" else "answer"


def _note(entry: Entry, kind: str, internal: bool) -> str:
    """A note that the client could read there says so."""
    marks = [] if internal else ["public"]
    marks += [kind] if kind != "note" else []
    return f"({', '.join(marks)}) {entry.text}" if marks else entry.text


def _files(written: Any) -> tuple[tuple[File, ...], list[str]]:
    """(the files, the names of those whose content is not there or cannot be read)."""
    files, absent = [], []
    for one in written:
        told = {key.casefold(): value for key, value in (one.get("preferences") or {}).items()}
        name = _text(one.get("filename") or one.get("name")) or "file"
        kind = _text(one.get("mime-type") or told.get("content-type") or told.get("mime-type"))
        content = _content(one)
        if content is None:
            absent.append(name)
            continue
        inline = bool(told.get("content-id")) and kind.startswith("image/")
        files.append(File(name[:200], kind or "application/octet-stream", content, inline))
    return tuple(files), absent


def _content(file: Mapping[str, Any]) -> bytes | None:
    """None where it does not stand there, or cannot be read."""
    written = file.get("data")
    if not isinstance(written, str) or (not written and str(file.get("size") or "0") != "0"):
        return None
    try:
        return base64.b64decode("".join(written.split()), validate=True)
    except ValueError:
        return None


def _without_files(article: dict[str, Any]) -> bytes:
    """As it came, but for the content of its files, which is kept beside it."""
    named = [
        {key: value for key, value in one.items() if key != "data"}
        for one in article.get("attachments") or []
    ]
    kept = article | ({"attachments": named} if named else {})
    return json.dumps(kept, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")


# --- people ---------------------------------------------------------------------------------


def _person(user: Mapping[str, str], first: Entry) -> Person:
    [(shown, address)] = getaddresses([first.author])[:1] or [("", "")]
    email = user.get("email") or (address if "@" in address else "")
    name = _name(user) or shown or ("" if "@" in first.author else first.author)
    numbers = [e164(user.get(key, "")) for key in ("phone", "mobile")]
    return Person(
        name.strip()[:300],
        tuple(filter(None, [normalised_address(email)])) if email else (),
        tuple(dict.fromkeys(number for number in numbers if number)),
    )


def _name(user: Mapping[str, str]) -> str:
    return " ".join(filter(None, (user.get("firstname"), user.get("lastname"))))


def _addresses(written: Any) -> tuple[str, ...]:
    found = [normalised_address(address) for _, address in getaddresses([_text(written)])]
    return tuple(dict.fromkeys(address for address in found if address))


def _text(value: Any) -> str:
    return db_safe(str(value)) if value is not None else ""
