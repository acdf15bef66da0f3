"""The telephone: live calls, the call form, the note that becomes a contact; letters alike."""

from triage.calls import notes
from triage.calls.live import pages

__all__ = ["notes", "pages"]
