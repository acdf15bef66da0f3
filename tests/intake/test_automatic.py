"""Which mails no person wrote. The twelve samples first, then what mailers really send."""

import pytest

from triage.intake.automatic import is_never_answered
from triage.intake.letter import Letter

REPORT = "Content-Type: multipart/report; report-type={kind}; boundary=b\n"
DELIVERY_STATUS = """\
--b

Your mail could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com
Original-Envelope-Id: t7.m3

Final-Recipient: rfc822; Nobody@example.be
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 unknown user

Final-Recipient: rfc822; full@example.be
Action: delayed
Status: 4.2.2
--b
Content-Type: message/rfc822

From: support@fund.example
Subject: Votre dossier
Message-ID: <t7.m3.mac@fund.example>

Bonjour
--b--
"""


def letter(headers: str, body: str = "Bonjour", **known: str | None) -> Letter:
    if "From:" not in headers:
        headers = f"From: amelie@example.be\n{headers}"
    return Letter.parse(f"{headers.strip()}\n\n{body}".encode(), **known)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ("Auto-Submitted: no", None),
        ("Auto-Submitted: auto-replied", "auto_reply"),
        ("Auto-Submitted: auto-replied (vacation)", "auto_reply"),
        ("X-Auto-Response-Suppress: All", "suppress"),
        ("X-Auto-Response-Suppress: DR, RN, OOF, AutoReply", "suppress"),
        ("Precedence: auto_reply", "auto_reply"),
        ("Precedence: list", "list"),
        ("List-Unsubscribe: <https://x.example>", "list"),
        ("X-Autoreply: yes", "auto_reply"),
        (
            "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\n"
            + REPORT.format(kind="delivery-status"),
            "bounce",
        ),
        ("From: postmaster@x.example\n" + REPORT.format(kind="delivery-status"), "bounce"),
        ("X-Auto-Generated: hd-acknowledgement", "auto_generated"),
    ],
)
def test_the_twelve_samples(headers: str, expected: str | None) -> None:
    assert letter(headers).automatic == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ("Subject: Bonjour", None),
        ("Auto-Submitted: No", None),
        ("auto-submitted: AUTO-REPLIED; owner-email=x", "auto_reply"),
        ("Auto-Submitted: auto-generated", "auto_generated"),
        ("Auto-Submitted: auto-notified", "auto_generated"),
        ("Auto-Submitted: no\nAuto-Submitted: auto-replied", "auto_reply"),
        ("X-Precedence: auto_reply", "auto_reply"),
        ("X-Autorespond: x", "auto_reply"),
        ("X-Autoresponder: x", "auto_reply"),
        ("X-Autoresponse: x", "auto_reply"),
        ("X-AutoReply-From: x@example.be", "auto_reply"),
        ("X-Mail-Autoreply: x", "auto_reply"),
        ("Return-Path: <>\nIn-Reply-To: <a@fund.example>", "auto_reply"),
        ("Return-Path: <>", "suppress"),
        ("X-FC-MachineGenerated: true", "auto_generated"),
        ("X-FC-MachineGenerated: false", None),
        ("X-Loop: yes", "auto_generated"),
        ("X-Loop: True", "auto_generated"),
        ("X-Loop: someone@example.be", None),
        ("Precedence: bulk", "list"),
        ("Precedence: junk", "list"),
        ("Precedence: normal", None),
        ("List-Id: <news.example.be>", "list"),
        ("X-Auto-Response-Suppress: RN", None),
        ("X-Auto-Response-Suppress: OOF", "suppress"),
        ("X-Failed-Recipients: x@example.be", "bounce"),
        ("From: Mail Delivery <MAILER-DAEMON@mx.example>", "bounce"),
        ("From: postmaster.dupont@example.be", None),
        (REPORT.format(kind="disposition-notification"), "read_receipt"),
        ("Return-Path: <>\n" + REPORT.format(kind="disposition-notification"), "read_receipt"),
        (REPORT.format(kind="feedback-report"), "auto_generated"),
        (
            "Auto-Submitted: auto-generated\nX-Auto-Response-Suppress: All\n"
            "Subject: Automatische Antwort: Frage",
            "auto_reply",
        ),
        ("In-Reply-To: <a@b>\nSubject: Réponse automatique : absence", "auto_reply"),
        ("Precedence: bulk\nSubject: Automatisch antwoord: afwezig", "auto_reply"),
        ("Subject: Réponse automatique incomprise, aidez-moi", None),
        ("Precedence: bulk\nAuto-Submitted: auto-replied", "auto_reply"),
        ("X-Triage-Loop: fund\nAuto-Submitted: auto-replied", "own_loop"),
    ],
)
def test_other_mail_that_arrives(headers: str, expected: str | None) -> None:
    assert letter(headers).automatic == expected


