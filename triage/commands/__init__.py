"""The `triage` command: a thin door for each verb.

Every verb lives in its own module and is imported only when it is called, so that `triage parse`
never pays for scikit-learn and `triage classify` never opens a database.
"""

from importlib import import_module

import click

VERBS = {
    "parse": "a mail as JSON, without a database",
    "classify": "language, topic, intent and identifiers of texts",
    "evaluate": "the classifier's engine on anybody's labelled data",
    "group": "the grouping engine, replayed day by day",
    "ingest": "a mail, for real (also the pipe of a mail server)",
    "replay": "history through the whole product",
    "run": "everything: servers, web, worker, relay, mail listener",
    "stop": "end what a `run` left behind",
    "web": "the pages only",
    "worker": "the background worker only",
    "relay": "the outbox relay and the clock only",
    "mail": "the doors for mail only: SMTP, LMTP, IMAP",
    "migrate": "bring the database to the newest schema",
    "backup": "copy database, files and models, and read the copy back",
    "restore": "the house as a backup has it",
    "erase": "carry erasures to their end: on the disk, and after a restore",
    "train": "train the classifier from the starter texts",
    "transfer": "write long exports and take imports in (the relay calls it)",
    "demo": "play the first days of the crisis",
    "accounts": "make the demo's logins and print them, once",
    "user": "add a person who signs in",
}


class Verbs(click.Group):
    """A group whose verbs are imported on first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in VERBS:
            return None
        module = import_module(f"{__name__}.{name}")
        command = module.command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


@click.command(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Passerelle: contacts become tickets, tickets become problems, problems become fewer."""
