"""The table of calls as the receiver fills it, and who has saved a version of a trigger.

Nothing has ever been written to the older table: there was no receiver.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

import portal.models.base

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

ID = sa.String(length=32).with_variant(sa.String(length=32, collation='C'), 'postgresql')


def upgrade() -> None:
    op.drop_table('calls')
    op.create_table('calls',
    sa.Column('id', ID, nullable=False),
    sa.Column('account_id', ID, nullable=False),
    sa.Column('trigger_id', ID, nullable=False),
    sa.Column('version_id', ID, nullable=False),
    sa.Column('at', portal.models.base.UtcDateTime(), nullable=False),
    sa.Column('peer', sa.String(length=64), nullable=False),
    sa.Column('method', sa.String(length=16), nullable=False),
    sa.Column('verdict', sa.String(length=16), nullable=False),
    sa.Column('reason', sa.String(length=40), nullable=True),
    sa.Column('status', sa.Integer(), nullable=True),
    sa.Column('rule', sa.String(length=200), nullable=True),
    sa.Column('duration_ms', sa.Integer(), nullable=True),
    sa.Column('dedupe_key', sa.String(length=300), nullable=True),
    sa.Column('first_id', ID, nullable=True),
    sa.Column('replay_of', ID, nullable=True),
    sa.Column('asked_by', sa.String(length=300), nullable=True),
    sa.Column('run_state', sa.String(length=16), nullable=True),
    sa.Column('due_at', portal.models.base.UtcDateTime(), nullable=True),
    sa.Column('attempt_count', sa.Integer(), nullable=False),
    sa.Column('lease_token', sa.String(length=32), nullable=True),
    sa.Column('is_late', sa.Boolean(), nullable=False),
    sa.Column('uncounted', sa.Integer(), nullable=False),
    sa.Column('body_size', sa.Integer(), nullable=False),
    sa.Column('headers', sa.Text(), nullable=False),
    sa.Column('query', sa.Text(), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.Column('variables', sa.Text(), nullable=True),
    sa.Column('answer', sa.Text(), nullable=True),
    sa.Column('explanation', sa.Text(), nullable=True),
    sa.Column('search', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_calls'))
    )
    op.create_index('ix_calls_account_id_id', 'calls', ['account_id', 'id'], unique=False)
    op.create_index('ix_calls_due', 'calls', ['due_at'], unique=False, sqlite_where=sa.text("run_state = 'waiting'"), postgresql_where=sa.text("run_state = 'waiting'"))
    op.create_index('ix_calls_trigger_id_id', 'calls', ['trigger_id', 'id'], unique=False)
    op.create_index('uq_calls_trigger_id_dedupe_key', 'calls', ['trigger_id', 'dedupe_key'], unique=True)
    with op.batch_alter_table('trigger_versions') as batch:
        batch.alter_column('configuration', type_=sa.JSON(), existing_nullable=False,
            existing_type=sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), 'postgresql'),
            postgresql_using='configuration::json')
    op.add_column('trigger_versions', sa.Column('author', sa.String(length=300), nullable=False, server_default=''))


def downgrade() -> None:
    op.drop_column('trigger_versions', 'author')
    with op.batch_alter_table('trigger_versions') as batch:
        batch.alter_column('configuration', existing_type=sa.JSON(), existing_nullable=False,
            type_=sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), 'postgresql'),
            postgresql_using='configuration::jsonb')
    op.drop_table('calls')
    op.create_table('calls',
    sa.Column('id', sa.String(length=32).with_variant(sa.String(length=32, collation='C'), 'postgresql'), nullable=False),
    sa.Column('account_id', sa.String(length=32).with_variant(sa.String(length=32, collation='C'), 'postgresql'), nullable=False),
    sa.Column('trigger_id', sa.String(length=32).with_variant(sa.String(length=32, collation='C'), 'postgresql'), nullable=False),
    sa.Column('version_id', sa.String(length=32).with_variant(sa.String(length=32, collation='C'), 'postgresql'), nullable=True),
    sa.Column('at', portal.models.base.UtcDateTime(), nullable=False),
    sa.Column('peer', sa.String(length=64), nullable=True),
    sa.Column('verdict', sa.String(length=16), nullable=False),
    sa.Column('reason', sa.String(length=40), nullable=True),
    sa.Column('status', sa.Integer(), nullable=True),
    sa.Column('rule', sa.String(length=200), nullable=True),
    sa.Column('duration_ms', sa.Integer(), nullable=True),
    sa.Column('dedupe_key', sa.String(length=300), nullable=True),
    sa.Column('run_state', sa.String(length=16), nullable=True),
    sa.Column('due_at', portal.models.base.UtcDateTime(), nullable=True),
    sa.Column('attempt_count', sa.Integer(), nullable=False),
    sa.Column('lease_token', sa.String(length=32), nullable=True),
    sa.Column('headers', sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), 'postgresql'), nullable=True),
    sa.Column('query', sa.Text(), nullable=True),
    sa.Column('body', sa.LargeBinary(), nullable=True),
    sa.Column('variables', sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), 'postgresql'), nullable=True),
    sa.Column('answer', sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), 'postgresql'), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_calls_account_id_accounts')),
    sa.ForeignKeyConstraint(['trigger_id'], ['triggers.id'], name=op.f('fk_calls_trigger_id_triggers')),
    sa.ForeignKeyConstraint(['version_id'], ['trigger_versions.id'], name=op.f('fk_calls_version_id_trigger_versions')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_calls'))
    )
    op.create_index('ix_calls_account_id_id', 'calls', ['account_id', 'id'], unique=False)
    op.create_index('ix_calls_due', 'calls', ['due_at'], unique=False, sqlite_where=sa.text("run_state = 'waiting'"), postgresql_where=sa.text("run_state = 'waiting'"))
    op.create_index('ix_calls_trigger_id_id', 'calls', ['trigger_id', 'id'], unique=False)
    op.create_index('uq_calls_trigger_id_dedupe_key', 'calls', ['trigger_id', 'dedupe_key'], unique=True)
