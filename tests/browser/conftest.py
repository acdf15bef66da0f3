"""Chromium before the real application: a house that is lived in, served on loopback.

Without Chromium these tests are skipped; REQUIRE_BROWSER=1 makes that a failure.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from models.base import db, now, transaction
from models.user import User, UserSession
from tests.browser.lived import live_in
from tests.conftest import (
    NUMBERS,
    Servers,
    furnish_model,
    hang_up,
    open_directory,
    settings_for,
)
from tests.people import House
from triage.application import Passerelle, create_app

PATIENCE = 15_000
"""Milliseconds that anything may take on a busy machine."""
HEIGHTS = {1440: 900, 390: 844}

LISTEN = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`);
});
"""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser itself, started once."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        words = "Chromium is not installed (Debian: apt install chromium)"
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail(words)
        pytest.skip(words)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found,
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
        )
        yield browser
        browser.close()


@dataclass(frozen=True)
class Lived:
    """A database in which people have worked, to be copied."""

    name: str
    data_dir: Path
    addresses: dict[str, str]
    """Where things stand, by a word for each."""


@pytest.fixture(scope="session")
def lived_in(servers: Servers, furnished: str, models_dir: Path) -> Iterator[Lived]:
    with open_directory() as directory:
        data_dir = directory / "var"
        furnish_model(data_dir, models_dir)
        name = f"lived_in_{os.getpid()}"
        url = servers.clone(name, furnished)
        with opened(create_app(settings_for(url, servers.redis_url, data_dir))) as app:
            addresses = live_in(House(app))
        yield Lived(name, data_dir, addresses)
        servers.drop(name)


@contextmanager
def opened(app: Passerelle) -> Iterator[Passerelle]:
    """Work on the application's database; nobody is connected to it afterwards."""
    with app.app_context():
        yield app
        hang_up(app)
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()


# --- served ---------------------------------------------------------------------------------


class Quiet(WSGIRequestHandler):
    """Answers without telling of each."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        pass


@dataclass
class Visit:
    """A page that somebody opened, and all that went wrong on it."""

    page: Page
    status: int = 0
    faults: list[str] = field(default_factory=list)
    """Errors in the console, refusals of the policy, dialogs, calls to other houses."""

    def widen(self, width: int) -> None:
        self.page.set_viewport_size({"width": width, "height": HEIGHTS[width]})

    def listen(self, host: str) -> None:
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("dialog", self._dialog)
        self.page.on("request", lambda request: self._request(request.url, host))

    def _console(self, message: Any) -> None:
        # That the page itself is an error page is what some tests want.
        own = message.location.get("url") == self.page.url and "Failed to load" in message.text
        if message.type == "error" and not own:
            self.faults.append(f"console: {message.text}")

    def _dialog(self, dialog: Any) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, url: str, host: str) -> None:
        parts = urlsplit(url)
        if parts.scheme != "data" and parts.netloc != host:
            self.faults.append(f"request: {url}")


@dataclass
class Site:
    """The house on loopback, and browsers that are somebody's."""

    app: Passerelle
    url: str
    chromium: Browser
    at: dict[str, str]
    visits: dict[str, Visit] = field(default_factory=dict)
    """One page for each person and kind of browser: a new one costs a process."""
    spoken: dict[str, str] = field(default_factory=dict)
    last: Visit | None = None

    def visit(
        self,
        path: str,
        who: str | None = None,
        *,
        language: str = "fr",
        width: int = 1440,
        dark: bool = False,
        **options: Any,
    ) -> Visit:
        """Open `path` as the person with that login, or as a stranger; `options` of Playwright."""
        if who is None:
            path += ("&" if "?" in path else "?") + f"lang={language}"
        else:
            self.speak(who, language)
        visit = self.last = self.browser_of(who, options)
        visit.faults.clear()
        visit.widen(width)
        scheme: Literal["dark", "light"] = "dark" if dark else "light"
        visit.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        answer = visit.page.goto(self.url + path, wait_until="load")
        visit.status = answer.status if answer else 0
        return visit

    def browser_of(self, who: str | None, options: dict[str, Any]) -> Visit:
        name = f"{who} {options}"
        if name not in self.visits:
            context = self.chromium.new_context(base_url=self.url, **options)
            context.set_default_timeout(PATIENCE)
            context.add_init_script(LISTEN)
            if who is not None:
                context.add_cookies([self.cookie(who)])
            self.visits[name] = Visit(context.new_page())
            self.visits[name].listen(urlsplit(self.url).netloc)
        return self.visits[name]

    def cookie(self, who: str) -> Any:
        """What a browser holds after signing in."""
        with self.app.app_context(), transaction():
            user = db.session.scalar(User.by_login(who))
            assert user is not None, who
            secret = UserSession.begin(user, now(), "127.0.0.1", "Chromium")
        signer = self.app.session_interface.get_signing_serializer(self.app)  # type: ignore[attr-defined]
        value = signer.dumps({"_user_id": secret, "_fresh": True})
        return {"name": "triage", "value": value, "url": self.url, "httpOnly": True}

    def speak(self, who: str, language: str) -> None:
        if self.spoken.get(who) == language:
            return
        self.spoken[who] = language
        with self.app.app_context(), transaction():
            user = db.session.scalar(User.by_login(who))
            assert user is not None, who
            user.language = language

    def leave(self) -> None:
        """Let nothing of a test's page go on; its people stay signed in."""
        if self.last is not None:
            self.last.page.goto("about:blank")

    def close(self) -> None:
        for visit in self.visits.values():
            visit.page.context.close()


@contextmanager
def serving(app: Passerelle, chromium: Browser, at: dict[str, str]) -> Iterator[Site]:
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    server.daemon_threads = True  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    site = Site(app, f"http://127.0.0.1:{server.port}", chromium, at)
    try:
        yield site
    finally:
        site.close()
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def served(chromium: Browser, lived_in: Lived, servers: Servers) -> Iterator[Site]:
    """A copy of the house, open to browsers."""
    name = f"site_{os.getpid()}_{next(NUMBERS)}"
    url = servers.clone(name, lived_in.name)
    app = create_app(settings_for(url, servers.redis_url, lived_in.data_dir))
    with serving(app, chromium, lived_in.addresses) as site:
        yield site
    with opened(app):
        pass
    servers.drop(name)


@pytest.fixture(scope="module")
def house_site(chromium: Browser, lived_in: Lived, servers: Servers) -> Iterator[Site]:
    """The house for all tests of a file."""
    with served(chromium, lived_in, servers) as site:
        yield site


@pytest.fixture
def site(house_site: Site) -> Iterator[Site]:
    yield house_site
    house_site.leave()
