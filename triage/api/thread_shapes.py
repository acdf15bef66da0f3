"""What was said about a ticket, as other programs see it: contacts, notes, replies, their files."""

from apiflask import Schema

from triage.api.shapes import moment, several, whole, words, yes


class FileShape(Schema):
    """A file that came with a contact, left with a reply or lies at a note."""

    id = whole()
    name = words()
    content_type = words()
    size = whole()
    sha256 = words()
    href = words()


class ContactShape(Schema):
    """One thing a client said once. It never changes."""

    id = whole()
    ticket = words("The ticket's number.", none=True)
    client_id = whole(none=True)
    channel = words()
    said_at = moment(none=False)
    received_at = moment(none=False)
    language = words(none=True)
    sender = words(none=True)
    subject = words(none=True)
    text = words(
        "The words as they were said, national numbers hidden; null when withheld.", none=True
    )
    new_text = words("The same without quotations and signature.", none=True)
    withheld = yes()
    automatic = words("What kind of machine wrote it; null: a person.", none=True)
    fully_read = yes()
    topic = words(none=True)
    subtopic = words(none=True)
    intent = words(none=True)
    decision = words(none=True)
    repeated = yes("The same client came back about the same topic within seven days.")
    failure = yes("Failure demand: caused by something that was not done, or not done right.")
    attachments = several(FileShape)


class NoteShape(Schema):
    """A remark among colleagues. It never leaves the house."""

    id = whole()
    at = moment(none=False)
    by_id = whole()
    text = words(none=True)
    files = several(FileShape)


class ReplyShape(Schema):
    """A mail of ours about a ticket."""

    id = whole()
    kind = words("reply, mailing, acknowledgement or notice")
    state = words("waiting, held (a colleague reads it first), sent, failed or withdrawn")
    by_id = whole(none=True)
    recipient = words(none=True)
    subject = words(none=True)
    text = words(none=True)
    language = words()
    written_at = moment(none=False)
    leaves_at = moment("Until then it can be taken back.")
    sent_at = moment()
    files = several(FileShape)
