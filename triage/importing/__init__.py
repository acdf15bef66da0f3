"""History and people brought along from another program: tried first, then all of it or nothing.

Imports run in a process of their own and in one transaction: until its last moment nobody sees
anything, and a process that dies leaves nothing.
"""

KINDS = ("clients", "tickets", "zammad", "mbox")
"""What a file can be."""
TABLES = ("clients", "tickets")
"""Those whose columns somebody confirms."""
