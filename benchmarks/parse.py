"""How long reading a mail takes: an ordinary one, the whole corpus, and mails made to hurt."""

import base64
import resource
import statistics
import time
from pathlib import Path
from typing import Any

from benchmarks._hostile import SAMPLES, SENDER
from triage.intake.guarded import parse_guarded
from triage.intake.letter import Letter

CORPUS = Path(__file__).resolve().parent.parent / "tests" / "intake" / "corpus"
ROUNDS = 500
CORPUS_ROUNDS = 5
QUOTE = "Geachte heer Peeters,<br><br>Wij ontvingen uw vraag en antwoorden binnen vijf dagen.<br>"
ORDINARY_BYTES = 5_000


def run() -> dict[str, Any]:
    mails = [path.read_bytes() for path in sorted(CORPUS.glob("*/*.eml"))]
    ordinary = ordinary_mail()
    Letter.parse(ordinary)
    return {
        f"an ordinary mail of {len(ordinary):,} bytes": milliseconds([ordinary] * ROUNDS),
        f"{len(mails)} mails of the corpus": milliseconds(mails * CORPUS_ROUNDS),
        "hostile mails": {name: hostile(make()) for name, make in SAMPLES.items()},
    }


def ordinary_mail() -> bytes:
    """An answer from Outlook in two forms with a quoted mail, 5 kB."""
    written = (
        "Dag,\r\n\r\nIk heb nog niets ontvangen voor april. Mijn zaak is dicht sinds 18 maart.\r\n"
        "Kunt u nakijken of mijn aanvraag in orde is?\r\n\r\nMet vriendelijke groeten\r\nJoris\r\n"
    )
    quoted = QUOTE
    while len(written) + len(quoted) < ORDINARY_BYTES - 2_400:
        quoted += QUOTE
    html = (
        "<html><body><p class=MsoNormal>" + written.replace("\r\n", "<br>") + "</p>"
        "<div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'>"
        "<p><b>Van:</b> Support &lt;support@fund.example&gt;<br><b>Verzonden:</b> maandag 6 april "
        f"2020 14:03<br><b>Aan:</b> Joris<br><b>Onderwerp:</b> Uw vraag</p></div><p>{quoted}</p>"
        "</body></html>"
    )
    return (
        "Received: from mx.example.be by mail.fund.example; Tue, 7 Apr 2020 10:12:01 +0200\r\n"
        "From: =?utf-8?Q?Joris_Peeters?= <joris@example.be>\r\nTo: support@fund.example\r\n"
        "Subject: =?utf-8?B?UkU6IFV3IGFhbnZyYWFn?=\r\nDate: Tue, 7 Apr 2020 10:12:00 +0200\r\n"
        "Message-ID: <a1@example.be>\r\nIn-Reply-To: <t1.m1@fund.example>\r\n"
        "References: <t1.m1@fund.example>\r\nContent-Language: nl-BE\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/alternative; boundary="=_b"\r\n\r\n--=_b\r\n'
        'Content-Type: text/plain; charset="utf-8"\r\n\r\n'
        f"{written}\r\n--=_b\r\n"
        'Content-Type: text/html; charset="utf-8"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        f"{base64.encodebytes(html.encode()).decode()}--=_b--\r\n"
    ).encode()


def milliseconds(mails: list[bytes]) -> dict[str, float]:
    """Processor time in one process, so that others at work do not count."""
    times = []
    for raw in mails:
        began = time.process_time()
        Letter.parse(raw)
        times.append(1_000 * (time.process_time() - began))
    return {
        "mean (ms)": round(statistics.fmean(times), 3),
        "p95 (ms)": round(statistics.quantiles(times, n=20)[-1], 3),
        "slowest (ms)": round(max(times), 1),
    }


def hostile(raw: bytes) -> str:
    """Processor time under guard, of the child too, and whether the sender was found."""
    began = processor_seconds()
    read = parse_guarded(raw, mail_from=SENDER)
    seconds = processor_seconds() - began
    known = "" if read.from_email == SENDER else ", sender unknown"
    return f"{len(raw) / 1e6:.2f} MB in {seconds:.2f} s{known}"


def processor_seconds() -> float:
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in spent)
