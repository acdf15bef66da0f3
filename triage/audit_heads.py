"""The last digest of the audit chain, kept each day outside the database: in a file and in mails.

Whoever rewrites the chain whole cannot rewrite these; `disagreement` finds it.
"""

import json
from datetime import datetime
from pathlib import Path

from flask import current_app

from models import audit_reading
from models.base import db
from models.calendar import business_day
from models.house_mail import address_of, write_to_house
from models.user import User
from triage.config import Settings

WORDS = {
    "fr": ("Journal d’audit du {day}", "Dernier acte : n° {seq}\nEmpreinte : {digest}"),
    "nl": ("Auditlog van {day}", "Laatste handeling: nr. {seq}\nVingerafdruk: {digest}"),
    "de": ("Prüfprotokoll vom {day}", "Letzte Handlung: Nr. {seq}\nFingerabdruck: {digest}"),
    "en": ("Audit log of {day}", "Last deed: no. {seq}\nDigest: {digest}"),
}
"""Subject and first lines; the clock writes without a reader, so they do not go by gettext."""
WHY = {
    "fr": "Gardez ce message. S’il faut un jour prouver que le journal n’a pas été réécrit, "
    "comparez cette empreinte à celle de la page Audit.",
    "nl": "Bewaar dit bericht. Moet ooit blijken dat de log niet herschreven is, vergelijk deze "
    "vingerafdruk dan met die op de auditpagina.",
    "de": "Bewahren Sie diese Nachricht auf. Soll einmal belegt werden, dass das Protokoll nicht "
    "neu geschrieben wurde, vergleichen Sie diesen Fingerabdruck mit dem der Seite Audit.",
    "en": "Keep this message. To show one day that the log was not rewritten, compare this digest "
    "with the one on the audit page.",
}


def keep(at: datetime) -> None:
    """Write today's head into the file and to every administrator; the same day writes once."""
    head = audit_reading.head()
    if head is None:
        return
    settings: Settings = current_app.extensions["settings"]
    day, digest = business_day(at).isoformat(), head.digest.hex()
    kept = heads(settings)
    if not any(one["day"] == day for one in kept):
        note(settings, {"day": day, "seq": head.seq, "digest": digest})
    for person in db.session.scalars(User.administrators()):
        tell(person, day, head.seq, digest, settings, at)


def restored(settings: Settings, at: datetime) -> None:
    """An older copy is in place from now on: what was kept beyond its last row went with it."""
    head = audit_reading.head()
    line: dict[str, str | int] = {
        "day": business_day(at).isoformat(),
        "seq": head.seq if head else 0,
        "digest": head.digest.hex() if head else "",
        "restored": True,
    }
    note(settings, line)


def note(settings: Settings, line: dict[str, str | int]) -> None:
    path = place(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def tell(person: User, day: str, seq: int, digest: str, settings: Settings, at: datetime) -> None:
    language = person.language if person.language in WORDS else "en"
    subject, body = WORDS[language]
    text = body.format(seq=seq, digest=digest) + "\n\n" + WHY[language] + "\n"
    write_to_house(
        address_of(person, settings.mail_domain),
        f"[{settings.triage_name}] " + subject.format(day=day),
        text,
        cause=f"audit_head:{day}:{person.id}",
        language=language,
        domain=settings.mail_domain,
        at=at,
    )


def heads(settings: Settings) -> list[dict[str, str | int]]:
    """What was kept, the oldest first; a line that cannot be read is passed over."""
    try:
        lines = place(settings).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    found = []
    for line in lines:
        try:
            one = json.loads(line)
        except ValueError:
            continue
        if isinstance(one, dict) and {"day", "seq", "digest"} <= one.keys():
            found.append(one)
    return found


def disagreement(settings: Settings) -> str | None:
    """The first day whose kept digest is not the chain's any more, though no restored copy took it
    away."""
    found, reached = None, None
    for one in reversed(heads(settings)):
        seq = int(one["seq"])
        stands = seq > 0 and (reached is None or seq <= reached)
        if stands and audit_reading.digest_at(seq) != one["digest"]:
            found = str(one["day"])
        if one.get("restored"):
            reached = seq if reached is None else min(reached, seq)
    return found


def place(settings: Settings) -> Path:
    return settings.data_dir / "audit" / f"heads-{settings.database_name}.jsonl"
