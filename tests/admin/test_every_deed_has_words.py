"""Whatever a person can do is told in words of its own: the kinds are read from the code itself."""

import ast
import re
from functools import cache
from pathlib import Path

from models.callback_states import CallbackState
from triage.admin.deed_words import DEEDS, THINGS, deed

ROOT = Path(__file__).parents[2]
KIND = r"[a-z_]+\.[a-z_]+"
TELLER = "(?:record|_record|_tell|_note|tell|told|told_both)"
"""What leaves an event, and what hands its kind on."""
PREFIXED = {
    "models/action.py": "action",
    "models/info_page_change.py": "info_page",
    "models/mailing.py": "mailing",
    "models/mailing_draft.py": "mailing",
}
"""Where `_tell` puts the thing before the verb."""
IN_PARTS = {"action", "callback", "contact", "info_page", "mailing"}
"""The things whose kinds are put together of parts: each is looked up below."""
_BY_NOBODY = """
    action.verdict call.missed call.wrap_up_began call.wrap_up_extended call.wrap_up_timed_out
    callback.told contact.from_colleague contact.from_own_mailbox erasure.done intake.cut
    intake.quarantined mailing.counted mailing.done mailing.first_left mailing.stopped
    message.delayed message.failed message.sent problem.archived problem.found problem.not_helped
    problem.regressed problem.regressed_in_words problem.revised ticket.answer_said_unasked
    ticket.attention ticket.breached ticket.client_says_answered ticket.contact_added
    ticket.imported ticket.known_problem_said ticket.pressed ticket.pressed_set_aside
    ticket.receipt_withheld ticket.urgency_expired ticket.warned ticket.woken webhook.failed
"""
BY_NOBODY = frozenset(_BY_NOBODY.split())
"""The machine's own acts, and what a client does: they stay out of the chain."""
TOGETHER = frozenset({"ticket.topic_moved", "ticket.topic_moved_back"})
"""Events of one deed on a topic, which alone stands in the chain."""
_NO_KINDS = """
    audit.action contact.decision callback.due classifier.by_night classifier.cuts classifier.drift
    import.running import.trying mailbox.example message.created outgoing.restored
    problem.action_shipped problem.opened problem.verified processing.json roster.usual_week
    screening.hours screening.tuning ticket.created ticket.topic_taken_back ticket.updated
    tone.forgotten_from tone.listened_to tone.switched_off_at
"""
NO_KINDS = frozenset(_NO_KINDS.split())
"""Settings, columns, files, crash points and what webhooks call it: of the same shape."""


@cache
def sources() -> dict[str, str]:
    return {
        str(path.relative_to(ROOT)): path.read_text()
        for folder in ("models", "triage")
        for path in (ROOT / folder).rglob("*.py")
        if not path.name.endswith("deed_words.py") and "migrations" not in path.parts
    }


def found(pattern: str) -> set[str]:
    """What the one group of `pattern` catches anywhere."""
    looked_for = re.compile(pattern, re.MULTILINE)
    return {one for text in sources().values() for one in looked_for.findall(text)}


@cache
def mentioned() -> frozenset[str]:
    """All strings that look like a kind: in calls, constants, and lists of what is told."""
    return frozenset(found(rf'"({KIND})"'))


@cache
def recorded() -> frozenset[str]:
    """Kinds that are handed to a teller, whole or in parts."""
    told = found(rf'\b{TELLER}\(\s*"({KIND})"')
    verbs = {
        f"{thing}.{verb}"
        for path, thing in PREFIXED.items()
        for verb in re.findall(r'\b_tell\((?:\w+, )?"([a-z_]+)"', sources()[path])
    }
    ends = {
        f"callback.{CallbackState[state]}" for state in found(r"\.end\(\s*CallbackState\.([A-Z_]+)")
    }
    return frozenset(told | verbs | ends)


@cache
def kinds() -> frozenset[str]:
    """Every kind there is, the machine's own too."""
    things = {kind.partition(".")[0] for kind in recorded()} | THINGS.keys()
    alike = {one for one in mentioned() if one.partition(".")[0] in things}
    others = NO_KINDS | pages() | {one for one in alike if one.endswith(".id")}
    return recorded() | (alike - others)


def pages() -> set[str]:
    """The endpoints of the web: named alike, by blueprint and function."""
    views = found(r"^@\w+\.(?:get|post|route)\((?:.*\n)+?def (\w+)")
    return {f"{name}.{view}" for name in found(r'\bBlueprint\(\s*"([a-z_]+)"') for view in views}


def test_what_a_person_can_do_has_words():
    assert sorted(kinds() - DEEDS.keys() - BY_NOBODY - TOGETHER) == []


def test_no_words_are_kept_for_what_nobody_can_do():
    assert sorted(DEEDS.keys() - kinds()) == []
    assert sorted(DEEDS.keys() & (BY_NOBODY | TOGETHER)) == []


def test_what_is_listed_here_still_exists():
    assert sorted((BY_NOBODY | TOGETHER) - kinds()) == []
    assert sorted(NO_KINDS - mentioned()) == []


def test_what_the_machine_does_alone_names_no_person():
    named = {
        str(call.args[0].value)
        for text in sources().values()
        if any(f'"{kind}"' in text for kind in BY_NOBODY)
        for call in ast.walk(ast.parse(text))
        if isinstance(call, ast.Call) and call.args and isinstance(call.args[0], ast.Constant)
        if any(given.arg == "by" for given in call.keywords)
    }
    assert sorted(named & BY_NOBODY) == []


def test_kinds_put_together_of_parts_are_all_looked_up():
    assert found(rf'\b{TELLER}\(\s*f"([a-z_]+)\.\{{') == IN_PARTS


def test_each_thing_has_a_word_and_none_is_left_over():
    assert {kind.partition(".")[0] for kind in DEEDS} == THINGS.keys()


def test_words_read_on_after_a_name():
    for kind in DEEDS:
        assert deed(kind)[0].islower() and deed(kind)[-1].isalnum(), kind


def test_things_and_deeds_are_told_apart_by_their_words():
    downloads = {"contact.raw_downloaded", "intake.raw_downloaded"}
    words = [deed(kind) for kind in DEEDS.keys() - downloads]
    assert len(set(words)) == len(words)
    assert len({str(word) for word in THINGS.values()}) == len(THINGS)
