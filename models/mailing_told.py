"""Who is told no more of the same: who wants no news, and whom another mailing tells or told."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from models.base import db
from models.mailing import Mailing
from models.mailing_recipient import MailingRecipient, RecipientState, Why
from models.mailing_row import MailingState
from models.opt_out import OptOut

TOLD_WITHIN = timedelta(days=14)
"""Who was told of the same problem or measure since is not told once more."""
_ON_ITS_WAY = (MailingState.RUNNING.value, MailingState.PAUSED.value)


def leave_out_told(mailing: Mailing, rows: list[dict[str, Any]], at: datetime) -> None:
    """Who wants no news, who was told lately, and to whom another mailing is on its way."""
    clients = {row["client_id"] for row in rows if row["client_id"]}
    addresses = {row["address"] for row in rows if row["address"]}
    declined = declined_by(mailing, clients, addresses)
    told = _told(mailing, clients, addresses, at)
    for row in rows:
        if row["state"] != RecipientState.QUEUED:
            continue
        why = Why.OPTED_OUT if declined & {row["client_id"], row["address"]} else None
        why = why or told.get(row["client_id"]) or told.get(row["address"])
        if why is not None:
            row |= {"state": RecipientState.LEFT_OUT.value, "why": why.value}


def declined_by(mailing: Mailing, clients: set[int], addresses: set[str]) -> set[int | str]:
    """Those of these clients and addresses that want no such news."""
    if not mailing.may_be_declined:
        return set()
    return {*OptOut.among(addresses), *OptOut.said_by(clients)}


def _told(mailing: Mailing, clients: set[int], addresses: set[str], at: datetime) -> dict[Any, Why]:
    one = MailingRecipient
    coming = and_(
        one.state.in_([RecipientState.QUEUED.value, RecipientState.PROMISED.value]),
        Mailing.state.in_(_ON_ITS_WAY),
    )
    return _by_another(mailing, clients, addresses, or_(_lately(at), coming), at)


def told_meanwhile(
    mailing: Mailing, recipients: Sequence[MailingRecipient], at: datetime
) -> dict[int, Why]:
    """To whom another mailing about the same has written since they were counted, by recipient.

    A person's word that somebody gets it all the same holds.
    """
    open_ = [one for one in recipients if not one.by_hand]
    written = MailingRecipient.state == RecipientState.PROMISED.value
    told = _by_another(
        mailing,
        {one.client_id for one in open_ if one.client_id},
        {one.address for one in open_ if one.address},
        or_(_lately(at), written),
        at,
    )
    found = {one.id: told.get(one.client_id) or told.get(one.address) for one in open_}
    return {recipient_id: why for recipient_id, why in found.items() if why is not None}


def _lately(at: datetime) -> ColumnElement[bool]:
    return and_(
        MailingRecipient.state == RecipientState.SENT.value,
        MailingRecipient.ended_at > at - TOLD_WITHIN,
    )


def _by_another(
    mailing: Mailing,
    clients: set[int],
    addresses: set[str],
    wanted: ColumnElement[bool],
    at: datetime,
) -> dict[Any, Why]:
    """By client and by address: which recipients of other mailings about the same are `wanted`."""
    same = [
        column == value
        for column, value in (
            (Mailing.problem_id, mailing.problem_id),
            (Mailing.measure_id, mailing.measure_id),
        )
        if value is not None
    ]
    if not same or mailing.round_id is not None or mailing.reply_id is not None:
        return {}
    one = MailingRecipient
    rows = db.session.execute(
        select(one.client_id, one.address, _lately(at).label("lately"))
        .join(Mailing, Mailing.id == one.mailing_id)
        .where(
            or_(one.client_id.in_(clients), one.address.in_(addresses)),
            Mailing.id != mailing.id,
            or_(*same),
            wanted,
        )
    )
    found: dict[Any, Why] = {}
    for row in rows:
        why = Why.TOLD if row.lately else Why.OTHER_MAILING
        found |= {key: why for key in (row.client_id, row.address) if key is not None}
    return found
