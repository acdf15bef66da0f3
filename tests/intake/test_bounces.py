"""What came back and why, as each kind of mail server tells it."""

import pytest

from triage.intake.bounces import Bounce, Failure
from triage.intake.letter import Letter

COPY = "Message-ID: <t7.m3.mac@fund.example>\nSubject: Votre dossier\nFrom: support@fund.example\n"


def bounce(
    text: str, head: str = "From: MAILER-DAEMON@mx.example\nTo: support@fund.example\n"
) -> Bounce:
    read = Letter.parse(f"{head}\n{text}".encode())
    assert read.automatic == "bounce"
    assert read.bounce is not None
    return read.bounce


def report(fields: str, text: str = "failed") -> Bounce:
    return bounce(
        f"--b\n\n{text}\n--b\nContent-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns; mx.example\n\n{fields}\n"
        f"--b\nContent-Type: message/rfc822\n\n{COPY}\n--b--\n",
        "From: MAILER-DAEMON@mx.example\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n",
    )


@pytest.mark.parametrize(
    ("action", "status", "diagnostic", "kind"),
    [
        ("failed", "5.1.1", "", "permanent"),
        ("failed", "5.1.10", "smtp; 550 5.1.10 RESOLVER.ADR.RecipientNotFound", "permanent"),
        ("failed", "5.1.2", "", "permanent"),
        ("failed", "5.4.4", "Host or domain name not found", "permanent"),
        ("failed", "5.4.1", "550 5.4.1 Recipient address rejected: Access denied", "permanent"),
        ("failed", "5.0.0", "smtp; 550 5.1.1 User unknown", "permanent"),
        ("failed", "5.0.0", "smtp; 550 no such user here", "permanent"),
        ("failed", "", "smtp; 550 no such user here", "permanent"),
        ("failed", "5.7.1", "smtp; 550 5.7.1 rejected by policy", "refused"),
        ("failed", "5.7.26", "", "refused"),
        ("failed", "5.1.8", "", "refused"),
        ("failed", "", "smtp; 554 message looks like spam", "refused"),
        ("failed", "5.2.2", "smtp; 552 mailbox full", "other"),
        ("failed", "5.4.1", "no answer from host", "other"),
        ("failed", "5.0.0", "", "other"),
        ("delayed", "4.4.1", "", "temporary"),
        ("delayed", "", "", "temporary"),
        ("failed", "4.2.2", "", "temporary"),
        ("failed", "", "smtp; 451 try again", "temporary"),
    ],
)
def test_a_report_tells_four_kinds_of_failures(
    action: str, status: str, diagnostic: str, kind: str
) -> None:
    fields = f"Final-Recipient: rfc822; Jan@example.be\nAction: {action}\n"
    fields += f"Status: {status}\n" if status else ""
    fields += f"Diagnostic-Code: {diagnostic}\n" if diagnostic else ""
    read = report(fields)
    assert [(one.recipient, one.kind) for one in read.failures] == [("jan@example.be", kind)]
    assert read.failures[0].permanent == (kind == "permanent")
    assert read.original_message_id == "<t7.m3.mac@fund.example>"


def test_a_recipient_may_stand_in_other_fields() -> None:
    read = report("Original-Recipient: rfc822;jan@example.be\nAction: failed\nStatus: 5.1.1")
    assert read.failures == (Failure("jan@example.be", "failed", "5.1.1", ""),)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (
            "Hi. This is the qmail-send program at example.be.\n\n<jan@example.be>:\n"
            "192.0.2.7 does not like recipient.\nRemote host said: 550 no mailbox here\n\n"
            f"--- Below this line is a copy of the message.\n\n{COPY}",
            "permanent",
        ),
        (
            "This is the mail system at host mx.example.\n\n"
            "<jan@example.be>: host mx.example.be[192.0.2.7] said: 550 5.7.1 blocked\n"
            f"    (in reply to RCPT TO command)\n\n--- Original message ---\n\n{COPY}",
            "refused",
        ),
        (
            "The following address(es) failed:\n\n  jan@example.be\n    mailbox is full:\n"
            "    retry timeout exceeded\n\n"
            f"------ This is a copy of the message, including all the headers. ------\n\n{COPY}",
            "other",
        ),
        (
            "** Address not found **\n\nYour message wasn't delivered to jan@example.be because "
            "the address couldn't be found, or is unable to receive mail.\n\nThe response was:\n"
            f"550 5.1.1 The account does not exist.\n\n----- Original message -----\n\n{COPY}",
            "permanent",
        ),
        (
            "Uw bericht aan jan@example.be is niet bezorgd.\n\n"
            f"jan is niet gevonden bij example.be.\n\nOorspronkelijk bericht\n{COPY}",
            "permanent",
        ),
        (
            "Your message to jan@example.be has been delayed. The server will keep trying.\n"
            f"451 4.4.1 no answer\n\nOriginal message\n\n{COPY}",
            "temporary",
        ),
    ],
)
def test_what_is_written_for_people_is_understood(text: str, kind: str) -> None:
    read = bounce(text)
    assert [(one.recipient, one.kind) for one in read.failures] == [("jan@example.be", kind)]
    assert read.original_message_id == "<t7.m3.mac@fund.example>"
    assert (read.original_subject, read.original_sender) == (
        "Votre dossier",
        "support@fund.example",
    )


def test_a_header_may_name_who_failed() -> None:
    read = bounce(
        "  jan@example.be\n    550 5.1.1 unknown\n\n  an@example.be\n    552 5.2.2 full",
        "From: MAILER-DAEMON@mx.example\nX-Failed-Recipients: jan@example.be, an@example.be\n",
    )
    assert [(one.recipient, one.kind) for one in read.failures] == [
        ("jan@example.be", "permanent"),
        ("an@example.be", "other"),
    ]


def test_numbers_of_machines_are_no_status() -> None:
    assert bounce("<jan@example.be>: 5.102.3.4 said: 550 unknown user").failures[0].status == ""


def test_our_own_address_did_not_fail() -> None:
    read = bounce("Mail from support@fund.example: 550 5.1.1 user unknown")
    assert [one.recipient for one in read.failures] == [""]


def test_a_bounce_that_says_nothing_has_no_failures() -> None:
    assert bounce("Sorry.") == Bounce()
