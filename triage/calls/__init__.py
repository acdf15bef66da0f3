"""The telephone: live calls, the call card, the note that becomes a contact; letters alike."""

from triage.calls import callers, drafts, live, notes, stream, wrapping
from triage.calls.pages import pages

__all__ = ["callers", "drafts", "live", "notes", "pages", "stream", "wrapping"]
