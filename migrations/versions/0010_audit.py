"""The audit log, which takes rows and gives none up; and when a session's person was last asked
for their password."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

import portal.models.base

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

ID = sa.String(length=32).with_variant(sa.String(length=32, collation='C'), 'postgresql')
JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), 'postgresql')
MOMENT = portal.models.base.UtcDateTime

SQLITE_GUARDS = (
    """CREATE TRIGGER audit_entries_no_update BEFORE UPDATE ON audit_entries
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
    """CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END""",
)
POSTGRESQL_GUARDS = (
    """CREATE FUNCTION refuse_change_of_audit_entries() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$""",
    """CREATE TRIGGER audit_entries_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit_entries()""",
)


def upgrade() -> None:
    op.create_table('audit_entries',
    sa.Column('id', ID, nullable=False),
    sa.Column('account_id', ID, nullable=False),
    sa.Column('at', MOMENT(), nullable=False),
    sa.Column('action', sa.String(length=64), nullable=False),
    sa.Column('actor', sa.String(length=300), nullable=False),
    sa.Column('person_id', ID, nullable=True),
    sa.Column('key_id', ID, nullable=True),
    sa.Column('peer', sa.String(length=64), nullable=True),
    sa.Column('target_id', sa.String(length=200), nullable=True),
    sa.Column('target', sa.Text(), nullable=False),
    sa.Column('before', JSON, nullable=False),
    sa.Column('after', JSON, nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_audit_entries_account_id_accounts')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_entries'))
    )
    op.create_index('ix_audit_entries_account_id_id', 'audit_entries', ['account_id', 'id'])
    op.create_index('ix_audit_entries_account_id_target_id_id', 'audit_entries', ['account_id', 'target_id', 'id'])
    op.add_column('sessions', sa.Column('confirmed_at', MOMENT(), nullable=True))
    is_sqlite = op.get_bind().dialect.name == 'sqlite'
    for guard in SQLITE_GUARDS if is_sqlite else POSTGRESQL_GUARDS:
        op.execute(guard)


def downgrade() -> None:
    op.drop_table('audit_entries')
    if op.get_bind().dialect.name != 'sqlite':
        op.execute('DROP FUNCTION refuse_change_of_audit_entries()')
    op.drop_column('sessions', 'confirmed_at')
