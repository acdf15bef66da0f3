"""How each figure is counted, in words: formula, what is left out, the rows it is made of."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from models.kpi import Item

FORMULAS: dict[str, LazyString] = {
    "inflow": _("number of contacts said on the day"),
    "opened": _("number of tickets opened on the day"),
    "answered": _("number of tickets with their first answer by a person on the day"),
    "closed": _("number of tickets closed on the day"),
    "backlog": _("number of tickets that are new or open"),
    "backlog_age": _("sum of working days since each waiting ticket was opened ÷ waiting tickets"),
    "overdue": _("waiting tickets whose promise or legal date has passed"),
    "due_soon": _("waiting tickets whose promise or legal date is at most three days away"),
    "phone_service": _("calls answered within 20 seconds ÷ calls offered"),
    "abandonment": _("calls given up ÷ calls offered"),
    "mail_service": _("first answers not later than promised ÷ first answers"),
    "mail_median": _("the middle one of the working hours until the first answer"),
    "mail_p90": _("the working hours within which nine of ten first answers were given"),
    "first_contact": _(
        "closed tickets without a new contact of the same client and topic within 7 days ÷ closed "
        "tickets"
    ),
    "repeats": _(
        "contacts with an earlier one of the same client and topic within 7 days ÷ contacts"
    ),
    "failures": _("contacts caused by a failure ÷ contacts with a topic"),
    "misroutes": _(
        "tickets that a person gave to another team within 7 days ÷ tickets routed by the machine"
    ),
    "automatic": _("contacts routed by the machine alone ÷ contacts read by the machine"),
    "corrected": _("contacts whose topic was changed ÷ contacts that somebody looked at"),
    "other": _("contacts with the topic “other” ÷ contacts with a topic"),
    "abstained": _("contacts of which nothing was proposed ÷ contacts read by the machine"),
    "callbacks_due": _("call-backs that are open and due by the end of the day"),
    "callbacks_kept": _("call-backs in which the client was reached in time ÷ call-backs due"),
    "handling": _("minutes of talking and of the work after it ÷ calls answered"),
}
LEFT_OUT: dict[str, LazyString] = {
    "inflow": _("The many mails of a burst count once."),
    "answered": _("Automatic mail is no answer. A ticket that was merged counts in the other one."),
    "closed": _("A ticket that is open again, and one that was merged into another."),
    "backlog": _(
        "Tickets that wait for the client. Of days before the first count, earlier waits for the "
        "client are not known."
    ),
    "phone_service": _(
        "Who hung up within 5 seconds, forwarded and blocked calls. Not known by topic or team: "
        "nobody knows what a caller wanted who was not answered."
    ),
    "abandonment": _(
        "Who hung up within 5 seconds, forwarded and blocked calls. Not known by topic or team: "
        "nobody knows what a caller wanted who was not answered."
    ),
    "mail_service": _(
        "Telephone, automatic mail, and what nobody has answered yet: see the tickets past their "
        "promise."
    ),
    "mail_median": _("Telephone, automatic mail, and what nobody has answered yet."),
    "mail_p90": _("Telephone, automatic mail, and what nobody has answered yet."),
    "first_contact": _("Tickets whose client or topic is not known."),
    "failures": _("Contacts that have no topic yet."),
    "misroutes": _("Choices taken back within two minutes; tickets that people routed."),
    "other": _("Contacts that have no topic yet."),
    "callbacks_due": _("Call-backs that were only proposed."),
    "callbacks_kept": _("Call-backs that were only proposed, mistaken, or taken into another one."),
    "handling": _("Mail and forms: nobody measures how long one is worked on."),
}
SOURCES: dict[Item, LazyString] = {
    Item.CONTACT: _("the contacts, with what the classifier and people said of them"),
    Item.TICKET: _("the tickets, with their messages and events"),
    Item.CALL: _("the calls as the exchange reports them, and the work after each"),
    Item.CALLBACK: _("the list of call-backs"),
}
