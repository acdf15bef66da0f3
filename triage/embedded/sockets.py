"""Where the servers listen: on sockets, in a directory that is ours alone."""

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from triage.embedded.ground import ServerTrouble
from triage.embedded.lodging import Lodging

LONGEST_SOCKET = 100


def socket_directory(lodging: Lodging) -> Path:
    """A directory for the sockets whose path is short enough for the system (about 100 bytes)."""
    inside = lodging.directory / "sockets"
    if fits(inside):
        if not inside.exists():
            lodging.make(inside)
        return inside
    mark = hashlib.sha256(os.fsencode(lodging.directory)).hexdigest()[:12]
    runtime = None if lodging.account else os.environ.get("XDG_RUNTIME_DIR")
    for base in (runtime, tempfile.gettempdir(), "/tmp"):
        if base and os.access(base, os.W_OK) and fits(Path(base) / f"passerelle-{mark}"):
            return own_directory(Path(base) / f"passerelle-{mark}", lodging)
    raise ServerTrouble(f"The path {inside} is too long for a socket. Choose a shorter DATA_DIR.")


def fits(directory: Path) -> bool:
    return len(os.fsencode(directory / ".s.PGSQL.5432")) <= LONGEST_SOCKET


def own_directory(directory: Path, lodging: Lodging) -> Path:
    """In a directory that everybody may write, a name is ours only if its owner is."""
    try:
        lodging.make(directory)
    except FileExistsError:
        found = directory.lstat()
        owner = lodging.account.user if lodging.account else os.geteuid()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner:
            raise ServerTrouble(
                f"{directory}, where the sockets would lie, belongs to somebody else. Remove it, "
                "or choose a shorter DATA_DIR."
            ) from None
    return directory
