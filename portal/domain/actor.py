"""Who is acting: every verb is told, so that every record can say."""

from dataclasses import dataclass, replace

from portal.domain.members import PlatformRole
from portal.domain.permissions import Permission, may, may_beyond
from portal.domain.states import Role

# What records call the portal itself.
PORTAL = "khuttaf"


@dataclass(frozen=True)
class Actor:
    """A person, an API key or the portal itself, inside one account.

    ``name`` is what records show: an e-mail address or a key's name; ``peer`` is the address that
    the request came from.
    """

    account_id: str
    name: str
    role: Role
    person_id: str | None = None
    key_id: str | None = None
    peer: str | None = None
    platform_role: PlatformRole | None = None

    @classmethod
    def portal(cls, account_id: str) -> "Actor":
        """The portal itself, which acts by its own rules."""
        return cls(account_id, PORTAL, Role.ADMIN)

    def may(self, permission: Permission) -> bool:
        """Whether this actor's role, in the account or beyond, allows ``permission``."""
        return may(self.role, permission) or may_beyond(self.platform_role, permission)

    def within(self, account_id: str) -> "Actor":
        """The same actor in another account, where they are a visitor."""
        return replace(self, account_id=account_id, role=Role.SUPPORT)
