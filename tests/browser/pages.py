"""All pages that people see, each with somebody who may see it."""

from typing import Any

from tests.browser.conftest import Site, Visit

PAGES = {
    "desk": ("koen", "/desk/"),
    "desk of an agent": ("nadia", "/desk/"),
    "choices to be made": ("koen", "/desk/?view=review"),
    "nothing found": ("koen", "/desk/?view=all&q=zzzz"),
    "ticket": ("nadia", "late"),
    "ticket with a file": ("koen", "file"),
    "ticket without a topic": ("koen", "unsure"),
    "ticket of a long name": ("koen", "long"),
    "closed ticket": ("koen", "closed"),
    "outgoing": ("nadia", "/desk/outgoing"),
    "calls": ("nadia", "/calls/"),
    "call": ("nadia", "/calls/new"),
    "call log": ("koen", "/calls/log/"),
    "call that rings": ("nadia", "call"),
    "letter": ("nadia", "/calls/paper"),
    "board": ("koen", "/screening/"),
    "board as an agent sees it": ("nadia", "/screening/"),
    "board with a filter": ("koen", "/screening/?language=fr"),
    "board on the large screen": ("koen", "/screening/?wall=1"),
    "contacts since the meeting": ("koen", "/screening/contacts"),
    "problem of a ticket": ("koen", "/screening/tickets/100001/problem"),
    "problem": ("koen", "problem"),
    "reply to all affected": ("koen", "replies"),
    "sentence as an agent sees it": ("nadia", "sentence"),
    "actions": ("koen", "/screening/actions"),
    "action": ("koen", "action"),
    "action as an agent sees it": ("nadia", "action"),
    "meeting to begin": ("koen", "/screening/meeting/"),
    "meeting": ("koen", "meeting"),
    "meeting as an agent sees it": ("nadia", "meeting"),
    "meetings": ("koen", "/screening/meetings"),
    "minutes": ("koen", "/screening/minutes"),
    "dashboard": ("ingrid", "/dashboard/"),
    "wall": ("ingrid", "/dashboard/wall"),
    "contacts": ("ingrid", "/dashboard/contacts"),
    "waiting tickets": ("ingrid", "/dashboard/tickets"),
    "account": ("koen", "/me"),
    "people": ("ada", "/admin/people"),
    "person": ("ada", "person"),
    "teams": ("ada", "/admin/teams"),
    "topics": ("ada", "/admin/topics"),
    "topic": ("ada", "/admin/topics/bridging_right"),
    "mailboxes": ("ada", "/admin/mailboxes"),
    "mailbox": ("ada", "/admin/mailboxes/1"),
    "new mailbox": ("ada", "/admin/mailboxes/new"),
    "signatures": ("ada", "/admin/signatures"),
    "exchanges": ("ada", "/admin/exchanges"),
    "unreadable": ("ada", "/admin/quarantine"),
    "health": ("ada", "/admin/health"),
    "contacts to review": ("koen", "/classifier/review"),
    "doubtful labels": ("koen", "/classifier/doubts"),
    "topics to teach": ("koen", "/classifier/topics"),
    "topic to teach": ("koen", "/classifier/topics/deferral"),
    "new topic": ("koen", "/classifier/topics/new"),
    "classifier": ("ada", "/classifier/"),
    "harm and dissatisfaction": ("koen", "/classifier/tone"),
    "login": (None, "/login"),
    "contact form": (None, "/contact"),
    "status": (None, "status"),
    "owner's link": (None, "owner's link"),
    "owner's dead link": (None, "/owner/1-x"),
    "forbidden": ("nadia", "/admin/people"),
    "missing": ("nadia", "/desk/tickets/1"),
    "missing for clients": (None, "/status/1-x"),
}
REFUSED = {"forbidden": 403, "missing": 404, "missing for clients": 404, "owner's dead link": 404}


def opened(site: Site, name: str, **how: Any) -> Visit:
    """The page of that name, as its reader sees it."""
    who, address = PAGES[name]
    return site.visit(site.at.get(address, address), who, **how)
