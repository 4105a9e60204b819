"""Sending many deliveries again: which ones, how fast, and when to stop.

One delivery goes ahead as a probe. When it is delivered, the others follow in waves, each twice
as large as the one before; when failures come back, everything stops by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, NamedTuple

from portal.domain.log_filter import FILTER_NAMES, LogFilter, filter_members, read_filter
from portal.domain.problems import Conflict, Problem, Refused

# The most that are in the air at once: what one busy hook may have in flight.
LARGEST_WAVE = 256
# Of a wave, one in so many may fail before it counts as trouble; of a small one, none.
TOLERATED = 10
MOST_CHOSEN = 1000


class ResendState(StrEnum):
    """Where a resend stands."""

    PROBING = "probing"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    STOPPED = "stopped"
    CANCELLED = "cancelled"


MOVING = frozenset({ResendState.PROBING, ResendState.RUNNING})
RESTING = frozenset({ResendState.PAUSED, ResendState.STOPPED})
OVER = frozenset({ResendState.DONE, ResendState.CANCELLED})


class Course(NamedTuple):
    """How far a resend has felt its way: ``wave`` deliveries may be in the air at once.

    ``wave_sent`` and ``wave_failed`` count the outcomes since the wave had that size.
    """

    state: ResendState = ResendState.PROBING
    wave: int = 1
    wave_sent: int = 0
    wave_failed: int = 0

    def room(self, in_air: int) -> int:
        """How many more may be let go, while ``in_air`` are under way."""
        return max(0, self.wave - in_air) if self.state in MOVING else 0


def after(course: Course, sent: int, failed: int) -> Course:
    """The course after ``sent`` more deliveries arrived and ``failed`` more did not."""
    if course.state not in MOVING:
        return course
    counted = course._replace(
        wave_sent=course.wave_sent + sent, wave_failed=course.wave_failed + failed
    )
    if counted.wave_failed > course.wave // TOLERATED:
        return counted._replace(state=ResendState.STOPPED)
    if counted.wave_sent + counted.wave_failed < course.wave:
        return counted
    # Only a wave without any failure earns a larger one.
    larger = course.wave if counted.wave_failed else min(2 * course.wave, LARGEST_WAVE)
    return Course(ResendState.RUNNING, larger)


def finish(course: Course) -> Course:
    """The course when nothing is left and nothing is in the air; a stop remains one."""
    return course._replace(state=ResendState.DONE) if course.state in MOVING else course


def pause(course: Course) -> Course:
    """Let nothing more go. Raises :class:`Conflict` unless it is moving."""
    return _turn(course, MOVING, ResendState.PAUSED, "resend_not_moving")


def resume(course: Course) -> Course:
    """Go on, with a probe first: nobody knows how the endpoint has fared in the meantime.

    Raises :class:`Conflict` unless it was paused or has stopped.
    """
    _turn(course, RESTING, ResendState.PROBING, "resend_not_resting")
    return Course()


def cancel(course: Course) -> Course:
    """End it for good. Raises :class:`Conflict` when it is over already."""
    return _turn(course, MOVING | RESTING, ResendState.CANCELLED, "resend_over")


def _turn(course: Course, allowed: frozenset[ResendState], state: ResendState, code: str) -> Course:
    if course.state not in allowed:
        raise Conflict(code)
    return course._replace(state=state)


@dataclass(frozen=True)
class Choice:
    """What is to be sent again: the deliveries with ``ids``, or else all that ``wanted`` means."""

    wanted: LogFilter = LogFilter()
    ids: tuple[str, ...] | None = None


def read_choice(value: Any) -> Choice:
    """The choice that ``{"filter": {…}}`` or ``{"deliveries": [id, …]}`` names.

    Raises :class:`Refused`. A member that nobody knows is refused too: a misspelled filter would
    send everything.
    """
    if not isinstance(value, dict):
        raise Refused(Problem("", "not_an_object"))
    _only_known(value, ("filter", "deliveries"), "")
    if "deliveries" in value and "filter" not in value:
        return Choice(ids=_ids(value["deliveries"]))
    if "filter" not in value:
        raise Refused(Problem("/filter", "required"))
    if "deliveries" in value:
        raise Refused(Problem("/deliveries", "filter_or_deliveries"))
    given = value["filter"]
    if not isinstance(given, dict):
        raise Refused(Problem("/filter", "not_an_object"))
    _only_known(given, FILTER_NAMES, "/filter")
    return Choice(read_filter(given, "/filter"))


def choice_members(choice: Choice) -> dict[str, Any]:
    """``choice`` as JSON that :func:`read_choice` takes back."""
    if choice.ids is not None:
        return {"deliveries": list(choice.ids)}
    return {"filter": filter_members(choice.wanted)}


def kept(choice: Choice) -> dict[str, Any]:
    """``choice`` as JSON that :func:`read_kept` takes back with all that its text names."""
    named = {"errors": list(choice.wanted.errors), "hooks": list(choice.wanted.hooks)}
    return choice_members(choice) | ({"named": named} if any(named.values()) else {})


def read_kept(value: Mapping[str, Any]) -> Choice:
    """The choice that :func:`kept` wrote down."""
    choice = read_choice({name: part for name, part in value.items() if name != "named"})
    named = {name: tuple(found) for name, found in value.get("named", {}).items()}
    return replace(choice, wanted=replace(choice.wanted, **named))


def _ids(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise Refused(Problem("/deliveries", "not_texts"))
    if not 1 <= len(value) <= MOST_CHOSEN:
        raise Refused(Problem("/deliveries", "bad_selection", {"max": MOST_CHOSEN}))
    return tuple(value)


def _only_known(given: Mapping[str, Any], known: tuple[str, ...], pointer: str) -> None:
    unknown = [name for name in given if name not in known]
    if unknown:
        choices = {"choices": "، ".join(known)}
        raise Refused(
            *(Problem(f"{pointer}/{name}", "unknown_member", choices) for name in unknown)
        )
