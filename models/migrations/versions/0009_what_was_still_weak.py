"""One counter of contacts, texts of automatic mail, and what imports and audits must remember

Revision: 0009
After: 0008
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _files_of_notes()
    _texts_of_mails()
    _coming_in()
    _verifications()
    _files_in_pieces()
    _one_counter()
    _pointed_to()


def _texts_of_mails() -> None:
    op.create_table('mail_text',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('subject', sa.String(), nullable=True),
    sa.Column('text', sa.String(), nullable=True),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], name=op.f('fk_mail_text_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mail_text'))
    )
    op.create_index('ix_mail_text_newest', 'mail_text', ['kind', 'language', 'id'], unique=False)


def _coming_in() -> None:
    op.add_column('user', sa.Column('email', sa.String(), nullable=True))
    op.add_column('entry_link', sa.Column('sealed_secret', sa.LargeBinary(), nullable=True))
    op.create_table('sign_in_refusal',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('minute', sa.DateTime(timezone=True), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('told', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_sign_in_refusal_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_in_refusal'))
    )
    op.create_index('uq_sign_in_refusal_minute', 'sign_in_refusal', ['minute', 'kind', 'user_id'], unique=True, postgresql_nulls_not_distinct=True)


def _verifications() -> None:
    op.create_table('audit_check',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('asked_by_id', sa.Integer(), nullable=True),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('rows', sa.Integer(), nullable=False),
    sa.Column('reached', sa.Integer(), nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.Column('broken', sa.Integer(), nullable=True),
    sa.Column('disagrees', sa.String(), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('trouble', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['asked_by_id'], ['user.id'], name=op.f('fk_audit_check_asked_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_check'))
    )


def _files_in_pieces() -> None:
    op.add_column('data_import', sa.Column('pieces', postgresql.ARRAY(sa.String()), nullable=True))
    op.execute("UPDATE data_import SET pieces = ARRAY[digest]")
    op.alter_column('data_import', 'pieces', nullable=False)
    op.create_index('ix_data_import_row_name', 'data_import_row', ['external_id'], unique=False, postgresql_using='hash')


def _one_counter() -> None:
    """Days of which only the counter of contacts knew are counted, and will be once more by team."""
    op.create_table('stale_day',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('standing', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stale_day'))
    )
    op.execute("""
        INSERT INTO stale_day (day, standing)
        SELECT DISTINCT day, false FROM daily_counter
        WHERE day < (now() AT TIME ZONE 'Europe/Brussels')::date
        AND NOT EXISTS (SELECT FROM daily_figure kept WHERE kept.kpi = 'inflow' AND kept.day = daily_counter.day)
        AND EXISTS (SELECT FROM contact WHERE said_at >= daily_counter.day::timestamp AT TIME ZONE 'Europe/Brussels'
        AND said_at < (daily_counter.day + 1)::timestamp AT TIME ZONE 'Europe/Brussels')
    """)
    for kpi, part, whole, which in (
        ('failures', 'failures', 'contacts', "topic_id <> ''"),
        ('inflow', 'contacts', '0', 'true'),
    ):
        op.execute(f"""
            INSERT INTO daily_figure (kpi, day, channel, topic_id, team_id, language, part, whole)
            SELECT '{kpi}', day, channel, topic_id, 0, language, {part}, {whole} FROM daily_counter
            WHERE day < (now() AT TIME ZONE 'Europe/Brussels')::date AND {which}
            AND NOT EXISTS (SELECT FROM daily_figure kept WHERE kept.kpi = '{kpi}' AND kept.day = daily_counter.day)
        """)
    op.drop_table('daily_counter')
    op.execute("DELETE FROM setting WHERE key IN ('total.first_answers', 'total.first_answer_seconds')")


def _files_of_notes() -> None:
    op.create_table('note_file',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('note_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('content_type', sa.String(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['note_id'], ['note.id'], name=op.f('fk_note_file_note_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['sha256'], ['blob.sha256'], name=op.f('fk_note_file_sha256')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_note_file'))
    )
    op.create_index(op.f('ix_note_file_note_id'), 'note_file', ['note_id'], unique=False)


def _pointed_to() -> None:
    """What points to a row is found when the row goes: else a long file is never taken back."""
    for name, table, column in (
        ('ix_intake_duplicate', 'intake', 'duplicate_of_id'),
        ('ix_ticket_merged', 'ticket', 'merged_into_id'),
        ('ix_message_quotes', 'message', 'quotes_id'),
        ('ix_event_contact', 'event', 'contact_id'),
    ):
        op.create_index(name, table, [column], postgresql_where=sa.text(f'{column} IS NOT NULL'))
    for table, column in (
        ('call', 'contact_id'),
        ('call_draft', 'client_id'),
        ('callback', 'contact_id'),
        ('callback_attempt', 'contact_id'),
        ('correction', 'prediction_id'),
        ('document_request', 'contact_id'),
        ('document_request', 'message_id'),
        ('grouping_constraint', 'contact_id'),
        ('helped', 'callback_id'),
        ('helped', 'intake_id'),
        ('macro_run', 'message_id'),
        ('prepared_answer', 'message_id'),
    ):
        op.create_index(op.f(f'ix_{table}_{column}'), table, [column])
