"""What an attempt came to."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from portal.domain.outcomes import LONGEST_ASKED_WAIT, Outcome, asked_wait, error_of_status, judge

NOW = datetime(2026, 11, 23, 14, 5, 9, tzinfo=UTC)

STATUSES = {
    100: "invalid_response",
    199: "invalid_response",
    300: "redirect_3xx",
    301: "redirect_3xx",
    308: "redirect_3xx",
    399: "redirect_3xx",
    400: "http_400",
    401: "http_401",
    402: "http_4xx",
    403: "http_403",
    404: "http_404",
    405: "http_405",
    409: "http_409",
    410: "http_410",
    413: "http_413",
    415: "http_415",
    418: "http_4xx",
    422: "http_422",
    429: "http_429",
    499: "http_4xx",
    500: "http_500",
    501: "http_5xx",
    502: "http_502",
    503: "http_503",
    504: "http_504",
    599: "http_5xx",
    600: "invalid_response",
    999: "invalid_response",
}


@pytest.mark.parametrize(("status", "error"), STATUSES.items())
def test_every_status_but_2xx_has_its_code(status: int, error: str) -> None:
    outcome = judge(status, None, (), NOW)
    assert error_of_status(status) == outcome.error == error
    assert not outcome.delivered
    assert len(error) <= 40


@pytest.mark.parametrize("status", [200, 201, 202, 204, 226, 299])
def test_only_2xx_is_delivered(status: int) -> None:
    outcome = judge(status, None, (("retry-after", "60"),), NOW)
    assert (outcome.delivered, outcome.error, outcome.status_code) == (True, None, status)


def test_a_failure_of_the_transport_comes_before_the_status() -> None:
    assert judge(200, "connection_reset", (), NOW) == Outcome("connection_reset", 200)
    assert judge(None, "read_timeout", (), NOW) == Outcome("read_timeout", None)


def test_neither_status_nor_failure_is_a_failure() -> None:
    assert judge(None, None, (), NOW).error == "invalid_response"


@pytest.mark.parametrize(
    "error",
    ["blocked_private_address", "blocked_scheme_or_port", "request_too_large", "body_not_built"],
)
def test_what_no_repeat_can_mend_is_permanent(error: str) -> None:
    assert judge(None, error, (), NOW).permanent


@pytest.mark.parametrize("error", ["dns_failure", "read_timeout", "tls_expired", "internal_error"])
def test_everything_else_may_mend_itself(error: str) -> None:
    assert not judge(None, error, (), NOW).permanent


def test_only_410_says_gone() -> None:
    assert [status for status in STATUSES if judge(status, None, (), NOW).gone] == [410]


@pytest.mark.parametrize(
    ("status", "headers", "throttled"),
    [
        (429, (), True),
        (503, (), True),
        (500, (), False),
        (502, (), False),
        (500, (("retry-after", "0"),), True),
        (404, (("Retry-After", "5"),), True),
        (500, (("retry-after", "soon"),), False),
    ],
)
def test_an_endpoint_that_asks_for_time_is_throttled(
    status: int, headers: tuple[tuple[str, str], ...], throttled: bool
) -> None:
    assert judge(status, None, headers, NOW).throttled is throttled


WAITS = [
    ("0", timedelta(0)),
    ("120", timedelta(seconds=120)),
    (" 7 ", timedelta(seconds=7)),
    ("86400", LONGEST_ASKED_WAIT),
    ("86401", LONGEST_ASKED_WAIT),
    ("9" * 4000, LONGEST_ASKED_WAIT),
    ("Mon, 23 Nov 2026 14:06:09 GMT", timedelta(seconds=60)),
    ("Monday, 23-Nov-26 14:06:09 GMT", timedelta(seconds=60)),
    ("Mon Nov 23 14:06:09 2026", timedelta(seconds=60)),
    ("Mon, 23 Nov 2026 17:06:09 +0300", timedelta(seconds=60)),
    ("Mon, 23 Nov 2020 14:06:09 GMT", timedelta(0)),
    ("Mon, 23 Nov 2099 14:06:09 GMT", LONGEST_ASKED_WAIT),
    ("", None),
    ("-1", None),
    ("1.5", None),
    ("soon", None),
    ("١٢٠", None),
    ("²", None),
    ("Mon, 99 Nov 2026 14:06:09 GMT", None),
    ("Mon, 23 Nov 99999 14:06:09 GMT", None),
    ("Mon, 23 Nov 2026 14:06:09 +9999999999999999999", None),
    ("Mon, 23 Nov 2026 14:06:09 -99999999", None),
    (", , ,", None),
]


@pytest.mark.parametrize(("text", "wait"), WAITS, ids=[text[:40] for text, _ in WAITS])
def test_retry_after_is_read_as_seconds_or_as_a_date(text: str, wait: timedelta | None) -> None:
    assert asked_wait((("x", "1"), ("Retry-After", text)), NOW) == wait


def test_no_header_asks_for_nothing() -> None:
    assert asked_wait((("x-retry-after", "5"),), NOW) is None


def test_nothing_that_a_stranger_writes_there_breaks_the_reading() -> None:
    random = Random(7)
    pieces = ["Mon,", "23", "Nov", "2026", "14:06:09", "GMT", "+0300", "-", ":", "99999999999", ""]
    for _ in range(3000):
        text = random.choice(["", " "]).join(random.choices(pieces, k=random.randint(0, 8)))
        wait = asked_wait((("retry-after", text),), NOW)
        assert wait is None or timedelta(0) <= wait <= LONGEST_ASKED_WAIT
