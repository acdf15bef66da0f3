"""The house's rules for call-backs: how soon, how often, how many; data that managers change."""

from models.base import db
from models.event import record
from models.settings import Setting
from models.user import User

KEY = "callback.rules"

SHIPPED = {
    "due_missed_call": 120,
    "due_requested": 240,
    "due_promised": 480,
    "due_bank_account": 120,
    "due_dissatisfied": 240,
    "due_document_missing": 960,
    "due_problem": 960,
    "retry_no_answer": 120,
    "retry_busy": 15,
    "retry_voicemail_left": 480,
    "priority_missed_call": 0,
    "priority_requested": 1,
    "priority_promised": 2,
    "priority_bank_account": 2,
    "priority_dissatisfied": 2,
    "priority_document_missing": 0,
    "priority_problem": 0,
    "most_attempts": 3,
    "most_in_bulk": 500,
    "dissatisfied_days": 5,
    "dissatisfied_score": 60,
    "dissatisfied_contacts": 3,
    "dissatisfied_pause_days": 14,
}
"""`due_` and `retry_` are minutes of opening hours; `dissatisfied_score` is a percentage."""

LEAST = {name: 0 if name.startswith("priority_") else 1 for name in SHIPPED}
MOST = {name: 9 if name.startswith("priority_") else 10_000 for name in SHIPPED} | {
    "most_attempts": 10,
    "dissatisfied_score": 100,
    "dissatisfied_days": 30,
}


def rules() -> dict[str, int]:
    """All rules as they stand."""
    changed = Setting.read(KEY, {})
    return SHIPPED | {name: int(value) for name, value in changed.items() if name in SHIPPED}


def change_rules(wanted: dict[str, int], *, by: User) -> None:
    """Set some rules, each held within what makes sense."""
    before = rules()
    after = before | {
        name: min(max(value, LEAST[name]), MOST[name])
        for name, value in wanted.items()
        if name in SHIPPED
    }
    if after == before:
        return
    Setting.write(KEY, {name: value for name, value in after.items() if value != SHIPPED[name]})
    changed = {name: value for name, value in after.items() if value != before[name]}
    record("callback.rules", by=by, changed=changed)
    db.session.flush()
