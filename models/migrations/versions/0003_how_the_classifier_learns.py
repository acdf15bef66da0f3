"""How the classifier learns: versions, lessons, doubts, and what it says beside a topic

Revision: 0003
After: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _versions()
    _lessons()
    _reviews()
    _predictions()


def _versions() -> None:
    op.create_table(
        "model_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("last_correction_id", sa.Integer(), nullable=True),
        sa.Column("manifest", postgresql.JSONB(), nullable=False),
        sa.Column("figures", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["user.id"], name=op.f("fk_model_version_asked_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_version")),
    )
    op.create_index(op.f("ix_model_version_version"), "model_version", ["version"])
    op.create_table(
        "promotion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("back", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_promotion_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotion")),
    )
    op.create_table(
        "doubt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("correction_id", sa.Integer(), nullable=False),
        sa.Column("model_version", sa.String(), nullable=False),
        sa.Column("topic_id", sa.String(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["correction_id"],
            ["correction.id"],
            name=op.f("fk_doubt_correction_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["settled_by_id"], ["user.id"], name=op.f("fk_doubt_settled_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_doubt")),
        sa.UniqueConstraint("correction_id", name=op.f("uq_doubt_correction_id")),
    )


def _lessons() -> None:
    op.create_table(
        "lesson",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("topic_id", sa.String(), nullable=False),
        sa.Column("subtopic_id", sa.String(), nullable=True),
        sa.Column("intent_id", sa.String(), nullable=True),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], name=op.f("fk_lesson_topic_id")),
        sa.ForeignKeyConstraint(["subtopic_id"], ["topic.id"], name=op.f("fk_lesson_subtopic_id")),
        sa.ForeignKeyConstraint(["intent_id"], ["intent.id"], name=op.f("fk_lesson_intent_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_lesson_contact_id")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_lesson_by_id")),
        sa.ForeignKeyConstraint(
            ["withdrawn_by_id"], ["user.id"], name=op.f("fk_lesson_withdrawn_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesson")),
    )
    op.create_index(op.f("ix_lesson_topic_id"), "lesson", ["topic_id"])
    op.create_index(op.f("ix_lesson_contact_id"), "lesson", ["contact_id"])


def _reviews() -> None:
    op.create_table(
        "review_pick",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("unfamiliar", sa.Boolean(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_review_pick_contact_id")
        ),
        sa.ForeignKeyConstraint(
            ["settled_by_id"], ["user.id"], name=op.f("fk_review_pick_settled_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_pick")),
        sa.UniqueConstraint("contact_id", name=op.f("uq_review_pick_contact_id")),
    )
    op.create_index(op.f("ix_review_pick_day"), "review_pick", ["day"])


def _predictions() -> None:
    op.add_column("prediction", sa.Column("second_topic_id", sa.String(), nullable=True))
    op.add_column("ticket", sa.Column("urgent_until", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_ticket_urgent_until",
        "ticket",
        ["urgent_until"],
        postgresql_where="urgent_until IS NOT NULL",
    )
    # Until now hardly anybody but the machine said that a ticket is urgent, and nobody kept who had:
    # what was said so far expires.
    op.execute("UPDATE ticket SET urgent_until = now() + interval '3 days' WHERE urgent")
    lists = sa.text("'[]'")
    for table, column, kind, default in (
        ("prediction", "urgency", sa.Float(), sa.text("0")),
        ("prediction", "urgency_reasons", postgresql.JSONB(), lists),
        ("prediction", "dissatisfied_reasons", postgresql.JSONB(), lists),
        ("prediction", "neighbours", postgresql.JSONB(), lists),
        ("contact", "urgency", sa.Float(), sa.text("0")),
        ("topic", "seed_words", postgresql.JSONB(), sa.text("'{}'")),
        ("correction", "excluded", sa.Boolean(), sa.false()),
    ):
        op.add_column(table, sa.Column(column, kind, nullable=False, server_default=default))
        op.alter_column(table, column, server_default=None)
