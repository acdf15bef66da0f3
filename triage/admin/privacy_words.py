"""The words of privacy in the reader's language: states, causes, reasons, tables, classes."""

from flask_babel import lazy_gettext as _

STATES = {
    "asked": _("waits for a second person"),
    "refused": _("refused"),
    "waiting": _("will be carried out"),
    "running": _("is being carried out"),
    "done": _("done"),
    "failed": _("did not come to its end"),
}
CAUSES = {
    "request": _("the person's request"),
    "mistake": _("sent to us by mistake"),
    "retention": _("kept long enough"),
}
NOT_NOW = {
    "hold": _("A legal hold covers it. Lift the hold first."),
    "open_ticket": _("A ticket is still open. Close it first."),
    "open_callback": _("A call-back is still owed. Settle it first."),
    "merged": _("This record went into another one. Ask for that one."),
    "gone": _("It is erased already."),
    "asked": _("It was asked for already."),
    "own": _("A second person has to decide: not the one who asked."),
    "decided": _("It has been decided meanwhile."),
    "reason": _("Say why."),
    "typed": _("Type the word as it stands there."),
}
TABLES = {
    "client": _("records of the client"),
    "client_address": _("e-mail addresses"),
    "client_number": _("telephone numbers"),
    "client_identifier": _("official numbers"),
    "contact": _("contacts"),
    "ticket": _("tickets"),
    "intake_raw": _("mails and forms as they came"),
    "attachment": _("files"),
    "note": _("notes"),
    "message": _("answers and other mails of ours"),
    "call": _("calls"),
    "callback": _("call-backs"),
    "notice": _("notices from the back office"),
    "mailing_recipient": _("mailings received"),
    "form_submission": _("forms"),
    "prediction": _("labels proposed by the classifier"),
    "lesson": _("examples for the classifier"),
    "draft": _("drafts"),
    "event": _("lines of history, of which only the words go"),
    "flag": _("remarks that something keeps happening"),
    "document_request": _("documents asked for"),
    "elsewhere": _("other places in which the person was named"),
}
"""What people of the house know by name; the tables behind these stay uncounted on the page."""
CLASSES = {
    "matters": (
        _("Closed tickets"),
        _("All that was said, noted and answered; ids, times, topics and figures stay."),
    ),
    "raw_mail": (
        _("Mails and forms as they came"),
        _("The sealed original; the text that was read from it stays with the ticket."),
    ),
    "looks": (_("Who opened which page"), _("Hours and people, of clients and tickets.")),
    "sign_ins": (_("Failed sign-ins"), _("Names typed and addresses of machines.")),
    "searches": (_("Searches in the dossier"), _("What readers typed, without who they were.")),
    "feedback": (_("Words of readers"), _("What they say is missing; the votes stay.")),
}
