"""Names and numbers that are found by some of their letters: the indexes that make it quick."""

from sqlalchemy import Index, func

from models.client import Client, ClientAddress, ClientNumber
from models.files import Attachment

_THREES = {"letters": "gin_trgm_ops"}

for _name, _letters in (
    ("ix_client_name", func.plain(Client.name)),
    ("ix_attachment_name", func.plain(Attachment.name)),
):
    Index(_name, _letters.label("letters"), postgresql_using="gin", postgresql_ops=_THREES)

Index(
    "ix_address_letters",
    ClientAddress.address,
    postgresql_using="gin",
    postgresql_ops={"address": "gin_trgm_ops"},
)
Index(
    "ix_number_digits",
    ClientNumber.e164,
    postgresql_using="gin",
    postgresql_ops={"e164": "gin_trgm_ops"},
)
