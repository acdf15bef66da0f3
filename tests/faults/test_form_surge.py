"""Many forms at once, readers dying between: every one that got its receipt is one contact."""

import http.cookiejar
import re
import threading
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import pytest
from sqlalchemy import func, select

from models.base import db
from models.contact import Contact
from models.intake import Intake
from models.web_form import FormSubmission
from tests.people import House
from triage.forms import sending
from triage.intake import reading

SENDERS = 12
EACH = 5
BROKEN = 7
"""Every so many readings fail in the middle, as if their process had died."""


class Sender:
    """One browser: its cookies, and the token of the page it was shown."""

    def __init__(self, address: str) -> None:
        self.address = address
        jar = http.cookiejar.CookieJar()
        self.browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        page = self.browser.open(f"{address}/contact/question?whole=1&lang=en").read().decode()
        self.begun, self.token = (
            re.findall(rf'name="{name}" value="([^"]+)"', page)[0]
            for name in ("begun", "csrf_token")
        )

    def send(self, words: str) -> str:
        """Where the answer led."""
        filled = {
            "csrf_token": self.token,
            "begun": self.begun,
            "key": re.sub(r"\W", "-", f"key-of-the-surge-{words}"),
            "step": "all",
            "go": "send",
            "name": words,
            "email": f"{words}@example.be",
            "text": f"My question is {words}.",
        }
        data = urllib.parse.urlencode(filled).encode()
        with self.browser.open(f"{self.address}/contact/question?lang=en", data) as answer:
            return str(answer.url)


def test_none_of_many_is_lost_or_doubled(
    house: House, served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_now, count = reading.read_now, iter(range(10_000))

    def sometimes(*told: Any) -> object:
        if next(count) % BROKEN == 0:
            raise RuntimeError("died while reading")
        return read_now(*told)

    monkeypatch.setattr(sending.reading, "read_now", sometimes)
    receipts: list[str] = []
    refused: list[str] = []
    db.session.remove()

    def surge(number: int) -> None:
        sender = Sender(served)
        for each in range(EACH):
            words = f"s{number}n{each}"
            for _click in range(3):
                try:
                    receipts.append(sender.send(words))
                    break
                except urllib.error.HTTPError as error:
                    refused.append(str(error.code))

    threads = [threading.Thread(target=surge, args=(number,)) for number in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    house.work()
    assert all("/contact/receipt/" in one for one in receipts)
    assert len(receipts) == SENDERS * EACH
    assert db.session.scalar(select(func.count(Intake.id))) == SENDERS * EACH
    assert db.session.scalar(select(func.count(Contact.id))) == SENDERS * EACH
    unread = select(func.count(FormSubmission.id)).where(FormSubmission.contact_id.is_(None))
    assert db.session.scalar(unread) == 0
