"""Who may do what."""

import pytest

from portal.domain.actor import Actor
from portal.domain.permissions import PERMISSIONS, Permission, may
from portal.domain.states import Role

ALLOWED = {
    Permission.READ: "admin staff support",
    Permission.RESEND: "admin staff support",
    Permission.CHANGE_HOOKS: "admin staff",
    Permission.CHANGE_TRIGGERS: "admin staff",
    Permission.SEE_SECRETS: "admin staff",
    Permission.CHANGE_CATALOGUE: "admin",
    Permission.MANAGE_KEYS: "admin",
    Permission.MANAGE_PEOPLE: "admin",
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("permission", Permission)
def test_each_role_may_what_its_work_needs(permission: Permission, role: Role) -> None:
    expected = role in ALLOWED[permission].split()
    assert may(role, permission) is expected
    assert Actor("acc_1", "a@b.example", role).may(permission) is expected


def test_every_role_is_settled() -> None:
    assert set(PERMISSIONS) == set(Role)


def test_support_sees_no_secrets_and_changes_nothing() -> None:
    assert PERMISSIONS[Role.SUPPORT] == {Permission.READ, Permission.RESEND}
