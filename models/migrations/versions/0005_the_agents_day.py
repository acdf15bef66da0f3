"""The agent's day: measures, calls, call-backs, teams' promises, texts, merges, clients, flags

Revision: 0005
After: 0004
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TEXT = sa.text("''")
_NO = sa.text("false")
_OBJECT = sa.text("'{}'")
_LIST = sa.text("'[]'")
_NONE = sa.text("'{}'")
"""An empty array, as PostgreSQL writes it."""


def upgrade() -> None:
    _tables()
    _columns()
    _references()
    # Who takes calls so far takes them in the languages in which he or she writes.
    op.execute("UPDATE membership SET spoken = languages")
    # Flags that stand have no line yet; whoever raised one is known.
    op.execute(
        "INSERT INTO flag (ticket_id, line, by_id, at) "
        "SELECT ticket.id, '', told.actor_id, told.at FROM ticket JOIN LATERAL ("
        "SELECT actor_id, at FROM event WHERE ticket_id = ticket.id AND kind = 'ticket.flagged' "
        "AND actor_id IS NOT NULL ORDER BY id DESC LIMIT 1) told ON true "
        "WHERE ticket.flagged AND ticket.status <> 'closed'"
    )
    op.execute("UPDATE \"user\" SET presence = 'away' WHERE NOT available")
    # What was said before tells of health as what is said from now on does, by its topic.
    op.execute(
        "UPDATE contact SET health = true FROM topic "
        "WHERE topic.id = contact.topic_id AND topic.restricted"
    )
    op.execute(
        "UPDATE ticket SET health = true FROM contact "
        "WHERE contact.ticket_id = ticket.id AND contact.health"
    )


def _add(table: str, *columns: tuple[str, sa.types.TypeEngine[Any], sa.TextClause]) -> None:
    """Columns that rows of before get a value in, and new rows always have one."""
    for name, kind, default in columns:
        op.add_column(table, sa.Column(name, kind, nullable=False, server_default=default))
        op.alter_column(table, name, server_default=None)


def _columns() -> None:
    _add(
        "call",
        ("diverted_from", sa.String(), _TEXT),
        ("voicemail", sa.Boolean(), _NO),
        ("rung", postgresql.JSONB(), _LIST),
    )
    op.add_column("call", sa.Column("original_call_id", sa.String(), nullable=True))
    op.add_column("call", sa.Column("talked_for", sa.Integer(), nullable=True))
    op.add_column("call_event", sa.Column("signature_ok", sa.Boolean(), nullable=True))
    op.create_index("ix_call_open", "call", ["initialised_at"], unique=False, postgresql_where="state <> 'hangup'")
    op.create_index("ix_call_event_received", "call_event", ["exchange_id", "received_at"], unique=False)
    _add(
        "client",
        ("remark", sa.String(), _TEXT),
    )
    op.add_column("client", sa.Column("spoken_language", sa.String(), nullable=True))
    _add(
        "contact",
        ("health", sa.Boolean(), _NO),
    )
    _add(
        "exchange",
        ("kind", sa.String(), sa.text("'generic'")),
    )
    op.add_column("exchange", sa.Column("secret", sa.LargeBinary(), nullable=True))
    op.add_column("measure", sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True))
    _add(
        "measure_version",
        ("scripts", postgresql.JSONB(), _OBJECT),
        ("holding", postgresql.JSONB(), _OBJECT),
        ("confirmed", sa.Boolean(), _NO),
        ("decided_by", sa.String(), _TEXT),
        ("quarters", postgresql.JSONB(), _LIST),
        ("rules", postgresql.JSONB(), _LIST),
        ("source", sa.String(), _TEXT),
        ("change", sa.String(), _TEXT),
        ("applies_to", postgresql.JSONB(), _LIST),
    )
    op.add_column("measure_version", sa.Column("replaced_by_id", sa.Integer(), nullable=True))
    op.add_column("measure_version", sa.Column("promise_days", sa.Integer(), nullable=True))
    op.add_column("measure_version", sa.Column("author_id", sa.Integer(), nullable=True))
    op.add_column("measure_version", sa.Column("review_by", sa.Date(), nullable=True))
    _add(
        "membership",
        ("spoken", postgresql.ARRAY(sa.String()), _NONE),
    )
    _add(
        "message",
        ("sent_back", sa.String(), _TEXT),
    )
    op.add_column("message", sa.Column("template_version_id", sa.Integer(), nullable=True))
    op.add_column("message", sa.Column("answer_version_id", sa.Integer(), nullable=True))
    op.add_column("message", sa.Column("second_reader_id", sa.Integer(), nullable=True))
    op.add_column("message", sa.Column("read_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("message", sa.Column("as_written", sa.String(), nullable=True))
    op.add_column("message", sa.Column("closes_as", sa.String(), nullable=True))
    op.add_column("message", sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True))
    _add(
        "team",
        ("overflow", sa.Boolean(), _NO),
        ("assignment", sa.String(), sa.text("'by_hand'")),
    )
    _add(
        "ticket",
        ("health", sa.Boolean(), _NO),
    )
    op.add_column("ticket", sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("ticket", sa.Column("snoozed_by_id", sa.Integer(), nullable=True))
    op.add_column("ticket", sa.Column("clock_stopped_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("ticket", sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("ticket", sa.Column("breached_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("ticket", sa.Column("deadline_on", sa.Date(), nullable=True))
    op.add_column("ticket", sa.Column("deadline_version_id", sa.Integer(), nullable=True))
    op.add_column("ticket", sa.Column("deadline_name", sa.String(), nullable=True))
    op.add_column("ticket_contact", sa.Column("meant_id", sa.Integer(), nullable=True))
    op.add_column("ticket", sa.Column("deadline_quarter", sa.String(), nullable=True))
    _add(
        "user",
        ("presence", sa.String(), sa.text("'available'")),
        ("presence_note", sa.String(), _TEXT),
    )
    op.add_column("user", sa.Column("presence_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("user", sa.Column("presence_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("user", sa.Column("load_cap", sa.Integer(), nullable=True))


def _references() -> None:
    op.create_foreign_key(op.f('fk_measure_version_author_id'), 'measure_version', 'user', ['author_id'], ['id'])
    op.create_foreign_key(op.f('fk_measure_version_replaced_by_id'), 'measure_version', 'measure_version', ['replaced_by_id'], ['id'])
    op.create_foreign_key(op.f('fk_message_second_reader_id'), 'message', 'user', ['second_reader_id'], ['id'])
    op.create_foreign_key(op.f('fk_message_template_version_id'), 'message', 'reply_template_version', ['template_version_id'], ['id'])
    op.create_index('ix_message_held', 'message', ['written_at'], unique=False, postgresql_where="state = 'held'")
    op.create_index('ix_message_template', 'message', ['template_version_id'], unique=False, postgresql_where='template_version_id IS NOT NULL')
    op.create_foreign_key(op.f('fk_message_answer_version_id'), 'message', 'measure_version', ['answer_version_id'], ['id'])
    op.create_index('ix_ticket_open_due', 'ticket', ['due_at', 'id'], unique=False, postgresql_where="status <> 'closed'")
    op.create_index('ix_ticket_open_deadline', 'ticket', ['deadline_on'], unique=False, postgresql_where="status <> 'closed'")
    op.create_index('ix_ticket_closed', 'ticket', ['closed_at', 'id'], unique=False, postgresql_where="status = 'closed'")
    op.create_index('ix_ticket_pressing', 'ticket', [sa.text('(snoozed_until IS NULL)'), sa.text("(status = 'waiting')"), sa.text('urgent DESC'), sa.text('LEAST(due_at, CASE WHEN urgent THEN urgent_until END)'), 'id'], unique=False, postgresql_where="status <> 'closed'")
    op.create_index('ix_client_merged', 'client', ['merged_into_id'], unique=False, postgresql_where='merged_into_id IS NOT NULL')
    op.create_index('ix_contact_taken', 'contact', ['taken_by_id', 'received_at'], unique=False, postgresql_where='taken_by_id IS NOT NULL')
    op.create_index('ix_ticket_snoozed', 'ticket', ['snoozed_until'], unique=False, postgresql_where='snoozed_until IS NOT NULL')
    op.create_foreign_key(op.f('fk_ticket_deadline_version_id'), 'ticket', 'measure_version', ['deadline_version_id'], ['id'])
    op.create_foreign_key(op.f('fk_ticket_snoozed_by_id'), 'ticket', 'user', ['snoozed_by_id'], ['id'])
    op.create_foreign_key(op.f('fk_ticket_contact_meant_id'), 'ticket_contact', 'ticket', ['meant_id'], ['id'])
    op.create_index('ix_ticket_contact_meant', 'ticket_contact', ['meant_id'], unique=False, postgresql_where='meant_id IS NOT NULL')


def _tables() -> None:
    op.create_table('ending',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('names', postgresql.JSONB(), nullable=False),
    sa.Column('effect', sa.String(), nullable=False),
    sa.Column('asks', sa.String(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=True),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ending'))
    )
    op.create_table('absence',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('first_day', sa.Date(), nullable=False),
    sa.Column('last_day', sa.Date(), nullable=True),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('released_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('released', postgresql.JSONB(), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], name=op.f('fk_absence_by_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_absence_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_absence'))
    )
    op.create_index('ix_absence_days', 'absence', ['first_day', 'last_day'], unique=False)
    op.create_index(op.f('ix_absence_user_id'), 'absence', ['user_id'], unique=False)
    op.create_table('blocked_number',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('e164', sa.String(), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lifted_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], name=op.f('fk_blocked_number_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_blocked_number'))
    )
    op.create_index(op.f('ix_blocked_number_e164'), 'blocked_number', ['e164'], unique=False)
    op.create_table('bulk_change',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('change', postgresql.JSONB(), nullable=False),
    sa.Column('before', postgresql.JSONB(), nullable=False),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], name=op.f('fk_bulk_change_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bulk_change'))
    )
    op.create_index(op.f('ix_bulk_change_by_id'), 'bulk_change', ['by_id'], unique=False)
    op.create_table('client_merge',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('from_id', sa.Integer(), nullable=False),
    sa.Column('into_id', sa.Integer(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('before', postgresql.JSONB(), nullable=False),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('undone_by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], name=op.f('fk_client_merge_by_id')),
    sa.ForeignKeyConstraint(['from_id'], ['client.id'], name=op.f('fk_client_merge_from_id')),
    sa.ForeignKeyConstraint(['into_id'], ['client.id'], name=op.f('fk_client_merge_into_id')),
    sa.ForeignKeyConstraint(['undone_by_id'], ['user.id'], name=op.f('fk_client_merge_undone_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_client_merge'))
    )
    op.create_index(op.f('ix_client_merge_from_id'), 'client_merge', ['from_id'], unique=False)
    op.create_index(op.f('ix_client_merge_into_id'), 'client_merge', ['into_id'], unique=False)
    op.create_table('mandate',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('representative_id', sa.Integer(), nullable=False),
    sa.Column('client_id', sa.Integer(), nullable=False),
    sa.Column('topics', postgresql.JSONB(), nullable=False),
    sa.Column('first_day', sa.Date(), nullable=False),
    sa.Column('last_day', sa.Date(), nullable=True),
    sa.Column('proof', sa.String(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], name=op.f('fk_mandate_by_id')),
    sa.ForeignKeyConstraint(['client_id'], ['client.id'], name=op.f('fk_mandate_client_id')),
    sa.ForeignKeyConstraint(['representative_id'], ['client.id'], name=op.f('fk_mandate_representative_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mandate'))
    )
    op.create_index(op.f('ix_mandate_client_id'), 'mandate', ['client_id'], unique=False)
    op.create_index(op.f('ix_mandate_representative_id'), 'mandate', ['representative_id'], unique=False)
    op.create_table('newcomer',
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], name=op.f('fk_newcomer_by_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_newcomer_user_id')),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_newcomer'))
    )
    op.create_table('opening_hours',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('team_id', sa.Integer(), nullable=True),
    sa.Column('weekday', sa.Integer(), nullable=False),
    sa.Column('opens', sa.Time(), nullable=False),
    sa.Column('closes', sa.Time(), nullable=False),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_opening_hours_team_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_opening_hours'))
    )
    op.create_index('uq_opening_hours_of', 'opening_hours', ['team_id', 'weekday'], unique=True, postgresql_nulls_not_distinct=True)
    op.create_table('saved_view',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=False),
    sa.Column('team_id', sa.Integer(), nullable=True),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('query', postgresql.JSONB(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['owner_id'], ['user.id'], name=op.f('fk_saved_view_owner_id')),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_saved_view_team_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_view'))
    )
    op.create_index(op.f('ix_saved_view_owner_id'), 'saved_view', ['owner_id'], unique=False)
    op.create_index(op.f('ix_saved_view_team_id'), 'saved_view', ['team_id'], unique=False)
    op.create_table('macro',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('names', postgresql.JSONB(), nullable=False),
    sa.Column('steps', postgresql.JSONB(), nullable=False),
    sa.Column('topic_id', sa.String(), nullable=True),
    sa.Column('team_id', sa.Integer(), nullable=True),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], name=op.f('fk_macro_by_id')),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_macro_team_id')),
    sa.ForeignKeyConstraint(['topic_id'], ['topic.id'], name=op.f('fk_macro_topic_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_macro'))
    )
    op.create_table('second_reader',
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], name=op.f('fk_second_reader_by_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_second_reader_user_id')),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_second_reader'))
    )
    op.create_table('release',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('topic_id', sa.String(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], name=op.f('fk_release_by_id')),
    sa.ForeignKeyConstraint(['topic_id'], ['topic.id'], name=op.f('fk_release_topic_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_release_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_release')),
    sa.UniqueConstraint('user_id', 'topic_id', name=op.f('uq_release_user_id_topic_id'))
    )
    op.create_table('reply_template',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('topic_id', sa.String(), nullable=True),
    sa.Column('team_id', sa.Integer(), nullable=True),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_reply_template_team_id')),
    sa.ForeignKeyConstraint(['topic_id'], ['topic.id'], name=op.f('fk_reply_template_topic_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reply_template')),
    sa.UniqueConstraint('code', name=op.f('uq_reply_template_code'))
    )
    op.create_table('service_level',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('team_id', sa.Integer(), nullable=True),
    sa.Column('topic_id', sa.String(), nullable=True),
    sa.Column('answer_minutes', sa.Integer(), nullable=False),
    sa.Column('warn_minutes', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_service_level_team_id')),
    sa.ForeignKeyConstraint(['topic_id'], ['topic.id'], name=op.f('fk_service_level_topic_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_service_level'))
    )
    op.create_index('uq_service_level_of', 'service_level', ['team_id', 'topic_id'], unique=True, postgresql_nulls_not_distinct=True)
    op.create_table('measure_question',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('measure_id', sa.Integer(), nullable=False),
    sa.Column('inherited_from_id', sa.Integer(), nullable=True),
    sa.Column('problem_id', sa.Integer(), nullable=True),
    sa.Column('texts', postgresql.JSONB(), nullable=False),
    sa.Column('answers', postgresql.JSONB(), nullable=False),
    sa.Column('asked', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answered_by_id', sa.Integer(), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['answered_by_id'], ['user.id'], name=op.f('fk_measure_question_answered_by_id')),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], name=op.f('fk_measure_question_by_id')),
    sa.ForeignKeyConstraint(['inherited_from_id'], ['measure_question.id'], name=op.f('fk_measure_question_inherited_from_id')),
    sa.ForeignKeyConstraint(['measure_id'], ['measure.id'], name=op.f('fk_measure_question_measure_id')),
    sa.ForeignKeyConstraint(['problem_id'], ['problem.id'], name=op.f('fk_measure_question_problem_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_measure_question'))
    )
    op.create_index(op.f('ix_measure_question_measure_id'), 'measure_question', ['measure_id'], unique=False)
    op.create_table('reply_template_version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('template_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('names', postgresql.JSONB(), nullable=False),
    sa.Column('texts', postgresql.JSONB(), nullable=False),
    sa.Column('spoken', postgresql.JSONB(), nullable=False),
    sa.Column('change', sa.String(), nullable=False),
    sa.Column('author_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.ForeignKeyConstraint(['author_id'], ['user.id'], name=op.f('fk_reply_template_version_author_id')),
    sa.ForeignKeyConstraint(['template_id'], ['reply_template.id'], name=op.f('fk_reply_template_version_template_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reply_template_version')),
    sa.UniqueConstraint('template_id', 'version', name=op.f('uq_reply_template_version_template_id_version'))
    )
    op.create_table('draft',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('ticket_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=True),
    sa.Column('page', sa.String(), nullable=False),
    sa.Column('fields', postgresql.JSONB(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_draft_ticket_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_draft_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_draft')),
    sa.UniqueConstraint('user_id', 'ticket_id', 'kind', name=op.f('uq_draft_user_id_ticket_id_kind'))
    )
    op.create_index(op.f('ix_draft_ticket_id'), 'draft', ['ticket_id'], unique=False)
    op.create_table('ticket_merge',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('from_id', sa.Integer(), nullable=False),
    sa.Column('into_id', sa.Integer(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('before', postgresql.JSONB(), nullable=False),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('undone_by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], name=op.f('fk_ticket_merge_by_id')),
    sa.ForeignKeyConstraint(['from_id'], ['ticket.id'], name=op.f('fk_ticket_merge_from_id')),
    sa.ForeignKeyConstraint(['into_id'], ['ticket.id'], name=op.f('fk_ticket_merge_into_id')),
    sa.ForeignKeyConstraint(['undone_by_id'], ['user.id'], name=op.f('fk_ticket_merge_undone_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket_merge'))
    )
    op.create_index(op.f('ix_ticket_merge_from_id'), 'ticket_merge', ['from_id'], unique=False)
    op.create_index(op.f('ix_ticket_merge_into_id'), 'ticket_merge', ['into_id'], unique=False)
    op.create_table('ticket_file',
    sa.Column('ticket_id', sa.Integer(), nullable=False),
    sa.Column('attachment_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['attachment_id'], ['attachment.id'], name=op.f('fk_ticket_file_attachment_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_ticket_file_ticket_id')),
    sa.PrimaryKeyConstraint('ticket_id', 'attachment_id', name=op.f('pk_ticket_file'))
    )
    op.create_index(op.f('ix_ticket_file_attachment_id'), 'ticket_file', ['attachment_id'], unique=False)
    op.create_table('viewer',
    sa.Column('ticket_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('typed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_viewer_ticket_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_viewer_user_id')),
    sa.PrimaryKeyConstraint('ticket_id', 'user_id', name=op.f('pk_viewer'))
    )
    op.create_table('flag',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ticket_id', sa.Integer(), nullable=True),
    sa.Column('contact_id', sa.Integer(), nullable=True),
    sa.Column('line', sa.String(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('problem_id', sa.Integer(), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answered_by_id', sa.Integer(), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['answered_by_id'], ['user.id'], name=op.f('fk_flag_answered_by_id')),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], name=op.f('fk_flag_by_id')),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_flag_contact_id')),
    sa.ForeignKeyConstraint(['problem_id'], ['problem.id'], name=op.f('fk_flag_problem_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_flag_ticket_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_flag'))
    )
    op.create_index(op.f('ix_flag_contact_id'), 'flag', ['contact_id'], unique=False)
    op.create_index('ix_flag_open', 'flag', ['at'], unique=False, postgresql_where='answered_at IS NULL')
    op.create_index(op.f('ix_flag_problem_id'), 'flag', ['problem_id'], unique=False)
    op.create_index(op.f('ix_flag_ticket_id'), 'flag', ['ticket_id'], unique=False)
    op.create_index('ix_event_client', 'event', ['client_id', 'id'], unique=False, postgresql_where='client_id IS NOT NULL')
    op.create_table('look',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('thing', sa.String(), nullable=False),
    sa.Column('thing_id', sa.Integer(), nullable=False),
    sa.Column('hour', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_look_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_look')),
    sa.UniqueConstraint('user_id', 'thing', 'thing_id', 'hour', name=op.f('uq_look_user_id_thing_thing_id_hour'))
    )
    op.create_index('ix_look_thing', 'look', ['thing', 'thing_id', 'hour'], unique=False)
    op.create_table('client_split',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('contact_id', sa.Integer(), nullable=False),
    sa.Column('ticket_id', sa.Integer(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('wanted', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('done', sa.Integer(), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('undone_by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], name=op.f('fk_client_split_by_id')),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_client_split_contact_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_client_split_ticket_id')),
    sa.ForeignKeyConstraint(['undone_by_id'], ['user.id'], name=op.f('fk_client_split_undone_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_client_split'))
    )
    op.create_index(op.f('ix_client_split_contact_id'), 'client_split', ['contact_id'], unique=False)
    op.create_index(op.f('ix_client_split_ticket_id'), 'client_split', ['ticket_id'], unique=False)
    op.create_table('represented',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('contact_id', sa.Integer(), nullable=False),
    sa.Column('client_id', sa.Integer(), nullable=False),
    sa.Column('ticket_id', sa.Integer(), nullable=True),
    sa.Column('part', sa.String(), nullable=False),
    sa.Column('files', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('to_client', sa.Boolean(), nullable=False),
    sa.Column('rule', sa.String(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], name=op.f('fk_represented_by_id')),
    sa.ForeignKeyConstraint(['client_id'], ['client.id'], name=op.f('fk_represented_client_id')),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_represented_contact_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_represented_ticket_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_represented')),
    sa.UniqueConstraint('contact_id', 'client_id', name=op.f('uq_represented_contact_id_client_id'))
    )
    op.create_index(op.f('ix_represented_client_id'), 'represented', ['client_id'], unique=False)
    op.create_index(op.f('ix_represented_contact_id'), 'represented', ['contact_id'], unique=False)
    op.create_index(op.f('ix_represented_ticket_id'), 'represented', ['ticket_id'], unique=False)
    op.create_table('search_key',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('contact_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_search_key_contact_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_search_key'))
    )
    op.create_index('ix_search_key_digest', 'search_key', ['digest'], unique=False)
    op.create_index('uq_search_key', 'search_key', ['contact_id', 'kind', 'digest'], unique=True)
    op.create_table('call_draft',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('once', sa.String(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('call_id', sa.Integer(), nullable=True),
    sa.Column('client_id', sa.Integer(), nullable=True),
    sa.Column('fields', postgresql.JSONB(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['call_id'], ['call.id'], name=op.f('fk_call_draft_call_id')),
    sa.ForeignKeyConstraint(['client_id'], ['client.id'], name=op.f('fk_call_draft_client_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_call_draft_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_call_draft')),
    sa.UniqueConstraint('once', name=op.f('uq_call_draft_once'))
    )
    op.create_index(op.f('ix_call_draft_call_id'), 'call_draft', ['call_id'], unique=False)
    op.create_index('ix_call_draft_open', 'call_draft', ['user_id', 'updated_at'], unique=False, postgresql_where='ended_at IS NULL')
    op.create_table('callback',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('client_id', sa.Integer(), nullable=True),
    sa.Column('e164', sa.String(), nullable=True),
    sa.Column('raw_number', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=True),
    sa.Column('topic_id', sa.String(), nullable=True),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('reasons', postgresql.JSONB(), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('ticket_id', sa.Integer(), nullable=True),
    sa.Column('call_id', sa.Integer(), nullable=True),
    sa.Column('contact_id', sa.Integer(), nullable=True),
    sa.Column('problem_id', sa.Integer(), nullable=True),
    sa.Column('team_id', sa.Integer(), nullable=True),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('window_from', sa.DateTime(timezone=True), nullable=True),
    sa.Column('window_to', sa.DateTime(timezone=True), nullable=True),
    sa.Column('priority', sa.Integer(), nullable=False),
    sa.Column('asked', sa.Integer(), nullable=False),
    sa.Column('voicemail', sa.Boolean(), nullable=False),
    sa.Column('most_attempts', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('taken_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reminded_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_by_id', sa.Integer(), nullable=True),
    sa.Column('outcome', sa.String(), nullable=True),
    sa.Column('outcome_note', sa.String(), nullable=False),
    sa.Column('mailed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('deed', postgresql.JSONB(), nullable=True),
    sa.ForeignKeyConstraint(['call_id'], ['call.id'], name=op.f('fk_callback_call_id')),
    sa.ForeignKeyConstraint(['client_id'], ['client.id'], name=op.f('fk_callback_client_id')),
    sa.ForeignKeyConstraint(['closed_by_id'], ['user.id'], name=op.f('fk_callback_closed_by_id')),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_callback_contact_id')),
    sa.ForeignKeyConstraint(['created_by_id'], ['user.id'], name=op.f('fk_callback_created_by_id')),
    sa.ForeignKeyConstraint(['owner_id'], ['user.id'], name=op.f('fk_callback_owner_id')),
    sa.ForeignKeyConstraint(['problem_id'], ['problem.id'], name=op.f('fk_callback_problem_id')),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_callback_team_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_callback_ticket_id')),
    sa.ForeignKeyConstraint(['topic_id'], ['topic.id'], name=op.f('fk_callback_topic_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_callback'))
    )
    op.create_index(op.f('ix_callback_call_id'), 'callback', ['call_id'], unique=False)
    op.create_index('ix_callback_client', 'callback', ['client_id'], unique=False)
    op.create_index('ix_callback_pressing', 'callback', [sa.text('priority DESC'), 'due_at', 'id'], unique=False, postgresql_where='closed_at IS NULL')
    op.create_index('ix_callback_created', 'callback', ['created_at'], unique=False)
    op.create_index('ix_callback_closed', 'callback', ['closed_at'], unique=False)
    op.create_index('ix_callback_due', 'callback', ['state', 'due_at'], unique=False, postgresql_where='closed_at IS NULL')
    op.create_index('ix_callback_number', 'callback', ['e164'], unique=False, postgresql_where='closed_at IS NULL')
    op.create_index(op.f('ix_callback_owner_id'), 'callback', ['owner_id'], unique=False)
    op.create_index(op.f('ix_callback_problem_id'), 'callback', ['problem_id'], unique=False)
    op.create_index(op.f('ix_callback_ticket_id'), 'callback', ['ticket_id'], unique=False)
    op.create_table('identity_check',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('client_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('call_id', sa.Integer(), nullable=True),
    sa.Column('once', sa.String(), nullable=False),
    sa.Column('how', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['call_id'], ['call.id'], name=op.f('fk_identity_check_call_id')),
    sa.ForeignKeyConstraint(['client_id'], ['client.id'], name=op.f('fk_identity_check_client_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_identity_check_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_identity_check'))
    )
    op.create_index(op.f('ix_identity_check_call_id'), 'identity_check', ['call_id'], unique=False)
    op.create_index('ix_identity_check_client', 'identity_check', ['client_id', 'at'], unique=False)
    op.create_table('macro_run',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('macro_id', sa.Integer(), nullable=False),
    sa.Column('ticket_id', sa.Integer(), nullable=False),
    sa.Column('message_id', sa.Integer(), nullable=True),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('before', postgresql.JSONB(), nullable=False),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], name=op.f('fk_macro_run_by_id')),
    sa.ForeignKeyConstraint(['macro_id'], ['macro.id'], name=op.f('fk_macro_run_macro_id')),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], name=op.f('fk_macro_run_message_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_macro_run_ticket_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_macro_run'))
    )
    op.create_index(op.f('ix_macro_run_ticket_id'), 'macro_run', ['ticket_id'], unique=False)
    op.create_table('wrap_up',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('call_id', sa.Integer(), nullable=True),
    sa.Column('contact_id', sa.Integer(), nullable=True),
    sa.Column('ticket_id', sa.Integer(), nullable=True),
    sa.Column('disposition', sa.String(), nullable=True),
    sa.Column('told', sa.String(), nullable=False),
    sa.Column('answer_version_id', sa.Integer(), nullable=True),
    sa.Column('promise', sa.String(), nullable=False),
    sa.Column('promise_on', sa.Date(), nullable=True),
    sa.Column('promise_kept_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('misinformed_by', sa.String(), nullable=True),
    sa.Column('began_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('extended', sa.Boolean(), nullable=False),
    sa.Column('timed_out_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['answer_version_id'], ['measure_version.id'], name=op.f('fk_wrap_up_answer_version_id')),
    sa.ForeignKeyConstraint(['call_id'], ['call.id'], name=op.f('fk_wrap_up_call_id')),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_wrap_up_contact_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_wrap_up_ticket_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_wrap_up_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_wrap_up'))
    )
    op.create_index(op.f('ix_wrap_up_call_id'), 'wrap_up', ['call_id'], unique=False)
    op.create_index(op.f('ix_wrap_up_contact_id'), 'wrap_up', ['contact_id'], unique=False)
    op.create_index('ix_wrap_up_owed', 'wrap_up', ['user_id', 'began_at'], unique=False, postgresql_where='finished_at IS NULL')
    op.create_index(op.f('ix_wrap_up_ticket_id'), 'wrap_up', ['ticket_id'], unique=False)
    op.create_table('callback_attempt',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('callback_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('result', sa.String(), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('number', sa.String(), nullable=False),
    sa.Column('contact_id', sa.Integer(), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['callback_id'], ['callback.id'], name=op.f('fk_callback_attempt_callback_id')),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_callback_attempt_contact_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_callback_attempt_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_callback_attempt'))
    )
    op.create_index(op.f('ix_callback_attempt_callback_id'), 'callback_attempt', ['callback_id'], unique=False)
