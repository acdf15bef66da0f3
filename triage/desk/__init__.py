"""Work on tickets: my team's list and the ticket page."""

from triage.desk import files, original, work
from triage.desk.tickets import pages

__all__ = ["files", "original", "pages", "work"]
