"""No more news to one of a client's addresses: an agent writes down what the client said, or takes
it back."""

from flask import abort
from flask.typing import ResponseReturnValue

from models.base import now
from models.client import Client
from models.opt_out import How, OptOut
from triage.clients.pages import back_to, pages, the_client


@pages.post("/<int:client_id>/ways/address/<int:address_id>/news/end")
def end_news(client_id: int, address_id: int) -> ResponseReturnValue:
    user, client = the_client(client_id)
    address = the_address(client, address_id)
    OptOut.enter(address, How.AGENT, at=now(), by=user, client_id=client.id)
    return back_to(client)


@pages.post("/<int:client_id>/ways/address/<int:address_id>/news/end/withdrawal")
def resume_news(client_id: int, address_id: int) -> ResponseReturnValue:
    user, client = the_client(client_id)
    OptOut.withdraw(the_address(client, address_id), at=now(), by=user)
    return back_to(client)


def the_address(client: Client, address_id: int) -> str:
    found = (one.address for one in client.addresses if one.id == address_id)
    return next(found, None) or abort(404)
