"""People, teams, topics, doors and health: what an administrator looks after.

What could not be read is the one page here that managers and supervisors see too.
"""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from triage.admin import (
    audit,
    calendar,
    doors,
    endings,
    entry,
    mail_texts,
    mailboxes,
    outgoing,
    overview,
    people,
    people_file,
    privacy,
    privacy_holds,
    privacy_register,
    privacy_retention,
    promises,
    quarantine,
    sections,
    settings,
    signatures,
    structure,
    taxonomy,
    together,
    tokens,
    webhooks,
    wellbeing,
)
from triage.importing import pages as imports

pages = Blueprint("admin", __name__, url_prefix="/admin")
for section in (
    people,
    people_file,
    entry,
    privacy,
    privacy_holds,
    privacy_retention,
    privacy_register,
    together,
    taxonomy,
    structure,
    promises,
    calendar,
    endings,
    mailboxes,
    mail_texts,
    outgoing,
    doors,
    tokens,
    webhooks,
    signatures,
    quarantine,
    audit,
    settings,
    imports,
    wellbeing,
):
    pages.register_blueprint(section.pages)
pages.add_app_template_global(sections.groups_for, "admin_groups")
pages.add_app_template_global(sections.group_of, "admin_group_of")


@pages.get("/")
def index() -> ResponseReturnValue:
    return overview.show()
