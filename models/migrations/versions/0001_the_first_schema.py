"""The first schema

Revision: 0001
After: 
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import postgresql
revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


_APPEND_ONLY = """
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit chain is append-only';
END $$;
CREATE TRIGGER audit_row BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_table BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
"""


def upgrade() -> None:
    op.execute(sa.schema.CreateSequence(sa.Sequence("ticket_number", start=100001)))
    op.execute(sa.schema.CreateSequence(sa.Sequence("problem_number", start=1)))
    op.create_table('audit',
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor_id', sa.Integer(), nullable=True),
    sa.Column('action', sa.String(), nullable=False),
    sa.Column('thing', postgresql.JSONB(), nullable=False),
    sa.Column('facts', postgresql.JSONB(), nullable=False),
    sa.Column('previous', sa.LargeBinary(), nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_audit'))
    )
    op.create_table('blob',
    sa.Column('sha256', sa.String(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('sha256', name=op.f('pk_blob'))
    )
    op.create_table('client',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=True),
    sa.Column('representative', sa.Boolean(), nullable=False),
    sa.Column('merged_into_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.ForeignKeyConstraint(['merged_into_id'], ['client.id'], name=op.f('fk_client_merged_into_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_client'))
    )
    op.create_table('daily_counter',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('topic_id', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('contacts', sa.Integer(), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('day', 'channel', 'topic_id', 'language', name=op.f('pk_daily_counter'))
    )
    op.create_table('exchange',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('token_digest', sa.String(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_exchange')),
    sa.UniqueConstraint('name', name=op.f('uq_exchange_name')),
    sa.UniqueConstraint('token_digest', name=op.f('uq_exchange_token_digest'))
    )
    op.create_table('idempotency_key',
    sa.Column('scope', sa.String(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('digest', sa.String(), nullable=False),
    sa.Column('ref_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.PrimaryKeyConstraint('scope', 'key', name=op.f('pk_idempotency_key'))
    )
    op.create_table('intent',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('names', postgresql.JSONB(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('failure', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_intent'))
    )
    op.create_table('job_slot',
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('slot', sa.String(), nullable=False),
    sa.Column('taken_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.PrimaryKeyConstraint('name', 'slot', name=op.f('pk_job_slot'))
    )
    op.create_table('login_try',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('login', sa.String(), nullable=False),
    sa.Column('remote_address', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_login_try'))
    )
    op.create_index('ix_login_try_address', 'login_try', ['remote_address', 'at'], unique=False)
    op.create_index('ix_login_try_login', 'login_try', ['login', 'at'], unique=False)
    op.create_table('mailbox',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('address', sa.String(), nullable=False),
    sa.Column('settings', postgresql.JSONB(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mailbox')),
    sa.UniqueConstraint('address', name=op.f('uq_mailbox_address')),
    sa.UniqueConstraint('name', name=op.f('uq_mailbox_name'))
    )
    op.create_table('outbox',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('ref_id', sa.Integer(), nullable=False),
    sa.Column('cause', sa.String(), nullable=False),
    sa.Column('priority', sa.Integer(), nullable=False),
    sa.Column('fair_key', sa.String(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('not_before', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lease_owner', sa.String(), nullable=True),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('last_error', sa.String(), nullable=True),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('gave_up_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox')),
    sa.UniqueConstraint('kind', 'ref_id', 'cause', name=op.f('uq_outbox_kind_ref_id_cause'))
    )
    op.create_index('ix_outbox_claimable', 'outbox', ['kind', 'priority', 'id'], unique=False, postgresql_where='done_at IS NULL AND gave_up_at IS NULL')
    op.create_table('screening',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sentence', postgresql.JSONB(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_screening')),
    sa.UniqueConstraint('day', name=op.f('uq_screening_day'))
    )
    op.create_table('setting',
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('value', postgresql.JSONB(), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_setting'))
    )
    op.create_table('team',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slug', sa.String(), nullable=False),
    sa.Column('names', postgresql.JSONB(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_team')),
    sa.UniqueConstraint('slug', name=op.f('uq_team_slug'))
    )
    op.create_table('user',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('login', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('password_hash', sa.String(), nullable=True),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('theme', sa.String(), nullable=False),
    sa.Column('density', sa.String(), nullable=False),
    sa.Column('phone_extension', sa.String(), nullable=True),
    sa.Column('available', sa.Boolean(), nullable=False),
    sa.Column('disabled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user')),
    sa.UniqueConstraint('login', name=op.f('uq_user_login'))
    )
    op.create_table('vector',
    sa.Column('encoder', sa.String(), nullable=False),
    sa.Column('content_hash', sa.String(), nullable=False),
    sa.Column('vector', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('encoder', 'content_hash', name=op.f('pk_vector'))
    )
    op.create_table('call_event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('exchange_id', sa.Integer(), nullable=False),
    sa.Column('call_id', sa.String(), nullable=False),
    sa.Column('event', sa.String(), nullable=False),
    sa.Column('body', postgresql.JSONB(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['exchange_id'], ['exchange.id'], name=op.f('fk_call_event_exchange_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_call_event'))
    )
    op.create_index(op.f('ix_call_event_call_id'), 'call_event', ['call_id'], unique=False)
    op.create_table('client_address',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('client_id', sa.Integer(), nullable=False),
    sa.Column('address', sa.String(), nullable=False),
    sa.Column('level', sa.String(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('undeliverable_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.ForeignKeyConstraint(['client_id'], ['client.id'], name=op.f('fk_client_address_client_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_client_address')),
    sa.UniqueConstraint('client_id', 'address', name=op.f('uq_client_address_client_id_address'))
    )
    op.create_index('ix_address', 'client_address', ['address'], unique=False)
    op.create_table('client_identifier',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('client_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.Column('masked', sa.String(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.ForeignKeyConstraint(['client_id'], ['client.id'], name=op.f('fk_client_identifier_client_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_client_identifier')),
    sa.UniqueConstraint('client_id', 'kind', 'digest', name=op.f('uq_client_identifier_client_id_kind_digest'))
    )
    op.create_index(op.f('ix_client_identifier_digest'), 'client_identifier', ['digest'], unique=False)
    op.create_table('client_number',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('client_id', sa.Integer(), nullable=False),
    sa.Column('e164', sa.String(), nullable=False),
    sa.Column('raw', sa.String(), nullable=False),
    sa.Column('extension', sa.String(), nullable=False),
    sa.Column('level', sa.String(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.ForeignKeyConstraint(['client_id'], ['client.id'], name=op.f('fk_client_number_client_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_client_number')),
    sa.UniqueConstraint('client_id', 'e164', name=op.f('uq_client_number_client_id_e164'))
    )
    op.create_index('ix_number', 'client_number', ['e164'], unique=False)
    op.create_table('intake',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.Uuid(), nullable=False),
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('adapter', sa.String(), nullable=False),
    sa.Column('mailbox_id', sa.Integer(), nullable=True),
    sa.Column('envelope', postgresql.JSONB(), nullable=False),
    sa.Column('sha256', sa.String(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('once', sa.String(), nullable=True),
    sa.Column('said_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('duplicate_of_id', sa.Integer(), nullable=True),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('last_error', sa.String(), nullable=True),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['duplicate_of_id'], ['intake.id'], name=op.f('fk_intake_duplicate_of_id')),
    sa.ForeignKeyConstraint(['mailbox_id'], ['mailbox.id'], name=op.f('fk_intake_mailbox_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_intake')),
    sa.UniqueConstraint('key', name=op.f('uq_intake_key')),
    sa.UniqueConstraint('once', name=op.f('uq_intake_once'))
    )
    op.create_index('ix_intake_state', 'intake', ['state', 'id'], unique=False)
    op.create_table('membership',
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('team_id', sa.Integer(), nullable=False),
    sa.Column('languages', postgresql.ARRAY(sa.String()), nullable=False),
    sa.Column('topics', postgresql.ARRAY(sa.String()), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_membership_team_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_membership_user_id')),
    sa.PrimaryKeyConstraint('user_id', 'team_id', name=op.f('pk_membership'))
    )
    op.create_table('topic',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('parent_id', sa.String(), nullable=True),
    sa.Column('names', postgresql.JSONB(), nullable=False),
    sa.Column('counts', sa.String(), nullable=False),
    sa.Column('not_this', sa.String(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('team_id', sa.Integer(), nullable=True),
    sa.Column('restricted', sa.Boolean(), nullable=False),
    sa.Column('answer_days', sa.Integer(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.ForeignKeyConstraint(['parent_id'], ['topic.id'], name=op.f('fk_topic_parent_id')),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_topic_team_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_topic'))
    )
    op.create_index(op.f('ix_topic_parent_id'), 'topic', ['parent_id'], unique=False)
    op.create_table('user_session',
    sa.Column('id_hash', sa.String(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('remote_address', sa.String(), nullable=False),
    sa.Column('browser', sa.String(), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_user_session_user_id')),
    sa.PrimaryKeyConstraint('id_hash', name=op.f('pk_user_session'))
    )
    op.create_index(op.f('ix_user_session_user_id'), 'user_session', ['user_id'], unique=False)
    op.create_table('intake_raw',
    sa.Column('intake_id', sa.Integer(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['intake_id'], ['intake.id'], name=op.f('fk_intake_raw_intake_id')),
    sa.PrimaryKeyConstraint('intake_id', name=op.f('pk_intake_raw'))
    )
    op.create_table('measure',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('topic_id', sa.String(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.ForeignKeyConstraint(['topic_id'], ['topic.id'], name=op.f('fk_measure_topic_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_measure')),
    sa.UniqueConstraint('code', name=op.f('uq_measure_code'))
    )
    op.create_table('problem',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), server_default=sa.text("nextval('problem_number')"), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('thing', sa.String(), nullable=True),
    sa.Column('symptom', sa.String(), nullable=True),
    sa.Column('topic_id', sa.String(), nullable=True),
    sa.Column('titles', postgresql.JSONB(), nullable=False),
    sa.Column('terms', postgresql.JSONB(), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('first_seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('founded_on', sa.Date(), nullable=False),
    sa.Column('centre', sa.LargeBinary(), nullable=True),
    sa.Column('centre_before', sa.LargeBinary(), nullable=True),
    sa.Column('centred_on', sa.Date(), nullable=True),
    sa.Column('engine', sa.String(), nullable=False),
    sa.Column('merged_into_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.ForeignKeyConstraint(['merged_into_id'], ['problem.id'], name=op.f('fk_problem_merged_into_id')),
    sa.ForeignKeyConstraint(['owner_id'], ['user.id'], name=op.f('fk_problem_owner_id')),
    sa.ForeignKeyConstraint(['topic_id'], ['topic.id'], name=op.f('fk_problem_topic_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_problem')),
    sa.UniqueConstraint('number', name=op.f('uq_problem_number'))
    )
    op.create_index(op.f('ix_problem_state'), 'problem', ['state'], unique=False)
    op.create_table('ticket',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), server_default=sa.text("nextval('ticket_number')"), nullable=False),
    sa.Column('client_id', sa.Integer(), nullable=True),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('preview', sa.String(), nullable=False),
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=True),
    sa.Column('topic_id', sa.String(), nullable=True),
    sa.Column('subtopic_id', sa.String(), nullable=True),
    sa.Column('intent_id', sa.String(), nullable=True),
    sa.Column('decision', sa.String(), nullable=False),
    sa.Column('needs_choice', sa.Boolean(), nullable=False),
    sa.Column('team_id', sa.Integer(), nullable=True),
    sa.Column('assignee_id', sa.Integer(), nullable=True),
    sa.Column('status', sa.String(), nullable=False),
    sa.Column('urgent', sa.Boolean(), nullable=False),
    sa.Column('contacts_count', sa.Integer(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_contact_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('first_answer_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('disposition', sa.String(), nullable=True),
    sa.Column('told', sa.String(), nullable=False),
    sa.Column('flagged', sa.Boolean(), nullable=False),
    sa.Column('merged_into_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['assignee_id'], ['user.id'], name=op.f('fk_ticket_assignee_id')),
    sa.ForeignKeyConstraint(['client_id'], ['client.id'], name=op.f('fk_ticket_client_id')),
    sa.ForeignKeyConstraint(['intent_id'], ['intent.id'], name=op.f('fk_ticket_intent_id')),
    sa.ForeignKeyConstraint(['merged_into_id'], ['ticket.id'], name=op.f('fk_ticket_merged_into_id')),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_ticket_team_id')),
    sa.ForeignKeyConstraint(['topic_id'], ['topic.id'], name=op.f('fk_ticket_topic_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket')),
    sa.UniqueConstraint('number', name=op.f('uq_ticket_number'))
    )
    op.create_index(op.f('ix_ticket_assignee_id'), 'ticket', ['assignee_id'], unique=False)
    op.create_index('ix_ticket_client', 'ticket', ['client_id', 'topic_id', 'last_contact_at'], unique=False)
    op.create_index(op.f('ix_ticket_needs_choice'), 'ticket', ['needs_choice'], unique=False)
    op.create_index('ix_ticket_open_seen', 'ticket', ['last_contact_at'], unique=False, postgresql_where="status <> 'closed'")
    op.create_index('ix_ticket_open_team', 'ticket', ['team_id', 'urgent', 'due_at'], unique=False, postgresql_where="status <> 'closed'")
    op.create_index(op.f('ix_ticket_topic_id'), 'ticket', ['topic_id'], unique=False)
    op.create_table('action',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('problem_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('what', sa.String(), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('effective_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('cancelled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.ForeignKeyConstraint(['owner_id'], ['user.id'], name=op.f('fk_action_owner_id')),
    sa.ForeignKeyConstraint(['problem_id'], ['problem.id'], name=op.f('fk_action_problem_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_action'))
    )
    op.create_index('ix_action_open', 'action', ['due_on'], unique=False, postgresql_where='done_at IS NULL')
    op.create_index(op.f('ix_action_problem_id'), 'action', ['problem_id'], unique=False)
    op.create_table('contact',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('intake_id', sa.Integer(), nullable=False),
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('client_id', sa.Integer(), nullable=True),
    sa.Column('ticket_id', sa.Integer(), nullable=True),
    sa.Column('mailbox_id', sa.Integer(), nullable=True),
    sa.Column('said_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('language', sa.String(), nullable=True),
    sa.Column('sender', sa.String(), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('new_text', sa.String(), nullable=False),
    sa.Column('message_id', sa.String(), nullable=True),
    sa.Column('in_reply_to', sa.String(), nullable=True),
    sa.Column('content_hash', sa.String(), nullable=True),
    sa.Column('automatic', sa.String(), nullable=True),
    sa.Column('fully_read', sa.Boolean(), nullable=False),
    sa.Column('defects', postgresql.JSONB(), nullable=False),
    sa.Column('fields', postgresql.JSONB(), nullable=False),
    sa.Column('taken_by_id', sa.Integer(), nullable=True),
    sa.Column('topic_id', sa.String(), nullable=True),
    sa.Column('subtopic_id', sa.String(), nullable=True),
    sa.Column('intent_id', sa.String(), nullable=True),
    sa.Column('decision', sa.String(), nullable=True),
    sa.Column('dissatisfied', sa.Double(), nullable=False),
    sa.Column('repeated', sa.Boolean(), nullable=False),
    sa.Column('search', postgresql.TSVECTOR(), nullable=True),
    sa.ForeignKeyConstraint(['client_id'], ['client.id'], name=op.f('fk_contact_client_id')),
    sa.ForeignKeyConstraint(['intake_id'], ['intake.id'], name=op.f('fk_contact_intake_id')),
    sa.ForeignKeyConstraint(['intent_id'], ['intent.id'], name=op.f('fk_contact_intent_id')),
    sa.ForeignKeyConstraint(['mailbox_id'], ['mailbox.id'], name=op.f('fk_contact_mailbox_id')),
    sa.ForeignKeyConstraint(['taken_by_id'], ['user.id'], name=op.f('fk_contact_taken_by_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_contact_ticket_id')),
    sa.ForeignKeyConstraint(['topic_id'], ['topic.id'], name=op.f('fk_contact_topic_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contact')),
    sa.UniqueConstraint('intake_id', name=op.f('uq_contact_intake_id'))
    )
    op.create_index(op.f('ix_contact_client_id'), 'contact', ['client_id'], unique=False)
    op.create_index('ix_contact_message', 'contact', ['mailbox_id', 'message_id'], unique=False)
    op.create_index('ix_contact_said_at', 'contact', ['said_at'], unique=False)
    op.create_index('ix_contact_search', 'contact', ['search'], unique=False, postgresql_using='gin')
    op.create_index(op.f('ix_contact_ticket_id'), 'contact', ['ticket_id'], unique=False)
    op.create_index(op.f('ix_contact_topic_id'), 'contact', ['topic_id'], unique=False)
    op.create_table('decision',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('screening_id', sa.Integer(), nullable=False),
    sa.Column('problem_id', sa.Integer(), nullable=False),
    sa.Column('choice', sa.String(), nullable=False),
    sa.Column('before', sa.String(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('undone', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], name=op.f('fk_decision_by_id')),
    sa.ForeignKeyConstraint(['owner_id'], ['user.id'], name=op.f('fk_decision_owner_id')),
    sa.ForeignKeyConstraint(['problem_id'], ['problem.id'], name=op.f('fk_decision_problem_id')),
    sa.ForeignKeyConstraint(['screening_id'], ['screening.id'], name=op.f('fk_decision_screening_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_decision'))
    )
    op.create_index(op.f('ix_decision_problem_id'), 'decision', ['problem_id'], unique=False)
    op.create_index(op.f('ix_decision_screening_id'), 'decision', ['screening_id'], unique=False)
    op.create_table('measure_version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('measure_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('names', postgresql.JSONB(), nullable=False),
    sa.Column('conditions', postgresql.JSONB(), nullable=False),
    sa.Column('answers', postgresql.JSONB(), nullable=False),
    sa.Column('documents', postgresql.JSONB(), nullable=False),
    sa.Column('links', postgresql.JSONB(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=True),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('request_by', sa.Date(), nullable=True),
    sa.Column('pay_by', sa.Date(), nullable=True),
    sa.Column('last_verified', sa.Date(), nullable=True),
    sa.Column('verified_by_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.ForeignKeyConstraint(['measure_id'], ['measure.id'], name=op.f('fk_measure_version_measure_id')),
    sa.ForeignKeyConstraint(['verified_by_id'], ['user.id'], name=op.f('fk_measure_version_verified_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_measure_version')),
    sa.UniqueConstraint('measure_id', 'version', name=op.f('uq_measure_version_measure_id_version'))
    )
    op.create_table('message',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('ticket_id', sa.Integer(), nullable=False),
    sa.Column('cause', sa.String(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.Column('recipient', sa.String(), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('message_id', sa.String(), nullable=False),
    sa.Column('reply_to', sa.String(), nullable=False),
    sa.Column('in_reply_to', sa.String(), nullable=True),
    sa.Column('reference_ids', sa.String(), nullable=False),
    sa.Column('not_before', sa.DateTime(timezone=True), nullable=True),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_error', sa.String(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], name=op.f('fk_message_by_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_message_ticket_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_message')),
    sa.UniqueConstraint('kind', 'ticket_id', 'cause', name=op.f('uq_message_kind_ticket_id_cause'))
    )
    op.create_index(op.f('ix_message_message_id'), 'message', ['message_id'], unique=False)
    op.create_index(op.f('ix_message_ticket_id'), 'message', ['ticket_id'], unique=False)
    op.create_table('note',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ticket_id', sa.Integer(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], name=op.f('fk_note_by_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_note_ticket_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_note'))
    )
    op.create_index(op.f('ix_note_ticket_id'), 'note', ['ticket_id'], unique=False)
    op.create_table('problem_day',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('problem_id', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('contacts', sa.Integer(), nullable=False),
    sa.Column('clients', sa.Integer(), nullable=False),
    sa.Column('expected', sa.Double(), nullable=True),
    sa.Column('low', sa.Double(), nullable=True),
    sa.Column('high', sa.Double(), nullable=True),
    sa.Column('trend', sa.String(), nullable=False),
    sa.Column('score', sa.Double(), nullable=False),
    sa.Column('languages', postgresql.JSONB(), nullable=False),
    sa.Column('channels', postgresql.JSONB(), nullable=False),
    sa.Column('topics', postgresql.JSONB(), nullable=False),
    sa.Column('repeats', sa.Integer(), nullable=False),
    sa.Column('dissatisfied', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['problem_id'], ['problem.id'], name=op.f('fk_problem_day_problem_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_problem_day')),
    sa.UniqueConstraint('problem_id', 'day', name=op.f('uq_problem_day_problem_id_day'))
    )
    op.create_index(op.f('ix_problem_day_day'), 'problem_day', ['day'], unique=False)
    op.create_table('ticket_link',
    sa.Column('ticket_id', sa.Integer(), nullable=False),
    sa.Column('other_id', sa.Integer(), nullable=False),
    sa.Column('why', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['other_id'], ['ticket.id'], name=op.f('fk_ticket_link_other_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_ticket_link_ticket_id')),
    sa.PrimaryKeyConstraint('ticket_id', 'other_id', name=op.f('pk_ticket_link'))
    )
    op.create_index(op.f('ix_ticket_link_other_id'), 'ticket_link', ['other_id'], unique=False)
    op.create_table('attachment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('contact_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('content_type', sa.String(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(), nullable=False),
    sa.Column('inline', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_attachment_contact_id')),
    sa.ForeignKeyConstraint(['sha256'], ['blob.sha256'], name=op.f('fk_attachment_sha256')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attachment'))
    )
    op.create_index(op.f('ix_attachment_contact_id'), 'attachment', ['contact_id'], unique=False)
    op.create_table('call',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('exchange_id', sa.Integer(), nullable=False),
    sa.Column('call_id', sa.String(), nullable=False),
    sa.Column('direction', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('caller', sa.String(), nullable=False),
    sa.Column('caller_e164', sa.String(), nullable=True),
    sa.Column('called', sa.String(), nullable=False),
    sa.Column('queue', sa.String(), nullable=False),
    sa.Column('cause', sa.String(), nullable=True),
    sa.Column('initialised_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('contact_id', sa.Integer(), nullable=True),
    sa.Column('done', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_call_contact_id')),
    sa.ForeignKeyConstraint(['exchange_id'], ['exchange.id'], name=op.f('fk_call_exchange_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_call_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_call')),
    sa.UniqueConstraint('exchange_id', 'call_id', name=op.f('uq_call_exchange_id_call_id'))
    )
    op.create_index(op.f('ix_call_caller_e164'), 'call', ['caller_e164'], unique=False)
    op.create_index('ix_call_started', 'call', ['initialised_at'], unique=False)
    op.create_table('contact_signal',
    sa.Column('contact_id', sa.Integer(), nullable=False),
    sa.Column('model_version', sa.String(), nullable=False),
    sa.Column('encoder', sa.String(), nullable=False),
    sa.Column('content_hash', sa.String(), nullable=False),
    sa.Column('posteriors', sa.LargeBinary(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_contact_signal_contact_id')),
    sa.PrimaryKeyConstraint('contact_id', name=op.f('pk_contact_signal'))
    )
    op.create_index(op.f('ix_contact_signal_content_hash'), 'contact_signal', ['content_hash'], unique=False)
    op.create_table('event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('actor_id', sa.Integer(), nullable=True),
    sa.Column('ticket_id', sa.Integer(), nullable=True),
    sa.Column('contact_id', sa.Integer(), nullable=True),
    sa.Column('client_id', sa.Integer(), nullable=True),
    sa.Column('problem_id', sa.Integer(), nullable=True),
    sa.Column('facts', postgresql.JSONB(), nullable=False),
    sa.ForeignKeyConstraint(['actor_id'], ['user.id'], name=op.f('fk_event_actor_id')),
    sa.ForeignKeyConstraint(['client_id'], ['client.id'], name=op.f('fk_event_client_id')),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_event_contact_id')),
    sa.ForeignKeyConstraint(['problem_id'], ['problem.id'], name=op.f('fk_event_problem_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_event_ticket_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_event'))
    )
    op.create_index('ix_event_kind_at', 'event', ['kind', 'at'], unique=False)
    op.create_index('ix_event_problem', 'event', ['problem_id', 'id'], unique=False)
    op.create_index('ix_event_ticket', 'event', ['ticket_id', 'id'], unique=False)
    op.create_table('grouping_constraint',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('problem_id', sa.Integer(), nullable=False),
    sa.Column('contact_id', sa.Integer(), nullable=True),
    sa.Column('other_problem_id', sa.Integer(), nullable=True),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], name=op.f('fk_grouping_constraint_by_id')),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_grouping_constraint_contact_id')),
    sa.ForeignKeyConstraint(['other_problem_id'], ['problem.id'], name=op.f('fk_grouping_constraint_other_problem_id')),
    sa.ForeignKeyConstraint(['problem_id'], ['problem.id'], name=op.f('fk_grouping_constraint_problem_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_grouping_constraint'))
    )
    op.create_table('occurrence',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('problem_id', sa.Integer(), nullable=False),
    sa.Column('contact_id', sa.Integer(), nullable=False),
    sa.Column('score', sa.Double(), nullable=False),
    sa.Column('reason', postgresql.JSONB(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=True),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], name=op.f('fk_occurrence_by_id')),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_occurrence_contact_id')),
    sa.ForeignKeyConstraint(['problem_id'], ['problem.id'], name=op.f('fk_occurrence_problem_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_occurrence'))
    )
    op.create_index('ix_occurrence_problem', 'occurrence', ['problem_id'], unique=False, postgresql_where='until IS NULL')
    op.create_index('uq_occurrence_now', 'occurrence', ['contact_id'], unique=True, postgresql_where='until IS NULL')
    op.create_table('prediction',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('contact_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('model_version', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('topic_id', sa.String(), nullable=False),
    sa.Column('topic_confidence', sa.Double(), nullable=False),
    sa.Column('subtopic_id', sa.String(), nullable=True),
    sa.Column('intent_id', sa.String(), nullable=False),
    sa.Column('intent_confidence', sa.Double(), nullable=False),
    sa.Column('decision', sa.String(), nullable=False),
    sa.Column('urgent', sa.Boolean(), nullable=False),
    sa.Column('dissatisfied', sa.Double(), nullable=False),
    sa.Column('alternatives', postgresql.JSONB(), nullable=False),
    sa.Column('reasons', postgresql.JSONB(), nullable=False),
    sa.Column('identifiers', postgresql.JSONB(), nullable=False),
    sa.Column('measure_id', sa.Integer(), nullable=True),
    sa.Column('measure_version', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_prediction_contact_id')),
    sa.ForeignKeyConstraint(['measure_id'], ['measure.id'], name=op.f('fk_prediction_measure_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_prediction'))
    )
    op.create_index(op.f('ix_prediction_contact_id'), 'prediction', ['contact_id'], unique=False)
    op.create_table('ticket_contact',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ticket_id', sa.Integer(), nullable=False),
    sa.Column('contact_id', sa.Integer(), nullable=False),
    sa.Column('rule', sa.String(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_ticket_contact_contact_id')),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_ticket_contact_ticket_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket_contact'))
    )
    op.create_index('ix_ticket_contact_ticket', 'ticket_contact', ['ticket_id'], unique=False)
    op.create_index('uq_ticket_contact_now', 'ticket_contact', ['contact_id'], unique=True, postgresql_where='until IS NULL')
    op.create_table('correction',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('contact_id', sa.Integer(), nullable=False),
    sa.Column('prediction_id', sa.Integer(), nullable=True),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('topic_id', sa.String(), nullable=False),
    sa.Column('subtopic_id', sa.String(), nullable=True),
    sa.Column('intent_id', sa.String(), nullable=True),
    sa.Column('changed', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['user.id'], name=op.f('fk_correction_by_id')),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_correction_contact_id')),
    sa.ForeignKeyConstraint(['prediction_id'], ['prediction.id'], name=op.f('fk_correction_prediction_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_correction'))
    )
    op.create_index(op.f('ix_correction_contact_id'), 'correction', ['contact_id'], unique=False)
    op.execute(_APPEND_ONLY)


def downgrade() -> None:
    raise NotImplementedError("the first schema has nothing before it")
