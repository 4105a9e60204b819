"""What is behind failures, across hooks: what belongs together, since when, whether it lasts."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from portal.domain.causes import Cause, Phase, Trouble, causes_of, code_of, host_of

NOW = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def ago(minutes: float) -> datetime:
    return NOW - minutes * MINUTE


def trouble(hook: str = "a", code: str = "tls_expired", **known: Any) -> Trouble:
    made = {
        "host": "api.x.sa",
        "failed": 10,
        "deliveries": 5,
        "first_at": ago(28),
        "last_at": ago(1),
        "since": None,
        "last_ok_at": None,
        "failing_since": None,
        "is_there": True,
    }
    return Trouble(code=code, hook_id=hook, hook_name=f"خطاف {hook}", **(made | known))


def causes(*troubles: Trouble, most: int = 10) -> list[Cause]:
    return causes_of(troubles, NOW, most)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        ("tls_expired", None, "tls_expired"),
        ("http_500", 500, "http_500"),
        ("http_4xx", 418, "http_418"),
        ("redirect_3xx", 302, "http_302"),
        ("response_too_large", 200, "response_too_large"),
    ],
)
def test_a_status_is_told_as_it_was(error: str, status: int | None, code: str) -> None:
    assert code_of(error, status) == code


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://api.x.sa/hook?key=secret", "api.x.sa"),
        ("https://user:secret@API.x.sa:443/", "api.x.sa"),
        ("http://api.x.sa:8080/", "api.x.sa:8080"),
        ("http://api.x.sa:443/", "api.x.sa:443"),
        ("http://[2001:db8::1]:81/", "[2001:db8::1]:81"),
        ("http://api.x.sa:99999/", ""),
        ("no address", ""),
    ],
)
def test_a_host_is_told_with_its_port_and_without_secrets(url: str, host: str) -> None:
    assert host_of(url) == host


def test_a_host_is_not_longer_than_its_column() -> None:
    assert len(host_of(f"http://{'a' * 400}.sa:8080/")) == 255


def test_what_breaks_in_one_place_is_one_cause_whoever_suffers_it() -> None:
    (cause,) = causes(
        trouble("a", failed=400, deliveries=300, first_at=ago(20), last_at=ago(2)),
        trouble("b", failed=2, deliveries=2, first_at=ago(28), last_at=ago(9)),
        trouble("c", failed=10, deliveries=9, first_at=ago(9), last_at=ago(1)),
    )
    assert (cause.code, cause.host) == ("tls_expired", "api.x.sa")
    assert (cause.failed, cause.deliveries) == (412, 311)
    assert cause.hooks == [("a", "خطاف a"), ("c", "خطاف c"), ("b", "خطاف b")]
    assert (cause.since, cause.last_at) == (ago(28), ago(1))
    assert cause.phase == Phase.GOING_ON


def test_another_host_or_another_code_is_another_cause_and_the_worst_comes_first() -> None:
    found = causes(
        trouble("a", failed=1),
        trouble("a", "http_500", failed=5),
        trouble("b", host="api.y.sa", failed=9),
        trouble("c", failed=3),
    )
    assert [(one.code, one.host, one.failed) for one in found] == [
        ("tls_expired", "api.y.sa", 9),
        ("http_500", "api.x.sa", 5),
        ("tls_expired", "api.x.sa", 4),
    ]
    assert [one.status for one in found] == [None, 500, None]


def test_only_so_many_are_told() -> None:
    found = causes(*(trouble(host=f"h{n}.sa", failed=n) for n in range(1, 15)), most=10)
    assert [one.failed for one in found] == list(range(14, 4, -1))


def test_since_when_is_counted_from_the_last_success() -> None:
    (cause,) = causes(trouble(first_at=ago(600), since=ago(28), last_ok_at=ago(40)))
    assert cause.since == ago(28)


def test_a_series_within_one_hour_with_a_success_begins_where_the_hook_began_to_fail() -> None:
    mixed = trouble(first_at=ago(28), since=None, last_ok_at=ago(9), failing_since=ago(8))
    assert causes(mixed)[0].since == ago(8)


def test_what_has_failed_for_one_reason_alone_has_done_so_since_before_the_period() -> None:
    long = trouble(failing_since=ago(4000), last_ok_at=ago(4001), since=ago(1400))
    assert causes(long)[0].since == ago(4000)
    other = trouble(code="http_500", failing_since=ago(4000), first_at=ago(2), last_at=ago(1))
    assert {one.code: one.since for one in causes(long, other)}["tls_expired"] == ago(1400)


@pytest.mark.parametrize(
    ("quiet", "phase"), [(4, Phase.JUST_OVER), (5, Phase.OVER), (600, Phase.OVER)]
)
def test_a_success_since_ends_it_and_soon_after_that_may_be_luck(quiet: int, phase: Phase) -> None:
    (cause,) = causes(trouble(first_at=ago(700), last_at=ago(quiet), last_ok_at=ago(quiet - 1)))
    assert (cause.phase, cause.since, cause.last_at) == (phase, ago(700), ago(quiet))


def test_a_cause_lasts_while_one_of_its_hooks_still_suffers() -> None:
    well = trouble("a", first_at=ago(500), last_at=ago(400), last_ok_at=ago(3))
    ill = trouble("b", first_at=ago(28), since=ago(28))
    (cause,) = causes(well, ill)
    assert (cause.phase, cause.since, len(cause.hooks)) == (Phase.GOING_ON, ago(28), 2)


def test_a_hook_that_goes_elsewhere_now_suffers_no_more() -> None:
    (cause,) = causes(trouble(is_there=False, last_at=ago(30)))
    assert cause.phase == Phase.OVER


def test_an_answer_shows_that_connecting_works_and_nothing_of_other_statuses() -> None:
    found = causes(
        trouble(last_at=ago(20)),
        trouble(code="http_503", last_at=ago(10)),
        trouble(code="http_500", last_at=ago(1)),
    )
    assert {one.code: one.phase for one in found} == {
        "tls_expired": Phase.OVER,
        "http_503": Phase.GOING_ON,
        "http_500": Phase.GOING_ON,
    }


def test_nothing_has_no_cause() -> None:
    assert causes() == []
