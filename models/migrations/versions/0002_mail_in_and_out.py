"""Mail in and out: accounts, signatures, files that leave, fair turns, bursts

Revision: 0002
After: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _mailboxes()
    _messages()
    _tickets_and_contacts()
    _outbox()
    op.alter_column("blob", "sealed", existing_type=sa.LargeBinary(), nullable=True)


def _mailboxes() -> None:
    op.add_column(
        "mailbox", sa.Column("aliases", postgresql.JSONB(), nullable=False, server_default="[]")
    )
    op.add_column(
        "mailbox", sa.Column("sender_name", sa.String(), nullable=False, server_default="")
    )
    op.add_column("mailbox", sa.Column("team_id", sa.Integer(), nullable=True))
    op.add_column(
        "mailbox", sa.Column("trusted", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    for column in ("aliases", "sender_name", "trusted"):
        op.alter_column("mailbox", column, server_default=None)
    op.create_foreign_key("fk_mailbox_team_id", "mailbox", "team", ["team_id"], ["id"])
    op.drop_column("mailbox", "settings")
    op.create_table(
        "mail_account",
        sa.Column("mailbox_id", sa.Integer(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("security", sa.String(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("client_secret", sa.LargeBinary(), nullable=True),
        sa.Column("token_url", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("folder", sa.String(), nullable=False),
        sa.Column("processed_folder", sa.String(), nullable=False),
        sa.Column("failed_folder", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=True),
        sa.Column("last_uid", sa.BigInteger(), nullable=False),
        sa.Column("left_behind", postgresql.JSONB(), nullable=False),
        sa.Column("moves", sa.Boolean(), nullable=True),
        sa.Column("fetched", sa.Integer(), nullable=False),
        sa.Column("last_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_success_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["mailbox_id"], ["mailbox.id"], name=op.f("fk_mail_account_mailbox_id")
        ),
        sa.PrimaryKeyConstraint("mailbox_id", name=op.f("pk_mail_account")),
    )
    op.create_table(
        "signature",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_signature_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signature")),
    )
    op.create_index(
        "uq_signature_team_language",
        "signature",
        ["team_id", "language"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )


def _messages() -> None:
    op.add_column("message", sa.Column("mailbox_id", sa.Integer(), nullable=True))
    op.add_column("message", sa.Column("quotes_id", sa.Integer(), nullable=True))
    op.create_foreign_key("fk_message_mailbox_id", "message", "mailbox", ["mailbox_id"], ["id"])
    op.create_foreign_key("fk_message_quotes_id", "message", "contact", ["quotes_id"], ["id"])
    op.create_index("ix_message_recipient", "message", ["recipient", "written_at"])
    op.create_index(
        "ix_message_not_sent",
        "message",
        ["written_at"],
        postgresql_where=sa.text("state IN ('waiting', 'failed')"),
    )
    op.create_table(
        "message_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_message_file_message_id")
        ),
        sa.ForeignKeyConstraint(["sha256"], ["blob.sha256"], name=op.f("fk_message_file_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_file")),
    )
    op.create_index(op.f("ix_message_file_message_id"), "message_file", ["message_id"])


def _tickets_and_contacts() -> None:
    op.add_column("ticket", sa.Column("attention", sa.String(), nullable=True))
    op.add_column("ticket", sa.Column("burst_of", sa.String(), nullable=True))
    op.create_index(
        "ix_ticket_burst",
        "ticket",
        ["burst_of"],
        postgresql_where=sa.text("burst_of IS NOT NULL"),
    )
    op.create_index(
        "ix_ticket_attention",
        "ticket",
        ["attention"],
        postgresql_where=sa.text("attention IS NOT NULL"),
    )
    op.add_column(
        "contact",
        sa.Column("collected", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column(
        "client_identifier", sa.Column("named_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "contact", sa.Column("copies", postgresql.JSONB(), nullable=False, server_default="[]")
    )
    op.create_index(
        "ix_contact_unread",
        "contact",
        ["intake_id"],
        postgresql_where=sa.text("NOT fully_read"),
    )


def _outbox() -> None:
    op.add_column(
        "outbox",
        sa.Column(
            "turn_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.func.clock_timestamp(),
        ),
    )
    op.execute("UPDATE outbox SET turn_at = created_at WHERE done_at IS NULL")
    op.drop_index("ix_outbox_claimable", "outbox")
    open_ = "done_at IS NULL AND gave_up_at IS NULL"
    op.create_index(
        "ix_outbox_claimable",
        "outbox",
        ["kind", "priority", "turn_at"],
        postgresql_where=sa.text(open_),
    )
    op.create_index(
        "ix_outbox_fair",
        "outbox",
        ["fair_key"],
        postgresql_where=sa.text(f"{open_} AND fair_key IS NOT NULL"),
    )


def downgrade() -> None:
    raise NotImplementedError("a backup is the way back")
