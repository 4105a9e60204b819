"""Resends."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

import portal.models.base

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('resends',
    sa.Column('id', sa.String(length=32).with_variant(sa.String(length=32, collation='C'), 'postgresql'), nullable=False),
    sa.Column('account_id', sa.String(length=32).with_variant(sa.String(length=32, collation='C'), 'postgresql'), nullable=False),
    sa.Column('choice', sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), 'postgresql'), nullable=False),
    sa.Column('passed', sa.String(length=32).with_variant(sa.String(length=32, collation='C'), 'postgresql'), nullable=False),
    sa.Column('upto', sa.String(length=32).with_variant(sa.String(length=32, collation='C'), 'postgresql'), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('off_count', sa.Integer(), nullable=False),
    sa.Column('sent', sa.Integer(), nullable=False),
    sa.Column('failed', sa.Integer(), nullable=False),
    sa.Column('in_air', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('wave', sa.Integer(), nullable=False),
    sa.Column('wave_sent', sa.Integer(), nullable=False),
    sa.Column('wave_failed', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=40), nullable=True),
    sa.Column('asked_by', sa.String(length=300), nullable=False),
    sa.Column('created_at', portal.models.base.UtcDateTime(), nullable=False),
    sa.Column('finished_at', portal.models.base.UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_resends_account_id_accounts')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_resends'))
    )
    op.create_index('ix_resends_account_id_id', 'resends', ['account_id', 'id'], unique=False)
    under_way = sa.text("state IN ('probing', 'running') OR in_air > 0")
    op.create_index('ix_resends_under_way', 'resends', ['id'], unique=False, sqlite_where=under_way, postgresql_where=under_way)
    op.add_column('deliveries', sa.Column('resend_id', sa.String(length=32).with_variant(sa.String(length=32, collation='C'), 'postgresql'), nullable=True))
    resent = sa.text('resend_id IS NOT NULL')
    op.create_index('ix_deliveries_resend_id', 'deliveries', ['resend_id'], unique=False, sqlite_where=resent, postgresql_where=resent)


def downgrade() -> None:
    op.drop_index('ix_deliveries_resend_id', table_name='deliveries')
    op.drop_column('deliveries', 'resend_id')
    op.drop_index('ix_resends_under_way', table_name='resends')
    op.drop_index('ix_resends_account_id_id', table_name='resends')
    op.drop_table('resends')
