"""The texts of the house: what agents may send, macros, and whose answers are read first.

Everybody who works reads them; who tends them changes them, and every version stays.
"""

from triage.texts import carrying, editing, guiding, macro_editing
from triage.texts.listing import pages

__all__ = ["carrying", "editing", "guiding", "macro_editing", "pages"]
