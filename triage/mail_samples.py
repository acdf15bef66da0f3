"""Invented cases of the mails that leave by themselves: how a text will look before it is kept."""

from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, NamedTuple

from flask_babel import LazyString, force_locale
from flask_babel import lazy_gettext as _

from triage.config import Settings
from triage.display import full, weekday
from triage.long_days import long_day

NUMBER = 100_123
_NAMES = {"fr": "Chloé Lambert", "nl": "Wout Janssens", "de": "Jana Meyer", "en": "Alice Brown"}
_DOCUMENTS = {
    "fr": ("attestation de revenus", "composition de ménage"),
    "nl": ("inkomensattest", "gezinssamenstelling"),
    "de": ("Einkommensnachweis", "Haushaltszusammensetzung"),
    "en": ("proof of income", "household certificate"),
}
_KNOWN = {
    "fr": "les paiements de ce mois partent le 15.",
    "nl": "de betalingen van deze maand vertrekken op de 15e.",
    "de": "die Zahlungen dieses Monats gehen am 15. hinaus.",
    "en": "this month’s payments leave on the 15th.",
}
_TASK = {
    "fr": (
        "Les clients ne trouvent pas le formulaire",
        "Page du dossier",
        "remonter le lien",
    ),
    "nl": ("Klanten vinden het formulier niet", "Dossierpagina", "de link bovenaan zetten"),
    "de": ("Kunden finden das Formular nicht", "Seite der Akte", "den Link nach oben setzen"),
    "en": ("Clients do not find the form", "Dossier page", "put the link at the top"),
}


class Sample(NamedTuple):
    """One case: what it is, and the values for it."""

    word: LazyString
    values: dict[str, Any]


def samples(key: str, language: str, settings: Settings, at: datetime) -> list[Sample]:
    """The usual case first, then the one in which most is said."""
    cases = _CASES[key](language, settings, at)
    words = (_("The usual case"), _("With all that can be said"))
    house = {"house": settings.triage_name}
    return [Sample(word, house | values) for word, values in zip(words, cases, strict=False)]


def _acknowledgement(language: str, settings: Settings, at: datetime) -> list[dict[str, Any]]:
    usual = {
        "number": NUMBER,
        "days": 3,
        "before": "",
        "known": "",
        "missing": [],
        "lacking": 0,
        "status_url": _address(settings, "status/…"),
    }
    documents = list(_DOCUMENTS[language])
    busy = {"days": 9, "before": "45", "known": _KNOWN[language], "missing": documents}
    return [usual, usual | busy]


def _callback(language: str, settings: Settings, at: datetime) -> list[dict[str, Any]]:
    usual = {"tries": 3, "number": NUMBER, "status_url": _address(settings, "status/…")}
    return [usual, {"tries": 1, "number": None, "status_url": ""}]


def _document(language: str, settings: Settings, at: datetime) -> list[dict[str, Any]]:
    first, second = _DOCUMENTS[language]
    usual = {
        "number": NUMBER,
        "documents": [(first, "")],
        "discreet": False,
        "due": "",
        "reminder": False,
        "status_url": _address(settings, "status/…"),
    }
    due = long_day(_later(at, 10), language)
    return [usual, usual | {"documents": [(first, ""), (second, "")], "due": due, "reminder": True}]


def _links(language: str, settings: Settings, at: datetime) -> list[dict[str, Any]]:
    address = _address(settings, "status/…")
    matters = [(SimpleNamespace(number=NUMBER + step), address) for step in range(2)]
    return [{"matters": matters, "days": settings.status_days}]


def _mailing_foot(language: str, settings: Settings, at: datetime) -> list[dict[str, Any]]:
    declinable = {"link": _address(settings, "unsubscribe/…"), "number": None}
    return [declinable, {"link": "", "number": NUMBER}]


def _owner(language: str, settings: Settings, at: datetime) -> list[dict[str, Any]]:
    problem, kind, what = _TASK[language]
    with force_locale(language):
        day = weekday(_later(at, 7))
    address = _address(settings, "owner/…")
    named = {"owner": _NAMES[language], "problem": problem, "kind": kind}
    return [named | {"what": what, "day": day, "url": address}]


def _entry(language: str, settings: Settings, at: datetime) -> list[dict[str, Any]]:
    name = _NAMES[language]
    with force_locale(language):
        until = full(at + timedelta(hours=72))
    login = name.split()[0].lower()
    link = _address(settings, "enter/…")
    return [{"name": name, "login": login, "link": link, "until": until}]


def _webhook_off(language: str, settings: Settings, at: datetime) -> list[dict[str, Any]]:
    address = _address(settings, "admin/webhooks/1")
    return [{"webhook": "Dossier", "failures": 20, "address": address}]


def _address(settings: Settings, path: str) -> str:
    return f"{settings.base_url.rstrip('/')}/{path}"


def _later(at: datetime, days: int) -> date:
    return at.date() + timedelta(days=days)


_CASES = {
    "acknowledgement": _acknowledgement,
    "callback": _callback,
    "document": _document,
    "links": _links,
    "mailing_foot": _mailing_foot,
    "owner": _owner,
    "invitation": _entry,
    "reset": _entry,
    "webhook_off": _webhook_off,
}
