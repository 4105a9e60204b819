"""Rehearsals from forms: what was typed is tried with no effect, or taken from a call on record."""

from collections.abc import Callable
from typing import TypeVar

from portal.domain.call_filter import CallFilter
from portal.domain.calls import Verdict
from portal.domain.problems import Problem, Refused
from portal.domain.triggers.plan import Plan
from portal.domain.triggers.running import Decision
from portal.models import Call, Trigger
from portal.pipeline.replay import rehearse
from portal.queries.call_views import veil_over
from portal.queries.calls import list_calls, read_call
from portal.queries.rows import NotFound
from portal.web.access import reach
from portal.web.forms.rehearsal import RehearsalForm
from portal.web.seeing import masks

# So many calls can be chosen from; others lead here from their own page.
OFFERED = 20
_ACCEPTED = CallFilter(verdict=Verdict.ACCEPTED)

Read = TypeVar("Read")
Filled = TypeVar("Filled", bound=RehearsalForm)


def tried(form: RehearsalForm, plan: Plan) -> Decision:
    """What ``plan`` decides on what was typed; raises :class:`Refused` with all that is wrong."""
    problems: list[Problem] = []
    pairs, value = _read(form.pairs, problems), _read(form.value, problems)
    replies = _read(form.replies, problems)
    if pairs is None or replies is None or problems:
        raise Refused(*problems)
    return rehearse(plan, pairs, form.query.data or "", value, replies)


def offered(trigger: Trigger) -> list[Call]:
    """The calls that can be chosen from, newest first."""
    return list(list_calls(trigger.id, _ACCEPTED, None, OFFERED).items)


def filled(kind: type[Filled], trigger: Trigger, call_id: str) -> Filled:
    """A form with what a call of ``trigger`` brought; raises :class:`NotFound`."""
    if reach(Call, call_id).trigger_id != trigger.id:
        raise NotFound(call_id)
    return _of(kind, call_id)


def filled_by_latest(kind: type[Filled], trigger: Trigger) -> Filled:
    """A form with what the latest accepted call brought, or one that says that there is none."""
    for latest in offered(trigger)[:1]:
        return _of(kind, latest.id)
    empty = kind()
    empty.attach([Problem("/body", "no_call_yet")])
    return empty


def _of(kind: type[Filled], call_id: str) -> Filled:
    call = read_call(call_id)
    return kind.of(call, veil_over(call, masks()))


def _read(read: Callable[[], Read], problems: list[Problem]) -> Read | None:
    try:
        return read()
    except Refused as refused:
        problems += refused.problems
        return None
