"""Which end of a key its account was told of."""

import sqlalchemy as sa
from alembic import op

import portal.models.base

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('api_keys', sa.Column('told_of', portal.models.base.UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column('api_keys', 'told_of')
