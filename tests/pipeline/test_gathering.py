"""What many threads ask for at the same time is carried out together, and each gets its own."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest

from portal.pipeline import gathering
from portal.pipeline.gathering import Gathering
from tests.waiting import until


class Crowd:
    """People who ask a :class:`Gathering` from threads of their own.

    ``turns`` is what was carried out so far. Every turn waits while the door is shut.
    """

    def __init__(self, pool: ThreadPoolExecutor, concerns_all: bool = False) -> None:
        self.turns: list[tuple[str, list[Any]]] = []
        self.door = Event()
        self._pool = pool
        self.gathering: Gathering[str, Any, Any] = Gathering(
            self._carry_out, lambda _error: concerns_all
        )

    def _carry_out(self, key: str, items: Sequence[Any]) -> list[Any]:
        self.turns.append((key, list(items)))
        assert self.door.wait(10)
        for item in items:
            if isinstance(item, BaseException):
                raise item
        return [f"{key} {item}" for item in items]

    def asks(self, key: str, *items: Any) -> list[Future[Any]]:
        """Let each of ``items`` be asked for, one after the other, by somebody who waits."""
        return [self._ask(key, item) for item in items]

    def _ask(self, key: str, item: Any) -> Future[Any]:
        before = self._seen()
        asked = self._pool.submit(self.gathering.ask, key, item)
        until(lambda: self._seen() > before or asked.done())
        return asked

    def _seen(self) -> int:
        waiting = sum(map(len, self.gathering._queues.values()))
        return waiting + sum(len(items) for _, items in self.turns)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Threads for as many as a test lets ask."""
    with ThreadPoolExecutor(300) as pool:
        yield pool


@pytest.fixture
def crowd(pool: ThreadPoolExecutor) -> Iterator[Crowd]:
    """A crowd whose faults are somebody's; the door opens at the end at the latest."""
    crowd = Crowd(pool)
    yield crowd
    crowd.door.set()


def answers(asked: list[Future[Any]]) -> list[Any]:
    return [one.exception(10) or one.result() for one in asked]


def test_one_who_is_alone_waits_for_nobody(crowd: Crowd) -> None:
    crowd.door.set()
    assert crowd.gathering.ask("a", 1) == "a 1"
    assert crowd.gathering.ask("a", 2) == "a 2"
    assert crowd.turns == [("a", [1]), ("a", [2])]


def test_those_who_come_meanwhile_share_the_next_turn_and_get_their_own_answers(
    crowd: Crowd,
) -> None:
    asked = crowd.asks("a", *range(10))
    crowd.door.set()
    assert answers(asked) == [f"a {number}" for number in range(10)]
    assert crowd.turns == [("a", [0]), ("a", [*range(1, 10)])]


def test_different_keys_never_meet_and_never_wait_for_each_other(crowd: Crowd) -> None:
    asked = crowd.asks("a", 1, 2) + crowd.asks("b", 3, 4)
    assert crowd.turns == [("a", [1]), ("b", [3])]
    crowd.door.set()
    assert answers(asked) == ["a 1", "a 2", "b 3", "b 4"]
    assert sorted(crowd.turns) == [("a", [1]), ("a", [2]), ("b", [3]), ("b", [4])]


def test_a_turn_carries_no_more_than_it_may(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "MOST", 3)
    asked = crowd.asks("a", *range(8))
    crowd.door.set()
    assert answers(asked) == [f"a {number}" for number in range(8)]
    assert [items for _, items in crowd.turns] == [[0], [1, 2, 3], [4, 5, 6], [7]]


@pytest.mark.parametrize("place", [1, 2, 4])
def test_nobody_fails_for_the_fault_of_another(crowd: Crowd, place: int) -> None:
    fault, items = ValueError("mine"), [0, 1, 2, 3, 4]
    asked = crowd.asks("a", *items[:place], fault, *items[place:])
    crowd.door.set()
    expected = [f"a {item}" for item in items]
    assert answers(asked) == [*expected[:place], fault, *expected[place:]]


def test_what_concerns_all_is_told_to_all_and_not_tried_again(pool: ThreadPoolExecutor) -> None:
    crowd, away = Crowd(pool, concerns_all=True), OSError("away")
    asked = crowd.asks("a", 0, 1, away, 2)
    crowd.door.set()
    assert answers(asked) == ["a 0", away, away, away]
    assert len(crowd.turns) == 2


def test_a_thread_that_is_ended_leaves_nobody_waiting(crowd: Crowd) -> None:
    end = SystemExit()
    asked = crowd.asks("a", 0, end, 1)
    crowd.door.set()
    assert [one.exception(10) for one in asked] == [None, end, end]
    assert crowd.gathering.ask("a", 2) == "a 2"


def test_nothing_is_kept_of_those_who_were_answered(crowd: Crowd) -> None:
    crowd.door.set()
    answers(crowd.asks("a", *range(20)) + crowd.asks("b", *range(20)))
    assert crowd.gathering._queues == {}


def test_in_a_throng_everybody_gets_exactly_their_own(crowd: Crowd, pool: Any) -> None:
    crowd.door.set()
    ask: Callable[[int], str] = lambda n: crowd.gathering.ask(f"k{n % 3}", n)  # noqa: E731
    assert list(pool.map(ask, range(3000))) == [f"k{n % 3} {n}" for n in range(3000)]
    assert sorted(n for _, items in crowd.turns for n in items) == [*range(3000)]
