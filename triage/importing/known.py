"""What the house already has of some records, and so what would become of each."""

from collections.abc import Sequence

from models import data_import_making as making
from models.client import Client, normal
from models.data_import_row import DataImportRow, Outcome
from models.external_reference import ExternalReference
from triage.importing.record import Matter, Person, Record

MAIL = "mail"
"""How a mail is named: by its own Message-ID, in every program the same."""


class Known:
    """What the house already has of some records."""

    def __init__(self, kind: str, source: str, import_id: int, some: Sequence[Record]) -> None:
        names = [one.external_id for one in some if not one.trouble]
        matters = [one.matter for one in some if one.matter is not None]
        self.names = reference_kind(kind)
        self.references = ExternalReference.known(source, self.names, names)
        of_mail = self.names == MAIL
        self.mails = making.mails_here(names) | making.answers_here(names) if of_mail else set()
        ours = [matter for matter in matters if matter.only_ours]
        threads = [matter.thread for matter in ours if matter.thread]
        self.twins = DataImportRow.twins(import_id, [*names, *threads])
        answered = {mail for matter in ours for mail in (*matter.answers, matter.thread) if mail}
        self.tickets = making.tickets_of(answered) if answered else {}
        people = [one.person for one in some if one.person is not None]
        self.at = making.clients_at([each for person in people for each in person.emails])

    def outcome(self, one: Record) -> tuple[Outcome, str]:
        if one.trouble:
            return Outcome.ERROR, one.trouble
        if one.external_id in self.twins:
            return Outcome.SKIP, "twice"
        if one.matter is not None:
            return self._outcome(one, one.matter)
        self.twins.add(one.external_id)
        client_id = self.client_of(one)
        if client_id is None:
            return Outcome.CREATE, ""
        client = Client.named(client_id)
        news = client is not None and one.person is not None and _adds(client, one.person)
        return (Outcome.UPDATE, "") if news else (Outcome.SKIP, "same")

    def _outcome(self, one: Record, matter: Matter) -> tuple[Outcome, str]:
        if self.here(one):
            return Outcome.SKIP, "here"
        if matter.only_ours and matter.thread not in self.twins and self.answered(matter) is None:
            return Outcome.ERROR, "answer_alone"
        self.twins.add(one.external_id)
        return Outcome.CREATE, ""

    def here(self, one: Record) -> bool:
        return one.external_id in self.references or one.external_id in self.mails

    def answered(self, matter: Matter) -> int | None:
        """The ticket of the mail that it answers, where that one is here already."""
        mails = (*matter.answers, matter.thread)
        return next((self.tickets[mail] for mail in mails if mail in self.tickets), None)

    def client_of(self, one: Record) -> int | None:
        reference = self.references.get(one.external_id)
        if reference is not None and reference.client_id is not None:
            return reference.client_id
        emails = one.person.emails if one.person is not None else ()
        return next((self.at[normal(each)] for each in emails if normal(each) in self.at), None)


def _adds(client: Client, person: Person) -> bool:
    """Whether a person says anything of a client that we do not know yet."""
    addresses = {one.address for one in client.addresses}
    numbers = {one.e164 for one in client.numbers}
    return bool(
        (person.name and not client.name)
        or (person.language and not client.language)
        or {normal(one) for one in person.emails} - addresses
        or set(person.phones) - numbers
    )


def reference_kind(kind: str) -> str:
    return {"clients": "client", "mbox": MAIL}.get(kind, "ticket")
