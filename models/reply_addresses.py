"""Addresses and Message-IDs of mails that hang on no ticket: they name what was told, signed.

`+m7.…` and `<m7.…@…>` are recipient 7 of a mailing; another letter is another kind of thing.
"""

import re

from models.keys import ring
from models.message import LONGEST_LOCAL

MAILING = "m"


def address_naming(mailbox_address: str, letter: str, ref_id: int) -> str:
    """The mailbox's address with the thing and a signature in its plus part; the plain one where
    its name leaves no room for that."""
    local, _, host = mailbox_address.rpartition("@")
    named = f"{local}+{letter}{ref_id}.{ring().sign('reply', letter, ref_id)}"
    return f"{named}@{host}" if len(named) <= LONGEST_LOCAL else mailbox_address


def named_by_address(address: str, letter: str) -> int | None:
    """What a signed address of that kind names; None when the signature is not ours."""
    tag = address.rpartition("@")[0].lower().partition("+")[2]
    name, _, signature = tag.partition(".")
    return _vouched(name, signature, "reply", letter)


def message_id_naming(letter: str, ref_id: int, domain: str) -> str:
    """The Message-ID of the one mail about that thing: always the same."""
    return f"<{letter}{ref_id}.{ring().sign('told', letter, ref_id)}@{domain}>"


def named_by_message_id(message_id: str, letter: str) -> int | None:
    """What one of our own Message-IDs of that kind names; None for a foreign or forged one."""
    name, _, signature = message_id.strip("<> ").partition("@")[0].partition(".")
    return _vouched(name, signature, "told", letter)


def _vouched(name: str, signature: str, purpose: str, letter: str) -> int | None:
    found = re.fullmatch(rf"{letter}([0-9]{{1,9}})", name)
    if found is None:
        return None
    ref_id = int(found[1])
    return ref_id if ring().vouches(signature, purpose, letter, ref_id) else None
