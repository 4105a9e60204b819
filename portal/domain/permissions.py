"""Who may do what: the three roles, each a set of permissions."""

from enum import StrEnum

from portal.domain.members import PlatformRole
from portal.domain.states import Role


class Permission(StrEnum):
    """Something that a role allows."""

    READ = "read"
    RESEND = "resend"
    CHANGE_HOOKS = "change_hooks"
    CHANGE_TRIGGERS = "change_triggers"
    SEE_SECRETS = "see_secrets"
    CHANGE_CATALOGUE = "change_catalogue"
    MANAGE_KEYS = "manage_keys"
    MANAGE_PEOPLE = "manage_people"
    MANAGE_ACCOUNT = "manage_account"
    MANAGE_MASKS = "manage_masks"
    SEE_AUDIT = "see_audit"
    REVEAL_SECRETS = "reveal_secrets"
    VISIT_ACCOUNTS = "visit_accounts"
    MANAGE_PORTAL = "manage_portal"


# What belongs to no account: none of its roles gives it.
_BEYOND = {
    PlatformRole.OPERATOR: frozenset({Permission.VISIT_ACCOUNTS, Permission.MANAGE_PORTAL}),
    PlatformRole.SUPPORT: frozenset({Permission.VISIT_ACCOUNTS}),
}


_SUPPORT = frozenset({Permission.READ, Permission.RESEND})
_STAFF = _SUPPORT | {
    Permission.CHANGE_HOOKS,
    Permission.CHANGE_TRIGGERS,
    Permission.SEE_SECRETS,
}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission) - _BEYOND[PlatformRole.OPERATOR],
    Role.STAFF: _STAFF,
    Role.SUPPORT: _SUPPORT,
}


def may_beyond(role: PlatformRole | None, permission: Permission) -> bool:
    """Whether somebody's role beyond accounts allows ``permission``."""
    return role is not None and permission in _BEYOND[role]


def may(role: Role, permission: Permission) -> bool:
    """Whether ``role`` allows ``permission``."""
    return permission in PERMISSIONS[role]
