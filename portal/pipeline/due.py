"""Due: the deliveries of leased streams that may be sent now, with what they carry."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import TextClause, select, text
from sqlalchemy.orm import Session

from portal.models import Delivery, Event
from portal.models.delivery import IS_FRESH, IS_RETRY

# Data past this size is read just before it is sent, so that what waits stays small.
LARGEST_INLINE = 8 * 1024


class Due(NamedTuple):
    """A delivery that may be sent.

    ``due_at`` is as the database gives it. By its clock when this was read, it is due in
    ``due_in`` seconds (not above 0: now)
    and was accepted ``age`` seconds ago; for ``waited`` seconds nobody has asked for it anew.
    ``occurred_at`` is written as it goes out. ``data`` is None where it is too large to be
    carried about; ``size`` is in bytes.
    """

    id: str
    hook_id: str
    event_id: str
    event_type: str
    message_id: str | None
    attempt_count: int
    retry_step: int
    unpaid_waits: int
    asked_by: str | None
    last_error: str | None
    due_at: Any
    due_in: float
    age: float
    waited: float
    occurred_at: str
    size: int
    data: str | None


class Key(NamedTuple):
    """Where a delivery stands in its stream."""

    due_at: Any
    id: str


class Wanted(NamedTuple):
    """Up to ``most`` deliveries of each kind for a hook, with data of up to ``inline`` bytes; of
    the fresh ones those behind ``passed``, if any."""

    hook_id: str
    most: int
    inline: int = LARGEST_INLINE
    passed: Key | None = None


Rows = dict[str, list[Due]]


def read_due(session: Session, wanted: Sequence[Wanted]) -> Rows:
    """What is ``wanted`` and due, by hook: fresh deliveries before retries, each kind in the order
    in which it became due."""
    return _together(wanted, _read(session, wanted, _FRESH_DUE), _read(session, wanted, _RETRY_DUE))


def read_batches(session: Session, wanted: Sequence[Wanted]) -> Rows:
    """What is ``wanted`` for batches, by hook: fresh deliveries, due or not, before retries that
    are due. A batch that was formed is there with all that belongs to it."""
    fresh, retries = _read(session, wanted, _FRESH), _read(session, wanted, _RETRY_DUE)
    return _together(wanted, _whole(wanted, fresh), _whole(wanted, retries))


def read_in_line(session: Session, wanted: Sequence[Wanted]) -> Rows:
    """What is ``wanted``, by hook, in the order of acceptance, due or not; batches are whole."""
    fresh, retries = _read(session, wanted, _FRESH), _read(session, wanted, _RETRY)
    rows = _together(wanted, _whole(wanted, retries), _whole(wanted, fresh))
    # By the database's clock, because the web servers' clocks, which ids show, may differ.
    return {
        hook_id: sorted(mine, key=lambda due: (-due.age, due.id)) for hook_id, mine in rows.items()
    }


def read_data(session: Session, event_ids: Sequence[str]) -> dict[str, str]:
    """The data of events by their ids, whatever its size."""
    rows = session.execute(select(Event.id, Event.data).where(Event.id.in_(event_ids)))
    return dict(map(tuple, rows))


def _together(wanted: Sequence[Wanted], *kinds: Rows) -> Rows:
    return {
        one.hook_id: [due for rows in kinds for due in rows.get(one.hook_id, ())] for one in wanted
    }


def _whole(wanted: Sequence[Wanted], rows: Rows) -> Rows:
    """``rows`` without the last message of each hook where its limit may have cut it."""
    most = {one.hook_id: one.most for one in wanted}
    return {
        hook_id: mine if len(mine) < most[hook_id] else _without_last(mine)
        for hook_id, mine in rows.items()
    }


def _without_last(rows: list[Due]) -> list[Due]:
    last = rows[-1].message_id
    return [due for due in rows if last is None or due.message_id != last] or rows


def _read(session: Session, wanted: Sequence[Wanted], which: "Which") -> Rows:
    dialect = session.get_bind().dialect.name
    rows: Rows = {}
    # Streams that want equally much are read in one go.
    for most, inline in {(one.most, one.inline) for one in wanted}:
        together = [one for one in wanted if (one.most, one.inline) == (most, inline)]
        parameters = {**_NAMED[dialect](together), "most": most, "inline": inline}
        for due in map(Due._make, session.execute(which[dialect], parameters).all()):
            rows.setdefault(due.hook_id, []).append(due)
    return rows


def _in_arrays(wanted: Sequence[Wanted]) -> dict[str, Any]:
    passed = [one.passed or Key(_BEFORE_ALL, "") for one in wanted]
    return {
        "hooks": [one.hook_id for one in wanted],
        "moments": [key.due_at for key in passed],
        "ids": [key.id for key in passed],
    }


def _in_json(wanted: Sequence[Wanted]) -> dict[str, Any]:
    return {"hooks": json.dumps([(one.hook_id, *(one.passed or ("", ""))) for one in wanted])}


_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
_NAMED = {"postgresql": _in_arrays, "sqlite": _in_json}

Which = dict[str, TextClause]

_OWN = [name for name in Due._fields if hasattr(Delivery, name)]
_CLOCK = {
    "postgresql": "statement_timestamp()",
    "sqlite": "(strftime('%Y-%m-%d %H:%M:%f', 'now') || '000')",
}
# Texts and numbers, because making a moment of each would cost more than signing.
_SECONDS = {
    "postgresql": "CAST(EXTRACT(EPOCH FROM {later} - {sooner}) AS float8)",
    "sqlite": "((julianday({later}) - julianday({sooner})) * 86400.0)",
}
_WRITTEN = {
    "postgresql": """to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')""",
    "sqlite": "(substr({0}, 1, 10) || 'T' || substr({0}, 12, 12) || 'Z')",
}
_BYTES = {"postgresql": "octet_length(e.data)", "sqlite": "length(CAST(e.data AS BLOB))"}
# The texts never change, so that statements are prepared once.
_HOOKS = {
    "postgresql": "unnest(CAST(:hooks AS text[]), CAST(:moments AS timestamptz[]),"
    " CAST(:ids AS text[])) h (id, passed_at, passed_id)",
    "sqlite": "(SELECT value ->> 0 AS id, value ->> 1 AS passed_at, value ->> 2 AS passed_id"
    " FROM json_each(:hooks)) h",
}
# Each hook is asked for its own few rows through the index; a limit over all of them would let
# one long backlog hide the rest.
_PER_HOOK = {
    "postgresql": "{hooks} CROSS JOIN LATERAL ({rows}) d",
    "sqlite": "{hooks} JOIN deliveries d ON d.id IN ({rows})",
}
_ROWS = (
    "SELECT {columns} FROM deliveries WHERE hook_id = h.id AND {condition}"
    " ORDER BY due_at, {within}id LIMIT :most"
)
_BEHIND = "(due_at, id) > (h.passed_at, h.passed_id)"


