"""The quarantine: what no program could read in full, and who may look into it."""

from sqlalchemy import Select, false, or_, select, true

from models import policy
from models.contact import Contact
from models.intake import Intake, State
from models.ticket import Ticket
from models.user import Role, User


def not_read(user: User) -> Select[Intake, Contact, Ticket]:
    """(intake, its contact or None, its ticket or None), the newest first.

    Restricted matters are for their own team and for supervisors.
    """
    if not policy.may(user, policy.Verb.READ_QUARANTINE):
        return select(Intake, Contact, Ticket).where(false())
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
            visible,
        )
        .order_by(Intake.id.desc())
    )


def one(user: User, intake_id: int) -> Select[Intake, Contact, Ticket]:
    return not_read(user).where(Intake.id == intake_id)
