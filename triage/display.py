"""How things are shown: words for states, times as people say them, and what every page knows.

Templates find here the names `label`, `ago`, `due`, `title`, `number`, `percent`, `asset`,
`reader_language` and, on full pages, `reader`, `places`, `sentence` and `preparing`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from babel.core import Locale
from babel.dates import format_timedelta
from flask import Flask, current_app, g, has_app_context, request, url_for
from flask_babel import (
    LazyString,
    format_date,
    format_datetime,
    format_decimal,
    format_percent,
    get_locale,
    get_timezone,
    to_user_timezone,
)
from flask_babel import lazy_gettext as _
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError

from models.base import now
from models.calendar import business_day
from models.callback_list import Reminder, calls_waiting, reminder_for
from models.measure import MeasureVersion
from models.policy import Verb, may
from models.problem import Problem
from models.problem_day import ProblemDay
from models.screening import Screening
from models.team import Team
from models.ticket_list import waiting_counts
from models.topic import LANGUAGES
from models.user import User
from triage import defects
from triage.asked_once import intents, topics
from triage.endings import choosable_names, ending_names
from triage.file_kinds import kind_of_file

DAY = timedelta(days=1)
REMINDED = timedelta(minutes=10)
"""So long before a call-back is due its owner is reminded."""
RINGS = timedelta(hours=2)
"""A call that neither was answered nor ended for this long is no longer shown as ringing."""


def init_app(app: Flask) -> None:
    """Teach the templates our filters, and give full pages what their frame shows."""
    app.jinja_env.filters.update(
        ago=ago,
        full=full,
        due=due,
        number=number,
        percent=percent,
        weekday=weekday,
        short_weekday=short_weekday,
        size=size,
        clock=clock,
        day=day_of_year,
        browser=browser,
        team_name=team_name,
    )
    app.jinja_env.globals.update(
        LANGUAGES=LANGUAGES,
        asset=asset,
        confidence_word=confidence_word,
        kind_of_file=kind_of_file,
        label=label,
        labels=labels,
        language_name=language_name,
        now=now,
        phone=phone,
        reader_language=reader_language,
        team_name=team_name,
        telling=defects.telling,
        this_day=this_day,
        measures_due=measures_due,
        title=title,
        topic_name=topic_name,
        intent_name=intent_name,
    )
    app.context_processor(frame)


def size(count: int) -> str:
    """How large a file is, in the reader's units."""
    byte = "o" if reader_language() == "fr" else "B"
    for factor, prefix in ((1_000_000, "M"), (1_000, "k")):
        if count >= factor:
            return f"{format_decimal(round(count / factor, 1))}\N{NO-BREAK SPACE}{prefix}{byte}"
    return f"{format_decimal(count)}\N{NO-BREAK SPACE}{byte}"


# --- what every page knows ------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """One entry of the left column."""

    name: str
    endpoint: str
    word: LazyString
    icon: str
    key: str
    verb: Verb

    @property
    def here(self) -> bool:
        return (request.endpoint or "").startswith(f"{self.name}.")

    @property
    def url(self) -> str:
        return url_for(self.endpoint)

    @property
    def count(self) -> int:
        return counts().get(self.name, 0)


PLACES = (
    Place("desk", "desk.index", _("Desk"), "inbox", "d", Verb.WORK),
    Place("calls", "calls.index", _("Calls"), "telephone", "c", Verb.WORK),
    Place("screening", "screening.board", _("Screening"), "binoculars", "s", Verb.SEE_BOARD),
    Place("outreach", "outreach.index", _("Outreach"), "megaphone", "o", Verb.WORK),
    Place("dashboards", "dashboards.index", _("Dashboard"), "bar-chart", "b", Verb.SEE_FIGURES),
    Place(
        "teaching",
        "teaching.versions.index",
        _("Classifier"),
        "cpu",
        "k",
        Verb.TEND_CLASSIFIER,
    ),
    Place("admin", "admin.index", _("Admin"), "gear", "m", Verb.READ_QUARANTINE),
)


def frame() -> dict[str, Any]:
    """What the frame around a page needs. A page about a fault must not fail for want of it."""
    reader = who_reads()
    return {
        "reader": reader,
        "places": places(reader) if reader else [],
        "allowed": lambda verb: reader is not None and may(reader, Verb(verb)),
        "counts": counts,
        "sentence": sentence,
        "callback_reminder": callback_reminder,
    }


