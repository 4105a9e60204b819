"""Signing in: when a session was last seen, the second step, links to a new password, single
sign-on."""

import sqlalchemy as sa
from alembic import op

import portal.models.base

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

ID = sa.String(length=32).with_variant(sa.String(length=32, collation='C'), 'postgresql')
MOMENT = portal.models.base.UtcDateTime


def upgrade() -> None:
    op.add_column('sessions', sa.Column('last_seen_at', MOMENT(), nullable=True))
    op.create_table('second_steps',
    sa.Column('person_id', ID, nullable=False),
    sa.Column('secret_sealed', sa.Text(), nullable=False),
    sa.Column('begun_at', MOMENT(), nullable=False),
    sa.Column('on_since', MOMENT(), nullable=True),
    sa.Column('last_step', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_second_steps_person_id_people')),
    sa.PrimaryKeyConstraint('person_id', name=op.f('pk_second_steps'))
    )
    op.create_table('recovery_codes',
    sa.Column('id', ID, nullable=False),
    sa.Column('person_id', ID, nullable=False),
    sa.Column('code_hash', sa.String(length=64), nullable=False),
    sa.Column('used_at', MOMENT(), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_recovery_codes_person_id_people')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recovery_codes'))
    )
    op.create_index(op.f('ix_recovery_codes_person_id'), 'recovery_codes', ['person_id'])
    op.create_table('half_sign_ins',
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('person_id', ID, nullable=False),
    sa.Column('account_id', ID, nullable=False),
    sa.Column('expires_at', MOMENT(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_half_sign_ins_person_id_people')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_half_sign_ins_account_id_accounts')),
    sa.PrimaryKeyConstraint('token_hash', name=op.f('pk_half_sign_ins'))
    )
    op.create_index(op.f('ix_half_sign_ins_person_id'), 'half_sign_ins', ['person_id'])
    op.create_table('password_links',
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('person_id', ID, nullable=False),
    sa.Column('expires_at', MOMENT(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_password_links_person_id_people')),
    sa.PrimaryKeyConstraint('token_hash', name=op.f('pk_password_links'))
    )
    op.create_index(op.f('ix_password_links_person_id'), 'password_links', ['person_id'])
    op.create_table('password_requests',
    sa.Column('id', ID, nullable=False),
    sa.Column('email', sa.String(length=254), nullable=False),
    sa.Column('asked_at', MOMENT(), nullable=False),
    sa.Column('due_at', MOMENT(), nullable=False),
    sa.Column('lease_token', sa.String(length=32), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_password_requests'))
    )
    op.create_index(op.f('ix_password_requests_due_at'), 'password_requests', ['due_at'])
    op.create_table('person_identities',
    sa.Column('issuer', sa.String(length=500), nullable=False),
    sa.Column('subject', sa.String(length=255), nullable=False),
    sa.Column('person_id', ID, nullable=False),
    sa.Column('linked_at', MOMENT(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['people.id'], name=op.f('fk_person_identities_person_id_people')),
    sa.PrimaryKeyConstraint('issuer', 'subject', name=op.f('pk_person_identities')),
    sa.UniqueConstraint('person_id', 'issuer', name=op.f('uq_person_identities_person_id_issuer'))
    )
    op.create_table('provider_visits',
    sa.Column('state_hash', sa.String(length=64), nullable=False),
    sa.Column('nonce', sa.String(length=64), nullable=False),
    sa.Column('verifier', sa.String(length=128), nullable=False),
    sa.Column('target', sa.Text(), nullable=False),
    sa.Column('session_hash', sa.String(length=64), nullable=True),
    sa.Column('began_at', MOMENT(), nullable=False),
    sa.Column('expires_at', MOMENT(), nullable=False),
    sa.PrimaryKeyConstraint('state_hash', name=op.f('pk_provider_visits'))
    )


def downgrade() -> None:
    for table in (
        'provider_visits', 'person_identities', 'password_requests', 'password_links',
        'half_sign_ins', 'recovery_codes', 'second_steps',
    ):
        op.drop_table(table)
    op.drop_column('sessions', 'last_seen_at')
