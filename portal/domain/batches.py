"""Which deliveries travel in one POST."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

# A POST larger than this is more than most endpoints take, whatever the policy's count says.
MAX_BATCH_BYTES = 4 * 1024 * 1024


class Waiting(Protocol):
    """What has to be known of a delivery to put it into a batch."""

    message_id: str | None
    size: int


Item = TypeVar("Item", bound=Waiting)


@dataclass(frozen=True)
class Gathered(Generic[Item]):
    """Batches that were formed before and travel as they are, and those that are formed now."""

    formed: list[list[Item]]
    new: list[list[Item]]


def gather(waiting: Sequence[Item], size: int, is_due: Callable[[Item], bool]) -> Gathered[Item]:
    """Sort ``waiting``, in the order of acceptance, into batches of up to ``size``.

    What shares a message id is one batch already. Of the rest, only full batches are formed, and
    one that is not full when its oldest member has waited long enough (``is_due``).
    """
    whole: dict[str, list[Item]] = {}
    for one in waiting:
        if one.message_id:
            whole.setdefault(one.message_id, []).append(one)
    new = _fill([one for one in waiting if not one.message_id], size)
    if new and len(new[-1]) < size and not is_due(new[-1][0]):
        new.pop()
    return Gathered(list(whole.values()), new)


def halves(batch: Sequence[Item]) -> tuple[Sequence[Item], Sequence[Item]]:
    """A batch that an endpoint found too large, in two; order is kept."""
    middle = len(batch) // 2
    return batch[:middle], batch[middle:]


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