def _query(dialect: str, condition: str, within: str, only_due: bool) -> TextClause:
    clock = _CLOCK[dialect]
    condition += f" AND due_at <= {clock}" if only_due else ""
    columns = ", ".join((*_OWN, "created_at", "resent_at")) if dialect == "postgresql" else "id"
    rows = _ROWS.format(columns=columns, condition=condition, within=within)
    source = _PER_HOOK[dialect].format(hooks=_HOOKS[dialect], rows=rows)
    due_in = _SECONDS[dialect].format(later="d.due_at", sooner=clock)
    shown = {
        **{name: f"d.{name}" for name in _OWN},
        "due_in": f"CASE WHEN d.due_at <= {clock} THEN 0.0 ELSE {due_in} END",
        "age": _SECONDS[dialect].format(later=clock, sooner="d.created_at"),
        "waited": _SECONDS[dialect].format(
            later=clock, sooner="COALESCE(d.resent_at, d.created_at)"
        ),
        "occurred_at": _WRITTEN[dialect].format("e.occurred_at"),
        "size": _BYTES[dialect],
        "data": f"CASE WHEN {_BYTES[dialect]} <= :inline THEN e.data END",
    }
    return text(
        f"SELECT {', '.join(f'{shown[name]} AS {name}' for name in Due._fields)}"
        f" FROM {source} JOIN events e ON e.id = d.event_id ORDER BY d.hook_id, d.due_at, d.id"
    )


def _on_each(condition: str, within: str = "message_id, ", only_due: bool = False) -> Which:
    return {dialect: _query(dialect, condition, within, only_due) for dialect in _CLOCK}


# Members of one batch are due at the same moment; a limit should find them side by side.
_RETRY, _RETRY_DUE = _on_each(IS_RETRY.text), _on_each(IS_RETRY.text, only_due=True)
_FRESH = _on_each(IS_FRESH.text)
_FRESH_DUE = _on_each(f"{IS_FRESH.text} AND {_BEHIND}", within="", only_due=True)
