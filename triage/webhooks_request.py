"""One POST to one receiver: signed, to the IP address that was judged, within five seconds.

No redirect is followed, no proxy asked, and of the answer only the status is kept.
"""

import hashlib
import hmac
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from models.webhook_delivery import GONE
from triage.webhooks_address import Allowed, Refused, Resolve, read, settle

TIME_OUT = 5.0
MOST_READ = 64 * 1024
USER_AGENT = "Triage-Webhook/1"


@dataclass(frozen=True)
class Answer:
    """What came of it; `error` is empty when the receiver has taken it."""

    status: int | None
    error: str
    milliseconds: int = 0


def addresses_of(host: str, port: int) -> Sequence[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def headers_for(
    event: str, delivery: str, body: bytes, secrets: Sequence[bytes], seconds: int
) -> dict[str, str]:
    """What goes with a body: signed by the present secret, and by the one before while it counts.

    `X-Hub-Signature-256` is the plain HMAC of the body; `X-Triage-Signature` signs the time too.
    """
    stamped = f"{seconds}.".encode() + body
    dated = [f"v1={hmac.new(secret, stamped, hashlib.sha256).hexdigest()}" for secret in secrets]
    plain = hmac.new(secrets[0], body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": USER_AGENT,
        "X-Triage-Event": event,
        "X-Triage-Delivery": delivery,
        "X-Hub-Signature-256": f"sha256={plain}",
        "X-Triage-Signature": ",".join([f"t={seconds}", *dated]),
    }


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    allowed: Allowed,
    *,
    resolve: Resolve = addresses_of,
    context: ssl.SSLContext | None = None,
    time_out: float = TIME_OUT,
) -> Answer:
    """Send it once. Never raises: whatever goes wrong is a word in the answer."""
    began = time.monotonic()
    status, error = None, ""
    try:
        status = _send(url, body, headers, allowed, resolve, context, time_out)
    except Refused as reason:
        error = f"refused_{reason}"
    except ssl.SSLError:
        error = "tls"
    except socket.gaierror:
        error = "unknown_name"
    except TimeoutError:
        error = "too_slow"
    except (OSError, http.client.HTTPException, UnicodeError):
        error = "connection"
    taken = time.monotonic() - began
    if error in ("connection", "tls") and taken >= time_out:
        error = "too_slow"
    if status is not None and not 200 <= status < 300:
        error = "redirect" if 300 <= status < 400 else "gone" if status == GONE else "answer"
    return Answer(status, error, int(taken * 1000))


def _send(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    allowed: Allowed,
    resolve: Resolve,
    context: ssl.SSLContext | None,
    time_out: float,
) -> int:
    target = read(url, allowed)
    ip = settle(target, allowed, resolve)
    connection = http.client.HTTPConnection(target.host, target.port, timeout=time_out)
    plain = socket.create_connection((ip, target.port), timeout=time_out)
    # The watch cuts by a descriptor of its own, which TLS does not take over: a receiver that drips
    # is left like one that is silent.
    watched, over = plain.dup(), threading.Event()
    watch = threading.Timer(time_out, _cut, [watched, over])
    watch.daemon = True
    watch.start()
    try:
        connection.sock = plain
        if target.tls:
            secure = context or ssl.create_default_context()
            connection.sock = secure.wrap_socket(plain, server_hostname=target.host)
        connection.request("POST", target.path, body=body, headers={"Host": target.host, **headers})
        answer = connection.getresponse()
        if over.is_set():  # what was cut off reads like an answer that has ended
            raise TimeoutError
        with suppress(OSError, http.client.HTTPException):  # its words are nothing to us
            answer.read(MOST_READ)
        return answer.status
    finally:
        watch.cancel()
        connection.close()
        plain.close()
        watched.close()


def _cut(watched: socket.socket, over: threading.Event) -> None:
    over.set()
    with suppress(OSError):
        watched.shutdown(socket.SHUT_RDWR)
