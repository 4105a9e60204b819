"""People of several accounts: off in one of them, invited by link; accounts found by their name;
and somebody who runs the portal."""

import sqlalchemy as sa
from alembic import op

import portal.models.base
from portal.domain.folding import fold

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

MOMENT = portal.models.base.UtcDateTime
ADDED = {
    'memberships': [sa.Column('disabled_at', MOMENT(), nullable=True)],
    'invitations': [
        sa.Column('withdrawn_at', MOMENT(), nullable=True),
        sa.Column('for_setup', sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column('made_by', sa.String(length=300), nullable=True),
    ],
    'accounts': [sa.Column('folded', sa.Text(), server_default='', nullable=False)],
}

# The oldest admin of the oldest account has run the portal so far.
FIRST_ADMIN = """UPDATE people SET platform_role = 'operator' WHERE id = (
    SELECT m.person_id FROM memberships m
    JOIN accounts a ON a.id = m.account_id JOIN people p ON p.id = m.person_id
    WHERE m.role = 'admin' AND p.disabled_at IS NULL AND p.platform_role IS NULL
    ORDER BY a.created_at, a.id, m.created_at, m.person_id LIMIT 1)"""


def upgrade() -> None:
    for table, columns in ADDED.items():
        for column in columns:
            op.add_column(table, column)
    connection = op.get_bind()
    rows = connection.execute(sa.text('SELECT id, name, slug FROM accounts')).all()
    for row_id, name, slug in rows:
        connection.execute(
            sa.text('UPDATE accounts SET folded = :folded WHERE id = :id'),
            {'folded': f'{fold(name)} {slug}', 'id': row_id},
        )
    # Whatever link was still open when this was applied is the first admin's.
    connection.execute(sa.text('UPDATE invitations SET for_setup = true WHERE accepted_at IS NULL'))
    connection.execute(sa.text(FIRST_ADMIN))


def downgrade() -> None:
    op.execute("UPDATE people SET platform_role = NULL WHERE platform_role = 'operator'")
    for table, columns in ADDED.items():
        for column in columns:
            op.drop_column(table, column.name)
