"""The tables that grow with traffic bear no foreign keys, and a single attempt names its delivery.

Checking the keys took half of the time in which an outcome is written down. What they refer to
is never removed before them: accounts and hooks stay, and upkeep takes events last.
"""

import sqlalchemy as sa
from alembic import op

import portal.models.base

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

# In this order nobody refers to a table while SQLite writes it anew.
REFERENCES = {
    'attempt_deliveries': {'attempt_id': 'attempts', 'delivery_id': 'deliveries'},
    'attempts': {'account_id': 'accounts', 'hook_id': 'hooks'},
    'deliveries': {'account_id': 'accounts', 'event_id': 'events', 'hook_id': 'hooks'},
    'events': {'account_id': 'accounts'},
}
ID = sa.String(length=32).with_variant(sa.String(length=32, collation='C'), 'postgresql')
# What went out in the form of a batch is known by its policy, even where it carried one alone.
NAME = """UPDATE attempts SET delivery_id =
    (SELECT l.delivery_id FROM attempt_deliveries l WHERE l.attempt_id = attempts.id)
    WHERE deliveries = 1 AND NOT EXISTS (SELECT 1 FROM policies p WHERE p.slug = attempts.policy
        AND p.batch_size > 1 AND (p.account_id IS NULL OR p.account_id = attempts.account_id))"""
UNLINK = """DELETE FROM attempt_deliveries WHERE EXISTS (SELECT 1 FROM attempts a
    WHERE a.id = attempt_deliveries.attempt_id AND a.delivery_id IS NOT NULL)"""
LINK = """INSERT INTO attempt_deliveries (attempt_id, delivery_id)
    SELECT id, delivery_id FROM attempts WHERE delivery_id IS NOT NULL"""


def upgrade() -> None:
    for table, references in REFERENCES.items():
        with op.batch_alter_table(table) as batch:
            for column, other in references.items():
                batch.drop_constraint(op.f(f'fk_{table}_{column}_{other}'), type_='foreignkey')
    op.add_column('deliveries', sa.Column('resent_at', portal.models.base.UtcDateTime(), nullable=True))
    op.add_column('attempts', sa.Column('delivery_id', ID, nullable=True))
    op.execute(NAME)
    op.execute(UNLINK)
    single = sa.text('delivery_id IS NOT NULL')
    op.create_index('ix_attempts_delivery_id', 'attempts', ['delivery_id'], sqlite_where=single, postgresql_where=single)


def downgrade() -> None:
    op.execute(LINK)
    op.drop_index('ix_attempts_delivery_id', table_name='attempts')
    op.drop_column('attempts', 'delivery_id')
    op.drop_column('deliveries', 'resent_at')
    for table, references in reversed(REFERENCES.items()):
        with op.batch_alter_table(table) as batch:
            for column, other in references.items():
                batch.create_foreign_key(op.f(f'fk_{table}_{column}_{other}'), other, [column], ['id'])
