"""What a look at an endpoint means beside the looks before it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from portal.domain.certificates import Certificate
from portal.domain.watch import (
    Alarm,
    Memory,
    Sight,
    host_of,
    is_slow,
    judge,
    mark_of,
    origin_of,
)

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


def certificate(ends: datetime) -> Certificate:
    return Certificate(ends, "Let's Encrypt", ("api.nour.example",))


def told(looks: Sequence[tuple[Sight, datetime]], memory: Memory | None = None) -> list[Any]:
    """What is told after each of ``looks``, one after the other: pairs of what about and mark."""
    memory, said = memory or Memory(), []
    for sight, at in looks:
        memory, alarms = judge(memory, sight, at)
        said.append([(alarm.about, alarm.facts.get("mark")) for alarm in alarms])
    return said


@pytest.mark.parametrize(
    ("left", "mark"),
    [
        (31 * DAY, None),
        (30 * DAY + SECOND, None),
        (30 * DAY, 30),
        (14 * DAY + SECOND, 30),
        (14 * DAY, 14),
        (7 * DAY + SECOND, 14),
        (7 * DAY, 7),
        (SECOND, 7),
        (0 * DAY, 0),
        (-400 * DAY, 0),
    ],
)
def test_a_mark_is_passed_to_the_second(left: timedelta, mark: int | None) -> None:
    assert mark_of(NOW + left, NOW) == mark


def test_each_mark_is_told_once_on_the_way_to_the_end() -> None:
    ends = NOW + 40 * DAY
    looks = [(Sight(None, 20, certificate(ends)), NOW + day * DAY) for day in range(43)]
    said = {day: alarms for day, alarms in enumerate(told(looks)) if alarms}
    assert said == {
        10: [("certificate_ends", 30)],
        26: [("certificate_ends", 14)],
        33: [("certificate_ends", 7)],
        40: [("certificate_ends", 0)],
    }


def test_what_is_first_seen_shortly_before_its_end_is_told_once() -> None:
    sight = Sight(None, 20, certificate(NOW + 5 * DAY))
    assert told([(sight, NOW), (sight, NOW + DAY)]) == [[("certificate_ends", 7)], []]


def test_a_renewed_certificate_is_warned_of_anew() -> None:
    old, new = certificate(NOW + 5 * DAY), certificate(NOW + 95 * DAY)
    looks = [(Sight(None, 20, old), NOW), (Sight(None, 20, new), NOW + DAY)]
    looks.append((Sight(None, 20, new), NOW + 70 * DAY))
    assert told(looks) == [[("certificate_ends", 7)], [], [("certificate_ends", 30)]]


def test_two_servers_behind_a_name_are_told_of_once_each() -> None:
    one, other = certificate(NOW + 5 * DAY), certificate(NOW + 20 * DAY)
    looks = [(Sight(None, 20, seen), NOW) for seen in (one, other, one, other)]
    assert told(looks) == [[("certificate_ends", 7)], [("certificate_ends", 30)], [], []]


def test_an_end_that_was_told_is_remembered_while_nothing_is_seen() -> None:
    seen, away = Sight(None, 20, certificate(NOW + 5 * DAY)), Sight("connect_timeout")
    assert told([(seen, NOW), (away, NOW), (seen, NOW)])[1:] == [[], []]


def test_an_alarm_of_an_end_says_when_and_who_can_renew_it() -> None:
    _, [alarm] = judge(Memory(), Sight(None, 20, certificate(NOW + 5 * DAY)), NOW)
    facts = {"expires_at": "2026-12-03T12:00:00.000Z", "mark": 7, "issuer": "Let's Encrypt"}
    assert alarm == Alarm("certificate_ends", facts)


@pytest.mark.parametrize(
    ("error", "about"),
    [
        ("dns_failure", "dns"),
        ("tls_hostname_mismatch", "certificate"),
        ("tls_untrusted", "certificate"),
        ("tls_expired", "certificate"),
    ],
)
def test_a_trouble_is_told_when_it_begins_and_again_when_it_comes_back(
    error: str, about: str
) -> None:
    bad, good = Sight(error), Sight(None, 20)
    said = told([(sight, NOW) for sight in (bad, bad, good, bad)])
    assert said == [[(about, None)], [], [], [(about, None)]]


@pytest.mark.parametrize("error", ["connection_refused", "connect_timeout", "tls_handshake"])
def test_a_server_that_is_away_for_a_moment_is_no_alarm(error: str) -> None:
    assert told([(Sight(error), NOW)]) == [[]]


def test_a_certificate_that_has_ended_is_told_of_as_that_alone() -> None:
    sight = Sight("tls_expired", None, certificate(NOW - DAY))
    assert told([(sight, NOW)]) == [[("certificate_ends", 0)]]


@pytest.mark.parametrize(
    ("connect_ms", "times", "slow"),
    [
        (1001, (300, 300, 300, 300, 300), True),
        (1000, (300, 300, 300, 300, 300), False),
        (1200, (400, 400, 400, 400, 400), False),
        (1201, (400, 400, 400, 400, 400), True),
        (900, (10, 10, 10, 10, 10), False),
        (5000, (10, 10, 10, 10), False),
        (5000, (10, 10, 10, 4000, 4000), True),
    ],
)
def test_slow_is_three_times_the_usual_and_more_than_a_second(
    connect_ms: int, times: tuple[int, ...], slow: bool
) -> None:
    assert is_slow(connect_ms, times) is slow


def test_slowness_is_told_once_while_it_lasts_even_if_a_look_fails_between() -> None:
    memory = Memory(times=(100,) * 14)
    looks = [Sight(None, 2000), Sight("connect_timeout"), Sight(None, 2000), Sight(None, 90)]
    said = told([(sight, NOW) for sight in (*looks, Sight(None, 2000))], memory)
    assert said == [[("slow", None)], [], [], [], [("slow", None)]]


def test_what_lasts_becomes_the_usual() -> None:
    memory = Memory(times=(100,) * 14)
    for _ in range(14):
        memory, _alarms = judge(memory, Sight(None, 2000), NOW)
    assert memory.times == (2000,) * 14
    assert memory.troubles == ()


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://api.nour.example/hook?key=1", "https://api.nour.example:443"),
        ("HTTPS://API.Nour.Example:8443/x", "https://api.nour.example:8443"),
        ("http://[::1]/x", "http://[::1]:80"),
        ("https://متجر.example/", "https://xn--pgbep1f.example:443"),
        ("http://127.0.0.1:8000/sandbox/abc", None),
        ("not a url", None),
    ],
)
def test_an_endpoint_is_a_scheme_a_host_and_a_port(url: str, origin: str | None) -> None:
    assert origin_of(url, "http://127.0.0.1:8000") == origin


def test_the_usual_port_is_not_said() -> None:
    origins = ("https://a.example:443", "https://a.example:80", "http://a.example:80")
    assert [host_of(origin) for origin in origins] == ["a.example", "a.example:80", "a.example"]
