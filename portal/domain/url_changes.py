"""What a change of a hook's URL brought: a trial of the new one before it, failures after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.domain.durations import middle

MOST_TRIED = 10


def broke_after(
    changed_at: datetime | None, last_ok_at: datetime | None, failing_since: datetime | None
) -> timedelta | None:
    """How long after a change the failures began that it seems to have brought; None when it
    seems innocent.

    It is suspected where nothing has succeeded since, and what came before did: ``last_ok_at`` is
    the last success, ``failing_since`` the first failure after that, None while nothing fails.
    """
    if changed_at is None or last_ok_at is None or failing_since is None:
        return None
    return failing_since - changed_at if last_ok_at <= changed_at <= failing_since else None


@dataclass(frozen=True)
class Answered:
    """What an address answered to one event: a status, or the code of what went wrong, or both."""

    status_code: int | None
    error: str | None
    duration_ms: int


@dataclass(frozen=True)
class Tried:
    """An event that was sent to a new address; ``old`` is what the hook's own answered to it last,
    None where it never went there. The example of a type stands in where there is no event."""

    event_id: str | None
    event_type: str
    event_at: datetime | None
    message_id: str
    old: Answered | None
    new: Answered


@dataclass(frozen=True)
class Comparison:
    """What both addresses made of the same events."""

    tried: Sequence[Tried]

    @property
    def arrived(self) -> int:
        """How many the new address took."""
        return sum(one.new.error is None for one in self.tried)

    @property
    def is_good(self) -> bool:
        """Whether the new address took all of them."""
        return self.arrived == len(self.tried)

    @property
    def old_ms(self) -> int | None:
        """The median time of the old address's answers."""
        return _median([one.old for one in self.tried if one.old])

    @property
    def new_ms(self) -> int | None:
        """The median time of the new address's answers."""
        return _median([one.new for one in self.tried])


def _median(answers: Sequence[Answered]) -> int | None:
    return middle([one.duration_ms for one in answers if one.status_code is not None])