def who_reads() -> User | None:
    try:
        user = current_user.user if current_user and current_user.is_authenticated else None
    except SQLAlchemyError:
        return None
    return user if isinstance(user, User) else None


def places(reader: User) -> list[Place]:
    return [
        place
        for place in PLACES
        if place.endpoint in current_app.view_functions and may(reader, place.verb)
    ]


def counts() -> dict[str, int]:
    """What waits, per place and per view of the desk; asked once per request."""
    if "counts" not in g:
        reader = who_reads()
        g.counts = _counts(reader) if reader else {}
    found: dict[str, int] = g.counts
    return found


def _counts(reader: User) -> dict[str, int]:
    found = waiting_counts(reader) if may(reader, Verb.WORK) else {}
    at = now()
    return {
        **found,
        "desk": found.get("team", 0),
        "calls": calls_waiting(reader, at - RINGS, at) if may(reader, Verb.WORK) else 0,
        "screening": ProblemDay.pressing(business_day(at)),
        "outreach": len(measures_due()),
    }


def measures_due() -> list[MeasureVersion]:
    """Measures that whoever leads should look at: asked once per request."""
    if "measures_due" not in g:
        reader = who_reads()
        leads = reader is not None and may(reader, Verb.LEAD)
        g.measures_due = MeasureVersion.needing_a_look(business_day(now())) if leads else []
    found: list[MeasureVersion] = g.measures_due
    return found


def sentence() -> str:
    """Today's sentence for everybody, in the reader's language or another that there is."""
    held = Screening.if_held(business_day(now()))
    said = held.sentence if held else {}
    return str(said.get(reader_language()) or next((text for text in said.values() if text), ""))


def callback_reminder() -> Reminder | None:
    """What the reader should call back now."""
    reader = who_reads()
    return reminder_for(reader, now(), REMINDED) if reader else None


# --- times and numbers ----------------------------------------------------------------------


def reader_language() -> str:
    locale = get_locale()
    return locale.language if locale and locale.language in LANGUAGES else "en"


def ago(at: datetime | None) -> str:
    """How long ago within a day, then the weekday with the time, then the date."""
    if at is None:
        return "—"
    passed = now() - at
    if timedelta(minutes=-1) < passed < timedelta(minutes=1):
        return str(_("now"))
    if timedelta(0) <= passed < DAY:
        return lasting(passed)
    if timedelta(0) <= passed < 6 * DAY:
        return written(at, "EEE HH:mm")
    if at.year == now().year:
        return written(at, "d MMM HH:mm")
    return written(at, "d MMM y")


def full(at: datetime | None) -> str:
    """The whole date and time, in Brussels."""
    return written(at, f"{day_pattern()} y HH:mm") if at else ""


def clock(at: datetime | None) -> str:
    return written(at, "HH:mm") if at else ""


def written(at: datetime, pattern: str) -> str:
    """A time as the reader writes it. Lists show the same times again every few seconds."""
    return _written(at, pattern, get_locale(), get_timezone())


@lru_cache(maxsize=8192)
def _written(at: datetime, pattern: str, _locale: Any, _timezone: Any) -> str:
    return str(format_datetime(at, pattern))


def day_of_year(day: Any) -> str:
    return str(format_date(day, "medium")) if day else ""


def this_day() -> date:
    return business_day(now())


def weekday(day: Any) -> str:
    return str(format_date(day, day_pattern())) if day else ""


def short_weekday(day: Any) -> str:
    """For a row of days to choose from."""
    return str(format_date(day, "EEE d/M")) if day else ""


def day_pattern() -> str:
    return "EEEE, d. MMMM" if reader_language() == "de" else "EEEE d MMMM"


def due(at: datetime | None) -> str:
    """What is left until a deadline, or by how much it is late, in the largest unit."""
    if at is None:
        return ""
    left = at - now()
    days = abs(to_user_timezone(at).date() - to_user_timezone(now()).date()).days
    if days >= 1:
        words = lasting(timedelta(days=days), "day", threshold=1000)
    else:
        words = lasting(abs(left))
    return str(words if left >= timedelta(0) else _("%(time)s late", time=words))


def lasting(time: timedelta, unit: Any = "second", threshold: float = 1.2) -> str:
    """A length of time in its largest unit, short: 12 min, 3 h, 6 d."""
    return _lasting(timedelta(seconds=int(time.total_seconds())), unit, threshold, get_locale())


