"""Who may do what: the three roles, each a set of permissions."""

from enum import StrEnum

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
    MANAGE_MASKS = "manage_masks"


_SUPPORT = frozenset({Permission.READ, Permission.RESEND})
_STAFF = _SUPPORT | {
    Permission.CHANGE_HOOKS,
    Permission.CHANGE_TRIGGERS,
    Permission.SEE_SECRETS,
}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission),
    Role.STAFF: _STAFF,
    Role.SUPPORT: _SUPPORT,
}


def may(role: Role, permission: Permission) -> bool:
    """Whether ``role`` allows ``permission``."""
    return permission in PERMISSIONS[role]
