"""Every example in the document of the API, sent to a running house as it stands there."""

import json
import re
import shlex
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from models.api_token import ApiToken, Scope
from models.base import db, transaction
from tests.people import House, amelie

DOCUMENT = Path(__file__).parents[2] / "docs" / "api.md"
EXAMPLE = re.compile(r"```sh\n(curl .*?)\n```\n```json (\d+)\n(.*?)\n```", re.S)
HOST, NUMBER, ANYTHING = "https://contact.example.be", "100231", "…"


def test_every_example_answers_as_the_document_says(house: House, served: str) -> None:
    written = DOCUMENT.read_text("utf-8")
    examples = EXAMPLE.findall(written)
    assert len(examples) == written.count("\ncurl ") >= 9
    number = str(house.ticket(house.write(amelie, "Où en est mon dossier ?")).number)
    with transaction():
        _row, token = ApiToken.issue(house.ingrid, "back office", tuple(Scope), None)
    db.session.remove()
    for command, status, fields in examples:
        here = command.replace(HOST, served).replace("$TOKEN", token).replace(NUMBER, number)
        answered, told = send(here)
        assert (command, answered) == (command, int(status)), told
        assert_like(told, json.loads(fields.replace(NUMBER, number)), command)


def assert_like(told: Any, wanted: Any, where: str) -> None:
    """What is shown is there; what is not shown may be."""
    if wanted == ANYTHING:
        return
    if isinstance(wanted, dict):
        assert wanted.keys() <= told.keys(), where
        for name, value in wanted.items():
            assert_like(told[name], value, f"{where} {name}")
    elif isinstance(wanted, list):
        assert len(told) == len(wanted), where
        for one, other in zip(told, wanted, strict=True):
            assert_like(one, other, where)
    else:
        assert told == wanted, where


def send(command: str) -> tuple[int, Any]:
    """A line of curl, without curl: its method, headers, body or form, and address."""
    words = iter(shlex.split(command.replace("\\\n", " "))[1:])
    method, address = "", ""
    body: bytes | None = None
    headers: dict[str, str] = {}
    form: dict[str, Any] = {}
    for word in words:
        if word == "-X":
            method = next(words)
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = next(words).encode()
        elif word == "-F":
            name, _, value = next(words).partition("=")
            brought = value.removeprefix("@")
            form[name] = value if value == brought else (brought, b"%PDF-1.4 proof")
        else:
            address = word
    if form:
        headers["Content-Type"], body = as_form(form)
    asked = urllib.request.Request(address, body, headers, method=method or None)
    try:
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)


def as_form(parts: dict[str, Any]) -> tuple[str, bytes]:
    lines = []
    for name, value in parts.items():
        named = f'Content-Disposition: form-data; name="{name}"'
        if isinstance(value, tuple):
            named += f'; filename="{value[0]}"'
            value = value[1].decode()
        lines.append(f"--x9\r\n{named}\r\n\r\n{value}\r\n")
    return "multipart/form-data; boundary=x9", ("".join(lines) + "--x9--\r\n").encode()
