"""An entry of the audit log is not put in the place of another: on SQLite, what an insert replaces
is deleted without its triggers. PostgreSQL refuses that already, as an update."""

from alembic import op

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None

# SQLite knows a row by its rowid, too; where none is given it is less than 1 before the insert.
GUARD = """CREATE TRIGGER audit_entries_no_replace BEFORE INSERT ON audit_entries
WHEN EXISTS (
    SELECT 1 FROM audit_entries
    WHERE id = NEW.id OR (NEW.rowid > 0 AND rowid = NEW.rowid)
)
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"""


def upgrade() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        op.execute(GUARD)


def downgrade() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        op.execute('DROP TRIGGER audit_entries_no_replace')
