"""A sandbox's answers, and why a signature holds or does not."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.domain.problems import Refused
from portal.domain.sandbox import Answer, Secrets, Signature, judge, read_answer
from portal.domain.signing import make_private_key, sign

AT = datetime(2026, 11, 28, 12, tzinfo=UTC)
NEW, OLD, OTHER = (f"whsec_{letter * 32}" for letter in "ABC")
KEY = make_private_key(bytes(range(32)))
BODY = b'{"a":1}'


def headers(*secrets: str, at: datetime = AT) -> dict[str, str]:
    """What somebody with ``secrets`` sends."""
    stamp = int(at.timestamp())
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(stamp),
        "webhook-signature": sign(secrets, "msg_1", stamp, BODY),
    }


@pytest.mark.parametrize(
    ("alive", "expired", "given", "verdict"),
    [
        ([NEW], [], headers(NEW), Signature.HOLDS),
        ([NEW, OLD], [], headers(NEW, OLD), Signature.HOLDS),
        ([NEW, OLD], [], headers(OLD), Signature.HOLDS_BY_OLDER),
        ([NEW], [OLD], headers(OLD), Signature.EXPIRED_SECRET),
        ([KEY], [], headers(KEY), Signature.HOLDS),
        ([KEY], [], headers(NEW), Signature.OTHER_KIND),
        ([NEW], [], headers(KEY), Signature.OTHER_KIND),
        ([NEW], [], headers(OTHER), Signature.WRONG_SECRET),
        ([NEW], [], headers(NEW, at=AT - timedelta(minutes=6)), Signature.TOO_OLD),
        ([NEW], [], headers(NEW, at=AT + timedelta(minutes=6)), Signature.TOO_NEW),
        ([NEW], [], headers(OTHER, at=AT - timedelta(hours=1)), Signature.WRONG_SECRET),
        ([NEW], [], headers(NEW) | {"webhook-timestamp": "soon"}, Signature.BAD_TIMESTAMP),
        ([NEW], [], headers(NEW) | {"webhook-signature": ""}, Signature.MISSING),
        ([NEW], [], {}, Signature.MISSING),
    ],
)
def test_a_signature_is_judged_and_the_reason_told(
    alive: list[str], expired: list[str], given: dict[str, str], verdict: Signature
) -> None:
    assert judge(Secrets(alive, expired), given, BODY, AT) is verdict


def test_a_changed_body_does_not_hold() -> None:
    assert judge(Secrets([NEW]), headers(NEW), BODY + b" ", AT) is Signature.WRONG_SECRET


def test_only_listed_answers_within_half_a_minute_are_taken() -> None:
    assert read_answer(503, 30) == Answer(503, 30)
    for status, delay in ((302, 0), (None, 0), (200, 31), (200, -1), (200, "a")):
        with pytest.raises(Refused):
            read_answer(status, delay)
