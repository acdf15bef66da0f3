"""An agent writes down that a client wants no news; mailings show among all that was told."""

from sqlalchemy import select

from models.base import db, now, transaction
from models.client import Client
from models.mailing import Mailing, MailingPurpose
from models.message import Kind, Message
from models.opt_out import How, OptOut
from models.outbox import Job, Outbox
from tests.people import amelie
from triage import mailings, outgoing


def test_an_agent_ends_news_and_sends_them_again(house, client):
    who = house.write(amelie, "Où en est ma demande de droit passerelle ?").client
    assert isinstance(who, Client)
    client.sign_in(house.koen)
    where = f"/clients/{who.id}/ways/address/{who.addresses[0].id}/news/end"
    client.post(where)
    standing = OptOut.standing_at(amelie.email)
    assert standing is not None
    assert (standing.how, standing.by_id) == (How.AGENT, house.koen.id)
    assert "no news" in client.get(f"/clients/{who.id}").text
    client.post(f"{where}/withdrawal")
    db.session.expire_all()
    assert OptOut.standing_at(amelie.email) is None


def test_what_a_mailing_told_stands_in_the_stream(house, client, settings):
    who = house.write(amelie, "Où en est ma demande de droit passerelle ?").client
    with transaction():
        mailing = Mailing.draft(
            "Whitsun",
            MailingPurpose.INFORMATION,
            by=house.koen,
            at=now(),
            texts={"fr": "{opening} Fermé lundi."},
            subjects={"fr": "Lundi"},
            working_days=False,
        )
        mailing.keep_rows([{"address": amelie.email}], by=house.koen, at=now())
        mailing.count(by=house.koen, at=now())
    mailings.work_waiting("test", settings)
    with transaction():
        mailing = db.session.get_one(Mailing, mailing.id)
        mailing.start(by=house.koen, at=now())
        mailing.start_at = now()
    mailings.work_waiting("test", settings)
    outgoing.send_waiting("test", settings)
    told = db.session.scalars(select(Message).where(Message.kind == Kind.MAILING.value)).one()
    assert told.ticket_id is None
    client.sign_in(house.koen)
    assert "Mailing “Whitsun”" in client.get(f"/clients/{who.id}").text
    assert (
        db.session.scalar(
            select(Outbox.priority).where(Outbox.ref_id == told.id, Outbox.kind == Job.SEND.value)
        )
        == 7
    )
