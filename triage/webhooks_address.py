"""Where a webhook may lead: an address of the open internet, over TLS, and nowhere else. Pure.

A name is resolved once, every answer must be allowed, and the one that was judged is the one that
is connected to: what the name says a moment later changes nothing.
"""

import ipaddress
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

LONGEST = 2_000
LOOPBACK = "127.0.0.1"

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_LAST_LABEL = re.compile(r"[a-z][a-z0-9-]*[a-z0-9]")
_TUNNELS = tuple(
    ipaddress.ip_network(net)
    for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "fec0::/10")
)
"""IPv6 addresses in which another one hides."""
_SPECIAL = tuple(ipaddress.ip_network(net) for net in ("192.0.0.0/24", "192.88.99.0/24"))
"""IPv4 addresses for protocols of the net itself; not every Python knows them as such."""

Resolve = Callable[[str, int], Sequence[str]]


class Refused(ValueError):
    """An address to which nothing is sent, with a word of ours for the reason."""


@dataclass(frozen=True)
class Allowed:
    """What the installation says of receivers."""

    hosts: Collection[str] = ()
    """The only ones, where any are given; `*.example.be` is all below a name."""
    inside: Collection[str] = ()
    """Those that may stand in the house's own private network."""
    loopback: bool = False
    """For trials: this machine, without TLS, on any port."""


@dataclass(frozen=True)
class Target:
    """An address that is written well; whether its host may be spoken to is seen later."""

    host: str
    port: int
    path: str
    tls: bool = True


def read(url: str, allowed: Allowed) -> Target:
    """The parts of an address; raises `Refused` for whatever is not plainly ours to call."""
    if not 0 < len(url) <= LONGEST or not url.isascii() or not url.isprintable() or " " in url:
        raise Refused("shape")
    if "\\" in url or "#" in url:
        raise Refused("shape")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused("shape") from None
    if "@" in parts.netloc:
        raise Refused("credentials")
    host = (parts.hostname or "").lower().removesuffix(".")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if allowed.loopback and parts.scheme == "http" and host == LOOPBACK:
        return Target(host, port or 80, path, tls=False)
    if parts.scheme != "https":
        raise Refused("scheme")
    if port not in (None, 443):
        raise Refused("port")
    if not _is_name(host):
        raise Refused("host")
    if allowed.hosts and not _listed(host, [*allowed.hosts, *allowed.inside]):
        raise Refused("not_listed")
    return Target(host, 443, path)


def settle(target: Target, allowed: Allowed, resolve: Resolve) -> str:
    """The one IP address to connect to; raises `Refused` when any answer is not allowed.

    Raises OSError when the name is unknown.
    """
    if not target.tls:
        return LOOPBACK
    answers = resolve(target.host, target.port)
    if not answers:
        raise Refused("unknown")
    inside = target.host in {name.lower() for name in allowed.inside}
    if not all(open_to_all(answer) or (inside and private(answer)) for answer in answers):
        raise Refused("private")
    return answers[0]


def open_to_all(address: str) -> bool:
    """Whether an IP address is one of the open internet, and hides no other one."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and (
        ip.scope_id or ip.ipv4_mapped or any(ip in tunnel for tunnel in _TUNNELS)
    ):
        return False
    if ip.version == 4 and any(ip in network for network in _SPECIAL):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def private(address: str) -> bool:
    """Whether it is one of a house's own network: never this machine, a neighbour link or a cloud's
    own services."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    networks = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
    return any(
        ip in network
        for network in map(ipaddress.ip_network, networks)
        if network.version == ip.version
    )


def _is_name(host: str) -> bool:
    """A name with a dot whose last part is no number: no address in any notation is one."""
    labels = host.split(".")
    return (
        len(host) <= 253
        and len(labels) >= 2
        and all(_LABEL.fullmatch(label) for label in labels)
        and _LAST_LABEL.fullmatch(labels[-1]) is not None
    )


def _listed(host: str, hosts: Collection[str]) -> bool:
    names = [name.lower() for name in hosts]
    below = [name[1:] for name in names if name.startswith("*.")]
    return host in names or any(host.endswith(ending) for ending in below)
