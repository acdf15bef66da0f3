"""Privacy in the demo: a hold for a complaint, and an erasure that waits for a second person."""

from datetime import datetime, timedelta

from models.base import db
from models.erasure import Cause, Erasure, NotNow
from models.legal_hold import LegalHold
from models.person_copy import quiet_clients
from models.user import User

HOLD = "Réclamation devant le tribunal du travail : rien ne part avant le jugement."
WISH = "Vraagt per brief om alles te wissen; identiteitskaart gezien aan het loket."
MOST_TRIED = 20


def furnish(at: datetime) -> None:
    ingrid = db.session.scalar(User.by_login("ingrid"))
    if ingrid is None:
        return
    clients = quiet_clients(MOST_TRIED)
    if clients:
        until = at.date() + timedelta(days=365)
        LegalHold.lay(clients[0].id, None, HOLD, until, by=ingrid, at=at)
    for client in clients[1:]:
        try:
            Erasure.ask(client, [], Cause.REQUEST, WISH, by=ingrid, at=at)
        except NotNow:
            continue
        return
