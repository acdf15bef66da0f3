"""PostgreSQL and Valkey on a bare machine, behind one small door.

Both listen on a Unix socket only and end with the process that started them. Permissions of
directories outside DATA_DIR are never changed: a root process starts the servers as an ordinary
account, from a place that this account may already read. Never for production.
"""

from triage.embedded.ground import ServerTrouble, prepare
from triage.embedded.lodging import Lodging
from triage.embedded.postgres import Postgres
from triage.embedded.programs import postgres_programs
from triage.embedded.server import Server
from triage.embedded.valkey import Valkey

__all__ = [
    "Lodging",
    "Postgres",
    "Server",
    "ServerTrouble",
    "Valkey",
    "postgres_programs",
    "prepare",
]
