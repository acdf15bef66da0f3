"""`python -m triage` is the `triage` command."""

from triage.commands import main

main()
