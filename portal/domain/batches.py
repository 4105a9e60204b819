"""Which deliveries travel in one POST."""

from collections.abc import Callable, Iterator, Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

# A POST larger than this is more than most endpoints take, whatever the policy's count says.
MAX_BATCH_BYTES = 4 * 1024 * 1024


class Waiting(Protocol):
    """What has to be known of a delivery to put it into a batch."""

    message_id: str | None
    size: int


Item = TypeVar("Item", bound=Waiting)


class Parcel(NamedTuple, Generic[Item]):
    """What goes out in one POST; ``is_new``: it has no message id yet."""

    items: list[Item]
    is_new: bool


class Line(NamedTuple, Generic[Item]):
    """What may go now, in order, and the first that must be waited for, if any."""

    parcels: list[Parcel[Item]]
    held_up: Parcel[Item] | None


def gather(
    waiting: Sequence[Item], size: int, is_due: Callable[[Item], bool]
) -> list[Parcel[Item]]:
    """What of ``waiting`` may go now, in batches of up to ``size``, in any order.

    What shares a message id is one batch already and goes when it is due. Of the rest, only full
    batches are formed, and one that is not full when its oldest member has waited long enough
    (``is_due``).
    """
    whole: dict[str, list[Item]] = {}
    for one in waiting:
        if one.message_id:
            whole.setdefault(one.message_id, []).append(one)
    formed = [Parcel(batch, False) for batch in whole.values()]
    new = [Parcel(batch, True) for batch in _fill([o for o in waiting if not o.message_id], size)]
    return [parcel for parcel in formed + new if _may_go(parcel, size, is_due)]


def line_up(waiting: Sequence[Item], size: int, is_due: Callable[[Item], bool]) -> Line[Item]:
    """What of ``waiting``, in the order of acceptance, may go now so that nothing is overtaken.

    Batches are as in :func:`gather`; with a ``size`` of 1 each goes alone, whatever batch it
    once belonged to.
    """
    ready: list[Parcel[Item]] = []
    for parcel in _in_line(waiting, size):
        if not _may_go(parcel, size, is_due):
            return Line(ready, parcel)
        ready.append(parcel)
    return Line(ready, None)


def halves(batch: Sequence[Item]) -> tuple[Sequence[Item], Sequence[Item]]:
    """A batch that an endpoint found too large, in two; order is kept."""
    middle = len(batch) // 2
    return batch[:middle], batch[middle:]


def _may_go(parcel: Parcel[Item], size: int, is_due: Callable[[Item], bool]) -> bool:
    return is_due(parcel.items[0]) or (parcel.is_new and 1 < size <= len(parcel.items))


def _in_line(waiting: Sequence[Item], size: int) -> Iterator[Parcel[Item]]:
    """``waiting`` in parcels, each at the place of its first item; none reaches over another."""
    if size == 1:
        yield from (Parcel([one], not one.message_id) for one in waiting)
        return
    whole: dict[str, list[Item]] = {}
    for one in waiting:
        if one.message_id:
            whole.setdefault(one.message_id, []).append(one)
    loose: list[Item] = []
    for one in waiting:
        if not one.message_id:
            loose.append(one)
        elif one is whole[one.message_id][0]:
            yield from (Parcel(batch, True) for batch in _fill(loose, size))
            loose = []
            yield Parcel(whole[one.message_id], False)
    yield from (Parcel(batch, True) for batch in _fill(loose, size))


def _fill(waiting: Sequence[Item], size: int) -> list[list[Item]]:
    batches: list[list[Item]] = []
    weight = 0
    for one in waiting:
        if not batches or len(batches[-1]) >= size or weight + one.size > MAX_BATCH_BYTES:
            batches.append([])
            weight = 0
        batches[-1].append(one)
        weight += one.size
    return batches