@lru_cache(maxsize=8192)
def _lasting(time: timedelta, unit: Any, threshold: float, locale: Any) -> str:
    return format_timedelta(
        time, granularity=unit, format="short", threshold=threshold, locale=locale
    )


def number(value: float | int | None) -> str:
    return "—" if value is None else str(format_decimal(value))


def percent(share: float | None) -> str:
    return "—" if share is None else str(format_percent(share, "#,##0\u00a0%"))


def phone(e164: str) -> str:
    """A Belgian or foreign number in groups that can be read aloud."""
    if not e164.startswith("+32"):
        return e164
    rest = e164[3:]
    if len(rest) == 9:
        return f"+32 {rest[:3]} {rest[3:5]} {rest[5:7]} {rest[7:]}"
    zone = 1 if rest[:1] in "2349" else 2
    return f"+32 {rest[:zone]} {rest[zone:-4]} {rest[-4:-2]} {rest[-2:]}"


def browser(signature: str) -> str:
    """The name of a browser and of its system out of all that it says of itself."""
    known = {"Edg": "Edge", "OPR": "Opera", "Firefox": "", "Chrome": "", "Safari": ""}
    systems = ("Windows", "Android", "iPhone", "iPad", "Mac OS X", "Linux")
    name = next((word or sign for sign, word in known.items() if f"{sign}/" in signature), "")
    system = next((one for one in systems if one in signature), "")
    return " · ".join(filter(None, (name, system))) or signature[:40] or "—"


def confidence_word(confidence: float) -> str:
    """sure, likely or unsure: the same three words everywhere."""
    return "sure" if confidence >= 0.9 else "likely" if confidence >= 0.6 else "unsure"


def asset(name: str) -> str:
    """The address of one of our own static files, new whenever its content is."""
    return url_for(
        "static", filename=name, v=_fingerprint(Path(current_app.static_folder or ""), name)
    )


@cache
def _fingerprint(folder: Path, name: str) -> str:
    return sha256((folder / name).read_bytes()).hexdigest()[:10]


# --- names ----------------------------------------------------------------------------------


def title(problem: Problem, beside: str | None = None) -> str:
    """What people call a problem, else its thing, symptom, stage and topic; not the topic `beside`
    it."""
    called = problem.titles.get(reader_language()) or next(
        (text for text in problem.titles.values() if text), ""
    )
    if called:
        return str(called)
    parts = [
        str(label(axis, value))
        for axis, value in (
            ("thing", problem.thing),
            ("symptom", problem.symptom),
            ("stage", problem.stage),
        )
        if value and value != "none"
    ]
    if problem.topic_id and (problem.topic_id != beside or not parts):
        parts.append(topic_name(problem.topic_id))
    return " · ".join(parts) or str(_("Problem %(number)s", number=problem.number))


def topic_name(topic_id: str | None) -> str:
    """A topic's or sub-topic's name in the reader's language."""
    topic = topics().get(topic_id or "")
    return topic.name(reader_language()) if topic else (topic_id or "")


def intent_name(intent_id: str | None) -> str:
    if not intent_id:
        return ""
    intent = next((one for one in intents() if one.id == intent_id), None)
    return intent.name(reader_language()) if intent else intent_id


def team_name(team: Team) -> str:
    return team.name(reader_language())


def language_name(code: str | None) -> str:
    """A language's name in the reader's own."""
    if not code:
        return ""
    return _language_in(code, reader_language())


@cache
def _language_in(code: str, language: str) -> str:
    return Locale.parse(code).get_display_name(language) or code


def label(kind: str, value: str | None) -> LazyString | str:
    """The word for a state, channel, disposition …; the value itself where none is written."""
    if kind == "disposition" and value and has_app_context():
        named = ending_names(reader_language()).get(value)
        if named is not None:
            return named
    return LABELS.get(kind, {}).get(value or "", value or "")


def labels(kind: str) -> Mapping[str, LazyString | str]:
    """All words of a kind in their order, for choices."""
    if kind == "disposition" and has_app_context():
        return choosable_names(reader_language())
    return LABELS[kind]


