"""Addresses of the dossier's pages: short, of plain letters, and never one that has a meaning."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from models.topic import LANGUAGES

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LONGEST = 80
TAKEN = frozenset({"search", "changes", "feedback", "new", "preview"})
"""What the dossier itself is called by at these addresses."""


def usable_slug(slug: str) -> bool:
    return bool(SLUG.fullmatch(slug)) and len(slug) <= LONGEST and slug not in TAKEN


def slug_for(titles: Mapping[str, Any]) -> str:
    """An address made of the first title, English first: it is the same in every language."""
    for code in ("en", *LANGUAGES):
        if title := str(titles.get(code) or "").strip():
            spelt = unicodedata.normalize("NFKD", title.replace("ß", "ss"))
            plain = spelt.encode("ascii", "ignore").decode().lower()
            words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
            return words[:60].rstrip("-") or "page"
    return ""
