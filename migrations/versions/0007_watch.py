"""What the watch sees of endpoints, and what accounts are told."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

import portal.models.base

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

ID = sa.String(length=32).with_variant(sa.String(length=32, collation='C'), 'postgresql')
JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), 'postgresql')
MOMENT = portal.models.base.UtcDateTime


def upgrade() -> None:
    op.create_table('endpoint_checks',
    sa.Column('id', ID, nullable=False),
    sa.Column('account_id', ID, nullable=False),
    sa.Column('origin', sa.String(length=300), nullable=False),
    sa.Column('due_at', MOMENT(), nullable=False),
    sa.Column('lease_token', sa.String(length=32), nullable=True),
    sa.Column('checked_at', MOMENT(), nullable=True),
    sa.Column('hook_count', sa.Integer(), nullable=False),
    sa.Column('hook_ids', JSON, nullable=False),
    sa.Column('error', sa.String(length=40), nullable=True),
    sa.Column('failing_since', MOMENT(), nullable=True),
    sa.Column('addresses', JSON, nullable=False),
    sa.Column('earlier_addresses', JSON, nullable=False),
    sa.Column('moved_at', MOMENT(), nullable=True),
    sa.Column('expires_at', MOMENT(), nullable=True),
    sa.Column('issuer', sa.String(length=200), nullable=True),
    sa.Column('names', JSON, nullable=False),
    sa.Column('connect_ms', sa.Integer(), nullable=True),
    sa.Column('marks', JSON, nullable=False),
    sa.Column('troubles', JSON, nullable=False),
    sa.Column('times', JSON, nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_endpoint_checks_account_id_accounts')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_endpoint_checks')),
    sa.UniqueConstraint('account_id', 'origin', name=op.f('uq_endpoint_checks_account_id_origin'))
    )
    op.create_index(op.f('ix_endpoint_checks_due_at'), 'endpoint_checks', ['due_at'], unique=False)
    op.create_table('notices',
    sa.Column('id', ID, nullable=False),
    sa.Column('account_id', ID, nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('hook_id', ID, nullable=True),
    sa.Column('data', JSON, nullable=False),
    sa.Column('created_at', MOMENT(), nullable=False),
    sa.Column('seen_at', MOMENT(), nullable=True),
    sa.Column('seen_by', sa.String(length=300), nullable=True),
    sa.Column('mail_due_at', MOMENT(), nullable=True),
    sa.Column('mail_token', sa.String(length=32), nullable=True),
    sa.Column('mail_attempts', sa.Integer(), nullable=False),
    sa.Column('mailed_to', JSON, nullable=False),
    sa.Column('mailed_at', MOMENT(), nullable=True),
    sa.Column('mail_error', sa.String(length=40), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_notices_account_id_accounts')),
    sa.ForeignKeyConstraint(['hook_id'], ['hooks.id'], name=op.f('fk_notices_hook_id_hooks')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notices'))
    )
    op.create_index('ix_notices_account_id_id', 'notices', ['account_id', 'id'], unique=False)
    unseen, to_mail = sa.text('seen_at IS NULL'), sa.text('mail_due_at IS NOT NULL')
    op.create_index('ix_notices_unseen', 'notices', ['account_id'], unique=False, sqlite_where=unseen, postgresql_where=unseen)
    op.create_index('ix_notices_to_mail', 'notices', ['mail_due_at'], unique=False, sqlite_where=to_mail, postgresql_where=to_mail)


def downgrade() -> None:
    op.drop_table('notices')
    op.drop_table('endpoint_checks')
