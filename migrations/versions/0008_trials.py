"""Trials: examples in the log, sandboxes that answer as they are told, and where hooks pointed."""

import sqlalchemy as sa
from alembic import op

import portal.models.base

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

ID = sa.String(length=32).with_variant(sa.String(length=32, collation='C'), 'postgresql')
ADDED = {
    'deliveries': [sa.Column('example', sa.Boolean(), server_default=sa.false(), nullable=False)],
    'hooks': [
        sa.Column('previous_url', sa.Text(), nullable=True),
        sa.Column('url_changed_at', portal.models.base.UtcDateTime(), nullable=True),
        sa.Column('url_changed_by', sa.String(length=300), nullable=True),
    ],
    'sandboxes': [
        sa.Column('status', sa.Integer(), server_default=sa.text('200'), nullable=False),
        sa.Column('delay_seconds', sa.Integer(), server_default=sa.text('0'), nullable=False),
    ],
    'sandbox_arrivals': [
        sa.Column('status', sa.Integer(), nullable=True),
        sa.Column('delay_seconds', sa.Integer(), nullable=True),
        sa.Column('hook_id', ID, nullable=True),
        sa.Column('delivery_id', ID, nullable=True),
        sa.Column('signature', sa.String(length=40), nullable=True),
    ],
}


def upgrade() -> None:
    for table, columns in ADDED.items():
        for column in columns:
            op.add_column(table, column)


def downgrade() -> None:
    for table, columns in ADDED.items():
        for column in columns:
            op.drop_column(table, column.name)
