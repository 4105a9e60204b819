"""What a key of the API may be used for, how long, and how often."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

import portal.models.base

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), 'postgresql')
MOMENT = portal.models.base.UtcDateTime
ADDED = [
    sa.Column('role', sa.String(length=16), server_default='admin', nullable=False),
    sa.Column('scopes', JSON, nullable=True),
    sa.Column('expires_at', MOMENT(), nullable=True),
    sa.Column('per_minute', sa.Integer(), nullable=True),
    sa.Column('last_used_from', sa.String(length=64), nullable=True),
]


def upgrade() -> None:
    for column in ADDED:
        op.add_column('api_keys', column)


def downgrade() -> None:
    for column in ADDED:
        op.drop_column('api_keys', column.name)
