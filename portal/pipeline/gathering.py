"""Gathering: what many threads ask for at the same time is carried out together.

Whoever comes while nobody is under way goes ahead at once, alone. Those who come meanwhile wait
for the next turn, which the first of them takes for all. So nobody waits for company, and the
more there are, the more each turn carries.
"""

from collections.abc import Callable, Hashable, Sequence
from threading import Event, Lock
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Item = TypeVar("Item")
Answer = TypeVar("Answer")

# The most that one turn carries; the others take the next.
MOST = 100


class _Waiting(Generic[Item, Answer]):
    """One who asks: woken with an answer, with an error, with a turn to lead, or to go alone."""

    __slots__ = ("answer", "error", "item", "turn", "woken")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.answer: Sequence[Answer] = ()
        self.error: BaseException | None = None
        self.turn: list[_Waiting[Item, Answer]] = []
        self.woken = Event()


class Gathering(Generic[Key, Item, Answer]):
    """Joins what is asked for under the same key; what has different keys never meets."""

    def __init__(
        self,
        carry_out: Callable[[Key, Sequence[Item]], Sequence[Answer]],
        concerns_all: Callable[[Exception], bool],
    ) -> None:
        """``carry_out`` gives one answer an item, in order, and does all or nothing.

        When it fails for several, the error goes to all of them if it ``concerns_all``; if not,
        each is carried out alone, so that nobody fails for another's fault.
        """
        self._carry_out = carry_out
        self._concerns_all = concerns_all
        self._lock = Lock()
        # A key stands here while somebody is under way for it, with those who wait.
        self._queues: dict[Key, list[_Waiting[Item, Answer]]] = {}

    def ask(self, key: Key, item: Item) -> Answer:
        """The answer for ``item``; raises what carrying it out raised."""
        mine: _Waiting[Item, Answer] = _Waiting(item)
        with self._lock:
            queue = self._queues.get(key)
            if queue is None:
                self._queues[key] = []
                mine.turn = [mine]
            else:
                queue.append(mine)
        if not mine.turn:
            mine.woken.wait()
        if mine.turn:
            self._lead(key, mine)
        if mine.error is not None:
            raise mine.error
        # Neither an answer nor an error: the turn failed for somebody's fault.
        (answer,) = mine.answer or self._carry_out(key, [item])
        return answer

    def _lead(self, key: Key, leader: _Waiting[Item, Answer]) -> None:
        turn = leader.turn
        try:
            answers = self._carry_out(key, [one.item for one in turn])
            for one, answer in zip(turn, answers, strict=True):
                one.answer = (answer,)
        except Exception as error:
            if len(turn) == 1 or self._concerns_all(error):
                _fail(turn, error)
        except BaseException as error:
            _fail(turn, error)
        finally:
            self._pass_on(key)
            for one in turn:
                one.woken.set()

    def _pass_on(self, key: Key) -> None:
        """Let the first of those who came meanwhile lead the next turn."""
        with self._lock:
            queue = self._queues[key]
            turn, self._queues[key] = queue[:MOST], queue[MOST:]
            if not turn:
                del self._queues[key]
                return
        turn[0].turn = turn
        turn[0].woken.set()


def _fail(turn: Sequence[_Waiting[Item, Answer]], error: BaseException) -> None:
    for one in turn:
        one.error = error
