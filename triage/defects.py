"""What may be wrong with a mail, in words; and which of it a person who answers should know.

What such a mail holds is in the contact all the same, and as it came in the raw mail.
"""

from collections.abc import Iterable

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

WORDS: dict[str, LazyString] = {
    "base64_damaged": _("a file may be damaged"),
    "boundary_missing": _("its parts are badly separated"),
    "boundary_not_found": _("its parts are badly separated"),
    "boundary_unclosed": _("the mail stops too early"),
    "broken_headers": _("its headers are damaged"),
    "charset_undeclared": _("its characters were guessed"),
    "charset_unknown": _("its characters were guessed"),
    "charset_wrong": _("its characters were guessed"),
    "control_headers_ignored": _("commands in its headers were ignored"),
    "date_unreadable": _("its date is not readable"),
    "header_too_long": _("a header is too long"),
    "html_cut": _("its text is too long and was cut"),
    "message_id_reused": _("another mail has the same identity"),
    "no_sender": _("no sender"),
    "no_visible_text": _("no visible text"),
    "part_unreadable": _("a part could not be read"),
    "reading_stopped": _("reading took too long and was stopped"),
    "sender_encoded": _("the sender's address is disguised"),
    "sender_from_reply_to": _("no sender: taken from where to reply"),
    "sender_from_return_path": _("no sender: taken from the envelope"),
    "sender_from_sender": _("no sender: taken from who handed it in"),
    "sender_name_shows_another_address": _("the sender's name shows another address"),
    "several_senders": _("several senders"),
    "subject_cut": _("its subject was cut"),
    "text_cut": _("its text is too long and was cut"),
    "too_deep": _("its parts are nested too deep"),
    "too_large": _("it is too large"),
    "too_many_headers": _("too many headers"),
    "too_many_links": _("too many links"),
    "too_many_parts": _("too many parts"),
    "too_many_recipients": _("too many recipients"),
    "transfer_encoding_undeclared": _("its encoding was guessed"),
    "transfer_encoding_unknown": _("its encoding is unknown"),
    "transfer_encoding_wrong": _("its encoding is wrong"),
    "unreadable": _("no program could read it"),
    "uuencode_damaged": _("a file may be damaged"),
    "winmail_unreadable": _("its winmail.dat could not be opened"),
}
QUIET = frozenset(
    [
        *("boundary_missing", "boundary_not_found", "broken_headers", "charset_undeclared"),
        *("control_headers_ignored", "date_unreadable", "transfer_encoding_undeclared"),
        *("transfer_encoding_unknown", "transfer_encoding_wrong"),
    ]
)
"""What was put right and changes nothing for the person who answers."""


def telling(codes: Iterable[str]) -> list[str]:
    """What the thread says beside a mail, each thing once."""
    told = (str(WORDS.get(code, code)) for code in codes if code not in QUIET)
    return list(dict.fromkeys(told))
