"""The quarantine: what no program could read in full, and who may look into it."""

from sqlalchemy import Select, false, or_, select, true

from models import policy
from models.base import db
from models.contact import Contact
from models.intake import Intake, State
from models.ticket import Ticket
from models.user import Role, User

Row = tuple[Intake, Contact | None, Ticket | None]
"""An intake with its contact and its ticket, as far as it has any."""


def not_read(user: User, limit: int) -> list[Row]:
    """What `user` may look into, the newest first."""
    rows = db.session.execute(_visible_to(user).limit(limit))
    return [(intake, contact, ticket) for intake, contact, ticket in rows]


def one(user: User, intake_id: int) -> Intake | None:
    return db.session.scalars(_visible_to(user).where(Intake.id == intake_id)).first()


def _visible_to(user: User) -> Select[Intake, Contact, Ticket]:
    """Restricted matters are for their own team and for supervisors."""
    visible = (
        true()
        if Role(user.role) == Role.SUPERVISOR
        else or_(
            Ticket.team_id.in_(user.team_ids or [-1]),
            ~policy.restricted(Ticket.topic_id),
            Ticket.id.is_(None),
        )
    )
    return (
        select(Intake, Contact, Ticket)
        .outerjoin(Contact, Contact.intake_id == Intake.id)
        .outerjoin(Ticket, Ticket.id == Contact.ticket_id)
        .where(
            Intake.state.in_([State.QUARANTINED.value, State.PARTIAL.value]),
            true() if policy.may(user, policy.Verb.READ_QUARANTINE) else false(),
            visible,
        )
        .order_by(Intake.id.desc())
    )
