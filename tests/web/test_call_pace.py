"""Calls that come faster than their trigger takes them."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest

from portal import queue
from portal.pipeline import pace
from tests import servers
from tests.outsiders import BASIC, Caller, basic

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The seconds by which a process counts for itself."""
    seconds = [1000.0]
    monkeypatch.setattr(pace, "time", SimpleNamespace(monotonic=lambda: seconds[0]))
    yield seconds
    pace._windows.clear()


def test_one_too_many_is_429_and_told_when_to_come_again(caller: Callable[..., Caller]) -> None:
    one, other = caller(limits={"per_minute": 3}), caller(limits={"per_minute": 3})
    answers = [one.call() for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert answers[-1].json["code"] == "too_many_calls"
    assert one.outcomes[3] == ("refused", "too_many_calls", 429)
    assert other.call().status_code == 200


def test_after_a_minute_calls_are_taken_again(caller: Callable[..., Caller]) -> None:
    one = caller(limits={"per_minute": 1})
    assert [one.call().status_code for _ in range(2)] == [200, 429]
    [key] = queue.connection().keys("khuttaf:calls:*")
    assert 0 < queue.connection().ttl(key) <= 60
    queue.connection().delete(key)
    assert [one.call().status_code for _ in range(2)] == [200, 429]


def test_calls_without_credentials_count_too(caller: Callable[..., Caller]) -> None:
    one = caller(limits={"per_minute": 1}, auth=BASIC)
    assert one.call().status_code == 401
    assert one.call(headers=basic(BASIC["username"], BASIC["password"])).status_code == 429


class TestWithoutRedis:
    """Redis is away."""

    @pytest.fixture
    def redis_url(self, own_redis: servers.Redis) -> str:
        """The address of a Redis that the test may stop."""
        return own_redis.url

    def test_each_process_counts_for_itself(
        self, caller: Callable[..., Caller], own_redis: servers.Redis, clock: list[float]
    ) -> None:
        one, other = caller(limits={"per_minute": 2}), caller(limits={"per_minute": 2})
        own_redis.stop()
        answers = [one.call() for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[-1].headers["Retry-After"] == "60"
        clock[0] += 59.5
        assert int(one.call().headers["Retry-After"]) == 1
        assert other.call().status_code == 200
        clock[0] += 1
        assert one.call().status_code == 200
