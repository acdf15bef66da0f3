"""An invitation is a file, and one line of text for a mail that holds nothing else."""

import pytest

from triage.intake.invitations import describe_invitation
from triage.intake.letter import Letter

EVENT = """BEGIN:VCALENDAR
METHOD:REQUEST
BEGIN:VTIMEZONE
TZID:Romance Standard Time
BEGIN:STANDARD
DTSTART:16010101T030000
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
BEGIN:VALARM
SUMMARY:Herinnering
END:VALARM
SUMMARY;LANGUAGE=nl-be:Gesprek over uitstel\\, tweede
  deel
DTSTART;TZID="Romance Standard Time":20200403T101500
LOCATION:Kortrijk
END:VEVENT
END:VCALENDAR"""
LINE = "Gesprek over uitstel, tweede deel, 2020-04-03 10:15, Kortrijk"


def test_alone_it_is_text_and_file() -> None:
    raw = f"From: joris@example.be\nContent-Type: text/calendar; method=REQUEST\n\n{EVENT}"
    read = Letter.parse(raw.encode())
    assert (read.text, read.new_text) == (LINE, LINE)
    assert [(file.name, file.content_type) for file in read.attachments] == [
        ("invitation.ics", "text/calendar")
    ]


def test_beside_a_text_it_is_only_a_file() -> None:
    raw = (
        "Content-Type: multipart/alternative; boundary=b\n\n--b\n\nKan u dan?\n"
        f"--b\nContent-Type: text/calendar\n\n{EVENT}\n--b--\n"
    )
    read = Letter.parse(raw.encode())
    assert (read.text, read.attachments[0].name) == ("Kan u dan?", "invitation.ics")


@pytest.mark.parametrize(
    ("written", "line"),
    [
        (EVENT, LINE),
        (EVENT.replace("\n", "\r\n"), LINE),
        (
            "BEGIN:VEVENT\nSUMMARY:Sitzung\nDTSTART:20200403T081500Z",
            "Sitzung, 2020-04-03 08:15 UTC",
        ),
        ("BEGIN:VEVENT\nDTSTART;VALUE=DATE:20200403\nSUMMARY:Congé", "Congé, 2020-04-03"),
        ("SUMMARY:Without an event\\nand broken", "Without an event and broken"),
        ("BEGIN:VEVENT\nDTSTART:tomorrow\nEND:VEVENT\nSUMMARY:late", ""),
        ("", ""),
    ],
)
def test_it_is_read_as_far_as_it_can(written: str, line: str) -> None:
    assert describe_invitation(written) == line
