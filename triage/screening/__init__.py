"""The daily screening: today's board, a problem's card, decisions, past days."""

from models import calendar
from models.base import now
from triage.screening import (
    actions,
    because,
    board_page,
    events,
    flags,
    history,
    meeting,
    meeting_deciding,
    meeting_page,
    meeting_record,
    problems,
    reply_mailing,
    replying,
    saying,
    sentences,
    teaching,
    tuning,
)
from triage.screening.pages import pages

__all__ = [
    "board_page",
    "events",
    "flags",
    "meeting",
    "meeting_deciding",
    "meeting_record",
    "pages",
    "problems",
    "reply_mailing",
    "replying",
    "saying",
    "teaching",
    "tuning",
]

pages.register_blueprint(actions.pages)
pages.register_blueprint(meeting_page.pages)


@pages.context_processor
def words() -> dict[str, object]:
    """What only these pages say."""
    return {
        "effect_words": sentences.effect_words,
        "others_words": sentences.others_words,
        "reason_words": because.reason_words,
        "evidence_words": because.evidence_words,
        "taught_words": history.taught_words,
        "undo_address": history.undo_address,
        "since_words": sentences.since_words,
        "expected_words": sentences.expected_words,
        "section_words": sentences.SECTION_WORDS,
        "this_day": calendar.business_day(now()),
        "next_working_day": lambda: calendar.working_day_after(calendar.business_day(now())),
    }
