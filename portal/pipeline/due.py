"""Due: the deliveries of leased streams that may be sent now, with what they carry."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import TextClause, TextualSelect, column, select, text
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from portal.models import Delivery, Event
from portal.models.base import UtcDateTime
from portal.models.delivery import IS_FRESH, IS_RETRY

# Data past this size is read just before it is sent, so that what waits stays small.
LARGEST_INLINE = 16 * 1024


class Due(NamedTuple):
    """A delivery that may be sent. ``data`` is None where it is too large to be carried about;
    ``now`` is the database's clock when it was read."""

    id: str
    hook_id: str
    event_id: str
    event_type: str
    message_id: str | None
    attempt_count: int
    retry_step: int
    unpaid_waits: int
    asked_by: str | None
    due_at: datetime
    created_at: datetime
    now: datetime
    occurred_at: datetime
    size: int
    data: str | None


def read_due(session: Session, wanted: Mapping[str, int]) -> dict[str, list[Due]]:
    """Up to ``wanted[hook]`` deliveries that are due for each hook: fresh ones before retries,
    each kind in the order in which it became due."""
    return _gather(wanted, _read(session, wanted, _FRESH_DUE), _read(session, wanted, _RETRY_DUE))


def read_in_order(session: Session, wanted: Mapping[str, int]) -> dict[str, list[Due]]:
    """Up to ``wanted[hook]`` deliveries in the order of acceptance, due or not; what has been
    tried before stands first."""
    return _gather(wanted, _read(session, wanted, _RETRY), _read(session, wanted, _FRESH))


def read_data(session: Session, event_id: str) -> str:
    """The data of one event, whatever its size."""
    return session.scalars(select(Event.data).where(Event.id == event_id)).one()


def _gather(
    wanted: Mapping[str, int], first: Sequence[Due], second: Sequence[Due]
) -> dict[str, list[Due]]:
    found: dict[str, list[Due]] = {}
    for rows in (first, second):
        for due in sorted(rows, key=lambda due: (due.due_at, due.id)):
            mine = found.setdefault(due.hook_id, [])
            if len(mine) < wanted[due.hook_id]:
                mine.append(due)
    return found


def _read(session: Session, wanted: Mapping[str, int], which: "Which") -> list[Due]:
    dialect = session.get_bind().dialect.name
    rows: list[Due] = []
    # Streams that want equally many are read in one go.
    for most in set(wanted.values()):
        hooks = [hook_id for hook_id, count in wanted.items() if count == most]
        named = {"hooks": json.dumps(hooks) if dialect == "sqlite" else hooks, "most": most}
        rows += map(Due._make, session.execute(which[dialect], named))
    return rows


Which = dict[str, TextualSelect]

_MOMENTS = dict.fromkeys(("due_at", "created_at", "now", "occurred_at"), UtcDateTime())
_NAMES = Due._fields
_OWN = [name for name in _NAMES if hasattr(Delivery, name)]
_CLOCK = {
    "postgresql": "statement_timestamp()",
    "sqlite": "(strftime('%Y-%m-%d %H:%M:%f', 'now') || '000')",
}
# The texts never change, so that statements are prepared once.
_IN = {"postgresql": "= ANY(:hooks)", "sqlite": "IN (SELECT value FROM json_each(:hooks))"}
# Each hook is asked for its own few rows through the index; a limit over all of them would let
# one long backlog hide the rest.
_PER_HOOK = {
    "postgresql": "hooks h CROSS JOIN LATERAL ({rows}) d",
    "sqlite": "hooks h JOIN deliveries d ON d.id IN ({rows})",
}
_ROWS = (
    "SELECT {columns} FROM deliveries WHERE hook_id = h.id AND {condition}"
    " ORDER BY due_at, id LIMIT :most"
)


def _query(dialect: str, kind: str, only_due: bool) -> TextualSelect:
    condition = f"{kind} AND due_at <= {_CLOCK[dialect]}" if only_due else kind
    columns = ", ".join(_OWN) if dialect == "postgresql" else "id"
    rows = _ROWS.format(columns=columns, condition=condition)
    shown = ", ".join(f"d.{name}" for name in _OWN)
    return text(
        f"SELECT {shown}, {_CLOCK[dialect]} AS now, e.occurred_at, length(e.data) AS size,"
        f" CASE WHEN length(e.data) <= {LARGEST_INLINE} THEN e.data END AS data"
        f" FROM {_PER_HOOK[dialect].format(rows=rows)} JOIN events e ON e.id = d.event_id"
        f" WHERE h.id {_IN[dialect]}"
    ).columns(*(column(name, _MOMENTS.get(name, NullType())) for name in _NAMES))


def _on_each(kind: TextClause, only_due: bool) -> Which:
    return {dialect: _query(dialect, kind.text, only_due) for dialect in _CLOCK}


_FRESH, _RETRY = _on_each(IS_FRESH, only_due=False), _on_each(IS_RETRY, only_due=False)
_FRESH_DUE, _RETRY_DUE = _on_each(IS_FRESH, only_due=True), _on_each(IS_RETRY, only_due=True)
