"""The whole audit chain, followed at once."""

from models.audit import Audit


def first_broken() -> int | None:
    """The sequence number of the first row that does not follow from the one before."""
    step = Audit.follow(0, b"")
    while step.more:
        step = Audit.follow(step.seq, step.digest)
    return step.broken
