"""The bytes and headers that an endpoint receives."""

import json
import re
from datetime import UTC, datetime, timedelta, timezone

import pytest

from portal.domain.envelope import MASK, USER_AGENT, body_of, headers_of, masked, moment_text
from portal.domain.signing import BadSecret, sign

AT = datetime(2026, 11, 23, 14, 5, 9, 987_654, tzinfo=UTC)
SECRETS = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "another secret")
DATA = '{ "b":1.50,\n"a" : "\\u0645رحبا" , "c":[ ]}'


def test_the_data_goes_out_to_the_letter() -> None:
    body = body_of("message.received", moment_text(AT), DATA)
    assert (
        body
        == (
            '{"type":"message.received","timestamp":"2026-11-23T14:05:09.987Z","data":' + DATA + "}"
        ).encode()
    )
    assert json.loads(body)["data"] == json.loads(DATA)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00.000Z"),
        (AT, "2026-11-23T14:05:09.987Z"),
        (AT.astimezone(timezone(timedelta(hours=3))), "2026-11-23T14:05:09.987Z"),
    ],
)
def test_a_moment_is_written_in_utc_to_the_millisecond(moment: datetime, text: str) -> None:
    assert moment_text(moment) == text


def test_the_headers_are_those_of_the_specification_and_the_own_ones_come_last() -> None:
    body, seconds = b'{"a":1}', int(AT.timestamp())
    assert headers_of("msg_1", body, SECRETS, {"Authorization": "Bearer x", "X-Empty": ""}, AT) == (
        ("content-type", "application/json"),
        ("user-agent", USER_AGENT),
        ("webhook-id", "msg_1"),
        ("webhook-timestamp", str(seconds)),
        ("webhook-signature", sign(SECRETS, "msg_1", seconds, body)),
        ("Authorization", "Bearer x"),
        ("X-Empty", ""),
    )


def test_we_say_who_we_are_with_a_version() -> None:
    assert re.fullmatch(r"Khuttaf/\d+\.\d+\.\d+", USER_AGENT)


def test_a_secret_that_cannot_sign_is_not_passed_over() -> None:
    with pytest.raises(BadSecret):
        headers_of("msg_1", b"{}", ["whsec_!"], {}, AT)


def test_only_the_own_headers_are_masked() -> None:
    own = {"Authorization": "Bearer x", "X-Shop": "نور"}
    sent = headers_of("msg_1", b"{}", SECRETS, own, AT)
    kept = dict(masked(sent, own))
    assert kept == dict(sent) | {"Authorization": MASK, "X-Shop": MASK}
    assert "Bearer" not in str(kept)
