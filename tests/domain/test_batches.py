"""Which deliveries travel in one POST, and which of them may go now."""

from dataclasses import dataclass

import pytest

from portal.domain.batches import MAX_BATCH_BYTES, gather, halves, line_up


@dataclass(frozen=True)
class One:
    """A delivery, by its number; ``message_id`` names the batch that it is in already."""

    n: int
    message_id: str | None = None
    due: bool = True
    size: int = 100


def is_due(one: One) -> bool:
    return one.due


def gathered(*waiting: One, size: int = 3) -> list[list[int]]:
    return [[one.n for one in parcel.items] for parcel in gather(waiting, size, is_due)]


def lined_up(*waiting: One, size: int = 3) -> tuple[list[list[int]], int | None]:
    line = line_up(waiting, size, is_due)
    ready = [[one.n for one in parcel.items] for parcel in line.parcels]
    return ready, line.held_up.items[0].n if line.held_up else None


def later(n: int, message_id: str | None = None) -> One:
    """One that is not due yet."""
    return One(n, message_id, due=False)


CASES = {
    "nothing": ((), []),
    "a full batch goes before its time": ((later(1), later(2), later(3)), [[1, 2, 3]]),
    "one that is not full waits": ((later(1), later(2)), []),
    "until its oldest has waited long enough": ((One(1), later(2)), [[1, 2]]),
    "the full ones go and the rest waits": ((*map(later, range(4)),), [[0, 1, 2]]),
    "a formed one goes whole when it is due": ((One(1, "a"), One(2, "a")), [[1, 2]]),
    "a formed one that is not due waits, however full": (
        (later(1, "a"), later(2, "a"), later(3, "a")),
        [],
    ),
    "formed ones are not filled up": ((One(1, "a"), One(2), One(3, "a")), [[1, 3], [2]]),
}


@pytest.mark.parametrize(("waiting", "batches"), CASES.values(), ids=CASES)
def test_in_any_order(waiting: tuple[One, ...], batches: list[list[int]]) -> None:
    assert gathered(*waiting) == batches


def test_a_batch_ends_before_it_grows_too_heavy() -> None:
    heavy = [One(n, size=MAX_BATCH_BYTES // 2) for n in range(3)]
    assert gathered(*heavy, size=10) == [[0, 1], [2]]


LINES = {
    "nothing": ((), ([], None)),
    "what is due goes in its order": ((One(1), One(2)), ([[1, 2]], None)),
    "nothing overtakes one that is not due": ((later(1, "a"), One(2)), ([], 1)),
    "what stands before it goes": ((One(1), later(2, "a"), One(3)), ([[1]], 2)),
    "a batch does not reach over another": (
        (One(1), One(2, "a"), One(3), One(4, "a")),
        ([[1], [2, 4], [3]], None),
    ),
    "one that fills up waits at its place": ((later(1), later(2)), ([], 1)),
    "a full one goes before its time": ((*map(later, range(4)),), ([[0, 1, 2]], 3)),
}


@pytest.mark.parametrize(("waiting", "line"), LINES.values(), ids=LINES)
def test_in_line(waiting: tuple[One, ...], line: tuple[list[list[int]], int | None]) -> None:
    assert lined_up(*waiting) == line


def test_alone_each_goes_by_itself_whatever_batch_it_was_in() -> None:
    assert lined_up(One(1, "a"), One(2, "a"), later(3), size=1) == ([[1], [2]], 3)


def test_halves_keep_the_order() -> None:
    assert halves([1, 2, 3, 4, 5]) == ([1, 2], [3, 4, 5])
