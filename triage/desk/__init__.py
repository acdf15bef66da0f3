"""Work on tickets: my team's list and the ticket page."""

from triage.desk import files, work
from triage.desk.tickets import pages

__all__ = ["files", "pages", "work"]