def test_only_our_own_loop_header_is_a_loop() -> None:
    assert letter("X-Triage-Loop: our-fund", installation="our-fund").automatic == "own_loop"
    other = letter("X-Triage-Loop: other-fund", installation="our-fund")
    assert other.automatic is None
    assert other.loop_ids == ("other-fund",)


def test_the_envelope_tells_the_null_sender_better_than_a_header() -> None:
    assert letter("In-Reply-To: <a@b>", mail_from="").automatic == "auto_reply"
    assert letter("In-Reply-To: <a@b>\nReturn-Path: <>", mail_from="a@b.example").automatic is None


def test_a_forwarded_bounce_is_a_persons_mail() -> None:
    bounced = f"From: MAILER-DAEMON@x\n\n{DELIVERY_STATUS.replace('--b', '--c')}"
    body = f"--b\n\nRegardez\n--b\nContent-Type: message/rfc822\n\n{bounced}\n--b--\n"
    assert letter("Content-Type: multipart/mixed; boundary=b", body).automatic is None


class TestBounces:
    def test_the_report_names_the_address_and_our_mail(self) -> None:
        bounce = letter(
            "From: MAILER-DAEMON@mx.example\n" + REPORT.format(kind="delivery-status"),
            DELIVERY_STATUS,
        ).bounce
        assert bounce is not None
        assert [(f.recipient, f.action, f.status) for f in bounce.failures] == [
            ("nobody@example.be", "failed", "5.1.1"),
            ("full@example.be", "delayed", "4.2.2"),
        ]
        assert [failure.permanent for failure in bounce.failures] == [True, False]
        assert bounce.original_message_id == "<t7.m3.mac@fund.example>"
        assert bounce.original_envelope_id == "t7.m3"
        assert bounce.original_subject == "Votre dossier"

    def test_without_a_report_the_headers_and_the_text_tell(self) -> None:
        bounce = letter(
            "From: MAILER-DAEMON@mx.example\nX-Failed-Recipients: nobody@example.be",
            "550 5.1.1 no such user",
        ).bounce
        assert bounce is not None
        assert bounce.failures[0].recipient == "nobody@example.be"
        assert bounce.failures[0].permanent

    def test_a_persons_mail_has_none(self) -> None:
        assert letter("Subject: 5.1.1").bounce is None


@pytest.mark.parametrize(
    "address",
    [
        *("mailer-daemon@x.be", "postmaster@x.be", "abuse@x.be", "root@x.be", "noreply@x.be"),
        *("no-reply@x.be", "do-not-reply@x.be", "donotreply@x.be", "orders-noreply@x.be"),
        *("No-Reply-123@x.be", "root-cron@x.be", "ne-pas-repondre@x.be"),
    ],
)
def test_machines_are_never_answered(address: str) -> None:
    assert is_never_answered(address)


@pytest.mark.parametrize(
    "address", ["amelie@x.be", "de.groot@x.be", "grootjans@x.be", "info@root.example", "rooth@x.be"]
)
def test_people_are_answered(address: str) -> None:
    assert not is_never_answered(address)
