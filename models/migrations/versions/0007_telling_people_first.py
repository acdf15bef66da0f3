"""Telling people before they ask: dossier, forms, notices, mailings, call-back rounds

Revision: 0007
After: 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TEXT = sa.text("''")


def upgrade() -> None:
    _tables()
    _columns()


def _columns() -> None:
    op.add_column('contact', sa.Column('supplied_again', sa.Boolean(), server_default=sa.text('false'), nullable=False))
    op.add_column('measure', sa.Column('told_at_once', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column('measure', 'told_at_once', server_default=None)
    op.create_index('ix_message_answer', 'message', ['answer_version_id'], unique=False, postgresql_where='answer_version_id IS NOT NULL')
    op.create_index('ix_wrap_up_answer', 'wrap_up', ['answer_version_id'], unique=False, postgresql_where='answer_version_id IS NOT NULL')
    op.add_column('prepared_answer', sa.Column('rewritten', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column('prepared_answer', 'rewritten', server_default=None)
    op.add_column('callback', sa.Column('round_id', sa.Integer(), nullable=True))
    op.create_index(op.f('ix_callback_round_id'), 'callback', ['round_id'], unique=False)
    op.create_foreign_key(op.f('fk_callback_round_id'), 'callback', 'call_round', ['round_id'], ['id'])
    op.add_column('message', sa.Column('mailing_id', sa.Integer(), nullable=True))
    op.create_index(op.f('ix_message_mailing_id'), 'message', ['mailing_id'], unique=False)
    op.create_foreign_key(op.f('fk_message_mailing_id'), 'message', 'mailing', ['mailing_id'], ['id'])
    op.add_column('ticket', sa.Column('status_key', sa.String(), nullable=False, server_default=_TEXT))
    op.alter_column('ticket', 'status_key', server_default=None)
    op.add_column('ticket', sa.Column('mailing_id', sa.Integer(), nullable=True))
    op.create_index(op.f('ix_ticket_mailing_id'), 'ticket', ['mailing_id'], unique=False)
    op.create_foreign_key(op.f('fk_ticket_mailing_id'), 'ticket', 'mailing', ['mailing_id'], ['id'])


def _tables() -> None:
    op.create_table('info_search',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('words', sa.String(), nullable=False),
    sa.Column('found', sa.Integer(), nullable=False),
    sa.Column('times', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_info_search')),
    sa.UniqueConstraint('day', 'language', 'words', name=op.f('uq_info_search_day_language_words'))
    )
    op.create_table('api_token',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('prefix', sa.String(), nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.Column('scopes', postgresql.JSONB(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_by_id', sa.Integer(), nullable=True),
    sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.ForeignKeyConstraint(['revoked_by_id'], ['user.id'], name=op.f('fk_api_token_revoked_by_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_api_token_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_api_token')),
    sa.UniqueConstraint('prefix', name=op.f('uq_api_token_prefix'))
    )
    op.create_index(op.f('ix_api_token_user_id'), 'api_token', ['user_id'], unique=False)
    op.create_table('info_gap',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('ref', sa.String(), nullable=False),
    sa.Column('why', sa.String(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('until', sa.Date(), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], name=op.f('fk_info_gap_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_info_gap')),
    sa.UniqueConstraint('kind', 'ref', name=op.f('uq_info_gap_kind_ref'))
    )
    op.create_table('notice_batch',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('rows', sa.Integer(), nullable=False),
    sa.Column('done', sa.Integer(), nullable=False),
    sa.Column('faults', postgresql.JSONB(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], name=op.f('fk_notice_batch_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notice_batch'))
    )
    op.create_index(op.f('ix_notice_batch_digest'), 'notice_batch', ['digest'], unique=False)
    op.create_table('notice_text',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('topic_id', sa.String(), nullable=True),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('told', sa.Boolean(), nullable=False),
    sa.Column('subjects', postgresql.JSONB(), nullable=False),
    sa.Column('texts', postgresql.JSONB(), nullable=False),
    sa.Column('author_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.ForeignKeyConstraint(['author_id'], ['user.id'], name=op.f('fk_notice_text_author_id')),
    sa.ForeignKeyConstraint(['topic_id'], ['topic.id'], name=op.f('fk_notice_text_topic_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notice_text')),
    sa.UniqueConstraint('kind', 'topic_id', 'number', name=op.f('uq_notice_text_kind_topic_id_number'), postgresql_nulls_not_distinct=True)
    )
    op.create_table('info_page',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(), nullable=False),
    sa.Column('topic_id', sa.String(), nullable=True),
    sa.Column('subtopic_id', sa.String(), nullable=True),
    sa.Column('measure_id', sa.Integer(), nullable=True),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('archived_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.ForeignKeyConstraint(['created_by_id'], ['user.id'], name=op.f('fk_info_page_created_by_id')),
    sa.ForeignKeyConstraint(['measure_id'], ['measure.id'], name=op.f('fk_info_page_measure_id')),
    sa.ForeignKeyConstraint(['topic_id'], ['topic.id'], name=op.f('fk_info_page_topic_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_info_page')),
    sa.UniqueConstraint('slug', name=op.f('uq_info_page_slug'))
    )
    op.create_index(op.f('ix_info_page_measure_id'), 'info_page', ['measure_id'], unique=False)
    op.create_index(op.f('ix_info_page_topic_id'), 'info_page', ['topic_id'], unique=False)
    op.create_table('web_form',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('topic_id', sa.String(), nullable=True),
    sa.Column('intent_id', sa.String(), nullable=True),
    sa.Column('measure_id', sa.Integer(), nullable=True),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.ForeignKeyConstraint(['intent_id'], ['intent.id'], name=op.f('fk_web_form_intent_id')),
    sa.ForeignKeyConstraint(['measure_id'], ['measure.id'], name=op.f('fk_web_form_measure_id')),
    sa.ForeignKeyConstraint(['topic_id'], ['topic.id'], name=op.f('fk_web_form_topic_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_web_form')),
    sa.UniqueConstraint('code', name=op.f('uq_web_form_code'))
    )
    op.create_index(op.f('ix_web_form_measure_id'), 'web_form', ['measure_id'], unique=False)
    op.create_table('form_draft',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('form_id', sa.Integer(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('begun_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['form_id'], ['web_form.id'], name=op.f('fk_form_draft_form_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_form_draft')),
    sa.UniqueConstraint('key', name=op.f('uq_form_draft_key'))
    )
    op.create_index(op.f('ix_form_draft_expires_at'), 'form_draft', ['expires_at'], unique=False)
    op.create_table('form_draft_file',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('draft_id', sa.Integer(), nullable=False),
    sa.Column('document', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('content_type', sa.String(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('place', sa.String(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['draft_id'], ['form_draft.id'], name=op.f('fk_form_draft_file_draft_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_form_draft_file'))
    )
    op.create_index(op.f('ix_form_draft_file_draft_id'), 'form_draft_file', ['draft_id'], unique=False)
    op.create_table('call_round',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('problem_id', sa.Integer(), nullable=False),
    sa.Column('action_id', sa.Integer(), nullable=True),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('who', postgresql.JSONB(), nullable=False),
    sa.Column('scripts', postgresql.JSONB(), nullable=False),
    sa.Column('changed', postgresql.JSONB(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['action_id'], ['action.id'], name=op.f('fk_call_round_action_id')),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], name=op.f('fk_call_round_by_id')),
    sa.ForeignKeyConstraint(['problem_id'], ['problem.id'], name=op.f('fk_call_round_problem_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_call_round'))
    )
    op.create_index(op.f('ix_call_round_problem_id'), 'call_round', ['problem_id'], unique=False)
    op.create_table('info_page_problem',
    sa.Column('page_id', sa.Integer(), nullable=False),
    sa.Column('problem_id', sa.Integer(), nullable=False),
    sa.Column('action_id', sa.Integer(), nullable=True),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.ForeignKeyConstraint(['action_id'], ['action.id'], name=op.f('fk_info_page_problem_action_id')),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], name=op.f('fk_info_page_problem_by_id')),
    sa.ForeignKeyConstraint(['page_id'], ['info_page.id'], name=op.f('fk_info_page_problem_page_id')),
    sa.ForeignKeyConstraint(['problem_id'], ['problem.id'], name=op.f('fk_info_page_problem_problem_id')),
    sa.PrimaryKeyConstraint('page_id', 'problem_id', name=op.f('pk_info_page_problem'))
    )
    op.create_index(op.f('ix_info_page_problem_problem_id'), 'info_page_problem', ['problem_id'], unique=False)
    op.create_table('info_page_version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('page_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('titles', postgresql.JSONB(), nullable=False),
    sa.Column('summaries', postgresql.JSONB(), nullable=False),
    sa.Column('bodies', postgresql.JSONB(), nullable=False),
    sa.Column('changes', postgresql.JSONB(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('author_id', sa.Integer(), nullable=True),
    sa.Column('restored_from_id', sa.Integer(), nullable=True),
    sa.Column('publish_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('published_by_id', sa.Integer(), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('review_by', sa.Date(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.ForeignKeyConstraint(['author_id'], ['user.id'], name=op.f('fk_info_page_version_author_id')),
    sa.ForeignKeyConstraint(['page_id'], ['info_page.id'], name=op.f('fk_info_page_version_page_id')),
    sa.ForeignKeyConstraint(['published_by_id'], ['user.id'], name=op.f('fk_info_page_version_published_by_id')),
    sa.ForeignKeyConstraint(['restored_from_id'], ['info_page_version.id'], name=op.f('fk_info_page_version_restored_from_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_info_page_version')),
    sa.UniqueConstraint('page_id', 'number', name=op.f('uq_info_page_version_page_id_number'))
    )
    op.create_index('ix_info_page_scheduled', 'info_page_version', ['publish_at'], unique=False, postgresql_where="state = 'scheduled'")
    op.create_index('uq_info_page_published', 'info_page_version', ['page_id'], unique=True, postgresql_where="state = 'published'")
    op.create_table('info_view',
    sa.Column('page_id', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('views', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['page_id'], ['info_page.id'], name=op.f('fk_info_view_page_id')),
    sa.PrimaryKeyConstraint('page_id', 'day', 'language', name=op.f('pk_info_view'))
    )
    op.create_table('web_form_version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('form_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('names', postgresql.JSONB(), nullable=False),
    sa.Column('introductions', postgresql.JSONB(), nullable=False),
    sa.Column('fields', postgresql.JSONB(), nullable=False),
    sa.Column('change', sa.String(), nullable=False),
    sa.Column('author_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.ForeignKeyConstraint(['author_id'], ['user.id'], name=op.f('fk_web_form_version_author_id')),
    sa.ForeignKeyConstraint(['form_id'], ['web_form.id'], name=op.f('fk_web_form_version_form_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_web_form_version')),
    sa.UniqueConstraint('form_id', 'number', name=op.f('uq_web_form_version_form_id_number'))
    )
    op.create_table('info_feedback',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('page_id', sa.Integer(), nullable=False),
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('useful', sa.Boolean(), nullable=False),
    sa.Column('missing', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('once', sa.String(), nullable=True),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('read_by_id', sa.Integer(), nullable=True),
    sa.Column('task_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('task_by_id', sa.Integer(), nullable=True),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['task_by_id'], ['user.id'], name=op.f('fk_info_feedback_task_by_id')),
    sa.ForeignKeyConstraint(['page_id'], ['info_page.id'], name=op.f('fk_info_feedback_page_id')),
    sa.ForeignKeyConstraint(['read_by_id'], ['user.id'], name=op.f('fk_info_feedback_read_by_id')),
    sa.ForeignKeyConstraint(['version_id'], ['info_page_version.id'], name=op.f('fk_info_feedback_version_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_info_feedback')),
    sa.UniqueConstraint('once', name=op.f('uq_info_feedback_once'))
    )
    op.create_index('ix_info_feedback_page', 'info_feedback', ['page_id', 'at'], unique=False)
    op.create_index('ix_info_feedback_unread', 'info_feedback', ['at'], unique=False, postgresql_where='read_at IS NULL')
    op.create_table('mailing',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('purpose', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('audience', postgresql.JSONB(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=True),
    sa.Column('subjects', postgresql.JSONB(), nullable=False),
    sa.Column('texts', postgresql.JSONB(), nullable=False),
    sa.Column('topic_id', sa.String(), nullable=True),
    sa.Column('measure_id', sa.Integer(), nullable=True),
    sa.Column('answer_version_id', sa.Integer(), nullable=True),
    sa.Column('problem_id', sa.Integer(), nullable=True),
    sa.Column('action_id', sa.Integer(), nullable=True),
    sa.Column('reply_id', sa.Integer(), nullable=True),
    sa.Column('round_id', sa.Integer(), nullable=True),
    sa.Column('on_threads', sa.Boolean(), nullable=False),
    sa.Column('close_as', sa.String(), nullable=True),
    sa.Column('per_minute', sa.Integer(), nullable=False),
    sa.Column('start_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('window_from', sa.Time(), nullable=True),
    sa.Column('window_to', sa.Time(), nullable=True),
    sa.Column('working_days', sa.Boolean(), nullable=False),
    sa.Column('external_event_id', sa.Integer(), nullable=True),
    sa.Column('wave', postgresql.JSONB(), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=False),
    sa.Column('changed_by_id', sa.Integer(), nullable=True),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('asked_by_id', sa.Integer(), nullable=True),
    sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('approved_by_id', sa.Integer(), nullable=True),
    sa.Column('sent_back', sa.String(), nullable=False),
    sa.Column('counted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('started_by_id', sa.Integer(), nullable=True),
    sa.Column('first_sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('paused_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_error', sa.String(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.ForeignKeyConstraint(['action_id'], ['action.id'], name=op.f('fk_mailing_action_id')),
    sa.ForeignKeyConstraint(['answer_version_id'], ['measure_version.id'], name=op.f('fk_mailing_answer_version_id')),
    sa.ForeignKeyConstraint(['changed_by_id'], ['user.id'], name=op.f('fk_mailing_changed_by_id')),
    sa.ForeignKeyConstraint(['started_by_id'], ['user.id'], name=op.f('fk_mailing_started_by_id')),
    sa.ForeignKeyConstraint(['approved_by_id'], ['user.id'], name=op.f('fk_mailing_approved_by_id')),
    sa.ForeignKeyConstraint(['asked_by_id'], ['user.id'], name=op.f('fk_mailing_asked_by_id')),
    sa.ForeignKeyConstraint(['created_by_id'], ['user.id'], name=op.f('fk_mailing_created_by_id')),
    sa.ForeignKeyConstraint(['external_event_id'], ['external_event.id'], name=op.f('fk_mailing_external_event_id')),
    sa.ForeignKeyConstraint(['measure_id'], ['measure.id'], name=op.f('fk_mailing_measure_id')),
    sa.ForeignKeyConstraint(['problem_id'], ['problem.id'], name=op.f('fk_mailing_problem_id')),
    sa.ForeignKeyConstraint(['reply_id'], ['reply_to_all.id'], name=op.f('fk_mailing_reply_id')),
    sa.ForeignKeyConstraint(['round_id'], ['call_round.id'], name=op.f('fk_mailing_round_id')),
    sa.ForeignKeyConstraint(['topic_id'], ['topic.id'], name=op.f('fk_mailing_topic_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mailing'))
    )
    op.create_index(op.f('ix_mailing_action_id'), 'mailing', ['action_id'], unique=False)
    op.create_index(op.f('ix_mailing_measure_id'), 'mailing', ['measure_id'], unique=False)
    op.create_index(op.f('ix_mailing_problem_id'), 'mailing', ['problem_id'], unique=False)
    op.create_index(op.f('ix_mailing_reply_id'), 'mailing', ['reply_id'], unique=False)
    op.create_index(op.f('ix_mailing_round_id'), 'mailing', ['round_id'], unique=False)
    op.create_index('ix_mailing_running', 'mailing', ['id'], unique=False, postgresql_where="state IN ('counting', 'running')")
    op.create_table('opt_out',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('address', sa.String(), nullable=False),
    sa.Column('client_id', sa.Integer(), nullable=True),
    sa.Column('mailing_id', sa.Integer(), nullable=True),
    sa.Column('how', sa.String(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], name=op.f('fk_opt_out_by_id')),
    sa.ForeignKeyConstraint(['client_id'], ['client.id'], name=op.f('fk_opt_out_client_id')),
    sa.ForeignKeyConstraint(['mailing_id'], ['mailing.id'], name=op.f('fk_opt_out_mailing_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_opt_out'))
    )
    op.create_index(op.f('ix_opt_out_client_id'), 'opt_out', ['client_id'], unique=False)
    op.create_index('uq_opt_out_standing', 'opt_out', ['address'], unique=True, postgresql_where='withdrawn_at IS NULL')
    op.create_table('form_submission',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('form_id', sa.Integer(), nullable=False),
    sa.Column('version_id', sa.Integer(), nullable=False),
    sa.Column('intake_id', sa.Integer(), nullable=False),
    sa.Column('contact_id', sa.Integer(), nullable=True),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('answers', postgresql.JSONB(), nullable=False),
    sa.Column('missing', postgresql.JSONB(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_form_submission_contact_id')),
    sa.ForeignKeyConstraint(['form_id'], ['web_form.id'], name=op.f('fk_form_submission_form_id')),
    sa.ForeignKeyConstraint(['intake_id'], ['intake.id'], name=op.f('fk_form_submission_intake_id')),
    sa.ForeignKeyConstraint(['version_id'], ['web_form_version.id'], name=op.f('fk_form_submission_version_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_form_submission')),
    sa.UniqueConstraint('intake_id', name=op.f('uq_form_submission_intake_id'))
    )
    op.create_index(op.f('ix_form_submission_contact_id'), 'form_submission', ['contact_id'], unique=False)
    op.create_index(op.f('ix_form_submission_form_id'), 'form_submission', ['form_id'], unique=False)
    op.create_table('link_wish',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('address', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_link_wish'))
    )
    op.create_table('document_request',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ticket_id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('names', postgresql.JSONB(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('asked_by_id', sa.Integer(), nullable=True),
    sa.Column('cause', sa.String(), nullable=False),
    sa.Column('times', sa.Integer(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('message_id', sa.Integer(), nullable=True),
    sa.Column('reminded_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('contact_id', sa.Integer(), nullable=True),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('accepted_by_id', sa.Integer(), nullable=True),
    sa.Column('waived_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('waived_by_id', sa.Integer(), nullable=True),
    sa.Column('why', sa.String(), nullable=False),
    sa.Column('untold', sa.String(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.ForeignKeyConstraint(['accepted_by_id'], ['user.id'], name=op.f('fk_document_request_accepted_by_id')),
    sa.ForeignKeyConstraint(['asked_by_id'], ['user.id'], name=op.f('fk_document_request_asked_by_id')),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_document_request_contact_id')),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], name=op.f('fk_document_request_message_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_document_request_ticket_id')),
    sa.ForeignKeyConstraint(['waived_by_id'], ['user.id'], name=op.f('fk_document_request_waived_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_document_request'))
    )
    op.create_index('ix_document_request_open', 'document_request', ['ticket_id'], unique=False, postgresql_where='received_at IS NULL AND waived_at IS NULL')
    op.create_index('ix_document_request_ticket', 'document_request', ['ticket_id'], unique=False)
    op.create_index('ix_document_request_untold', 'document_request', ['asked_at'], unique=False, postgresql_where='told_at IS NULL AND received_at IS NULL AND waived_at IS NULL')
    op.create_table('notice',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.Column('conflicted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('batch_id', sa.Integer(), nullable=True),
    sa.Column('line', sa.Integer(), nullable=True),
    sa.Column('file_reference', sa.String(), nullable=False),
    sa.Column('client_id', sa.Integer(), nullable=True),
    sa.Column('ticket_id', sa.Integer(), nullable=True),
    sa.Column('measure_id', sa.Integer(), nullable=True),
    sa.Column('topic_id', sa.String(), nullable=True),
    sa.Column('language', sa.String(), nullable=True),
    sa.Column('said', postgresql.JSONB(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=True),
    sa.Column('occurred_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('pays_on', sa.Date(), nullable=True),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('why', sa.String(), nullable=False),
    sa.Column('matched_by', sa.String(), nullable=False),
    sa.Column('matched_by_id', sa.Integer(), nullable=True),
    sa.Column('message_id', sa.Integer(), nullable=True),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.ForeignKeyConstraint(['batch_id'], ['notice_batch.id'], name=op.f('fk_notice_batch_id')),
    sa.ForeignKeyConstraint(['client_id'], ['client.id'], name=op.f('fk_notice_client_id')),
    sa.ForeignKeyConstraint(['matched_by_id'], ['user.id'], name=op.f('fk_notice_matched_by_id')),
    sa.ForeignKeyConstraint(['measure_id'], ['measure.id'], name=op.f('fk_notice_measure_id')),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], name=op.f('fk_notice_message_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_notice_ticket_id')),
    sa.ForeignKeyConstraint(['topic_id'], ['topic.id'], name=op.f('fk_notice_topic_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notice')),
    sa.UniqueConstraint('source', 'key', name=op.f('uq_notice_source_key'))
    )
    op.create_index(op.f('ix_notice_batch_id'), 'notice', ['batch_id'], unique=False)
    op.create_index('ix_notice_client', 'notice', ['client_id', 'occurred_at'], unique=False)
    op.create_index('ix_notice_day', 'notice', ['created_at'], unique=False)
    op.create_index('ix_notice_file', 'notice', ['file_reference'], unique=False, postgresql_where="file_reference <> ''")
    op.create_index('ix_notice_look', 'notice', ['state', 'id'], unique=False, postgresql_where=sa.text("state IN ('waiting', 'unmatched', 'no_address')"))
    op.create_index('ix_notice_pays', 'notice', ['pays_on'], unique=False, postgresql_where='pays_on IS NOT NULL')
    op.create_index(op.f('ix_notice_message_id'), 'notice', ['message_id'], unique=False)
    op.create_index('ix_notice_ticket', 'notice', ['ticket_id'], unique=False)
    op.create_table('helped',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('problem_id', sa.Integer(), nullable=False),
    sa.Column('round_id', sa.Integer(), nullable=True),
    sa.Column('mailing_id', sa.Integer(), nullable=True),
    sa.Column('client_id', sa.Integer(), nullable=True),
    sa.Column('callback_id', sa.Integer(), nullable=True),
    sa.Column('answer', sa.String(), nullable=False),
    sa.Column('how', sa.String(), nullable=False),
    sa.Column('intake_id', sa.Integer(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.ForeignKeyConstraint(['callback_id'], ['callback.id'], name=op.f('fk_helped_callback_id')),
    sa.ForeignKeyConstraint(['client_id'], ['client.id'], name=op.f('fk_helped_client_id')),
    sa.ForeignKeyConstraint(['intake_id'], ['intake.id'], name=op.f('fk_helped_intake_id')),
    sa.ForeignKeyConstraint(['mailing_id'], ['mailing.id'], name=op.f('fk_helped_mailing_id')),
    sa.ForeignKeyConstraint(['problem_id'], ['problem.id'], name=op.f('fk_helped_problem_id')),
    sa.ForeignKeyConstraint(['round_id'], ['call_round.id'], name=op.f('fk_helped_round_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_helped')),
    sa.UniqueConstraint('round_id', 'client_id', name=op.f('uq_helped_round_id_client_id'))
    )
    op.create_index(op.f('ix_helped_client_id'), 'helped', ['client_id'], unique=False)
    op.create_index(op.f('ix_helped_mailing_id'), 'helped', ['mailing_id'], unique=False)
    op.create_index('ix_helped_problem', 'helped', ['problem_id', 'at'], unique=False)
    op.create_table('mailing_recipient',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('mailing_id', sa.Integer(), nullable=False),
    sa.Column('client_id', sa.Integer(), nullable=True),
    sa.Column('address', sa.String(), nullable=True),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('ticket_id', sa.Integer(), nullable=True),
    sa.Column('prepared_id', sa.Integer(), nullable=True),
    sa.Column('fields', postgresql.JSONB(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('why', sa.String(), nullable=False),
    sa.Column('by_hand', sa.Boolean(), nullable=False),
    sa.Column('message_id', sa.Integer(), nullable=True),
    sa.Column('reply_ticket_id', sa.Integer(), nullable=True),
    sa.Column('replied_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended', postgresql.JSONB(), nullable=True),
    sa.ForeignKeyConstraint(['client_id'], ['client.id'], name=op.f('fk_mailing_recipient_client_id')),
    sa.ForeignKeyConstraint(['mailing_id'], ['mailing.id'], name=op.f('fk_mailing_recipient_mailing_id')),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], name=op.f('fk_mailing_recipient_message_id')),
    sa.ForeignKeyConstraint(['prepared_id'], ['prepared_answer.id'], name=op.f('fk_mailing_recipient_prepared_id')),
    sa.ForeignKeyConstraint(['reply_ticket_id'], ['ticket.id'], name=op.f('fk_mailing_recipient_reply_ticket_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_mailing_recipient_ticket_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mailing_recipient')),
    sa.UniqueConstraint('mailing_id', 'address', name=op.f('uq_mailing_recipient_mailing_id_address')),
    sa.UniqueConstraint('mailing_id', 'client_id', name=op.f('uq_mailing_recipient_mailing_id_client_id')),
    sa.UniqueConstraint('message_id', name=op.f('uq_mailing_recipient_message_id'))
    )
    op.create_index('ix_mailing_recipient_client', 'mailing_recipient', ['client_id'], unique=False)
    op.create_index(op.f('ix_mailing_recipient_reply_ticket_id'), 'mailing_recipient', ['reply_ticket_id'], unique=False)
    op.create_index('ix_mailing_recipient_state', 'mailing_recipient', ['mailing_id', 'state', 'id'], unique=False)
    op.create_index(op.f('ix_mailing_recipient_ticket_id'), 'mailing_recipient', ['ticket_id'], unique=False)
