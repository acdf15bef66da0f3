"""Links by which somebody of the house comes in, by mail in that person's language.

A mail that waits holds no link: it is put in as the mail leaves, so that whoever reads the database
comes in by none.
"""

from datetime import datetime
from typing import NamedTuple

from flask_babel import force_locale
from sqlalchemy.orm.attributes import set_committed_value

from models.entry_link import EntryLink, Purpose, cause_of, link_in
from models.event import record
from models.house_mail import address_of, write_to_house
from models.message import Message
from models.user import User
from triage import mail_texts
from triage.config import Settings
from triage.display import full

MAILS = {Purpose.INVITE: "invitation", Purpose.RESET: "reset"}
PLACE = "{link}"
"""Where the link will stand in a mail that waits."""


class Written(NamedTuple):
    """A link that is shown this once, and where it goes by mail."""

    link: str
    recipient: str


def write(user: User, purpose: Purpose, settings: Settings, *, by: User, at: datetime) -> Written:
    """Make a link and promise the mail with it; those made before lead nowhere now."""
    entry, secret = EntryLink.begin(user, purpose, by=by, at=at)
    entry.seal(secret)
    with force_locale(user.language):
        until = full(entry.expires_at)
    words = mail_texts.written(
        MAILS[purpose],
        user.language,
        name=user.name,
        login=user.login,
        link=PLACE,
        until=until,
        house=settings.triage_name,
    )
    message = write_to_house(
        address_of(user, settings.mail_domain),
        words.subject,
        words.text,
        cause=cause_of(entry.id),
        language=user.language,
        domain=settings.mail_domain,
        at=at,
        by=by,
    )
    record("user.link_made", by=by, user=user.id, purpose=purpose.value)
    return Written(address(purpose, secret, settings), message.recipient)


def put_in(message: Message, settings: Settings, at: datetime) -> None:
    """Put the link into a mail that is leaving, and not into what is kept of it.

    Raises ValueError where the link does not work any more.
    """
    entry = link_in(message)
    if entry is None:
        return
    secret = entry.unsealed(at)
    if secret is None:
        raise ValueError("the link in it works no more")
    link = address(Purpose(entry.purpose), secret, settings)
    set_committed_value(message, "text", message.text.replace(PLACE, link))


def left(message: Message) -> None:
    """The mail has gone, and with it the last need to know its link."""
    entry = link_in(message)
    if entry is not None:
        entry.forget()


def address(purpose: Purpose, secret: str, settings: Settings) -> str:
    return f"{settings.base_url.rstrip('/')}/enter/{purpose.value}/{secret}"
