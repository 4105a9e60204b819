"""Who may leave an account, and whom an invitation lets in."""

from collections.abc import Collection
from enum import StrEnum

from portal.domain.problems import Conflict
from portal.domain.states import Role


class PlatformRole(StrEnum):
    """What somebody is beyond accounts: who runs the portal, and who helps in every account."""

    OPERATOR = "operator"
    SUPPORT = "support"


def keep_an_admin(admins: Collection[str], leaving: str) -> None:
    """Refuse that the last of an account's active ``admins`` is ``leaving``; all are people's ids.

    Raises :class:`Conflict` (last_admin): nobody could let anybody in again.
    """
    if set(admins) == {leaving}:
        raise Conflict("last_admin")


def keep_an_operator(operators: Collection[str], leaving: str) -> None:
    """Refuse that the last of the portal's active ``operators`` is ``leaving``.

    Raises :class:`Conflict` (last_operator).
    """
    if set(operators) == {leaving}:
        raise Conflict("last_operator")


def role_within(
    membership: Role | None, is_off: bool, platform_role: PlatformRole | None
) -> Role | None:
    """The role of somebody in an account; None where they have none.

    A member who is switched off there has none, whatever they are beyond it. The portal's own
    people are support in every account that they do not belong to.
    """
    if membership is not None:
        return None if is_off else membership
    return Role.SUPPORT if platform_role else None
