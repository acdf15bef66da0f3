"""What an administrator looks after, in groups: the row of tabs and the overview read this list.

A page of somebody else's joins by one line; what is not installed is not shown.
"""

from typing import NamedTuple

from flask import current_app
from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from models.policy import Verb, may
from models.user import User


class Section(NamedTuple):
    """One page: where it is, what it is called, and who may see it."""

    endpoint: str
    word: LazyString
    icon: str
    verb: Verb = Verb.ADMINISTER


class Group(NamedTuple):
    """Sections that belong together."""

    key: str
    word: LazyString
    sections: tuple[Section, ...]


GROUPS = (
    Group(
        "people",
        _("People"),
        (
            Section("admin.people.index", _("People"), "person"),
            Section("admin.structure.teams", _("Teams"), "people"),
            Section("admin.together.absences", _("Absences"), "calendar-x"),
        ),
    ),
    Group(
        "work",
        _("Work"),
        (
            Section("admin.structure.topics", _("Topics"), "tags"),
            Section("admin.taxonomy.intents", _("Intents"), "question-circle"),
            Section("admin.promises.index", _("Service promises"), "stopwatch"),
            Section("admin.calendar.index", _("Calendar"), "calendar-event"),
            Section("admin.endings.index", _("Dispositions"), "check2-square"),
        ),
    ),
    Group(
        "channels",
        _("Channels"),
        (
            Section("admin.mailboxes.index", _("Mailboxes"), "inbox"),
            Section("admin.signatures.index", _("Signatures"), "pen"),
            Section("admin.mail_texts.index", _("Automatic mails"), "envelope-paper"),
            Section("admin.doors.exchanges", _("Exchanges"), "telephone"),
            Section("admin.tokens.index", _("Keys"), "key"),
            Section("admin.webhooks.index", _("Webhooks"), "broadcast"),
            Section(
                "admin.quarantine.index", _("Not fully read"), "envelope-x", Verb.READ_QUARANTINE
            ),
        ),
    ),
    Group(
        "classifier",
        _("Classifier"),
        (Section("teaching.versions.index", _("Classifier"), "cpu", Verb.TEND_CLASSIFIER),),
    ),
    Group(
        "privacy",
        _("Privacy"),
        (
            Section("admin.privacy.index", _("Erasures"), "shield-lock", Verb.ERASE),
            Section("admin.holds.index", _("Legal holds"), "lock", Verb.ERASE),
            Section("admin.retention.index", _("Retention"), "hourglass-split"),
            Section("admin.register.index", _("Register of processing"), "journal", Verb.ERASE),
        ),
    ),
    Group(
        "operation",
        _("Operation"),
        (
            Section("admin.wellbeing.health", _("Health"), "heart-pulse"),
            Section("admin.audit.index", _("Audit log"), "journal-check"),
            Section("admin.settings.index", _("Settings"), "sliders"),
            Section("admin.outgoing.index", _("What leaves"), "send"),
            Section("admin.imports.index", _("Imports"), "box-arrow-in-down"),
        ),
    ),
)


def groups_for(user: User) -> list[Group]:
    """What is installed and this person may see; a group of nothing is left out."""
    shown = (
        group._replace(
            sections=tuple(
                one
                for one in group.sections
                if may(user, one.verb) and one.endpoint in current_app.view_functions
            )
        )
        for group in GROUPS
    )
    return [group for group in shown if group.sections]


def group_of(user: User, endpoint: str) -> Group | None:
    """The group to which a page belongs."""
    for group in groups_for(user):
        if any(one.endpoint == endpoint for one in group.sections):
            return group
    return None
