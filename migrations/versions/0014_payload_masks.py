"""Fields of payloads that some roles of an account do not get to see."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

import portal.models.base

revision = '0014'
down_revision = '0012'
branch_labels = None
depends_on = None

ID = sa.String(length=32).with_variant(sa.String(length=32, collation='C'), 'postgresql')
JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), 'postgresql')


def upgrade() -> None:
    op.create_table('payload_masks',
    sa.Column('id', ID, nullable=False),
    sa.Column('account_id', ID, nullable=False),
    sa.Column('pattern', sa.String(length=500), nullable=False),
    sa.Column('key', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('roles', JSON, nullable=False),
    sa.Column('created_by', sa.String(length=300), nullable=False),
    sa.Column('created_at', portal.models.base.UtcDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_payload_masks_account_id_accounts')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payload_masks')),
    sa.UniqueConstraint('account_id', 'key', name=op.f('uq_payload_masks_account_id_key'))
    )


def downgrade() -> None:
    op.drop_table('payload_masks')
