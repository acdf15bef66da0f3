"""The parts of outreach, in the order in which they are shown above each of its pages."""

from typing import Any

from flask_babel import lazy_gettext as lazy

SECTIONS: list[tuple[str, Any]] = [
    ("outreach.index", lazy("Overview")),
    ("outreach.measures.index", lazy("Measures")),
    ("outreach.forms.index", lazy("Web forms")),
    ("outreach.dossier.index", lazy("Dossier")),
    ("outreach.gaps.index", lazy("Gaps")),
    ("outreach.feedback.index", lazy("Readers")),
    ("outreach.mailings.index", lazy("Mailings")),
    ("outreach.notices.index", lazy("Notices")),
]
"""(endpoint, word)."""
