"""What a text of the log's search holds for: ids, failures, hooks, and what events say."""

from typing import Any

from sqlalchemy import Boolean, ColumnElement, and_, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from portal.domain.folding import fold
from portal.domain.log_filter import LogFilter
from portal.models.delivery import Attempt, AttemptDelivery, Delivery
from portal.models.event import Event

# An id with its prefix.
_LENGTH = 30
# Somebody types the rest of an id: what begins like it may be found beside what says it.
_IN_PART = {"evt_": Delivery.event_id, "hok_": Delivery.hook_id, "msg_": Delivery.message_id}
# So many attempts, the newest, may begin like a part of an id.
_MOST_ATTEMPTS = 1000


class holds(FunctionElement[bool]):  # noqa: N801 - reads as the SQL function it is
    """Whether a text has another in it, letter for letter; quicker than LIKE, and no pattern."""

    type = Boolean()
    inherit_cache = True


@compiles(holds, "postgresql")
def _postgresql_holds(element: holds, compiler: SQLCompiler, **kw: Any) -> str:
    return f"(strpos({compiler.process(element.clauses, **kw)}) > 0)"


@compiles(holds, "sqlite")
def _sqlite_holds(element: holds, compiler: SQLCompiler, **kw: Any) -> str:
    return f"(instr({compiler.process(element.clauses, **kw)}) > 0)"


def is_whole(text: str, prefix: str) -> bool:
    """Whether ``text`` is an id with ``prefix`` and not a part of one."""
    return text.startswith(prefix) and len(text) == _LENGTH


def begins(column: Any, text: str) -> ColumnElement[bool]:
    """Whether the id in ``column`` begins with ``text``."""
    # Ids compare by bytes, and hold nothing above a letter.
    return and_(column >= text, column < f"{text}~")


def carried_by(account_id: str, text: str) -> ColumnElement[bool]:
    """What holds for the deliveries that the attempts carried whose ids begin with ``text``."""
    ids = (
        select(Attempt.id)
        .where(Attempt.account_id == account_id, begins(Attempt.id, text))
        .order_by(Attempt.id.desc())
        .limit(_MOST_ATTEMPTS)
    )
    alone = select(Attempt.delivery_id).where(Attempt.id.in_(ids), Attempt.delivery_id.is_not(None))
    batch = select(AttemptDelivery.delivery_id).where(AttemptDelivery.attempt_id.in_(ids))
    return Delivery.id.in_(alone.union_all(batch))


def says(wanted: LogFilter, all_of: str = "") -> list[ColumnElement[bool]]:
    """What holds for a delivery that itself, or its event, failure or hook, says ``wanted.q``.

    ``all_of`` is an account whose events are all read at once, where its whole log is asked for.
    """
    text, folded = wanted.q.strip(), fold(wanted.q)
    if not folded:
        return []
    return [or_(_event_says(text, folded, all_of), *said_elsewhere(wanted))]


def said_elsewhere(wanted: LogFilter) -> list[ColumnElement[bool]]:
    """Each thing but its event's that may hold for a delivery that says ``wanted.q``."""
    text, folded = wanted.q.strip(), fold(wanted.q)
    found = []
    if wanted.errors:
        found.append(Delivery.last_error.in_(wanted.errors))
    if wanted.hooks:
        found.append(Delivery.hook_id.in_(wanted.hooks))
    if len(folded) == 3 and folded.isascii() and folded.isdigit():
        found.append(Delivery.last_status_code == int(folded))
    if text[:4] in _IN_PART:
        found.append(_IN_PART[text[:4]].startswith(text, autoescape=True))
    return found


def _event_says(text: str, folded: str, all_of: str) -> ColumnElement[bool]:
    same_key = and_(Event.dedupe_key.is_not(None), Event.dedupe_key == text)
    said = or_(same_key, holds(Event.search, folded))
    if all_of:
        return Delivery.event_id.in_(select(Event.id).where(Event.account_id == all_of, said))
    # One row by its key, asked of each delivery: of a join, a database might make a reading of
    # all events.
    one = select(said).where(Event.id == Delivery.event_id)
    return one.correlate(Delivery).scalar_subquery()
