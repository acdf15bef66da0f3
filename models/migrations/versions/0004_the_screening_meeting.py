"""The screening meeting: what was frozen and carried over, actions until their verdict, known events

Revision: 0004
After: 0003
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TEXT = sa.text("''")
_OBJECT = sa.text("'{}'")


def upgrade() -> None:
    _meetings()
    _actions()
    _problems()
    _answers()
    _house_mail()


def _add(table: str, *columns: tuple[str, sa.types.TypeEngine[Any], sa.TextClause]) -> None:
    """Columns that rows of before get a value in, and new rows always have one."""
    for name, kind, default in columns:
        op.add_column(table, sa.Column(name, kind, nullable=False, server_default=default))
        op.alter_column(table, name, server_default=None)


def _meetings() -> None:
    op.add_column("screening", sa.Column("team_id", sa.Integer(), nullable=True))
    op.add_column("screening", sa.Column("opened_by_id", sa.Integer(), nullable=True))
    op.add_column("screening", sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=True))
    _add(
        "screening",
        ("attendees", postgresql.JSONB(), _OBJECT),
        ("notes", sa.String(), _TEXT),
        ("frozen", postgresql.JSONB(), _OBJECT),
        ("place", postgresql.JSONB(), _OBJECT),
        ("carried", postgresql.JSONB(), _OBJECT),
    )
    op.drop_constraint(op.f("uq_screening_day"), "screening", type_="unique")
    op.create_index(
        "uq_screening_day_team",
        "screening",
        ["day", "team_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_foreign_key(op.f("fk_screening_team_id"), "screening", "team", ["team_id"], ["id"])
    op.create_foreign_key(
        op.f("fk_screening_opened_by_id"), "screening", "user", ["opened_by_id"], ["id"]
    )
    op.add_column(
        "screening", sa.Column("first_closed_at", sa.DateTime(timezone=True), nullable=True)
    )
    _add("decision", ("reason", sa.String(), _TEXT))
    op.add_column("decision", sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("decision", sa.Column("undone_by_id", sa.Integer(), nullable=True))
    op.create_foreign_key(
        op.f("fk_decision_undone_by_id"), "decision", "user", ["undone_by_id"], ["id"]
    )
    op.create_table('escalation',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('problem_id', sa.Integer(), nullable=False),
    sa.Column('screening_id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('taken_up_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], name=op.f('fk_escalation_by_id')),
    sa.ForeignKeyConstraint(['problem_id'], ['problem.id'], name=op.f('fk_escalation_problem_id')),
    sa.ForeignKeyConstraint(['screening_id'], ['screening.id'], name=op.f('fk_escalation_screening_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_escalation'))
    )
    op.create_index(op.f('ix_escalation_problem_id'), 'escalation', ['problem_id'])
    op.create_index(op.f('ix_escalation_screening_id'), 'escalation', ['screening_id'])
    op.create_table('external_event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('first_on', sa.Date(), nullable=False),
    sa.Column('last_on', sa.Date(), nullable=False),
    sa.Column('topic_id', sa.String(), nullable=True),
    sa.Column('factor', sa.Double(), nullable=True),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], name=op.f('fk_external_event_by_id')),
    sa.ForeignKeyConstraint(['topic_id'], ['topic.id'], name=op.f('fk_external_event_topic_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_external_event'))
    )
    op.create_index(op.f('ix_external_event_first_on'), 'external_event', ['first_on'])


def _actions() -> None:
    op.alter_column("action", "owner_id", existing_type=sa.Integer(), nullable=True)
    op.add_column("action", sa.Column("screening_id", sa.Integer(), nullable=True))
    op.create_foreign_key(
        op.f("fk_action_screening_id"), "action", "screening", ["screening_id"], ["id"]
    )
    _add(
        "action",
        ("owner_name", sa.String(), _TEXT),
        ("owner_email", sa.String(), _TEXT),
        ("owner_language", sa.String(), _TEXT),
        ("link_key", sa.String(), _TEXT),
        ("blocked_why", sa.String(), _TEXT),
        ("verdict_figures", postgresql.JSONB(), _OBJECT),
    )
    op.add_column("action", sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("action", sa.Column("verdict", sa.String(), nullable=True))
    op.add_column("action", sa.Column("verdict_at", sa.DateTime(timezone=True), nullable=True))


def _problems() -> None:
    op.add_column("problem", sa.Column("stage", sa.String(), nullable=True))
    op.add_column("problem", sa.Column("sentence_by_id", sa.Integer(), nullable=True))
    op.add_column("problem", sa.Column("sentence_at", sa.DateTime(timezone=True), nullable=True))
    op.create_foreign_key(
        op.f("fk_problem_sentence_by_id"), "problem", "user", ["sentence_by_id"], ["id"]
    )
    _add(
        "problem",
        ("sentence", postgresql.JSONB(), _OBJECT),
        ("sentence_in_mail", sa.Boolean(), sa.text("false")),
    )
    _add(
        "problem_day",
        ("intents", postgresql.JSONB(), _OBJECT),
        ("teams", postgresql.JSONB(), _OBJECT),
        ("total", sa.Integer(), sa.text("0")),
        ("total_clients", sa.Integer(), sa.text("0")),
        ("grounds", postgresql.JSONB(), _OBJECT),
        ("since_contacts", sa.Integer(), sa.text("0")),
        ("since_clients", sa.Integer(), sa.text("0")),
        ("since_parts", postgresql.JSONB(), _OBJECT),
    )
    op.add_column("problem_day", sa.Column("since", sa.DateTime(timezone=True), nullable=True))
    for name in ("since_expected", "since_low", "since_high"):
        op.add_column("problem_day", sa.Column(name, sa.Double(), nullable=True))
    op.create_table('likeness',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('first_id', sa.Integer(), nullable=False),
    sa.Column('second_id', sa.Integer(), nullable=False),
    sa.Column('score', sa.Double(), nullable=False),
    sa.Column('evidence', postgresql.JSONB(), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answer', sa.String(), nullable=True),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], name=op.f('fk_likeness_by_id')),
    sa.ForeignKeyConstraint(['first_id'], ['problem.id'], name=op.f('fk_likeness_first_id')),
    sa.ForeignKeyConstraint(['second_id'], ['problem.id'], name=op.f('fk_likeness_second_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_likeness')),
    sa.UniqueConstraint('first_id', 'second_id', name=op.f('uq_likeness_first_id_second_id'))
    )
    op.create_index(op.f('ix_likeness_second_id'), 'likeness', ['second_id'])
    op.create_table('taught',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('problem_id', sa.Integer(), nullable=False),
    sa.Column('other_id', sa.Integer(), nullable=True),
    sa.Column('contacts', sa.Integer(), nullable=False),
    sa.Column('changed', postgresql.JSONB(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('undone_by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], name=op.f('fk_taught_by_id')),
    sa.ForeignKeyConstraint(['other_id'], ['problem.id'], name=op.f('fk_taught_other_id')),
    sa.ForeignKeyConstraint(['problem_id'], ['problem.id'], name=op.f('fk_taught_problem_id')),
    sa.ForeignKeyConstraint(['undone_by_id'], ['user.id'], name=op.f('fk_taught_undone_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_taught'))
    )
    op.create_index(op.f('ix_taught_problem_id'), 'taught', ['problem_id'])
    op.create_index(op.f('ix_taught_other_id'), 'taught', ['other_id'])


def _house_mail() -> None:
    op.alter_column("message", "ticket_id", existing_type=sa.Integer(), nullable=True)
    op.create_index(
        "uq_message_house",
        "message",
        ["cause"],
        unique=True,
        postgresql_where="ticket_id IS NULL",
    )


def _answers() -> None:
    op.create_table('reply_to_all',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('problem_id', sa.Integer(), nullable=False),
    sa.Column('texts', postgresql.JSONB(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], name=op.f('fk_reply_to_all_by_id')),
    sa.ForeignKeyConstraint(['problem_id'], ['problem.id'], name=op.f('fk_reply_to_all_problem_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reply_to_all'))
    )
    op.create_index(op.f('ix_reply_to_all_problem_id'), 'reply_to_all', ['problem_id'])
    op.create_table('prepared_answer',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('reply_id', sa.Integer(), nullable=False),
    sa.Column('ticket_id', sa.Integer(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('why', sa.String(), nullable=False),
    sa.Column('message_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], name=op.f('fk_prepared_answer_message_id')),
    sa.ForeignKeyConstraint(['reply_id'], ['reply_to_all.id'], name=op.f('fk_prepared_answer_reply_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_prepared_answer_ticket_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_prepared_answer')),
    sa.UniqueConstraint('reply_id', 'ticket_id', name=op.f('uq_prepared_answer_reply_id_ticket_id'))
    )
    op.create_index(op.f('ix_prepared_answer_ticket_id'), 'prepared_answer', ['ticket_id'])