LABELS: dict[str, dict[str, LazyString]] = {
    "spot": {
        "contact": _("said by the client"),
        "answer": _("in our answer"),
        "note": _("in a note"),
        "file": _("name of a file"),
        "client": _("the client's name"),
        "number": _("by its number"),
        "ticket": _("ticket"),
    },
    "status": {
        "new": _("new"),
        "open": _("open"),
        "waiting": _("waiting for the client"),
        "closed": _("closed"),
    },
    "channel": {
        "email": _("E-mail"),
        "phone": _("Phone"),
        "form": _("Web form"),
        "post": _("Letter"),
    },
    "disposition": {
        "answered": _("Answered"),
        "request_received": _("Request received"),
        "document_requested": _("Document asked"),
        "redirected": _("Redirected"),
        "escalated": _("Escalated"),
        "call_back_promised": _("Call-back promised"),
        "duplicate": _("Duplicate"),
        "no_answer": _("Client not reached"),
        "wrong_number": _("Wrong number"),
        "complaint_registered": _("Complaint registered"),
    },
    "wrap_up": {"wrapup_timeout": _("Wrap-up ran out of time")},
    "proof": {
        "name_and_birth_date": _("Name and birth date"),
        "enterprise_number": _("Enterprise number"),
        "called_back": _("Called back"),
        "known_voice": _("Known voice"),
    },
    "misinformed": {
        "counter": _("Business counter"),
        "accountant": _("Accountant"),
        "site": _("A web site"),
        "us": _("We did"),
    },
    "ending_effect": {
        "settled": _("settled: the ticket closes"),
        "owed": _("we still owe something"),
        "waiting": _("the client has to do something"),
        "unanswered": _("closed without an answer"),
    },
    "ending_asks": {
        "": _("nothing more"),
        "document": _("which document"),
        "body": _("which body"),
        "date": _("a day (makes a call-back)"),
        "ticket": _("which ticket"),
    },
    "decision": {
        "auto": _("routed by itself"),
        "preselect": _("routed, to be confirmed"),
        "suggest": _("proposed"),
        "human": _("chosen by a person"),
    },
    "confidence": {"sure": _("sure"), "likely": _("likely"), "unsure": _("unsure")},
    "trend": {
        "new": _("New"),
        "rising": _("Rising"),
        "steady": _("Steady"),
        "falling": _("Falling"),
        "regressed": _("Back again"),
    },
    "problem_state": {
        "new": _("New"),
        "watching": _("Watched"),
        "acting": _("Being solved"),
        "shipped": _("Solved, effect awaited"),
        "verified": _("Solved, contacts fell"),
        "not_effective": _("No effect"),
        "ignored": _("Ignored"),
        "closed": _("closed"),
        "not_a_problem": _("Not a problem"),
        "archived": _("Away until it rises"),
    },
    "action_kind": {
        "web_text": _("Web text"),
        "form_fix": _("Form fix"),
        "mailing": _("Mailing"),
        "script": _("Phone script"),
        "process_fix": _("Process fix"),
        "it_fix": _("IT fix"),
        "ask_authority": _("Ask the authority"),
        "staffing": _("Staffing"),
        "training": _("Training"),
    },
    "action_state": {
        "planned": _("To do"),
        "blocked": _("Blocked"),
        "live": _("Live, effect awaited"),
        "verified": _("Contacts fell"),
        "not_effective": _("No effect"),
        "settled": _("Effect unclear"),
        "cancelled": _("Dropped"),
    },
    "role": {
        "agent": _("Agent"),
        "manager": _("Manager"),
        "supervisor": _("Supervisor"),
        "administrator": _("Administrator"),
    },
    "sending": {
        "held": _("a colleague reads it first"),
        "waiting": _("waiting to leave"),
        "sent": _("sent"),
        "failed": _("not delivered"),
        "withdrawn": _("taken back"),
    },
    "message_kind": {
        "reply": _("Reply"),
        "acknowledgement": _("Receipt"),
        "notice": _("Notice"),
        "house": _("To the house"),
    },
    "refusal": {
        "unknown_address": _("This address does not exist."),
        "mailbox_full": _("The mailbox is full."),
        "refused": _("The other side refused it, as unwanted mail or by its rules."),
        "too_large": _("It is too large for the other side."),
        "delayed": _("The other side takes nothing at the moment: it is tried again."),
        "not_reached": _("The mail server cannot be reached: it is tried again."),
        "not_admitted": _("Our mail server does not accept the password."),
        "unwritable": _("It cannot be sent as it is: the address or a file is wrong."),
        "other": _("The other side did not take it."),
    },
    "withheld": {
        "machine": _("a machine wrote"),
        "list": _("it came from a mailing list"),
        "not_wanted": _("the sender wants no automatic answers"),
        "no_address": _("there is no address to send it to"),
        "no_reply": _("nobody reads this address"),
        "old": _("it was written long ago"),
        "ourselves": _("it is an address of our own"),
        "already": _("one has been sent already"),
        "same_subject": _("one was sent about the same subject today"),
        "hourly": _("this address has had two within the hour"),
        "daily": _("this address has had ten within a day"),
        "ticket_ladder": _("too many automatic mails about this ticket"),
        "ladder": _("too many automatic mails to this address"),
    },
    "advice": {
        "number": _("There is a national number in the text: it leaves masked."),
        "other_language": _("The client writes in another language."),
        "text_language": _("The text seems to be in another language than the one chosen."),
        "no_file": _("The text speaks of a file, but none is attached."),
        "greeting": _("The greeting names nobody."),
        "no_signature": _("No signature is set for this team and language: your name is."),
    },
    "callback_reason": {
        "missed_call": _("Missed call"),
        "requested": _("Asked for it"),
        "promised": _("Promised"),
        "bank_account": _("Bank account to verify"),
        "dissatisfied": _("Let down"),
        "document_missing": _("Document missing"),
        "problem": _("Known problem"),
    },
    "callback_state": {
        "proposed": _("proposed"),
        "open": _("open"),
        "taken": _("being called"),
        "done": _("done"),
        "given_up": _("given up"),
        "cancelled": _("called off"),
    },
    "attempt_result": {
        "reached": _("reached"),
        "no_answer": _("no answer"),
        "busy": _("busy"),
        "voicemail_left": _("voicemail left"),
        "wrong_number": _("wrong number"),
    },
    "callback_outcome": {
        "settled": _("Settled"),
        "more_to_do": _("More to do"),
        "satisfied": _("Satisfied now"),
        "partly_satisfied": _("Partly satisfied"),
        "not_satisfied": _("Still not satisfied"),
        "otherwise": _("Reached in another way"),
        "ticket_closed": _("The ticket was closed"),
        "not_reached": _("Not reached"),
        "wrong_number": _("Wrong number"),
        "no_number": _("No number"),
        "not_needed": _("No longer needed"),
        "mistake": _("Asked by mistake"),
        "dismissed": _("Not worth a call"),
        "joined": _("Goes on in another one"),
        "undone": _("Taken back"),
    },
    "callback_view": {
        "team": _("To call"),
        "mine": _("Mine"),
        "overdue": _("Overdue"),
        "later": _("Later"),
        "proposed": _("Proposed"),
        "given_up": _("Given up"),
        "done": _("Done"),
    },
    "call_state": {
        "newCall": _("ringing"),
        "answer": _("in conversation"),
        "hangup": _("ended"),
    },
    "call_cause": {
        "normalClearing": _("answered"),
        "missed": _("missed"),
        "busy": _("busy"),
        "cancel": _("hung up before an answer"),
        "noAnswer": _("no answer"),
        "congestion": _("not reached"),
        "notFound": _("number does not exist"),
        "forwarded": _("passed on"),
        "blocked": _("refused: blocked number"),
        "voicemail": _("missed, voicemail left"),
        "unknown": _("end unknown"),
    },
    "call_direction": {"in": _("incoming"), "out": _("outgoing")},
    "call_view": {
        "all": _("All"),
        "mine": _("Mine"),
        "team": _("My team"),
        "missed": _("Missed"),
    },
    "exchange_refusal": {
        "unreadable": _("could not be read"),
        "forged": _("wrong signature"),
    },
    "exchange_kind": {
        "generic": _("Zammad or generic CTI"),
        "sipgate": "sipgate.io",
        "placetel": "Placetel",
    },
    "intake_state": {
        "received": _("to be read"),
        "read": _("read"),
        "duplicate": _("duplicate"),
        "loop": _("our own mail"),
        "partial": _("not fully read"),
        "quarantined": _("not readable"),
    },
    "file_kind": {
        "picture": _("Picture"),
        "pdf": _("PDF"),
        "text": _("Text"),
        "document": _("Text document"),
        "sheet": _("Spreadsheet"),
        "mail": _("E-mail"),
        "calendar": _("Invitation"),
        "card": _("Business card"),
        "archive": _("Archive"),
        "sound": _("Sound"),
        "film": _("Film"),
        "page": _("Web page"),
        "other": _("File"),
    },
    "quarantine": {
        "unread": _("Unread"),
        "oversize": _("Oversize"),
        "poison": _("Broke its reader"),
        "seen": _("Seen to"),
    },
    "defect": defects.WORDS,
    "automatic": {
        "auto_reply": _("automatic reply"),
        "auto_generated": _("sent by a machine"),
        "bounce": _("not delivered"),
        "list": _("mailing list"),
        "suppress": _("sent by a machine"),
        "read_receipt": _("read receipt"),
        "own_loop": _("our own mail"),
    },
    "urgency_reason": {
        "window_closes": _("a time limit ends"),
        "deadline_named": _("a day is named"),
        "bailiff": _("bailiff"),
        "no_income": _("nothing to live on"),
        "evicted_or_cut_off": _("loses home or supply"),
        "vulnerable": _("ill or alone"),
        "despair": _("in despair"),
        "third_contact": _("third contact"),
        "asked_today": _("asks for today"),
    },
    "dissatisfied_reason": {
        "says_so": _("says so"),
        "again_and_again": _("again and again"),
        "let_down": _("was promised otherwise"),
        "nobody_answers": _("nobody answers"),
        "threatens_to_leave": _("wants to leave"),
        "ombudsman_or_court": _("names ombudsman, court or press"),
        "shouting": _("shouts"),
        "insult": _("harsh words"),
    },
    "attention": {
        "reopened_too_often": _("reopened again and again"),
        "sender_unclear": _("unclear who wrote"),
        "message_id_reused": _("not the mail it says it is"),
        "burst": _("very many mails"),
        "promise_of_absent": _("promised by somebody who is absent"),
        "machine_wrote": _("a list or a program wrote"),
        "undeliverable": _("address does not exist"),
        "refused": _("our mail was refused"),
        "not_delivered": _("our mail was not delivered"),
        "answer_not_read": _("nobody has read the answer yet"),
        "answer_sent_back": _("the answer came back"),
    },
    "link": {
        "stranger": _("written by somebody else"),
        "old_thread_new_subject": _("another subject below an old mail"),
        "closed_long_ago": _("closed too long ago"),
        "same_mail": _("the same mail, in another mailbox"),
        "split": _("was one ticket"),
        "second_matter": _("two matters in one contact"),
        "same_call": _("from the same call"),
        "client_split": _("one mail for several clients"),
        "related": _("belongs to the same story"),
        "duplicate": _("the same matter twice"),
        "follows": _("follows from it"),
        "household": _("same household or firm"),
        "together": _("answered together"),
        "merged": _("was merged"),
    },
    "apart": {
        "closed": _("closed already"),
        "restricted": _("restricted topic: one by one"),
        "health": _("health: one by one"),
        "complaint": _("complaint: one by one"),
        "contested": _("contested: one by one"),
    },
    "event": {
        "ticket.opened": _("ticket opened"),
        "ticket.contact_added": _("client wrote again"),
        "ticket.routed": _("topic chosen"),
        "ticket.assigned": _("assigned"),
        "ticket.noted": _("note written"),
        "ticket.flagged": _("keeps happening"),
        "ticket.unflagged": _("flag taken away"),
        "ticket.answered": _("answered"),
        "ticket.answer_taken_back": _("answer taken back"),
        "ticket.answer_held": _("a colleague reads it first"),
        "ticket.answer_let_go": _("read and let go"),
        "ticket.answer_held_again": _("waits to be read again"),
        "ticket.answer_sent_back": _("sent back to its author"),
        "ticket.redirected": _("another body deals with it"),
        "ticket.macro_run": _("macro"),
        "callback.asked": _("call-back owed"),
        "callback.proposed": _("call-back proposed"),
        "callback.done": _("call-back done"),
        "callback.given_up": _("call-back given up"),
        "callback.told": _("written to, since nobody could be reached"),
        "callback.cancelled": _("call-back called off"),
        "ticket.macro_undone": _("macro undone"),
        "ticket.closed": _("closed"),
        "ticket.wrapped_up": _("wrapped up"),
        "ticket.reopened": _("reopened"),
        "ticket.snoozed": _("laid aside"),
        "ticket.unsnoozed": _("taken up again"),
        "ticket.woken": _("back on the list"),
        "ticket.warned": _("our promise ends soon"),
        "ticket.breached": _("our promise is broken"),
        "ticket.handed": _("given to another team"),
        "ticket.stands": _("state changed"),
        "ticket.changed": _("changed together with others"),
        "ticket.change_undone": _("change of several taken back"),
        "ticket.released": _("given back: absent"),
        "ticket.attention": _("needs a look"),
        "ticket.pressed": _("urgent"),
        "ticket.urgent": _("said that it is urgent"),
        "ticket.not_urgent": _("said that it is not urgent"),
        "ticket.urgency_expired": _("no longer marked as urgent"),
        "ticket.health_opened": _("looked at health data"),
        "contact.health_marked": _("marked as health data"),
        "contact.health_lifted": _("said that it is no health data"),
        "ticket.attended": _("has looked at it"),
        "ticket.client": _("said who the client is"),
        "ticket.parted": _("made a contact its own ticket"),
        "ticket.second_matter": _("made a second ticket of it"),
        "ticket.put_together": _("took the second ticket back"),
        "ticket.split_by_client": _("split it per client"),
        "ticket.split_per_client_undone": _("undid the split per client"),
        "ticket.answers_client": _("answers go to the client"),
        "ticket.answers_representative": _("answers go to the representative"),
        "ticket.merged": _("merged it into another ticket"),
        "ticket.took_in": _("merged another ticket into this one"),
        "ticket.unmerged": _("took it apart again"),
        "ticket.gave_back": _("took a ticket out of it again"),
        "ticket.split": _("made a ticket of its own of a part"),
        "ticket.split_undone": _("put the part back"),
        "ticket.linked": _("linked it with another ticket"),
        "ticket.unlinked": _("took a link away"),
        "ticket.together_undone": _("took back what was ended together"),
        "ticket.put_back": _("put a contact back"),
        "contact.from_colleague": _("From a colleague’s address: it counts as a client’s word"),
        "contact.from_own_mailbox": _("From a mailbox of ours: it counts as a client’s word"),
        "client.number_confirmed": _("confirmed the number"),
        "message.sent": _("answer sent"),
        "message.failed": _("answer not delivered"),
        "message.delayed": _("the other side has not taken it yet; its server goes on trying"),
        "message.withdrawn": _("receipt taken back"),
        "message.sent_again": _("answer sent again"),
        "message.unmasked": _("national number sent in full"),
        "ticket.receipt_withheld": _("no receipt sent"),
    },
    "presence": {
        "available": _("available"),
        "on_call": _("on a call"),
        "wrapping_up": _("wrapping up"),
        "away": _("away"),
    },
    "theme": {"auto": _("As the system"), "light": _("Light"), "dark": _("Dark")},
    "density": {"comfortable": _("Comfortable"), "compact": _("Compact")},
    "identifier": {"niss": _("National number"), "kbo": _("Enterprise number")},
    "thing": {
        "web_form": _("Web form"),
        "login": _("Login"),
        "payment": _("Payment"),
        "amount": _("Amount"),
        "letter": _("Letter"),
        "confirmation": _("Confirmation"),
        "link": _("Link"),
        "phone_line": _("Phone line"),
        "signature": _("Signature"),
        "reminder": _("Reminder"),
        "certificate": _("Certificate"),
        "decision": _("Decision"),
        "statement": _("Statement"),
        "document": _("Document"),
        "file": _("File"),
        "bank_account": _("Bank account"),
        "direct_debit": _("Direct debit"),
        "deadline": _("Deadline"),
        "information": _("Information"),
        "person_data": _("Personal data"),
    },
    "symptom": {
        "refused": _("refused"),
        "not_received": _("not received"),
        "late": _("late"),
        "wrong_amount": _("wrong amount"),
        "asked_to_repay": _("asked to repay"),
        "contradicts": _("contradictory"),
        "unreachable": _("unreachable"),
        "broken": _("broken"),
        "unclear": _("unclear"),
        "must_repeat": _("asked again"),
        "twice": _("twice"),
        "wrong_data": _("wrong data"),
        "wrong_recipient": _("wrong recipient"),
        "expired": _("expired"),
        "not_recognised": _("not recognised"),
        "no_answer": _("no answer"),
        "impossible": _("impossible"),
        "lost": _("lost"),
        "stopped": _("stopped"),
        "threatened": _("threatened"),
    },
    "stage": {
        "before": _("before filing"),
        "during": _("while filing"),
        "after": _("after filing"),
    },
}
