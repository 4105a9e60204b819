"""What a hook has not delivered is listed by key: its index ends with the id."""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

NAME, TABLE = 'ix_deliveries_stuck', 'deliveries'
IS_STUCK = sa.text("state IN ('held', 'undelivered')")


def upgrade() -> None:
    _replace('hook_id', 'state', 'id')


def downgrade() -> None:
    _replace('hook_id', 'state')


def _replace(*columns: str) -> None:
    op.drop_index(NAME, table_name=TABLE)
    op.create_index(NAME, TABLE, list(columns), sqlite_where=IS_STUCK, postgresql_where=IS_STUCK)
