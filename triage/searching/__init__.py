"""The search: one line for words, names and every number; the answer shows where, and why."""

from triage.searching import exports
from triage.searching.page import pages

__all__ = ["exports", "pages"]
