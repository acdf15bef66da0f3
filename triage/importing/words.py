"""How an import is put into words: its kinds, states, columns, and why a row stays out."""

from flask_babel import lazy_gettext as _

KIND_WORDS = {
    "clients": _("Clients (CSV)"),
    "tickets": _("Tickets and their history (CSV)"),
    "zammad": _("Tickets of Zammad (JSON)"),
    "mbox": _("Mails (mbox)"),
}
KIND_HINTS = {
    "clients": _("One row for each person; several addresses in one cell are parted by ~~~."),
    "tickets": _("One row for each ticket, with what the client said first."),
    "zammad": _("Tickets with their articles and customers, as its interface gives them."),
    "mbox": _("Old mail. What answers each other becomes one closed ticket."),
}
STATE_WORDS = {
    "chosen": _("to be described"),
    "reading": _("being tried"),
    "tried": _("tried"),
    "running": _("being taken in"),
    "done": _("taken in"),
    "failed": _("failed"),
    "dropped": _("dropped"),
    "undoing": _("being taken back"),
    "undone": _("taken back"),
}
COLUMN_WORDS = {
    "external_id": _("Number in the other program"),
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "name": _("Full name"),
    "email": _("E-mail address"),
    "phone": _("Telephone"),
    "language": _("Language"),
    "enterprise_number": _("Enterprise number"),
    "subject": _("Subject"),
    "text": _("Text"),
    "status": _("State"),
    "channel": _("Channel"),
    "topic": _("Topic"),
    "intent": _("Intent"),
    "opened_at": _("Opened"),
    "closed_at": _("Closed"),
    "team": _("Team"),
    "owner": _("Assigned to"),
    "priority": _("Priority"),
    "tags": _("Tags"),
}
OF_KIND = {
    "clients": (
        "external_id",
        "first_name",
        "last_name",
        "name",
        "email",
        "phone",
        "language",
        "enterprise_number",
    ),
    "tickets": (
        "external_id",
        "subject",
        "text",
        "status",
        "name",
        "email",
        "phone",
        "channel",
        "language",
        "topic",
        "intent",
        "team",
        "owner",
        "priority",
        "tags",
        "opened_at",
        "closed_at",
    ),
}
REASON_WORDS = {
    "no_name": _("no name"),
    "no_id": _("no number of its own in the other program"),
    "no_text": _("neither a subject nor a text"),
    "no_date": _("no date"),
    "bad_date": _("the date cannot be read"),
    "too_recent": _("of today or later: what comes today comes in by its own door"),
    "ends_before_it_begins": _("closed before it was opened"),
    "bad_address": _("the e-mail address cannot be read"),
    "bad_number": _("the telephone number cannot be read"),
    "rounded": _("a spreadsheet has rounded a long number (8,5E+10)"),
    "lost_zero": _("a spreadsheet has taken the zero at the front away"),
    "nothing_said": _("nothing was said by a client"),
    "no_shape": _("its parts are not where they should be"),
    "no_sender": _("nobody has sent it"),
    "by_machine": _("a report of a mail server"),
    "answer_alone": _("an answer of ours to a mail that is neither in the file nor here"),
    "unknown_channel": _("the channel is not known"),
    "twice": _("stands in the file twice"),
    "here": _("is here already"),
    "same": _("says nothing new"),
}
DUPLICATES = ("twice", "here")
ERROR_WORDS = {
    "empty": _("There is nothing in the file that could be taken in."),
    "wide": _("The file has more columns than can be read."),
    "no_json": _("The file is no JSON."),
    "trouble": _("It ended early; nothing of it was taken in. Try it again."),
    "stayed": _("It could not be taken back, so all of it stays. Try it again."),
    "touched": _("Somebody has worked on some of it since, so all of it stays."),
}
DOUBT_WORDS = {
    "topic": _("Topic"),
    "intent": _("Intent"),
    "team": _("Team"),
    "owner": _("Assigned to"),
    "language": _("Language"),
    "channel": _("Channel"),
    "state": _("State"),
    "file": _("File whose content is not in it: its name stands in a note"),
}
OUTCOME_WORDS = {
    "create": _("new"),
    "update": _("completed"),
    "twice": _("duplicates"),
    "skip": _("left out"),
    "error": _("faulty"),
}
EXAMPLES = {
    "clients": (
        "id;firstname;lastname;email;phone;language\r\n"
        "1;Amélie;Exemple;amelie@example.be~~~compta@example.be;+32 475 00 00 00;fr\r\n"
    ),
    "tickets": (
        "external_id;subject;description;status;requester_email;requester_phone;channel;"
        "language;topic;intent;team;owner;created_at;solved_at;priority;tags\r\n"
        "A-1;Ma question;Bonjour, …;solved;amelie@example.be;;email;fr;bridging_right;;;;"
        "2019-03-04 10:00;2019-03-06 09:00;normal;\r\n"
    ),
}
