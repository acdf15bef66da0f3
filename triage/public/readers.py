"""Who reads the dossier: their language, whether they are a program, and where a form stood."""

import re
from ipaddress import ip_address

from flask import request
from flask_login import current_user

from models.keys import ring
from models.topic import LANGUAGES
from triage.display import reader_language

MACHINES = re.compile(r"bot|crawl|spider|slurp|preview|monitor|curl|wget|python|http-client", re.I)


def wanted_language() -> str:
    """The language in the address, also for somebody of the house; else the reader's own."""
    asked = request.args.get("lang", "")
    return asked if asked in LANGUAGES else reader_language()


def is_counted() -> bool:
    """Neither one of us, nor a program, nor a browser that looks ahead."""
    purpose = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    agent = request.headers.get("User-Agent", "")
    return (
        request.method == "GET"
        and "prefetch" not in purpose
        and bool(agent)
        and MACHINES.search(agent) is None
        and not current_user.is_authenticated
    )


def sent_from_here() -> bool:
    """These pages carry no cookie, so the browser itself says where the form stood."""
    return request.headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "none")


def address() -> str:
    """An address as a digest: it is counted, not kept."""
    return ring().blind(request.remote_addr or "", "visitor").hex()[:40]


def browser() -> str:
    """One browser at an address, as a digest."""
    who = f"{request.remote_addr}|{request.headers.get('User-Agent', '')[:200]}"
    return ring().blind(who, "visitor").hex()[:40]


def address_is_shared() -> bool:
    """An address of a private network is a proxy or an office: many people stand behind it."""
    try:
        return ip_address(request.remote_addr or "").is_private
    except ValueError:
        return True
