"""Since when a hook is off."""

import sqlalchemy as sa
from alembic import op

import portal.models.base

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('hooks', sa.Column('off_since', portal.models.base.UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column('hooks', 'off_since')
