"""The telephone: live calls, the call card, the note that becomes a contact; letters alike."""

from triage.calls import notes, stream
from triage.calls.live import pages

__all__ = ["notes", "pages", "stream"]
