"""Rollups of whole accounts and of what failed for which cause, and how long answers took.

What was added up before is kept; how long its answers took is known as a sum alone.
"""

import sqlalchemy as sa
from alembic import op

import portal.models.base

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

ID = sa.String(length=32).with_variant(sa.String(length=32, collation='C'), 'postgresql')
BOUNDS = (10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000, 1500, 2000, 3000, 5000, 7000, 10000, 15000, 20000, 30000)
TOOK = (*(f'under_{bound}' for bound in BOUNDS), 'longer')
ADD_UP = """INSERT INTO account_rollups (account_id, hour, part, delivered, failed)
    SELECT account_id, hour, 0, sum(delivered), sum(failed) FROM hook_rollups GROUP BY account_id, hour"""


def counter(name: str) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=False, server_default=sa.text('0'))


def upgrade() -> None:
    for name in TOOK:
        op.add_column('hook_rollups', counter(name))
    op.create_table('account_rollups',
    sa.Column('account_id', ID, nullable=False),
    sa.Column('hour', portal.models.base.UtcDateTime(), nullable=False),
    sa.Column('part', sa.Integer(), nullable=False),
    sa.Column('delivered', sa.Integer(), nullable=False),
    sa.Column('failed', sa.Integer(), nullable=False),
    *(counter(name) for name in TOOK),
    sa.PrimaryKeyConstraint('account_id', 'hour', 'part', name=op.f('pk_account_rollups'))
    )
    op.execute(ADD_UP)
    op.create_table('failure_rollups',
    sa.Column('hook_id', ID, nullable=False),
    sa.Column('hour', portal.models.base.UtcDateTime(), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('host', sa.String(length=255), nullable=False),
    sa.Column('account_id', ID, nullable=False),
    sa.Column('failed', sa.Integer(), nullable=False),
    sa.Column('deliveries', sa.Integer(), nullable=False),
    sa.Column('first_at', portal.models.base.UtcDateTime(), nullable=False),
    sa.Column('last_at', portal.models.base.UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('hook_id', 'hour', 'code', 'host', name=op.f('pk_failure_rollups'))
    )
    op.create_index('ix_failure_rollups_account_id_hour', 'failure_rollups', ['account_id', 'hour'], unique=False)


def downgrade() -> None:
    op.drop_table('failure_rollups')
    op.drop_table('account_rollups')
    with op.batch_alter_table('hook_rollups') as batch:
        for name in TOOK:
            batch.drop_column(name)
