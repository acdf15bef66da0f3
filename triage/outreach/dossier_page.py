"""What the pages of the writing room share: one page found, its words for states and troubles."""

from flask import abort
from flask_babel import gettext as _

from models.info_page import InfoPage, InfoPageVersion, PageState
from models.topic import LANGUAGES
from triage.display import language_name


def page_or_404(slug: str) -> InfoPage:
    return InfoPage.at(slug) or abort(404)


def version_or_404(page: InfoPage, number: int) -> InfoPageVersion:
    return InfoPageVersion.numbered(page, number) or abort(404)


def name_of(version: InfoPageVersion, language: str) -> str:
    """Its title for us: in the reader's language, else in any."""
    for code in (language, *LANGUAGES):
        if title := str(version.titles.get(code) or "").strip():
            return title
    return version.page.slug


def state_words() -> dict[str, str]:
    return {
        PageState.DRAFT.value: _("draft"),
        PageState.SCHEDULED.value: _("comes later"),
        PageState.PUBLISHED.value: _("online"),
        PageState.REPLACED.value: _("replaced"),
        PageState.ARCHIVED.value: _("archived"),
    }


def part_words() -> dict[str, str]:
    """How the parts of a version are called."""
    return {
        "titles": _("Title"),
        "summaries": _("In one sentence"),
        "bodies": _("Text"),
        "changes": _("What is new, for readers"),
    }


def trouble_words(reason: str) -> str:
    """Why something cannot be done, and what helps."""
    words: dict[str, str] = {
        "title": _("Give the page a title in one language at least."),
        "slug": _("The address has small letters, digits and hyphens, for example payment-dates."),
        "taken": _("Another page has this address."),
        "address": _("The address stays: readers have it already."),
        "empty": _("Write a title and a text in one language at least, then publish."),
        "past": _("This moment is over. Choose one that is still to come."),
        "moment": _("Give the day and the time at which it appears."),
        "late": _(
            "It was published more than ten minutes ago. Archive it, or publish a correction."
        ),
        "draft": _("A newer draft exists: publish or throw it away first."),
        "state": _("Somebody has just changed it: look again."),
        "day": _("Write a day as 2026-06-30."),
        "topic": _("Choose a topic."),
        "number": _("There is no problem with this number."),
    }
    return words.get(reason, words["state"])


def directive_trouble(found: list[tuple[str, str, str]]) -> list[str]:
    """One sentence for each thing in braces that cannot be put in."""
    words = {
        "unknown": _(
            "%(language)s: %(word)s is not known. There are {answer}, {conditions}, {documents}, "
            "{links}, {deadlines} and {questions}."
        ),
        "inside": _("%(language)s: put %(word)s on a line of its own."),
        "measure": _("%(language)s: %(word)s names a measure that does not exist."),
        "own": _(
            "%(language)s: %(word)s needs the page's measure. Choose it below, or write "
            "{answer:its-short-name}."
        ),
    }
    return [
        words[reason] % {"language": language_name(code), "word": word}
        for code, reason, word in found
    ]
