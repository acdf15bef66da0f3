"""Mails made to hurt their reader end soon, within their memory, and their sender is known."""

import resource

import pytest

from benchmarks._hostile import SAMPLES, SENDER
from triage.intake.guarded import CPU_SECONDS, MEMORY_BYTES, parse_guarded

LENGTHY = frozenset(["file of 50 MB", "winmail.dat without end"])


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow if name in LENGTHY else ()) for name in SAMPLES],
)
def test_a_hostile_mail_costs_little_and_leaves_its_sender(name: str) -> None:
    raw = SAMPLES[name]()
    before, memory = processor_seconds(), memory_bytes()
    read = parse_guarded(raw, mail_from=SENDER)
    assert processor_seconds() - before < CPU_SECONDS
    assert memory_bytes() - memory < MEMORY_BYTES
    assert (read.from_email, read.automatic) == (SENDER, None)
    assert "reading_stopped" not in read.defects


def processor_seconds() -> float:
    own, children = (resource.getrusage(who) for who in WHO)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def memory_bytes() -> int:
    return max(resource.getrusage(who).ru_maxrss for who in WHO) * 1024


WHO = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
