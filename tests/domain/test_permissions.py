"""Who may do what."""

import pytest

from portal.domain.actor import Actor
from portal.domain.members import PlatformRole
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
    Permission.MANAGE_ACCOUNT: "admin",
    Permission.MANAGE_MASKS: "admin",
    Permission.SEE_AUDIT: "admin",
    Permission.REVEAL_SECRETS: "admin",
    # What belongs to no account.
    Permission.VISIT_ACCOUNTS: "",
    Permission.MANAGE_PORTAL: "",
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


BEYOND = {
    Permission.VISIT_ACCOUNTS: (PlatformRole.OPERATOR, PlatformRole.SUPPORT),
    Permission.MANAGE_PORTAL: (PlatformRole.OPERATOR,),
}


@pytest.mark.parametrize("platform_role", [None, *PlatformRole])
def test_what_somebody_is_beyond_accounts_gives_nothing_within_one(
    platform_role: PlatformRole | None,
) -> None:
    actor = Actor("acc_1", "a@b.example", Role.SUPPORT, platform_role=platform_role)
    for permission in Permission:
        expected = platform_role in BEYOND.get(permission, ())
        assert actor.may(permission) is (expected or "support" in ALLOWED[permission])
