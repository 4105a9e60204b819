"""Who may leave an account, and what somebody is in one."""

import pytest

from portal.domain.members import PlatformRole, keep_an_admin, keep_an_operator, role_within
from portal.domain.problems import Conflict, Refused
from portal.domain.reasons import reason_of
from portal.domain.states import Role


def test_the_last_one_stays() -> None:
    for keep, code in ((keep_an_admin, "last_admin"), (keep_an_operator, "last_operator")):
        keep({"a", "b"}, "a")
        keep({"b"}, "a")
        keep(set(), "a")
        with pytest.raises(Conflict, match=code):
            keep({"a"}, "a")


CASES = [
    (Role.STAFF, False, None, Role.STAFF),
    (Role.STAFF, False, PlatformRole.SUPPORT, Role.STAFF),
    (Role.ADMIN, True, None, None),
    (Role.ADMIN, True, PlatformRole.OPERATOR, None),
    (None, False, None, None),
    (None, False, PlatformRole.SUPPORT, Role.SUPPORT),
    (None, False, PlatformRole.OPERATOR, Role.SUPPORT),
]


@pytest.mark.parametrize(("membership", "is_off", "platform_role", "role"), CASES)
def test_what_somebody_is_in_an_account(
    membership: Role | None, is_off: bool, platform_role: PlatformRole | None, role: Role | None
) -> None:
    assert role_within(membership, is_off, platform_role) == role


def test_a_reason_says_something_and_not_too_much() -> None:
    assert reason_of("  طلب العميل\0 ") == "طلب العميل"
    for text, code in (("", "no_reason"), (" لا \n", "no_reason"), ("س" * 501, "bad_length")):
        with pytest.raises(Refused, match=code):
            reason_of(text)
