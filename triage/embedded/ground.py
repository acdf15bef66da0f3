"""What a server finds here: a disk to write on, an environment, and the words for what is wrong."""

import os
import shutil
import tempfile
from pathlib import Path

import click

MEGABYTE = 1024 * 1024


class ServerTrouble(click.ClickException):
    """A server cannot run here; the message says why and what to do about it."""


def prepare(data_dir: Path, reserve: int) -> None:
    """Make DATA_DIR when it is missing; refuse in words when it cannot be used."""
    try:
        # Root's servers run as another account, which must pass through; nobody may list.
        mode = 0o711 if os.geteuid() == 0 else 0o700
        if not data_dir.exists():
            data_dir.mkdir(parents=True)
            data_dir.chmod(mode)
        with tempfile.TemporaryFile(dir=data_dir) as probe:
            probe.write(b"x" * 4096)
            probe.flush()
    except OSError as trouble:
        reason = trouble.strerror or str(trouble)
        raise ServerTrouble(
            f"DATA_DIR {data_dir} cannot be written: {reason}. Make it writable, or name another "
            "place with DATA_DIR=/…"
        ) from None
    refuse_full_disk(data_dir, reserve)


def refuse_full_disk(directory: Path, needed: int) -> None:
    free = shutil.disk_usage(directory).free
    if free < needed:
        raise ServerTrouble(
            f"The disk is full: {free // MEGABYTE} MB are free at {directory}, and "
            f"{-(-needed // MEGABYTE)} MB are needed. Free some space, or name another place "
            "with DATA_DIR=/…"
        )


def plain_environment() -> dict[str, str]:
    """Nothing of ours leaks into a server, and its messages are in English."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "HOME": "/"}
