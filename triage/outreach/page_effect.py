"""What followed the publications of a page, for its page in the writing room."""

from datetime import datetime
from typing import Any

from models.info_effect import effects_of_page
from models.info_feedback import tasks_of
from models.info_page import InfoPage
from models.policy import Verb, sees_small_counts
from models.topic import Topic
from triage.accounts import demand
from triage.effect_words import effect_words, signed


def followed(page: InfoPage, at: datetime) -> dict[str, Any]:
    """What `outreach/_page_effect.html` shows; of a restricted topic nothing to other teams."""
    user, topic = demand(Verb.WORK), Topic.named(page.topic_id)
    open_to_all = topic is None or sees_small_counts(user, topic)
    return {
        "effects": effects_of_page(page, at) if open_to_all else [],
        "tasks": tasks_of(page),
        "effect_words": effect_words,
        "signed": signed,
    }
