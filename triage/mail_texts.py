"""The words of the mails that leave by themselves: as shipped (templates/mail), or as somebody of
the house has put them on the page of texts.

What depends on the case is a block of the shipped template and stays its own: a changed text says
in braces where it belongs. Values are put in literally and once, so none brings a field with it.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from flask import current_app
from flask_babel import LazyString
from flask_babel import lazy_gettext as _
from jinja2 import Template
from jinja2.runtime import Context

from models.mail_text import MailText
from models.topic import LANGUAGES
from triage import placeholders

LookUp = Callable[[str, str], MailText | None]


class Words(NamedTuple):
    """What a mail says, before it is signed and sent."""

    subject: str
    text: str


class Mail(NamedTuple):
    """One of these mails: what its text may name, and what must not be missing from it."""

    key: str
    word: LazyString
    when: LazyString
    fields: tuple[str, ...]
    needed: tuple[str, ...]
    paragraphs: tuple[str, ...] = ()
    """The fields that are whole paragraphs, or nothing."""
    has_subject: bool = True


MAILS = {
    mail.key: mail
    for mail in (
        Mail(
            "acknowledgement",
            _("Receipt"),
            _("To every client who has written, at once."),
            ("number", "meanwhile", "missing", "known", "delay", "status_url", "house"),
            ("number", "missing", "delay", "status_url"),
            ("missing", "known"),
        ),
        Mail(
            "callback",
            _("We tried to call"),
            _("To a client whom nobody could reach by telephone."),
            ("tries", "numbered", "status", "house"),
            (),
            ("status",),
        ),
        Mail(
            "document",
            _("Documents are missing"),
            _("To a client who has to send documents, and once more as a reminder."),
            ("asking", "documents", "sending", "due", "files", "number", "status_url", "house"),
            ("documents", "sending"),
            ("documents", "sending", "due"),
        ),
        Mail(
            "links",
            _("New links"),
            _("To a client who has asked for new links to the own messages."),
            ("links", "days", "house"),
            ("links",),
            ("links",),
        ),
        Mail(
            "mailing_foot",
            _("Foot of a mailing"),
            _("Below each mail of a mailing: why it is sent, and how to have no more of it."),
            ("reason", "house"),
            ("reason",),
            has_subject=False,
        ),
        Mail(
            "owner",
            _("To an owner outside"),
            _("To somebody without an account who has to do what a meeting has decided."),
            ("owner", "problem", "kind", "task", "day", "url", "house"),
            ("task", "url"),
        ),
        Mail(
            "invitation",
            _("Invitation"),
            _("To somebody new of the house, who chooses a password by it."),
            ("name", "login", "link", "until", "house"),
            ("link",),
        ),
        Mail(
            "reset",
            _("Forgotten password"),
            _("To somebody of the house to whom an administrator sends a link for a new password."),
            ("name", "login", "link", "until", "house"),
            ("link",),
        ),
        Mail(
            "webhook_off",
            _("A webhook is switched off"),
            _("To administrators, once a receiver has failed too often or says that it is gone."),
            ("webhook", "failures", "why", "address", "house"),
            ("address",),
        ),
    )
}


def written(key: str, language: str, look_up: LookUp = MailText.newest, /, **values: Any) -> Words:
    """What this mail says in that language; `values` are what its shipped template asks for. Who
    writes many at once gives a `look_up` of its own that asks once."""
    standing = look_up(key, language)
    if standing is None or standing.text is None:
        return shipped(key, language, **values)
    return filled(key, language, standing.subject or "", standing.text, **values)


def shipped(key: str, language: str, **values: Any) -> Words:
    """What it says where nobody has changed it."""
    return _parted(key, template(key, language).render(**values))


def filled(key: str, language: str, subject: str, text: str, **values: Any) -> Words:
    """A changed text for one case; a paragraph of which nothing is to be said falls away."""
    known = fields(key, language, **values)
    heading = " ".join(_line(subject, known).split())
    return Words(heading, _paragraphs(text, known, MAILS[key].paragraphs))


def fields(key: str, language: str, **values: Any) -> dict[str, str]:
    """What stands for each name in braces in one case; empty where there is nothing to say."""
    source = template(key, language)
    context = source.new_context(values)
    said = {name: "".join(block(context)) for name, block in source.blocks.items()}
    plain = {name: str(value) for name, value in values.items() if name not in said and value}
    return {name: (said | plain).get(name, "") for name in MAILS[key].fields}


def as_shipped(key: str, language: str) -> Words:
    """The shipped text with its names in braces: what somebody begins from who changes it."""
    mail, source = MAILS[key], template(key, language)
    braced = {name: f"{{{name}}}" for name in mail.fields}
    braced |= {name: f"{{{name}}}\n\n" for name in mail.paragraphs}
    context = source.new_context(braced)
    for name in source.blocks:
        context.blocks[name] = [_saying(braced[name])]
    return _parted(key, _without_gaps("".join(source.root_render_func(context))))


def mistakes(key: str, subject: str, text: str) -> dict[str, list[str]]:
    """What is wrong with a text: names that nobody knows, and what it must say and does not."""
    mail = MAILS[key]
    unknown = placeholders.unknown(f"{subject}\n{text}", mail.fields)
    missing = [f"{{{name}}}" for name in mail.needed if f"{{{name}}}" not in text]
    found = {"unknown": unknown, "missing": missing}
    if not text.strip() or (mail.has_subject and not subject.strip()):
        found["empty"] = [""]
    return {why: names for why, names in found.items() if names}


def template(key: str, language: str) -> Template:
    code = language if language in LANGUAGES else "en"
    return current_app.jinja_env.get_template(f"mail/{key}.{code}.txt")


def _saying(words: str) -> Callable[[Context], Iterator[str]]:
    """A block that says just this, whatever the case."""

    def say(_context: Context) -> Iterator[str]:
        yield words

    return say


def _parted(key: str, whole: str) -> Words:
    """A shipped template: its first line is the subject, where it has one."""
    if not MAILS[key].has_subject:
        return Words("", whole.strip())
    subject, _newline, text = whole.partition("\n")
    return Words(subject.strip(), text.strip() + "\n")


def _paragraphs(text: str, known: dict[str, str], paragraphs: tuple[str, ...]) -> str:
    lines = []
    for line in text.replace("\r\n", "\n").split("\n"):
        alone = line.strip()[1:-1] if line.strip().startswith("{") else ""
        if alone in paragraphs:
            lines += ["", known.get(alone, "").strip(), ""]
        else:
            lines.append(_line(line, known))
    return _without_gaps("\n".join(lines)).strip() + "\n"


def _line(line: str, known: dict[str, str]) -> str:
    named = re.sub(r"\{(\w{1,40})\}", lambda one: known.get(one[1], one[0]), line)
    return re.sub(r" {2,}", " ", named).strip()


def _without_gaps(text: str) -> str:
    return re.sub(r"\n[ \t]*\n[\s]*\n", "\n\n", text)
