"""REST for other programs: the same verbs and queries as the pages, JSON out.

Each part is a module of its own with an `APIBlueprint` named `pages`, listed in `PARTS` below. A
resource of yours needs three things: a schema of its answer (`shapes` has the small words for its
fields, `leaf_of` makes a list of it), a view under `asks(Scope.…)`, `once` where it creates,
`pages.input`, `pages.output` and `pages.doc(operation_id=…)` in that order, and a line in the table
of `tests/test_access.py`. The description and its page follow by themselves. Only `the_user()` says
what may be seen: never show a row that the policy has not let through.
"""

from apiflask import APIBlueprint
from flask import Flask
from flask_wtf import CSRFProtect

from triage.api import (
    begun,
    board,
    clients,
    description,
    files,
    forms,
    house,
    measures,
    merges,
    notes,
    notices,
    opinions,
    reports,
    thread,
    tickets,
)
from triage.api.description import describe
from triage.api.door import guard

PARTS = (
    description,
    house,
    tickets,
    begun,
    merges,
    thread,
    notes,
    files,
    clients,
    board,
    measures,
    opinions,
    reports,
    notices,
    forms,
)

pages = APIBlueprint("api", __name__, url_prefix="/api/v1", enable_openapi=False)
guard(pages)
for part in PARTS:
    pages.register_blueprint(part.pages)


def exempt(app: Flask) -> None:
    """No browser comes here, and no cookie counts: there is nothing to forge."""
    protection: CSRFProtect = app.extensions["csrf"]
    for rule in app.url_map.iter_rules():
        changing = (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
        if rule.endpoint.startswith(f"{pages.name}.") and changing:
            protection.exempt(app.view_functions[rule.endpoint])
    describe(app)
