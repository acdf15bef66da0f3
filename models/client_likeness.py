"""Which other records may be the same person, and why: proposed to people, never done by itself."""

from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import Select, func, or_, select

from models.base import db
from models.client import Client, ClientAddress, ClientIdentifier, ClientNumber, mailbox_of
from models.wording import plain

MOST = 12


class Alike(StrEnum):
    """Why two records may be one person."""

    ADDRESS = "address"
    IDENTIFIER = "identifier"
    NUMBER = "number"
    NAME = "name"


_WEIGHT = {Alike.IDENTIFIER: 4, Alike.ADDRESS: 3, Alike.NUMBER: 2, Alike.NAME: 1}


@dataclass
class Candidate:
    """Another record, with all reasons why it may be the same person."""

    client: Client
    reasons: list[Alike] = field(default_factory=list)

    @property
    def weight(self) -> int:
        return sum(_WEIGHT[reason] for reason in self.reasons)


def candidates(client: Client) -> list[Candidate]:
    """Other records that may be this person, the likeliest first.

    An accountant shares numbers with, and names the identifiers of, those whom he represents: for
    him and beside him only an address or a name counts.
    """
    found: dict[int, Candidate] = {}
    for reason, rows in _ways(client):
        for other in db.session.scalars(rows.limit(MOST)):
            by_proxy = client.represents_others or other.represents_others
            if by_proxy and reason in (Alike.IDENTIFIER, Alike.NUMBER):
                continue
            found.setdefault(other.id, Candidate(other)).reasons.append(reason)
    ranked = sorted(found.values(), key=lambda one: (-one.weight, one.client.id))
    return ranked[:MOST]


def _ways(client: Client) -> list[tuple[Alike, Select[Client]]]:
    others = select(Client).where(Client.id != client.id, Client.merged_into_id.is_(None))
    ways: list[tuple[Alike, Select[Client]]] = []
    if client.identifiers:
        digests = [one.digest for one in client.identifiers]
        same = ClientIdentifier.digest.in_(digests)
        ways.append((Alike.IDENTIFIER, others.where(Client.identifiers.any(same))))
    if client.addresses:
        addresses = {one.address for one in client.addresses}
        addresses |= {mailbox_of(address) for address in addresses}
        same = ClientAddress.address.in_(addresses)
        ways.append((Alike.ADDRESS, others.where(Client.addresses.any(same))))
    if client.numbers:
        same = ClientNumber.e164.in_([one.e164 for one in client.numbers])
        ways.append((Alike.NUMBER, others.where(Client.numbers.any(same))))
    if words := plain(client.name).split():
        folded = func.plain(Client.name)
        orders = {" ".join(words), " ".join(reversed(words)), " ".join([words[-1], *words[:-1]])}
        ways.append((Alike.NAME, others.where(or_(*(folded == one for one in orders)))))
    return ways
