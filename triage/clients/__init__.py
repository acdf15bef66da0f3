"""One client's page: who it is, how we reach them, what was said, who speaks for them."""

from triage.clients import changing, mandates, merging, news, revealing, show, splitting
from triage.clients.pages import pages

__all__ = ["changing", "mandates", "merging", "news", "pages", "revealing", "show", "splitting"]
