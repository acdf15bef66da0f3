"""Work on tickets: my team's list and the ticket page."""

from triage.desk import answering, belonging, files, original, outgoing, previews, work
from triage.desk.tickets import pages

__all__ = ["answering", "belonging", "files", "original", "outgoing", "pages", "previews", "work"]
