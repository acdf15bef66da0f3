"""Two installations that write to each other: one automatic mail each at most, then silence."""

import email
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP, default
from pathlib import Path

import pytest
from sqlalchemy import select

from models import correspondence, keys
from models.base import after_commit, db, now, transaction
from models.client import Client
from models.contact import Contact
from models.intake import Adapter
from models.mailbox import Mailbox
from models.message import AUTOMATIC, Message
from tests.conftest import NUMBERS, Servers, furnish_model, settings_for
from tests.people import House
from triage.application import Passerelle, create_app
from triage.intake import receive_mail

ROUNDS = 8
"""Each house works and the other gets its mail: far more than a ping-pong needs to show."""


@dataclass
class Post:
    """One house with its mail domain, and what it has sent so far."""

    app: Passerelle
    ring: keys.KeyRing
    domain: str
    taken: set[Path] = field(default_factory=set)

    @property
    def address(self) -> str:
        return f"contact@{self.domain}"

    def enter(self) -> None:
        """The key ring and the doorbell belong to the process: the house that works has its own."""
        keys.install(self.ring)
        after_commit[:] = []

    def work(self) -> None:
        self.enter()
        with self.app.app_context():
            House(self.app).work()

    def take(self, mail: bytes, mail_from: str, to: str) -> None:
        self.enter()
        with self.app.app_context():
            receive_mail(
                mail,
                adapter=Adapter.SMTP,
                mailbox=Mailbox.first(),
                mail_from=mail_from,
                rcpt_to=[to],
            )

    def fresh_mail(self) -> list[EmailMessage]:
        """What it has laid down since the last time, the oldest first."""
        folder = self.app.extensions["settings"].outbox_dir
        fresh = sorted(set(folder.glob("*.eml")) - self.taken)
        self.taken.update(fresh)
        read = [email.message_from_bytes(path.read_bytes(), policy=default) for path in fresh]
        return [mail for mail in read if isinstance(mail, EmailMessage)]

    def automatic(self) -> int:
        self.enter()
        with self.app.app_context():
            rows = db.session.scalars(select(Message).where(Message.kind.in_(AUTOMATIC)))
            return len(rows.all())

    def contacts(self) -> int:
        self.enter()
        with self.app.app_context():
            return len(db.session.scalars(select(Contact.id)).all())


@pytest.fixture
def houses(
    servers: Servers, furnished: str, redis_url: str, models_dir: Path, tmp_path: Path
) -> Iterator[tuple[Post, Post]]:
    """Two installations: two databases, two key rings, two domains."""
    made, names = [], []
    for domain in ("fund.example", "office.example"):
        name = f"post_{next(NUMBERS)}"
        names.append(name)
        data_dir = tmp_path / domain
        furnish_model(data_dir, models_dir)
        settings = replace(
            settings_for(servers.clone(name, furnished), redis_url, data_dir), mail_domain=domain
        )
        app = create_app(settings)
        post = Post(app, keys.ring(), domain)
        with app.app_context(), transaction():
            mailbox = Mailbox.first()
            assert mailbox is not None
            mailbox.address = post.address
        made.append(post)
    yield made[0], made[1]
    for post in made:
        with post.app.app_context():
            db.session.remove()
            for engine in db.engines.values():
                engine.dispose()
    for name in names:
        servers.drop(name)


def carry(source: Post, target: Post, *, strip: tuple[str, ...] = ()) -> int:
    """Deliver what one house has sent to the other; relays may lose some headers and the null
    sender."""
    mails = source.fresh_mail()
    for mail in mails:
        null_sender = mail["Auto-Submitted"] is not None and not strip
        sender = "" if null_sender else source.address
        for name in strip:
            del mail[name]
        target.take(mail.as_bytes(policy=SMTP), sender, str(mail["To"]))
    return len(mails)


def begin(target: Post, sender: str, subject: str = "Question") -> None:
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, target.address, subject
    mail["Message-ID"] = f"<first-{len(subject)}@{sender.partition('@')[2]}>"
    mail.set_content("Bonjour, où en est la demande de droit passerelle de notre client ?")
    target.take(mail.as_bytes(), sender, target.address)


def play(first: Post, second: Post, **lost: tuple[str, ...]) -> list[int]:
    """How many mails crossed in each round."""
    crossed = []
    for _ in range(ROUNDS):
        first.work()
        there = carry(first, second, **lost)
        second.work()
        crossed.append(there + carry(second, first, **lost))
    return crossed


def test_two_houses_that_confirm_receipt_fall_silent_at_once(houses):
    fund, office = houses
    begin(fund, office.address)
    crossed = play(fund, office)
    assert crossed == [1] + [0] * (ROUNDS - 1)
    assert (fund.automatic(), office.automatic()) == (1, 0)
    assert (fund.contacts(), office.contacts()) == (1, 1)


EVERY_MARK = (
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "Precedence",
    "X-Triage-Loop",
    "In-Reply-To",
    "References",
)


def test_relays_that_lose_every_mark_do_not_make_them_talk(houses):
    fund, office = houses
    begin(fund, office.address)
    crossed = play(fund, office, strip=EVERY_MARK)
    assert crossed[2:] == [0] * (ROUNDS - 2)
    assert fund.automatic() <= 2
    assert office.automatic() <= 1


def test_a_forwarding_that_hides_who_writes_does_not_make_them_talk(houses):
    """Each takes the other for a new person, and the reply addresses are lost as well."""
    fund, office = houses
    begin(fund, office.address)
    crossed = play(fund, office, strip=(*EVERY_MARK, "Reply-To", "Message-ID"))
    assert crossed[3:] == [0] * (ROUNDS - 3)
    assert fund.automatic() <= 2
    assert office.automatic() <= 2


def test_people_of_both_houses_can_still_write_to_each_other(houses):
    fund, office = houses
    begin(fund, office.address)
    play(fund, office)
    fund.enter()
    with fund.app.app_context(), transaction():
        house = House(fund.app)
        client = db.session.scalar(select(Client))
        assert client is not None
        (ticket,) = [house.ticket(one) for one in db.session.scalars(select(Contact))]
        correspondence.answer(
            ticket,
            "Bonjour, la demande est en ordre.",
            by=house.nadia,
            at=now() - timedelta(minutes=1),
            mailbox_address=fund.address,
            domain=fund.domain,
            tag="",
        )
    fund.work()
    assert carry(fund, office) == 1
    office.work()
    office.enter()
    with office.app.app_context():
        newest = db.session.scalars(select(Contact).order_by(Contact.id.desc())).first()
        assert newest is not None
        assert "en ordre" in newest.new_text
        assert newest.automatic is None
